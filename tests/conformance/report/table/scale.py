"""The picture of what an engine cost: milliseconds a case, on one logarithmic axis for all engines."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from convformance.tests.conformance.report.cost import Cost

WIDTH: Final = 240
HEIGHT: Final = 16
_NUMBERS: Final = 5


@dataclass(frozen=True)
class Range:
    """Where along the axis an engine's times lie.

    Attributes
    ----------
    middle, high, slowest : float
        In the units of `WIDTH`.
    """

    middle: float
    high: float
    slowest: float


@dataclass(frozen=True)
class Scale:
    """A logarithmic axis.

    Attributes
    ----------
    low, high : int
        The powers of ten, of milliseconds, at which it begins and ends.
    """

    low: int
    high: int

    def at(self, seconds: float) -> float:
        """Give the place of a time; what is shorter than the axis lies at its beginning.

        Parameters
        ----------
        seconds : float
            At least 0.
        """
        power = math.log10(seconds * 1000) if seconds > 0 else self.low
        inside = min(max(power, self.low), self.high)
        return round((inside - self.low) * WIDTH / (self.high - self.low), 1)

    def range_of(self, cost: Cost) -> Range:
        """Give the places of an engine's times.

        Parameters
        ----------
        cost : Cost
            Of the engine.
        """
        return Range(self.at(cost.middle), self.at(cost.high), self.at(cost.slowest.framework_seconds))

    @property
    def ticks(self) -> Sequence[tuple[float, str]]:
        """The places that carry a number, and the number with its unit."""
        return [
            (self.at(10.0 ** (power - 3)), f"{10.0**power:g} ms" if power < 3 else f"{10.0 ** (power - 3):g} s")
            for power in range(self.low, self.high + 1, self._step)
        ]

    @property
    def _step(self) -> int:
        """How many decades lie between two numbers: they must not touch."""
        return -(-(self.high - self.low) // _NUMBERS)


def scale_of(costs: Iterable[Cost]) -> Scale:
    """Find the axis that holds the times of all engines.

    Parameters
    ----------
    costs : iterable of Cost
        Of the engines.

    Returns
    -------
    Scale
        From the power of ten below the shortest median to that above the slowest case; at least one.
    """
    times = [time * 1000 for cost in costs for time in (cost.middle, cost.slowest.framework_seconds) if time > 0]
    low, high = math.floor(math.log10(min(times, default=1))), math.ceil(math.log10(max(times, default=1)))
    return Scale(low, max(high, low + 1))
