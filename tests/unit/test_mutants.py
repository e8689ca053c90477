"""Generated mutants: the tables are the definition, the same seed gives the same ones, and what can be seen is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import REPEATABLE, integers, problems

from convformance.adapters.faulty import Faulty
from convformance.adapters.numpy_reference import Reference
from convformance.reference.case import parse_case
from convformance.reference.mutants.changes import Change
from convformance.reference.mutants.equivalence import witness
from convformance.reference.mutants.guards import TRAITS, Choice, Guard
from convformance.reference.mutants.mutant import Mutant, generate
from convformance.reference.mutants.tables import ANSWERS, INPUT, OUTPUT, WEIGHT, add_up, arrays_of, axes_of, rows_of
from convformance.reference.oracle import evaluate
from convformance.reference.problem import Kind, Problem
from convformance.tests.conformance.runner import judge_case
from convformance.tests.conformance.score.mutation import render, score

ONE_STAGE: tuple[Kind, ...] = ("conv", "depthwise", "transposed")
CASES = (
    "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32.forward.exact",
    "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32.dx.exact",
    "conv1d-n3-i9-c3-f5-k3-s1-p1+0-d1-g1-b-f32.dbias.real",
    "transposed2d-n2-i5x4-c4-f6-k3x2-s2x1-pvalid-d1x1-g2-b-f32.dfilters.exact",
)
FLIPPED = Mutant("forward", "products", Change(-2, "counted from the other end", WEIGHT), (), ())
DROPPED = Mutant("dx", "products", Change(0, "left out"), (Choice(0, OUTPUT, "all but the first"),), ())
"""The second image and those after it get no gradient."""


@given(problem=problems(kinds=ONE_STAGE, dtypes=("float64", "int64")), seed=st.integers(0, 2**32 - 1))
@REPEATABLE
def test_the_tables_are_the_definition(problem: Problem, seed: int) -> None:
    problem = replace(problem, activation=None)
    numbers = integers(problem, seed)
    tables = [rows_of(axis) for axis in axes_of(problem)]
    counts = [np.ones(len(rows), np.int64) for rows in tables]
    arrays = arrays_of(problem, "products", numbers.x, numbers.filters, numbers.cotangent)
    for direction in ("forward", "dx", "dfilters"):
        got = add_up(tables, counts, arrays, ANSWERS[direction])
        if direction == "forward" and numbers.bias is not None:
            of_bias = [rows_of(axis) for axis in axes_of(problem, "bias")]
            ones = [np.ones(len(rows), np.int64) for rows in of_bias]
            got += add_up(of_bias, ones, arrays_of(problem, "bias", numbers.x, numbers.bias, None), OUTPUT)
        right = evaluate(problem, numbers, direction).value
        np.testing.assert_array_equal(got.reshape(right.shape), right)


@given(problem=problems(kinds=ONE_STAGE, dtypes=("float64",)), place=st.integers(0, 399))
@REPEATABLE
def test_a_mutant_differs_by_what_its_tables_say(problem: Problem, place: int) -> None:
    mutant = replace(generate(7, 400)[place], guards=())
    differing = mutant.differing(problem)
    if differing is None:
        return
    axes = axes_of(problem, mutant.part)
    right = [mutant.table(axes, of)[0] for of in range(len(axes))]
    changed = mutant.change.axis % len(axes)
    rows, counts = differing[0][changed], differing[1][changed]
    assert counts.all()
    assert len(np.unique(rows, axis=0)) == len(rows)
    for of in set(range(len(axes))) - {changed}:
        assert set(map(tuple, right[of])) <= set(map(tuple, rows_of(axes[of])))


def test_the_same_seed_gives_the_same_mutants() -> None:
    mutants = generate(1, 300)
    assert mutants == generate(1, 300)
    assert mutants[:50] == generate(1, 50)
    assert mutants != generate(2, 300)
    assert len(set(mutants)) == len(set(map(str, mutants))) == 300
    assert [mutant.number for mutant in mutants] == list(range(300))


def test_these_are_the_mutants_on_every_machine() -> None:
    second = "the input index along images is exchanged with its neighbour's"
    assert [str(mutant) for mutant in generate(1, 3)] == [
        "dx of the products: the last but one has no pad before, if all strides are 1",
        f"dx of the products: {second}, if the output is one wide, if the rank is 2",
        "dbias of the bias: the weight index along channels is counted from the other end",
    ]


@pytest.mark.parametrize("mutant", [FLIPPED, DROPPED])
def test_an_obvious_mutant_is_seen(mutant: Mutant) -> None:
    found = score([mutant], CASES)
    assert list(found.seen) == [mutant]
    assert found.share == 1


@pytest.mark.parametrize(
    "mutant",
    [
        replace(FLIPPED, guards=(Guard("the kernel has one tap"),)),
        replace(FLIPPED, guards=(Guard("the rank is {}", 1), Guard("the rank is {}", 2))),
        replace(FLIPPED, direction="dx", guards=(Guard("the dtype is {}", "int32"),)),
        replace(FLIPPED, guards=(Guard("there is one image"),), choices=(Choice(0, INPUT, "all but the first"),)),
        replace(FLIPPED, guards=(Guard("there is one filter"), Guard("there are groups"))),
        replace(FLIPPED, change=Change(-3, "always the first"), guards=(Guard("the rank is {}", 1),)),
        Mutant("forward", "products", Change(-4, "the stride of the axis before"), (), (Guard("the rank is {}", 2),)),
        Mutant("dbias", "bias", Change(-1, "left out"), (), (Guard("there is no bias"),)),
    ],
    ids=str,
)
def test_an_equivalent_mutant_is_set_aside(mutant: Mutant) -> None:
    assert witness(mutant) is None
    assert score([mutant], CASES).equivalent == [mutant]


def test_a_survivor_comes_with_a_problem_that_shows_it() -> None:
    guards = Guard("there are above {} channels", 32), Guard("the padding mode is {}", "reflect")
    hidden = replace(FLIPPED, guards=guards)
    found = score([hidden, DROPPED], CASES, seed=9)
    assert list(found.survivors) == [hidden]
    problem = found.survivors[hidden]
    assert hidden.applies(problem)
    assert problem.channels > 32
    assert found.share == 0.5
    text = render(found)
    assert str(problem) in text
    assert "1 of them" not in text
    assert "(50.00%)" in text
    assert str(hidden) in text


def test_every_trait_has_a_problem_that_has_it() -> None:
    for name, trait in TRAITS.items():
        for amount in trait.amounts:
            mutant = Mutant("forward", "products", Change(-2, "left out"), (), (Guard(name, amount),))
            problem = witness(mutant)
            assert problem is not None, name
            assert mutant.applies(problem), name


@pytest.mark.parametrize("kind", ONE_STAGE)
@pytest.mark.parametrize("strides", ["a stride is above 1", "all strides are 1"])
def test_a_long_axis_of_one_output_shows_a_mutant(kind: str, strides: str) -> None:
    names = ("the output is one wide", strides)
    guards = (Guard("the kind is {}", kind), Guard("the input is above {} wide", 32), *map(Guard, names))
    mutant = Mutant("dfilters", "products", Change(-3, "no pad before"), (), guards)
    problem = witness(mutant)
    assert problem is not None
    assert mutant.applies(problem)
    assert problem.output_spatial[-1] == 1
    assert problem.spatial[-1] > 32


@pytest.mark.parametrize("text", CASES)
def test_in_front_of_an_adapter_it_is_what_the_score_says(text: str) -> None:
    case = parse_case(text)
    showing = [m for m in generate(3, 2000) if m.direction == case.direction and m.applies(case.problem)]
    assert len(showing) > 3
    for mutant in showing[:20]:
        seen = bool(score([mutant], [text]).seen)
        assert judge_case(Faulty(Reference(), mutant.as_fault()), case).fails is seen, mutant
