"""Judge in a process beside this one: what dies or hangs there is a verdict here."""

import multiprocessing
from dataclasses import asdict
from multiprocessing.connection import Connection
from typing import Any

from convformance.adapters.contract import Adapter
from convformance.adapters.find import find
from convformance.reference.case import Case, parse_case
from convformance.tests.conformance.features import features_of
from convformance.tests.conformance.runner import judge_case
from convformance.tests.conformance.verdicts import Verdict


class Apart:
    """A process that judges one case after another, and is replaced when it dies."""

    def __init__(self) -> None:
        self._process: Any = None
        self._end: Connection | None = None

    def judge(self, spelling: str, name: str, case: Case, origin: str | None, seconds: float) -> Verdict:
        """Judge one case.

        Parameters
        ----------
        spelling, name : str
            The adapter as written on the command line, and as verdicts call it.
        case : Case
            The question.
        origin : str or None
            The file of the corpus it comes from.
        seconds : float
            The time limit; loading the adapter is not part of it.

        Returns
        -------
        Verdict
            ``crashed`` where the process died or gave no answer in time.
        """
        end = self._connect()
        try:
            end.send((spelling, str(case), origin))
            end.recv()
            if end.poll(seconds):
                return Verdict.from_record(end.recv())
            detail = f"no answer within the time limit of {seconds:g} s (--timeout)"
        except (EOFError, ConnectionError):
            detail = "the process died while computing"
        self.close()
        return Verdict(name, str(case), "crashed", case.direction, features_of(case, origin), detail)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None

    def _connect(self) -> Connection:
        """Give the connection to the process, starting it where there is none."""
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._end, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
        assert self._end is not None
        return self._end


def _serve(end: Connection) -> None:
    """Answer questions until there are none."""
    adapters: dict[str, Adapter] = {}
    while True:
        try:
            spelling, text, origin = end.recv()
        except EOFError:
            return
        if spelling not in adapters:
            adapters[spelling] = find(spelling)
        end.send("begins")
        end.send(asdict(judge_case(adapters[spelling], parse_case(text), origin)))
