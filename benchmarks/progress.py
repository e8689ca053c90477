"""Progress of the benchmarks on the error stream: a bar where somebody looks, plain lines in a log."""

import sys
import time
from typing import Final

import pytest
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

LINE_SECONDS: Final = 15.0
"""A log is told this often how far the run is."""


class Progress:
    """A pytest plugin that shows which measurement is running."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr, width=None if sys.stderr.isatty() else 120)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Bar(
            *columns,
            console=self._console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("collecting", total=None)
        self._total = self._done = 0
        self._told = 0.0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many measurements there are."""
        self._total = len(session.items)
        self._bar.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say what begins."""
        doing = nodeid.rpartition("::")[2]
        self._bar.update(self._task, total=self._total, completed=self._done, description=escape(doing))
        if not self._console.is_terminal and time.monotonic() - self._told > LINE_SECONDS:
            self._told = time.monotonic()
            self._console.print(f"{self._done} of {self._total}: {doing}", highlight=False, markup=False)

    def pytest_runtest_logfinish(self) -> None:
        """Count what is done."""
        self._done += 1

    def pytest_sessionfinish(self) -> None:
        """Clear the bar."""
        self._bar.stop()
