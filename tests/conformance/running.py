"""Run a plan: pytest with processes underneath, progress and the matrix on top."""

import argparse
import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from convformance.tests.conformance.environment import environment
from convformance.tests.conformance.picture.files import draw
from convformance.tests.conformance.plan import Plan
from convformance.tests.conformance.plugin import CONTROLLER
from convformance.tests.conformance.report.harmless import for_terminal
from convformance.tests.conformance.report.reading import read_report
from convformance.tests.conformance.report.rendering import publish
from convformance.tests.conformance.report.terminal import print_diagnoses, print_why_red, say, summary
from convformance.tests.conformance.report.writing import FILE_NAME
from convformance.tests.conformance.session import Controller
from convformance.tests.conformance.verdicts import Verdict

HERE = Path(__file__).parent
SHOWN_ERRORS = 3
LOG_LINES = 10
"""How often a log, which has no progress bar, is told how far the run is."""
RESTARTS = 1_000_000
"""A worker that dies is replaced, however often: each death is one verdict."""


def run(plan: Plan, options: argparse.Namespace, console: Console) -> int:
    """Judge, write the report, show it.

    Parameters
    ----------
    plan : Plan
        What to do.
    options : argparse.Namespace
        The command line: what the processes need to know is handed on to them.
    console : rich.console.Console
        Where the person looks.

    Returns
    -------
    int
        0 when everything conforms, 1 when something does not or a verdict is missing.
    """
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as progress:
        controller = Controller(plan, *_watchers(plan, progress, console))
        # Progress and matrix say it better than pytest's dots; what it prints is shown only if it fails itself.
        with _own_environment(), redirect_stdout(StringIO()) as said:
            code = pytest.main(_pytest_arguments(options, plan.names), plugins=[_Register(controller)])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        console.print(said.getvalue(), markup=False, highlight=False, soft_wrap=True)
    for error in controller.errors[:SHOWN_ERRORS]:
        say(console, f"[red]error in the suite:[/] {for_terminal(error)}")
    if len(controller.errors) > SHOWN_ERRORS:
        console.print(f"{len(controller.errors) - SHOWN_ERRORS} more errors of the suite")
    if controller.errors or not controller.complete:
        console.print(f"the run is not complete: {controller.progress}, no whole report", soft_wrap=True)
        return 1
    report = read_report(plan.folder)
    if options.case is not None:
        _print_single(report.verdicts, console)
        print_diagnoses(report, console)
        say(console, summary(report))
        print_why_red(report, console)
        if options.picture is not None:
            answers = {one.adapter: one.answer for one in report.verdicts if one.answer is not None}
            draw(options.case, options.picture, answers, console)
    else:
        for skipped in plan.expected.skipped:
            say(console, f"expected entry that does not apply here: {for_terminal(skipped)}")
        page = publish(report, plan.folder, console, baseline=options.baseline)
        say(console, f"verdicts: {for_terminal(str(plan.folder / FILE_NAME), longest=None)}")
        say(console, f"report: {for_terminal(str(page), longest=None)}")
    return int(controller.failed)


def _watchers(
    plan: Plan, progress: Progress, console: Console
) -> tuple[Callable[[Verdict], None], Callable[[str], None]]:
    """Give what shows a verdict as it comes in, and what tells what is done when judging is over."""
    total = len(plan.cases) * len(plan.adapters)
    task = progress.add_task("judging", total=total)
    done = failing = 0

    def show(verdict: Verdict) -> None:
        nonlocal done, failing
        done += 1
        failing += verdict.fails
        said = f"judging, {failing} do not conform" if failing else "judging"
        progress.update(task, advance=1, description=said)
        if not console.is_terminal and done % max(1, total // LOG_LINES) == 0 and total > LOG_LINES:
            console.print(f"{said}: {done} of {total}", highlight=False)

    def tell(doing: str) -> None:
        progress.update(task, description=for_terminal(doing))
        if not console.is_terminal:
            say(console, for_terminal(doing))

    return show, tell


def _print_single(verdicts: tuple[Verdict, ...], console: Console) -> None:
    """Print the verdicts on one case in full."""
    for verdict in verdicts:
        colour = "red" if verdict.fails else "yellow" if not verdict.conforms else "green"
        figures = {"error / bound": verdict.fraction, "spread / limit": verdict.spread}
        said = "".join(f", {name} {figure:.3g}" for name, figure in figures.items() if figure)
        say(console, f"[{colour}]{verdict.verdict}[/] {for_terminal(verdict.adapter)}{said}")
        if verdict.detail:
            say(console, f"  {for_terminal(verdict.detail)}")
        if verdict.stale:
            say(console, f"  [red]{for_terminal(verdict.stale)}[/]")


def _pytest_arguments(options: argparse.Namespace, adapters: Iterable[str]) -> list[str]:
    """Spell the command line for pytest and its workers; what the plan has settled needs no second word."""
    words = [
        str(HERE / "test_conformance.py"),
        *("-c", str(HERE / "pytest.ini"), "--rootdir", str(HERE), "--import-mode", "importlib"),
        *("-p", "xdist.plugin", "-p", "convformance.tests.conformance.plugin"),
        *("-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:logging"),
        *("-qq", "--no-header", "--no-summary", "--tb", "no"),
        *("-n", str(options.jobs), "--max-worker-restart", str(RESTARTS)),
        *(f"--convformance-adapter={adapter}" for adapter in adapters),
        f"--convformance-timeout={options.timeout}",
        f"--convformance-tier={options.tier}",
        *(["--convformance-no-diagnosis"] if options.no_diagnosis else []),
    ]
    given = {name: getattr(options, name) for name in ("case", "shard", "expected", "max_work")}
    return words + [
        f"--convformance-{name.replace('_', '-')}={value}" for name, value in given.items() if value is not None
    ]


def _own_environment() -> AbstractContextManager[None]:
    """Keep other people's pytest plugins and options out of the run, and let idle threads sleep; workers inherit it.

    The processes share the cores: OpenMP threads that spin while they wait (torch's) made a run several times slower.
    How many threads a framework uses, and how it divides the work, stays as its users have it.
    """
    return environment(
        {
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "",
            "PYTEST_PLUGINS": "",
            # A file in the person's folder must not take the place of a module that the processes need.
            "PYTHONSAFEPATH": "1",
            "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE"),
        }
    )


class _Register:
    """Puts the controller where the plugin looks for it, before the plugin looks."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.pluginmanager.register(self._controller, CONTROLLER)
