"""The tables of what changed between two runs."""

from collections.abc import Sequence
from typing import Final

from convformance.benchmarks.limit import LIMIT
from convformance.benchmarks.report.comparison import Change, Comparison
from convformance.benchmarks.report.naming import conditions_of, contender_of, duration, further
from convformance.benchmarks.report.tables import EMPTY, Cell, Table

_MOST: Final = 15


def change_tables(comparison: Comparison) -> list[Table]:
    """Give what became slower and faster most, and what is gone."""
    changes = [change for change in comparison.changes if not change.noisy]
    slower = sorted((one for one in changes if one.ratio > 1), key=lambda one: -one.ratio)
    faster = sorted((one for one in changes if one.ratio < 1), key=lambda one: one.ratio)
    tables = [_changes("slower", slower), _changes("faster", faster)]
    if comparison.gone:
        rows = [[Cell(contender_of(one.group, one.contender)), Cell(one.why, bad=True)] for one in comparison.gone]
        extra = further(len(rows) - _MOST)
        tables.append(Table(f"Gone: {len(rows)}", ["contender", "why"], rows[:_MOST], extra.lstrip(", ")))
    return tables


def _changes(word: str, changes: Sequence[Change]) -> Table:
    columns = [
        "part",
        "layer",
        "contender",
        "conditions",
        "before",
        "after",
        "by the reference",
        "by the limit",
    ]
    rows = []
    for one in changes[:_MOST]:
        yardsticks = [
            f"{one.by_yardstick[name] - 1:+.1%}" if name in one.by_yardstick else EMPTY for name in ("reference", LIMIT)
        ]
        key = one.group
        times = (duration(one.before.seconds), duration(one.after.seconds))
        facts = (key.part, key.layer, one.contender, conditions_of(key), *times, *yardsticks)
        rows.append([*map(Cell, facts)])
    title = f"What became {word} most: {min(_MOST, len(changes))} of {len(changes)}"
    return Table(title, columns, rows)
