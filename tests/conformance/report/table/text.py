"""The table of all engines as Markdown, as GitHub reads it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from convformance.tests.conformance.report.cost import Cost, duration
from convformance.tests.conformance.report.entries import Known
from convformance.tests.conformance.report.harmless import block_for_markdown, code_for_markdown, for_markdown
from convformance.tests.conformance.report.kinds import Kind, command
from convformance.tests.conformance.report.markdown import SHOWN_NAMES, SIGNS, link_address, table
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.table.links import page_of
from convformance.tests.conformance.report.table.overview import Engine, Overview, Reason, Square
from convformance.tests.conformance.report.table.sentences import (
    CELLS,
    COST,
    FACT,
    HOW,
    TITLE,
    counts_of,
    result,
    unlisted,
)
from convformance.tests.conformance.report.words import counted

KINDS: Final = 10
"""So many kinds of failure of each engine are shown."""
SHOWN_TEXT: Final = 300
"""So many characters of a reason, a packages' list, or what a failure says."""
_COUNTS: Final = ("conforming", "failing", "no longer true", "known", "unsupported")
_COST: Final = ("engine", "seconds", "share of all", "cases timed", "median", "95 %", "slowest", "slowest case")


def table_markdown(report: Report, overview: Overview, folder: Path | None = None) -> str:
    """Write the table as Markdown.

    Parameters
    ----------
    report : Report
        Of which the table was made.
    overview : Overview
        What is shown.
    folder : Path, optional
        Where the file will lie: pages of engines beside it are linked.

    Returns
    -------
    str
        Text of adapters is only ever text in it.
    """
    names = {engine.name: _name(engine, folder) for engine in overview.engines}
    blocks = [
        *_head(report, overview),
        *_failing(report, overview, names),
        *_features(overview, names),
        *_engines(overview, names),
        *_cost(overview, names),
        *_known(report, overview, names),
        *_reasons(overview),
        "## How it was made",
        "From the verdicts of `convformance run` alone, of every engine on the same unchanged cases:",
        "\n".join(["```console", *HOW, "```"]),
    ]
    return "\n\n".join(blocks) + "\n"


def _name(engine: Engine, folder: Path | None) -> str:
    page = page_of(engine.name, folder)
    shown = for_markdown(engine.name, SHOWN_NAMES)
    return shown if page is None else f"[{shown}]({page})"


def _head(report: Report, overview: Overview) -> Iterable[str]:
    """Say the result first, and what ran where."""
    yield f"# {TITLE}"
    sign = SIGNS["conforms" if report.why_red is None else "fails"]
    yield f"{sign} **{for_markdown(result(report, overview))}**"
    if report.why_red is not None:
        yield f"Red: {for_markdown(report.why_red)}."
    yield "\n".join(f"- {name}: {for_markdown(value, FACT)}" for name, value in overview.facts)


def _failing(report: Report, overview: Overview, names: dict[str, str]) -> Iterable[str]:
    """Say what makes the table red, by engine."""
    engines = [engine for engine in overview.engines if engine.failing]
    stale = report.stale_entries
    if engines or stale:
        yield "## What fails"
    for engine in engines:
        yield f"### {names[engine.name]}"
        for kind in engine.failing[:KINDS]:
            yield from _kind(report, kind)
        if len(engine.failing) > KINDS:
            yield f"And {counted(len(engine.failing) - KINDS, 'more kind')} of failure, which stand in the report."
    expired = report.footer.get("expired", {})
    lines = [
        f"- {SIGNS['fails']} the expected nonconformance {code_for_markdown(name)} "
        f"{'has expired' if name in expired else 'was not seen'}"
        for name in stale
    ]
    if lines:
        yield "\n".join(lines)


def _kind(report: Report, kind: Kind) -> Iterable[str]:
    text = for_markdown(kind.text, SHOWN_TEXT)
    yield f"{SIGNS['fails']} **{for_markdown(kind.name, SHOWN_TEXT)}**, {kind.cases}: {text}"
    yield block_for_markdown(command(report, kind.adapter, kind.smallest.case))


def _features(overview: Overview, names: dict[str, str]) -> Iterable[str]:
    yield "## Features"
    yield CELLS
    meanings = {"conforms": "all conform", "known": "known nonconformances", "fails": "fails"}
    meanings |= {"unsupported": "nothing claimed, and the number of the reason", "no case": "not asked"}
    yield ", ".join(f"{sign} {meanings[state]}" for state, sign in SIGNS.items())
    rows = [
        [for_markdown(row), *(_square(squares[engine.name]) for engine in overview.engines)]
        for row, squares in overview.rows.items()
    ]
    yield table(["feature", *names.values()], rows)


def _square(square: Square) -> str:
    """Say a cell: its sign, its counts, the number of its reason."""
    cell = square.cell
    said = [SIGNS[cell.state]]
    if cell.claimed:
        said.append(f"{cell.conforming}/{cell.claimed}")
    if square.reason is not None:
        said.append(str(square.reason.number))
    if cell.stale:
        said.append(f"{cell.stale} no longer true")
    return " ".join(said)


def _engines(overview: Overview, names: dict[str, str]) -> Iterable[str]:
    yield "## Engines"
    rows = []
    for engine in overview.engines:
        if engine.missing is not None:
            absent = f"no report: {for_markdown(engine.missing, SHOWN_TEXT)}"
            rows.append([names[engine.name], absent, *["-"] * len(_COUNTS), "-"])
            continue
        counts = [f"{SIGNS['fails']} {count:,}" if bad else f"{count:,}" for _, count, bad in counts_of(engine)]
        packages = for_markdown(engine.packages, SHOWN_TEXT) or "not said"
        rows.append([names[engine.name], for_markdown(engine.version, SHOWN_NAMES), *counts, packages])
    yield table(["engine", "version", *_COUNTS, "installed"], rows)


def _cost(overview: Overview, names: dict[str, str]) -> Iterable[str]:
    spent = [engine.cost for engine in overview.engines if engine.cost is not None]
    if spent:
        yield "## What judging cost"
        yield COST
        yield table(_COST, [_cost_row(cost, names) for cost in sorted(spent, key=lambda cost: -cost.seconds)])


def _cost_row(cost: Cost, names: dict[str, str]) -> list[str]:
    slowest = cost.slowest
    return [
        *(names[cost.adapter], f"{cost.seconds:,.1f}", f"{cost.share:.1%}", f"{cost.timed:,}"),
        *map(duration, (cost.middle, cost.high, slowest.framework_seconds)),
        code_for_markdown(slowest.case, cell=True),
    ]


def _known(report: Report, overview: Overview, names: dict[str, str]) -> Iterable[str]:
    engines = [engine for engine in overview.engines if engine.known]
    if engines:
        listed = for_markdown(report.header.get("expected") or "the expected file", SHOWN_TEXT)
        yield "## Known nonconformances"
        yield f"Listed in {listed}: they do not make the table red."
    for engine in engines:
        yield f"### {names[engine.name]}"
        yield "\n".join(map(_entry, engine.known))


def _entry(known: Known) -> str:
    said = f"- **{for_markdown(known.name, SHOWN_TEXT)}**, {counted(known.cases, 'case')}, "
    said += for_markdown(known.verdicts)
    if known.entry is None:
        return said
    until = f", until {known.entry['expires']}" if known.entry["expires"] else ""
    about = for_markdown(f"{known.entry['kind']}, {known.entry['owner']}{until}", SHOWN_TEXT)
    return f"{said}: {for_markdown(known.entry['reason'])} ({about}; {_where(known.entry['address'])})"


def _where(address: str) -> str:
    """Write an address as a link, where it begins with one."""
    where, _, rest = address.partition(" ")
    if not where.startswith(("https://", "http://")) or not where.isprintable():
        return for_markdown(address, SHOWN_TEXT)
    link = f"[{for_markdown(where, SHOWN_TEXT)}]({link_address(where)})"
    return f"{link} {for_markdown(rest, SHOWN_TEXT)}" if rest else link


def _reasons(overview: Overview) -> Iterable[str]:
    if not overview.reasons:
        return
    yield "## Unsupported, and why"
    yield (
        "Declared by the adapter, counted apart, and checked: a declaration that is no longer true fails the run. "
        "Behind each reason the engines that give it, and for how many cases."
    )
    yield "\n".join(map(_reason, overview.reasons))
    if overview.unlisted:
        yield unlisted(overview)


def _reason(reason: Reason) -> str:
    engines = ", ".join(f"{for_markdown(name, SHOWN_NAMES)} {count:,}" for name, count in reason.cases.items())
    return f"{reason.number}. {for_markdown(reason.text, SHOWN_TEXT)}" + (f" ({engines})" if engines else "")
