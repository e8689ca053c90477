"""The same convolution from the definition to the limit, step by step, on one thread."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from convformance.benchmarks.ladder import STEPS, STEPS_OF, limit
from convformance.benchmarks.layers import Layer, bytes_moved, flops
from convformance.benchmarks.record import is_quick, record_untimed
from convformance.benchmarks.rounds import FULL, QUICK, hand_over, interleave, sampler, timed_in_rounds
from convformance.reference.case import Case
from convformance.reference.comparison import NonconformanceError
from convformance.reference.judge import judge
from convformance.reference.posing import pose

DTYPES: Final = ("float32", "float64")
LIMIT: Final = "limit"
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
        "first_call_seconds": None,
        "conversion_seconds": None,
    }
    itemsize = np.dtype(dtype).itemsize
    work = {"flops": flops(problem), "bytes": bytes_moved(problem, itemsize)}
    gemm = {"flops": 2 * size**3, "bytes": 3 * size**2 * itemsize}
    extra_info = {
        LIMIT: {**common, **gemm, "contender": LIMIT, "verdict": None, "detail": f"matrix product, {size} x {size}"}
    }
    contenders = {LIMIT: sampler(limit(size, dtype))}
    case = Case(problem)
    posed = pose(case)
    with threadpool_limits(1):
        for name in STEPS_OF[layer]:
            call = partial(STEPS[name], problem, posed.operands.x, posed.operands.filters)
            begin = time.perf_counter()
            answer = call()
            seconds = time.perf_counter() - begin
            info = {**common, **work, "contender": name, "first_call_seconds": seconds, "detail": ""}
            try:
                extra_info[name] = {**info, "verdict": judge(answer, posed.evaluation, case).verdict}
                contenders[name] = sampler(call)
            except NonconformanceError as error:
                extra_info[name] = {**info, "verdict": error.verdict, "detail": error.detail}
        measured = interleave(contenders, QUICK if quick else PACE)
    rate = gemm["flops"] / float(np.median(measured.samples[LIMIT])) / 1e9
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
