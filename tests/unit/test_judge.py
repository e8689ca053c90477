"""The judge says each verdict where it is due, in one grammar, and lets nothing through."""

from dataclasses import replace

import numpy as np
import pytest
from problems import Array

from convformance.reference.case import Case, parse_case
from convformance.reference.judge import (
    SPREAD_OUTPUTS,
    Conformance,
    NonconformanceError,
    check_bound,
    check_exact,
    check_form,
    check_spread,
    judge,
)
from convformance.reference.oracle import Evaluation

EXACT = parse_case("conv1d-n1-i3-c1-f2-k1-s1-pvalid-d1-g1-f32.forward.exact")
REAL = replace(EXACT, numbers="real")
WIDE = parse_case("conv1d-n1-i3-c1-f2-k1-s1-pvalid-d1-g1-f64.forward.exact")
MANY = parse_case("conv1d-n1-i500-c16-f2-k1-s1-pvalid-d1-g1-f32.forward.real")
MANY_RELU = parse_case("conv1d-n1-i500-c16-f2-k1-s1-pvalid-d1-g1-relu-f32.forward.real")
ONES = np.ones((1, 3, 2))
U = 2.0**-24

VALUE = np.array([[[1, 2], [3, 4], [5, 6]]], dtype=np.float64)
SMALL = Evaluation(VALUE, VALUE)


def answer(**changes: float) -> Array:
    """`VALUE` in float32 with single elements changed, named by their indices: ``_021=7`` is the last one."""
    got = VALUE.astype(np.float32)
    for name, element in changes.items():
        got[tuple(map(int, name.removeprefix("_")))] = element
    return got


def refusal(got: object, evaluation: Evaluation, case: Case) -> NonconformanceError:
    with pytest.raises(NonconformanceError) as raised:
        judge(got, evaluation, case)
    return raised.value


def test_equal_integers_are_exact() -> None:
    assert judge(answer(), SMALL, EXACT) == Conformance("exact", fraction=0.0, spread=None)
    assert judge(answer(), SMALL, replace(EXACT, numbers="photo")) == Conformance("exact")


def test_a_negative_zero_equals_zero() -> None:
    check_exact(np.array([-0.0], dtype=np.float32), Evaluation(np.array([0.0]), np.array([1.0])))


def test_real_numbers_inside_the_bound_conform_with_the_worst_fraction() -> None:
    conformance = judge(answer(_000=1 + 2 * U), Evaluation(VALUE, 4 * VALUE), REAL)
    assert conformance.verdict == "within_bound"
    assert conformance.spread is None
    # One term: the bound is u / (1 - u) of a magnitude of 4, and 2**-53 of it for the reference.
    assert conformance.fraction == 2 * U / (4 * (U / (1 - U) + 2.0**-53 / (1 - 2.0**-53)) + 2.0**-150)


@pytest.mark.parametrize(
    ("got", "detail"),
    [
        (None, "an array was expected: got NoneType"),
        ([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]], "an array was expected: got list"),
        (np.float32(1), "an array was expected: got float32"),
        (answer()[0], "shape: got (3, 2), expected (1, 3, 2) as (N, *spatial, filters)"),
        (answer().transpose(0, 2, 1), "shape: got (1, 2, 3), expected (1, 3, 2) as (N, *spatial, filters)"),
        (answer()[:, :0], "shape: got (1, 0, 2), expected (1, 3, 2) as (N, *spatial, filters)"),
        (answer().astype(np.float64), "dtype: got float64, expected float32"),
        (answer().astype(np.float16), "dtype: got float16, expected float32"),
        (answer().astype(np.int32), "dtype: got int32, expected float32"),
    ],
)
@pytest.mark.parametrize("case", [EXACT, REAL])
def test_an_answer_of_another_form_is_wrong(got: object, detail: str, case: Case) -> None:
    error = refusal(got, SMALL, case)
    assert (error.verdict, error.detail, error.fraction) == ("wrong", detail, None)
    assert str(error) == f"wrong: {detail}"


def test_an_answer_of_the_right_form_is_handed_on() -> None:
    got = answer()
    assert check_form(got, EXACT.problem) is got


def test_masked_elements_do_not_count_as_equal() -> None:
    masked = np.ma.MaskedArray(answer(_000=7), mask=np.ones((1, 3, 2), dtype=bool))
    assert refusal(masked, SMALL, EXACT).verdict == "wrong"


def test_one_different_element_is_wrong_and_told_with_its_place() -> None:
    error = refusal(answer(_010=3.5), SMALL, EXACT)
    assert error.verdict == "wrong"
    assert error.fraction is None
    assert error.detail == (
        "1 of 6 elements differ from the exact value; first at (0, 1, 0) got 3.5, expected 3, bound 0; "
        "worst at (0, 1, 0) got 3.5, expected 3, bound 0"
    )
    assert str(error) == f"wrong: {error.detail}"


def test_of_several_different_elements_the_first_and_the_worst_are_told() -> None:
    error = refusal(answer(_001=3, _011=-4, _021=7), SMALL, EXACT)
    assert error.detail == (
        "3 of 6 elements differ from the exact value; first at (0, 0, 1) got 3, expected 2, bound 0; "
        "worst at (0, 1, 1) got -4, expected 4, bound 0"
    )


@pytest.mark.parametrize(("element", "spelled"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_what_is_not_finite_is_the_worst_on_exact_numbers(element: float, spelled: str) -> None:
    error = refusal(answer(_000=1e9, _020=element), SMALL, EXACT)
    assert error.verdict == "wrong"
    assert error.detail == (
        "2 of 6 elements differ from the exact value; first at (0, 0, 0) got 1e+09, expected 1, bound 0; "
        f"worst at (0, 2, 0) got {spelled}, expected 5, bound 0"
    )


@pytest.mark.parametrize(("element", "spelled"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_what_is_not_finite_is_wrong_and_the_worst_on_real_numbers(element: float, spelled: str) -> None:
    error = refusal(answer(_000=1e9, _020=element), SMALL, REAL)
    assert (error.verdict, error.fraction) == ("wrong", np.inf)
    assert error.detail == (
        "2 of 6 elements lie outside the proven bound; first at (0, 0, 0) got 1e+09, expected 1, bound 5.96e-08; "
        f"worst at (0, 2, 0) got {spelled}, expected 5, bound 2.98e-07"
    )


def test_a_bit_in_float64_shows_in_the_message() -> None:
    value = np.full((1, 3, 2), 2.0**50)
    got = value.copy()
    got[0, 1, 1] += 1
    error = refusal(got, Evaluation(value, value), WIDE)
    assert "got 1125899906842625, expected 1125899906842624" in error.detail


@pytest.mark.parametrize("element", [1e160, 1e308, -1e308])
def test_errors_beyond_all_measure_are_wrong_without_a_warning(element: float) -> None:
    got = VALUE.copy()
    got[0, 0, 0] = element
    assert refusal(got, SMALL, replace(WIDE, numbers="real")).verdict == "wrong"


def test_close_in_norm_but_outside_the_bound_is_imprecise() -> None:
    error = refusal(answer(_000=1.0078125, _021=6.0625), SMALL, REAL)
    assert error.verdict == "imprecise"
    assert error.detail == (
        "2 of 6 elements lie outside the proven bound; first at (0, 0, 0) got 1.0078125, expected 1, bound 5.96e-08; "
        "worst at (0, 2, 1) got 6.0625, expected 6, bound 3.58e-07"
    )
    assert error.fraction is not None
    assert 174762 < error.fraction < 174763


def test_far_off_in_norm_is_wrong() -> None:
    assert refusal((answer() * np.float32(1.05)), SMALL, REAL).verdict == "wrong"


def test_close_in_norm_with_one_element_far_off_is_wrong() -> None:
    value = np.ones((1, 500, 2))
    got = value.astype(np.float32)
    # For 16 terms the 2-norm may be off by 2**-9 of 1000**0.5, one element by 2**-7.
    got[0, 77, 1] = 1 + 2.0**-7
    assert refusal(got, Evaluation(value, value), MANY).verdict == "imprecise"
    got[0, 77, 1] = 1 + 2.0**-6
    assert refusal(got, Evaluation(value, value), MANY).verdict == "wrong"


def test_where_nothing_is_added_up_the_answer_must_be_zero() -> None:
    case = replace(WIDE, numbers="real")
    nothing = Evaluation(0 * ONES, 0 * ONES)
    assert check_bound(0 * ONES, nothing, case.problem) == 0
    got = 0 * ONES
    got[0, 2, 0] = 0.5
    error = refusal(got, nothing, case)
    assert (error.verdict, error.fraction) == ("wrong", None)
    assert error.detail == (
        "1 of 6 elements lie outside the proven bound; first at (0, 2, 0) got 0.5, expected 0, bound 0; "
        "worst at (0, 2, 0) got 0.5, expected 0, bound 0"
    )


def test_padding_alone_must_give_zero_beside_outputs_that_are_bounded() -> None:
    value = VALUE.copy()
    value[0, 1, 1] = 0
    assert refusal(answer(_011=2.0**-140), Evaluation(value, value), REAL).verdict == "imprecise"
    assert judge(answer(_011=0), Evaluation(value, value), REAL).fraction == 0


def half(case: Case, errors: Array, sign: Array | float = 1.0) -> tuple[Array, Evaluation]:
    """Outputs of one half and a magnitude of 1, off by so many u: float32 numbers there are u apart."""
    value = np.broadcast_to(np.asarray(sign) * 0.5, case.problem.output_shape).copy()
    got = (value + errors.reshape(value.shape) * U).astype(np.float32)
    return got, Evaluation(value, np.ones(value.shape))


ALTERNATING = np.resize([1.0, -1.0], 1000)


def test_the_spread_is_given_as_a_fraction_of_its_limit() -> None:
    # For 16 terms the root mean square may be 3.
    conformance = judge(*half(MANY, 2 * ALTERNATING), MANY)
    assert conformance.verdict == "within_bound"
    assert conformance.spread == 2 / 3
    assert judge(*half(MANY, 3 * ALTERNATING), MANY).spread == 1


def test_errors_spread_too_wide_are_imprecise() -> None:
    error = refusal(*half(MANY, 4 * ALTERNATING), MANY)
    assert error.verdict == "imprecise"
    assert error.detail == (
        "the root mean square of the errors of 1000 elements, in units of u * magnitude, is 4, limit 3, though each "
        "element is inside its bound: the spread is not that of float32"
    )
    assert error.fraction is not None
    assert 0.2499 < error.fraction < 0.25


def test_errors_that_all_go_up_are_imprecise() -> None:
    signs = -ALTERNATING.reshape(MANY.problem.output_shape)
    error = refusal(*half(MANY, np.ones(1000), signs), MANY)
    assert error.verdict == "imprecise"
    assert error.detail == (
        "the mean of the errors of 1000 elements, in units of u * magnitude, is 1, limit 0.569, though each element "
        "is inside its bound: the spread is not that of float32"
    )


@pytest.mark.parametrize("direction", [1, -1])
def test_errors_that_all_go_towards_zero_or_away_from_it_are_imprecise(direction: int) -> None:
    signs = ALTERNATING.reshape(MANY.problem.output_shape)
    error = refusal(*half(MANY, direction * ALTERNATING, signs), MANY)
    assert error.verdict == "imprecise"
    assert error.detail == (
        "the mean away from zero of the errors of 1000 elements, in units of u * magnitude, is 1, limit 0.569, though "
        "each element is inside its bound: the spread is not that of float32"
    )


def test_a_small_mean_passes() -> None:
    errors = np.where(np.arange(1000) < 750, ALTERNATING, 1.0)
    assert judge(*half(MANY, errors), MANY).spread == 1 / 3


def test_fewer_than_a_thousand_outputs_have_no_spread() -> None:
    case = parse_case(str(MANY).replace("i500", "i499"))
    assert SPREAD_OUTPUTS == 1000
    assert judge(*half(case, 4 * ALTERNATING[:998]), case).spread is None


def test_outputs_that_relu_made_zero_do_not_count() -> None:
    got, evaluation = half(MANY_RELU, 4 * ALTERNATING)
    with pytest.raises(NonconformanceError, match="of 1000 elements"):
        check_spread(got, evaluation, MANY_RELU.problem)
    got[0, 0, 0] = evaluation.value[0, 0, 0] = 0
    assert check_spread(got, evaluation, MANY_RELU.problem) is None
    assert judge(got, evaluation, MANY_RELU).spread is None


def test_a_zero_that_no_relu_made_counts() -> None:
    got, evaluation = half(MANY, 4 * ALTERNATING)
    got[0, 0, 0] = evaluation.value[0, 0, 0] = 0
    with pytest.raises(NonconformanceError, match="of 1000 elements"):
        check_spread(got, evaluation, MANY.problem)


def test_outputs_of_padding_alone_do_not_count() -> None:
    got, evaluation = half(MANY, 4 * ALTERNATING)
    got[0, 0, 0] = evaluation.value[0, 0, 0] = evaluation.magnitude[0, 0, 0] = 0
    assert check_spread(got, evaluation, MANY.problem) is None


def test_a_nonconformance_is_an_assertion_with_a_verdict_a_detail_and_a_fraction() -> None:
    error = NonconformanceError("imprecise", "because", 2.5)
    assert isinstance(error, AssertionError)
    assert (error.verdict, error.detail, error.fraction, str(error)) == (
        *("imprecise", "because", 2.5),
        "imprecise: because",
    )
    assert NonconformanceError("wrong", "because").fraction is None
