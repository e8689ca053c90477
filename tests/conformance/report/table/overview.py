"""The table as data: features down, engines across, for each empty cell its reason, for each engine its cost."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from convformance.tests.conformance.report.cost import Cost, costs
from convformance.tests.conformance.report.entries import Known, known_entries
from convformance.tests.conformance.report.facts import blas, facts, instruction_sets
from convformance.tests.conformance.report.kinds import Kind, kinds
from convformance.tests.conformance.report.matrix import ALL, Cell, Matrix, matrix
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.said import reason_of

REASONS: Final = 200
"""So many reasons are listed, and all of those that explain an empty cell."""
_THE_SUITE: Final = ("convformance", "pytest")


class MissingError(ValueError):
    """An engine that is said to be missing and is not."""


@dataclass(frozen=True)
class Reason:
    """Why something is not answered.

    Attributes
    ----------
    number : int
        Its place in the list, from 1.
    text : str
        As it was declared.
    cases : mapping of str to int
        How many cases each engine declares unsupported by it; none where there is no report of the engine.
    """

    number: int
    text: str
    cases: Mapping[str, int]


@dataclass(frozen=True)
class Square:
    """A cell of the table.

    Attributes
    ----------
    cell : Cell
        Its counts.
    reason : Reason or None
        Where nothing is claimed, why; of several reasons the most frequent.
    why : str
        The most frequent reason of what is unsupported, also where some is claimed.
    others : int
        How many more reasons there are.
    """

    cell: Cell
    reason: Reason | None = None
    why: str = ""
    others: int = 0


@dataclass(frozen=True)
class Engine:
    """A column of the table.

    Attributes
    ----------
    name, version : str
        As its adapter says them.
    packages : str
        What was installed where it ran, the suite left out.
    total : Cell
        All of its cases.
    cost : Cost or None
        Where something was timed.
    missing : str or None
        Why there is no report of it.
    failing : list of Kind
        What makes the table red, by kind.
    known : list of Known
        What the expected file lists, by entry.
    """

    name: str
    version: str = ""
    packages: str = ""
    total: Cell = field(default_factory=Cell)
    cost: Cost | None = None
    missing: str | None = None
    failing: Sequence[Kind] = ()
    known: Sequence[Known] = ()


@dataclass(frozen=True)
class Overview:
    """The table.

    Attributes
    ----------
    engines : tuple of Engine
        In the order of the report, then those that are missing.
    rows : mapping of str to mapping of str to Square
        By feature, the row of all cases first, then by engine.
    reasons : tuple of Reason
        By their numbers, those of most cases first.
    unlisted : int
        How many reasons are left out; none of an empty cell.
    facts : list of (str, str)
        What ran where; what is not the same for all engines says for whom.
    """

    engines: tuple[Engine, ...]
    rows: Mapping[str, Mapping[str, Square]]
    reasons: tuple[Reason, ...]
    unlisted: int
    facts: Sequence[tuple[str, str]]

    @property
    def present(self) -> list[Engine]:
        """Those that a report tells of."""
        return [engine for engine in self.engines if engine.missing is None]


def overview(report: Report, missing: Mapping[str, str] | None = None) -> Overview:
    """Make the table of a report.

    Parameters
    ----------
    report : Report
        Of many engines, mostly a merged one.
    missing : mapping of str to str, optional
        Engines that belong into the table and are not in the report, and why.

    Returns
    -------
    Overview
        All that is shown.

    Raises
    ------
    MissingError
        When one of them is in the report.
    """
    missing = missing or {}
    cells = matrix(report)
    if there := [name for name in missing if name in cells.adapters]:
        raise MissingError(f"{there[0]} is not missing: the report has {cells.rows[ALL][there[0]].asked} cases of it")
    declared = _declared(report)
    reasons, unlisted = _numbered(cells, declared, missing)
    absent = {name: Square(Cell(), reasons[_no_report(why)]) for name, why in missing.items()}
    rows = {
        row: {**{name: _square(cell, declared[name, row], reasons) for name, cell in columns.items()}, **absent}
        for row, columns in cells.rows.items()
    }
    engines = [*_engines(report, cells), *(Engine(name, missing=why) for name, why in missing.items())]
    return Overview(tuple(engines), rows, tuple(reasons.values()), unlisted, _facts(report.header))


def _declared(report: Report) -> Mapping[tuple[str, str], Counter[str]]:
    """Count the reasons of what is unsupported, by engine and row."""
    found: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for verdict in report.verdicts:
        if verdict.verdict == "unsupported":
            reason = reason_of(verdict)
            for row in (ALL, *verdict.features):
                found[verdict.adapter, row][reason] += 1
    return found


def _no_report(why: str) -> str:
    return f"no report: {why}"


def _numbered(
    cells: Matrix, declared: Mapping[tuple[str, str], Counter[str]], missing: Mapping[str, str]
) -> tuple[dict[str, Reason], int]:
    """Give each reason its number, and count those that have no place in the list."""
    cases: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for name in cells.adapters:
        for text, count in declared[name, ALL].items():
            cases[text][name] = count
    needed = {
        declared[name, row].most_common(1)[0][0]
        for row, columns in cells.rows.items()
        for name, cell in columns.items()
        if cell.asked and not cell.claimed
    }
    frequent = sorted(cases, key=lambda text: (text not in needed, -sum(cases[text].values())))
    listed = frequent[: max(REASONS, len(needed))]
    unlisted = len(cases) - len(listed)
    listed.sort(key=lambda text: -sum(cases[text].values()))
    listed += [text for text in dict.fromkeys(map(_no_report, missing.values())) if text not in cases]
    reasons = {text: Reason(number, text, cases.get(text, {})) for number, text in enumerate(listed, start=1)}
    return reasons, unlisted


def _square(cell: Cell, declared: Counter[str], reasons: Mapping[str, Reason]) -> Square:
    if not declared:
        return Square(cell)
    ((why, _),) = declared.most_common(1)
    return Square(cell, None if cell.claimed else reasons[why], why, len(declared) - 1)


def _engines(report: Report, cells: Matrix) -> list[Engine]:
    """Describe the engines of the report."""
    spent = costs(report)
    found = kinds(report)
    known = known_entries(found)
    return [
        Engine(
            name=one["name"],
            version=one["version"],
            packages=_packages(report.header, one["name"]),
            total=cells.rows[ALL][one["name"]],
            cost=spent.get(one["name"]),
            failing=[kind for kind in found if kind.adapter == one["name"] and kind.state != "known"],
            known=[entry for entry in known if entry.adapter == one["name"]],
        )
        for one in report.header["adapters"]
    ]


def _parts(header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the headers of the runs that a report was made of: its own where it was not merged."""
    return header.get("sources") or [header]


def _packages(header: Mapping[str, Any], name: str) -> str:
    """Say what was installed where an engine ran."""
    found: dict[str, None] = {}
    for part in _parts(header):
        if any(one["name"] == name for one in part["adapters"]):
            packages = part["packages"].items()
            found.update(dict.fromkeys(f"{one} {version}" for one, version in packages if one not in _THE_SUITE))
    return ", ".join(found)


def _facts(header: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say what ran where: what is the same everywhere once, anything else with the engines that it is true of."""
    said = dict(facts(header))
    parts = _parts(header)
    names = [", ".join(one["name"] for one in part["adapters"]) for part in parts]
    machines = [part["machine"] for part in parts]
    dates = sorted(part["date"] for part in parts)
    different = {
        "convformance": [part["packages"].get("convformance", "unknown") for part in parts],
        "processor": [machine["cpu"] for machine in machines],
        "instruction sets": list(map(instruction_sets, machines)),
        "system": [f"{machine['system']}, Python {machine['python']}" for machine in machines],
        "BLAS of the reference": list(map(blas, machines)),
    }
    return [
        ("cases", said["cases"]),
        ("judged", dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"),
        *((name, _by_engine(values, names)) for name, values in different.items()),
        ("known nonconformances", said["known nonconformances"]),
    ]


def _by_engine(values: Sequence[str], names: Sequence[str]) -> str:
    """Say a value once where it is the same everywhere."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for value, name in zip(values, names, strict=True):
        found[value].append(name)
    if len(found) == 1:
        return values[0]
    return "; ".join(f"{value} ({', '.join(dict.fromkeys(those))})" for value, those in found.items())
