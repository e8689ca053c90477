"""What can be asked has one word each, and whatever is a law has a function that says it."""

import re

import pytest

from convformance.reference.directions import (
    COTANGENT_LAWS,
    DIRECTIONS,
    FORWARD,
    GRADIENTS,
    INVALID,
    LAWS,
    STATES,
)
from convformance.reference.laws import _LAWS


def test_every_question_has_one_word() -> None:
    assert len(set(DIRECTIONS)) == len(DIRECTIONS)
    assert len(DIRECTIONS) == 1 + len(GRADIENTS) + len(LAWS) + len(STATES) + len(INVALID)
    assert DIRECTIONS[0] == FORWARD == "forward"


@pytest.mark.parametrize(
    ("words", "start"), [(LAWS, "law-"), (STATES, "state-"), (INVALID, "invalid-"), (GRADIENTS, "d")]
)
def test_a_word_says_which_sort_of_question_it_is(words: dict[str, str], start: str) -> None:
    assert all(word.startswith(start) for word in words)
    assert [word for word in DIRECTIONS if word.startswith(start)] == list(words)


@pytest.mark.parametrize("word", DIRECTIONS)
def test_a_word_fits_between_two_dots(word: str) -> None:
    assert re.fullmatch("[a-z]+(?:-[a-z]+)*", word)


def test_each_law_has_a_function() -> None:
    assert list(_LAWS) == list(LAWS)
    assert len(set(_LAWS.values())) == len(LAWS)
    assert set(COTANGENT_LAWS) < set(LAWS)


def test_each_question_is_described() -> None:
    sentences = [*GRADIENTS.values(), *LAWS.values(), *STATES.values(), *INVALID.values()]
    assert all(sentences)
    assert len(set(sentences)) == len(sentences)
