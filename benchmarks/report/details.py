"""The tables of the frameworks, every measurement of a part, and what has a verdict instead of a time."""

from convformance.benchmarks.limit import LIMIT
from convformance.benchmarks.report.figures import ratios_to_fastest, too_noisy
from convformance.benchmarks.report.maps import Setting, setting_of
from convformance.benchmarks.report.naming import (
    conditions_of,
    direction_of,
    duration,
    fraction,
    further,
    number,
    ordered,
    starred,
    threads_of,
)
from convformance.benchmarks.report.reading import Entry, Group, Run
from convformance.benchmarks.report.tables import EMPTY, Cell, Table
from convformance.tests.conformance.verdicts import NONCONFORMING


def ratio_tables(run: Run) -> dict[Setting, Table]:
    """Give each contender's time over that of the fastest, a table for each heat map."""
    found: dict[Setting, dict[Group, dict[str, Cell]]] = {}
    for key, group in run.groups("frameworks").items():
        row = found.setdefault(setting_of(key), {}).setdefault(key, {})
        row.update({name: Cell(f"{ratio:.2f}") for name, ratio in ratios_to_fastest(group).items()})
    for one in run.untimed:
        if one.group.part == "frameworks" and one.contender != LIMIT:
            row = found.setdefault(setting_of(one.group), {}).setdefault(one.group, {})
            row[one.contender] = Cell(one.verdict, one.verdict in NONCONFORMING)
    noisy = {key for key, group in run.groups("frameworks").items() if too_noisy(group)}
    tables = {}
    for setting, rows in found.items():
        direction, dtype, batch, threads = setting
        names = ordered({name for row in rows.values() for name in row})
        lines = [
            [Cell(starred(key.layer, key in noisy)), *(row.get(name, Cell(EMPTY)) for name in names)]
            for key, row in rows.items()
        ]
        title = f"{direction_of(direction).capitalize()}, {dtype}, batch {batch}, {threads_of(threads)}"
        tables[setting] = Table(title, ["layer", *names], lines, "Times the fastest of the row. * too noisy.")
    return tables


def settings(part: str, run: Run) -> list[Setting]:
    """Give the settings of a part, in the order of the file."""
    keys = [entry.group for entry in run.entries] + [one.group for one in run.untimed]
    return list(dict.fromkeys(setting_of(key) for key in keys if key.part == part))


def entry_table(part: str, setting: Setting, run: Run) -> Table:
    """Give everything that was measured of a part in one setting."""
    columns = [
        *("layer", "contender", "median", "spread", "rate (GFLOP/s)", "fraction of the limit", "times the fastest"),
        *("first call", "conversion", "verdict"),
    ]
    rows = []
    for key, group in run.groups(part).items():
        if setting_of(key) == setting:
            ratios = ratios_to_fastest(group)
            layer = starred(key.layer, too_noisy(group))
            rows += [_entry(layer, group[name], ratios.get(name)) for name in ordered(set(group))]
    for one in run.untimed:
        if (one.group.part, setting_of(one.group)) == (part, setting):
            blank = [Cell(EMPTY)] * (len(columns) - 3)
            verdict = Cell(_words(one.verdict, one.detail), one.verdict in NONCONFORMING)
            rows.append([Cell(one.group.layer), Cell(one.contender), *blank, verdict])
    direction, dtype, batch, threads = setting
    title = f"{direction_of(direction).capitalize()}, {dtype}, batch {batch}, {threads_of(threads)}: every number"
    return Table(
        title,
        columns,
        rows,
        "Spread: distance of the quartiles over the median. The reference's limit is that of float64. * too noisy.",
    )


def untimed_table(run: Run) -> Table:
    """Give what has a verdict instead of a time, and why: equal reasons once."""
    reasons: dict[tuple[str, str, str], list[Group]] = {}
    for one in run.untimed:
        reasons.setdefault((one.contender, one.verdict, one.detail), []).append(one.group)
    rows = [
        [
            Cell(contender),
            Cell(verdict, verdict in NONCONFORMING),
            Cell(detail),
            Cell(f"{groups[0].layer}, {conditions_of(groups[0])}" + further(len(groups) - 1)),
        ]
        for (contender, verdict, detail), groups in reasons.items()
    ]
    return Table("A verdict instead of a time", ["contender", "verdict", "why", "where"], rows)


def _entry(layer: str, entry: Entry, ratio: float | None) -> list[Cell]:
    facts = (
        *(
            layer,
            entry.contender,
            duration(entry.seconds),
            "one call" if len(entry.samples) == 1 else f"{entry.spread:.0%}",
            number(entry.gflops),
        ),
        *(fraction(entry.fraction), EMPTY if ratio is None else f"{ratio:.2f}"),
        *(duration(entry.first_call), duration(entry.conversion), _words(entry.verdict or "", entry.detail)),
    )
    return [*map(Cell, facts)]


def _words(verdict: str, detail: str) -> str:
    """Write a verdict with what was said of it; the limit has none, and may have a remark."""
    return ": ".join(part for part in (verdict, detail) if part)
