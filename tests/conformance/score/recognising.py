"""Whether a run calls a fault by its name: each is put in an adapter's place, judged on a tier, and diagnosed."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, Final

from rich.progress import track
from threadpoolctl import threadpool_limits

from convformance.adapters.contract import OFFERS, Adapter
from convformance.adapters.faulty import Faulty
from convformance.adapters.numpy_reference import Reference
from convformance.reference.case import parse_case
from convformance.reference.elimination import Finding
from convformance.reference.faults import FAULTS, Fault
from convformance.tests.conformance.diagnosis.laboratory import LARGEST, Laboratory, may_show
from convformance.tests.conformance.preflight import Found
from convformance.tests.conformance.runner import judge_case
from convformance.tests.conformance.sizes import size_of
from convformance.tests.conformance.verdicts import Verdict

SHARE: Final = 4
"""A run that asks every fourth case of a tier is enough to know most faults by."""


@dataclass(frozen=True)
class Recognised:
    """What a fault is called when nothing but its verdicts is known.

    Attributes
    ----------
    fault : str
        The name of the fault that was put in.
    findings : tuple of Finding
        The diagnosis.
    """

    fault: str
    findings: tuple[Finding, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called first: several names where no case tells them apart."""
        first = self.findings[0].hypotheses if self.findings else ()
        return tuple(" and ".join(hypothesis) for hypothesis in first)

    @property
    def right(self) -> bool:
        """Whether its name is the first that is given, alone or among those that no case tells apart."""
        return self.fault in self.names

    @property
    def wrong_names(self) -> tuple[str, ...]:
        """The names given to any of its failures by which it is not called."""
        given = [
            names
            for finding in self.findings
            if (self.fault,) not in finding.hypotheses
            for names in finding.hypotheses
        ]
        return tuple(" and ".join(names) for names in given)


def recognise(fault: Fault, cases: Sequence[str], tier: Sequence[str] = (), seconds: float = 20.0) -> Recognised:
    """Judge a fault in the reference's place on cases, and diagnose the verdicts.

    Parameters
    ----------
    fault : Fault
        A named one, or any other.
    cases : sequence of str
        What a run asks.
    tier : sequence of str, optional
        What may be asked besides.
    seconds : float, optional
        How long the diagnosis may take.

    Returns
    -------
    Recognised
        What came out.
    """
    reference = Reference()
    found = Found("", fault.name, "", reference.data_layout, dict(reference.filter_layouts), {}, [], list(OFFERS))

    def ask(case: str) -> Verdict:
        return next(_verdicts(fault, [case]))

    findings = Laboratory(found, list(_verdicts(fault, cases)), ask, tier, seconds).findings()
    return Recognised(fault.name, tuple(findings))


def recognise_all(names: Sequence[str], cases: Sequence[str], jobs: int) -> list[Recognised]:
    """Do so for several named faults, several at a time; shows progress."""
    method: Any = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, method, initializer=threadpool_limits, initargs=(1, "blas")) as pool:
        running = {pool.submit(recognise_named, name, cases): name for name in names}
        done = track(as_completed(running), "naming faults", len(running), transient=True)
        found = {running[future]: future.result() for future in done}
    return [found[name] for name in names]


def recognise_named(name: str, cases: Sequence[str]) -> Recognised:
    """Recognise a named fault by every so many-th case.

    Parameters
    ----------
    name : str
        The fault's.
    cases : sequence of str
        A tier: others of it are asked where two names are left, and all of it where none of those exposes the fault.

    Returns
    -------
    Recognised
        What came out.
    """
    found = recognise(FAULTS[name], cases[::SHARE], cases)
    return found if found.findings else recognise(FAULTS[name], cases)


def _verdicts(fault: Fault, cases: Sequence[str]) -> Iterator[Verdict]:
    """Judge the cases in which the fault may show; in the others it is honest."""
    adapter: Adapter = Faulty(Reference(), fault)
    for text in cases:
        if size_of(text) > LARGEST:
            continue
        case = parse_case(text)
        if fault.name not in FAULTS or may_show(fault.name, text):
            yield judge_case(adapter, case)
        else:
            yield Verdict(adapter.name, text, "refused" if case.is_invalid else "exact", case.direction, [])
