"""The command line: ``convformance run | case | adapters | faults | report | expected``."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NoReturn

from rich.console import Console
from rich.table import Table

from convformance.adapters.catalogue import catalogue, installed
from convformance.adapters.processor import processor
from convformance.tests.conformance.options import DEFAULT_REPORT, DEFAULT_SECONDS, UsageError
from convformance.tests.conformance.report.commands import add_commands, read
from convformance.tests.conformance.report.harmless import for_log, for_terminal

CONFORMS, FAILS, USAGE, ADAPTER = 0, 1, 2, 3
LONGEST_MESSAGE: Final = 2000
EPILOG: Final = (
    "exit codes: 0 all conform (but for what --expected lists); 1 something does not, or an expected entry no longer "
    "holds; 2 usage; 3 an adapter could not be loaded or failed its smoke check"
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``convformance``; those of the process where left out.

    Returns
    -------
    int
        The exit code.
    """
    # A pipe has no width: logs of a CI are wider than 80 columns.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 120, emoji=False)
    try:
        options = _parser().parse_args(arguments)
        return int(options.act(options, console))
    except UsageError as error:
        return _fail(str(error), USAGE)
    except KeyboardInterrupt:
        return _fail("interrupted: the report is not complete", FAILS)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="convformance", description="Does a framework compute what convolution means?", epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"convformance {version('convformance')}")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="run | case | adapters | faults | report | expected"
    )

    common = _Parser(add_help=False)
    common.add_argument(
        "--adapter",
        action="append",
        metavar="A",
        help="a registered name, package.module:Attribute, or path/to/file.py:Attribute, with +FAULT behind it where a "
        "fault shall be put in front of it; may be given again "
        "(default: every registered adapter whose framework is installed)",
    )
    common.add_argument("--expected", metavar="FILE", help="known nonconformances, as TOML")
    common.add_argument(
        "--timeout", type=float, default=DEFAULT_SECONDS, metavar="SECONDS", help="time limit for a case (60)"
    )

    common.add_argument("--no-diagnosis", action="store_true", help="do not name, describe and shrink what fails")

    run = commands.add_parser("run", parents=[common], help="judge adapters on a tier of cases", epilog=EPILOG)
    run.add_argument("--tier", default="quick", metavar="quick|full", help="how many cases (quick)")
    run.add_argument("--report", default=DEFAULT_REPORT, metavar="DIR", help=f"its folder ({DEFAULT_REPORT})")
    run.add_argument("--shard", metavar="i/n", help="the i-th of n parts, each a mixture of the whole")
    run.add_argument(
        "--max-work",
        type=int,
        metavar="N",
        help="only cases of at most N multiplications, for an emulator or simulator",
    )
    run.add_argument("--jobs", type=int, default=2, metavar="N", help="how many processes judge (2)")
    run.add_argument("--baseline", metavar="OLD", help="a former report, to say what is new and what is gone")
    run.set_defaults(act=_judge, case=None, picture=None)

    case = commands.add_parser("case", parents=[common], help="judge one case again, from its text", epilog=EPILOG)
    case.add_argument("case", metavar="CASE", help="its text, like conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f32")
    case.add_argument(
        "--picture",
        metavar="FILE",
        help="draw its kernels and feature maps, as .svg or .html; without --adapter nobody is asked",
    )
    case.set_defaults(act=_judge, baseline=None, jobs=1, tier="quick", report=None, shard=None, max_work=None)

    adapters = commands.add_parser("adapters", help="what is here, its version, what it declares")
    adapters.add_argument("--requires", metavar="NAME", help="say only what pip has to be given for one of them")
    adapters.set_defaults(act=_adapters)

    faults = commands.add_parser("faults", help="the named faults, and how many cases expose each", epilog=EPILOG)
    faults.add_argument("fault", nargs="*", metavar="FAULT", help="these only, like kernel-flipped (default: all)")
    faults.add_argument("--list", action="store_true", help="say what they are, and judge nothing")
    faults.add_argument("--tier", default="quick", metavar="quick|full", help="of which tier (quick)")
    faults.add_argument("--jobs", type=int, default=2, metavar="N", help="how many processes judge (2)")
    faults.add_argument("--enough", action="store_true", help="count no further than is enough: faster")
    faults.add_argument("--names", action="store_true", help="see also whether a run calls them by their names")
    faults.add_argument("--write", metavar="FILE", help="write the table as Markdown, too")
    faults.set_defaults(act=_faults)

    report = commands.add_parser("report", help="show, render, merge and compare reports", epilog=EPILOG)
    add_commands(report)

    expected = commands.add_parser("expected", help="the file of known nonconformances", epilog=EPILOG)
    expected.add_argument("action", choices=["update"], help="add entries for what fails now, for review")
    expected.add_argument("--report", default=DEFAULT_REPORT, metavar="DIR", help=f"the report ({DEFAULT_REPORT})")
    expected.add_argument("--expected", default="expected.toml", metavar="FILE", help="the file (expected.toml)")
    expected.set_defaults(act=_expected)
    return parser


def _judge(options: argparse.Namespace, console: Console) -> int:
    """Run a tier, or one case, whose report is not kept."""
    # Everything that needs pytest is imported only by the commands that run it.
    from convformance.tests.conformance.plan import make_plan  # noqa: PLC0415
    from convformance.tests.conformance.preflight import PreflightError  # noqa: PLC0415
    from convformance.tests.conformance.report.rendering import require_comparable  # noqa: PLC0415
    from convformance.tests.conformance.running import run  # noqa: PLC0415

    if options.jobs < 1:
        raise UsageError(f"--jobs must be at least 1: got {options.jobs}")
    if options.picture is not None:
        from convformance.tests.conformance.picture.files import draw, require_drawable  # noqa: PLC0415

        if not options.adapter:
            draw(options.case, options.picture, {}, console)
            return CONFORMS
        require_drawable(options.case, options.picture)
    if options.baseline is not None:
        options.baseline = read(options.baseline)
    adapters = options.adapter or installed()
    if not adapters:
        raise UsageError("no framework is installed: give --adapter, or install one, like convformance[torch]")
    with TemporaryDirectory() as scratch:
        try:
            with console.status(f"loading {', '.join(map(for_terminal, adapters))}"):
                plan = make_plan(
                    adapters=adapters,
                    tier=options.tier,
                    cases=[] if options.case is None else [options.case],
                    report=scratch if options.report is None else options.report,
                    expected=options.expected,
                    shard=options.shard,
                    seconds_per_case=options.timeout,
                    diagnose=not options.no_diagnosis,
                    max_work=options.max_work,
                )
        except PreflightError as error:
            return _fail(str(error), ADAPTER)
        require_comparable(options.baseline, list(plan.names.values()))
        return run(plan, options, console)


def _adapters(options: argparse.Namespace, console: Console) -> int:
    """List what is registered, or what one of them needs, a line each."""
    if options.requires is not None:
        needs = {listed.name: listed.requires for listed in catalogue()}
        if options.requires not in needs:
            raise UsageError(f"--requires must be one of {', '.join(needs)}: got {options.requires!r}")
        print(*needs[options.requires], sep="\n")  # noqa: T201 - for pip, as it is
        return CONFORMS
    table = Table()
    for heading in ("adapter", "version", "declares"):
        table.add_column(heading)
    for listed in catalogue():
        version = listed.version or ("not installed" if listed.missing else "known when it is made")
        declares = f"{listed.declares}; judged only where it is named" if listed.opt_in else listed.declares
        table.add_row(for_terminal(listed.name), for_terminal(version), for_terminal(declares))
    console.print(table)
    console.print(f"this machine as frameworks see it: {' '.join(processor().level)}", highlight=False)
    return CONFORMS


def _faults(options: argparse.Namespace, console: Console) -> int:
    """Score the suite itself: 1 where a fault is not exposed by enough cases."""
    from convformance.tests.conformance.corpus import TIERS, load  # noqa: PLC0415
    from convformance.tests.conformance.score.fault_list import (  # noqa: PLC0415
        chosen,
        print_faults,
        print_names,
        print_scores,
        write_markdown,
    )
    from convformance.tests.conformance.score.recognising import recognise_all  # noqa: PLC0415
    from convformance.tests.conformance.score.scoring import score  # noqa: PLC0415

    if options.tier not in TIERS:
        raise UsageError(f"--tier must be one of {', '.join(TIERS)}: got {options.tier!r}")
    if options.jobs < 1:
        raise UsageError(f"--jobs must be at least 1: got {options.jobs}")
    try:
        faults = chosen(options.fault)
    except KeyError as error:
        raise UsageError(f"no fault is called {error}: convformance faults --list names them") from error
    if options.list:
        print_faults(faults, console)
        return CONFORMS
    names = [fault.name for fault in faults]
    scores = score(options.tier, options.jobs, names, enough=options.enough)
    print_scores(scores, options.tier, console)
    recognised = recognise_all(names, list(load(options.tier)), options.jobs) if options.names else []
    if recognised:
        print_names(recognised, console)
    if options.write is not None:
        write_markdown(scores, options.tier, Path(options.write), recognised)
    good = all(one.caught for one in scores) and not any(one.wrong_names for one in recognised)
    return CONFORMS if good else FAILS


def _expected(options: argparse.Namespace, console: Console) -> int:
    """Add entries to the expected file; nothing there is changed."""
    from convformance.tests.conformance.gate.expected import ExpectedError  # noqa: PLC0415
    from convformance.tests.conformance.gate.updating import update  # noqa: PLC0415

    try:
        return update(read(options.report), Path(options.expected), console)
    except ExpectedError as error:
        raise UsageError(str(error)) from error


def _fail(message: str, code: int) -> int:
    """Say what is wrong in one line, on the error stream."""
    sys.stderr.write(f"convformance: {for_log(' '.join(message.split()), LONGEST_MESSAGE)}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
