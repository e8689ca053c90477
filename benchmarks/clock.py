"""A clock put into a run of the conformance suite from outside, to see where its time goes.

``python -m convformance.benchmarks.clock FOLDER run --adapter torch ...`` is ``convformance run --adapter torch ...``
with this module as one more pytest plugin. It wraps the functions of `PLACES`, so nothing in the suite knows of it, and
leaves in FOLDER one file of numbers for each process that judges.
"""

import functools
import mmap
import os
import pkgutil
import resource
import sys
import time
from collections.abc import Callable, MutableSequence
from pathlib import Path
from typing import Any, Final, cast
from unittest.mock import patch

import pytest

ENVIRONMENT: Final = "CONVFORMANCE_CLOCK"
"""The variable that tells the processes of a run where to leave their numbers."""

SHARES: Final = ("framework", "oracle", "judge", "numbers", "pytest", "starting")
"""What time is spent on.

The framework's calls; value and magnitude of the reference; comparing, and all else that leads to a verdict; making the
operands, checking that they can tell, and laying them out; pytest with the collection of the cases, and its processes'
talk; importing the framework.
"""

COLUMNS: Final = (*SHARES, "calls", "began", "processor", "peak_bytes")
"""What a process leaves.

Seconds of each share, how often it was clocked, when it began, seconds that processors worked for it in all its
threads, and the most memory that it held.
"""

_SUITE: Final = "convformance.tests.conformance"

PLACES: Final = (
    (f"{_SUITE}.calling:Stopwatch", "call", "framework"),
    ("convformance.reference.posing", "evaluate", "oracle"),
    (f"{_SUITE}.states", "evaluate", "oracle"),
    (f"{_SUITE}.runner", "pose", "numbers"),
    (f"{_SUITE}.runner", "arrange", "numbers"),
    (f"{_SUITE}.lawful", "arrange", "numbers"),
    (f"{_SUITE}.states", "arrange", "numbers"),
    (f"{_SUITE}.states", "operands", "numbers"),
    (f"{_SUITE}.worker:Worker", "judge", "judge"),
    (f"{_SUITE}.worker", "find", "starting"),
)
"""Where a function is looked up, its name there, and what its time is spent on, without that of the others inside."""


class Clock:
    """Divides the time that passes among shares, each moment given to the innermost.

    Parameters
    ----------
    totals : mutable sequence of float
        One number for each of `COLUMNS`, from 0.
    now : callable, optional
        Gives the time in seconds.
    """

    def __init__(self, totals: MutableSequence[float], now: Callable[[], float] = time.perf_counter) -> None:
        self._totals = totals
        self._now = now
        self._mark = now()
        self._open: list[int] = []

    def enter(self, share: str) -> None:
        """Give the time from now on to a share."""
        self._pass()
        self._open.append(COLUMNS.index(share))

    def leave(self) -> None:
        """Give the time from now on to the share before, or to none."""
        self._pass()
        self._open.pop()
        self._totals[COLUMNS.index("calls")] += 1

    def wrapped(self, function: Callable[..., Any], share: str) -> Callable[..., Any]:
        """Give a function that does the same on a share's time.

        Parameters
        ----------
        function : callable
            Any.
        share : str
            One of `SHARES`.
        """

        @functools.wraps(function)
        def clocked(*args: Any, **keywords: Any) -> Any:
            self.enter(share)
            try:
                return function(*args, **keywords)
            finally:
                self.leave()

        return clocked

    def _pass(self) -> None:
        now = self._now()
        if self._open:
            self._totals[self._open[-1]] += now - self._mark
        self._mark = now


class _Worker:
    """Clocks a process that judges, from its beginning to its end."""

    def __init__(self, file: Path) -> None:
        # A mapped file keeps its numbers when the framework kills the process.
        file.write_bytes(bytes(8 * len(COLUMNS)))
        with file.open("r+b") as opened:
            mapped = memoryview(mmap.mmap(opened.fileno(), 0))
        self._totals = cast("MutableSequence[float]", mapped.cast("d"))
        self._clock = Clock(self._totals)
        for place, name, share in PLACES:
            owner = pkgutil.resolve_name(place)
            setattr(owner, name, self._clock.wrapped(getattr(owner, name), share))
        # Of the same clock in all processes: the time module says "system-wide".
        self._totals[COLUMNS.index("began")] = time.perf_counter()
        self._clock.enter("pytest")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Stop the clock, and look what the process took."""
        self._clock.leave()
        used = resource.getrusage(resource.RUSAGE_SELF)
        self._totals[COLUMNS.index("processor")] = used.ru_utime + used.ru_stime
        self._totals[COLUMNS.index("peak_bytes")] = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def pytest_configure(config: pytest.Config) -> None:
    """Begin in a worker of pytest-xdist; the process that waits for the workers is not clocked."""
    worker: str | None = getattr(config, "workerinput", {}).get("workerid")
    if worker is not None:
        file = Path(os.environ[ENVIRONMENT]) / f"{worker}.f64"
        config.pluginmanager.register(_Worker(file), "convformance-clock")


def main(folder: str, *words: str) -> int:
    """Run the suite's command line with the clock in it.

    Parameters
    ----------
    folder : str
        Where each process leaves its numbers.
    *words : str
        The words after ``convformance``.

    Returns
    -------
    int
        The exit code of the command.
    """
    from convformance.tests.conformance import cli  # noqa: PLC0415 - a plugin is imported before its turn

    os.environ[ENVIRONMENT] = folder
    run = pytest.main

    def run_with_clock(arguments: list[str], plugins: list[object]) -> int | pytest.ExitCode:
        return run([*arguments, "-p", "convformance.benchmarks.clock"], plugins)

    # Only its arguments reach the run's processes: it keeps pytest's variables out.
    with patch("pytest.main", run_with_clock):
        return cli.main(words)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
