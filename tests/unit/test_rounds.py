"""Interleaved rounds: fair turns, no warm-up among the samples, and pytest-benchmark's own statistics of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import python

from convformance.benchmarks.rounds import LostError, Pace, interleave, sampler

PACE = Pace(rounds=4, fewest_rounds=2, seconds=10.0, sample_seconds=0.01)


class Fake:
    """A contender whose calls last as long as they are said to; the first one much longer."""

    def __init__(self, name: str, seconds: float, diary: list[tuple[str, int]], *, dies_at: int = 1000) -> None:
        self._name, self._seconds, self._diary, self._dies_at = name, seconds, diary, dies_at
        self._asked = 0

    def __call__(self, calls: int) -> float:
        self._asked += 1
        if self._asked == self._dies_at:
            raise LostError(f"{self._name} is gone")
        self._diary.append((self._name, calls))
        return self._seconds * (calls + 1000 * (self._asked == 1))


def test_every_round_calls_everybody_in_rotating_order() -> None:
    diary: list[tuple[str, int]] = []
    measured = interleave({name: Fake(name, 0.02, diary) for name in "abc"}, PACE)
    order = "".join(name for name, _ in diary)
    assert order == "aabbcc" + "abc" + "bca" + "cab" + "abc"
    assert measured.samples == {name: [0.02] * 4 for name in "abc"}
    assert not measured.lost


def test_short_calls_are_repeated_and_divided() -> None:
    diary: list[tuple[str, int]] = []
    measured = interleave({"short": Fake("short", 1e-5, diary)}, PACE)
    assert measured.samples["short"] == pytest.approx([1e-5] * 4)
    assert all(1000 <= calls <= 2000 for _, calls in diary[-4:])


def test_long_rounds_are_fewer_and_never_too_few() -> None:
    for seconds, rounds in ((1.0, 4), (3.0, 3), (5.0, 2), (50.0, 2)):
        assert len(interleave({"x": Fake("x", seconds, [])}, PACE).samples["x"]) == rounds


@pytest.mark.parametrize("dies_at", [1, 2, 3, 5])
def test_who_is_lost_is_named_and_the_others_go_on(dies_at: int) -> None:
    measured = interleave({"dies": Fake("dies", 0.02, [], dies_at=dies_at), "lives": Fake("lives", 0.02, [])}, PACE)
    assert measured.lost == {"dies": "dies is gone"}
    assert measured.samples == {"lives": [0.02] * 4}


def test_everybody_may_be_lost() -> None:
    assert interleave({"dies": Fake("dies", 0.02, [], dies_at=3)}, PACE).samples == {}


def test_a_function_is_called_as_often_as_is_said() -> None:
    called: list[int] = []
    assert sampler(lambda: called.append(1))(7) > 0
    assert len(called) == 7


TEST = """
from convformance.benchmarks.rounds import hand_over, timed_in_rounds
from convformance.benchmarks.record import record_suite, record_untimed

@timed_in_rounds
def test_one(benchmark, pytestconfig):
    record_untimed(pytestconfig, {"contender": "nobody"})
    hand_over(benchmark, [0.25, 0.5, 1.0], "a group", {"layer": "some"})

@timed_in_rounds
def test_other(benchmark):
    hand_over(benchmark, [2.0], "a group", {})
"""
ALONE = """
from convformance.benchmarks.record import record_suite

def test_suite(pytestconfig):
    record_suite(pytestconfig, {"tier": "quick"})
"""


@pytest.fixture
def measure(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    def run(code: str, *arguments: str) -> dict[str, Any]:
        (tmp_path / "test_it.py").write_text(code)
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        plugins = ("-p", "no:xdist", "-p", "convformance.benchmarks.conftest")
        done = python(
            "-m", "pytest", *plugins, "-q", "--benchmark-json=found.json", *arguments, "test_it.py", cwd=tmp_path
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found: dict[str, Any] = json.loads((tmp_path / "found.json").read_text())
        return found

    return run


def test_samples_become_the_rounds_of_pytest_benchmark(measure: Callable[..., dict[str, Any]]) -> None:
    found = measure(TEST, "--convformance-quick")
    one, other = found["benchmarks"]
    assert one["stats"]["data"] == [0.25, 0.5, 1.0]
    assert (one["stats"]["median"], one["stats"]["rounds"]) == (0.5, 3)
    assert (one["group"], one["extra_info"]) == ("a group", {"layer": "some"})
    assert other["stats"]["data"] == [2.0]
    ours = found["convformance"]
    assert ours["schema"] == 1
    assert ours["quick"] is True
    assert ours["untimed"] == [{"contender": "nobody"}]
    assert ours["machine"]["threads"] >= 1
    assert "pytest-benchmark" in ours["machine"]["packages"]


def test_records_are_written_where_nothing_was_timed(measure: Callable[..., dict[str, Any]]) -> None:
    found = measure(ALONE)
    assert found["benchmarks"] == []
    assert found["convformance"]["suite"] == [{"tier": "quick"}]
    assert found["convformance"]["quick"] is False
