"""The numbers of a report: who is fastest, by how much, and what is too noisy to say."""

from collections.abc import Iterable, Mapping
from statistics import geometric_mean, median
from typing import Final

from convformance.benchmarks.limit import LIMIT
from convformance.benchmarks.report.reading import Entry, Group, Run

NOISY: Final = 0.15
"""A group is too noisy when the spread (distance of the quartiles over the median) of its limit is above this."""


OTHER_WORK: Final = frozenset({LIMIT, "value+magnitude", "oracle transposed"})
"""Contenders that compute something else than the others of their group, and are never called the fastest."""


def too_noisy(group: Mapping[str, Entry]) -> bool:
    """Say whether a group can't be judged: its limit is noisy, or, where it has none, all of its contenders are.

    Parameters
    ----------
    group : mapping
        Entries by contender.
    """
    if LIMIT in group:
        return group[LIMIT].spread > NOISY
    return bool(group) and all(entry.spread > NOISY for entry in group.values())


def noisy_groups(run: Run) -> list[Group]:
    """Give the groups of a run that are too noisy, in the order of the file."""
    return [key for key, group in run.groups().items() if too_noisy(group)]


def ratios_to_fastest(group: Mapping[str, Entry]) -> dict[str, float]:
    """Give each contender's time for an operation over that of the fastest that does the same work.

    Parameters
    ----------
    group : mapping
        Entries by contender.

    Returns
    -------
    dict
        1.0 for the fastest. Contenders of `OTHER_WORK` are not in it.
    """
    times = {name: entry.seconds / entry.flops for name, entry in group.items() if name not in OTHER_WORK}
    return {name: time / min(times.values()) for name, time in times.items()}


def time_ratio(one: Entry, other: Entry) -> float:
    """Give how many times longer one contender takes than another of its group.

    Parameters
    ----------
    one, other : Entry
        Measured in the same rounds.

    Returns
    -------
    float
        The median of the ratios round by round, so that a slow round hits both; of files that do not keep the
        rounds, the ratio of the medians.
    """
    if one.samples and len(one.samples) == len(other.samples):
        return median(mine / theirs for mine, theirs in zip(one.samples, other.samples, strict=True))
    return one.seconds / other.seconds


def cost_ratio(one: Entry, other: Entry) -> float:
    """Give how many times longer one call takes than another of other rounds, each in units of its own limit."""
    return (one.seconds * one.limit_gflops) / (other.seconds * other.limit_gflops)


def mean_fraction(entries: Iterable[Entry]) -> float:
    """Give the geometric mean of the fractions of the limit."""
    return geometric_mean(entry.fraction for entry in entries)
