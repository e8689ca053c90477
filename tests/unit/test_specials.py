"""What a special value does, beside plain Python numbers in a loop that skips the pads."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from problems import REPEATABLE, Array, problems

from convformance.reference import meetings
from convformance.reference.case import SPECIALS, Case, Numbers, parse_case
from convformance.reference.errors import ProblemError
from convformance.reference.numbers import operands
from convformance.reference.operands import Operands
from convformance.reference.posing import pose
from convformance.reference.precision import PRECISIONS
from convformance.reference.problem import Activation, Kind, Problem
from convformance.reference.specials import evaluate_special, special_evaluation, special_operands

FLOATS = ("float16", "bfloat16", "float32", "float64")
ONE_PLACE = ("nan-x", "inf-x", "minus-inf-x", "nan-filters", "inf-filters", "nan-bias", "inf-bias", "overflow")
EXAMPLE = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-p1+0x0+1-d1x2-g2-b-{}.forward.{}"


def looped(case: Case, plain: Operands) -> Array:
    """The definition in Python's own floats on the special numbers, at last in the case's format."""
    given = special_operands(case, plain).map(lambda array: array.astype(np.float64))
    with np.errstate(all="ignore"):
        sums = meetings.layer(case.problem, given.x, given.filters, given.bias, given.pointwise).astype(np.float64)
        return sums.astype(case.problem.precision.numpy_dtype).astype(np.float64)


def require_the_loops_answer(case: Case) -> None:
    plain = operands(case)
    assert np.array_equal(special_evaluation(case, plain).value, looped(case, plain), equal_nan=True)


def ask(problem: Problem, numbers: Numbers) -> Case | None:
    if numbers.endswith("-bias") and not problem.use_bias:
        return None
    return Case(replace(problem, activation=None), numbers=numbers)


@pytest.mark.parametrize("kind", ["conv", "depthwise", "transposed"])
@pytest.mark.parametrize("numbers", SPECIALS)
def test_special_values_reach_whom_they_meet_and_nobody_else(numbers: Numbers, kind: Kind) -> None:
    @settings(REPEATABLE, max_examples=40)
    @given(problem=problems(kinds=(kind,), ranks=(1, 2), dtypes=FLOATS, modes=("zeros",)))
    def check(problem: Problem) -> None:
        case = ask(problem, numbers)
        if case is not None:
            require_the_loops_answer(case)

    check()


@pytest.mark.parametrize(
    "text",
    [
        "conv1d-n1-i4-c2-f3-k3-s1-p1+1-mreflect-d1-g1-f32",
        "separable1d-n1-i4-c2-f3-x2-k3-s1-p1+1-d1-g2-f32",
    ],
)
@pytest.mark.parametrize("numbers", SPECIALS)
def test_where_a_number_meets_an_output_twice_special_values_are_not_asked(text: str, numbers: Numbers) -> None:
    # Two products of opposite sign make a NaN of an infinity, and the order decides what an overflow becomes.
    with pytest.raises(ProblemError, match=r"^no such case"):
        parse_case(f"{text}.forward.{numbers}")


@pytest.mark.parametrize("short", ["f16", "bf16", "f32", "f64"])
@pytest.mark.parametrize("numbers", ONE_PLACE)
def test_one_cell_is_special_and_the_text_chooses_it(numbers: Numbers, short: str) -> None:
    case = parse_case(EXAMPLE.format(short, numbers))
    plain = operands(case)
    special = special_operands(case, plain)
    role = "x" if numbers == "overflow" else numbers.rpartition("-")[2]
    for name in ("x", "filters", "bias"):
        before, after = getattr(plain, name), getattr(special, name)
        assert before.dtype == after.dtype
        assert int((before != after).sum()) == (name == role)
    put = getattr(special, role)[getattr(plain, role) != getattr(special, role)].astype(np.float64).item()
    huge = 1.5 / PRECISIONS[case.problem.dtype].smallest_normal
    expected: dict[str, Any] = {"nan": np.nan, "inf": np.inf, "minus": -np.inf, "overflow": huge}
    assert np.array_equal(put, expected[numbers.split("-")[0]], equal_nan=True)
    again = special_operands(case, operands(case))
    assert np.array_equal(getattr(special, role), getattr(again, role), equal_nan=True)


def test_the_numbers_of_a_recipe_stay_as_they_are() -> None:
    for numbers in SPECIALS:
        case = parse_case(EXAMPLE.format("f32", numbers))
        plain, kept = operands(case), operands(case)
        special_operands(case, plain)
        special_evaluation(case, plain)
        for name in ("x", "filters", "bias"):
            assert np.array_equal(getattr(plain, name), getattr(kept, name))


def line(numbers: Numbers, dtype: str = "float32") -> Case:
    problem = Problem(batch=1, spatial=(2,), channels=1, filters=1, kernel_size=(2,), padding=((1, 1),), dtype=dtype)
    return Case(problem, numbers=numbers)


def test_an_infinity_in_a_kernel_makes_no_number_of_the_zeros_of_the_pads() -> None:
    """A framework that multiplies with the zeros of its pads gives NaN there, one that skips them does not."""
    case = line("inf-filters")
    plain = Operands(np.array([[[5], [7]]], dtype=np.float32), np.array([[[2]], [[3]]], dtype=np.float32))
    value = special_evaluation(case, plain).value.ravel().tolist()
    # Either tap meets one pad: the output there is the other tap's alone.
    assert value in ([15, np.inf, np.inf], [np.inf, np.inf, 14])


@pytest.mark.parametrize("activation", [None, "relu"])
@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_a_special_number_of_the_bias_reaches_all_of_its_map_and_no_other(
    special: float, activation: Activation
) -> None:
    problem = Problem(
        batch=2, spatial=(3,), channels=1, filters=2, kernel_size=(2,), use_bias=True, activation=activation
    )
    given = Operands(np.ones((2, 3, 1)), np.ones((2, 1, 2)), np.array([special, 5.0]))
    value = evaluate_special(problem, given).value
    np.testing.assert_array_equal(value[..., 0], np.full((2, 2), special if activation is None else max(special, 0)))
    np.testing.assert_array_equal(value[..., 1], np.full((2, 2), 7.0))


@pytest.mark.parametrize("dtype", FLOATS)
def test_too_large_a_sum_is_an_infinity_of_its_sign_and_a_smaller_one_is_not(dtype: str) -> None:
    case = line("overflow", dtype)
    precision = case.problem.precision
    plain = Operands(
        np.array([[[1], [1]]], dtype=precision.numpy_dtype), np.array([[[-4]], [[1]]], dtype=precision.numpy_dtype)
    )
    value = special_evaluation(case, plain).value.ravel().tolist()
    huge = 1.5 / precision.smallest_normal
    assert value in ([huge, -np.inf, -4], [1, huge, -np.inf], [1, huge - 4, -np.inf])


@pytest.mark.parametrize("dtype", FLOATS)
def test_subnormal_operands_are_integers_in_units_of_the_smallest_number(dtype: str) -> None:
    case = parse_case(EXAMPLE.format(PRECISIONS[dtype].short, "subnormal"))
    plain = operands(case)
    special = special_operands(case, plain)
    tiny = case.problem.precision.smallest_subnormal
    assert plain.bias is not None
    assert special.bias is not None
    assert (special.x.astype(np.float64) / tiny).tolist() == plain.x.astype(np.float64).tolist()
    assert (special.bias.astype(np.float64) / tiny).tolist() == plain.bias.astype(np.float64).tolist()
    assert special.filters is plain.filters
    assert special_evaluation(case, plain).value.any()
    without = replace(case, problem=replace(case.problem, use_bias=False))
    assert special_operands(without, replace(plain, bias=None)).bias is None


def test_about_half_of_the_input_is_minus_zero() -> None:
    case = parse_case(EXAMPLE.format("f32", "negative-zero"))
    plain = operands(case)
    x = special_operands(case, plain).x
    zeros = x == 0
    assert 0.4 < zeros.mean() < 0.6
    assert np.signbit(x[zeros]).all()
    assert (x[~zeros] == plain.x[~zeros]).all()


@pytest.mark.parametrize("numbers", SPECIALS)
@pytest.mark.parametrize("short", ["f16", "bf16", "f32", "f64"])
def test_special_cases_are_posed(numbers: Numbers, short: str) -> None:
    case = parse_case(EXAMPLE.replace("s2x1", "s1x1").format(short, numbers))
    posed = pose(case)
    plain = operands(case)
    assert np.array_equal(posed.evaluation.value, special_evaluation(case, plain).value, equal_nan=True)
    assert np.array_equal(posed.operands.x, special_operands(case, plain).x, equal_nan=True)
