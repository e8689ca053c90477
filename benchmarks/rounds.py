"""Measure contenders in turns, so that a slow minute hits all alike, and hand the samples to pytest-benchmark."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import pytest

Sampler: TypeAlias = Callable[[int], float]
"""Calls a contender so many times and gives the seconds of all calls together."""


class LostError(Exception):
    """A contender that can't be measured any more; the message says why."""


@dataclass(frozen=True)
class Pace:
    """How much is measured.

    Attributes
    ----------
    rounds : int
        So many samples of each contender, unless these last too long.
    fewest_rounds : int
        So many at least, however long they last.
    seconds : float
        What all rounds together may last.
    sample_seconds : float
        The calls of a sample are repeated until it lasts about so long.
    """

    rounds: int
    fewest_rounds: int
    seconds: float
    sample_seconds: float


FULL: Final = Pace(rounds=7, fewest_rounds=3, seconds=2.0, sample_seconds=0.002)
QUICK: Final = Pace(rounds=5, fewest_rounds=3, seconds=1.0, sample_seconds=0.001)


@dataclass
class Measured:
    """What a group of contenders gave.

    Attributes
    ----------
    samples : dict of str to list of float
        For each contender the seconds of one call, round by round.
    lost : dict of str to str
        For each contender that could not be measured to the end, why.
    """

    samples: dict[str, list[float]] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)


def sampler(function: Callable[[], object]) -> Sampler:
    """Give the sampler of a function in this process.

    Parameters
    ----------
    function : callable
        One call of it is what is measured.

    Returns
    -------
    callable
        Takes how many calls, gives their seconds.
    """

    def sample(calls: int) -> float:
        begin = time.perf_counter()
        for _ in range(calls):
            function()
        return time.perf_counter() - begin

    return sample


def interleave(contenders: Mapping[str, Sampler], pace: Pace) -> Measured:
    """Measure contenders in rounds: each round calls each of them, in an order that rotates.

    Before the first round each is warmed up, and how many of its calls make a sample is found; that is not counted.

    Parameters
    ----------
    contenders : mapping of str to callable
        A sampler for each name. One that raises `LostError` is left out from then on, the others are measured on.
    pace : Pace
        How much is measured.

    Returns
    -------
    Measured
        Samples of those that were measured to the end, and why the others were not.
    """
    measured = Measured()
    calls: dict[str, int] = {}
    round_seconds = 0.0
    for name, sample in contenders.items():
        try:
            calls[name], seconds = _warm_up(sample, pace.sample_seconds)
        except LostError as error:
            measured.lost[name] = str(error)
        else:
            round_seconds += seconds
            measured.samples[name] = []
    affordable = int(pace.seconds / max(round_seconds, pace.sample_seconds))
    for turn in range(min(pace.rounds, max(pace.fewest_rounds, affordable))):
        for name in _rotated(list(measured.samples), turn):
            try:
                measured.samples[name].append(contenders[name](calls[name]) / calls[name])
            except LostError as error:
                measured.lost[name] = str(error)
                del measured.samples[name]
    return measured


def _warm_up(sample: Sampler, least: float) -> tuple[int, float]:
    """Call until a sample lasts long enough; give its number of calls and its seconds."""
    calls, seconds = 1, sample(1)
    while True:
        seconds = sample(calls)
        if seconds >= least:
            return calls, seconds
        # A little more than seems needed, and never a hundred times more at once: the first calls are slow.
        calls = max(calls + 1, min(100 * calls, math.ceil(1.2 * calls * least / max(seconds, 1e-9))))


def _rotated(names: list[str], turn: int) -> list[str]:
    start = turn % len(names) if names else 0
    return names[start:] + names[:start]


class _Clock:
    """Shows the seconds of samples that were taken before."""

    def __init__(self) -> None:
        self._now = 0.0

    def read(self) -> float:
        """Give the seconds of all samples so far."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let one sample pass."""
        self._now += seconds


_CLOCK: Final = _Clock()

timed_in_rounds: Final = pytest.mark.benchmark(timer=_CLOCK.read)
"""Marks a test whose ``benchmark`` fixture is given samples by `hand_over`."""


def hand_over(benchmark: Any, samples: Sequence[float], group: str, extra_info: Mapping[str, object]) -> None:
    """Give samples to pytest-benchmark as its rounds: statistics and JSON are its own.

    Parameters
    ----------
    benchmark : pytest_benchmark.fixture.BenchmarkFixture
        The fixture of a test that is marked `timed_in_rounds`.
    samples : sequence of float
        Seconds of one call, a number for each round.
    group : str
        What the contender is compared within.
    extra_info : mapping
        What else the JSON says of it.
    """
    benchmark.group = group
    benchmark.extra_info.update(extra_info)
    coming = iter(samples)
    benchmark.pedantic(lambda: _CLOCK.advance(next(coming)), rounds=len(samples), iterations=1)
