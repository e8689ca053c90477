"""The judge says each verdict where it is due, in one grammar, and lets nothing through."""

from dataclasses import replace

import numpy as np
import pytest
from problems import Array

from convformance.reference.case import Case, parse_case
from convformance.reference.comparison import NonconformanceError
from convformance.reference.judge import (
    SPREAD_OUTPUTS,
    Claim,
    Conformance,
    check_bound,
    check_exact,
    check_form,
    check_spread,
    judge,
)
from convformance.reference.numbers import operands
from convformance.reference.oracle import Evaluation, evaluate
from convformance.reference.precision import PRECISIONS, Precision

EXACT = parse_case("conv1d-n1-i3-c1-f2-k1-s1-pvalid-d1-g1-f32.forward.exact")
REAL = replace(EXACT, numbers="real")
WIDE = parse_case("conv1d-n1-i3-c1-f2-k1-s1-pvalid-d1-g1-f64.forward.exact")
MANY = parse_case("conv1d-n1-i500-c16-f2-k1-s1-pvalid-d1-g1-f32.forward.real")
MANY_RELU = parse_case("conv1d-n1-i500-c16-f2-k1-s1-pvalid-d1-g1-relu-f32.forward.real")
ONES = np.ones((1, 3, 2))
U = 2.0**-24
FLOAT32 = PRECISIONS["float32"]
FLOAT16 = PRECISIONS["float16"]

VALUE = np.array([[[1, 2], [3, 4], [5, 6]]], dtype=np.float64)


def evaluated(value: Array, magnitude: Array, terms: int = 1) -> Evaluation:
    """What a reference says, with nothing rounded on the way but the value."""
    return Evaluation(value, magnitude, terms, (value,))


SMALL = evaluated(VALUE, VALUE)


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
    check_exact(np.array([-0.0], dtype=np.float32), evaluated(np.array([0.0]), np.array([1.0])))


def test_real_numbers_inside_the_bound_conform_with_the_worst_fraction() -> None:
    conformance = judge(answer(_000=1 + 2 * U), evaluated(VALUE, 4 * VALUE), REAL)
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
        (answer()[0], "shape: got (3, 2), expected (1, 3, 2) in canonical layout"),
        (answer().transpose(0, 2, 1), "shape: got (1, 2, 3), expected (1, 3, 2) in canonical layout"),
        (answer()[:, :0], "shape: got (1, 0, 2), expected (1, 3, 2) in canonical layout"),
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
    assert check_form(got, (1, 3, 2), FLOAT32) is got


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
    error = refusal(got, evaluated(value, value), WIDE)
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
    assert refusal(got, evaluated(value, value, 16), MANY).verdict == "imprecise"
    got[0, 77, 1] = 1 + 2.0**-6
    assert refusal(got, evaluated(value, value, 16), MANY).verdict == "wrong"


def test_where_nothing_is_added_up_the_answer_must_be_zero() -> None:
    case = replace(WIDE, numbers="real")
    nothing = evaluated(0 * ONES, 0 * ONES)
    assert check_bound(0 * ONES, nothing, PRECISIONS["float64"]) == 0
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
    assert refusal(answer(_011=2.0**-140), evaluated(value, value), REAL).verdict == "imprecise"
    assert judge(answer(_011=0), evaluated(value, value), REAL).fraction == 0


def half(case: Case, errors: Array, sign: Array | float = 1.0) -> tuple[Array, Evaluation]:
    """Outputs of one half and a magnitude of 1, off by so many u: float32 numbers there are u apart."""
    value = np.broadcast_to(np.asarray(sign) * 0.5, case.problem.output_shape).copy()
    got = (value + errors.reshape(value.shape) * U).astype(np.float32)
    return got, evaluated(value, np.ones(value.shape), 16)


ALTERNATING = np.resize([1.0, -1.0], 1000)


def test_the_spread_is_given_as_a_fraction_of_its_limit() -> None:
    # For 16 terms the root mean square may be 3.
    conformance = judge(*half(MANY, 2 * ALTERNATING), MANY)
    assert conformance.verdict == "within_bound"
    assert conformance.spread == pytest.approx(2 / 3)
    assert judge(*half(MANY, 3 * ALTERNATING), MANY).spread == 1


def test_errors_spread_too_wide_are_imprecise() -> None:
    error = refusal(*half(MANY, 4 * ALTERNATING), MANY)
    assert error.verdict == "imprecise"
    assert error.detail == (
        "the root mean square of the errors of 1000 elements is 1.33 times what float32 added up in float32 has at "
        "most, limit 1, though each element is inside its bound: the spread is not that of float32"
    )
    assert error.fraction is not None
    assert 0.2499 < error.fraction < 0.25


def test_errors_that_all_go_up_are_imprecise() -> None:
    signs = -ALTERNATING.reshape(MANY.problem.output_shape)
    error = refusal(*half(MANY, np.ones(1000), signs), MANY)
    assert error.verdict == "imprecise"
    assert error.detail == (
        "the mean of the errors of 1000 elements is 0.333 times what float32 added up in float32 has at most, limit "
        "0.19, though each element is inside its bound: the spread is not that of float32"
    )


@pytest.mark.parametrize("direction", [1, -1])
def test_errors_that_all_go_towards_zero_or_away_from_it_are_imprecise(direction: int) -> None:
    signs = ALTERNATING.reshape(MANY.problem.output_shape)
    error = refusal(*half(MANY, direction * ALTERNATING, signs), MANY)
    assert error.verdict == "imprecise"
    assert error.detail == (
        "the mean away from zero of the errors of 1000 elements is 0.333 times what float32 added up in float32 has at "
        "most, limit 0.19, though each element is inside its bound: the spread is not that of float32"
    )


def test_a_small_mean_passes() -> None:
    errors = np.where(np.arange(1000) < 750, ALTERNATING, 1.0)
    assert judge(*half(MANY, errors), MANY).spread == pytest.approx(1 / 3)


def test_fewer_than_a_thousand_outputs_have_no_spread() -> None:
    case = parse_case(str(MANY).replace("i500", "i499"))
    assert SPREAD_OUTPUTS == 1000
    assert judge(*half(case, 4 * ALTERNATING[:998]), case).spread is None


def test_outputs_that_relu_made_zero_do_not_count() -> None:
    got, evaluation = half(MANY_RELU, 4 * ALTERNATING)
    with pytest.raises(NonconformanceError, match="of 1000 elements"):
        check_spread(got, evaluation, FLOAT32, hidden=True)
    got[0, 0, 0] = evaluation.value[0, 0, 0] = 0
    assert check_spread(got, evaluation, FLOAT32, hidden=True) is None
    assert judge(got, evaluation, MANY_RELU).spread is None


def test_a_zero_that_no_relu_made_counts() -> None:
    got, evaluation = half(MANY, 4 * ALTERNATING)
    got[0, 0, 0] = evaluation.value[0, 0, 0] = 0
    with pytest.raises(NonconformanceError, match="of 1000 elements"):
        check_spread(got, evaluation, FLOAT32)


def test_outputs_of_padding_alone_do_not_count() -> None:
    got, evaluation = half(MANY, 4 * ALTERNATING)
    got[0, 0, 0] = evaluation.value[0, 0, 0] = evaluation.magnitude[0, 0, 0] = 0
    assert check_spread(got, evaluation, FLOAT32) is None


def test_a_nonconformance_is_an_assertion_with_a_verdict_a_detail_and_a_fraction() -> None:
    error = NonconformanceError("imprecise", "because", 2.5)
    assert isinstance(error, AssertionError)
    assert (error.verdict, error.detail, error.fraction, str(error)) == (
        *("imprecise", "because", 2.5),
        "imprecise: because",
    )
    assert NonconformanceError("wrong", "because").fraction is None


def long(*numbers: int) -> Array:
    return np.array(numbers, dtype=np.int64).reshape(1, 3, 2)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_integers_are_compared_as_integers(dtype: str) -> None:
    case = parse_case(str(EXACT).replace("f32", PRECISIONS[dtype].short))
    big = 2**62 if dtype == "int64" else 2**31 - 1
    value = long(big, 2, 3, 4, 5, 6)
    reference = evaluated(value, value.astype(np.float64))
    assert judge(value.astype(dtype), reference, case) == Conformance("exact")
    got = value.astype(dtype)
    got[0, 0, 0] -= 1
    # In float64 the larger of them are one number.
    assert refusal(got, reference, case).detail == (
        f"1 of 6 elements differ from the exact value; first at (0, 0, 0) got {big - 1}, expected {big}, bound 0; "
        f"worst at (0, 0, 0) got {big - 1}, expected {big}, bound 0"
    )


def test_integers_of_another_width_are_another_dtype() -> None:
    case = parse_case(str(EXACT).replace("f32", "i32"))
    value = long(1, 2, 3, 4, 5, 6)
    assert refusal(value, evaluated(value, value), case).detail == "dtype: got int64, expected int32"


def test_an_empty_batch_has_nothing_but_its_form() -> None:
    nothing = evaluated(np.zeros((0, 3, 2)), np.zeros((0, 3, 2)))
    assert judge(np.zeros((0, 3, 2), dtype=np.float32), nothing, EXACT) == Conformance("exact")
    assert judge(np.zeros((0, 3, 2), dtype=np.float32), nothing, REAL) == Conformance("within_bound")
    assert refusal(np.zeros((0, 2, 2), dtype=np.float32), nothing, EXACT).verdict == "wrong"
    assert refusal(np.zeros((0, 2, 2), dtype=np.float32), nothing, REAL).verdict == "wrong"


NAN = replace(EXACT, numbers="nan-x")
ODD = np.array([[[np.nan, 2], [np.inf, 4], [-np.inf, 6]]])


def test_a_nan_must_be_a_nan_and_an_infinity_of_its_sign() -> None:
    reference = evaluated(ODD, VALUE)
    right = ODD.astype(np.float32)
    assert judge(right, reference, NAN) == Conformance("exact")
    for at, element in [((0, 0, 0), 1), ((0, 0, 0), np.inf), ((0, 0, 1), np.nan), ((0, 1, 0), -np.inf), ((0, 2, 0), 9)]:
        got = right.copy()
        got[at] = element
        error = refusal(got, reference, NAN)
        assert error.verdict == "wrong"
        assert error.detail.startswith("1 of 6 elements differ from the exact value; ")


def test_a_nan_in_an_answer_that_should_have_none_is_told() -> None:
    assert "worst at (0, 0, 1) got nan, expected 2" in refusal(answer(_001=np.nan), SMALL, NAN).detail


def test_of_zeros_it_is_said_which_sign_they_have() -> None:
    case = replace(EXACT, numbers="negative-zero")
    value = VALUE.copy()
    value[0, 1] = 0
    reference = evaluated(value, VALUE)
    assert judge(answer(_010=0, _011=0), reference, case) == Conformance("exact", seen="every zero sum has the sign +")
    assert judge(answer(_010=0, _011=-0.0), reference, case) == Conformance("exact", seen="a zero sum has the sign -")
    assert judge(answer(), SMALL, case) == Conformance("exact", seen="")
    assert refusal(answer(), reference, case).verdict == "wrong"


SUBNORMAL = replace(EXACT, numbers="subnormal")
TINY = 2.0**-149
FLUSHES = Claim(flushes_subnormals=True)


def subnormal() -> Evaluation:
    return evaluated(VALUE * TINY, VALUE * TINY)


@pytest.mark.parametrize("claim", [None, Claim(), FLUSHES])
def test_subnormal_numbers_that_are_kept_conform_whatever_is_claimed(claim: Claim | None) -> None:
    got = (VALUE * TINY).astype(np.float32)
    assert judge(got, subnormal(), SUBNORMAL, claim) == Conformance("exact", seen="subnormal numbers are kept")


def test_subnormal_numbers_may_be_flushed_by_those_who_say_so() -> None:
    flushed = np.zeros((1, 3, 2), dtype=np.float32)
    assert judge(flushed, subnormal(), SUBNORMAL, FLUSHES) == Conformance(
        "exact", seen="subnormal numbers are flushed to zero, as declared"
    )
    for claim in (None, Claim()):
        with pytest.raises(NonconformanceError, match="6 of 6 elements differ from the exact value"):
            judge(flushed, subnormal(), SUBNORMAL, claim)


@pytest.mark.parametrize("element", [2.0**-124, 1.0, -1.0, np.nan, np.inf])
def test_flushing_explains_nothing_that_is_no_longer_tiny(element: float) -> None:
    got = np.zeros((1, 3, 2), dtype=np.float32)
    got[0, 1, 1] = 2.0**-125  # two operations, each off by less than the smallest normal number
    judge(got, subnormal(), SUBNORMAL, FLUSHES)
    got[0, 1, 1] = element
    with pytest.raises(NonconformanceError, match="1 of 6 elements are not explained by flushing to zero") as raised:
        judge(got, subnormal(), SUBNORMAL, FLUSHES)
    assert raised.value.verdict == "wrong"


NARROW = ["float16", "bfloat16"]


def sums(dtype: str, *, terms: int = 64, bias: bool = True) -> tuple[Case, Evaluation, Array, Array | None]:
    """Real numbers of a 16-bit format: case, evaluation, and the products and bias of 2000 sums in float32."""
    end = f"{'-b' if bias else ''}-{PRECISIONS[dtype].short}"
    case = parse_case(f"conv2d-n1-i10x5-c{terms}-f40-k1x1-s1x1-pvalid-d1x1-g1{end}.forward.real")
    given = operands(case)
    cells = given.x.reshape(50, terms).astype(np.float32)
    filters = given.filters.reshape(terms, 40).astype(np.float32)
    products = cells.T[:, :, np.newaxis] * filters[:, np.newaxis, :]
    wide = None if given.bias is None else given.bias.astype(np.float32)
    return case, evaluate(case.problem, given), products, wide


def in_sequence(products: Array, precision: Precision) -> Array:
    total = np.zeros(products.shape[1:], dtype=precision.numpy_dtype)
    for product in products:
        total = (total + product.astype(precision.numpy_dtype)).astype(precision.numpy_dtype)
    return total


def shaped(values: Array, case: Case) -> Array:
    return values.astype(case.problem.precision.numpy_dtype).reshape(case.problem.output_shape)


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("terms", [4, 64, 1024])
def test_sums_of_float32_that_are_rounded_once_to_16_bits_conform(dtype: str, terms: int) -> None:
    case, evaluation, products, bias = sums(dtype, terms=terms)
    conformance = judge(shaped(in_sequence(products, FLOAT32) + bias, case), evaluation, case)
    assert conformance.verdict == "within_bound"
    assert 0 < conformance.fraction <= 1
    assert conformance.spread is not None
    assert 0 < conformance.spread <= 1


@pytest.mark.parametrize("dtype", NARROW)
def test_a_bias_that_is_added_behind_the_rounding_conforms(dtype: str) -> None:
    case, evaluation, products, bias = sums(dtype)
    assert bias is not None
    narrow = case.problem.precision.numpy_dtype
    got = in_sequence(products, FLOAT32).astype(narrow) + bias.astype(narrow)
    assert judge(shaped(got, case), evaluation, case).verdict == "within_bound"


@pytest.mark.parametrize("dtype", NARROW)
def test_an_accumulator_of_16_bits_conforms_only_where_it_is_declared(dtype: str) -> None:
    case, evaluation, products, _ = sums(dtype, bias=False)
    precision = case.problem.precision
    got = shaped(in_sequence(products, precision), case)
    with pytest.raises(NonconformanceError):
        judge(got, evaluation, case)
    assert judge(got, evaluation, case, Claim(accumulator=precision)).verdict == "within_bound"


@pytest.mark.parametrize("dtype", NARROW)
def test_16_bits_that_are_cut_off_and_not_rounded_are_imprecise(dtype: str) -> None:
    case, evaluation, products, _ = sums(dtype, bias=False)
    wide = in_sequence(products, FLOAT32)
    near = shaped(wide, case)
    zero = np.zeros((), dtype=near.dtype)
    further = np.abs(near.astype(np.float32)) > np.abs(wide.reshape(near.shape))
    got = np.where(further, np.nextafter(near, zero), near)
    assert refusal(got, evaluation, case).verdict == "imprecise"


def test_a_declared_accumulator_is_named_where_the_spread_is_not_its() -> None:
    got, evaluation = half(MANY, 0 * ALTERNATING)
    got = (evaluation.value * (1 + 2.0**-22)).astype(np.float32)
    with pytest.raises(NonconformanceError, match="what float32 added up in float64 has at most"):
        check_spread(got, evaluation, FLOAT32, PRECISIONS["float64"])


def test_exact_numbers_in_16_bits_are_exact() -> None:
    case = parse_case("conv2d-n1-i6x5-c2-f3-k2x2-s1x1-pvalid-d1x1-g1-b-bf16.forward.exact")
    evaluation = evaluate(case.problem, operands(case))
    got = evaluation.value.astype(case.problem.precision.numpy_dtype)
    assert judge(got, evaluation, case) == Conformance("exact")
    got[0, 0, 0, 0] += 1
    assert refusal(got, evaluation, case).verdict == "wrong"


def test_behind_a_relu_only_what_is_above_zero_counts_but_of_a_gradient_everything_does() -> None:
    got, evaluation = half(MANY_RELU, 4 * ALTERNATING)
    got[0, 0, 0] = evaluation.value[0, 0, 0] = 0
    assert judge(got, evaluation, MANY_RELU).spread is None
    with pytest.raises(NonconformanceError, match="of 1000 elements"):
        judge(got, evaluation, replace(MANY_RELU, direction="dx"))
