"""The named faults: each is caught by the quick tier, called by its name, and honest where it says that it is."""

import re
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import REPEATABLE, directions, integers, problems

from convformance.adapters.contract import Adapter
from convformance.adapters.faulty import Faulty
from convformance.adapters.find import find
from convformance.adapters.numpy_reference import Reference, compute
from convformance.reference.case import parse_case
from convformance.reference.faults import FAULTS, Fault, Question, by_slug
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.diagnosis.laboratory import may_show
from convformance.tests.conformance.runner import judge_case
from convformance.tests.conformance.score.recognising import recognise_named
from convformance.tests.conformance.score.scoring import INDEPENDENT, LARGEST
from convformance.tests.conformance.sizes import size_of
from convformance.tests.conformance.smoke import smoke
from convformance.tests.conformance.verdicts import NONCONFORMING

EVERY = list(FAULTS.values())
ROOT = Path(__file__).parents[2]
FACED = 40
"""Each fault is looked at in so many cases at least, those in which it may show."""
FEW = 6
"""In so many under the tracing of coverage."""
NAMED = EVERY[::46]
"""Some of each family are put in an adapter's place in a whole run; `convformance faults --names` does so with all."""


@cache
def tier() -> list[str]:
    """Give the quick tier in a mixed order, without what takes long."""
    small = [case for case in load("quick") if size_of(case) <= LARGEST]
    return sorted(small, key=lambda case: sha256(case.encode()).digest())


def test_there_are_many_faults_and_each_says_what_is_wrong_with_it() -> None:
    assert len(EVERY) >= 110
    assert len({fault.slug for fault in EVERY}) == len(EVERY)
    for fault in EVERY:
        assert fault.sentence.endswith(".")
        assert fault.seen
        issue = re.search(r"[\w.-]+/[\w.-]+#\d+", fault.evidence)
        assert issue or fault.evidence.startswith("a relative of"), fault.name
        assert by_slug(fault.slug) is fault
    assert by_slug("no such fault") is None


def exposing(fault: Fault, least_faced: int, least_exposing: int) -> set[str]:
    """Put a fault to cases in which it may show until there are so many; give the problems of those that expose it."""
    faulty = cast(Adapter, Faulty(Reference(), fault))
    exposed: set[str] = set()
    faced = 0
    for text in tier():
        if may_show(fault.name, text):
            faced += 1
            verdict = judge_case(faulty, parse_case(text))
            assert verdict.verdict != "rejected" or fault.takes is not None, verdict
            if verdict.verdict in NONCONFORMING:
                exposed.add(text.partition(".")[0])
        if faced >= least_faced and len(exposed) >= least_exposing:
            break
    return exposed


@pytest.mark.parametrize("fault", EVERY, ids=lambda fault: fault.slug)
@pytest.mark.usefixtures("posed_once")
def test_a_fault_shows_in_a_case_and_not_in_the_smoke_check(fault: Fault) -> None:
    """A person would not see it at once. All lines of all faults are run here."""
    assert smoke(cast(Adapter, Faulty(Reference(), fault))) is None
    assert exposing(fault, FEW, 1)


@pytest.mark.heavy
@pytest.mark.parametrize("fault", EVERY, ids=lambda fault: fault.slug)
@pytest.mark.usefixtures("posed_once")
def test_a_fault_is_caught_by_independent_cases_of_the_quick_tier(fault: Fault) -> None:
    assert len(exposing(fault, FACED, INDEPENDENT)) >= INDEPENDENT


@pytest.mark.heavy
@pytest.mark.parametrize("fault", NAMED, ids=lambda fault: fault.slug)
def test_a_run_calls_a_fault_by_its_name_and_by_no_other(fault: Fault) -> None:
    found = recognise_named(fault.name, tier())
    assert found.right, found
    assert not found.wrong_names


def test_the_page_of_faults_lists_all_of_them() -> None:
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    for fault in EVERY:
        assert f"`{fault.slug}`" in page, fault.slug


@pytest.mark.parametrize("spelling", ["torch", "tensorflow", "keras", "reference"])
def test_any_adapter_can_have_a_fault_in_front_of_it(spelling: str) -> None:
    faulty = find(f"{spelling}+kernel-flipped")
    assert faulty.name == f"{spelling}+kernel-flipped"
    assert smoke(faulty) is None
    seen = parse_case("conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-b-f32")
    hidden = parse_case("conv2d-n2-i9x8-c4-f6-k1x1-s1x1-pvalid-d1x1-g1-b-f32")
    assert judge_case(faulty, seen).verdict == "wrong"
    assert judge_case(faulty, hidden).verdict == "exact"
    assert judge_case(faulty, replace(seen, direction="dx")).verdict == "exact"


def test_two_faults_can_be_put_in_front_of_each_other() -> None:
    both = find("reference+kernel-flipped+bias-missing")
    assert both.name == "reference+kernel-flipped+bias-missing"
    one_cell = parse_case("conv2d-n2-i9x8-c4-f6-k1x1-s1x1-pvalid-d1x1-g1-b-f32")
    assert judge_case(both, one_cell).verdict == "wrong"


@REPEATABLE
@given(problems(kinds=("conv", "depthwise", "transposed")), st.integers(0, 9))
def test_a_question_that_bends_nothing_has_the_honest_answer(problem: Problem, seed: int) -> None:
    numbers = integers(problem, seed)
    for direction in directions(problem):
        question = Question(compute, problem, numbers, direction, numbers)
        np.testing.assert_array_equal(question.bent(), question.honest())
        np.testing.assert_array_equal(question.again(), question.honest())


@REPEATABLE
@given(problems(kinds=("conv", "depthwise"), modes=("zeros",)), st.integers(0, 9))
def test_a_bent_question_is_that_of_the_bent_problem_where_there_is_one(problem: Problem, seed: int) -> None:
    """Pads that differ before an axis and make up for it behind keep the shape of the output."""
    pads = tuple((after, before) for before, after in problem.pads)
    numbers = integers(problem, seed)
    question = Question(compute, problem, numbers, "forward", numbers)
    other = replace(problem, padding=pads)
    np.testing.assert_array_equal(question.bent(pads=pads), compute(other, numbers, "forward"))


EMPTY = parse_case("conv2d-n0-i6x5-c3-f6-k3x2-s1x1-pvalid-d1x1-g1-f32")
SMALL = Problem(batch=2, spatial=(6, 5), channels=2, filters=3, kernel_size=(2, 2))


def asked(fault: str, problem: Problem) -> tuple[Any, Operands]:
    numbers = integers(problem, 1).map(lambda array: array.astype(np.float32))
    return find(f"reference+{fault}"), numbers


def test_a_transform_of_no_image_is_honest() -> None:
    assert judge_case(find("reference+fourier-transform"), EMPTY).verdict == "exact"


def test_a_layer_that_keeps_its_size_is_honest_on_smaller_images() -> None:
    faulty, numbers = asked("layer-keeps-its-first-size", SMALL)
    layer = faulty.layer(SMALL, numbers.filters, None)
    assert layer(numbers.x).shape == SMALL.output_shape
    smaller = np.ascontiguousarray(numbers.x[:, :4, :3])
    right = compute(replace(SMALL, spatial=(4, 3)), Operands(smaller, numbers.filters), "forward")
    np.testing.assert_array_equal(layer(smaller), right)


def test_a_first_call_that_differs_is_followed_by_honest_ones() -> None:
    faulty, numbers = asked("first-call-differs", SMALL)
    first, second = (faulty.convolve(SMALL, numbers.x, numbers.filters, None) for _ in range(2))
    assert (first != second).sum() == 1
    np.testing.assert_array_equal(second, compute(SMALL, Operands(numbers.x, numbers.filters), "forward"))


def test_what_no_window_sees_has_no_gradient() -> None:
    _, numbers = asked("kernel-flipped", SMALL)
    question = Question(compute, SMALL, numbers, "dx", numbers)
    assert not question.bent(pads=((99, 99), (99, 99))).any()


@pytest.mark.parametrize("bias", ["", "-b"])
def test_overwritten_contributions_show_with_and_without_a_bias(bias: str) -> None:
    case = parse_case(f"transposed2d-n2-i5x4-c4-f3-k3x2-s2x1-p1+0x0+1-o1x0-d1x1-g1{bias}-f32.forward.exact")
    fault = FAULTS["transposed contributions overwrite each other"]
    assert judge_case(Faulty(Reference(), fault), case).verdict == "wrong"
