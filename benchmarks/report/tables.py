"""The tables of a report, as text that HTML and Markdown both show."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from convformance.benchmarks.limit import LIMIT
from convformance.benchmarks.report.figures import too_noisy
from convformance.benchmarks.report.goals import MAGNITUDE, RELATED, RIVALS, OracleLayer, goals, oracle_layers
from convformance.benchmarks.report.naming import duration, fraction, number, size, starred, threads_of
from convformance.benchmarks.report.reading import Entry, Group, Run, Untimed
from convformance.benchmarks.report.trends import shares_of
from convformance.tests.conformance.verdicts import NONCONFORMING

EMPTY: Final = "-"
_NUMBER: Final = re.compile(r"[-+]?[\d.,]+(e-\d+)?( ?(%|s|ms|µs|ns|MiB|GiB))?")


class Cell(NamedTuple):
    """Text, and whether it is something to look at: a goal that is missed, a verdict that does not conform."""

    text: str
    bad: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it is shown in line with the numbers above and below."""
        return self.text == EMPTY or _NUMBER.fullmatch(self.text) is not None


@dataclass(frozen=True)
class Table:
    """A table in words.

    Attributes
    ----------
    title : str
        What it is about.
    columns : list of str
        With units.
    rows : list of list of Cell
        As long as `columns`, each.
    note : str
        How to read it.
    """

    title: str
    columns: list[str]
    rows: list[list[Cell]]
    note: str = ""


def goals_table(run: Run) -> Table:
    """Say which goals of the oracle are reached, and which are missed by how much."""
    words = {True: "reached", False: "missed", None: "not measured"}
    rows = [
        [
            Cell(goal.text),
            Cell(goal.wanted),
            Cell(goal.measured),
            Cell(words[goal.reached], goal.reached is False),
            Cell(goal.short),
        ]
        for goal in goals(run)
    ]
    return Table("The oracle's goals", ["what", "goal", "measured", "", "by how much, and what is open"], rows)


def oracle_table(run: Run) -> Table:
    """Give each layer's rate, and the fractions of the limit of the oracle and its rivals."""
    columns = ["layer", "limit (GFLOP/s)", "oracle (GFLOP/s)", "oracle (fraction)", *RIVALS]
    refused = _verdicts(run.untimed)
    rows = []
    for layer, one in oracle_layers(run).items():
        group = one.forward
        if not group:
            continue
        key = next(iter(group.values())).group
        oracle = group.get("oracle")
        fractions = [
            _fraction(group[name], oracle) if name in group else _verdict(refused, key, name)
            for name in ("oracle", *RIVALS)
        ]
        limit = next(iter(group.values())).limit_gflops
        rate = Cell(number(oracle.gflops)) if oracle else _verdict(refused, key, "oracle")
        rows.append([Cell(starred(layer, too_noisy(group))), Cell(number(limit)), rate, *fractions])
    note = "Forward, float64. Fractions of the limit; marked: a rival that is faster than the oracle. * too noisy."
    return Table("The oracle and its rivals: fraction of the limit", columns, rows, note)


def costs_table(run: Run) -> Table:
    """Give what value and magnitude, the gradients and the transposed convolution cost in units of the value."""
    ratios: list[tuple[str, float, Callable[[OracleLayer], float | None]]] = [
        ("value and magnitude", MAGNITUDE, OracleLayer.magnitude),
        ("gradient in the input", RELATED, lambda one: one.gradient("dx")),
        ("gradient in the filters", RELATED, lambda one: one.gradient("dfilters")),
        ("transposed", RELATED, OracleLayer.transposed),
    ]
    columns = ["layer", *(f"{name} (goal {goal})" for name, goal, _ in ratios)]
    rows = [
        [Cell(starred(layer, too_noisy(one.forward))), *(_ratio(ratio(one), goal) for _, goal, ratio in ratios)]
        for layer, one in oracle_layers(run).items()
    ]
    return Table("What else the oracle computes: times its forward value", columns, rows)


def ladder_tables(run: Run) -> list[Table]:
    """Give the ladder's steps, a table for each layer and number type."""
    tables = []
    for key, group in run.groups("ladder").items():
        steps = [name for name in group if name != LIMIT]
        rows, former = [], None
        for name in [*steps, *([LIMIT] if LIMIT in group else [])]:
            entry = group[name]
            gain = number(entry.gflops / former.gflops) if former else EMPTY
            rows.append(
                [
                    *map(Cell, (name, duration(entry.seconds), number(entry.gflops), fraction(entry.fraction), gain)),
                    Cell(f"{entry.spread:.0%}"),
                ]
            )
            former = entry
        columns = ["step", "median", "GFLOP/s", "of the limit", "gain", "spread"]
        note = "Gain: over the step before." + (" Too noisy to judge." if too_noisy(group) else "")
        tables.append(Table(f"{key.layer}, {key.dtype}, {threads_of(key.threads)}", columns, rows, note))
    return tables


def suite_table(run: Run) -> Table:
    """Give the suite's own speed, and where its time goes."""
    names = list(dict.fromkeys(name for one in run.suite for name in shares_of(one)))
    columns = ["tier", "adapter", "jobs", "shard", "cases", "seconds", "cases a second", "peak memory"]
    columns.append("seconds of the whole tier")
    rows = []
    for one in run.suite:
        shares = shares_of(one)
        facts = (one.tier, one.adapter, str(one.jobs), one.shard, f"{one.cases:,}", number(one.seconds))
        speed = (number(one.cases_per_second), size(one.peak_bytes), number(one.tier_seconds))
        rows.append(
            [*map(Cell, (*facts, *speed))]
            + [Cell(f"{shares[name]:.0%}" if name in shares else EMPTY) for name in names]
        )
    note = "Seconds of the whole tier: scaled by the number of cases, but for what a run takes before its first one."
    return Table("The suite's own speed, and the shares of its time", [*columns, *names], rows, note)


def _fraction(entry: Entry, oracle: Entry | None) -> Cell:
    faster = oracle is not None and entry.contender in RIVALS and entry.fraction > oracle.fraction
    return Cell(fraction(entry.fraction), faster)


def _ratio(ratio: float | None, goal: float) -> Cell:
    return Cell(EMPTY) if ratio is None else Cell(f"{ratio:.2f}", ratio > goal)


def _verdicts(untimed: Iterable[Untimed]) -> dict[tuple[Group, str], str]:
    return {(one.group, one.contender): one.verdict for one in untimed}


def _verdict(verdicts: Mapping[tuple[Group, str], str], key: Group, name: str) -> Cell:
    verdict = verdicts.get((key, name), EMPTY)
    return Cell(verdict, verdict in NONCONFORMING)
