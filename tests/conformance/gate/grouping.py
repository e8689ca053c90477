"""What fails on an adapter and is not listed, in groups that a condition can tell from what conforms."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from convformance.reference.case import Case
from convformance.reference.directions import FORWARD, GRADIENTS, INVALID, LAWS, STATES
from convformance.tests.conformance.gate.conditions import evaluate
from convformance.tests.conformance.gate.conjunction import Separator
from convformance.tests.conformance.gate.expected import Expected
from convformance.tests.conformance.sizes import parsed
from convformance.tests.conformance.verdicts import NONCONFORMING, Verdict

_KINDS: Final = {"gradients": GRADIENTS, "laws": LAWS, "states": STATES, "invalid": INVALID}


@dataclass(frozen=True)
class Group:
    """Verdicts that one entry shall list.

    Attributes
    ----------
    words : tuple of str
        What they have in common: the fault, or the verdict and what was asked.
    where : str or None
        A condition that is true of all of them and of no case that conforms; None where there is none.
    verdicts : tuple of Verdict
        At least one.
    """

    words: tuple[str, ...]
    where: str | None
    verdicts: tuple[Verdict, ...]


class Weighed:
    """The verdicts on an adapter, weighed anew by what the expected file says now.

    Parameters
    ----------
    verdicts : sequence of Verdict
        All of one adapter.
    expected : Expected
        The entries that apply to it.

    Attributes
    ----------
    verdicts : list of Verdict
        Each with the name of the entry that lists it today.
    unlisted : list of int
        The places of those that no entry lists, not even one that has expired.
    conforming : list of int
        The places of those that conform.
    stale : list of str
        The entries that one of these proves stale.
    """

    def __init__(self, verdicts: Sequence[Verdict], expected: Expected) -> None:
        self.verdicts: list[Verdict] = []
        self.unlisted: list[int] = []
        self._cases: list[Case] = []
        stale: dict[str, None] = {}
        for place, given in enumerate(verdicts):
            case, verdict = parsed(given.case), replace(given, expected=None)
            entry = expected.about(verdict, case)
            if verdict.verdict in NONCONFORMING:
                verdict.expected = None if entry is None else entry.name
                if entry is None and expected.lapsed_about(verdict, case) is None:
                    self.unlisted.append(place)
            elif entry is not None:
                stale[entry.name] = None
            self.verdicts.append(verdict)
            self._cases.append(case)
        self.stale = list(stale)
        self.conforming = [place for place, verdict in enumerate(self.verdicts) if verdict.conforms]

    def groups(self) -> list[Group]:
        """Group what is not listed: by its fault, else by the verdict and the kind of question.

        Returns
        -------
        list of Group
            Each verdict stands in the first group whose condition is true of it.
        """
        if not self.unlisted:
            return []
        named: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for place in self.unlisted:
            verdict = self.verdicts[place]
            named[(verdict.fault,) if verdict.fault else (verdict.verdict, _kind_of(self._cases[place]))].append(place)
        search = _Search(self, [*self.unlisted, *self.conforming])
        for words, places in sorted(named.items(), key=lambda group: -len(group[1])):
            search.divide(words, places)
        return search.found

    def case(self, place: int) -> Case:
        """Give the case of a verdict."""
        return self._cases[place]


class _Search:
    """Groups found so far, and what they cover."""

    def __init__(self, weighed: Weighed, places: Sequence[int]) -> None:
        self.found: list[Group] = []
        self._weighed = weighed
        self._left = set(weighed.unlisted)
        self._index = {place: index for index, place in enumerate(places)}
        self._separator = Separator([weighed.case(place) for place in places])

    def divide(self, words: tuple[str, ...], places: Iterable[int]) -> None:
        """Find a condition for a group, or for parts of it by what is asked; what is left goes case by case."""
        parts = {"": list(places)}
        for word_of in _WORDS:
            undone: defaultdict[str, list[int]] = defaultdict(list)
            for word, part in parts.items():
                if not self._add((*words, word), part):
                    for place in part:
                        undone[word_of(self._weighed.case(place))].append(place)
            parts = dict(undone)
        rest = [place for word, part in parts.items() if not self._add((*words, word), part) for place in part]
        rest = [place for place in rest if place in self._left]
        if rest:
            self._keep((*words, "cases"), None, rest)

    def _add(self, words: tuple[str, ...], part: Iterable[int]) -> bool:
        """Add a group where there is a condition for what is left of a part."""
        wanted = [place for place in part if place in self._left]
        where = self._condition(wanted) if wanted else None
        if where is not None:
            verdicts = {self._weighed.verdicts[place].verdict for place in wanted}
            # What else it is true of is listed by it, too: another entry for that would never be needed.
            covered = [
                place
                for place in sorted(self._left)
                if self._weighed.verdicts[place].verdict in verdicts and evaluate(where, self._weighed.case(place))
            ]
            self._keep(words, where, covered)
        return where is not None or not wanted

    def _condition(self, wanted: Sequence[int]) -> str | None:
        """Tell them from what conforms, and if it can be from what fails for another reason."""
        wrong, members = self._weighed.verdicts, set(wanted)
        faults = {wrong[place].fault for place in wanted}
        strangers = [place for place in self._left - members if wrong[place].fault not in faults]
        for others in ([*self._weighed.conforming, *strangers], self._weighed.conforming):
            where = self._separator.condition(
                [self._index[place] for place in wanted], [self._index[place] for place in others]
            )
            if where is not None or not strangers:
                return where
        return None

    def _keep(self, words: tuple[str, ...], where: str | None, places: Sequence[int]) -> None:
        self._left -= set(places)
        self.found.append(Group(words, where, tuple(self._weighed.verdicts[place] for place in places)))


def _kind_of(case: Case) -> str:
    return next((kind for kind, directions in _KINDS.items() if case.direction in directions), FORWARD)


_WORDS: Final[Sequence[Callable[[Case], str]]] = (
    _kind_of,
    lambda case: case.direction,
    lambda case: f"{case.direction}-{case.problem.kind}",
    lambda case: f"{case.direction}-{case.problem.kind_and_rank}",
)
"""What groups without a condition are divided by, one after the other."""
