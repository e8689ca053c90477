"""The table of levels: the same adapters on several kinds of processor, with what differs and why, as Markdown."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from convformance.tests.conformance.report.facts import facts
from convformance.tests.conformance.report.harmless import for_markdown
from convformance.tests.conformance.report.matrix import Cell, matrix
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.said import reason_of
from convformance.tests.conformance.verdicts import Verdict


def level_of(report: Report) -> str:
    """Name the level of the machine that a report is of, as Markdown."""
    return for_markdown(" ".join(report.header["machine"].get("level", ["unknown"])))


def levels_markdown(reports: Sequence[Report], missing: Mapping[str, str]) -> str:
    """Write reports of several levels as one table for each adapter, features down and levels across.

    Parameters
    ----------
    reports : sequence of Report
        Each of one level.
    missing : mapping of str to str
        Levels that were not judged, and why.

    Returns
    -------
    str
        Markdown; texts of adapters are only ever text in it.
    """
    adapters = dict.fromkeys(one["name"] for report in reports for one in report.header["adapters"])
    how = "Written by `convformance report levels`. A cell counts cases that conform of cases claimed."
    blocks = ["# Processors", how]
    blocks.append(_table(["level", "processor", "cases", "result"], map(_run, reports)))
    blocks += [f"- {for_markdown(level)} was not judged: {for_markdown(why)}" for level, why in missing.items()]
    for adapter in adapters:
        asked = [report for report in reports if any(one["name"] == adapter for one in report.header["adapters"])]
        levels = list(map(level_of, asked))
        blocks += [f"## {for_markdown(adapter)}", _table(["feature", *levels], _features(asked, adapter))]
        for title, why in (("unsupported, and why", _unsupported), ("expected failure", _expected)):
            counts = [Counter(map(why, _of(report, adapter))) for report in asked]
            reasons = dict.fromkeys(reason for one in counts for reason, _ in one.most_common() if reason is not None)
            rows = ([for_markdown(reason), *(str(one[reason]) for one in counts)] for reason in reasons)
            blocks += [_table([title, *levels], rows)] if reasons else []
    return "\n\n".join(blocks) + "\n"


def _run(report: Report) -> list[str]:
    header = report.header
    result = "green" if report.why_red is None else f"red: {report.why_red}"
    return [
        level_of(report),
        for_markdown(header["machine"]["cpu"]),
        for_markdown(next(value for name, value in facts(header) if name == "cases")),
        for_markdown(result),
    ]


def _features(reports: Sequence[Report], adapter: str) -> Iterable[list[str]]:
    cells = [{row: by_name[adapter] for row, by_name in matrix(report).rows.items()} for report in reports]
    for row in dict.fromkeys(row for one in cells for row in one):
        yield [row, *(_cell(one.get(row)) for one in cells)]


def _cell(cell: Cell | None) -> str:
    if cell is None or not cell.asked:
        return "no case"
    if not cell.claimed:
        return f"unsupported ({cell.asked})"
    more = f", {cell.known} expected" if cell.known else ""
    return f"{cell.conforming}/{cell.claimed}{more}" + (f", {cell.failing} fail" if cell.failing else "")


def _of(report: Report, adapter: str) -> Iterable[Verdict]:
    return (verdict for verdict in report.verdicts if verdict.adapter == adapter)


def _unsupported(verdict: Verdict) -> str | None:
    return reason_of(verdict) if verdict.verdict == "unsupported" else None


def _expected(verdict: Verdict) -> str | None:
    return verdict.expected


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
