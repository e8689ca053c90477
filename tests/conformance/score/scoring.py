"""The suite's own score: each named fault is put in front of the reference, and the cases that notice are counted."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from threadpoolctl import threadpool_limits

from convformance.adapters.contract import Adapter
from convformance.adapters.faulty import Faulty
from convformance.adapters.numpy_reference import Reference
from convformance.reference.case import parse_case
from convformance.reference.faults import FAULTS, Fault
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.diagnosis.laboratory import may_show
from convformance.tests.conformance.runner import judge_case
from convformance.tests.conformance.sizes import size_of
from convformance.tests.conformance.verdicts import NONCONFORMING

LARGEST: Final = 2**22
"""Cases of more multiplications are not counted: they would take most of the time."""
INDEPENDENT: Final = 3
"""So many problems must expose each fault."""
CHUNK: Final = 20


@dataclass(frozen=True)
class Score:
    """How a fault fares.

    Attributes
    ----------
    fault : Fault
        The lie.
    cases : int
        How many cases of the tier expose it.
    problems : int
        How many different problems these ask of: cases that share one are not independent.
    first : str
        The first case that does, in the order of the tier; empty where none does.
    verdicts : tuple of str
        The verdicts it gets, the most frequent first.
    """

    fault: Fault
    cases: int
    problems: int
    first: str
    verdicts: tuple[str, ...]

    @property
    def caught(self) -> bool:
        """Whether enough independent cases expose it."""
        return self.problems >= INDEPENDENT


def score(tier: str, jobs: int, faults: Sequence[str] = (), *, enough: bool = False) -> list[Score]:
    """Count for each fault the cases of a tier that expose it; shows progress.

    Parameters
    ----------
    tier : "quick" or "full"
        The cases.
    jobs : int
        How many processes.
    faults : sequence of str, optional
        The names of those to count; all where left out.
    enough : bool, optional
        Count a fault no further when enough problems expose it, and take the cases in a mixed order: much faster.

    Returns
    -------
    list of Score
        In the order in which the faults are written down.
    """
    names = list(faults or FAULTS)
    cases = [case for case in load(tier) if size_of(case) <= LARGEST]
    if enough:
        cases.sort(key=lambda case: sha256(case.encode()).digest())
    chunks = [cases[at : at + CHUNK] for at in range(0, len(cases), CHUNK)]
    exposed: dict[str, list[tuple[str, str]]] = {name: [] for name in names}
    rounds = [chunks[at : at + jobs] for at in range(0, len(chunks), jobs)] if enough else [chunks]
    doing = f"judging {len(names)} faults on {len(cases)} cases"
    method: Any = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(jobs, method, initializer=_one_thread) as pool,
        Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), transient=True) as progress,
    ):
        task = progress.add_task(doing, total=len(chunks))
        for some in rounds:
            for part in pool.map(_exposed, some, [names] * len(some)):
                progress.advance(task)
                for name, case, verdict in part:
                    exposed[name].append((case, verdict))
            if enough:
                names = [name for name in names if _problems(exposed[name]) < INDEPENDENT]
    return [_score_of(FAULTS[name], found) for name, found in exposed.items()]


def _problems(exposed: Sequence[tuple[str, str]]) -> int:
    """Count the different problems that cases ask of."""
    return len({case.partition(".")[0] for case, _ in exposed})


def _score_of(fault: Fault, exposed: Sequence[tuple[str, str]]) -> Score:
    verdicts = [verdict for _, verdict in exposed]
    return Score(
        fault,
        len(exposed),
        _problems(exposed),
        exposed[0][0] if exposed else "",
        tuple(sorted(set(verdicts), key=lambda verdict: (-verdicts.count(verdict), verdict))),
    )


def _one_thread() -> None:
    threadpool_limits(1, user_api="blas")


def _exposed(cases: Sequence[str], names: Sequence[str]) -> list[tuple[str, str, str]]:
    """Give the verdicts on the faults that cases expose."""
    return [found for case in cases for found in _by_case(case, names)]


def _by_case(case: str, names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    parsed = parse_case(case)
    for name in names:
        if may_show(name, case):
            adapter: Adapter = Faulty(Reference(), FAULTS[name])
            verdict = judge_case(adapter, parsed)
            if verdict.verdict in NONCONFORMING:
                yield name, case, verdict.verdict
