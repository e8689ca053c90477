"""Every law holds for the reference, and for each there is an implementation that breaks it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import REPEATABLE, Array, integers, problems

from convformance.reference.case import Case
from convformance.reference.directions import LAWS
from convformance.reference.errors import BlindCaseError
from convformance.reference.laws import Compute, require_applicable, sides
from convformance.reference.numbers import operands
from convformance.reference.operands import Operands
from convformance.reference.oracle import evaluate
from convformance.reference.posing import pose
from convformance.reference.problem import KINDS, Kind, Problem
from convformance.reference.text import parse_problem

SEEDS = st.integers(0, 2**32 - 1)
TEXTS = [
    "conv1d-n2-i9-c4-f6-k3-s2-pvalid-d2-g1-b-f32",
    "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-pvalid-d1x2-g2-b-f32",
    "conv2d-n2-i5x4-c3-f4-k1x1-s1x1-p1+0x0+2-d1x1-g1-b-relu-f32",
    "conv2d-n2-i5x4-c3-f4-k1x1-s1x1-pvalid-d1x1-g1-f64",
    "conv1d-n2-i4-c3-f4-k1-s1-p0+1-mreflect-d1-g1-b-f32",
    "conv2d-n2-i6x5-c4-f6-k2x3-s1x2-p1+0x0+2-d1x1-g2-b-f64",
    "conv2d-n2-i6x5-c2-f4-k2x2-s1x2-psame-mcircular-d1x1-g1-b-f32",
    "conv1d-n2-i9-c2-f3-k3-s1-pcausal-d2-g1-i32",
    "conv2d-n2-i6x5-c2-f4-k2x2-s2x2-p1+1x1+1-d1x1-g2-b-i64",
    "conv1d-n2-i6-c2-f2-k2-s2-pvalid-d1-g1-b-f16",
    "conv1d-n2-i6-c2-f2-k2-s2-pvalid-d1-g1-b-bf16",
    "conv3d-n2-i4x3x4-c2-f2-k2x1x2-s1x1x2-pvalid-d1x2x2-g2-b-f32",
    "depthwise2d-n2-i6x5-c3-f6-k2x3-s1x2-pvalid-d2x1-g3-b-f32",
    "transposed2d-n2-i4x3-c4-f6-k3x2-s2x1-pvalid-d1x2-g2-b-f32",
    "transposed2d-n2-i4x3-c4-f6-k3x2-s2x2-p1+0x0+1-o1x0-d1x2-g1-b-f32",
    "transposed1d-n2-i4-c2-f3-k3-s2-psame-d1-g1-i64",
    "separable2d-n2-i6x5-c2-f3-x2-k2x2-s1x1-psame-d1x1-g2-b-relu-f32",
]


def oracle(problem: Problem, given: Operands, direction: str) -> Array:
    return evaluate(problem, given, direction).value.astype(problem.precision.numpy_dtype)


def few(law: str, problem: Problem) -> Operands:
    """The numbers of a late attempt: small enough to be added up in the problem's own format."""
    return operands(Case(problem, law), attempt=11)


def holds(law: str, problem: Problem, numbers: Operands, compute: Compute = oracle) -> bool:
    pairs = list(sides(law, problem, numbers, compute))
    assert pairs
    for got, expected in pairs:
        assert got.shape == expected.shape
    return all(np.array_equal(got, expected) for got, expected in pairs)


def speaks(law: str, problem: Problem) -> bool:
    with suppress(BlindCaseError):
        require_applicable(law, problem)
        return True
    return False


SPOKEN = [(law, text) for law in LAWS for text in TEXTS if speaks(law, parse_problem(text))]


def test_each_law_speaks_of_a_problem_here() -> None:
    assert {law for law, _ in SPOKEN} == set(LAWS)


@pytest.mark.parametrize(("law", "text"), SPOKEN)
def test_a_law_holds_for_the_reference_in_the_problems_own_format(law: str, text: str) -> None:
    problem = parse_problem(text)
    assert holds(law, problem, few(law, problem))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("law", LAWS)
def test_a_law_holds_for_the_reference_wherever_it_speaks(law: str, kind: Kind) -> None:
    @settings(REPEATABLE, max_examples=50)
    @given(problem=problems(kinds=(kind,), ranks=(1, 2), dtypes=("float64", "int64")), seed=SEEDS)
    def check(problem: Problem, seed: int) -> None:
        for asked in (problem, replace(problem, activation=None)):
            if speaks(law, asked):
                assert holds(law, asked, integers(asked, seed))

    check()


def wrong(change: Callable[[Problem, Operands, str], tuple[Problem, Operands]]) -> Compute:
    """An implementation that takes one problem for another."""
    return lambda problem, given, direction: oracle(*change(problem, given, direction), direction)


def off(change: Callable[[Problem, Array, str], Array]) -> Compute:
    """An implementation that spoils the answer."""
    return lambda problem, given, direction: change(problem, oracle(problem, given, direction), direction)


def flipped(given: Operands) -> Operands:
    return replace(given, filters=given.filters[::-1])


def swapped(given: Operands) -> Operands:
    return replace(given, x=np.roll(given.x, 1, axis=-1))


def biased(given: Operands, change: Callable[[Array], Array]) -> Operands:
    return given if given.bias is None else replace(given, bias=change(given.bias))


def without_bias(problem: Problem, given: Operands) -> tuple[Problem, Operands]:
    return replace(problem, use_bias=False), replace(given, bias=None)


def by_place(problem: Problem, answer: Array, _: str) -> Array:
    return np.asarray(answer + np.arange(problem.filters, dtype=answer.dtype))


def by_column(_: Problem, answer: Array, __: str) -> Array:
    return np.asarray(answer * (1 + np.arange(answer.shape[-2], dtype=answer.dtype)[:, np.newaxis]))


def only(direction: str) -> Compute:
    """Whose answers in one direction are one too many."""
    return off(lambda _, answer, asked: answer + (asked == direction))


PLAIN = "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-b-f32"
BROKEN: list[tuple[str, str, str, Compute]] = [
    (
        "law-channels",
        "leaves out the last of several channels",
        PLAIN,
        wrong(lambda p, g, _: (p, replace(g, x=g.x * (np.arange(p.channels) < max(p.channels - 1, 1))))),
    ),
    ("law-channels", "adds the bias twice", PLAIN, wrong(lambda p, g, _: (p, biased(g, lambda b: 2 * b)))),
    ("law-filters", "weighs filters by their place", PLAIN, off(by_place)),
    (
        "law-filters",
        "weighs filters by their place",
        "transposed2d-n2-i4x3-c4-f6-k3x2-s2x1-pvalid-d1x2-g1-b-f32",
        off(by_place),
    ),
    (
        "law-filters",
        "gives every filter the same bias",
        PLAIN,
        wrong(lambda p, g, _: (p, biased(g, lambda b: b[[0] * len(b)]))),
    ),
    ("law-impulse", "flips the kernel", PLAIN, wrong(lambda p, g, _: (p, flipped(g)))),
    ("law-impulse", "exchanges channels", PLAIN, wrong(lambda p, g, _: (p, swapped(g)))),
    ("law-impulse", "exchanges filters", PLAIN, off(lambda _, y, __: np.roll(y, 1, axis=-1))),
    (
        "law-impulse",
        "mixes up groups",
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-p1+0x1+1-d1x2-g2-b-f32",
        wrong(lambda p, g, _: (p, replace(g, x=np.roll(g.x, 2, axis=-1)))),
    ),
    ("law-shift", "weighs outputs by their place", PLAIN, off(by_column)),
    (
        "law-stride",
        "starts at the second cell where there is a stride",
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-pvalid-d1x2-g2-b-f32",
        wrong(lambda p, g, _: (p, replace(g, x=np.roll(g.x, -1, axis=1)) if max(p.strides) > 1 else g)),
    ),
    (
        "law-dilation",
        "flips kernels that are dilated",
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-pvalid-d1x2-g2-b-f32",
        wrong(lambda p, g, _: (p, flipped(g) if max(p.dilation) > 1 else g)),
    ),
    (
        "law-groups",
        "mixes channels of several groups",
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-pvalid-d1x2-g2-b-f32",
        wrong(lambda p, g, _: (p, swapped(g) if p.groups > 1 else g)),
    ),
    (
        "law-groups",
        "mixes filters of several groups",
        "transposed2d-n2-i4x3-c4-f6-k3x2-s2x1-pvalid-d1x2-g2-b-f32",
        off(lambda p, y, _: np.roll(y, 1, axis=-1) if p.groups > 1 else y),
    ),
    ("law-pointwise", "exchanges channels", TEXTS[2], wrong(lambda p, g, _: (p, swapped(g)))),
    ("law-pointwise", "leaves out the activation", TEXTS[2], wrong(lambda p, g, _: (replace(p, activation=None), g))),
    ("law-pointwise", "leaves out the bias", TEXTS[2], wrong(lambda p, g, _: without_bias(p, g))),
    ("law-linear-x", "takes absolute values", PLAIN, wrong(lambda p, g, _: (p, replace(g, x=np.abs(g.x))))),
    ("law-linear-x", "adds one", PLAIN, off(lambda _, y, __: y + 1)),
    (
        "law-linear-filters",
        "takes absolute values",
        PLAIN,
        wrong(lambda p, g, _: (p, replace(g, filters=np.abs(g.filters)))),
    ),
    ("law-adjoint", "has another dx", PLAIN, only("dx")),
    ("law-adjoint", "has another dfilters", PLAIN, only("dfilters")),
    ("law-adjoint", "has another dbias", PLAIN, only("dbias")),
    ("law-adjoint", "has another output", PLAIN, only("forward")),
    (
        "law-transposed",
        "flips the kernel of a transposed convolution",
        "transposed2d-n2-i4x3-c4-f6-k3x2-s2x2-p1+0x0+1-o1x0-d1x2-g1-b-f32",
        wrong(lambda p, g, _: (p, flipped(g) if p.kind == "transposed" else g)),
    ),
    (
        "law-batch",
        "gives every image the first one's answer",
        PLAIN,
        off(lambda _, y, __: np.repeat(y[:1], len(y), axis=0)),
    ),
    ("law-batch", "exchanges images", PLAIN, off(lambda _, y, __: y[::-1])),
]


def test_each_law_is_broken_by_somebody() -> None:
    assert {law for law, *_ in BROKEN} == set(LAWS)


@pytest.mark.parametrize(("law", "how", "text", "compute"), BROKEN, ids=[f"{law}: {how}" for law, how, *_ in BROKEN])
def test_an_implementation_that_breaks_a_law_is_seen(law: str, how: str, text: str, compute: Compute) -> None:
    problem = parse_problem(text)
    numbers = few(law, problem)
    assert holds(law, problem, numbers)
    assert not holds(law, problem, numbers, compute), how


CONV = "conv1d-n2-i9-c4-f6-k3-s2-pvalid-d2-g2-f32"


@pytest.mark.parametrize(
    ("law", "text"),
    [
        ("law-channels", CONV),
        ("law-channels", "conv1d-n2-i9-c1-f6-k3-s2-pvalid-d2-g1-f32"),
        ("law-channels", "transposed1d-n2-i9-c4-f6-k3-s2-pvalid-d2-g1-f32"),
        ("law-channels", "conv1d-n2-i9-c4-f6-k3-s2-pvalid-d2-g1-relu-f32"),
        ("law-filters", CONV),
        ("law-filters", "conv1d-n2-i9-c4-f1-k3-s2-pvalid-d2-g1-f32"),
        ("law-filters", "separable1d-n2-i9-c4-f6-x1-k3-s2-pvalid-d2-g4-f32"),
        ("law-impulse", CONV.replace("valid", "same")),
        ("law-impulse", CONV.replace("valid", "1+1-mreflect")),
        ("law-impulse", CONV.replace("-f32", "-relu-f32")),
        ("law-impulse", "transposed1d-n2-i9-c4-f6-k3-s2-pvalid-d2-g1-f32"),
        ("law-shift", CONV.replace("valid", "1+1")),
        ("law-shift", CONV.replace("i9", "i6")),
        ("law-shift", "transposed1d-n2-i9-c4-f6-k3-s2-pvalid-d2-g1-f32"),
        ("law-stride", CONV.replace("s2", "s1")),
        ("law-stride", CONV.replace("valid", "same")),
        ("law-dilation", CONV.replace("d2", "d1")),
        ("law-dilation", "separable1d-n2-i9-c4-f6-x1-k3-s2-pvalid-d2-g4-f32"),
        ("law-groups", CONV.replace("g2", "g1")),
        ("law-groups", "depthwise1d-n2-i9-c4-f8-k3-s2-pvalid-d2-g4-f32"),
        ("law-pointwise", CONV),
        ("law-pointwise", "conv1d-n2-i9-c4-f6-k1-s2-pvalid-d1-g1-f32"),
        ("law-pointwise", "conv1d-n2-i9-c4-f6-k1-s1-pvalid-d1-g2-f32"),
        ("law-linear-x", "separable1d-n2-i9-c4-f6-x1-k3-s2-pvalid-d2-g4-f32"),
        ("law-linear-x", CONV.replace("-f32", "-relu-f32")),
        ("law-linear-filters", "separable1d-n2-i9-c4-f6-x1-k3-s2-pvalid-d2-g4-f32"),
        ("law-adjoint", "separable1d-n2-i9-c4-f6-x1-k3-s2-pvalid-d2-g4-f32"),
        ("law-adjoint", CONV.replace("-f32", "-relu-f32")),
        ("law-adjoint", CONV.replace("-f32", "-i32")),
        ("law-impulse", CONV.replace("n2", "n0")),
        ("law-transposed", CONV),
        ("law-batch", CONV.replace("n2", "n1")),
        ("law-batch", CONV.replace("n2", "n0")),
    ],
)
def test_what_a_law_says_nothing_of_is_refused(law: str, text: str) -> None:
    problem = parse_problem(text)
    assert not speaks(law, problem)
    with pytest.raises(BlindCaseError) as refusal:
        pose(Case(problem, law))
    assert str(refusal.value) == f"{law} says nothing of {problem}"


@pytest.mark.parametrize("law", ["law-batch", "law-filters", "law-pointwise"])
def test_a_relu_hides_nothing_of_some_laws(law: str) -> None:
    problem = parse_problem(TEXTS[2])
    assert problem.activation == "relu"
    assert speaks(law, problem)


def test_answers_are_compared_in_a_format_that_holds_them() -> None:
    for dtype, wide in (("bfloat16", np.float64), ("float32", np.float64), ("int32", np.int64)):
        problem = replace(parse_problem(TEXTS[0]), dtype=dtype)
        for got, expected in sides("law-batch", problem, few("law-batch", problem), oracle):
            assert got.dtype == expected.dtype == wide


def test_an_answer_that_is_not_finite_keeps_no_law_of_sums() -> None:
    problem = Problem(batch=2, spatial=(5, 4), channels=2, filters=3, kernel_size=(2, 2))
    numbers = replace(integers(problem, 1), bias=None)

    def infinite(asked: Problem, given: Operands, direction: str) -> Array:
        return np.full_like(evaluate(asked, given, direction).value, np.inf)

    for got, expected in sides("law-adjoint", problem, numbers, infinite):
        assert np.isnan(got)
        assert np.isnan(expected)
