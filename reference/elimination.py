"""Which of many hypotheses explains all that was seen: the logic of a diagnosis, whatever is asked of whom.

A hypothesis is a tuple of names of faults that hold together. It predicts of every case what the judge will say. A name
is given only to a hypothesis that says exactly what was seen in some failing case, and that no case contradicts: none
that it predicts to fail may pass or fail otherwise. A wrong name is worse than none. This is diagnosis from first
principles, where conflicts with observations rule candidates out and further measurements tell apart those that are
left (J. de Kleer and B. C. Williams, "Diagnosing multiple faults", Artificial Intelligence 32, 1987).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Hypothesis: TypeAlias = tuple[str, ...]
Said: TypeAlias = str | None
"""What the judge says of a case: None where it conforms."""

SEEDS: Final = 24
"""From so many failing cases that nothing has explained yet a search begins."""
PAIRED: Final = 40
"""Pairs are made of so many faults at most, of those that show in the case."""
PAIR_SEEDS: Final = 3
"""From so many of them on pairs are no longer tried: there are many, and where one holds it shows soon."""
CONFIRMED: Final = 6
"""A hypothesis must be right in so many cases where it shows, as far as there are so many."""


class OutOfTimeError(Exception):
    """There is no more time to predict anything."""


@dataclass(frozen=True)
class Evidence:
    """What is known of one adapter, and how to learn more.

    Attributes
    ----------
    failing : sequence of str
        The cases that fail, those that are quick to think about first.
    passing : callable
        The cases that are known to conform and in which a hypothesis may show.
    seen : callable
        What the judge said of a case; asks the adapter where it is not known. A reason to skip the case is said as
        `UNKNOWN`.
    predicted : callable
        What the judge would say of a case if a hypothesis held; raises `OutOfTimeError` when there is no more time, and
        what is not explained by then stays so.
    further : callable
        Cases that may be asked besides.
    loose : callable
        Whether in a case every arithmetic gives other numbers, so that words need not agree where both fail.
    remembers : callable
        Whether what a hypothesis says depends on what was asked before: then words need not agree either.
    """

    failing: Sequence[str]
    passing: Callable[[Hypothesis], Iterable[str]]
    seen: Callable[[str], Said]
    predicted: Callable[[Hypothesis, str], Said]
    further: Callable[[], Iterable[str]]
    loose: Callable[[str], bool] = lambda _: False
    remembers: Callable[[Hypothesis], bool] = lambda _: False

    def explains(self, hypothesis: Hypothesis, case: str) -> bool:
        """Tell whether a hypothesis predicts a failure exactly as it was seen."""
        predicted = self.predicted(hypothesis, case)
        return predicted is not None and predicted == self.seen(case)

    def contradicts(self, hypothesis: Hypothesis, case: str) -> bool:
        """Tell whether a hypothesis predicts a failure, and something else was seen."""
        predicted = self.predicted(hypothesis, case)
        if predicted is None:
            return False
        seen = self.seen(case)
        return seen is None if self._vague(hypothesis, case) else seen not in (predicted, UNKNOWN)

    def covers(self, hypothesis: Hypothesis, case: str) -> bool:
        """Tell whether a hypothesis that holds is the reason of a failure."""
        if self.explains(hypothesis, case):
            return True
        both = self.predicted(hypothesis, case) is not None and self.seen(case) is not None
        return both and self._vague(hypothesis, case)

    def _vague(self, hypothesis: Hypothesis, case: str) -> bool:
        return self.loose(case) or self.remembers(hypothesis)


UNKNOWN: Final = "not known"
"""What is seen of a case that can't be asked."""


@dataclass(frozen=True)
class Finding:
    """What is known of some failing cases.

    Attributes
    ----------
    hypotheses : tuple of Hypothesis
        One, or several that no case tells apart; none where no fault fits.
    cases : tuple of str
        The failing cases that they explain.
    """

    hypotheses: tuple[Hypothesis, ...]
    cases: tuple[str, ...]


def eliminate(evidence: Evidence, suspects: Sequence[str]) -> list[Finding]:
    """Name what explains the failing cases.

    Parameters
    ----------
    evidence : Evidence
        What was seen.
    suspects : sequence of str
        The names of all faults.

    Returns
    -------
    list of Finding
        One for each distinct cause, and at the end one without hypotheses for what nothing explains.
    """
    findings: list[Finding] = []
    left = list(evidence.failing)
    unexplained: list[str] = []
    try:
        while left and len(unexplained) < SEEDS:
            found = _told_apart(_candidates(left[0], evidence, suspects, pairs=len(unexplained) < PAIR_SEEDS), evidence)
            if not found:
                unexplained.append(left.pop(0))
                continue
            explained = [case for case in left if evidence.covers(found[0], case)]
            findings.append(Finding(tuple(found), tuple(explained)))
            left = [case for case in left if case not in explained]
    except OutOfTimeError:
        pass
    if unexplained or left:
        findings.append(Finding((), (*unexplained, *left)))
    return findings


def _candidates(seed: str, evidence: Evidence, suspects: Sequence[str], *, pairs: bool) -> list[Hypothesis]:
    """Give the hypotheses that explain one case and that nothing contradicts: single faults, or else pairs of them."""
    singles: list[Hypothesis] = [(name,) for name in suspects]
    found = [one for one in singles if evidence.explains(one, seed) and not _contradicted(one, evidence)]
    if found or not pairs:
        return found
    showing = [one for one in singles if evidence.predicted(one, seed) is not None][:PAIRED]
    # Half of a pair is alone in other failing cases, and explains those.
    halves = [one for one in showing if any(evidence.explains(one, case) for case in evidence.failing)]
    for one in halves:
        for other in showing:
            for pair in (one + other, other + one) if one != other else ():
                if evidence.explains(pair, seed) and not _contradicted(pair, evidence):
                    return [pair]
    return []


def _contradicted(hypothesis: Hypothesis, evidence: Evidence) -> bool:
    """Tell whether any known case rules a hypothesis out."""
    if any(evidence.contradicts(hypothesis, case) for case in evidence.failing):
        return True
    return any(evidence.contradicts(hypothesis, case) for case in evidence.passing(hypothesis))


def _told_apart(left: list[Hypothesis], evidence: Evidence) -> list[Hypothesis]:
    """Ask further cases until one hypothesis is left and confirmed, or no case tells apart those that are left."""
    if not left:
        return []
    confirmed = sum(evidence.explains(left[0], case) for case in evidence.failing)
    for case in evidence.further():
        if len(left) <= 1 and confirmed >= CONFIRMED:
            break
        predictions = [evidence.predicted(hypothesis, case) for hypothesis in left]
        if set(predictions) == {None} or (len(set(predictions)) == 1 and confirmed >= CONFIRMED):
            continue
        seen = UNKNOWN if evidence.loose(case) else evidence.seen(case)
        if seen == UNKNOWN:
            continue
        left = [one for one, predicted in zip(left, predictions, strict=True) if predicted == seen]
        confirmed += seen is not None
        if not left:
            break
    return left
