"""The definition, on numbers that anyone can check by hand: most kernels are digits in the places of a number."""

from dataclasses import replace

import numpy as np
import pytest
from problems import Array

from convformance.reference.axes import PaddingMode
from convformance.reference.definition import feature_map, filter_map, layer, meeting_cell
from convformance.reference.problem import Padding, Problem

TENS_AND_ONES = np.array([10, 1])


def line(size: int, *, stride: int = 1, dilation: int = 1, padding: Padding = "valid") -> Problem:
    """Two taps over one channel of one dimension."""
    return Problem(
        batch=1,
        spatial=(size,),
        channels=1,
        filters=1,
        kernel_size=(2,),
        strides=(stride,),
        dilation=(dilation,),
        padding=padding,
    )


def one_cell(channels: int, filters: int, *, groups: int = 1, use_bias: bool = False, relu: bool = False) -> Problem:
    """One tap over a single cell: nothing but channels and filters."""
    return Problem(
        batch=1,
        spatial=(1,),
        channels=channels,
        filters=filters,
        kernel_size=(1,),
        groups=groups,
        use_bias=use_bias,
        activation="relu" if relu else None,
    )


def test_a_kernel_slides_and_is_not_flipped() -> None:
    assert feature_map(np.array([1, 2, 3]), TENS_AND_ONES, line(3)).tolist() == [12, 23]


def test_a_kernel_of_two_dimensions_is_neither_flipped_nor_transposed() -> None:
    channel = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    kernel = np.array([[1000, 100], [10, 1]])
    problem = Problem(batch=1, spatial=(3, 3), channels=1, filters=1, kernel_size=(2, 2))
    assert feature_map(channel, kernel, problem).tolist() == [[1245, 2356], [4578, 5689]]


def test_a_kernel_of_three_dimensions_is_neither_flipped_nor_transposed() -> None:
    channel = np.arange(1, 9).reshape(2, 2, 2)
    kernel = np.array([10**7, 10**6, 10**5, 10**4, 1000, 100, 10, 1]).reshape(2, 2, 2)
    problem = Problem(batch=1, spatial=(2, 2, 2), channels=1, filters=1, kernel_size=(2, 2, 2))
    assert feature_map(channel, kernel, problem).tolist() == [[[12345678]]]


@pytest.mark.parametrize(
    ("pads", "expected"),
    [
        ((1, 0), [1, 12, 23]),
        ((0, 1), [12, 23, 30]),
        ((0, 2), [12, 23, 30, 0]),
        ((2, 1), [0, 1, 12, 23, 30]),
    ],
)
def test_pads_before_and_after_are_cells_of_zeros(pads: tuple[int, int], expected: list[int]) -> None:
    assert feature_map(np.array([1, 2, 3]), TENS_AND_ONES, line(3, padding=(pads,))).tolist() == expected


def test_same_pads_after_where_one_cell_is_missing() -> None:
    assert feature_map(np.array([1, 2, 3]), TENS_AND_ONES, line(3, padding="same")).tolist() == [12, 23, 30]


def test_pads_belong_to_their_axis() -> None:
    channel = np.array([[1, 2], [3, 4]])
    kernel = np.array([[10, 1]])
    problem = Problem(batch=1, spatial=(2, 2), channels=1, filters=1, kernel_size=(1, 2), padding=((1, 0), (0, 1)))
    assert feature_map(channel, kernel, problem).tolist() == [[0, 0], [12, 20], [34, 40]]


@pytest.mark.parametrize(("stride", "expected"), [(1, [12, 23, 34, 45]), (2, [12, 34]), (3, [12, 45]), (4, [12])])
def test_a_stride_skips_positions(stride: int, expected: list[int]) -> None:
    assert feature_map(np.array([1, 2, 3, 4, 5]), TENS_AND_ONES, line(5, stride=stride)).tolist() == expected


@pytest.mark.parametrize(("dilation", "expected"), [(1, [12, 23, 34, 45]), (2, [13, 24, 35]), (4, [15])])
def test_a_dilation_spreads_the_taps(dilation: int, expected: list[int]) -> None:
    assert feature_map(np.array([1, 2, 3, 4, 5]), TENS_AND_ONES, line(5, dilation=dilation)).tolist() == expected


def test_a_stride_starts_in_the_padded_cells() -> None:
    problem = line(5, stride=2, dilation=2, padding=((1, 2),))
    assert feature_map(np.array([1, 2, 3, 4, 5]), TENS_AND_ONES, problem).tolist() == [2, 24, 40]


def test_a_filter_adds_the_maps_of_its_kernels_and_its_bias_once() -> None:
    channels = [np.array([1, 2, 3]), np.array([4, 5, 6])]
    kernels = [np.array([10, 1]), np.array([1000, 100])]
    assert filter_map(channels, kernels, 0, line(3)).tolist() == [4512, 5623]
    assert filter_map(channels, kernels, 70000, line(3)).tolist() == [74512, 75623]


def test_a_filter_needs_a_kernel_for_every_channel() -> None:
    with pytest.raises(ValueError, match="shorter"):
        filter_map([np.array([1, 2, 3])] * 2, [TENS_AND_ONES], 0, line(3))


def test_every_filter_sees_every_channel_and_has_its_own_bias() -> None:
    x = np.array([[[1, 2, 3]]])
    filters = np.array([[[100, 1], [10, 10], [1, 100]]])
    assert layer(x, filters, None, one_cell(3, 2)).tolist() == [[[123, 321]]]
    assert layer(x, filters, np.array([5000, 7000]), one_cell(3, 2, use_bias=True)).tolist() == [[[5123, 7321]]]


def test_groups_do_not_see_each_other() -> None:
    x = np.array([[[1, 2, 3, 4]]])
    filters = np.array([[[10, 100, 10, 100], [1, 1, 1, 1]]])
    # Filters 0 and 1 see channels 1 and 2 of the image's 1, 2, 3, 4; filters 2 and 3 see the others.
    assert layer(x, filters, None, one_cell(4, 4, groups=2)).tolist() == [[[12, 102, 34, 304]]]


def test_with_a_group_per_channel_each_filter_sees_one_channel() -> None:
    x = np.array([[[1, 2, 3]]])
    filters = np.array([[[10, 100, 10, 100, 10, 100]]])
    assert layer(x, filters, None, one_cell(3, 6, groups=3)).tolist() == [[[10, 100, 20, 200, 30, 300]]]


def test_images_of_a_batch_do_not_see_each_other() -> None:
    x = np.array([[[1], [2], [3]], [[4], [5], [6]]])
    problem = Problem(batch=2, spatial=(3,), channels=1, filters=1, kernel_size=(2,))
    assert layer(x, TENS_AND_ONES.reshape(2, 1, 1), None, problem).tolist() == [[[12], [23]], [[45], [56]]]


def test_relu_puts_zero_in_the_place_of_negative_sums_behind_the_bias() -> None:
    x = np.array([[[1]]])
    filters = np.array([[[-2, 3, -5, 4]]])
    bias = np.array([7, -9, 5, -3])
    assert layer(x, filters, bias, one_cell(1, 4, use_bias=True, relu=True)).tolist() == [[[5, 0, 0, 1]]]
    assert layer(x, filters, bias, one_cell(1, 4, use_bias=True)).tolist() == [[[5, -6, 0, 1]]]


def test_the_result_has_the_dtype_of_the_input() -> None:
    filters = np.array([[[0.5]]])
    result = layer(np.array([[[3.0]]]), filters, None, one_cell(1, 1))
    assert result.dtype == np.float64
    assert result.tolist() == [[[1.5]]]
    assert layer(np.array([[[3]]], dtype=np.int32), np.array([[[2]]]), None, one_cell(1, 1)).dtype == np.int32


@pytest.mark.parametrize("kernel", [np.array([1, 1]), np.array([2, 0])])
def test_integers_do_not_overflow_inside_the_sum(kernel: Array) -> None:
    assert feature_map(np.array([2**62, 2**62]), kernel, line(2)).tolist() == [2**63]


def test_a_sum_that_fits_again_at_last_is_exact() -> None:
    x = np.array([[[2**62, 2**62, -(2**62), -5]]])
    filters = np.array([[[2], [2], [3], [1]]])
    assert layer(x, filters, None, one_cell(4, 1)).tolist() == [[[2**62 - 5]]]


@pytest.mark.parametrize("relu", [False, True])
def test_a_sum_that_does_not_fit_is_an_error_and_not_a_wrong_number(relu: bool) -> None:
    x = np.array([[[2**62, 2**62]]])
    with pytest.raises(OverflowError):
        layer(x, np.ones((1, 2, 1), dtype=np.int64), None, one_cell(2, 1, relu=relu))


def test_each_kernel_of_a_channel_makes_a_map_of_its_own_in_a_depthwise_convolution() -> None:
    x = np.array([[[1, 2]]])
    # Channel 0 has the kernels 10 and 100, channel 1 has 1000 and 10000; its maps stand side by side.
    filters = np.array([[[10, 100], [1000, 10000]]])
    problem = replace(one_cell(2, 4, groups=2), kind="depthwise", multiplier=0)
    assert layer(x, filters, None, problem).tolist() == [[[10, 100, 2000, 20000]]]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("reflect", [32, 21, 12, 23, 32]), ("replicate", [11, 11, 12, 23, 33]), ("circular", [23, 31, 12, 23, 31])],
)
def test_pads_may_show_cells_of_the_input(mode: PaddingMode, expected: list[int]) -> None:
    problem = replace(line(3, padding=((2, 1),)), padding_mode=mode)
    assert feature_map(np.array([1, 2, 3]), TENS_AND_ONES, problem).tolist() == expected


def test_a_tap_in_a_pad_of_zeros_meets_no_cell_and_any_other_meets_one() -> None:
    zeros = Problem(batch=1, spatial=(3, 2), channels=1, filters=1, kernel_size=(2, 2), padding=((1, 0), (0, 1)))
    circular = replace(zeros, padding_mode="circular")
    assert meeting_cell((0, 0), (1, 1), zeros) == meeting_cell((0, 0), (1, 1), circular) == (0, 1)
    assert meeting_cell((0, 0), (0, 1), zeros) is None
    assert meeting_cell((1, 1), (0, 1), zeros) is None
    assert meeting_cell((0, 0), (0, 1), circular) == (2, 1)
    assert meeting_cell((0, 1), (0, 1), circular) == (2, 0)


def test_a_batch_of_no_image_has_no_output() -> None:
    problem = Problem(batch=0, spatial=(3,), channels=1, filters=2, kernel_size=(2,))
    assert layer(np.zeros((0, 3, 1)), np.ones((2, 1, 2)), None, problem).shape == (0, 2, 2)


def test_causal_pads_only_before() -> None:
    problem = Problem(batch=1, spatial=(4,), channels=1, filters=1, kernel_size=(2,), dilation=(2,), padding="causal")
    assert feature_map(np.array([1, 2, 3, 4]), TENS_AND_ONES, problem).tolist() == [1, 2, 13, 24]
