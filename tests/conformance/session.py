"""One run under pytest: the controller writes the report, workers (processes of pytest-xdist) judge."""

import faulthandler
import json
import math
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast

import pytest
from rich.console import Console
from threadpoolctl import threadpool_limits

from convformance.adapters.contract import Adapter
from convformance.adapters.find import find
from convformance.tests.conformance.apart import judge_apart
from convformance.tests.conformance.corpus import TIERS, load
from convformance.tests.conformance.diagnosis.naming import Diagnosis, name_failures
from convformance.tests.conformance.features import features_of
from convformance.tests.conformance.gate.expected import Expected, load_expected
from convformance.tests.conformance.judging import judge_adapter
from convformance.tests.conformance.machine import machine
from convformance.tests.conformance.options import UsageError, chosen_cases
from convformance.tests.conformance.plan import Plan, make_plan
from convformance.tests.conformance.plugin import CONTROLLER
from convformance.tests.conformance.preflight import PreflightError
from convformance.tests.conformance.report.harmless import SHORT, for_log, for_terminal
from convformance.tests.conformance.report.reading import read_report
from convformance.tests.conformance.report.rendering import clear, publish
from convformance.tests.conformance.report.terminal import say
from convformance.tests.conformance.report.writing import ReportWriter
from convformance.tests.conformance.sizes import parsed, size_of
from convformance.tests.conformance.verdicts import Verdict, why_red

EXIT_ADAPTER: Final = 3
STDERR: Final = 2


class Summary:
    """Shows the matrix behind pytest's own summary, when pytest is what the person called."""

    def __init__(self, controller: "Controller") -> None:
        self._controller = controller

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the report, or why there is none."""
        terminalreporter.ensure_newline()
        for error in self._controller.errors:
            terminalreporter.write_line(f"error in the suite: {error}", red=True)
        if self._controller.complete and not self._controller.errors:
            folder = self._controller.plan.folder
            console = Console(file=sys.stdout, emoji=False)
            page = publish(read_report(folder), folder, console)
            say(console, f"report: {for_terminal(str(page), longest=None)}")
        else:
            terminalreporter.write_line(f"no whole conformance report: {self._controller.progress}", red=True)


def is_xdist_worker(config: pytest.Config) -> bool:
    """Tell whether this process is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


@dataclass(frozen=True)
class Question:
    """One case for one adapter."""

    spelling: str
    name: str
    case: str
    origin: str | None

    def __str__(self) -> str:
        """Give the id of the test; neither part has a colon."""
        return f"{self.name}:{self.case}"


class Worker:
    """Judges in this process.

    Parameters
    ----------
    config : pytest.Config
        Its options say what; under pytest-xdist the controller says how the adapters are called.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._adapters: dict[str, Adapter] = {}
        self._began: float | None = None
        self._loading = 0.0
        self._framework = 0.0
        option = config.option
        self._expected = Expected()
        if option.convformance_expected is not None:
            path = Path(option.convformance_expected)
            self._expected = load_expected(path, machine()["flags"])
        # A worker is killed in silence: the controller says what happened. A lone process leaves its stack behind.
        self._stack = os.open(os.devnull, os.O_WRONLY) if is_xdist_worker(config) else STDERR

    def questions(self) -> list[Question]:
        """Give all questions, the adapters of one case next to each other so that its reference is evaluated once."""
        option = self._config.option
        names = self._names()
        return [
            Question(spelling, name, case, origin)
            for case, origin in chosen_cases(
                option.convformance_tier, option.convformance_case, option.convformance_shard
            ).items()
            for spelling, name in names.items()
        ]

    def judge(self, question: Question) -> Verdict:
        """Judge within the time limit; past it the process ends, whatever the framework is doing."""
        begin = time.perf_counter()
        if self._began is None:
            self._began = begin
            if is_xdist_worker(self._config):
                # The processes share the cores; the frameworks keep the threads that their users see.
                threadpool_limits(1, user_api="blas")
        if question.spelling not in self._adapters:
            self._adapters[question.spelling] = find(question.spelling)
            self._loading += time.perf_counter() - begin
        case = parsed(question.case)
        if self._expected.may_crash(question.name, case) or (case.is_invalid and not is_xdist_worker(self._config)):
            # What is known to damage memory must not touch the cases behind it. A worker's death is seen by the
            # controller; that of a lone process would be the end of the run.
            adapter = self._adapters[question.spelling]
            verdict = judge_apart(
                question.spelling, adapter, case, question.origin, self._config.option.convformance_timeout
            )
            self._expected.weigh(verdict, case)
            return verdict
        # faulthandler's watchdog needs no GIL, so it also ends a framework that hangs while holding it.
        faulthandler.dump_traceback_later(self._config.option.convformance_timeout, exit=True, file=self._stack)
        try:
            (verdict,) = judge_adapter(
                self._adapters[question.spelling],
                cases={question.case: question.origin},
                expected=self._expected,
                keep_answers=bool(self._config.option.convformance_case),
            )
        finally:
            faulthandler.cancel_dump_traceback_later()
        self._framework += verdict.framework_seconds
        return verdict

    @property
    def seconds(self) -> tuple[int, float, float]:
        """Which process this is, and how long it has judged, imports left out, and of these inside the frameworks."""
        assert self._began is not None
        return os.getpid(), time.perf_counter() - self._began - self._loading, self._framework

    def _names(self) -> dict[str, str]:
        if is_xdist_worker(self._config):
            names: dict[str, str] = self._config.workerinput["convformance_names"]  # type: ignore[attr-defined]
            return names
        return cast(Controller, self._config.pluginmanager.get_plugin(CONTROLLER)).plan.names


class Controller:
    """Writes the report and decides whether the run is green.

    Parameters
    ----------
    plan : Plan
        What the run does.
    on_verdict : callable, optional
        Called with each verdict as it comes in.
    tell : callable, optional
        Called with what is being done when judging is over.
    """

    def __init__(
        self,
        plan: Plan,
        on_verdict: Callable[[Verdict], None] | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.plan = plan
        self._tell = tell
        self.errors: list[str] = []
        self._on_verdict = on_verdict
        self._verdicts: list[Verdict] = []
        self._asked: dict[str, float] = {}
        self._seconds: dict[int, tuple[float, float]] = {}
        self._began = time.perf_counter()
        self._writer: ReportWriter | None = None
        self._judged: set[tuple[str, str]] = set()

    @classmethod
    def from_pytest(cls, config: pytest.Config) -> "Controller":
        """Plan a run from pytest's options; what is wrong with them ends pytest."""
        option = config.option
        try:
            plan = make_plan(
                adapters=option.convformance_adapter,
                tier=option.convformance_tier,
                cases=option.convformance_case,
                report=option.convformance_report,
                expected=option.convformance_expected,
                shard=option.convformance_shard,
                seconds_per_case=option.convformance_timeout,
                diagnose=not option.convformance_no_diagnosis,
            )
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
        except PreflightError as error:
            pytest.exit(str(error), returncode=EXIT_ADAPTER)
        return cls(plan)

    @property
    def failed(self) -> bool:
        """Whether anything does not conform, nothing was judged, an expectation is stale, or a verdict is missing."""
        failing = why_red(self._verdicts, self.plan.names.values(), self.stale_entries)
        return bool(self.errors or not self.complete or failing)

    @property
    def complete(self) -> bool:
        """Whether every case has its verdict from every adapter."""
        return len(self._verdicts) == len(self.plan.cases) * len(self.plan.adapters)

    @property
    def progress(self) -> str:
        """How far the run came."""
        return f"{len(self._verdicts)} of {len(self.plan.cases) * len(self.plan.adapters)} verdicts"

    @property
    def stale_entries(self) -> list[str]:
        """The expected entries that a whole tier did not need, and those that have expired."""
        unused = self.plan.expected.unused(self._verdicts) if self.plan.whole_tier else []
        return [*unused, *self.expired_entries]

    @property
    def expired_entries(self) -> dict[str, str]:
        """The expected entries about these adapters that have expired, and when; a single case looks at none."""
        single = self.plan.header["tier"] not in TIERS
        return {} if single else self.plan.expected.expired(self.plan.names.values())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Open the report when judging begins; collecting alone leaves the former one alone."""
        if not session.config.option.collectonly:
            clear(self.plan.folder)
            self._writer = ReportWriter(self.plan.folder, self.plan.header)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker what the adapters are called."""
        node.workerinput["convformance_names"] = self.plan.names

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Keep the adapters of one case in one worker, so that its reference is evaluated once.

        xdist's own way of grouping, `LoadScopeScheduling`, hands a question that killed its worker to the next one, for
        ever; plain `LoadScheduling` goes on behind it. So its chunks are made of whole cases.
        """
        from xdist.scheduler import LoadScheduling  # noqa: PLC0415 - only there when xdist is

        adapters = len(self.plan.adapters)

        class ByCase(LoadScheduling):  # type: ignore[misc] # xdist has no types
            def _send_tests(self, node: Any, num: int) -> None:
                super()._send_tests(node, math.ceil(num / adapters) * adapters)

        return ByCase(config, log)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Remember when a question was asked, to tell a hang from a crash."""
        self._asked[nodeid] = time.perf_counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write a verdict as it comes in; a worker that died is one too."""
        if "::test_conformance[" not in report.nodeid:
            return
        properties: dict[str, Any] = dict(report.user_properties)
        record = properties.get("convformance")
        if report.when == "call" and record is not None:
            # The last word of each process counts: one that dies has told how far it was.
            process, judging, framework = properties["convformance_seconds"]
            self._seconds[process] = (judging, framework)
            self._add(Verdict.from_record(json.loads(record)))
        elif report.when not in ("setup", "call", "teardown"):
            self._add(self._crash(report.nodeid))
        elif report.failed:
            said = report.longreprtext.strip().splitlines()[-1:]
            self.errors.append(for_log(f"{report.nodeid}: {''.join(said)}", SHORT))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Name what failed, write the footer and colour the run."""
        if self._writer is None:
            return
        diagnoses = self._diagnoses() if self.plan.diagnose and self.complete and not self.errors else []
        self._writer.finish(
            {
                "seconds": time.perf_counter() - self._began,
                "judging_seconds": sum(judging for judging, _ in self._seconds.values()),
                "framework_seconds": sum(framework for _, framework in self._seconds.values()),
                "stale": self.stale_entries,
                "expired": self.expired_entries,
                "expiring": self.plan.expected.expiring(self.plan.names.values()),
                "diagnoses": [asdict(diagnosis) for diagnosis in diagnoses],
            },
            [verdict for verdict in self._verdicts if verdict.fault is not None],
            complete=self.complete and not self.errors,
        )
        if self.failed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _diagnoses(self) -> list[Diagnosis]:
        """Name what failed, adapter by adapter."""
        by_adapter = defaultdict(list)
        for verdict in self._verdicts:
            by_adapter[verdict.adapter].append(verdict)
        # What a run does not ask may be asked to tell two faults apart; small cases do that as well as large ones.
        tier = [] if self.plan.whole_tier else sorted(load("quick"), key=size_of)
        found = []
        for adapter in self.plan.adapters:
            found += name_failures(adapter, by_adapter[adapter.name], tier, self.plan.folder, self._tell)
        return found

    def _add(self, verdict: Verdict) -> None:
        assert self._writer is not None
        if (verdict.adapter, verdict.case) in self._judged:
            # A process that dies right behind its answer is blamed for the same question again.
            return
        self._judged.add((verdict.adapter, verdict.case))
        self._verdicts.append(verdict)
        self._writer.add(verdict)
        if self._on_verdict is not None:
            self._on_verdict(verdict)

    def _crash(self, nodeid: str) -> Verdict:
        """Say which question killed its process, and whether it was the time limit that did."""
        name, _, text = nodeid.rpartition("[")[2].removesuffix("]").partition(":")
        case = parsed(text)
        seconds = time.perf_counter() - self._asked.get(nodeid, time.perf_counter())
        limit = self.plan.seconds_per_case
        detail = (
            f"no answer within the time limit of {limit:g} s (--timeout)"
            if seconds >= limit
            else "the process died while computing"
        )
        verdict = Verdict(name, text, "crashed", case.direction, features_of(case, self.plan.cases.get(text)), detail)
        self.plan.expected.weigh(verdict, case)
        return verdict
