"""The part of a run that judges: one process of pytest-xdist, or the only one."""

import faulthandler
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from threadpoolctl import threadpool_limits

from convformance.adapters.contract import Adapter
from convformance.adapters.find import find
from convformance.tests.conformance.apart import judge_apart
from convformance.tests.conformance.gate.expected import Expected, load_expected
from convformance.tests.conformance.judging import judge_adapter
from convformance.tests.conformance.machine import machine, traits_of
from convformance.tests.conformance.options import chosen_cases
from convformance.tests.conformance.sizes import parsed
from convformance.tests.conformance.verdicts import Verdict

STDERR: Final = 2


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
        Its options say what.
    names : mapping of str to str
        How the adapters are called, by what was written on the command line.
    """

    def __init__(self, config: pytest.Config, names: Mapping[str, str]) -> None:
        self._config = config
        self._names = names
        self._adapters: dict[str, Adapter] = {}
        self._began: float | None = None
        self._loading = 0.0
        self._framework = 0.0
        option = config.option
        self._expected = Expected()
        if option.convformance_expected is not None:
            path = Path(option.convformance_expected)
            self._expected = load_expected(path, traits_of(machine()))
        # A worker is killed in silence: the controller says what happened. A lone process leaves its stack behind.
        self._stack = os.open(os.devnull, os.O_WRONLY) if is_xdist_worker(config) else STDERR

    def questions(self) -> list[Question]:
        """Give all questions, the adapters of one case next to each other so that its reference is evaluated once."""
        option = self._config.option
        return [
            Question(spelling, name, case, origin)
            for case, origin in chosen_cases(
                option.convformance_tier,
                option.convformance_case,
                option.convformance_shard,
                option.convformance_max_work,
            ).items()
            for spelling, name in self._names.items()
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
