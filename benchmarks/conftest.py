"""The options of the benchmarks, what they add to pytest-benchmark's JSON, and their progress."""

import json
from pathlib import Path
from typing import Any

import pytest

from convformance.benchmarks.progress import Progress
from convformance.benchmarks.record import begin, convformance_record, has_records


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("convformance-benchmarks", "how fast the hot loop is")
    group.addoption("--convformance-quick", action="store_true", help="a few layers and short rounds")
    group.addoption(
        "--convformance-contender",
        action="append",
        default=[],
        metavar="ADAPTER",
        help="an adapter that is timed beside the built-in ones; may be given again",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Note what the machine does before the first measurement, and show progress where pytest captures nothing."""
    begin(config)
    if config.getoption("capture") == "no":
        config.pluginmanager.register(Progress(), "convformance-benchmarks-progress")


def pytest_benchmark_update_json(config: pytest.Config, benchmarks: object, output_json: dict[str, Any]) -> None:
    """Add the machine, what was not timed, and the suite's own speed."""
    del benchmarks
    output_json["convformance"] = convformance_record(config)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the JSON where nothing was timed, too: pytest-benchmark does so only for timings."""
    config = session.config
    path = config.getoption("benchmark_json", default=None)
    if path and has_records(config) and not Path(path).is_file():
        whole = {"benchmarks": [], "convformance": convformance_record(config)}
        Path(path).write_text(json.dumps(whole, indent=4), encoding="utf-8")
