"""The clock in the suite, and what is made of its numbers."""

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pytest

from convformance.benchmarks.clock import COLUMNS, SHARES, Clock
from convformance.benchmarks.suite import (
    QUICK_RUNS,
    RUNS,
    SuiteRun,
    SuiteRunError,
    divided,
    measure,
    seconds_of_clocking,
)
from convformance.tests.conformance.corpus import TIERS, load


def ticking(*steps: float) -> Iterator[float]:
    return accumulate(steps, initial=100.0)


def test_each_moment_belongs_to_the_innermost() -> None:
    totals = [0.0] * len(COLUMNS)
    times = ticking(1, 2, 4, 8, 16)
    clock = Clock(totals, lambda: next(times))

    def fail() -> None:
        raise KeyError

    inner = clock.wrapped(fail, "oracle")
    with pytest.raises(KeyError):
        clock.wrapped(inner, "judge")()
    clock.enter("pytest")
    found = dict(zip(COLUMNS, totals, strict=True))
    assert found == {**dict.fromkeys(COLUMNS, 0.0), "judge": 2 + 8, "oracle": 4, "calls": 2}


def worker(began: float, **seconds: float) -> dict[str, float]:
    return {**dict.fromkeys(COLUMNS, 0.0), **dict.fromkeys(SHARES, 1.0), "began": began, **seconds}


def test_shares_of_a_run_are_means_of_its_processes_and_add_up() -> None:
    shares = divided([worker(14.0), worker(13.0, oracle=4.0)], 10.0, 40.0, 2)
    assert shares == {
        **dict.fromkeys(SHARES, 1.0),
        "oracle": 2.5,
        "starting": 1.0 + 3.0,
        "other": 30.0 - (6 * 1.0 + 1.5 + 3.0),
    }


@pytest.mark.parametrize("share", SHARES)
def test_a_share_that_escapes_the_clock_is_an_error(share: str) -> None:
    with pytest.raises(SuiteRunError, match=f"no time was clocked in {share}:"):
        divided([worker(11.0, **{share: 0.0})], 10.0, 40.0, 1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_is_measured(jobs: int, tmp_path: Path) -> None:
    found = measure(SuiteRun("quick", "reference", 600, jobs=jobs), tmp_path)
    assert found["cases"] == pytest.approx(len(load("quick")) / 600, abs=1)
    assert sum(found["shares"].values()) == pytest.approx(found["seconds"])
    assert min(found["shares"].values()) >= 0
    assert found["tier_seconds"] > found["seconds"]
    assert found["processor_seconds"] > 0
    assert found["peak_bytes"] > jobs * 10**7


def test_a_run_that_judges_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SuiteRunError, match="no whole report, exit code 2: convformance: unknown adapter 'nobody'"):
        measure(SuiteRun("quick", "nobody", 600), tmp_path)


def test_the_runs_can_be_asked_for() -> None:
    assert {run.tier for run in RUNS} == set(TIERS)
    assert len({str(run) for run in (*RUNS, *QUICK_RUNS)}) >= len(RUNS)
    assert seconds_of_clocking(10) > 0
