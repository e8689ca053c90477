"""A case is a problem with what is asked of it, in one line."""

import dataclasses
import shlex
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import REPEATABLE, problems

from convformance.reference.case import MEMORIES, NUMBERS, SPECIALS, Case, parse_case
from convformance.reference.directions import DIRECTIONS
from convformance.reference.errors import ProblemError, TextError
from convformance.reference.precision import PRECISIONS
from convformance.reference.text import EXAMPLE, parse_problem

SPECIAL_RELU = "special values are asked without activation, which may hide them"
EVERY = tuple(PRECISIONS)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Cases of every kind, direction, dtype and number: what can't be asked is drawn again."""
    for _ in range(20):
        fields: dict[str, Any] = {
            "problem": draw(problems(dtypes=EVERY, batches=(0, 1, 2))),
            "direction": draw(st.sampled_from(DIRECTIONS)),
            "numbers": draw(st.sampled_from(NUMBERS)),
            "memory": draw(st.sampled_from(MEMORIES)),
        }
        with suppress(ProblemError):
            return Case(**fields)
    return Case(fields["problem"])


def test_a_case_asks_for_the_forward_direction_on_exact_numbers_unless_told() -> None:
    case = Case(parse_problem(EXAMPLE))
    assert (case.direction, case.numbers, case.memory) == ("forward", "exact", "dense")
    assert str(case) == f"{EXAMPLE}.forward.exact"


def test_views_are_said_last() -> None:
    case = Case(parse_problem(EXAMPLE), numbers="real", memory="view")
    assert str(case) == f"{EXAMPLE}.forward.real.view"


def test_the_text_of_a_problem_alone_is_its_forward_case_on_exact_numbers() -> None:
    assert parse_case(EXAMPLE) == Case(parse_problem(EXAMPLE)) == parse_case(f"{EXAMPLE}.forward.exact")


@settings(REPEATABLE, max_examples=150)
@given(case=cases())
def test_a_case_and_its_text_give_each_other_back(case: Case) -> None:
    assert parse_case(str(case)) == case
    assert str(parse_case(str(case))) == str(case)


@settings(REPEATABLE, max_examples=150)
@given(case=cases())
def test_a_text_is_safe_in_a_shell_and_as_a_test_id(case: Case) -> None:
    text = str(case)
    assert shlex.quote(text) == text
    assert not set(text) & set("[]: /\\\t\n'\"")


@pytest.mark.parametrize(
    "parts",
    [
        "",
        "forward",
        "exact",
        "exact.forward",
        "backward.exact",
        "forward.integers",
        "forward.exact.dense",
        "forward.exact.view.view",
        "forward.exact.",
        "forward.exact\n",
        "forward.view",
        "forward..exact",
        "FORWARD.exact",
    ],
)
def test_a_bad_text_is_refused_with_what_should_stand_there(parts: str) -> None:
    text = f"{EXAMPLE}.{parts}"
    with pytest.raises(TextError) as refusal:
        parse_case(text)
    assert str(refusal.value) == (
        "not the text of a case: after the problem come .forward or another of its directions (forward, dx, dfilters, "
        "dpointwise, dbias, law-channels, law-filters, law-impulse, law-shift, law-stride, law-dilation, law-groups, "
        "law-pointwise, law-linear-x, law-linear-filters, law-adjoint, law-transposed, law-batch, state-sizes, "
        "state-threads, state-compiled, invalid-kernel-too-large, invalid-kernel-zero, invalid-stride-zero, "
        "invalid-stride-negative, invalid-dilation-zero, invalid-dilation-negative, invalid-groups-zero, "
        "invalid-groups-negative, invalid-channels-by-groups, invalid-filters-by-groups, invalid-filters-channels, "
        "invalid-filters-rank, invalid-bias-length, invalid-bias-short, invalid-dtype-mixed, invalid-pads-negative, "
        "invalid-input-rank), then one of .exact, .real, .photo, .nan-x, .inf-x, .minus-inf-x, .nan-filters, "
        ".inf-filters, .nan-bias, .inf-bias, .negative-zero, .subnormal, .overflow, then nothing or one of .view, "
        f".fortran, .strided, .broadcast: got {parts!r} in {text!r}; like {EXAMPLE}.forward.exact"
    )


PLAIN = EXAMPLE.replace("-relu", "")
SEPARABLE = "separable2d-n2-i9x8-c4-f6-x2-k3x2-s2x1-psame-d1x2-g4-b-f32"
REFUSED = [
    (PLAIN, "dpointwise", "exact", "only a separable convolution has pointwise filters"),
    (PLAIN.replace("-b", ""), "dbias", "real", "the problem has no bias"),
    (PLAIN.replace("-b", ""), "forward", "nan-bias", "the problem has no bias"),
    (PLAIN.replace("-b", ""), "forward", "inf-bias", "the problem has no bias"),
    (PLAIN, "dx", "photo", "photo numbers are for the forward direction"),
    (PLAIN, "law-batch", "nan-x", "nan-x numbers are for the forward direction"),
    (PLAIN, "state-sizes", "overflow", "overflow numbers are for the forward direction"),
    (PLAIN, "law-batch", "real", "laws, behaviour and refusals are judged on exact numbers"),
    (PLAIN, "state-threads", "real", "laws, behaviour and refusals are judged on exact numbers"),
    (PLAIN, "invalid-kernel-zero", "real", "laws, behaviour and refusals are judged on exact numbers"),
    (PLAIN.replace("f32", "i32"), "forward", "real", "int32 has exact numbers only"),
    (PLAIN.replace("f32", "i64"), "forward", "nan-x", "int64 has exact numbers only"),
    (PLAIN.replace("f32", "i64"), "dx", "exact", "int64 has no gradients"),
    (PLAIN.replace("f32", "i32"), "dbias", "exact", "int32 has no gradients"),
    *((EXAMPLE, "forward", name, SPECIAL_RELU) for name in SPECIALS),
]


@pytest.mark.parametrize(("problem", "direction", "numbers", "why"), REFUSED)
def test_what_has_no_answer_is_refused_with_the_reason(problem: str, direction: str, numbers: str, why: str) -> None:
    text = f"{problem}.{direction}.{numbers}"
    with pytest.raises(ProblemError) as refusal:
        parse_case(text)
    assert str(refusal.value) == f"no such case: {why}: got {text}"


@pytest.mark.parametrize(
    ("problem", "direction", "numbers"),
    [
        (SEPARABLE, "dpointwise", "real"),
        (PLAIN, "dbias", "exact"),
        (EXAMPLE, "dx", "real"),
        (PLAIN.replace("f32", "i32"), "forward", "photo"),
        (PLAIN.replace("f32", "i64"), "law-batch", "exact"),
        (PLAIN.replace("-b", ""), "forward", "nan-x"),
        *((PLAIN, "forward", name) for name in NUMBERS),
    ],
)
def test_what_has_an_answer_is_asked(problem: str, direction: str, numbers: str) -> None:
    text = f"{problem}.{direction}.{numbers}"
    assert str(parse_case(text)) == text


@pytest.mark.parametrize("memory", MEMORIES[1:])
def test_how_arrays_lie_is_said_last(memory: str) -> None:
    case = parse_case(f"{EXAMPLE}.forward.exact.{memory}")
    assert case.memory == memory
    assert str(case) == f"{EXAMPLE}.forward.exact.{memory}"


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_case_knows_whether_it_asks_for_a_gradient_or_a_refusal(direction: str) -> None:
    case = Case(parse_problem(SEPARABLE), direction)
    assert case.is_gradient == (direction in {"dx", "dfilters", "dpointwise", "dbias"})
    assert case.is_invalid == direction.startswith("invalid-")


def test_special_numbers_are_those_that_are_neither_exact_nor_real_nor_a_photograph() -> None:
    assert (*SPECIALS, "exact", "real", "photo") == (*NUMBERS[3:], *NUMBERS[:3])


def test_a_bad_problem_is_refused_as_one() -> None:
    with pytest.raises(TextError, match="not the text of a problem: expected -n and the batch"):
        parse_case("conv2d.forward.exact")
    with pytest.raises(TextError, match="not the text of a problem: expected the dtype last"):
        parse_case(f"{EXAMPLE}\n.forward.exact")
    with pytest.raises(ProblemError, match="groups must be a positive integer"):
        parse_case(EXAMPLE.replace("-g2", "-g0") + ".forward.exact")


def test_a_case_can_not_be_changed() -> None:
    case = Case(parse_problem(EXAMPLE))
    with pytest.raises(dataclasses.FrozenInstanceError):
        case.numbers = "real"  # type: ignore[misc]
