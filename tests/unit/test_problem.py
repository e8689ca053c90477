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
    "padding must be 'valid', 'same', 'causal' (at rank 1, not transposed) or one (before, after) pair of "
    "non-negative integers per spatial axis: got "
)

FITTING = (
    "the dilated kernel must fit into the padded input: got an extent of {} for an input of {} ({}); "
    "use a smaller kernel or dilation, or more padding"
)


DTYPE = "dtype must be 'float16' or 'bfloat16' or 'float32' or 'float64' or 'int32' or 'int64': got "
CROP = "the crop must leave an output: got a size of {} ({}); use smaller pads, or a larger kernel or input"
MORE = "output_padding must be "
LEFT_OUT = "left out, or {}: only explicit pads of a transposed one may have more: got {} for {}"
PLACELESS = "padding_mode must be 'zeros' for {} with padding {}: got {}; the other modes need pads around the input"


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
        (
            {"kind": "pool"},
            "kind must be 'conv' or 'depthwise' or 'separable' or 'transposed': got 'pool' for pool2d",
        ),
        (
            {"kind": "depthwise"},
            "a depthwise convolution has as many groups as channels: got groups=1 and channels=4 for depthwise2d",
        ),
        (
            {"kind": "separable", "multiplier": 1},
            "a separable convolution has as many groups as channels: got groups=1 and channels=4 for separable2d",
        ),
        ({"batch": -1}, "batch must be an integer of at least 0: got -1 for conv2d"),
        ({"batch": True}, "batch must be an integer of at least 0: got True for conv2d"),
        ({"batch": (2,)}, "batch must be an integer of at least 0: got (2,) for conv2d"),
        ({"multiplier": -1}, "multiplier must be an integer of at least 0: got -1 for conv2d"),
        ({"multiplier": 2}, "multiplier must be 1 for conv2d of 4 channels and 6 filters: got 2"),
        (
            {"kind": "depthwise", "groups": 4, "filters": 8, "multiplier": 1},
            "multiplier must be 2 for depthwise2d of 4 channels and 8 filters: got 1",
        ),
        (
            {"kind": "depthwise", "groups": 4},
            "filters must be divisible by groups: got filters=6 and groups=4 for depthwise2d",
        ),
        (
            {"kind": "transposed", "filters": 7, "groups": 2},
            "filters must be divisible by groups: got filters=7 and groups=2 for transposed2d",
        ),
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
        ({"dtype": "float8"}, DTYPE + "'float8' for conv2d"),
        (
            {"spatial": (9,), "kernel_size": (2,), "kind": "transposed", "padding": "causal"},
            PADDING + "'causal' for transposed1d",
        ),
        ({"padding": "causal"}, PADDING + "'causal' for conv2d"),
        ({"output_padding": (1,)}, MORE + "non-negative, one per spatial axis: got (1,) for conv2d"),
        ({"output_padding": (0, -1)}, MORE + "non-negative, one per spatial axis: got (0, -1) for conv2d"),
        ({"output_padding": [0, 0]}, MORE + "non-negative, one per spatial axis: got [0, 0] for conv2d"),
        ({"output_padding": (0, 1)}, MORE + LEFT_OUT.format("(0, 0)", "(0, 1)", "conv2d")),
        (
            {"kind": "transposed", "strides": (2, 5), "output_padding": (0, 0)},
            MORE + LEFT_OUT.format("(0, 2)", "(0, 0)", "transposed2d"),
        ),
        (
            {"kind": "transposed", "strides": (2, 1), "padding": ((1, 1), (1, 1)), "output_padding": (1, 1)},
            MORE + "below the strides (2, 1): got (1, 1) for transposed2d",
        ),
        (
            {"padding_mode": "mirror"},
            "padding_mode must be 'zeros' or 'reflect' or 'replicate' or 'circular': got 'mirror' for conv2d",
        ),
        ({"padding_mode": "reflect"}, PLACELESS.format("conv2d", "'valid'", "'reflect'")),
        (
            {"spatial": (9,), "kernel_size": (2,), "padding": "causal", "padding_mode": "replicate"},
            PLACELESS.format("conv1d", "'causal'", "'replicate'"),
        ),
        (
            {"kind": "transposed", "padding": "same", "padding_mode": "circular"},
            PLACELESS.format("transposed2d", "'same'", "'circular'"),
        ),
        (
            {"spatial": (28, 3), "padding": ((1, 1), (0, 3)), "padding_mode": "reflect"},
            "padding_mode 'reflect' has at most 2 cells to show beside an axis of 3: got pads (0, 3) for conv2d",
        ),
        (
            {"spatial": (3, 28), "padding": ((4, 0), (0, 0)), "padding_mode": "circular"},
            "padding_mode 'circular' has at most 3 cells to show beside an axis of 3: got pads (4, 0) for conv2d",
        ),
        (
            {"kind": "transposed", "spatial": (1, 2), "padding": ((2, 1), (0, 0))},
            CROP.format("(0, 4)", "transposed2d"),
        ),
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
@given(problem=problems(kinds=("conv", "depthwise", "separable")))
def test_outputs_are_the_positions_where_the_kernel_fits(problem: Problem) -> None:
    for axis in range(problem.rank):
        size, extent = problem.spatial[axis] + sum(problem.pads[axis]), problem.kernel_extent[axis]
        fitting = [first for first in range(0, size, problem.strides[axis]) if first + extent <= size]
        assert problem.output_spatial[axis] == len(fitting) > 0


@settings(REPEATABLE, max_examples=300)
@given(problem=problems(kinds=("conv", "depthwise", "separable"), modes=("zeros",)))
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


def test_the_bias_is_no_product() -> None:
    assert changed().products == changed(use_bias=True).products == 36


def test_a_batch_may_be_empty() -> None:
    assert changed(batch=0).input_shape == (0, 28, 28, 4)
    assert changed(batch=0).output_shape == (0, 26, 26, 6)


def test_a_depthwise_convolution_is_a_grouped_one_of_as_many_groups_as_channels() -> None:
    problem = changed(kind="depthwise", groups=4, filters=8)
    assert problem.multiplier == 2
    assert problem.filters_shape == (3, 3, 4, 2)
    assert problem.products == 9
    grouped = problem.as_grouped
    assert grouped == changed(groups=4, filters=8)
    assert grouped.filters_shape == (3, 3, 1, 8)
    assert grouped.as_grouped is grouped


def test_a_separable_convolution_is_a_depthwise_one_with_a_pointwise_one_behind() -> None:
    problem = changed(
        kind="separable",
        groups=4,
        multiplier=3,
        strides=(2, 1),
        padding="same",
        padding_mode="reflect",
        use_bias=True,
        activation="relu",
        dtype="float64",
    )
    assert problem.filters_shape == (3, 3, 4, 3)
    assert problem.output_shape == (4, 14, 28, 6)
    assert problem.products == 9
    depthwise, pointwise = problem.stages
    assert depthwise == changed(
        kind="depthwise",
        filters=12,
        groups=4,
        strides=(2, 1),
        padding="same",
        padding_mode="reflect",
        dtype="float64",
    )
    assert pointwise == changed(
        spatial=(14, 28), channels=12, kernel_size=(1, 1), use_bias=True, activation="relu", dtype="float64"
    )
    assert pointwise.output_shape == problem.output_shape


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "padding", "more", "output"),
    [
        (5, 3, 1, 1, "valid", (), 7),
        (5, 3, 2, 1, "valid", (), 11),
        (5, 2, 3, 1, "valid", (), 15),  # the last stride is there, though no tap reaches so far
        (5, 3, 1, 2, "valid", (), 9),
        (5, 3, 2, 1, "same", (), 10),
        (5, 2, 3, 1, "same", (), 15),
        (5, 4, 1, 1, "same", (), 5),
        (5, 3, 2, 1, ((1, 1),), (), 9),
        (5, 3, 2, 1, ((1, 1),), (1,), 10),
        (5, 3, 2, 1, ((0, 1),), (1,), 11),
        (1, 4, 1, 1, ((1, 2),), (), 1),
    ],
)
def test_output_sizes_of_transposed_convolutions_calculated_by_hand(
    size: int, kernel: int, stride: int, dilation: int, *, padding: Any, more: tuple[int, ...], output: int
) -> None:
    problem = changed(
        kind="transposed",
        spatial=(size,),
        kernel_size=(kernel,),
        strides=(stride,),
        dilation=(dilation,),
        padding=padding,
        output_padding=more,
    )
    assert problem.output_spatial == (output,)
    assert problem.filters_shape == (kernel, 6, 4)


def test_a_transposed_convolution_of_groups_has_filters_of_a_group_s_outputs() -> None:
    problem = changed(kind="transposed", groups=2)
    assert problem.filters_shape == (3, 3, 3, 4)
    assert problem.products == 18


def test_same_crops_the_larger_half_at_the_end() -> None:
    assert changed(kind="transposed", kernel_size=(4, 2), strides=(1, 3), padding="same").pads == ((1, 2), (0, 0))


@settings(REPEATABLE, max_examples=400)
@given(problem=problems(kinds=("transposed",)))
def test_the_adjoint_goes_from_a_transposed_convolutions_output_back_to_its_input(problem: Problem) -> None:
    adjoint = problem.adjoint
    assert (adjoint.kind, adjoint.use_bias, adjoint.activation) == ("conv", False, None)
    assert adjoint.input_shape == problem.output_shape
    assert adjoint.output_shape == problem.input_shape
    assert adjoint.filters_shape == problem.filters_shape
    assert adjoint.precision is problem.precision


@settings(REPEATABLE, max_examples=400)
@given(problem=problems(kinds=("transposed",)))
def test_a_transposed_convolution_reaches_as_far_as_its_last_tap_and_never_further(problem: Problem) -> None:
    for axis in range(problem.rank):
        before, after = problem.pads[axis]
        last = (problem.spatial[axis] - 1) * problem.strides[axis] + problem.kernel_extent[axis] - 1
        assert problem.output_spatial[axis] == last + 1 - before - after + problem.output_padding[axis]
        assert 0 <= problem.output_padding[axis] < problem.strides[axis]
        if problem.padding == "same":
            assert problem.output_spatial[axis] == problem.spatial[axis] * problem.strides[axis]
        if problem.padding == "valid":
            assert problem.output_spatial[axis] == max(last + 1, problem.spatial[axis] * problem.strides[axis])


@settings(REPEATABLE, max_examples=200)
@given(problem=problems(kinds=("separable",)))
def test_the_stages_of_a_separable_convolution_fit_into_each_other(problem: Problem) -> None:
    first, second = problem.stages
    assert first.input_shape == problem.input_shape
    assert first.filters_shape == problem.filters_shape
    assert first.output_shape == second.input_shape
    assert second.output_shape == problem.output_shape
    assert (first.use_bias, first.activation) == (False, None)
    assert (second.use_bias, second.activation) == (problem.use_bias, problem.activation)
    assert first.precision is second.precision is problem.precision


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_the_dtype_names_the_precision(dtype: str) -> None:
    assert changed(dtype=dtype).precision.name == dtype
