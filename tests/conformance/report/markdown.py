"""The report as Markdown: what a reviewer wants to know of a run, in a comment or on the page of a CI's job."""

from collections.abc import Iterable, Sequence
from typing import Final

from convformance.tests.conformance.report.changes import Changes, changes
from convformance.tests.conformance.report.cost import cost_in_words, costs
from convformance.tests.conformance.report.cutting import cut
from convformance.tests.conformance.report.facts import SOURCE_COLUMNS, facts, sources
from convformance.tests.conformance.report.harmless import block_for_markdown, code_for_markdown, for_markdown
from convformance.tests.conformance.report.kinds import Kind, command, kinds
from convformance.tests.conformance.report.levels import news
from convformance.tests.conformance.report.matrix import ALL, Cell, State, matrix, totals
from convformance.tests.conformance.report.reading import Report

SIGNS: Final[dict[State, str]] = {"conforms": "✅", "known": "⚠️", "fails": "❌", "unsupported": "⬜", "no case": "·"}
SHOWN_KINDS: Final = 20
SHOWN_NAMES: Final = 60


def markdown(
    report: Report, *, baseline: Report | None = None, artifact: str | None = None, limit: int | None = None
) -> str:
    """Write a report for a pull request.

    Parameters
    ----------
    report : Report
        Read back from its file.
    baseline : Report, optional
        A former one: the failures that are new since then are told from the old ones, and those that are gone are said.
    artifact : str, optional
        The address under which the folder of the report can be had.
    limit : int, optional
        At most so many bytes of UTF-8, like the 65,536 of a comment on GitHub; more is cut, and said to be.

    Returns
    -------
    str
        Markdown as GitHub reads it; text of adapters is only ever text in it.
    """
    groups = kinds(report)
    blocks = [*_head(report, artifact)]
    if baseline is None:
        failing = [kind for kind in groups if kind.state != "known"]
        blocks += _failures("What does not conform", report, failing)
    else:
        blocks += _since(report, changes(baseline, report))
    blocks += [*_entries(report), *_matrix(report), *_known(groups), *_facts(report)]
    text = "\n\n".join(blocks) + "\n"
    return text if limit is None else cut(text, limit)


def _head(report: Report, artifact: str | None) -> Iterable[str]:
    """Say the result first."""
    failing = sum(verdict.fails for verdict in report.verdicts)
    known = sum(verdict.expected is not None for verdict in report.verdicts)
    if report.why_red is None:
        said = f"⚠️ Convolution: conforms but for {_cases(known)} known" if known else "✅ Convolution: all conforms"
    elif failing:
        said = f"❌ Convolution: {_cases(failing)} {'does' if failing == 1 else 'do'} not conform"
    else:
        said = "❌ Convolution: red"
    if (unproven := news(report)) is not None:
        yield f"> Unproven level: {for_markdown(unproven)}"
    yield f"## {said}"
    if report.why_red is not None:
        yield f"Red: {for_markdown(report.why_red)}."
    cells = totals(report)
    yield "\n".join(_line(one["name"], one["version"], cells[one["name"]]) for one in report.header["adapters"])
    if artifact is not None:
        where = link_address(artifact)
        yield f"[The whole report]({where}): a page for every case, and the scripts that show failures."


def _line(name: str, version: str, cell: Cell) -> str:
    """Count an adapter's verdicts."""
    said = f"{SIGNS[cell.state]} {code_for_markdown(name, SHOWN_NAMES)} {for_markdown(version, SHOWN_NAMES)}: "
    said += f"{cell.conforming} of {cell.claimed} claimed cases conform, {cell.unlisted} do not"
    said += f", {cell.known} known" if cell.known else ""
    said += f", {cell.stale} declared or expected what is no longer true" if cell.stale else ""
    return f"- {said}, {cell.unsupported} unsupported"


def _matrix(report: Report) -> Iterable[str]:
    """Give the features in which something fails or is known to, and fold the others."""
    rows = matrix(report).rows
    names = [for_markdown(adapter["name"], SHOWN_NAMES) for adapter in report.header["adapters"]]
    telling = {"fails", "known"}
    lines: dict[bool, list[list[str]]] = {True: [], False: []}
    for row, cells in rows.items():
        shown = row == ALL or any(cell.state in telling for cell in cells.values())
        lines[shown].append([for_markdown(row), *map(_cell, cells.values())])
    yield "### Cases that conform of cases claimed · their worst error / bound"
    yield table(["feature", *names], lines[True])
    if lines[False]:
        count = len(lines[False])
        more = "1 feature" if count == 1 else f"{count} features"
        yield folded(f"{more} in which nothing fails", [table(["feature", *names], lines[False])])


def _cell(cell: Cell) -> str:
    sign = SIGNS[cell.state]
    if not cell.claimed:
        text = f"{sign} unsupported ({cell.asked})" if cell.asked else f"{sign} no case"
    else:
        text = f"{sign} {cell.conforming}/{cell.claimed}" + (f" · {cell.worst:.2f}" if cell.worst else "")
    return f"{text}, {cell.stale} no longer true" if cell.stale else text


def _since(report: Report, found: Changes) -> Iterable[str]:
    """Say what is new since the baseline, what is still there, and what is gone."""
    if found.corpus is not None:
        yield f"**{for_markdown(found.corpus, longest=None)}**"
    yield from _failures(f"New since {for_markdown(found.date)}", report, found.new)
    if found.unasked:
        yield f"{_cases(found.unasked)} of the new ones {'was' if found.unasked == 1 else 'were'} not asked then."
    if found.gone:
        yield "### Gone"
        yield _list(found.gone)
    else:
        yield "Nothing that failed then is gone."
    if found.lost:
        yield "### No longer answered"
        yield "What failed then and is now declared unsupported, or not asked:"
        yield _list(found.lost)
    if found.still:
        yield folded(f"{_kinds(len(found.still))} of nonconformance as before", [_list(found.still)])


def _failures(title: str, report: Report, failing: Sequence[Kind]) -> Iterable[str]:
    """Show each kind of failure once, with what shows it again."""
    yield f"### {title}"
    if not failing:
        yield "Nothing."
    for kind in failing[:SHOWN_KINDS]:
        yield from _kind(report, kind)
    if len(failing) > SHOWN_KINDS:
        yield f"And {_kinds(len(failing) - SHOWN_KINDS)} of nonconformance more, which stand in the report."


def _kind(report: Report, kind: Kind) -> Iterable[str]:
    smallest = kind.smallest
    yield f"❌ **{for_markdown(kind.name)}** of {code_for_markdown(kind.adapter, SHOWN_NAMES)}, {kind.cases}"
    yield for_markdown(kind.text)
    if smallest.detail != kind.text:
        yield f"Smallest case, {smallest.verdict}: {for_markdown(smallest.detail)}"
    yield block_for_markdown(command(report, kind.adapter, smallest.case))
    if kind.diagnosis is not None:
        script, missing = kind.diagnosis["reproducer"], kind.diagnosis["missing"]
        if script is not None:
            yield f"Reproducer: {code_for_markdown(script)} in the report."
        elif missing is not None:
            yield f"No reproducer: {for_markdown(missing)}"


def _entries(report: Report) -> Iterable[str]:
    """Say what has to be done about entries of the expected file."""
    expired, expiring = report.footer.get("expired", {}), report.footer.get("expiring", {})
    lines = []
    for name in report.stale_entries:
        said = f"has expired, on {expired[name]}: look again" if name in expired else "was not seen: remove the entry"
        lines.append(f"- ❌ {code_for_markdown(name)} {for_markdown(said)}")
    lines += [f"- ⚠️ {code_for_markdown(name)} expires soon, on {for_markdown(day)}" for name, day in expiring.items()]
    if lines:
        yield "### Entries of the expected file"
        yield "\n".join(lines)


def _known(groups: Iterable[Kind]) -> Iterable[str]:
    known = [kind for kind in groups if kind.state == "known"]
    if known:
        cases = _cases(sum(len(kind.verdicts) for kind in known))
        yield folded(f"{cases} known not to conform", [_list(known)])


def _facts(report: Report) -> Iterable[str]:
    """Say what ran where, and what it cost."""
    lines = [f"- {name}: {for_markdown(value)}" for name, value in facts(report.header)]
    blocks = ["\n".join(lines)]
    if parts := sources(report.header):
        blocks.append(table(SOURCE_COLUMNS, [[for_markdown(value) for value in part] for part in parts]))
    yield folded("What ran where", blocks)
    lines = [
        f"- {code_for_markdown(name, SHOWN_NAMES)}: {for_markdown(cost_in_words(cost))}"
        for name, cost in costs(report).items()
    ]
    if lines:
        yield folded("How long judging took in each", ["\n".join(lines)])


def _list(found: Sequence[Kind]) -> str:
    lines = [
        f"- {code_for_markdown(kind.adapter, SHOWN_NAMES)}: **{for_markdown(kind.name)}**, {kind.cases}: "
        f"{for_markdown(kind.text, 200)}"
        for kind in found[:SHOWN_KINDS]
    ]
    if len(found) > SHOWN_KINDS:
        lines.append(f"- and {_kinds(len(found) - SHOWN_KINDS)} more")
    return "\n".join(lines)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table.

    Parameters
    ----------
    columns, rows : sequence of str
        What stands in it has been made harmless.
    """
    return "\n".join(f"| {' | '.join(line)} |" for line in (columns, ["---"] * len(columns), *rows))


def folded(title: str, blocks: Sequence[str]) -> str:
    """Fold blocks away.

    Parameters
    ----------
    title : str
        Of ours.
    blocks : sequence of str
        Markdown.
    """
    return "\n\n".join([f"<details><summary>{title}</summary>", *blocks, "</details>"])


def link_address(address: str) -> str:
    """Keep an address from ending the link that it stands in.

    Parameters
    ----------
    address : str
        Begins with ``https://`` or ``http://``.
    """
    return "".join(f"%{ord(sign):02X}" if sign in ' ()<>\\"`' else sign for sign in address)


def _cases(count: int) -> str:
    return "1 case" if count == 1 else f"{count} cases"


def _kinds(count: int) -> str:
    return "1 kind" if count == 1 else f"{count} kinds"
