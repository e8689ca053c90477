"""How errors are distributed: for each adapter and dtype the bars of a histogram, ready to be drawn."""

import math
from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal, TypeAlias

from convformance.reference.precision import PRECISIONS
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.sizes import parsed

Figure: TypeAlias = Literal["fraction", "spread"]

WIDTH: Final = 220
HEIGHT: Final = 84
_BINS_A_DECADE: Final = 5
_DECADES: Final = (-3, 2)
"""Powers of ten: what lies beyond them is counted in the first and the last bar."""
_BARS: Final = (_DECADES[1] - _DECADES[0]) * _BINS_A_DECADE
LIMIT_AT: Final = -_DECADES[0] * WIDTH / (_DECADES[1] - _DECADES[0])
"""Where along the axis an error is as large as its bound."""
TICKS: Final = tuple(
    ((power - _DECADES[0]) * WIDTH / (_DECADES[1] - _DECADES[0]), f"{10.0**power:g}")
    for power in range(_DECADES[0], _DECADES[1] + 1)
)
"""The places along the axis that carry a number, and the number."""


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes
    ----------
    left, top, width, height : float
        In the units of `WIDTH` and `HEIGHT`.
    beyond : bool
        Whether it counts errors beyond their bound.
    count : int
        How many.
    said : str
        What it counts, in words.
    """

    left: float
    top: float
    width: float
    height: float
    beyond: bool
    count: int
    said: str


@dataclass(frozen=True)
class Plot:
    """The distribution of one adapter's figures in one dtype.

    Attributes
    ----------
    adapter, dtype : str
        Whose.
    bars : tuple of Bar
        Those that count something.
    count, beyond : int
        How many verdicts have the figure, and how many of them are beyond the limit.
    middle, worst : float
        The median and the largest.
    highest : int
        What the highest bar counts.
    """

    adapter: str
    dtype: str
    bars: tuple[Bar, ...]
    count: int
    beyond: int
    middle: float
    worst: float
    highest: int


def plots(report: Report, figure: Figure) -> list[Plot]:
    """Make the histograms of a report.

    Parameters
    ----------
    report : Report
        Any.
    figure : "fraction" or "spread"
        Error over bound, or root mean square over its limit.

    Returns
    -------
    list of Plot
        One for each adapter and dtype that has the figure anywhere, in the order of the header. Exact numbers have no
        error over bound.
    """
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for verdict in report.verdicts:
        value = getattr(verdict, figure)
        if value is not None and verdict.verdict in ("within_bound", "imprecise", "wrong"):
            found[verdict.adapter, parsed(verdict.case).problem.dtype].append(value)
    columns = [adapter["name"] for adapter in report.header["adapters"]]
    ordered = sorted(found, key=lambda key: (columns.index(key[0]), list(PRECISIONS).index(key[1])))
    return [_plot(*key, found[key]) for key in ordered]


def _plot(adapter: str, dtype: str, values: list[float]) -> Plot:
    counts = [0] * _BARS
    for value in values:
        counts[_bin(value)] += 1
    highest, wide = max(counts), WIDTH / _BARS
    bars = tuple(
        Bar(
            round(place * wide, 2),
            round(HEIGHT - HEIGHT * count / highest, 2),
            round(wide - 1, 2),
            round(HEIGHT * count / highest, 2),
            _edge(place) >= 1,
            count,
            _said(place, count),
        )
        for place, count in enumerate(counts)
        if count
    )
    beyond = sum(value > 1 for value in values)
    return Plot(adapter, dtype, bars, len(values), beyond, median(values), max(values), highest)


def _edge(place: int) -> float:
    """Give the lower edge of a bar; the one at the limit is 1 exactly."""
    return math.pow(10.0, _DECADES[0] + place / _BINS_A_DECADE)


def _bin(value: float) -> int:
    """Find the bar that counts a value: an error as large as its bound is still inside."""
    if value <= 0:
        return 0
    place = (math.log10(value) - _DECADES[0]) * _BINS_A_DECADE
    limit = -_DECADES[0] * _BINS_A_DECADE
    # A rounded logarithm must not carry an error over its bound, or back.
    place = min(place, limit - 1) if value <= 1 else max(place, limit)
    return max(0, min(_BARS - 1, math.floor(place)))


def _said(place: int, count: int) -> str:
    low = f"from {_edge(place):.2g} " if place else ""
    high = f"to {_edge(place + 1):.2g}" if place < _BARS - 1 else "up"
    return f"{low}{high}: {count:,}"
