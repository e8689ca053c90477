"""A problem is validated with words that help, can't be changed, and knows its shapes."""

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given, settings
from problems import REPEATABLE, problems

from convformance.reference.errors import ProblemError
from convformance.reference.precision import PRECISIONS
from convformance.reference.problem import Problem

VALID = {"batch": 4, "spatial": (28, 28), "channels": 4, "filters": 6, "kernel_size": (3, 3)}
PADDING = (
    "padding must be 'valid', 'same', 'causal' (at rank 1) or one (before, after) pair of non-negative integers per "
    "spatial axis: got "
)

FITTING = (
    "the dilated kernel must fit into the padded input: got an extent of {} for an input of {} ({}); "
    "use a smaller kernel or dilation, or more padding"
)


def changed(**changes: Any) -> Problem:
    return Problem(**{**VALID, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"spatial": ()}, "spatial must be a tuple of 1, 2 or 3 sizes, one per spatial axis: got ()"),
        ({"spatial": [28, 28]}, "spatial must be a tuple of 1, 2 or 3 sizes, one per spatial axis: got [28, 28]"),
        (
            {"spatial": (9, 9, 9, 9)},
            "spatial must be a tuple of 1, 2 or 3 sizes, one per spatial axis: got (9, 9, 9, 9)",
        ),
        ({"spatial": (28, 0)}, "spatial must be positive, one per spatial axis: got (28, 0) for conv2d"),
        ({"spatial": (28, 28.0)}, "spatial must be positive, one per spatial axis: got (28, 28.0) for conv2d"),
        ({"kind": "pool"}, "kind must be 'conv' or 'depthwise': got 'pool' for pool2d"),
        (
            {"kind": "depthwise"},
            "a depthwise convolution has as many groups as channels: got groups=1 and channels=4 for depthwise2d",
        ),
        ({"batch": 0}, "batch must be a positive integer: got 0 for conv2d"),
        ({"batch": True}, "batch must be a positive integer: got True for conv2d"),
        ({"batch": (2,)}, "batch must be a positive integer: got (2,) for conv2d"),
        ({"channels": -3}, "channels must be a positive integer: got -3 for conv2d"),
        ({"channels": "3"}, "channels must be a positive integer: got '3' for conv2d"),
        ({"filters": 0}, "filters must be a positive integer: got 0 for conv2d"),
        ({"filters": 2.0}, "filters must be a positive integer: got 2.0 for conv2d"),
        ({"groups": 0}, "groups must be a positive integer: got 0 for conv2d"),
        ({"kernel_size": 3}, "kernel_size must be positive, one per spatial axis: got 3 for conv2d"),
        ({"kernel_size": (3,)}, "kernel_size must be positive, one per spatial axis: got (3,) for conv2d"),
        ({"kernel_size": ()}, "kernel_size must be positive, one per spatial axis: got () for conv2d"),
        ({"kernel_size": (3, 0)}, "kernel_size must be positive, one per spatial axis: got (3, 0) for conv2d"),
        ({"strides": (0, 2)}, "strides must be positive, one per spatial axis: got (0, 2) for conv2d"),
        ({"strides": (1, 1, 1)}, "strides must be positive, one per spatial axis: got (1, 1, 1) for conv2d"),
        ({"strides": 2}, "strides must be positive, one per spatial axis: got 2 for conv2d"),
        ({"dilation": (1, -1)}, "dilation must be positive, one per spatial axis: got (1, -1) for conv2d"),
        ({"dilation": [2, 2]}, "dilation must be positive, one per spatial axis: got [2, 2] for conv2d"),
        (
            {"channels": 5, "groups": 2},
            "channels must be divisible by groups: got channels=5 and groups=2 for conv2d",
        ),
        ({"filters": 7, "groups": 2}, "filters must be divisible by groups: got filters=7 and groups=2 for conv2d"),
        ({"padding": "full"}, PADDING + "'full' for conv2d"),
        ({"padding": 1}, PADDING + "1 for conv2d"),
        ({"padding": [(1, 1), (1, 1)]}, PADDING + "[(1, 1), (1, 1)] for conv2d"),
        ({"padding": ((1, 1),)}, PADDING + "((1, 1),) for conv2d"),
        ({"padding": (1, 1)}, PADDING + "(1, 1) for conv2d"),
        ({"padding": ((1, 1), (1, 1, 1))}, PADDING + "((1, 1), (1, 1, 1)) for conv2d"),
        ({"padding": ((0, 0), (0, -1))}, PADDING + "((0, 0), (0, -1)) for conv2d"),
        ({"padding": ((0, 0), (0, True))}, PADDING + "((0, 0), (0, True)) for conv2d"),
        ({"use_bias": 1}, "use_bias must be False or True: got 1 for conv2d"),
        ({"use_bias": None}, "use_bias must be False or True: got None for conv2d"),
        ({"activation": "tanh"}, "activation must be None or 'relu': got 'tanh' for conv2d"),
        ({"activation": False}, "activation must be None or 'relu': got False for conv2d"),
        ({"dtype": "float16"}, "dtype must be 'float32' or 'float64': got 'float16' for conv2d"),
        (
            {"spatial": (28, 6), "kernel_size": (3, 4), "dilation": (1, 2)},
            FITTING.format("(3, 7)", "(28, 6)", "conv2d"),
        ),
        (
            {"spatial": (2,), "kernel_size": (5,), "padding": ((1, 1),)},
            FITTING.format("(5,)", "(4,)", "conv1d"),
        ),
    ],
)
def test_what_is_no_convolution_is_refused_with_what_was_given_and_what_is_allowed(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ProblemError) as refusal:
        changed(**changes)
    assert str(refusal.value) == message


def test_a_problem_error_is_a_value_error() -> None:
    assert issubclass(ProblemError, ValueError)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Problem)])
def test_a_problem_can_not_be_changed(field: str) -> None:
    problem = changed()
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(problem, field, 7)


def test_equal_problems_are_one_key() -> None:
    assert {changed(strides=(1, 1)): "kept"}[changed()] == "kept"
    assert changed(strides=(2, 1)) != changed(strides=(1, 2))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_what_is_left_out_is_one_per_axis_and_nothing_else(rank: int) -> None:
    problem = changed(spatial=(9,) * rank, kernel_size=(2,) * rank)
    assert problem.strides == problem.dilation == (1,) * rank
    assert problem.pads == ((0, 0),) * rank
    assert (problem.padding, problem.groups, problem.use_bias) == ("valid", 1, False)
    assert (problem.activation, problem.dtype, problem.rank) == (None, "float32", rank)
    assert problem.kind_and_rank == f"conv{rank}d"


def test_a_plain_convolution_pads_with_zeros_and_adds_nothing_to_its_output() -> None:
    problem = changed()
    assert (problem.kind, problem.padding_mode, problem.output_padding) == ("conv", "zeros", (0, 0))


def test_four_images_of_28_by_28_under_two_filters_of_3_by_3_give_26_by_26() -> None:
    problem = Problem(batch=4, spatial=(28, 28), channels=3, filters=2, kernel_size=(3, 3), activation="relu")
    assert problem.input_shape == (4, 28, 28, 3)
    assert problem.filters_shape == (3, 3, 3, 2)
    assert problem.output_shape == (4, 26, 26, 2)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "padding", "output"),
    [
        (5, 3, 1, 1, "valid", 3),
        (5, 3, 2, 1, "valid", 2),
        (6, 3, 2, 1, "valid", 2),  # the last cell is left over
        (7, 3, 1, 2, "valid", 3),  # the dilated kernel reaches over 5 cells
        (7, 3, 1, 3, "valid", 1),
        (5, 3, 2, 1, ((1, 0),), 2),
        (5, 3, 2, 1, ((1, 1),), 3),
        (1, 4, 1, 1, ((0, 3),), 1),
        (224, 7, 2, 1, ((3, 3),), 112),
        (224, 7, 2, 1, "same", 112),
        (5, 1, 3, 1, "valid", 2),  # a stride larger than the kernel
    ],
)
def test_output_sizes_calculated_by_hand(
    size: int, kernel: int, stride: int, dilation: int, *, padding: Any, output: int
) -> None:
    problem = changed(spatial=(size,), kernel_size=(kernel,), strides=(stride,), dilation=(dilation,), padding=padding)
    assert problem.output_spatial == (output,)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "pads"),
    [
        (5, 3, 1, 1, (1, 1)),
        (5, 2, 1, 1, (0, 1)),  # odd in total: the larger half goes after
        (5, 4, 1, 1, (1, 2)),
        (6, 3, 2, 1, (0, 1)),
        (5, 3, 2, 1, (1, 1)),
        (224, 7, 2, 1, (2, 3)),
        (7, 2, 1, 3, (1, 2)),
        (9, 1, 4, 1, (0, 0)),  # never negative, though the stride skips cells
        (8, 2, 3, 1, (0, 0)),
        (1, 5, 1, 1, (2, 2)),
    ],
)
def test_same_pads_calculated_by_hand(
    size: int, kernel: int, stride: int, dilation: int, pads: tuple[int, int]
) -> None:
    problem = changed(spatial=(size,), kernel_size=(kernel,), strides=(stride,), dilation=(dilation,), padding="same")
    assert problem.pads == (pads,)
    assert problem.output_spatial == (-(-size // stride),)


def test_every_axis_has_its_own_numbers() -> None:
    problem = changed(spatial=(9, 8), kernel_size=(3, 2), strides=(2, 1), dilation=(1, 2), padding="same")
    assert problem.kernel_extent == (3, 3)
    assert problem.pads == ((1, 1), (1, 1))
    assert problem.output_spatial == (5, 8)
    assert changed(padding=((0, 1), (2, 3))).output_spatial == (27, 31)


@settings(REPEATABLE, max_examples=300)
@given(problem=problems())
def test_outputs_are_the_positions_where_the_kernel_fits(problem: Problem) -> None:
    for axis in range(problem.rank):
        size, extent = problem.spatial[axis] + sum(problem.pads[axis]), problem.kernel_extent[axis]
        fitting = [first for first in range(0, size, problem.strides[axis]) if first + extent <= size]
        assert problem.output_spatial[axis] == len(fitting) > 0


@settings(REPEATABLE, max_examples=300)
@given(problem=problems())
def test_same_gives_the_size_over_the_stride_with_the_larger_half_after(problem: Problem) -> None:
    same = dataclasses.replace(problem, padding="same")
    assert same.output_spatial == tuple(math.ceil(n / s) for n, s in zip(same.spatial, same.strides, strict=True))
    assert all(after - before in {0, 1} for before, after in same.pads)


@pytest.mark.parametrize(
    ("channels", "groups", "kernels_per_filter"), [(3, 1, 3), (256, 1, 256), (256, 4, 64), (256, 256, 1)]
)
def test_a_filter_has_one_kernel_per_channel_it_sees(channels: int, groups: int, kernels_per_filter: int) -> None:
    problem = changed(channels=channels, groups=groups, filters=256)
    assert problem.filters_shape == (3, 3, kernels_per_filter, 256)
    assert problem.products == 9 * kernels_per_filter


def test_the_bias_is_one_term_more() -> None:
    assert changed().terms == 36
    assert changed(use_bias=True).terms == 37
    assert changed(use_bias=True).products == 36


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_the_dtype_names_the_precision(dtype: str) -> None:
    assert changed(dtype=dtype).precision.name == dtype
