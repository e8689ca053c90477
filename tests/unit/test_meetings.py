"""All kinds and all gradients by loops: on numbers to check by hand, and gradients beside exact differences."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import REPEATABLE, Array, directions, integers, problems

from convformance.reference import definition
from convformance.reference.meetings import gradients, layer, meetings
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem

SEEDS = st.integers(0, 2**32 - 1)
TAPS = np.array([100, 10, 1]).reshape(3, 1, 1)


def line(size: int, kernel: int = 3, **fields: Any) -> Problem:
    """One channel, one filter, one dimension; a transposed convolution unless told."""
    plain: dict[str, Any] = {
        "kind": "transposed",
        "batch": 1,
        "spatial": (size,),
        "channels": 1,
        "filters": 1,
        "kernel_size": (kernel,),
    }
    return Problem(**plain | fields)


def along(problem: Problem, *cells: int, taps: Array = TAPS) -> list[int]:
    """The output of a line."""
    numbers = layer(problem, np.array(cells).reshape(1, -1, 1), taps, None)
    assert numbers.shape == problem.output_shape
    return list(numbers.ravel())


def answer(problem: Problem, given: Operands) -> Array:
    return layer(problem, given.x, given.filters, given.bias, given.pointwise)


def derivatives(problem: Problem, given: Operands) -> dict[str, Array]:
    assert given.cotangent is not None
    return gradients(problem, given.x, given.filters, given.bias, given.cotangent, given.pointwise)


def test_a_transposed_convolution_puts_the_kernel_where_the_input_is_and_adds() -> None:
    assert along(line(1), 3) == [300, 30, 3]
    # 100 10  1
    #    200 20  2
    #       300 30  3
    assert along(line(3), 1, 2, 3) == [100, 210, 321, 32, 3]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"strides": (2,)}, [100, 10, 201, 20, 2]),
        ({"strides": (3,)}, [100, 10, 1, 200, 20, 2]),
        ({"strides": (4,)}, [100, 10, 1, 0, 200, 20, 2, 0]),
        ({"dilation": (2,)}, [100, 200, 10, 20, 1, 2]),
        ({"strides": (2,), "dilation": (2,)}, [100, 0, 210, 0, 21, 0, 2]),
        ({"strides": (2,), "padding": ((1, 0),)}, [10, 201, 20, 2]),
        ({"strides": (2,), "padding": ((0, 1),)}, [100, 10, 201, 20]),
        ({"strides": (2,), "padding": ((1, 2),)}, [10, 201]),
        ({"padding": "same"}, [210, 21]),
        ({"strides": (2,), "padding": "same"}, [100, 10, 201, 20]),
        ({"strides": (4,), "padding": "same"}, [100, 10, 1, 0, 200, 20, 2, 0]),
    ],
)
def test_strides_dilation_and_crop_of_a_transposed_convolution(fields: dict[str, Any], expected: list[int]) -> None:
    assert along(line(2, **fields), 1, 2) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # A crop shows what lies under it first, and cells that no tap reaches after that.
        ({"strides": (2,), "padding": ((0, 1),), "output_padding": (1,)}, [100, 10, 201, 20, 2]),
        ({"strides": (2,), "padding": ((1, 1),), "output_padding": (1,)}, [10, 201, 20, 2]),
        ({"strides": (3,), "padding": ((0, 1),), "output_padding": (2,)}, [100, 10, 1, 200, 20, 2, 0]),
        ({"strides": (3,), "padding": ((0, 0),), "output_padding": (2,)}, [100, 10, 1, 200, 20, 2, 0, 0]),
    ],
)
def test_output_padding_is_computed_as_all_other_cells_are(fields: dict[str, Any], expected: list[int]) -> None:
    assert along(line(2, **fields), 1, 2) == expected


def test_a_transposed_convolution_of_two_dimensions_is_neither_flipped_nor_transposed() -> None:
    problem = Problem(
        kind="transposed", batch=1, spatial=(1, 2), channels=1, filters=1, kernel_size=(2, 2), strides=(1, 2)
    )
    x = np.array([1, 2]).reshape(1, 1, 2, 1)
    filters = np.array([[1000, 100], [10, 1]]).reshape(2, 2, 1, 1)
    assert layer(problem, x, filters, None)[0, ..., 0].tolist() == [[1000, 100, 2000, 200], [10, 1, 20, 2]]


def test_filters_of_a_transposed_convolution_lie_output_before_input() -> None:
    problem = line(1, 1, channels=2, filters=3, use_bias=True)
    filters = np.array([[[1, 10], [2, 20], [3, 30]]])
    bias = np.array([100, 200, 300])
    assert layer(problem, np.array([[[5, 7]]]), filters, bias).tolist() == [[[175, 350, 525]]]


def test_groups_of_a_transposed_convolution_do_not_see_each_other() -> None:
    problem = line(1, 1, channels=4, filters=4, groups=2)
    # Channels 0 and 1 give outputs 0 and 1, the others 2 and 3. Row o of the filters is output o of its group.
    filters = np.array([[[1, 10, 1, 10], [100, 1000, 100, 1000]]])
    assert layer(problem, np.array([[[1, 2, 3, 4]]]), filters, None).tolist() == [[[21, 2100, 43, 4300]]]


def test_relu_stands_behind_the_bias_of_a_transposed_convolution() -> None:
    problem = line(2, 2, use_bias=True, activation="relu")
    filters = np.array([10, -1]).reshape(2, 1, 1)
    assert layer(problem, np.array([[[1], [2]]]), filters, np.array([1]))[0, :, 0].tolist() == [11, 20, 0]


def test_kernels_of_a_depthwise_convolution_see_one_channel() -> None:
    problem = line(2, 2, kind="depthwise", channels=2, filters=4, groups=2)
    x = np.array([[[1, 3], [2, 4]]])
    # Tap by tap, channel by channel, the two kernels of each: channel 0 has 10, 1 and 100, 1000.
    filters = np.array([[[10, 100], [7, 70]], [[1, 1000], [5, 50]]])
    assert layer(problem, x, filters, None).tolist() == [[[12, 2100, 41, 410]]]


def test_a_separable_convolution_mixes_the_maps_of_its_kernels() -> None:
    problem = line(2, 2, kind="separable", channels=2, filters=2, multiplier=2, groups=2, use_bias=True)
    x = np.array([[[1, 3], [2, 4]]])
    filters = np.array([[[10, 100], [7, 70]], [[1, 1000], [5, 50]]])
    # The maps are 12, 2100, 41, 410, in this order.
    pointwise = np.array([[1, 1000], [10, 100], [100, 10], [1000, 1]])
    bias = np.array([5, 7])
    first, second = 12 + 21000 + 4100 + 410000 + 5, 12000 + 210000 + 410 + 410 + 7
    assert layer(problem, x, filters, bias, pointwise).tolist() == [[[first, second]]]


def test_no_relu_and_no_bias_stand_between_the_stages() -> None:
    problem = line(1, 1, kind="separable", multiplier=1, use_bias=True, activation="relu")
    one = np.array([[[1]]])
    assert layer(problem, one, -one, np.array([3]), np.array([[-5]])).tolist() == [[[8]]]
    assert layer(problem, one, -one, np.array([3]), np.array([[5]])).tolist() == [[[0]]]


def test_cells_that_stand_in_several_places_meet_each_of_them() -> None:
    problem = line(3, kind="conv", padding=((1, 1),), padding_mode="reflect")
    assert along(problem, 1, 2, 3) == [212, 123, 232]
    # Cell 1 lies under both ends of the kernel, then under its middle, then under both ends again.
    numbers = Operands(np.zeros((1, 3, 1), dtype=int), TAPS, None, np.ones((1, 3, 1), dtype=int))
    assert derivatives(problem, numbers)["dx"].ravel().tolist() == [110, 101 + 10 + 101, 11]


def test_gradients_by_hand() -> None:
    problem = line(3, 2, kind="conv", use_bias=True)
    given = Operands(
        np.array([[[1], [2], [3]]]), np.array([10, 1]).reshape(2, 1, 1), np.array([0]), np.array([[[100], [1000]]])
    )
    found = derivatives(problem, given)
    assert found["dx"].ravel().tolist() == [1000, 10100, 1000]
    assert found["dfilters"].ravel().tolist() == [2100, 3200]
    assert found["dbias"].tolist() == [1100]


def test_nothing_flows_back_through_a_relu_that_gave_zero() -> None:
    problem = line(3, 1, kind="conv", use_bias=True, activation="relu")
    given = Operands(
        np.array([[[1], [2], [3]]]), np.array([[[1]]]), np.array([-2]), np.array([[[100], [1000], [10000]]])
    )
    # The sums are -1, 0 and 1: at zero itself there is no derivative, and nothing flows.
    found = derivatives(problem, given)
    assert found["dx"].ravel().tolist() == [0, 0, 10000]
    assert found["dfilters"].ravel().tolist() == [30000]
    assert found["dbias"].tolist() == [10000]


def test_a_problem_without_bias_has_no_gradient_of_it() -> None:
    for problem in (line(3), line(3, kind="separable", multiplier=1)):
        found = derivatives(problem, integers(problem, 0))
        assert sorted(found) == sorted(name for name in directions(problem) if name != "forward")


@settings(REPEATABLE, max_examples=150)
@given(problem=problems(kinds=("conv", "depthwise")), seed=SEEDS)
def test_meetings_give_what_sliding_the_kernel_gives(problem: Problem, seed: int) -> None:
    numbers = integers(problem, seed)
    slid = definition.layer(numbers.x, numbers.filters, numbers.bias, problem)
    assert answer(problem, numbers).tolist() == slid.tolist()


@settings(REPEATABLE, max_examples=150)
@given(problem=problems(kinds=("conv", "depthwise", "transposed")))
def test_no_meeting_happens_twice_and_each_is_inside_the_arrays(problem: Problem) -> None:
    found = list(meetings(problem))
    assert len(set(found)) == len(found)
    for place, weight, output in found:
        assert all(0 <= index < size for index, size in zip(place, problem.input_shape, strict=True))
        assert all(0 <= index < size for index, size in zip(weight, problem.filters_shape, strict=True))
        assert all(0 <= index < size for index, size in zip(output, problem.output_shape, strict=True))


ROLES = {"dx": "x", "dfilters": "filters", "dbias": "bias", "dpointwise": "pointwise"}


@settings(REPEATABLE, max_examples=120)
@given(problem=problems(ranks=(1, 2), batches=(0, 1, 2), largest=2), seed=SEEDS)
def test_a_gradient_is_the_exact_difference_that_one_more_of_a_number_makes(problem: Problem, seed: int) -> None:
    """The layer is linear in each of its arrays, so its derivative is ``layer(x + e_i) - layer(x)``."""
    linear = replace(problem, activation=None)
    numbers = integers(linear, seed)
    assert numbers.cotangent is not None
    here = answer(linear, numbers)
    for direction, gradient in derivatives(linear, numbers).items():
        array = getattr(numbers, ROLES[direction])
        assert gradient.shape == array.shape
        for at in list(np.ndindex(array.shape))[seed % 3 :: 3]:
            more = array.copy()
            more[at] += 1
            difference = answer(linear, replace(numbers, **{ROLES[direction]: more})) - here
            assert gradient[at] == (difference * numbers.cotangent).sum()


@settings(REPEATABLE, max_examples=100)
@given(problem=problems(ranks=(1, 2), largest=2), seed=SEEDS)
def test_a_relu_lets_through_what_belongs_to_outputs_above_zero(problem: Problem, seed: int) -> None:
    lit, linear = replace(problem, activation="relu"), replace(problem, activation=None)
    numbers = integers(problem, seed)
    assert numbers.cotangent is not None
    masked = replace(numbers, cotangent=np.where(answer(linear, numbers) > 0, numbers.cotangent, 0))
    through, expected = derivatives(lit, numbers), derivatives(linear, masked)
    assert {name: array.tolist() for name, array in through.items()} == {
        name: array.tolist() for name, array in expected.items()
    }


@settings(REPEATABLE, max_examples=150)
@given(problem=problems(kinds=("transposed",), batches=(0, 1, 2)), seed=SEEDS)
def test_the_inner_product_with_an_output_is_that_of_the_input_with_its_convolution(
    problem: Problem, seed: int
) -> None:
    """<conv(y), x> = <y, conv_T(x)>, whichever of the two is called transposed."""
    plain = replace(problem, use_bias=False, activation=None)
    numbers = integers(plain, seed)
    image = numbers.cotangent
    assert image is not None
    there = layer(plain, numbers.x, numbers.filters, None)
    back = definition.layer(image, numbers.filters, None, plain.adjoint)
    assert (there * image).sum() == (back.astype(object) * numbers.x).sum()


def test_integers_do_not_overflow() -> None:
    problem = line(1, 1, kind="conv", channels=2)
    assert layer(problem, np.full((1, 1, 2), 2**62), np.full((1, 2, 1), 2**62), None).tolist() == [[[2**125]]]
