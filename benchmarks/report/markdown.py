"""The report as Markdown, short enough for a comment of a CI."""

from convformance.benchmarks.report.changes import change_tables
from convformance.benchmarks.report.comparison import Comparison
from convformance.benchmarks.report.details import ratio_tables, untimed_table
from convformance.benchmarks.report.facts import facts, noise
from convformance.benchmarks.report.goals import goals
from convformance.benchmarks.report.reading import Run
from convformance.benchmarks.report.tables import (
    Cell,
    Table,
    costs_table,
    goals_table,
    ladder_tables,
    oracle_table,
    suite_table,
)


def markdown(run: Run, comparison: Comparison | None) -> str:
    """Write the report of a run.

    Parameters
    ----------
    run : Run
        The run, the new one of a comparison.
    comparison : Comparison or None
        With an older one.

    Returns
    -------
    str
        Markdown; what is longest is folded.
    """
    blocks = ["# Benchmarks of the convolution loop", _misses(run), noise(run)]
    if run.groups("oracle"):
        blocks += [_table(goals_table(run))]
    if comparison is not None:
        blocks += [
            "## After against before",
            f"The run before: {comparison.before.when}, commit {comparison.before.commit}.",
            *map(_table, change_tables(comparison)),
        ]
    if run.groups("oracle"):
        blocks += ["## The oracle", _table(oracle_table(run)), _table(costs_table(run))]
    if run.groups("ladder"):
        blocks += ["## The hot loop, step by step", *map(_table, ladder_tables(run))]
    if tables := list(ratio_tables(run).values()):
        blocks += ["## Frameworks side by side", _table(tables[0]), *map(_folded, tables[1:])]
    if run.suite:
        blocks += ["## The suite's own speed", _table(suite_table(run))]
    if run.untimed:
        blocks += ["## What has no time", _folded(untimed_table(run))]
    blocks += ["## The machine", "\n".join(f"- {name}: {_plain(value)}" for name, value in facts(run))]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _misses(run: Run) -> str:
    """Say first what is missed."""
    known = [goal for goal in goals(run) if goal.reached is not None]
    if not known:
        return ""
    missed = [goal for goal in known if not goal.reached]
    head = f"**{len(known) - len(missed)} of {len(known)} goals of the oracle reached.**"
    return "\n".join([head, *(f"- **missed**: {goal.text}: {goal.measured}, goal {goal.wanted}" for goal in missed)])


def _table(table: Table) -> str:
    if not table.rows:
        return f"{table.title}: none."
    lines = [table.columns, ["---"] * len(table.columns), *([_cell(cell) for cell in row] for row in table.rows)]
    grid = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n\n".join(part for part in (f"**{table.title}**", grid, table.note) if part)


def _folded(table: Table) -> str:
    return f"<details><summary>{table.title}</summary>\n\n{_table(table)}\n\n</details>"


def _cell(cell: Cell) -> str:
    text = _plain(cell.text)
    return f"**{text}**" if cell.bad else text


def _plain(text: str) -> str:
    """Keep words of others from being read as a table, as markup, or as a mention of somebody."""
    for sign in "\\|<>*`@":
        text = text.replace(sign, f"&#{ord(sign)};")
    return " ".join(text.split())
