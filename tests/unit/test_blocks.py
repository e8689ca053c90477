"""Blocks of output positions, and the cells that they see."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import REPEATABLE, integers, problems

from convformance.reference.axes import meetings
from convformance.reference.blocks import Scratch, blocks, seen, under_taps, windows
from convformance.reference.problem import Problem

PLAIN = problems(kinds=("conv",), batches=(0, 1, 2))


@given(shape=st.lists(st.integers(1, 7), min_size=2, max_size=4).map(tuple), most=st.integers(1, 400))
def test_every_position_stands_in_one_block_in_the_order_of_memory(shape: tuple[int, ...], most: int) -> None:
    every = np.arange(math.prod(shape)).reshape(shape)
    found: list[int] = []
    for block in blocks(shape, most):
        box = tuple(slice(start, start + size) for start, size in zip(block.start, block.shape, strict=True))
        assert block.box == box
        assert every[box].size == block.count <= most
        assert block.first == len(found)
        found += every[box].ravel().tolist()
    assert found == every.ravel().tolist()


@pytest.mark.parametrize(
    ("most", "shapes"),
    [
        (400, [(3, 5, 4)]),
        (40, [(2, 5, 4), (1, 5, 4)]),
        (59, [(2, 5, 4), (1, 5, 4)]),
        (39, [(1, 5, 4)] * 3),
        (19, [(1, 3, 4), (1, 2, 4)] * 3),
        (3, [(1, 1, 2), (1, 1, 2)] * 15),
    ],
)
def test_blocks_are_whole_images_or_rows_or_parts_of_a_row(most: int, shapes: list[tuple[int, ...]]) -> None:
    assert [block.shape for block in blocks((3, 5, 4), most)] == shapes


def test_no_images_are_no_blocks() -> None:
    assert list(blocks((0, 5, 4), 7)) == []


@settings(REPEATABLE, max_examples=200)
@given(problem=PLAIN, seed=st.integers(0, 2**32 - 1), most=st.integers(1, 30), planes=st.booleans())
def test_a_block_sees_what_the_definition_meets(problem: Problem, seed: int, most: int, *, planes: bool) -> None:
    assume(problem.padding_mode == "zeros")
    x = integers(problem, seed).x
    axes = zip(
        problem.spatial,
        problem.output_spatial,
        problem.kernel_size,
        problem.strides,
        problem.dilation,
        (before for before, _ in problem.pads),
        strict=True,
    )
    tables = [
        meetings(size, outputs, count, stride, dilation, before, "zeros")
        for size, outputs, count, stride, dilation, before in axes
    ]
    scratch = Scratch()
    for block in blocks((problem.batch, *problem.output_spatial), most):
        places = scratch.with_zeros(x, seen(problem, block), planes=planes)
        view = windows(problem, block, places)
        by_tap = np.zeros((math.prod(problem.kernel_size), problem.batch, *problem.output_spatial, problem.channels))
        for found, (cells, positions) in zip(by_tap, under_taps(problem, block), strict=True):
            found[positions] = x[cells]
        for index in np.ndindex(*block.shape):
            image, *position = (start + step for start, step in zip(block.start, index, strict=True))
            for number, tap in enumerate(np.ndindex(*problem.kernel_size)):
                cell = [int(table[p, t]) for table, p, t in zip(tables, position, tap, strict=True)]
                expected = np.zeros(problem.channels) if -1 in cell else x[(image, *cell)]
                assert view[(*index, *tap)].ravel().tolist() == expected.tolist()
                assert by_tap[(number, image, *position)].tolist() == expected.tolist()
