"""The three products of a convolution, block by block, by every way that the engine has."""

import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from problems import REPEATABLE, integers, problems
from threadpoolctl import threadpool_limits

from convformance.reference import engine, meetings, tapwise
from convformance.reference.axes import PaddingMode
from convformance.reference.blocks import SCRATCH
from convformance.reference.padding import folded, folds
from convformance.reference.problem import Problem

SEEDS = st.integers(0, 2**32 - 1)
CONVS = problems(kinds=("conv",), batches=(0, 1, 2))
GROUPED = Problem(batch=2, spatial=(5, 4), channels=6, filters=4, kernel_size=(3, 2), padding="same", groups=2)


@pytest.mark.parametrize("positions", [1, 3, 20])
@pytest.mark.parametrize("way", ["rows", "planes", "taps", "far"])
def test_no_way_to_compute_changes_a_sum(positions: int, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CACHE_BYTES", 0)
    monkeypatch.setattr(engine, "LEAST_POSITIONS", positions)
    monkeypatch.setattr(engine, "_planes", lambda _: way == "planes")
    for sizes in ("SMALL", "ROW"):
        monkeypatch.setattr(tapwise, sizes, range(2**40 if way == "taps" else 0))
    monkeypatch.setattr(tapwise, "CACHE_BYTES", 8 * positions)
    if way == "far":
        monkeypatch.setattr(engine, "MOST_BYTES", 0)
        monkeypatch.setattr(tapwise, "MOST_BYTES", 0)

    @settings(REPEATABLE, max_examples=60)
    @example(problem=GROUPED, seed=0)
    @given(problem=CONVS, seed=SEEDS)
    def check(problem: Problem, seed: int) -> None:
        numbers = integers(problem, seed)
        assert numbers.cotangent is not None
        bare = replace(problem, use_bias=False, activation=None)
        sums = meetings.layer(bare, numbers.x, numbers.filters, None)
        both = engine.output_and_magnitude(bare, numbers.x, numbers.filters)
        assert both[0].tolist() == engine.output(bare, numbers.x, numbers.filters).tolist() == sums.tolist()
        assert both[1].tolist() == meetings.layer(bare, abs(numbers.x), abs(numbers.filters), None).tolist()
        expected = meetings.gradients(bare, numbers.x, numbers.filters, None, numbers.cotangent)
        assert engine.input_from(bare, numbers.cotangent, numbers.filters).tolist() == expected["dx"].tolist()
        assert engine.filters_from(bare, numbers.x, numbers.cotangent).tolist() == expected["dfilters"].tolist()

    check()


@pytest.mark.parametrize(
    "problem",
    [
        Problem(batch=2, spatial=(300, 300), channels=16, filters=4, kernel_size=(7, 7), padding="same"),
        Problem(batch=1, spatial=(3, 20000), channels=64, filters=8, kernel_size=(3, 3)),
        Problem(batch=1, spatial=(9, 60, 60), channels=32, filters=4, kernel_size=(5, 5, 5)),
        Problem(batch=2, spatial=(400, 400), channels=64, filters=64, kernel_size=(3, 3), groups=64),
        Problem(
            batch=1, spatial=(65, 65), channels=1024, filters=8, kernel_size=(3, 3), padding="same", dilation=(36, 36)
        ),
        Problem(batch=32, spatial=(9, 8), channels=512, filters=8, kernel_size=(7, 7), padding="same"),
    ],
    ids=str,
)
def test_what_stands_beside_operands_and_answer_stays_below_64_mib(problem: Problem) -> None:
    x, filters = np.ones(problem.input_shape), np.ones(problem.filters_shape)
    y = np.ones(problem.output_shape)
    for compute, arrays, answer in (
        (engine.output, (x, filters), problem.output_shape),
        (engine.input_from, (y, filters), problem.input_shape),
        (engine.filters_from, (x, y), problem.filters_shape),
    ):
        SCRATCH._flat.clear()
        tracemalloc.start()
        with threadpool_limits(1):
            compute(problem, *arrays)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak - 8 * math.prod(answer) <= 64 * 2**20


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
    inner_sums = folded(problem, spread)
    assert inner_sums.shape == problem.input_shape
    assert inner_sums.flags.c_contiguous
    if problem.padding_mode != "zeros":
        assert inner_sums.sum() == spread.sum()
    else:
        inner = tuple(
            slice(before, before + size) for (before, _), size in zip(problem.pads, problem.spatial, strict=True)
        )
        assert inner_sums.tolist() == spread[(slice(None), *inner)].tolist()


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
    assert folds(line) == places
    plane = Problem(
        batch=1, spatial=(3, 3), channels=1, filters=1, kernel_size=(1, 1), padding=(pads, pads), padding_mode=mode
    )
    assert folds(plane) == places**2


@settings(REPEATABLE, max_examples=200)
@given(problem=problems(kinds=("conv",)))
def test_the_cell_of_most_meetings_is_found(problem: Problem) -> None:
    found: dict[tuple[int, ...], set[tuple[tuple[int, ...], tuple[int, ...]]]] = {}
    for (image, *cell, _), (*tap, _, _), (_, *position, _) in meetings.meetings(problem):
        if image == 0:
            found.setdefault(tuple(cell), set()).add((tuple(position), tuple(tap)))
    most = max((len(pairs) for pairs in found.values()), default=0)
    assert engine.most_meetings(problem) == most
