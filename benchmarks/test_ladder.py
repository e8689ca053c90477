"""The same convolution from the definition to the limit, step by step, on one thread."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from convformance.benchmarks.ladder import STEPS, STEPS_OF
from convformance.benchmarks.layers import Layer, bytes_moved, flops
from convformance.benchmarks.limit import LIMIT, limit_entry, product
from convformance.benchmarks.record import is_quick, record_untimed
from convformance.benchmarks.rounds import FULL, QUICK, hand_over, interleave, sampler, timed_in_rounds
from convformance.benchmarks.worker import first_call
from convformance.reference.case import Case
from convformance.reference.posing import pose

DTYPES: Final = ("float32", "float64")
LIMIT_SIZE: Final = 2048
LIMIT_SIZE_QUICK: Final = 1024
PACE: Final = replace(FULL, seconds=7.0)
"""The loops alone take a good part of a second."""


class Rung(NamedTuple):
    """One contender on one layer in one dtype."""

    layer: Layer
    dtype: str
    contender: str

    def __str__(self) -> str:
        """Spell it, for the id of a test."""
        return f"{self.layer.name}, {self.dtype}, {self.contender}"


@dataclass(frozen=True)
class Ladder:
    """What was measured of one layer in one dtype.

    Attributes
    ----------
    samples : mapping of str to list of float
        Seconds of one call in each round, by contender.
    extra_info : mapping of str to dict
        What the JSON says of each contender; of those that have no samples, why.
    """

    samples: Mapping[str, list[float]]
    extra_info: Mapping[str, dict[str, Any]]


def climb(layer: Layer, dtype: str, *, quick: bool) -> Ladder:
    """Judge every step on integers, then measure those that are right, in rounds.

    Parameters
    ----------
    layer : Layer
        One of `STEPS_OF`.
    dtype : str
        Of all arrays.
    quick : bool
        Few rounds, and a smaller limit.

    Returns
    -------
    Ladder
        With one thread.
    """
    problem = replace(layer.problem, dtype=dtype)
    size = LIMIT_SIZE_QUICK if quick else LIMIT_SIZE
    common = {
        "part": "ladder",
        "layer": layer.name,
        "problem": str(problem),
        "direction": "forward",
        "dtype": dtype,
        "batch": problem.batch,
        "threads": 1,
        "flops": flops(problem),
        "bytes": bytes_moved(problem, np.dtype(dtype).itemsize),
    }
    extra_info = {LIMIT: {**common, **limit_entry(size, dtype)}}
    contenders = {LIMIT: sampler(product(size, dtype))}
    case = Case(problem)
    posed = pose(case)
    with threadpool_limits(1):
        for name in STEPS_OF[layer]:
            call = partial(STEPS[name], problem, posed.operands.x, posed.operands.filters)
            ready = first_call(call, np.asarray, case, posed)
            extra_info[name] = {**common, "contender": name, **asdict(ready)}
            if ready.conforms:
                contenders[name] = sampler(call)
        measured = interleave(contenders, QUICK if quick else PACE)
    rate = extra_info[LIMIT]["flops"] / float(np.median(measured.samples[LIMIT])) / 1e9
    for info in extra_info.values():
        info["limit_gflops"] = rate
    return Ladder(measured.samples, extra_info)


@pytest.fixture(scope="module")
def climbed() -> dict[tuple[Layer, str], Ladder]:
    """Keep what was measured: the rungs of a layer and dtype share their rounds."""
    return {}


@timed_in_rounds
@pytest.mark.parametrize(
    "rung",
    [
        Rung(layer, dtype, contender)
        for layer, steps in STEPS_OF.items()
        for dtype in DTYPES
        for contender in (*steps, LIMIT)
    ],
    ids=str,
)
def test_ladder(
    rung: Rung, climbed: dict[tuple[Layer, str], Ladder], benchmark: Any, pytestconfig: pytest.Config
) -> None:
    """Hand over the samples of one contender, or record why it has none."""
    layer, dtype, contender = rung
    if (layer, dtype) not in climbed:
        climbed[layer, dtype] = climb(layer, dtype, quick=is_quick(pytestconfig))
    ladder = climbed[layer, dtype]
    info = ladder.extra_info[contender]
    if contender not in ladder.samples:
        record_untimed(pytestconfig, info)
        pytest.skip(f"{info['verdict']}: {info['detail']}")
    hand_over(benchmark, ladder.samples[contender], f"ladder, {layer.name}, {dtype}", info)
