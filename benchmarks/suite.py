"""How fast the conformance suite itself is: real runs of ``convformance run``, each timed from outside."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from convformance.benchmarks.clock import COLUMNS, SHARES, Clock
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.report.reading import ReportError, read_report

_SECONDS: Final = 600.0
"""A run that lasts longer is given up."""


class SuiteRunError(RuntimeError):
    """A run of the suite that says nothing about its speed; the message says why."""


@dataclass(frozen=True)
class SuiteRun:
    """A run of the suite.

    Attributes
    ----------
    tier, adapter : str
        As on the command line.
    parts : int
        The run judges one of so many parts of the tier, each a fair mixture of the whole.
    jobs : int
        How many processes judge.
    """

    tier: str
    adapter: str
    parts: int
    jobs: int = 1

    def __str__(self) -> str:
        """Spell it, for the id of a test."""
        return f"{self.adapter} {self.tier} 1/{self.parts} jobs {self.jobs}"

    def words(self, report: Path) -> list[str]:
        """Spell its command line.

        Parameters
        ----------
        report : Path
            The folder of its verdicts.
        """
        return [
            "run",
            *("--adapter", self.adapter, "--tier", self.tier, "--shard", f"1/{self.parts}"),
            *("--jobs", str(self.jobs), "--no-diagnosis", "--report", str(report)),
        ]


QUICK_RUNS: Final = (
    SuiteRun("quick", "torch", 48),
    SuiteRun("quick", "torch", 16),
    SuiteRun("quick", "torch", 16, jobs=2),
    SuiteRun("quick", "reference", 48),
)
"""A few seconds each; no run of the full tier."""

RUNS: Final = (
    SuiteRun("quick", "torch", 24),
    SuiteRun("quick", "torch", 8),
    SuiteRun("quick", "torch", 3),
    SuiteRun("quick", "torch", 3, jobs=2),
    SuiteRun("quick", "reference", 8),
    SuiteRun("quick", "keras", 24),
    SuiteRun("quick", "tensorflow", 24),
    SuiteRun("full", "torch", 64),
    SuiteRun("full", "reference", 64),
)
"""Both tiers, three sizes of one of them, and two processes against one."""


def measure(run: SuiteRun, folder: Path) -> dict[str, Any]:
    """Run the suite once, in processes of its own, and see where the time goes.

    Parameters
    ----------
    run : SuiteRun
        What to run.
    folder : Path
        An empty folder: the report and the clocks' numbers are left there.

    Returns
    -------
    dict
        ``tier``, ``adapter``, ``jobs``; ``cases``, how many were judged; ``seconds`` of the whole command, from the
        start of Python to its end; ``cases_per_second`` of these; ``shares`` in seconds, which add up to ``seconds``
        (see `divided`); ``peak_bytes``, the most that each process that judges held in memory, added up.
        Besides: ``processor_seconds``, what processors worked for these, in all their threads: far less than their
        shares where the machine was busy with something else; ``shard``; ``tier_cases`` and ``tier_seconds``, the whole
        tier as it is expected from the part, when all but ``starting`` and ``other`` grows with the cases;
        ``clock_share``, what part of ``seconds`` the clocks themselves took.

    Raises
    ------
    SuiteRunError
        When the run was not complete, or a part of it escaped the clocks.
    """
    clocks, report = folder / "clocks", folder / "report"
    clocks.mkdir()
    command = [sys.executable, "-P", "-m", "convformance.benchmarks.clock", str(clocks), *run.words(report)]
    begin = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, env=_environment(), capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    end = time.perf_counter()
    try:
        # Whether the adapter conforms is not the question here: a whole report is enough.
        cases = len(read_report(report).verdicts)
    except ReportError as error:
        said = (done.stderr or done.stdout).strip()[-500:]
        raise SuiteRunError(f"{run}: no whole report, exit code {done.returncode}: {said}") from error
    workers = [dict(zip(COLUMNS, np.fromfile(file).tolist(), strict=True)) for file in sorted(clocks.iterdir())]
    shares = divided(workers, begin, end, run.jobs)
    seconds = end - begin
    tier_cases = len(load(run.tier))
    growing = sum(spent for share, spent in shares.items() if share not in {"starting", "other"})
    return {
        "tier": run.tier,
        "adapter": run.adapter,
        "jobs": run.jobs,
        "cases": cases,
        "seconds": seconds,
        "cases_per_second": cases / seconds,
        "shares": shares,
        "peak_bytes": int(sum(worker["peak_bytes"] for worker in workers)),
        "processor_seconds": sum(worker["processor"] for worker in workers),
        "shard": f"1/{run.parts}",
        "tier_cases": tier_cases,
        "tier_seconds": seconds - growing + growing * tier_cases / cases,
        "clock_share": sum(worker["calls"] for worker in workers) * seconds_of_clocking() / run.jobs / seconds,
    }


def divided(workers: Sequence[Mapping[str, float]], begin: float, end: float, jobs: int) -> dict[str, float]:
    """Divide the time of a run among its shares.

    Parameters
    ----------
    workers : sequence of mapping
        What each process that judges left; one that died has left what it had until then.
    begin, end : float
        When the run began and ended, in seconds of the processes' clock.
    jobs : int
        How many of them judged at a time.

    Returns
    -------
    dict of str to float
        Seconds; they add up to the time of the run. Each of `SHARES` is the mean of the processes that judge;
        ``starting`` is also what passes until the first of them begins (Python, the adapter's smoke check in a process
        of its own, pytest), and ``other`` all that is left (waiting for the last process, the report, the
        matrix). What failed is not named in these runs.

    Raises
    ------
    SuiteRunError
        When a share has no time: no run can do without any of them.
    """
    shares = {share: sum(worker[share] for worker in workers) / jobs for share in SHARES}
    idle = [share for share in SHARES if not shares[share] > 0]
    if idle:
        raise SuiteRunError(
            f"no time was clocked in {', '.join(idle)}: does convformance.benchmarks.clock fit the suite?"
        )
    shares["starting"] += min(worker["began"] for worker in workers) - begin
    return {**shares, "other": end - begin - sum(shares.values())}


def seconds_of_clocking(times: int = 10_000) -> float:
    """Measure how long a wrapped function that does nothing takes.

    Parameters
    ----------
    times : int, optional
        How often it is called.
    """
    nothing = Clock([0.0] * len(COLUMNS)).wrapped(lambda: None, "judge")
    begin = time.perf_counter()
    for _ in range(times):
        nothing()
    return (time.perf_counter() - begin) / times


def _environment() -> dict[str, str]:
    """Give the run the threads that its users see, whatever this process was pinned to."""
    return {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
