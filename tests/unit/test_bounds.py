"""The bounds are the theorems', give honest float32 arithmetic no false alarm, and see what only pretends to be it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
import pytest
from problems import SIGNIFICANDS, Array, rounded

from convformance.reference.bounds import MEAN_DEVIATIONS, gamma, limit, mean_limit, scale, spread_limit
from convformance.reference.case import Case, parse_case
from convformance.reference.comparison import NonconformanceError
from convformance.reference.judge import check_bound, check_spread, judge
from convformance.reference.numbers import operands
from convformance.reference.oracle import Evaluation, evaluate, terms
from convformance.reference.precision import PRECISIONS, Precision

FLOAT32 = PRECISIONS["float32"]
TERMS = [9, 64, 576, 4608]


@pytest.mark.parametrize(
    ("terms", "unit_roundoff", "expected"),
    [
        (0, 0.5, 0.0),
        (1, 0.5, 1.0),
        (3, 0.125, 0.6),
        (1, 2.0**-24, float(Fraction(1, 2**24 - 1))),
        (4608, 2.0**-24, float(Fraction(4608, 2**24 - 4608))),
        (4608, 2.0**-53, float(Fraction(4608, 2**53 - 4608))),
    ],
)
def test_gamma_is_n_u_over_one_minus_n_u(terms: int, unit_roundoff: float, expected: float) -> None:
    assert gamma(terms, unit_roundoff) == expected


@pytest.mark.parametrize(("terms", "unit_roundoff"), [(2, 0.5), (3, 0.5), (2**24, 2.0**-24)])
def test_gamma_says_nothing_where_n_u_is_one_or_more(terms: int, unit_roundoff: float) -> None:
    with pytest.raises(ValueError, match="gamma needs") as refusal:
        gamma(terms, unit_roundoff)
    assert str(refusal.value) == f"gamma needs n * u < 1: got n={terms} and u={unit_roundoff}"


def of_magnitude(case: Case, magnitude: float) -> Array:
    shape = case.problem.output_shape
    evaluation = Evaluation(np.zeros(shape), np.full(shape, magnitude), terms(case.problem), (np.zeros(shape),))
    return limit(evaluation, case.problem.precision)


def test_the_limit_adds_the_error_of_the_reference_and_of_underflow() -> None:
    case = parse_case("conv1d-n1-i3-c2-f2-k2-s1-pvalid-d1-g1-b-f32")
    growth = Fraction(5, 2**24 - 5) + Fraction(5, 2**53 - 5)
    limits = of_magnitude(case, 8.0)
    assert limits.shape == (1, 2, 2)
    assert np.unique(limits).tolist() == [float(8 * growth)]
    # Below the growth's own rounding only the underflow shows: five halves of the smallest subnormal number.
    assert np.unique(of_magnitude(case, 0.0)).tolist() == [2.5 * 2.0**-149]
    small = Fraction(2) ** -120
    assert np.unique(of_magnitude(case, float(small))).tolist() == [float(small * growth + 5 * Fraction(2) ** -150)]


def test_the_limit_of_a_float64_layer_is_twice_that_of_the_reference() -> None:
    case = parse_case("conv1d-n1-i3-c2-f2-k2-s1-pvalid-d1-g1-b-f64")
    assert np.unique(of_magnitude(case, 8.0)).tolist() == [float(16 * Fraction(5, 2**53 - 5))]


def test_the_limit_has_no_term_for_a_bias_that_is_not_there() -> None:
    with_bias = parse_case("conv1d-n1-i3-c2-f2-k2-s1-pvalid-d1-g1-b-f32")
    without = parse_case("conv1d-n1-i3-c2-f2-k2-s1-pvalid-d1-g1-f32")
    assert of_magnitude(without, 0.0).max() / of_magnitude(with_bias, 0.0).max() == 4 / 5


def test_the_spread_may_grow_as_half_the_root_of_the_terms() -> None:
    assert [spread_limit(terms) for terms in (1, 4, 16, 10000)] == [1.5, 2.0, 3.0, 51.0]


def test_the_mean_may_lie_six_standard_deviations_off() -> None:
    assert MEAN_DEVIATIONS == 6
    assert mean_limit(900) == 6 / 30
    assert mean_limit(10000) == 6 / 100


def reference(magnitude: float, rounded: float) -> Evaluation:
    """One element, the sum of 16 terms."""
    return Evaluation(np.zeros(1), np.array([magnitude]), 16, (np.array([rounded]),))


@pytest.mark.parametrize(("dtype", "roundoff", "tiny"), [("float16", 2**-11, 2**-24), ("bfloat16", 2**-8, 2.0**-133)])
def test_a_sum_of_float32_is_rounded_once_more_to_16_bits(dtype: str, roundoff: float, tiny: float) -> None:
    inner = float(8 * (Fraction(16, 2**24 - 16) + Fraction(16, 2**53 - 16))) + 8 * tiny
    expected = inner * (1 + 2 * roundoff) + 3 * roundoff
    assert limit(reference(8, 3), PRECISIONS[dtype]) == pytest.approx(expected, rel=1e-15)
    assert scale(reference(8, 3), PRECISIONS[dtype]) == pytest.approx(3 * 2.0**-24 * 8 + 3 * roundoff, rel=1e-15)


def test_a_claimed_accumulator_takes_the_place_of_the_natural_one() -> None:
    half, double = PRECISIONS["float16"], PRECISIONS["float64"]
    narrow = limit(reference(8, 3), half, half)
    assert narrow == pytest.approx(8 * 16 / (2**11 - 16) + 8 * 16 * 2.0**-53 + 8 * 2.0**-24, rel=1e-14)
    assert scale(reference(8, 3), half, half) == [3 * 2.0**-11 * 8]
    wide = limit(reference(8, 3), FLOAT32, double)
    assert wide == pytest.approx(2 * 8 * 16 * 2.0**-53 + 3 * 2.0**-24, rel=1e-6)
    assert scale(reference(8, 3), FLOAT32, double) == pytest.approx(3 * 2.0**-53 * 8 + 3 * 2.0**-24, rel=1e-15)


@pytest.mark.parametrize("precision", [FLOAT32, PRECISIONS["float64"]])
def test_nothing_is_rounded_once_more_where_the_sum_is_in_the_formats_own_bits(precision: Precision) -> None:
    assert limit(reference(8, 3), precision) == limit(reference(8, 0), precision)
    assert scale(reference(8, 3), precision) == scale(reference(8, 0), precision)
    assert scale(reference(8, 3), precision) == [3 * precision.unit_roundoff * 8]


@dataclass(frozen=True)
class Layer:
    """A 1x1 convolution of 40 cells under 40 filters: 1600 sums of as many products as there are channels."""

    case: Case
    cells: Array
    filters: Array
    evaluation: Evaluation

    def products(self) -> Array:
        """Every product in float32, the terms of a sum along the first axis."""
        return self.cells.T[:, :, np.newaxis] * self.filters[:, np.newaxis, :]

    def answer(self, sums: Array) -> Array:
        return sums.reshape(self.case.problem.output_shape)


@lru_cache(maxsize=1)
def layer_of(terms: int, memory: str) -> Layer:
    case = parse_case(f"conv2d-n1-i8x5-c{terms}-f40-k1x1-s1x1-pvalid-d1x1-g1-f32.forward.real{memory}")
    numbers = operands(case)
    evaluation = evaluate(case.problem, numbers)
    return Layer(case, numbers.x.reshape(40, terms), numbers.filters.reshape(terms, 40), evaluation)


def in_sequence(products: Array) -> Array:
    total = np.zeros(products.shape[1:], dtype=np.float32)
    for product in products:
        total = total + product
    return total


def sequential(layer: Layer) -> Array:
    return in_sequence(layer.products())


def backwards(layer: Layer) -> Array:
    return in_sequence(layer.products()[::-1])


def in_order_of_size(layer: Layer) -> Array:
    return in_sequence(np.sort(layer.products(), axis=0))


def pairwise(layer: Layer) -> Array:
    sums: Array = np.ascontiguousarray(np.moveaxis(layer.products(), 0, -1)).sum(axis=-1)
    return sums


def blockwise(layer: Layer) -> Array:
    products = layer.products()
    return in_sequence(np.stack([in_sequence(products[first : first + 32]) for first in range(0, len(products), 32)]))


def wider(layer: Layer) -> Array:
    return (layer.cells.astype(np.float64) @ layer.filters.astype(np.float64)).astype(np.float32)


def library(layer: Layer) -> Array:
    return layer.cells @ layer.filters


HONEST = [sequential, backwards, in_order_of_size, pairwise, blockwise, wider, library]


@pytest.mark.parametrize("sum_up", HONEST)
@pytest.mark.parametrize("memory", ["", ".view"])
@pytest.mark.parametrize("terms", TERMS)
def test_honest_float32_gives_no_false_alarm_in_any_order(
    terms: int, memory: str, sum_up: Callable[[Layer], Array]
) -> None:
    layer = layer_of(terms, memory)
    conformance = judge(layer.answer(sum_up(layer)), layer.evaluation, layer.case)
    assert conformance.verdict == "within_bound"
    assert 0 < conformance.fraction <= 1
    assert conformance.spread is not None
    assert 0 < conformance.spread <= 1


def with_narrow_operands(layer: Layer, significand_bits: int, *, cells: bool, filters: bool) -> Array:
    narrow = Layer(
        layer.case,
        rounded(layer.cells, significand_bits) if cells else layer.cells,
        rounded(layer.filters, significand_bits) if filters else layer.filters,
        layer.evaluation,
    )
    return layer.answer(sequential(narrow))


@pytest.mark.parametrize(("cells", "filters"), [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("narrower", SIGNIFICANDS)
@pytest.mark.parametrize("terms", TERMS)
def test_operands_of_a_narrower_format_are_imprecise(terms: int, narrower: str, cells: bool, filters: bool) -> None:
    layer = layer_of(terms, "")
    got = with_narrow_operands(layer, SIGNIFICANDS[narrower], cells=cells, filters=filters)
    with pytest.raises(NonconformanceError) as alarm:
        judge(got, layer.evaluation, layer.case)
    assert alarm.value.verdict == "imprecise"


def test_the_bound_alone_passes_bfloat16_over_many_terms_and_the_spread_does_not() -> None:
    layer = layer_of(4608, "")
    got = with_narrow_operands(layer, SIGNIFICANDS["bfloat16"], cells=True, filters=True)
    assert check_bound(got, layer.evaluation, FLOAT32) < 1
    with pytest.raises(NonconformanceError, match="the root mean square of the errors"):
        check_spread(got, layer.evaluation, FLOAT32)


@pytest.mark.parametrize("terms", TERMS)
def test_an_accumulator_that_rounds_towards_zero_is_imprecise(terms: int) -> None:
    layer = layer_of(terms, "")
    total = np.zeros((40, 40), dtype=np.float32)
    for product in layer.products():
        exact = total.astype(np.float64) + product
        nearest = exact.astype(np.float32)
        total = np.where(np.abs(nearest) > np.abs(exact), np.nextafter(nearest, np.float32(0)), nearest)
    assert check_bound(layer.answer(total), layer.evaluation, FLOAT32) < 1
    # Over few terms only the mean gives it away; over many the shift is as wide as the spread.
    figure = "mean away from zero" if terms < 100 else "root mean square"
    with pytest.raises(NonconformanceError, match=f"the {figure} of the errors") as alarm:
        judge(layer.answer(total), layer.evaluation, layer.case)
    assert alarm.value.verdict == "imprecise"


def test_an_accumulator_too_narrow_for_the_theorem_leaves_the_spread_alone() -> None:
    precision = PRECISIONS["bfloat16"]
    many = Evaluation(np.zeros(3), np.array([0.0, 1.0, 2.0]), 256, (np.zeros(3),))
    assert np.isinf(limit(many, precision, precision)).tolist() == [False, True, True]
    assert np.isfinite(limit(replace(many, terms=255), precision, precision)).all()
