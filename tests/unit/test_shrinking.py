"""Shrinking: deterministic, bounded, and down to what is known to be the least that fails."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from convformance.adapters.contract import Adapter
from convformance.adapters.faulty import Faulty
from convformance.adapters.find import find
from convformance.adapters.numpy_reference import Reference
from convformance.reference.case import parse_case
from convformance.reference.faults import FAULTS, Fault
from convformance.reference.operands import Operands, require_fitting
from convformance.reference.posing import pose
from convformance.reference.problem import Problem
from convformance.reference.shrinking import counted, shrink
from convformance.reference.smaller import smaller
from convformance.reference.text import parse_problem
from convformance.tests.conformance.diagnosis.failing import failure
from convformance.tests.conformance.diagnosis.smallest import Smallest, smallest

LARGE = {
    "conv": "conv2d-n3-i9x8-c4-f6-k3x4-s2x3-p1+2x0+1-d1x2-g2-b-relu-f64",
    "depthwise": "depthwise2d-n3-i9x8-c3-f6-k3x4-s2x3-psame-d1x2-g3-b-relu-f16",
    "separable": "separable2d-n3-i9x8-c3-f5-x2-k3x4-s2x1-pvalid-d1x2-g3-b-relu-bf16",
    "transposed": "transposed2d-n3-i5x4-c4-f6-k3x4-s2x3-p1+0x0+1-o1x2-d1x2-g2-b-relu-f64",
}
LEAST = {
    "conv": "conv2d-n1-i1x1-c1-f1-k1x1-s1x1-pvalid-d1x1-g1-f32",
    "depthwise": "depthwise2d-n1-i1x1-c1-f1-k1x1-s1x1-pvalid-d1x1-g1-f32",
    "separable": "separable2d-n1-i1x1-c1-f1-x1-k1x1-s1x1-pvalid-d1x1-g1-f32",
    "transposed": "transposed2d-n1-i1x1-c1-f1-k1x1-s1x1-pvalid-d1x1-g1-f32",
}


SAME = "SAME with its pads exchanged"
HERE = {
    SAME: Fault(
        SAME,
        "Put the odd cell before the axis.",
        "nowhere",
        "the total pad is odd",
        lambda problem: problem.padding == "same",
        lambda question: question.bent(pads=tuple((after, before) for before, after in question.problem.pads)),
    )
}


def shrunk(text: str, fails: Callable[[Problem], bool]) -> str:
    problem = parse_problem(text)
    small, given = shrink(problem, counted(problem), lambda other, _: fails(other))
    require_fitting(small, given)
    return str(small)


@pytest.mark.parametrize("kind", LARGE)
def test_what_always_fails_shrinks_to_the_least_problem_of_its_kind(kind: str) -> None:
    assert shrunk(LARGE[kind], lambda _: True) == LEAST[kind]


@pytest.mark.parametrize("kind", LARGE)
def test_every_smaller_problem_differs_and_keeps_kind_and_rank(kind: str) -> None:
    problem = parse_problem(LARGE[kind])
    others = list(smaller(problem))
    assert len(others) == len(set(others)) > 15
    assert problem not in others
    assert {(other.kind, other.rank) for other in others} == {(problem.kind, problem.rank)}
    assert not list(smaller(parse_problem(LEAST[kind])))


@pytest.mark.parametrize(
    ("fails", "least"),
    [
        (lambda p: p.strides[0] == 2 and p.kernel_size[1] % 2 == 0, "i1x2-c1-f1-k1x2-s2x1-pvalid-d1x1-g1-f32"),
        (lambda p: p.groups == 2, "i1x1-c2-f2-k1x1-s1x1-pvalid-d1x1-g2-f32"),
        (lambda p: p.use_bias and p.filters > 2, "i1x1-c1-f3-k1x1-s1x1-pvalid-d1x1-g1-b-f32"),
        (lambda p: p.pads[0] == (0, 2), "i1x1-c1-f1-k1x1-s1x1-p0+2x0+0-d1x1-g1-f32"),
        (lambda p: p.dtype == "float64", "i1x1-c1-f1-k1x1-s1x1-pvalid-d1x1-g1-f64"),
        (lambda p: p.output_spatial[0] == 5 and p.strides[0] == 2, "i9x1-c1-f1-k1x1-s2x1-pvalid-d1x1-g1-f32"),
        (lambda p: p.output_spatial[1] == 1 and p.kernel_size[1] > 1, "i1x2-c1-f1-k1x2-s1x1-pvalid-d1x1-g1-f32"),
        (lambda p: p.activation == "relu", "i1x1-c1-f1-k1x1-s1x1-pvalid-d1x1-g1-relu-f32"),
    ],
)
def test_a_known_condition_shrinks_to_the_least_problem_that_has_it(
    fails: Callable[[Problem], bool], least: str
) -> None:
    assert shrunk(LARGE["conv"].replace("p1+2x0+1", "p0+2x0+1"), fails) == f"conv2d-n1-{least}"


def test_a_kernel_shrinks_with_the_input_where_the_outputs_must_stay_as_many() -> None:
    text = "conv2d-n2-i4x8-c1-f1-k2x7-s1x3-pvalid-d1x1-g1-f32"
    few = shrunk(text, lambda p: p.output_spatial[1] == 1 and p.strides[1] == 3 and p.kernel_size[1] > 1)
    assert few == "conv2d-n1-i1x2-c1-f1-k1x2-s1x3-pvalid-d1x1-g1-f32"


def test_numbers_that_must_be_kept_are_cut_and_made_small() -> None:
    problem = parse_problem("conv2d-n2-i5x4-c3-f2-k3x2-s1x1-pvalid-d1x1-g1-b-f32")
    given = counted(problem)
    x = given.x.copy()
    x[1, 4, 3, 2] = np.nan
    small, least = shrink(problem, replace(given, x=x), lambda _, other: bool(np.isnan(other.x).any()))
    assert str(small) == LEAST["conv"]
    assert np.isnan(least.x).all()
    # A number that has to be large becomes the smallest large enough of those that are tried.
    given = replace(given, x=np.full_like(given.x, 4096.5))
    _, least = shrink(problem, given, lambda _, other: bool((other.x > 200).any()))
    assert least.x.tolist() == [[[[256.0]]]]


def test_it_is_deterministic_and_asks_no_more_often_than_it_may() -> None:
    problem = parse_problem(LARGE["conv"])
    asked: list[str] = []

    def fails(other: Problem, _: Operands) -> bool:
        asked.append(str(other))
        return other.strides[0] == 2 and other.kernel_size[1] % 2 == 0

    first = shrink(problem, counted(problem), fails)
    one = asked.copy()
    asked.clear()
    second = shrink(problem, counted(problem), fails)
    assert first[0] == second[0]
    assert one == asked
    assert len(one) < 200
    for calls in (0, 1, 7, 20):
        asked.clear()
        small, given = shrink(problem, counted(problem), fails, calls=calls)
        require_fitting(small, given)
        assert len(asked) <= calls
        assert fails(small, given)


def found(adapter: Adapter, text: str) -> Smallest:
    case = parse_case(text)
    result = smallest(adapter, case, pose(case).operands)
    assert result is not None
    assert result.calls < 200
    again = failure(adapter, result.case, result.operands)
    assert again is not None
    assert again.way == result.failure.way
    return result


@pytest.mark.parametrize(
    ("fault", "text", "least"),
    [
        ("kernel flipped", LARGE["conv"], "conv2d-n1-i1x2-c1-f1-k1x2-s1x1-pvalid-d1x1-g1-f32"),
        ("kernel flipped", LARGE["depthwise"], "depthwise2d-n1-i1x2-c1-f1-k1x2-s1x1-pvalid-d1x1-g1-f32"),
        (
            "kernel height and width exchanged",
            LARGE["conv"],
            "conv2d-n1-i2x2-c1-f1-k2x2-s1x1-pvalid-d1x1-g1-f32",
        ),
        (
            SAME,
            LARGE["depthwise"].replace("i9x8", "i8x9"),
            "depthwise2d-n1-i1x1-c1-f1-k2x1-s1x1-psame-d1x1-g1-f32",
        ),
    ],
)
@pytest.mark.parametrize("numbers", ["exact", "real"])
def test_a_fault_shrinks_to_the_least_problem_that_shows_it(fault: str, text: str, least: str, numbers: str) -> None:
    result = found(Faulty(Reference(), (FAULTS | HERE)[fault]), f"{text}.forward.{numbers}")
    assert str(result.case.problem) == least
    assert result.failure.way == "values"
    assert result.operands.filters.sum() == 1
    assert result.operands.x.max() <= result.operands.x.size


def test_memory_is_dense_again_where_it_does_not_matter() -> None:
    result = found(Faulty(Reference(), FAULTS["kernel flipped"]), f"{LARGE['conv']}.forward.exact.view")
    assert result.case.memory == "dense"


class Refuses(Reference):
    """Raises for strides above 1, though it claims them."""

    def convolve(self, problem, x, filters, bias):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        if max(problem.strides) > 1:
            raise ValueError(f"strides {problem.strides} are not supported")
        return super().convolve(problem, x, filters, bias)


def test_what_is_raised_shrinks_too() -> None:
    result = found(Refuses(), f"{LARGE['conv']}.forward.exact")
    assert str(result.case.problem) == "conv2d-n1-i1x1-c1-f1-k1x1-s1x2-pvalid-d1x1-g1-f32"
    assert result.failure.got == "ValueError: strides (1, 2) are not supported"


class Accepts(Reference):
    """Takes an input without a batch for zeros."""

    def convolve(self, problem, x, filters, bias):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        return x if x.ndim < problem.rank + 2 else super().convolve(problem, x, filters, bias)


def test_an_invalid_problem_that_is_accepted_shrinks_to_the_least_that_is_none() -> None:
    result = found(Accepts(), f"{LARGE['conv']}.invalid-input-rank.exact")
    assert str(result.case.problem) == LEAST["conv"]
    assert result.failure.way == "accepted"


@pytest.mark.parametrize("direction", ["forward", "dx", "dfilters", "dbias", "invalid-bias-short"])
def test_an_honest_adapter_has_no_failure(direction: str) -> None:
    case = parse_case(f"{LARGE['conv']}.{direction}.exact")
    assert smallest(find("reference"), case, pose(case).operands) is None
