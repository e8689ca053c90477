"""``convformance report show | write | merge | diff | table | levels``."""

import argparse
from pathlib import Path

from rich.console import Console

from convformance.tests.conformance.options import DEFAULT_REPORT, UsageError, writable_folder
from convformance.tests.conformance.report.harmless import for_terminal
from convformance.tests.conformance.report.reading import Report, ReportError, read_report

CONFORMS, FAILS = 0, 1


def add_commands(report: argparse.ArgumentParser) -> None:
    """Add the actions to the parser of ``convformance report``."""
    actions = report.add_subparsers(
        dest="action", required=True, metavar="show | write | merge | diff | table | levels"
    )

    show = actions.add_parser("show", help="show a report on the terminal")
    show.add_argument("path", metavar="DIR", help="its folder, or its verdicts.jsonl")
    show.set_defaults(act=_show)

    write = actions.add_parser("write", help="write its page, summary, JUnit XML and badges anew")
    write.add_argument("path", metavar="DIR", help="its folder")
    _add_baseline(write)
    write.add_argument("--artifact", metavar="URL", help="where the folder can be had, for the summary")
    write.set_defaults(act=_write)

    merge = actions.add_parser("merge", help="make one report of shards, or of adapters run apart")
    merge.add_argument("parts", nargs="+", metavar="PART", help="folders of reports")
    merge.add_argument("--report", default=DEFAULT_REPORT, metavar="DIR", help=f"where to ({DEFAULT_REPORT})")
    merge.add_argument("--expected", metavar="FILE", help="known nonconformances, to find entries nobody needed")
    merge.add_argument("--partial", action="store_true", help="merge although parts are missing")
    _add_baseline(merge)
    merge.set_defaults(act=_merge)

    diff = actions.add_parser("diff", help="what changed between two reports; 1 when what conformed no longer does")
    diff.add_argument("old", metavar="OLD", help="a folder, or its verdicts.jsonl")
    diff.add_argument("new", metavar="NEW", help="the same of the other report")
    diff.add_argument("--markdown", metavar="FILE", help="write it as Markdown, too")
    diff.set_defaults(act=_diff)

    table = actions.add_parser("table", help="write the table of all engines, and what judging cost in each")
    table.add_argument("path", metavar="DIR", help="a folder, mostly of a merged report, or its verdicts.jsonl")
    table.add_argument("--html", metavar="FILE", help="write it as a page")
    table.add_argument("--markdown", metavar="FILE", help="write it as Markdown")
    table.add_argument(
        "--missing",
        action="append",
        default=[],
        metavar="NAME=REASON",
        help="an engine that belongs into the table and has no report, and why; repeatable",
    )
    table.set_defaults(act=_table)

    levels = actions.add_parser("levels", help="write the table of several reports, each of another kind of processor")
    levels.add_argument("parts", nargs="+", metavar="PART", help="folders of reports")
    levels.add_argument("--markdown", required=True, metavar="FILE", help="write it as Markdown")
    levels.add_argument(
        "--missing", action="append", default=[], metavar="LEVEL=REASON", help="a level that has no report, and why"
    )
    levels.set_defaults(act=_levels)


def _add_baseline(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--baseline", metavar="OLD", help="a former report, to say what is new and what is gone")


def read(path: str | Path) -> Report:
    """Read a report that somebody named on the command line.

    Raises
    ------
    UsageError
        When it is none.
    """
    try:
        return read_report(Path(path))
    except ReportError as error:
        raise UsageError(str(error)) from error


def _code(report: Report) -> int:
    return CONFORMS if report.why_red is None else FAILS


def _show(options: argparse.Namespace, console: Console) -> int:
    from convformance.tests.conformance.report.terminal import render  # noqa: PLC0415

    path = Path(options.path)
    report = read(path)
    render(report, console, path if path.is_dir() else path.parent)
    return _code(report)


def _write(options: argparse.Namespace, console: Console) -> int:
    from convformance.tests.conformance.report.rendering import write_all  # noqa: PLC0415

    path = Path(options.path)
    if not path.is_dir():
        raise UsageError(f"report write needs the folder of a report: got {options.path}")
    if options.artifact is not None and not options.artifact.startswith(("https://", "http://")):
        raise UsageError(f"--artifact must be an address that begins with https:// or http://: got {options.artifact}")
    report = read(path)
    _say_page(write_all(report, path, baseline=_baseline(options), artifact=options.artifact), console)
    return _code(report)


def _merge(options: argparse.Namespace, console: Console) -> int:
    from convformance.tests.conformance.gate.expected import ExpectedError  # noqa: PLC0415
    from convformance.tests.conformance.report.merge.merging import MergeError, merge  # noqa: PLC0415
    from convformance.tests.conformance.report.rendering import publish  # noqa: PLC0415

    parts = [(Path(part), read(part)) for part in options.parts]
    was_there = Path(options.report).exists()
    folder = writable_folder(options.report)
    expected = None if options.expected is None else Path(options.expected)
    try:
        file = merge(parts, folder, expected=expected, partial=options.partial)
    except (MergeError, ExpectedError) as error:
        if not was_there:
            folder.rmdir()
        raise UsageError(str(error)) from error
    report = read(file)
    _say_page(publish(report, folder, console, baseline=_baseline(options)), console)
    return _code(report)


def _diff(options: argparse.Namespace, console: Console) -> int:
    from convformance.tests.conformance.report.compare.difference import DifferenceError, difference  # noqa: PLC0415
    from convformance.tests.conformance.report.compare.text import (  # noqa: PLC0415
        difference_markdown,
        print_difference,
    )

    try:
        found = difference(read(options.old), read(options.new))
    except DifferenceError as error:
        raise UsageError(str(error)) from error
    if options.markdown is not None:
        try:
            Path(options.markdown).write_text(difference_markdown(found), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--markdown {options.markdown} can't be written: {error.strerror}") from error
    print_difference(found, console)
    return FAILS if found.regressed else CONFORMS


def _table(options: argparse.Namespace, console: Console) -> int:
    from convformance.tests.conformance.report.table.writing import write_table  # noqa: PLC0415

    report = read(options.path)
    for file in write_table(report, html=options.html, markdown=options.markdown, missing=options.missing):
        console.print(f"table: {for_terminal(str(file), longest=None)}", highlight=False, soft_wrap=True)
    return _code(report)


def _levels(options: argparse.Namespace, console: Console) -> int:
    from convformance.tests.conformance.report.level_table import levels_markdown  # noqa: PLC0415

    reports = [read(part) for part in options.parts]
    if wrong := [one for one in options.missing if "=" not in one]:
        raise UsageError(f"--missing must be LEVEL=REASON: got {wrong[0]!r}")
    text = levels_markdown(reports, dict(one.split("=", 1) for one in options.missing))
    try:
        Path(options.markdown).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--markdown {options.markdown} can't be written: {error.strerror}") from error
    for report in reports:
        level = for_terminal(" ".join(report.header["machine"].get("level", ["unknown"])))
        said = "[green]green[/]" if report.why_red is None else f"[red]red[/]: {for_terminal(report.why_red)}"
        console.print(f"{level}: {said}", highlight=False, soft_wrap=True)
    console.print(f"table: {for_terminal(options.markdown, longest=None)}", highlight=False, soft_wrap=True)
    return max(map(_code, reports))


def _baseline(options: argparse.Namespace) -> Report | None:
    return None if options.baseline is None else read(options.baseline)


def _say_page(page: Path, console: Console) -> None:
    console.print(f"page: {for_terminal(str(page), longest=None)}", highlight=False, soft_wrap=True)
