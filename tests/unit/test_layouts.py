"""Layouts are transposes of named axes: views, reversible, and never a reshape."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import REPEATABLE, Array

from convformance.reference.layouts import CANONICAL_DATA, CANONICAL_FILTERS, DATA_LAYOUTS, convert, data_layout
from convformance.reference.problem import Kind, Problem

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
