"""Frameworks side by side: only what was judged and conforms has a time, and nobody's death stops the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from convformance.benchmarks.contenders import Contender, Question, contenders, questions
from convformance.benchmarks.crew import MOST_STARTS, Crew
from convformance.benchmarks.groups import MOST_SECONDS, NOT_RUN, Group, measure
from convformance.benchmarks.layers import LAYERS, Layer, bytes_moved, flops
from convformance.benchmarks.limit import LIMIT
from convformance.benchmarks.rounds import Pace
from convformance.reference.problem import Problem

SMALL = Layer("small", Problem(batch=1, spatial=(9, 8), channels=4, filters=6, kernel_size=(3, 2), padding="same"), "")
LONG = Layer("long", Problem(batch=1, spatial=(20,), channels=4, filters=6, kernel_size=(3,), padding="causal"), "")
PACE = Pace(rounds=3, fewest_rounds=2, seconds=0.3, sample_seconds=1e-4)
RACED = Path(__file__).with_name("raced.py")


def spelled(name: str) -> Contender:
    return Contender(name, f"{RACED}:{name}")


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    names = ("Lies", "Raises", "Dies", "DiesLater", "Refuses", "Whole", "Nobody")
    view = Contender("viewed", "reference", "view")
    with Crew([Contender("reference", "reference"), view, *map(spelled, names)], threads=1) as crew:
        yield crew


@pytest.fixture(scope="module")
def group(crew: Crew) -> Group:
    return measure(Question(SMALL, "dx", 2, 1), crew, PACE)


def test_who_conforms_has_a_time(group: Group) -> None:
    assert list(group.timed) == [LIMIT, "reference", "viewed", "Whole"]
    for timed in group.timed.values():
        assert 2 <= len(timed.samples) <= 3
        assert min(timed.samples) > 0
    info = group.timed["viewed"].extra_info
    assert info["verdict"] == "within_bound"
    assert info["flops"] == flops(SMALL.problem) * 2
    assert info["batch"] == 2
    assert info["bytes"] > bytes_moved(SMALL.problem, 4)
    assert info["problem"].startswith("conv2d-n2-i9x8-")
    assert info["first_call_seconds"] > 0
    assert info["conversion_seconds"] > 0
    assert group.timed[LIMIT].extra_info["verdict"] is None


def test_the_whole_call_is_timed_where_nothing_is_prepared_and_the_entry_says_so(group: Group) -> None:
    info = group.timed["Whole"].extra_info
    assert "no `prepare`" in info["detail"]
    assert info["conversion_seconds"] is None


def test_who_does_not_conform_has_a_verdict_instead(group: Group) -> None:
    found = {name: (entry["verdict"], entry["detail"]) for name, entry in group.untimed.items()}
    assert found["Lies"][0] == "wrong"
    assert found["Raises"] == ("rejected", "RuntimeError: nothing for 6 arguments")
    assert found["Dies"] == ("crashed", "the process died of SIGABRT, its last words: out of luck")
    assert found["DiesLater"] == ("crashed", "the process died of SIGABRT")
    assert found["Refuses"] == ("unsupported", "no conv")
    assert found["Nobody"][0] == NOT_RUN
    assert "no attribute 'Nobody'" in found["Nobody"][1]
    assert len(found) == 6


def test_who_dies_again_and_again_is_not_asked_for_ever(crew: Crew, group: Group) -> None:
    assert group.untimed["Dies"]["verdict"] == "crashed"
    for _ in range(MOST_STARTS - 1):
        assert measure(Question(SMALL, "forward", 1, 1), crew, PACE).untimed["Dies"]["verdict"] == "crashed"
    last = measure(Question(LONG, "forward", 1, 1), crew, PACE)
    assert last.untimed["Dies"]["verdict"] == NOT_RUN
    assert "lost 3 times" in last.untimed["Dies"]["detail"]
    assert last.untimed["viewed"]["verdict"] == "unsupported"


def test_what_is_too_large_is_not_run_and_says_why(crew: Crew) -> None:
    (vgg,) = (layer for layer in LAYERS if layer.name.startswith("VGG"))
    found = measure(Question(vgg, "forward", 8, 1), crew, PACE)
    assert not found.timed
    assert {entry["verdict"] for entry in found.untimed.values()} == {NOT_RUN}
    assert "GFLOP a call" in found.untimed["reference"]["detail"]


def test_who_is_slow_on_one_image_is_not_asked_for_many(crew: Crew) -> None:
    question = Question(SMALL, "dfilters", 8, 1)
    crew.one_image["viewed", "small", "dfilters"] = MOST_SECONDS / 7
    crew.one_image["Whole", "small", "dfilters"] = MOST_SECONDS / 9
    found = measure(question, crew, PACE)
    assert found.untimed["viewed"]["verdict"] == NOT_RUN
    assert found.untimed["viewed"]["detail"] == "one image takes 0.71 s: 8 would take too long"
    assert "Whole" in found.timed
    assert measure(Question(SMALL, "dfilters", 1, 1), crew, PACE).timed.keys() >= {"viewed", "Whole"}
    assert crew.one_image["viewed", "small", "dfilters"] < MOST_SECONDS / 7


def test_added_adapters_join_under_short_names() -> None:
    names = [one.name for one in contenders(["a.py:Mine", "torch", "b.py:Twin", "c.py:Twin", "reference"])]
    assert [name for name in names if ".py" in name or name == "Mine"] == ["Mine", "b.py:Twin", "c.py:Twin"]
    assert len(names) == len(set(names))


def test_the_quick_questions_are_a_part_of_all() -> None:
    every, quick = list(questions(4, quick=False)), list(questions(4, quick=True))
    assert len(every) == len(LAYERS) * 2 * 3 * 2
    assert [one.threads for one in every] == sorted(one.threads for one in every)
    assert set(quick) < set(every)
    assert len(quick) == 9
    assert len(list(questions(1, quick=False))) == len(every) / 2
