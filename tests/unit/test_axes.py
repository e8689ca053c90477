"""One spatial axis, written out by hand and beside ``numpy.pad``."""

import math

import numpy as np
import pytest

from convformance.reference.axes import PADDING_MODES, PaddingMode, largest_pad, meetings, same_pads, source

ZERO = -1
NUMPY_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@pytest.mark.parametrize(
    ("mode", "cells"),
    [
        ("zeros", [None, None, None, 0, 1, 2, 3, None, None, None]),
        ("reflect", [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]),
        ("replicate", [0, 0, 0, 0, 1, 2, 3, 3, 3, 3]),
        ("circular", [1, 2, 3, 0, 1, 2, 3, 0, 1, 2]),
    ],
)
def test_what_stands_beside_an_axis_of_four_cells(mode: PaddingMode, cells: list[int | None]) -> None:
    assert [source(place, 4, mode) for place in range(-3, 7)] == cells


@pytest.mark.parametrize("mode", PADDING_MODES)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_modes_are_those_of_numpy_up_to_their_largest_pad(size: int, mode: PaddingMode) -> None:
    limit = largest_pad(size, mode)
    pad = size + 3 if limit is None else limit
    constant = {"constant_values": ZERO} if mode == "zeros" else {}
    padded = np.pad(np.arange(size), pad, mode=NUMPY_MODES[mode], **constant)  # type: ignore[call-overload]
    found = [source(place, size, mode) for place in range(-pad, size + pad)]
    assert [ZERO if cell is None else cell for cell in found] == padded.tolist()


def test_a_mirror_shows_all_cells_but_the_first_and_a_circle_closes_after_one_round() -> None:
    assert {mode: largest_pad(5, mode) for mode in PADDING_MODES} == {
        "zeros": None,
        "reflect": 4,
        "replicate": None,
        "circular": 5,
    }


@pytest.mark.parametrize("size", range(1, 9))
@pytest.mark.parametrize("stride", range(1, 5))
@pytest.mark.parametrize("extent", range(1, 6))
def test_same_pads_give_the_size_over_the_stride_and_not_a_cell_more(size: int, stride: int, extent: int) -> None:
    before, after = same_pads(size, stride, extent)
    wanted = math.ceil(size / stride)
    assert (size + before + after - extent) // stride + 1 == wanted
    assert after - before in {0, 1}
    if before + after:
        assert (size + before + after - 1 - extent) // stride + 1 < wanted


def test_a_table_of_meetings_has_a_row_for_each_position_and_a_column_for_each_tap() -> None:
    assert meetings(5, 3, 2, 2, 1, 1, "zeros").tolist() == [[ZERO, 0], [1, 2], [3, 4]]
    assert meetings(5, 4, 2, 1, 3, 1, "zeros").tolist() == [[ZERO, 2], [0, 3], [1, 4], [2, ZERO]]


@pytest.mark.parametrize(
    ("mode", "first", "last"),
    [("reflect", [1, 1], [3, 3]), ("replicate", [0, 1], [3, 4]), ("circular", [4, 1], [3, 0])],
)
def test_a_table_of_meetings_knows_what_stands_in_the_pads(
    mode: PaddingMode, first: list[int], last: list[int]
) -> None:
    table = meetings(5, 5, 2, 1, 2, 1, mode).tolist()
    assert table == [first, [0, 2], [1, 3], [2, 4], last]
