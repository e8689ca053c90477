"""The fast formulation is the definition: bit for bit on integers, within its own error bound on real numbers."""

import importlib
import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import REPEATABLE, Array, integers, problems, reals

from convformance.reference import oracle
from convformance.reference.bounds import gamma
from convformance.reference.definition import layer
from convformance.reference.oracle import Evaluation, evaluate
from convformance.reference.problem import Problem

SEEDS = st.integers(0, 2**32 - 1)


def magnitude_by_definition(problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
    """The definition itself on absolute values, before the activation."""
    absolute_bias = None if bias is None else np.abs(bias)
    return layer(np.abs(x), np.abs(filters), absolute_bias, replace(problem, activation=None))


def require_equal(evaluation: Evaluation, problem: Problem, numbers: tuple[Array, Array, Array | None]) -> None:
    for computed, defined in (
        (evaluation.value, layer(*numbers, problem)),
        (evaluation.magnitude, magnitude_by_definition(problem, *numbers)),
    ):
        assert computed.dtype == np.float64
        assert defined.dtype == np.int64
        assert computed.shape == problem.output_shape
        assert computed.astype(np.int64).tolist() == defined.tolist()


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_on_integers_value_and_magnitude_are_those_of_the_definition(rank: int) -> None:
    @settings(REPEATABLE, max_examples=800)
    @given(problem=problems(ranks=(rank,)), seed=SEEDS)
    def check(problem: Problem, seed: int) -> None:
        numbers = integers(problem, seed)
        require_equal(evaluate(problem, *numbers), problem, numbers)

    check()


@pytest.mark.parametrize("workspace", [1, 700, 3000])
def test_blocks_of_rows_change_nothing(workspace: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "WORKSPACE_BYTES", workspace)

    @settings(REPEATABLE, max_examples=200)
    @given(problem=problems(), seed=SEEDS)
    def check(problem: Problem, seed: int) -> None:
        numbers = integers(problem, seed)
        require_equal(evaluate(problem, *numbers), problem, numbers)

    check()


def test_a_small_workspace_means_more_blocks_of_a_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem(batch=2, spatial=(9, 8), channels=4, filters=6, kernel_size=(3, 2), groups=2, use_bias=True)
    numbers = integers(problem, 0)
    rows: list[int] = []
    gather = oracle._gather

    def counted(block: oracle.Float64, of: Problem) -> oracle.Float64:
        rows.append(block.shape[0])
        return gather(block, of)

    monkeypatch.setattr(oracle, "_gather", counted)
    whole = evaluate(problem, *numbers)
    assert rows == [7, 7]
    rows.clear()
    # A row of outputs is 7 positions of 3 * 2 * 4 inputs in float64.
    monkeypatch.setattr(oracle, "WORKSPACE_BYTES", 3 * 7 * 24 * 8)
    blocks = evaluate(problem, *numbers)
    assert rows == [3, 3, 1, 3, 3, 1]
    assert np.array_equal(whole.value, blocks.value)
    assert np.array_equal(whole.magnitude, blocks.magnitude)


@settings(REPEATABLE, max_examples=200)
@given(problem=problems(), seed=SEEDS)
def test_on_real_numbers_value_and_magnitude_are_within_the_error_of_two_float64_sums(
    problem: Problem, seed: int
) -> None:
    x, filters, bias = reals(problem, seed)
    evaluation = evaluate(problem, x, filters, bias)
    magnitude = magnitude_by_definition(problem, x, filters, bias)
    allowed = 2 * gamma(problem.terms, 2.0**-53) * magnitude
    assert (np.abs(evaluation.value - layer(x, filters, bias, problem)) <= allowed).all()
    assert (np.abs(evaluation.magnitude - magnitude) <= allowed).all()


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_on_integers_the_sums_are_those_of_scipys_correlation(rank: int) -> None:
    correlate = importlib.import_module("scipy.signal").correlate

    @settings(REPEATABLE, max_examples=100)
    @given(problem=problems(ranks=(rank,)), seed=SEEDS)
    def check(problem: Problem, seed: int) -> None:
        spatial = tuple(size + 2 for size in problem.kernel_size)
        plain = Problem(
            batch=problem.batch,
            spatial=spatial,
            channels=problem.channels,
            filters=problem.filters,
            kernel_size=problem.kernel_size,
        )
        x, filters, _ = integers(plain, seed)
        value = evaluate(plain, x, filters, None).value
        for image, which in itertools.product(range(plain.batch), range(plain.filters)):
            maps = [
                correlate(x[image, ..., c], filters[..., c, which], mode="valid", method="direct")
                for c in range(plain.channels)
            ]
            assert value[image, ..., which].tolist() == sum(maps).tolist()

    check()


def test_the_magnitude_is_before_the_activation_and_with_the_bias() -> None:
    problem = Problem(batch=1, spatial=(1,), channels=2, filters=2, kernel_size=(1,), use_bias=True, activation="relu")
    evaluation = evaluate(problem, np.array([[[2, -3]]]), np.array([[[1, -1], [4, 5]]]), np.array([-7, 40]))
    assert evaluation.value.tolist() == [[[0, 23]]]
    assert evaluation.magnitude.tolist() == [[[21, 57]]]


def test_the_operands_stay_as_they_are_whatever_their_layout_in_memory() -> None:
    problem = Problem(batch=2, spatial=(5, 4), channels=4, filters=6, kernel_size=(3, 2), groups=2, use_bias=True)
    x, filters, bias = integers(problem, 1)
    assert bias is not None
    fortran = np.asfortranarray(x), np.asfortranarray(filters), bias.copy()
    for array in (*fortran, x, filters, bias):
        array.setflags(write=False)
    plain, other = evaluate(problem, x, filters, bias), evaluate(problem, *fortran)
    assert np.array_equal(plain.value, other.value)
    assert np.array_equal(plain.magnitude, other.magnitude)


def test_float32_operands_are_evaluated_in_float64() -> None:
    problem = Problem(batch=1, spatial=(1,), channels=2, filters=1, kernel_size=(1,))
    x = np.array([[[2**24, 1]]], dtype=np.float32)
    assert evaluate(problem, x, np.ones((1, 2, 1), dtype=np.float32), None).value.tolist() == [[[2**24 + 1]]]
