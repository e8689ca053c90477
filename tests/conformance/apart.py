"""Judge one case in a process of its own: what dies, hangs, or damages memory there is a verdict here, and no more."""

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

LOADING_SECONDS = 300.0
"""How long the process may take to load its adapter."""


def judge_apart(spelling: str, adapter: Adapter, case: Case, origin: str | None, seconds: float) -> Verdict:
    """Judge one case in a process of its own.

    The process is forked from one that has imported the adapter's framework and computed nothing, so it begins at once
    and with memory that nobody has touched.

    Parameters
    ----------
    spelling : str
        The adapter as written on the command line.
    adapter : Adapter
        The same, made in this process; asked for its name and its framework only.
    case : Case
        The question.
    origin : str or None
        The file of the corpus it comes from.
    seconds : float
        The time limit; loading the adapter is not part of it.

    Returns
    -------
    Verdict
        ``crashed`` where the process died, before its answer or when it ended, or gave no answer in time.
    """
    # Where there is no forking, a process is started anew and imports what it needs.
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    framework = getattr(adapter, "framework", None)
    context.set_forkserver_preload([__name__, *([framework] if framework else [])])
    ours, theirs = context.Pipe()
    process = context.Process(target=_answer, args=(theirs, spelling, str(case), origin), daemon=True)
    process.start()
    theirs.close()
    verdict = Verdict(adapter.name, str(case), "crashed", case.direction, features_of(case, origin))
    verdict.detail = "the process died while computing"
    try:
        if not ours.poll(LOADING_SECONDS) or ours.recv() != "begins" or not ours.poll(seconds):
            verdict.detail = f"no answer within the time limit of {seconds:g} s (--timeout)"
        else:
            answer = Verdict.from_record(ours.recv())
            process.join(seconds)
            if process.exitcode == 0:
                return answer
            verdict.detail = f"answered, and died afterwards: its memory was damaged (the answer was {answer.verdict})"
    except (EOFError, ConnectionError):
        pass
    finally:
        process.kill()
        process.join()
    return verdict


def _answer(end: Connection, spelling: str, text: str, origin: str | None) -> None:
    """Load the adapter, say so, and judge."""
    adapter = find(spelling)
    end.send("begins")
    end.send(asdict(judge_case(adapter, parse_case(text), origin)))
