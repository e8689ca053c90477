"""Frameworks side by side: a group for each question, a test for each contender that is timed on it."""

from collections.abc import Iterator
from typing import Any

import pytest

from convformance.benchmarks.contenders import Question, contenders, questions
from convformance.benchmarks.crew import Crew
from convformance.benchmarks.groups import Group, measure
from convformance.benchmarks.limit import LIMIT
from convformance.benchmarks.record import all_threads, is_quick, record_untimed
from convformance.benchmarks.rounds import FULL, QUICK, hand_over, timed_in_rounds


class Crews:
    """The crew of one number of threads at a time.

    Parameters
    ----------
    added : list of str
        Adapters beside the built-in ones.
    """

    def __init__(self, added: list[str]) -> None:
        self._contenders = contenders(added)
        self._crew: Crew | None = None

    def of(self, threads: int) -> Crew:
        """Give a crew; one of another number of threads ends."""
        if self._crew is None or self._crew.threads != threads:
            self.close()
            self._crew = Crew(self._contenders, threads)
        return self._crew

    def close(self) -> None:
        """End all processes."""
        if self._crew is not None:
            self._crew.close()


def _added(config: pytest.Config) -> list[str]:
    given: list[str] = config.getoption("convformance_contender", default=[])
    return given


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask every question of everybody."""
    config = metafunc.config
    asked = list(questions(all_threads(), quick=is_quick(config)))
    metafunc.parametrize("group", asked, ids=str, indirect=True, scope="module")
    metafunc.parametrize("contender", [LIMIT, *(one.name for one in contenders(_added(config)))])


@pytest.fixture(scope="module")
def crews(pytestconfig: pytest.Config) -> Iterator[Crews]:
    """Hold the processes."""
    held = Crews(_added(pytestconfig))
    yield held
    held.close()


@pytest.fixture(scope="module")
def group(request: pytest.FixtureRequest, crews: Crews) -> Group:
    """Measure everybody on one question; what has no time is recorded with its verdict."""
    question: Question = request.param
    measured = measure(question, crews.of(question.threads), QUICK if is_quick(request.config) else FULL)
    for entry in measured.untimed.values():
        record_untimed(request.config, entry)
    return measured


@timed_in_rounds
def test_frameworks(group: Group, contender: str, benchmark: Any) -> None:
    """Give a contender's samples to pytest-benchmark."""
    if contender in group.untimed:
        entry = group.untimed[contender]
        pytest.skip(f"{entry['verdict']}: {entry['detail']}")
    timed = group.timed[contender]
    hand_over(benchmark, timed.samples, group.name, timed.extra_info)
