"""One run under pytest: the controller collects the verdicts, writes the report, and colours the run."""

import json
import math
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

import pytest
from rich.console import Console

from convformance.tests.conformance.corpus import TIERS, load
from convformance.tests.conformance.diagnosis.naming import Diagnosis, name_failures
from convformance.tests.conformance.features import features_of
from convformance.tests.conformance.options import UsageError
from convformance.tests.conformance.plan import Plan, make_plan
from convformance.tests.conformance.preflight import PreflightError
from convformance.tests.conformance.report.harmless import SHORT, for_log, for_terminal
from convformance.tests.conformance.report.reading import read_report
from convformance.tests.conformance.report.rendering import clear, publish
from convformance.tests.conformance.report.terminal import say
from convformance.tests.conformance.report.writing import ReportWriter
from convformance.tests.conformance.sizes import parsed, size_of
from convformance.tests.conformance.verdicts import Verdict, why_red

EXIT_ADAPTER: Final = 3


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
                max_work=option.convformance_max_work,
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
            [verdict for verdict in self._verdicts if verdict.fault or verdict.title],
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
