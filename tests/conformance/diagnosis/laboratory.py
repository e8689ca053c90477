"""Name what is wrong with an adapter: the faults are put in its place, and what they would be judged is compared."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from typing import Final

from convformance.adapters.contract import OFFERS, Adapter
from convformance.adapters.faulty import Faulty
from convformance.adapters.numpy_reference import Reference
from convformance.reference.case import SPECIALS, Case, parse_case
from convformance.reference.directions import LAWS, STATES
from convformance.reference.elimination import UNKNOWN, Evidence, Finding, Hypothesis, OutOfTimeError, Said, eliminate
from convformance.reference.faults import FAULTS
from convformance.tests.conformance.preflight import Found
from convformance.tests.conformance.runner import judge_case
from convformance.tests.conformance.sizes import size_of
from convformance.tests.conformance.verdicts import NONCONFORMING, Verdict

LARGEST: Final = 2**22
"""Cases of more multiplications are left out: there are smaller ones that say the same."""


@dataclass
class Laboratory:
    """What is known of one adapter, and what each hypothesis would do in its place.

    Parameters
    ----------
    found : Found
        What the adapter says of itself: layouts, claims, offers.
    verdicts : iterable of Verdict
        What was said of it in the run.
    ask : callable, optional
        Judges a case that the run did not have; None where that can't be done.
    tier : sequence of str, optional
        The cases that may be asked.
    seconds : float, optional
        How long thinking may take.
    """

    found: Found
    verdicts: Iterable[Verdict]
    ask: Callable[[str], Verdict | None] = lambda _: None
    tier: Sequence[str] = ()
    seconds: float = 120.0
    _seen: dict[str, Said] = field(init=False)
    _predicted: dict[tuple[Hypothesis, str], Said] = field(init=False, default_factory=dict)
    _until: float = field(init=False)

    def __post_init__(self) -> None:
        self._until = time.monotonic() + self.seconds
        self._seen = {
            verdict.case: said(verdict)
            for verdict in self.verdicts
            if verdict.verdict != "unsupported" and verdict.expected is None and size_of(verdict.case) <= LARGEST
        }

    @property
    def failing(self) -> list[str]:
        """The cases that fail, small ones first, and at the end those that only say that they do."""
        failing = [case for case, words in self._seen.items() if words is not None]
        return sorted(failing, key=lambda case: (is_loose(parse_case(case)), size_of(case), case))

    def findings(self) -> list[Finding]:
        """Name what explains the failing cases."""
        evidence = Evidence(
            self.failing,
            self._passing,
            self._see,
            self._predict,
            self._further,
            lambda case: is_loose(parse_case(case)),
            lambda hypothesis: any(FAULTS[name].remembers for name in hypothesis),
        )
        return eliminate(evidence, list(FAULTS))

    def explains(self, hypothesis: Hypothesis, verdict: Verdict) -> bool:
        """Tell whether a hypothesis predicts what was said of a case, however large."""
        try:
            predicted = self._predict(hypothesis, verdict.case)
        except OutOfTimeError:
            return False
        return predicted == said(verdict) or (predicted is not None and is_loose(parse_case(verdict.case)))

    def _enough(self) -> bool:
        return time.monotonic() > self._until

    def _passing(self, hypothesis: Hypothesis) -> Iterator[str]:
        """Give the conforming cases in which a hypothesis may show."""
        for case, words in self._seen.items():
            if words is None and touches(hypothesis, case):
                yield case

    def _further(self) -> Iterator[str]:
        """Give cases that were not asked yet."""
        for case in self.tier:
            if self._enough():
                return
            if case not in self._seen and size_of(case) <= LARGEST:
                yield case

    def _see(self, case: str) -> Said:
        if case not in self._seen:
            verdict = self.ask(case)
            unknown = verdict is None or verdict.verdict == "unsupported"
            self._seen[case] = UNKNOWN if unknown or verdict is None else said(verdict)
        return self._seen[case]

    def _predict(self, hypothesis: Hypothesis, case: str) -> Said:
        if not touches(hypothesis, case):
            return None
        if (hypothesis, case) not in self._predicted:
            if self._enough():
                raise OutOfTimeError
            twin: Adapter = reduce(Faulty, (FAULTS[name] for name in hypothesis), stand_in(self.found))
            self._predicted[hypothesis, case] = said(judge_case(twin, parse_case(case)))
        return self._predicted[hypothesis, case]


def stand_in(found: Found) -> Adapter:
    """Give the reference in an adapter's place: with its layouts, its claims, and what it offers."""
    twin = Reference()
    for name in ("data_layout", "filter_layouts", "accumulators", "flushes_subnormals"):
        setattr(twin, name, getattr(found, name))
    for offer in OFFERS:
        if offer not in found.offers:
            setattr(twin, offer, None)
    return twin


def said(verdict: Verdict) -> Said:
    """Give what a verdict says in words that two equal answers share.

    They hold the count of wrong elements, and the first and the worst of them in full.
    """
    return f"{verdict.verdict}: {verdict.detail}" if verdict.verdict in NONCONFORMING else None


def is_loose(case: Case) -> bool:
    """Tell whether a case has numbers on which honest arithmetics differ, or that they treat in ways of their own."""
    return case.numbers == "real" or case.numbers in SPECIALS


def touches(hypothesis: Hypothesis, case: str) -> bool:
    """Tell whether a hypothesis may show in a case at all."""
    return any(may_show(name, case) for name in hypothesis)


@cache
def may_show(name: str, text: str) -> bool:
    """Tell whether a fault may show in a case.

    Parameters
    ----------
    name : str
        The fault's.
    text : str
        The case's.

    Returns
    -------
    bool
        False where the faulty layer is honest for sure.
    """
    case, fault = parse_case(text), FAULTS[name]
    if case.is_invalid or fault.takes is not None:
        return case.is_invalid and fault.takes is not None
    if case.direction in LAWS:
        return True  # a law leads on to other problems
    return fault.applies(case.problem, "forward" if case.direction in STATES else case.direction)
