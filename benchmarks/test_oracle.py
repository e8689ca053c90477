"""How near the oracle comes to the limit of the machine, and how it stands to others in float64."""

from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from typing import Any, Final

import pytest

from convformance.benchmarks.contenders import DIRECTIONS
from convformance.benchmarks.layers import LAYERS, Layer
from convformance.benchmarks.limit import LIMIT
from convformance.benchmarks.oracle import FRAMEWORKS, LIMIT_SIZE, OTHERS, asked, one_thread
from convformance.benchmarks.record import is_quick, record_untimed
from convformance.benchmarks.rounds import FULL, QUICK, hand_over, interleave, sampler, timed_in_rounds

QUICK_LAYERS: Final = ("ResNet-50 conv2 3x3", "ResNet-50 conv4 3x3", "MobileNetV2 depthwise 3x3")
LIMIT_SIZE_QUICK: Final = 1024
LONG_CALL: Final = 0.6
"""Seconds. Who takes longer is called once, and that is its sample: the others' rounds are not held up."""
PACE: Final = replace(FULL, seconds=5.0)

CONTENDERS: Final = [
    *((name, "forward") for name in (LIMIT, "oracle", "value+magnitude", "oracle transposed", *FRAMEWORKS, *OTHERS)),
    *(("oracle", direction) for direction in DIRECTIONS[1:]),
]

Samples = dict[tuple[str, str], tuple[list[float], dict[str, Any]]]


def measure(layer: Layer, *, quick: bool) -> Samples:
    """Judge everybody on a layer, then take samples of all who conform, in rounds; who does not has none."""
    everybody = list(asked(layer, limit_size=LIMIT_SIZE_QUICK if quick else LIMIT_SIZE))
    found: Samples = {(one.contender, one.direction): ([], one.entry) for one in everybody}
    samplers = {}
    for one in everybody:
        if one.call is None:
            continue
        seconds = sampler(one.call)(1)
        if seconds > LONG_CALL and one.contender != LIMIT:
            found[one.contender, one.direction][0].append(seconds)
        else:
            samplers[f"{one.contender}, {one.direction}"] = sampler(one.call)
    measured = interleave(samplers, QUICK if quick else PACE)
    for (contender, direction), (samples, _) in found.items():
        samples.extend(measured.samples.get(f"{contender}, {direction}", []))
    times, entry = found[LIMIT, "forward"]
    rate = entry["flops"] / median(times) / 1e9
    for _, entry in found.values():
        entry["limit_gflops"] = rate
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask everybody on every layer, in the quick run on a few."""
    chosen = [layer for layer in LAYERS if not is_quick(metafunc.config) or layer.name in QUICK_LAYERS]
    metafunc.parametrize("measured", chosen, ids=[layer.name for layer in chosen], indirect=True, scope="module")
    metafunc.parametrize(("contender", "direction"), CONTENDERS)


@pytest.fixture(scope="module")
def alone() -> Iterator[None]:
    """Compute with one thread."""
    with one_thread():
        yield


@pytest.fixture(scope="module")
def measured(request: pytest.FixtureRequest, alone: None) -> Samples:
    """Measure everybody on one layer."""
    del alone
    found = measure(request.param, quick=is_quick(request.config))
    for samples, entry in found.values():
        if not samples:
            record_untimed(request.config, entry)
    return found


@timed_in_rounds
def test_oracle(measured: Samples, contender: str, direction: str, benchmark: Any) -> None:
    """Give a contender's samples to pytest-benchmark."""
    samples, entry = measured.get((contender, direction), ([], {}))
    if not entry:
        pytest.skip(f"{contender} is asked on the plain layers alone")
    if not samples:
        pytest.skip(f"{entry['verdict']}: {entry['detail']}")
    hand_over(benchmark, samples, f"oracle, {entry['layer']}, {direction}", entry)
