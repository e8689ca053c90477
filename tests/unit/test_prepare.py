"""What adapters prepare for the benchmarks answers as `convolve` and `gradient` do, and computes anew each time."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from honest import GroupByGroup, Honest

from convformance.adapters.call import arrange, ask
from convformance.adapters.claims import not_offered, posed
from convformance.adapters.contract import Adapter
from convformance.adapters.find import find
from convformance.adapters.numpy_reference import Reference
from convformance.benchmarks.worker import make
from convformance.reference.case import Case, parse_case
from convformance.reference.numbers import operands
from convformance.reference.posing import pose

# What frameworks tell their users is not what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore")

NAMES = ("keras", "reference", "tensorflow", "torch")
PROBLEMS = (
    "conv1d-n2-i9-c4-f6-k3-s1-pcausal-d2-g1-f32",
    "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-p1+2x0+1-d1x1-g2-b-f32",
    "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-psame-d1x2-g1-b-relu-f32",
    "conv3d-n2-i5x6x7-c4-f6-k3x1x3-s1x1x1-psame-d1x1x1-g1-f32",
    "depthwise2d-n2-i9x8-c3-f6-k3x2-s1x1-psame-d1x1-g3-b-f32",
    "transposed2d-n2-i5x4-c4-f3-k3x2-s2x1-p1+1x1+0-d1x1-g1-b-f32",
)


def cases() -> Iterator[Case]:
    for text in PROBLEMS:
        problem = parse_case(text).problem
        for direction in ("forward", "dx", "dfilters", *(["dbias"] if problem.use_bias else [])):
            yield Case(problem, direction)


def prepared(adapter: Any, case: Case, memory: Any = "dense") -> tuple[Any, Any]:
    """Give what `prepare` gives, and the arrays that it was given."""
    given = arrange(adapter, replace(case, memory=memory), operands(case))
    problem = posed(adapter, case.problem)
    return adapter.prepare(problem, case.direction, given.x, given.filters, given.bias, given.cotangent), given


@pytest.mark.parametrize("case", list(cases()), ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_prepared_answers_like_the_adapter(name: str, case: Case) -> None:
    adapter = find(name)
    if not_offered(adapter, case) or adapter.unsupported(posed(adapter, case.problem)):
        pytest.skip("not claimed")
    (_, run, fetch), given = prepared(adapter, case)
    first, second = run(), run()
    assert first is not second
    expected = ask(adapter, case, given, alone=case.is_gradient)
    assert isinstance(expected, np.ndarray)
    for answer in (fetch(first), fetch(second)):
        assert type(answer) is np.ndarray
        assert answer.dtype == expected.dtype
        np.testing.assert_array_equal(answer, expected)  # exact numbers


@pytest.mark.parametrize("direction", ["forward", "dx", "dfilters"])
def test_torch_computes_in_channels_last_where_the_arrays_lie_so(direction: str) -> None:
    adapter: Any = find("torch")
    case = Case(parse_case(PROBLEMS[1]).problem, direction)
    (_, run, fetch), given = prepared(adapter, case, "view")
    (_, dense, _), _ = prepared(adapter, case)
    np.testing.assert_array_equal(fetch(run()), ask(adapter, case, given))
    last = adapter._torch.channels_last
    assert run().is_contiguous(memory_format=last)
    assert not dense().is_contiguous(memory_format=last)


def test_loading_makes_every_tensor() -> None:
    case = Case(parse_case(PROBLEMS[1]).problem, "dx")
    for name in ("keras", "tensorflow", "torch"):
        (load, _, _), given = prepared(find(name), case)
        found = [np.asarray(tensor) for tensor in load()]
        expected = [given.x, given.filters, given.bias, given.cotangent]
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_an_honest_preparation_is_not_taken_for_a_faulty_one() -> None:
    assert find("reference").prepare is not None  # type: ignore[attr-defined]
    assert find("reference+kernel-flipped").prepare is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("direction", ["forward", "dx", "dfilters"])
def test_filters_that_lie_group_by_group_are_prepared_and_judged_by_the_benchmarks(direction: str) -> None:
    adapter: Any = Reference(like=cast(Adapter, GroupByGroup()))
    case = parse_case(f"transposed2d-n2-i5x4-c4-f6-k3x2-s2x1-p1+1x1+0-d1x1-g2-b-f32.{direction}.exact")
    (_, run, fetch), given = prepared(adapter, case)
    assert given.filters.shape == (6, 3, 2, 2)
    np.testing.assert_array_equal(fetch(run()), ask(adapter, case, given))
    _, ready = make(adapter, case, pose(case), "dense")
    assert ready.verdict == "exact"
    assert ready.conversion_seconds is not None


def test_an_adapter_need_not_prepare() -> None:
    assert not hasattr(Honest(), "prepare")
