"""The suite's own speed: cases per second, where the time goes, memory, growth."""

from pathlib import Path

import pytest

from convformance.adapters.catalogue import catalogue
from convformance.benchmarks.record import is_quick, record_suite
from convformance.benchmarks.suite import QUICK_RUNS, RUNS, SuiteRun, measure


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the runs."""
    metafunc.parametrize("run", QUICK_RUNS if is_quick(metafunc.config) else RUNS, ids=str)


def test_suite(run: SuiteRun, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Run the suite once, and record its speed."""
    if run.adapter in {listed.name for listed in catalogue() if listed.missing}:
        pytest.skip(f"the framework of {run.adapter} is not installed")
    record_suite(pytestconfig, measure(run, tmp_path))
