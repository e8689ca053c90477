"""Layouts are transposes of named axes: views, reversible, and never a reshape."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import REPEATABLE, Array

from convformance.reference.layouts import (
    CANONICAL_DATA,
    CANONICAL_FILTERS,
    DATA_LAYOUTS,
    axes_of,
    canonical_filters,
    convert,
    data_layout,
    lay_filters,
)
from convformance.reference.problem import KINDS, Kind, Problem

FILTER_LAYOUTS = ["".join(letters) for letters in permutations("*IO")]
LAYOUT_PAIRS = [(source, target) for source in FILTER_LAYOUTS for target in FILTER_LAYOUTS]

# Two filters of 2x2 kernels over 3 channels. The digits of a number say which tap it is: row, column, channel, filter.
KERAS = np.array(
    [
        [[[1111, 1112], [1121, 1122], [1131, 1132]], [[1211, 1212], [1221, 1222], [1231, 1232]]],
        [[[2111, 2112], [2121, 2122], [2131, 2132]], [[2211, 2212], [2221, 2222], [2231, 2232]]],
    ]
)
TORCH = np.array(
    [
        [[[1111, 1211], [2111, 2211]], [[1121, 1221], [2121, 2221]], [[1131, 1231], [2131, 2231]]],
        [[[1112, 1212], [2112, 2212]], [[1122, 1222], [2122, 2222]], [[1132, 1232], [2132, 2232]]],
    ]
)

# Two groups of three filters and two channels, one-dimensional kernels of two taps: the digits are tap, group, filter
# of the group, channel of the group. As Keras has them a row is a filter of every group; as MLX has them, of one.
OF_ALL_CHANNELS = np.array(
    [
        [[1111, 1112, 1211, 1212], [1121, 1122, 1221, 1222], [1131, 1132, 1231, 1232]],
        [[2111, 2112, 2211, 2212], [2121, 2122, 2221, 2222], [2131, 2132, 2231, 2232]],
    ]
)
GROUP_BY_GROUP = np.array(
    [
        [[1111, 1112], [2111, 2112]],
        [[1121, 1122], [2121, 2122]],
        [[1131, 1132], [2131, 2132]],
        [[1211, 1212], [2211, 2212]],
        [[1221, 1222], [2221, 2222]],
        [[1231, 1232], [2231, 2232]],
    ]
)
LAYOUTS_BY_GROUP = ["".join(parts) for parts in permutations(["*", "(GO)", "I"])]


def numbered(*shape: int) -> Array:
    return np.arange(np.prod(shape)).reshape(shape)


def test_keras_k_k_channels_filters_and_torch_filters_channels_k_k() -> None:
    assert KERAS.shape == (2, 2, 3, 2)
    assert TORCH.shape == (2, 3, 2, 2)
    assert convert(KERAS, "*IO", "OI*").tolist() == TORCH.tolist()
    assert convert(TORCH, "OI*", "*IO").tolist() == KERAS.tolist()


def test_keras_to_torch_is_a_transpose_and_not_a_reshape() -> None:
    assert convert(KERAS, "*IO", "OI*").tolist() != KERAS.reshape(TORCH.shape).tolist()
    assert np.array_equal(convert(KERAS, "*IO", "OI*"), KERAS.transpose(3, 2, 0, 1))


def test_the_spatial_axes_keep_their_order() -> None:
    keras = numbered(5, 3, 4, 8)
    torch = convert(keras, "*IO", "OI*")
    assert torch.shape == (8, 4, 5, 3)
    assert torch[7, 2, 4, 1] == keras[4, 1, 2, 7]


@pytest.mark.parametrize(
    ("name", "layout", "shape"),
    [("HWIO", "*IO", (5, 3, 4, 8)), ("OIHW", "OI*", (8, 4, 5, 3)), ("OHWI", "O*I", (8, 5, 3, 4))],
)
def test_the_names_that_the_frameworks_use(name: str, layout: str, shape: tuple[int, ...]) -> None:
    by_name = {"H": 5, "W": 3, "I": 4, "O": 8}
    assert convert(numbered(5, 3, 4, 8), CANONICAL_FILTERS["conv"], layout).shape == shape
    assert tuple(by_name[letter] for letter in name) == shape


@pytest.mark.parametrize(("source", "target"), LAYOUT_PAIRS)
def test_there_and_back_is_the_same_array_at_every_rank(source: str, target: str) -> None:
    @settings(REPEATABLE, max_examples=30)
    @given(shape=st.lists(st.integers(1, 4), min_size=3, max_size=5).map(tuple))
    def check(shape: tuple[int, ...]) -> None:
        array = numbered(*shape)
        there = convert(array, source, target)
        assert np.array_equal(convert(there, target, source), array)
        assert sorted(there.shape) == sorted(shape)

    check()


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("source", "target"), LAYOUT_PAIRS)
def test_a_detour_over_a_third_layout_changes_nothing(source: str, target: str, rank: int) -> None:
    array = numbered(*range(2, rank + 4))
    for between in FILTER_LAYOUTS:
        detour = convert(convert(array, source, between), between, target)
        assert np.array_equal(detour, convert(array, source, target))


def test_data_goes_from_channels_last_to_channels_first() -> None:
    image = np.array([[[1, 2, 3], [4, 5, 6]]])
    assert convert(image, "N*C", "NC*").tolist() == [[[1, 4], [2, 5], [3, 6]]]
    assert convert(numbered(2, 5, 4, 3), CANONICAL_DATA, data_layout("channels_first")).shape == (2, 3, 5, 4)


def test_a_conversion_is_a_view() -> None:
    array = numbered(5, 3, 4, 8)
    view = convert(array, "*IO", "OI*")
    assert np.shares_memory(view, array)
    array[4, 1, 2, 7] = -1
    assert view[7, 2, 4, 1] == -1


@pytest.mark.parametrize(
    ("source", "target"),
    [("*IO", "OI"), ("*IO", "N*C"), ("*IIO", "*IIO"), ("IO", "OI"), ("**O", "O**"), ("*IO", "*IOM"), ("", "")],
)
def test_layouts_of_other_axes_are_refused(source: str, target: str) -> None:
    with pytest.raises(ValueError, match="layouts must name the same axes") as refusal:
        convert(numbered(3, 3, 4, 8), source, target)
    assert str(refusal.value) == (
        f"layouts must name the same axes once each, with one * for the spatial ones: got {source!r} and {target!r}"
    )


def test_an_array_with_too_few_axes_is_refused() -> None:
    with pytest.raises(ValueError, match="takes at least") as refusal:
        convert(numbered(3), "*IO", "OI*")
    assert str(refusal.value) == "layout '*IO' takes at least 2 axes: got shape (3,)"


def test_an_array_without_spatial_axes_is_converted() -> None:
    assert convert(numbered(4, 8), "*IO", "OI*").shape == (8, 4)


def test_the_data_layouts_have_names() -> None:
    assert {name: data_layout(name) for name in DATA_LAYOUTS} == {"channels_last": "N*C", "channels_first": "NC*"}


def test_an_unknown_data_layout_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="data_layout") as refusal:
        data_layout("NHWC")
    assert str(refusal.value) == "data_layout must be one of channels_last, channels_first: got 'NHWC'"


def test_canonical_filters_have_names_by_kind() -> None:
    assert CANONICAL_FILTERS == {"conv": "*IO", "depthwise": "*IM", "transposed": "*OI"}
    shapes = {"conv": (3, 2, 2, 6), "depthwise": (3, 2, 4, 2), "transposed": (3, 2, 3, 4)}
    sizes: tuple[tuple[Kind, int, int], ...] = (("conv", 6, 2), ("depthwise", 8, 4), ("transposed", 6, 2))
    for kind, filters, groups in sizes:
        problem = Problem(
            kind=kind, batch=1, spatial=(9, 9), channels=4, filters=filters, kernel_size=(3, 2), groups=groups
        )
        assert problem.filters_shape == shapes[kind]


def test_transposed_filters_go_from_keras_to_torch_by_two_exchanges() -> None:
    keras = numbered(5, 3, 8, 4)
    torch = convert(keras, CANONICAL_FILTERS["transposed"], "IO*")
    assert torch.shape == (4, 8, 5, 3)
    assert torch[2, 7, 4, 1] == keras[4, 1, 7, 2]


def test_grouped_transposed_filters_of_mlx_lie_group_by_group() -> None:
    assert OF_ALL_CHANNELS.shape == (2, 3, 4)
    assert GROUP_BY_GROUP.shape == (6, 2, 2)
    assert lay_filters(OF_ALL_CHANNELS, "transposed", "(GO)*I", 2).tolist() == GROUP_BY_GROUP.tolist()
    assert canonical_filters(GROUP_BY_GROUP, "transposed", "(GO)*I", 2).tolist() == OF_ALL_CHANNELS.tolist()


def test_those_of_ncnn_have_their_taps_innermost() -> None:
    laid = lay_filters(OF_ALL_CHANNELS, "transposed", "(GO)I*", 2)
    assert laid.tolist() == GROUP_BY_GROUP.transpose(0, 2, 1).tolist()


def test_to_lie_group_by_group_is_more_than_an_order_of_axes() -> None:
    laid = lay_filters(numbered(2, 2, 4), "transposed", "(GO)*I", 2)
    assert laid.shape == (4, 2, 2)
    for order in permutations(range(3)):
        assert laid.tolist() != numbered(2, 2, 4).transpose(order).reshape(laid.shape).tolist()


@st.composite
def grouped(draw: st.DrawFn) -> tuple[int, int, int, Array]:
    """How many groups, filters and channels of a group there are, and canonical filters of them."""
    groups, filters, channels = (draw(st.integers(1, 3)) for _ in range(3))
    kernel = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    return groups, filters, channels, numbered(*kernel, filters, groups * channels)


@settings(REPEATABLE, max_examples=100)
@given(one=grouped(), layout=st.sampled_from(LAYOUTS_BY_GROUP))
def test_every_number_is_where_the_layout_says_and_comes_back(one: tuple[int, int, int, Array], layout: str) -> None:
    groups, filters, channels, canonical = one
    laid = lay_filters(canonical, "transposed", layout, groups)
    every = convert(laid, axes_of(layout), "O*I")
    for group in range(groups):
        for each in range(filters):
            seen = canonical[..., each, group * channels : (group + 1) * channels]
            assert every[group * filters + each].tolist() == seen.tolist()
    assert laid.size == canonical.size
    back = canonical_filters(laid, "transposed", layout, groups)
    assert back.shape == canonical.shape
    assert back.tolist() == canonical.tolist()


@pytest.mark.parametrize("layout", LAYOUTS_BY_GROUP)
def test_of_one_group_they_are_as_without_the_word(layout: str) -> None:
    canonical = numbered(5, 2, 3, 4)
    laid = lay_filters(canonical, "transposed", layout, 1)
    assert laid.tolist() == convert(canonical, "*OI", layout.replace("(GO)", "O")).tolist()
    assert np.shares_memory(laid, canonical)
    assert canonical_filters(laid, "transposed", layout, 1).tolist() == canonical.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_other_layouts_are_orders_of_axes_whatever_the_groups(kind: Kind) -> None:
    if kind == "separable":
        return
    canonical, source = numbered(5, 2, 3, 4), CANONICAL_FILTERS[kind]
    for letters in permutations(source):
        layout = "".join(letters)
        laid = lay_filters(canonical, kind, layout, 2)
        assert laid.tolist() == convert(canonical, source, layout).tolist()
        assert np.shares_memory(laid, canonical)
        assert canonical_filters(laid, kind, layout, 2).tolist() == canonical.tolist()


@pytest.mark.parametrize("kind", ["conv", "depthwise"])
@pytest.mark.parametrize("function", [lay_filters, canonical_filters])
def test_only_transposed_filters_have_the_word(kind: str, function: Any) -> None:
    with pytest.raises(ValueError, match="layouts must name the same axes"):
        function(numbered(5, 2, 4), kind, "(GO)*I", 2)


@pytest.mark.parametrize("groups", [3, 0, -1])
def test_channels_that_groups_do_not_divide_stay_together(groups: int) -> None:
    canonical = numbered(5, 3, 4)
    laid = lay_filters(canonical, "transposed", "(GO)*I", groups)
    assert laid.tolist() == convert(canonical, "*OI", "O*I").tolist()


@pytest.mark.parametrize("groups", [2, 0, -1])
def test_filters_that_groups_do_not_divide_are_never_of_a_right_shape(groups: int) -> None:
    # Of two groups of three filters those of one are no answer, though their axes in order have the canonical shape.
    laid = numbered(3, 5, 4)
    back = canonical_filters(laid, "transposed", "(GO)*I", groups)
    assert back.shape == (5, 3, 1, 4)
    assert back[:, :, 0].tolist() == convert(laid, "O*I", "*OI").tolist()
