"""What changed between two reports: versions, cases, cells of the matrix, and how near errors come to their bounds."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from convformance.adapters.processor import INSTRUCTION_SETS
from convformance.tests.conformance.report.compare.case_changes import Change, Group, group, paired
from convformance.tests.conformance.report.compare.error_changes import ErrorChange, error_changes
from convformance.tests.conformance.report.facts import claims, facts
from convformance.tests.conformance.report.matrix import ALL, Cell, matrix
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.verdicts import Verdict

_SAID_ELSEWHERE: Final = frozenset({"date", "adapters", "packages", "instruction sets", "cases"})


class DifferenceError(ValueError):
    """Two reports that have nothing in common; the message is one line."""


@dataclass(frozen=True)
class Fact:
    """Something that was not the same where the two ran; an empty text where it was not there."""

    name: str
    old: str
    new: str


@dataclass(frozen=True)
class Corpora:
    """Which cases the two asked.

    Attributes
    ----------
    old, new : str
        Their ids: equal ids mean equal cases.
    both, only_old, only_new : int
        How many cases are in both, and in one of them only.
    """

    old: str
    new: str
    both: int
    only_old: int
    only_new: int


@dataclass(frozen=True)
class CellChange:
    """A cell of the matrix that is not what it was, on the cases that both asked."""

    row: str
    adapter: str
    old: Cell
    new: Cell


@dataclass(frozen=True)
class Difference:
    """Everything that two reports say about each other.

    Attributes
    ----------
    old, new : Report
        The two.
    facts : tuple of Fact
        What was not the same where they ran.
    corpora : Corpora
        Which cases they asked.
    adapters : tuple of str
        Those in both, in the order of the new one: only these are compared.
    gone, added : tuple of str
        Adapters that only the old one has, and only the new one.
    compared : int
        How many verdicts have a counterpart.
    groups : tuple of Group
        Cases that are not judged as they were, put together; those that no longer conform come first.
    cells : tuple of CellChange
        Cells whose counts changed: the row of all cases, then those in which most conforming cases were lost.
    errors : tuple of ErrorChange
        Where errors came noticeably nearer to their bounds, or went away from them.
    """

    old: Report
    new: Report
    facts: tuple[Fact, ...]
    corpora: Corpora
    adapters: tuple[str, ...]
    gone: tuple[str, ...]
    added: tuple[str, ...]
    compared: int
    groups: tuple[Group, ...]
    cells: tuple[CellChange, ...]
    errors: tuple[ErrorChange, ...]

    @property
    def regressed(self) -> bool:
        """Whether something that conformed no longer does."""
        return any(one.change == "no longer conforms" for one in self.groups)

    def cases(self, change: Change) -> int:
        """Count the verdicts that changed in one way."""
        return sum(len(one.pairs) for one in self.groups if one.change == change)


def difference(old: Report, new: Report) -> Difference:
    """Compare two reports: adapters by their names, on the cases that both asked.

    Parameters
    ----------
    old, new : Report
        Read back from their files.

    Returns
    -------
    Difference
        Verdicts that an entry of an expected file lists count as what they are: not conforming.

    Raises
    ------
    DifferenceError
        When no adapter, or no case of one, is in both.
    """
    before, after = _names(old), _names(new)
    adapters = in_both(old, after)
    pairs = paired(old, new)
    if not pairs:
        raise DifferenceError(
            f"no case is in both reports, so nothing can be compared: the old one asked {_asked(old)}, the new one "
            f"{_asked(new)}"
        )
    # Features are those of today, so that a row that was not there before is not taken for a change.
    compared_old = _restricted(old, adapters, [replace(was, features=now.features) for was, now in pairs])
    compared_new = _restricted(new, adapters, [now for _, now in pairs])
    return Difference(
        old,
        new,
        _facts(old, new, adapters),
        _corpora(old, new),
        adapters,
        gone=tuple(name for name in before if name not in after),
        added=tuple(name for name in after if name not in before),
        compared=len(pairs),
        groups=group(pairs, old, new),
        cells=_cells(compared_old, compared_new),
        errors=error_changes(pairs),
    )


def in_both(old: Report, names: Collection[str]) -> tuple[str, ...]:
    """Give the adapters of a new report that an old one has, too.

    Parameters
    ----------
    old : Report
        The former one.
    names : collection of str
        The adapters of the new one, which may not have been run yet.

    Returns
    -------
    tuple of str
        In the order of the new one.

    Raises
    ------
    DifferenceError
        When there is none.
    """
    before = _names(old)
    adapters = tuple(name for name in names if name in before)
    if not adapters:
        raise DifferenceError(
            "no adapter is in both reports, so nothing can be compared: the old one has "
            f"{', '.join(map(repr, before))}, the new one {', '.join(map(repr, names))}"
        )
    return adapters


def _names(report: Report) -> list[str]:
    return [adapter["name"] for adapter in report.header["adapters"]]


def _asked(report: Report) -> str:
    return f"{_tier(report.header)} (corpus {report.header['corpus']})"


def _tier(header: Mapping[str, Any]) -> str:
    return f"tier {header['tier']}" + (f", shard {header['shard']}" if header["shard"] else "")


def _restricted(report: Report, adapters: Sequence[str], verdicts: Iterable[Verdict]) -> Report:
    """Give a report of what is compared alone."""
    kept = [adapter for adapter in report.header["adapters"] if adapter["name"] in adapters]
    return Report({**report.header, "adapters": kept}, tuple(verdicts), report.footer)


def _corpora(old: Report, new: Report) -> Corpora:
    before, after = ({verdict.case for verdict in report.verdicts} for report in (old, new))
    ids = (old.header["corpus"], new.header["corpus"])
    return Corpora(*ids, len(before & after), len(before - after), len(after - before))


def _cells(old: Report, new: Report) -> tuple[CellChange, ...]:
    """Compare the counts, row by row; how near errors come to their bounds is compared apart."""
    before, after = matrix(old).rows, matrix(new).rows
    found = [
        CellChange(row, adapter, before[row][adapter], cell)
        for row, cells in after.items()
        for adapter, cell in cells.items()
        if replace(before[row][adapter], worst=None) != replace(cell, worst=None)
    ]
    return tuple(sorted(found, key=lambda one: (one.row != ALL, one.new.conforming - one.old.conforming)))


def _facts(old: Report, new: Report, adapters: Sequence[str]) -> tuple[Fact, ...]:
    """Compare what ran where; the values of a merged report are those of all runs that it comes from."""
    before, after = _values(old, adapters), _values(new, adapters)
    sets_before, sets_after = _instruction_sets(old), _instruction_sets(new)
    only_old, only_new = (", ".join(sorted(one)) for one in (sets_before - sets_after, sets_after - sets_before))
    found = [
        Fact(name, before.get(name, ""), after.get(name, ""))
        for name in {**after, **before}
        if before.get(name) != after.get(name)
    ]
    return (*found, Fact("instruction sets only there", only_old, only_new)) if only_old or only_new else tuple(found)


def _values(report: Report, adapters: Sequence[str]) -> dict[str, str]:
    header = report.header
    found: dict[str, dict[str, None]] = {"date": {header["date"]: None}, "cases": {_tier(header): None}}
    for adapter in (one for one in header["adapters"] if one["name"] in adapters):
        layouts = ", ".join(f"{kind} {layout}" for kind, layout in adapter["filter_layouts"].items())
        found[adapter["name"]] = {adapter["version"]: None}
        found[f"layouts of {adapter['name']}"] = {f"{adapter['data_layout']}, {layouts}": None}
        found[f"claims of {adapter['name']}"] = {claims(adapter): None}
    for source in header.get("sources", [header]):
        said = {f"package {name}": version for name, version in source["packages"].items()}
        for name, value in (*facts(source), *said.items()):
            if name not in _SAID_ELSEWHERE:
                found.setdefault(name, {})[value] = None
    return {name: " and ".join(values) for name, values in found.items()}


def _instruction_sets(report: Report) -> set[str]:
    sources = report.header.get("sources", [report.header])
    return {flag for source in sources for flag in source["machine"]["flags"] if flag in INSTRUCTION_SETS}
