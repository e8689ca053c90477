"""A difference between two reports, for the terminal and as Markdown: the same words in both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table

from convformance.tests.conformance.report.compare.case_changes import CHANGES, Group
from convformance.tests.conformance.report.compare.difference import Difference
from convformance.tests.conformance.report.compare.error_changes import RULE
from convformance.tests.conformance.report.harmless import (
    block_for_markdown,
    for_markdown,
    for_terminal,
)
from convformance.tests.conformance.report.kinds import command
from convformance.tests.conformance.report.markdown import folded, table
from convformance.tests.conformance.report.matrix import Cell
from convformance.tests.conformance.report.terminal import say
from convformance.tests.conformance.report.words import counted

SHOWN_GROUPS: Final = 20
SHOWN_ROWS: Final = 30
FOLDED_ROWS: Final = 300
_COLOURS: Final = {"no longer conforms": "bold red", "conforms now": "bold green", "true again": "bold green"}


@dataclass(frozen=True)
class _Grid:
    """A table of plain text; what of it comes from adapters is escaped by who prints it."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def left_out(self, shown: int) -> str:
        """Say how many rows are not shown, or nothing."""
        return f"{len(self.rows) - shown:,} more" if len(self.rows) > shown else ""


def print_difference(difference: Difference, console: Console) -> None:
    """Print a difference.

    Parameters
    ----------
    difference : Difference
        Of two reports.
    console : rich.console.Console
        Where to.
    """
    facts, *others = _grids(difference)
    _print_grid(facts, console)
    for sentence in _compared(difference):
        say(console, for_terminal(sentence))
    for group in difference.groups[:SHOWN_GROUPS]:
        colour = _COLOURS.get(group.change, "bold yellow")
        say(console, f"\n[{colour}]{group.change}[/] {for_terminal(_heading(group))}")
        for line in _lines(group):
            say(console, f"  {for_terminal(line)}")
        say(console, f"  [bold]{for_terminal(_command(difference, group), None)}[/]")
    if len(difference.groups) > SHOWN_GROUPS:
        say(console, f"\n{counted(len(difference.groups) - SHOWN_GROUPS, 'more group')} of cases changed")
    for grid in others:
        if grid.rows:
            console.print()
            _print_grid(grid, console)
    say(console, f"\n[{'bold red' if difference.regressed else 'green'}]{for_terminal(summary(difference))}[/]")


def difference_markdown(difference: Difference) -> str:
    """Write a difference as Markdown.

    Parameters
    ----------
    difference : Difference
        Of two reports.

    Returns
    -------
    str
        What matters most first; the cells of the matrix are folded.
    """
    facts, cells, errors = _grids(difference)
    sign = "❌" if difference.regressed else "✅"
    blocks = ["# Convolution: what changed", f"{sign} **{for_markdown(summary(difference))}**"]
    for group in difference.groups[:SHOWN_GROUPS]:
        blocks += [
            f"**{group.change}**: {for_markdown(_heading(group))}",
            *map(for_markdown, _lines(group)),
            block_for_markdown(_command(difference, group), "console"),
        ]
    if len(difference.groups) > SHOWN_GROUPS:
        blocks.append(f"{counted(len(difference.groups) - SHOWN_GROUPS, 'more group')} of cases changed.")
    blocks.append(_markdown_grid(errors))
    if cells.rows:
        blocks.append(folded(cells.title, [_markdown_rows(cells, FOLDED_ROWS)]))
    blocks += ["## What was compared", *map(for_markdown, _compared(difference)), _markdown_grid(facts)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def summary(difference: Difference) -> str:
    """Give the one-line result of a difference.

    Parameters
    ----------
    difference : Difference
        Of two reports.

    Returns
    -------
    str
        How many verdicts changed in which way.
    """
    counts = [(difference.cases(change), change) for change in CHANGES]
    said = ", ".join(f"{count:,} {_of_several(change)}" for count, change in counts if count) or "nothing changed"
    return f"{said}, of {counted(difference.compared, 'verdict')} that both reports have"


def _of_several(change: str) -> str:
    return change.replace("conforms", "conform").replace("fails", "fail")


def _compared(difference: Difference) -> list[str]:
    """Say what is compared, and what is not."""
    corpora = difference.corpora
    said = [f"both asked the same {counted(corpora.both, 'case')}: corpus {corpora.new}"]
    if corpora.old != corpora.new:
        text = (
            f"the reports asked different cases, corpus {corpora.old} and corpus {corpora.new}: compared is what both "
            f"asked, {counted(corpora.both, 'case')}; {corpora.only_old:,} only in the old report and "
            f"{corpora.only_new:,} only in the new one are not"
        )
        said = [text]
    for word, names in (("old", difference.gone), ("new", difference.added)):
        if names:
            said.append(f"only in the {word} report, so not compared: {', '.join(names)}")
    return said


def _heading(group: Group) -> str:
    return f"{group.adapter}, {counted(len(group.pairs), 'case')}: {group.name}"


def _lines(group: Group) -> list[str]:
    """Say of a group what is known of it, shortest first."""
    smallest = next(iter(_details(group)), "")
    lines = [group.text] if group.text not in ("", group.name) else []
    lines += [smallest] if smallest not in ("", group.text) else []
    lines.append(", ".join(group.steps[:SHOWN_GROUPS]))
    return lines + ([f"all of them: {', '.join(group.common_features)}"] if group.common_features else [])


def _details(group: Group) -> list[str]:
    """Give what is said of the smallest case, by the verdict that does not conform."""
    return [verdict.detail for verdict in reversed(group.smallest) if not verdict.conforms and verdict.detail]


def _command(difference: Difference, group: Group) -> str:
    return command(difference.new, group.adapter, group.smallest[1].case)


def _grids(difference: Difference) -> tuple[_Grid, _Grid, _Grid]:
    facts = [(fact.name, fact.old or "-", fact.new or "-") for fact in difference.facts]
    cells = [(one.row, one.adapter, _cell(one.old), _cell(one.new)) for one in difference.cells]
    errors = [
        (
            *(one.adapter, one.dtype, one.figure),
            *(f"{one.old:.3g}", f"{one.new:.3g}", f"{one.new / one.old:.2f}" if one.old else "-"),
            one.at or f"of {counted(one.cases, 'case')}",
        )
        for one in difference.errors
    ]
    count = len(cells)
    return (
        _Grid("what ran where, as far as it differs", ("", "old", "new"), facts),
        _Grid(
            f"{counted(count, 'cell')} of the matrix changed: cases that conform of cases claimed",
            ("feature", "adapter", "old", "new"),
            cells,
        ),
        _Grid(f"errors that moved ({RULE})", ("adapter", "dtype", "figure", "old", "new", "factor", "now at"), errors),
    )


def _cell(cell: Cell) -> str:
    """Say the counts of a cell."""
    if not cell.claimed:
        return f"unsupported ({cell.asked})"
    extras = [(cell.unlisted, "fail"), (cell.known, "known"), (cell.stale, "no longer true")]
    return ", ".join([f"{cell.conforming}/{cell.claimed}", *(f"{count} {word}" for count, word in extras if count)])


def _print_grid(grid: _Grid, console: Console) -> None:
    shown = Table(title=for_terminal(grid.title), title_justify="left", title_style="")
    for column in grid.columns:
        shown.add_column(column, overflow="fold")
    for row in grid.rows[:SHOWN_ROWS]:
        shown.add_row(*_each(row, for_terminal))
    console.print(shown, emoji=False)
    if grid.left_out(SHOWN_ROWS):
        say(console, grid.left_out(SHOWN_ROWS))


def _markdown_grid(grid: _Grid) -> str:
    return f"{for_markdown(grid.title)}\n\n{_markdown_rows(grid, SHOWN_ROWS)}" if grid.rows else ""


def _markdown_rows(grid: _Grid, most: int) -> str:
    rows = table(grid.columns, [_each(row, for_markdown) for row in grid.rows[:most]])
    return "\n\n".join(block for block in (rows, grid.left_out(most)) if block)


def _each(row: Sequence[str], harmless: Callable[[str], str]) -> list[str]:
    return [harmless(text) for text in row]
