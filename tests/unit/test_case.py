"""A case is a problem with what is asked of it, in one line."""

import dataclasses
import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import REPEATABLE, problems

from convformance.reference.case import DIRECTIONS, NUMBERS, Case, parse_case
from convformance.reference.errors import ProblemError, TextError
from convformance.reference.text import EXAMPLE, parse_problem


def cases() -> st.SearchStrategy[Case]:
    return st.builds(
        Case,
        problem=problems(),
        direction=st.sampled_from(DIRECTIONS),
        numbers=st.sampled_from(NUMBERS),
        memory=st.sampled_from(("dense", "view")),
    )


def test_a_case_asks_for_the_forward_direction_on_exact_numbers_unless_told() -> None:
    case = Case(parse_problem(EXAMPLE))
    assert (case.direction, case.numbers, case.memory) == ("forward", "exact", "dense")
    assert str(case) == f"{EXAMPLE}.forward.exact"


def test_views_are_said_last() -> None:
    case = Case(parse_problem(EXAMPLE), numbers="real", memory="view")
    assert str(case) == f"{EXAMPLE}.forward.real.view"


def test_the_text_of_a_problem_alone_is_its_forward_case_on_exact_numbers() -> None:
    assert parse_case(EXAMPLE) == Case(parse_problem(EXAMPLE)) == parse_case(f"{EXAMPLE}.forward.exact")


@settings(REPEATABLE, max_examples=300)
@given(case=cases())
def test_a_case_and_its_text_give_each_other_back(case: Case) -> None:
    assert parse_case(str(case)) == case
    assert str(parse_case(str(case))) == str(case)


@settings(REPEATABLE, max_examples=300)
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
        "not the text of a case: after the problem come .forward, then one of .exact, .real, .photo, then .view or "
        f"nothing: got {parts!r} in {text!r}; like {EXAMPLE}.forward.exact"
    )


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
