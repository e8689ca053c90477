"""The command line as a user runs it, in a process of its own, and what it leaves behind."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CLI = ("-m", "convformance.tests.conformance.cli")


def python(
    *arguments: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run this Python; modules beside the tests can be imported."""
    # A run inside a worker of pytest-xdist is no worker itself.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST_")}
    variables = {**inherited, "PYTHONPATH": str(HERE), "PYTEST_ADDOPTS": "", **(environment or {})}
    return subprocess.run(  # noqa: S603 - our own interpreter, words written in the tests
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=variables,
        timeout=500,
    )


def convformance(
    *arguments: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    return python(*CLI, *arguments, cwd=cwd, environment=environment)


def adapter(module: str, name: str) -> str:
    """Spell an adapter of a file beside the tests."""
    return f"--adapter={HERE / f'{module}.py'}:{name}"


def records(folder: Path) -> list[dict[str, Any]]:
    """Read the lines of a report, without any code of the suite."""
    return [json.loads(line) for line in (folder / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()]


@dataclass(frozen=True)
class Run:
    """One run of the command line with what it printed and reported."""

    code: int
    stdout: str
    stderr: str
    folder: Path

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        return records(self.folder)

    @property
    def complete(self) -> bool:
        return bool(self.lines[-1]["record"] == "footer" and self.lines[-1]["complete"])

    @cached_property
    def verdicts(self) -> dict[str, list[dict[str, Any]]]:
        """The verdicts by adapter."""
        found = defaultdict(list)
        for line in self.lines[1:-1]:
            found[line["adapter"]].append(line)
        return dict(found)

    def red(self, name: str) -> list[dict[str, Any]]:
        """The verdicts on one adapter that do not conform, stale declarations among them."""
        return [
            verdict
            for verdict in self.verdicts[name]
            if verdict["stale"] or verdict["verdict"] in {"wrong", "imprecise", "rejected", "accepted", "crashed"}
        ]


def run(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Run:
    """Run ``convformance run`` with its report in a folder."""
    done = convformance("run", "--report", str(folder), *arguments, environment=environment)
    return Run(done.returncode, done.stdout, done.stderr, folder)


def words(names: Sequence[tuple[str, str]]) -> list[str]:
    """Spell several adapters."""
    return [adapter(module, name) for module, name in names]


def ask(folder: Path, names: Sequence[tuple[str, str]], cases: Sequence[str], jobs: int = 2) -> Run:
    """Judge single cases through pytest, in processes beside it."""
    spelled = [word for each in words(names) for word in ("--convformance-adapter", each.removeprefix("--adapter="))]
    chosen = [f"--convformance-case={case}" for case in cases]
    suite = (
        "-m",
        "pytest",
        "-q",
        "-n",
        str(jobs),
        "--max-worker-restart=1000",
        "--pyargs",
        "convformance.tests.conformance",
    )
    done = python(*suite, *spelled, *chosen, f"--convformance-report={folder}", cwd=folder)
    return Run(done.returncode, done.stdout, done.stderr, folder)
