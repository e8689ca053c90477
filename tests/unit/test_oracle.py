"""The fast formulation is the definition: bit for bit on integers, within its own error bound on real numbers."""

import importlib
import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import REPEATABLE, Array, directions, integers, problems, reals

from convformance.reference import meetings
from convformance.reference.bounds import gamma
from convformance.reference.operands import Operands
from convformance.reference.oracle import Evaluation, evaluate, terms, value_of
from convformance.reference.problem import KINDS, Kind, Problem

SEEDS = st.integers(0, 2**32 - 1)
FLOATS = ("float16", "bfloat16", "float32", "float64")
LONG = ("int32", "int64")


def by_definition(problem: Problem, given: Operands) -> dict[str, Array]:
    """All that can be asked of a problem, by loops."""
    assert given.cotangent is not None
    arrays = given.x, given.filters, given.bias
    return {
        "forward": meetings.layer(problem, *arrays, given.pointwise),
        **meetings.gradients(problem, *arrays, given.cotangent, given.pointwise),
    }


def magnitudes_by_definition(problem: Problem, given: Operands) -> dict[str, Array]:
    """The definition itself on absolute values; what a ReLU holds back counts nothing."""
    plain = replace(problem, activation=None)
    sizes = given.map(np.abs)
    if problem.activation == "relu":
        assert sizes.cotangent is not None
        before = meetings.layer(plain, given.x, given.filters, given.bias, given.pointwise)
        sizes = replace(sizes, cotangent=np.where(before > 0, sizes.cotangent, 0))
    return by_definition(plain, sizes)


def require_equal(problem: Problem, given: Operands) -> None:
    values, magnitudes = by_definition(problem, given), magnitudes_by_definition(problem, given)
    assert sorted(values) == sorted(directions(problem))
    for direction, value in values.items():
        evaluation = evaluate(problem, given, direction)
        assert evaluation.value.dtype == (np.int64 if problem.dtype in LONG else np.float64)
        assert evaluation.magnitude.dtype == np.float64
        assert evaluation.value.shape == evaluation.magnitude.shape == value.shape
        # Numbers of one hash and value: 3.0 == 3, whatever their size.
        assert evaluation.value.tolist() == value_of(problem, given, direction).tolist() == value.tolist()
        assert evaluation.magnitude.tolist() == magnitudes[direction].tolist()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("rank", "examples"), [(1, 150), (2, 120), (3, 50)])
def test_on_integers_all_that_can_be_asked_is_what_the_definition_says(kind: Kind, rank: int, examples: int) -> None:
    @settings(REPEATABLE, max_examples=examples)
    @given(problem=problems(kinds=(kind,), ranks=(rank,), dtypes=FLOATS + LONG, batches=(0, 1, 2)), seed=SEEDS)
    def check(problem: Problem, seed: int) -> None:
        require_equal(problem, integers(problem, seed))

    check()


@settings(REPEATABLE, max_examples=60)
@given(problem=problems(ranks=(1, 2), dtypes=("int64",), batches=(2,)), seed=SEEDS)
def test_integers_are_added_up_in_64_bits(problem: Problem, seed: int) -> None:
    """Three factors and a few hundred of their products are below 2**63, and far above the 53 bits of float64."""
    largest = 2**17 if problem.kind == "separable" else 2**26
    numbers = integers(problem, seed, largest=largest)
    for direction, value in by_definition(problem, numbers).items():
        assert evaluate(problem, numbers, direction).value.tolist() == value.tolist()


def test_an_odd_sum_above_what_float64_holds_is_exact_in_int64() -> None:
    problem = Problem(batch=1, spatial=(1,), channels=2, filters=1, kernel_size=(1,), dtype="int64")
    given = Operands(np.array([[[2**60, 1]]]), np.array([[[1], [1]]]))
    assert evaluate(problem, given).value.item() == 2**60 + 1
    assert evaluate(replace(problem, dtype="float64"), given).value.item() == 2**60


@settings(REPEATABLE, max_examples=200)
@given(problem=problems(largest=2), seed=SEEDS)
def test_on_real_numbers_all_is_within_the_error_of_two_float64_sums(problem: Problem, seed: int) -> None:
    numbers = reals(problem, seed)
    values, magnitudes = by_definition(problem, numbers), magnitudes_by_definition(problem, numbers)
    for direction, value in values.items():
        evaluation = evaluate(problem, numbers, direction)
        magnitude = magnitudes[direction].astype(np.float64)
        allowed = 2 * gamma(evaluation.terms, 2.0**-53) * magnitude
        assert (np.abs(evaluation.value - value.astype(np.float64)) <= allowed).all()
        assert (np.abs(evaluation.magnitude - magnitude) <= allowed).all()


def ones(problem: Problem) -> Operands:
    return integers(problem, 0).map(np.ones_like)


@settings(REPEATABLE, max_examples=400)
@given(problem=problems(kinds=("conv", "depthwise", "transposed"), batches=(0, 1, 2)))
def test_no_element_is_the_sum_of_more_terms_than_are_counted(problem: Problem) -> None:
    """On ones the magnitude is the number of terms."""
    for direction in directions(problem):
        evaluation = evaluate(replace(problem, activation=None), ones(problem), direction)
        assert evaluation.magnitude.max(initial=0) <= evaluation.terms == terms(problem, direction)


@settings(REPEATABLE, max_examples=200)
@given(problem=problems(kinds=("separable",), batches=(0, 1, 2)))
def test_terms_of_both_stages_count(problem: Problem) -> None:
    first, second = problem.stages
    counted = {name: terms(problem, name) for name in directions(problem)}
    assert counted["forward"] == terms(first) + terms(second)
    assert counted["dx"] == terms(second, "dx") + terms(first, "dx")
    assert counted["dfilters"] == terms(second, "dx") + terms(first, "dfilters")
    assert counted["dpointwise"] == terms(first) + terms(second, "dfilters")
    assert counted.get("dbias") in {None, terms(second, "dbias")}


@pytest.mark.parametrize(
    ("problem", "counts"),
    [
        (
            Problem(batch=3, spatial=(9,), channels=4, filters=6, kernel_size=(2,), groups=2, use_bias=True),
            {"forward": 2 * 2 + 1, "dx": 2 * 3, "dfilters": 3 * 8, "dbias": 3 * 8},
        ),
        (
            Problem(batch=3, spatial=(9,), channels=4, filters=6, kernel_size=(2,), strides=(2,), groups=2),
            {"forward": 2 * 2, "dx": 1 * 3, "dfilters": 3 * 4},
        ),
        (
            Problem(
                kind="transposed",
                batch=3,
                spatial=(9,),
                channels=4,
                filters=6,
                kernel_size=(3,),
                strides=(2,),
                groups=2,
                use_bias=True,
            ),
            {"forward": 2 * 2 + 1, "dx": 3 * 3, "dfilters": 3 * 9, "dbias": 3 * 19},
        ),
        (
            Problem(kind="depthwise", batch=3, spatial=(9,), channels=4, filters=8, kernel_size=(2,), groups=4),
            {"forward": 2, "dx": 2 * 2, "dfilters": 3 * 8},
        ),
        (
            Problem(
                batch=1, spatial=(3,), channels=1, filters=1, kernel_size=(3,), padding="same", padding_mode="reflect"
            ),
            {"forward": 3, "dx": 5, "dfilters": 3},
        ),
    ],
)
def test_terms_counted_by_hand(problem: Problem, counts: dict[str, int]) -> None:
    assert {direction: terms(problem, direction) for direction in counts} == counts


def test_an_empty_batch_has_terms_enough_for_a_bound() -> None:
    problem = Problem(batch=0, spatial=(9,), channels=4, filters=6, kernel_size=(2,), use_bias=True)
    assert (terms(problem, "dfilters"), terms(problem, "dbias")) == (8, 8)


@settings(REPEATABLE, max_examples=150)
@given(problem=problems(kinds=("transposed",), batches=(1, 2)), seed=SEEDS)
def test_the_inner_product_with_an_output_is_that_of_the_input_with_its_convolution(
    problem: Problem, seed: int
) -> None:
    """<conv(y), x> = <y, conv_T(x)>, exactly: the sums are integers far below 2**53."""
    plain = replace(problem, use_bias=False, activation=None)
    numbers = integers(plain, seed)
    image = numbers.cotangent
    assert image is not None
    there = evaluate(plain, numbers).value
    back = evaluate(plain.adjoint, Operands(image, numbers.filters)).value
    assert (there * image).sum() == (back * numbers.x).sum()
    assert (there == evaluate(plain.adjoint, Operands(image, numbers.filters, None, numbers.x), "dx").value).all()


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_on_integers_the_sums_are_those_of_scipys_correlation(rank: int) -> None:
    correlate = importlib.import_module("scipy.signal").correlate

    @settings(REPEATABLE, max_examples=100)
    @given(problem=problems(ranks=(rank,)), seed=SEEDS)
    def check(problem: Problem, seed: int) -> None:
        spatial = tuple(size + 2 for size in problem.kernel_size)
        plain = Problem(
            batch=problem.batch,
            spatial=spatial,
            channels=problem.channels,
            filters=problem.filters,
            kernel_size=problem.kernel_size,
        )
        numbers = integers(plain, seed)
        value = evaluate(plain, numbers).value
        for image, which in itertools.product(range(plain.batch), range(plain.filters)):
            maps = [
                correlate(numbers.x[image, ..., c], numbers.filters[..., c, which], mode="valid", method="direct")
                for c in range(plain.channels)
            ]
            assert value[image, ..., which].tolist() == sum(maps).tolist()

    check()


def test_the_magnitude_is_before_the_activation_and_with_the_bias() -> None:
    problem = Problem(batch=1, spatial=(1,), channels=2, filters=2, kernel_size=(1,), use_bias=True, activation="relu")
    given = Operands(np.array([[[2, -3]]]), np.array([[[1, -1], [4, 5]]]), np.array([-7, 40]))
    evaluation = evaluate(problem, given)
    assert evaluation.value.tolist() == [[[0, 23]]]
    assert evaluation.magnitude.tolist() == [[[21, 57]]]


def test_what_is_rounded_is_the_sum_with_the_bias_and_the_sum_without() -> None:
    problem = Problem(batch=1, spatial=(1,), channels=2, filters=2, kernel_size=(1,), use_bias=True, activation="relu")
    given = Operands(np.array([[[2, -3]]]), np.array([[[1, -1], [4, 5]]]), np.array([-7, 40]))
    # The sums are -10 and -17, with the bias -17 and 23.
    assert evaluate(problem, given).rounded.tolist() == [[[17 + 10, 23 + 17]]]
    unbiased = replace(problem, use_bias=False)
    assert evaluate(unbiased, replace(given, bias=None)).rounded.tolist() == [[[10, 17]]]


SEPARABLE = Problem(
    kind="separable",
    batch=1,
    spatial=(2,),
    channels=1,
    filters=1,
    multiplier=2,
    kernel_size=(1,),
    use_bias=True,
    dtype="float16",
)
STAGED = Operands(
    np.array([[[2], [-3]]]), np.array([[[1, -4]]]), np.array([9]), np.array([[[10], [-1]]]), np.array([[5], [-6]])
)


@pytest.mark.parametrize(
    ("direction", "value", "between"),
    [
        # The maps are (2, -8) and (-3, 12); each is rounded, then weighed with 5 and 6.
        ("forward", [58 + 9, -87 + 9], [2 * 5 + 8 * 6, 3 * 5 + 12 * 6]),
        ("dpointwise", [20 + 3, -80 - 12], [2 * 10 + 3 * 1, 8 * 10 + 12 * 1]),
        # What flows back to the maps is (50, -60) and (-5, 6).
        ("dx", [50 + 240, -5 - 24], [50 + 240, 5 + 24]),
        ("dfilters", [100 + 15, -120 - 18], [100 + 15, 120 + 18]),
        ("dbias", [9], [0]),
    ],
)
def test_what_a_separable_convolution_has_between_its_stages_is_rounded_in_a_narrow_format(
    direction: str, value: list[int], between: list[int]
) -> None:
    evaluation = evaluate(SEPARABLE, STAGED, direction)
    assert evaluation.value.ravel().tolist() == value
    before_the_bias = np.abs(evaluation.value - 9).ravel() if direction == "forward" else 0
    assert (evaluation.rounded.ravel() - np.abs(evaluation.value).ravel() - before_the_bias).tolist() == between
    assert evaluation.rounded.shape == evaluation.value.shape
    wide = evaluate(replace(SEPARABLE, dtype="float32"), STAGED, direction)
    assert (wide.rounded.ravel() - np.abs(wide.value).ravel() - before_the_bias == 0).all()


def test_the_gradient_of_pads_that_are_copies_of_cells_is_rounded_before_it_is_folded_back() -> None:
    problem = Problem(
        batch=1,
        spatial=(2,),
        channels=1,
        filters=1,
        kernel_size=(1,),
        padding=((0, 1),),
        padding_mode="replicate",
        dtype="bfloat16",
    )
    given = Operands(np.array([[[1], [1]]]), np.array([[[3]]]), None, np.array([[[1], [10], [-100]]]))
    evaluation = evaluate(problem, given, "dx")
    # The padded input has 3, 30 and -300; the last two are of one cell. Two places, so each may be rounded twice.
    assert evaluation.value.ravel().tolist() == [3, -270]
    assert evaluation.rounded.ravel().tolist() == [3 + 2 * 3, 270 + 2 * 330]
    for other, direction in ((problem, "dfilters"), (replace(problem, dtype="float32"), "dx")):
        evaluation = evaluate(other, given, direction)
        assert evaluation.rounded.tolist() == np.abs(evaluation.value).tolist()


def test_a_separable_convolution_that_pads_with_copies_rounds_both() -> None:
    problem = replace(SEPARABLE, use_bias=False, padding=((1, 0),), padding_mode="replicate")
    given = replace(STAGED, bias=None, cotangent=np.array([[[1000], [10], [-1]]]))
    evaluation = evaluate(problem, given, "dx")
    # A gradient of g at an output is 29 g at the padded cell, and in sizes too: 5 and 6 * 4.
    assert evaluation.value.ravel().tolist() == [29 * 1010, -29]
    assert evaluation.rounded.ravel().tolist() == [29 * 1010 * (1 + 1 + 2), 29 * (1 + 1 + 2)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_operands_stay_as_they_are_whatever_their_layout_in_memory(kind: Kind) -> None:
    problem = Problem(
        kind=kind,
        batch=2,
        spatial=(5, 4),
        channels=4,
        filters=8,
        kernel_size=(3, 2),
        use_bias=True,
        groups=4 if kind in ("depthwise", "separable") else 2,
        multiplier=2 if kind == "separable" else 0,
    )
    given = integers(problem, 1)
    fortran = given.map(np.asfortranarray)
    for numbers in (given, fortran):
        for array in vars(numbers).values():
            if array is not None:
                array.setflags(write=False)
    for direction in directions(problem):
        plain, other = evaluate(problem, given, direction), evaluate(problem, fortran, direction)
        assert np.array_equal(plain.value, other.value)
        assert np.array_equal(plain.magnitude, other.magnitude)


def test_float32_operands_are_evaluated_in_float64() -> None:
    problem = Problem(batch=1, spatial=(1,), channels=2, filters=1, kernel_size=(1,))
    given = Operands(np.array([[[2**24, 1]]], dtype=np.float32), np.ones((1, 2, 1), dtype=np.float32))
    assert evaluate(problem, given).value.tolist() == [[[2**24 + 1]]]


def test_an_evaluation_keeps_what_it_is_made_of() -> None:
    value = np.ones(3)
    evaluation = Evaluation(value, 2 * value, 7, (3 * value,))
    assert (evaluation.value is value, evaluation.terms) == (True, 7)
