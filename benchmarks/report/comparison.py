"""Two runs against each other, in units that a slow machine does not change: the reference, and the limit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import geometric_mean

from convformance.benchmarks.limit import LIMIT
from convformance.benchmarks.report.figures import cost_ratio, time_ratio, too_noisy
from convformance.benchmarks.report.reading import BenchmarkFileError, Entry, Group, Run

REFERENCE = "reference"


class NotComparableError(BenchmarkFileError):
    """The two files do not hold the same kind of run."""


@dataclass(frozen=True)
class Change:
    """How much slower or faster one contender became.

    Attributes
    ----------
    group : Group
        What it was measured with.
    contender : str
        Who.
    before, after : Entry
        What was measured.
    by_yardstick : mapping
        For each yardstick the contender's time over the yardstick's, after over before: 1.1 is 10 % slower. Always by
        the `limit` of its rounds; frameworks also by the `reference`, where both runs timed it.
    noisy : bool
        Whether either group is too noisy to judge.
    """

    group: Group
    contender: str
    before: Entry
    after: Entry
    by_yardstick: Mapping[str, float]
    noisy: bool

    @property
    def ratio(self) -> float:
        """The change by the yardstick that speaks most for the contender.

        A reference that became twice as fast makes nobody else slow: only who is slower by every yardstick is.
        """
        return min(self.by_yardstick.values())


@dataclass(frozen=True)
class Unmatched:
    """A contender that had a time before and can't be compared, and why."""

    group: Group
    contender: str
    why: str


@dataclass(frozen=True)
class Comparison:
    """Everything that two runs say about each other.

    Attributes
    ----------
    before, after : Run
        The two.
    changes : tuple of Change
        What both timed.
    gone : tuple of Unmatched
        What only `before` timed.
    new : int
        How many only `after` timed.
    """

    before: Run
    after: Run
    changes: tuple[Change, ...]
    gone: tuple[Unmatched, ...]
    new: int

    @property
    def other_machine(self) -> str:
        """What differs of the two machines, or an empty string."""
        names = ("cpu", "flags", "blas", "threads", "OPENBLAS_CORETYPE")
        differs = [name for name in names if self.before.machine.get(name) != self.after.machine.get(name)]
        return ", ".join(differs)


def compare(before: Run, after: Run) -> Comparison:
    """Compare two runs, entry by entry.

    Parameters
    ----------
    before, after : Run
        Both quick, or both not.

    Returns
    -------
    Comparison
        Entries are matched by their group and their contender.

    Raises
    ------
    NotComparableError
        For a quick run and a full one: they measure another limit, in other rounds.
    """
    if before.quick != after.quick:
        kinds = {True: "a quick run", False: "a full run"}
        raise NotComparableError(
            f"{before.path} is {kinds[before.quick]} and {after.path} {kinds[after.quick]}: "
            "give two quick runs or two full ones"
        )
    old, new = before.groups(), after.groups()
    timed = {(key, name) for key, group in new.items() for name in group}
    pairs = [(key, name) for key, group in old.items() for name in group if name != LIMIT]
    return Comparison(
        before,
        after,
        changes=tuple(_change(key, name, old[key], new[key]) for key, name in pairs if (key, name) in timed),
        gone=tuple(_gone(key, name, after) for key, name in pairs if (key, name) not in timed),
        new=sum(name != LIMIT and name not in old.get(key, {}) for key, name in timed),
    )


def mean_change(changes: Iterable[Change]) -> float:
    """Give the geometric mean of changes."""
    return geometric_mean(change.ratio for change in changes)


def _change(key: Group, name: str, old: Mapping[str, Entry], new: Mapping[str, Entry]) -> Change:
    by_yardstick = {}
    if key.part == "frameworks" and name != REFERENCE and REFERENCE in old and REFERENCE in new:
        by_yardstick[REFERENCE] = time_ratio(new[name], new[REFERENCE]) / time_ratio(old[name], old[REFERENCE])
    by_yardstick[LIMIT] = cost_ratio(new[name], old[name])
    return Change(key, name, old[name], new[name], by_yardstick, too_noisy(old) or too_noisy(new))


def _gone(key: Group, name: str, after: Run) -> Unmatched:
    for one in after.untimed:
        if (one.group, one.contender) == (key, name):
            return Unmatched(key, name, f"now {one.verdict}" + (f": {one.detail}" if one.detail else ""))
    return Unmatched(key, name, "not in the new file")
