"""The three products of a convolution, block by block and tap by tap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import REPEATABLE, Array, integers, problems

from convformance.reference import engine, meetings
from convformance.reference.axes import PaddingMode
from convformance.reference.problem import Problem

SEEDS = st.integers(0, 2**32 - 1)
CONVS = problems(kinds=("conv",), batches=(0, 1, 2))


@pytest.mark.parametrize("workspace", [1, 700, 3000])
def test_blocks_of_rows_change_nothing(workspace: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WORKSPACE_BYTES", workspace)

    @settings(REPEATABLE, max_examples=100)
    @given(problem=CONVS, seed=SEEDS)
    def check(problem: Problem, seed: int) -> None:
        numbers = integers(problem, seed)
        sums = meetings.layer(problem, numbers.x, numbers.filters, None)
        if problem.activation is None:
            assert engine.output(problem, numbers.x, numbers.filters).tolist() == sums.tolist()

    check()


def test_a_small_workspace_means_more_blocks_of_a_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem(batch=2, spatial=(9, 8), channels=4, filters=6, kernel_size=(3, 2), groups=2)
    numbers = integers(problem, 0)
    rows: list[int] = []
    gather = engine._gather

    def counted(block: Array, of: Problem) -> Array:
        rows.append(block.shape[0])
        return gather(block, of)

    monkeypatch.setattr(engine, "_gather", counted)
    whole = engine.output(problem, numbers.x, numbers.filters)
    assert rows == [7, 7]
    rows.clear()
    # A row of outputs is 7 positions of 3 * 2 * 4 inputs of 8 bytes.
    monkeypatch.setattr(engine, "WORKSPACE_BYTES", 3 * 7 * 24 * 8)
    blocks = engine.output(problem, numbers.x, numbers.filters)
    assert rows == [3, 3, 1, 3, 3, 1]
    assert np.array_equal(whole, blocks)


@settings(REPEATABLE, max_examples=200)
@given(problem=CONVS, seed=SEEDS)
def test_the_three_products_have_one_inner_product(problem: Problem, seed: int) -> None:
    numbers = integers(problem, seed)
    x, filters, y = numbers.x, numbers.filters, numbers.cotangent
    assert y is not None
    whole = (engine.output(problem, x, filters) * y).sum()
    assert (engine.input_from(problem, y, filters) * x).sum() == whole
    assert (engine.filters_from(problem, x, y) * filters).sum() == whole


@settings(REPEATABLE, max_examples=200)
@given(problem=CONVS, seed=SEEDS)
def test_what_fell_on_zeros_is_dropped_and_on_copies_of_cells_is_added_to_them(problem: Problem, seed: int) -> None:
    numbers = integers(problem, seed)
    assert numbers.cotangent is not None
    spread = engine.spread(problem, numbers.cotangent, numbers.filters)
    folded = engine.folded(problem, spread)
    assert folded.shape == problem.input_shape
    assert folded.flags.c_contiguous
    if problem.padding_mode != "zeros":
        assert folded.sum() == spread.sum()
    else:
        inner = tuple(
            slice(before, before + size) for (before, _), size in zip(problem.pads, problem.spatial, strict=True)
        )
        assert folded.tolist() == spread[(slice(None), *inner)].tolist()


@pytest.mark.parametrize(
    ("mode", "pads", "places"),
    [
        ("zeros", (3, 3), 1),
        ("reflect", (1, 0), 2),
        ("reflect", (2, 2), 3),
        ("replicate", (3, 1), 4),
        ("circular", (1, 1), 2),
        ("circular", (3, 3), 3),
    ],
)
def test_places_of_one_cell_counted_by_hand(mode: PaddingMode, pads: tuple[int, int], places: int) -> None:
    line = Problem(batch=1, spatial=(3,), channels=1, filters=1, kernel_size=(1,), padding=(pads,), padding_mode=mode)
    assert engine.folds(line) == places
    plane = Problem(
        batch=1, spatial=(3, 3), channels=1, filters=1, kernel_size=(1, 1), padding=(pads, pads), padding_mode=mode
    )
    assert engine.folds(plane) == places**2


@settings(REPEATABLE, max_examples=200)
@given(problem=problems(kinds=("conv",)))
def test_the_cell_of_most_meetings_is_found(problem: Problem) -> None:
    found: dict[tuple[int, ...], set[tuple[tuple[int, ...], tuple[int, ...]]]] = {}
    for (image, *cell, _), (*tap, _, _), (_, *position, _) in meetings.meetings(problem):
        if image == 0:
            found.setdefault(tuple(cell), set()).add((tuple(position), tuple(tap)))
    most = max((len(pairs) for pairs in found.values()), default=0)
    assert engine.most_meetings(problem) == most
