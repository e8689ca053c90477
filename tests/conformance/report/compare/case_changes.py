"""Verdicts that are not what they were, put together by what happened to them and why."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from convformance.tests.conformance.report.kinds import common_features, kinds
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.said import reason_of
from convformance.tests.conformance.sizes import looked_at_first
from convformance.tests.conformance.verdicts import Verdict

Change: TypeAlias = Literal[
    "no longer conforms",
    "fails otherwise",
    "no longer true",
    "newly claimed",
    "newly unsupported",
    "conforms now",
    "true again",
]
Pair: TypeAlias = tuple[Verdict, Verdict]

CHANGES: Final[tuple[Change, ...]] = (
    "no longer conforms",
    "fails otherwise",
    "no longer true",
    "newly claimed",
    "newly unsupported",
    "conforms now",
    "true again",
)
"""What can happen to a case, what matters most first."""


@dataclass(frozen=True)
class Group:
    """Cases of one adapter to which the same happened.

    Attributes
    ----------
    change : str
        One of `CHANGES`.
    adapter : str
        Whose they are.
    name, text : str
        What is wrong with them now, or what was before where nothing is now: a fault's name or a verdict's, and what is
        said of it.
    pairs : tuple of (Verdict, Verdict)
        The old and the new verdicts; at least one.
    """

    change: Change
    adapter: str
    name: str
    text: str
    pairs: tuple[Pair, ...]

    @property
    def smallest(self) -> Pair:
        """The verdicts on the smallest case, exact numbers before real."""
        return min(self.pairs, key=lambda pair: looked_at_first(pair[1].case))

    @property
    def steps(self) -> list[str]:
        """From which verdict to which, the most frequent first."""
        counts = Counter(f"{old.verdict} -> {new.verdict}" for old, new in self.pairs)
        return [step for step, _ in counts.most_common()]

    @property
    def common_features(self) -> list[str]:
        """The features that every one of several cases has."""
        return common_features([new for _, new in self.pairs])


def paired(old: Report, new: Report) -> list[Pair]:
    """Put the verdicts together that are on the same case by adapters of the same name, in the order of the new report.

    Parameters
    ----------
    old, new : Report
        The two reports.

    Returns
    -------
    list of (Verdict, Verdict)
        What only one of them has is left out.
    """
    before = {(verdict.adapter, verdict.case): verdict for verdict in old.verdicts}
    keys = [(verdict.adapter, verdict.case) for verdict in new.verdicts]
    return [(before[key], verdict) for key, verdict in zip(keys, new.verdicts, strict=True) if key in before]


def change_of(old: Verdict, new: Verdict) -> Change | None:
    """Say what happened to a case, or None when nothing did.

    Parameters
    ----------
    old, new : Verdict
        On the same case by the same adapter.

    Returns
    -------
    str or None
        One of `CHANGES`.
    """
    if old.conforms and not new.conforms:
        return "no longer conforms"
    if old.verdict != new.verdict and "unsupported" in (old.verdict, new.verdict):
        return "newly claimed" if old.verdict == "unsupported" else "newly unsupported"
    if new.conforms and not old.conforms:
        return "conforms now"
    if (old.stale is None) != (new.stale is None):
        return "no longer true" if old.stale is None else "true again"
    same = (old.verdict, old.fault, old.expected) == (new.verdict, new.fault, new.expected)
    return None if same or new.conforms else "fails otherwise"


def group(pairs: Iterable[Pair], old: Report, new: Report) -> tuple[Group, ...]:
    """Put together what changed in the same way for the same reason.

    Parameters
    ----------
    pairs : iterable of (Verdict, Verdict)
        As `paired` gives them.
    old, new : Report
        Their reports, whose footers say what was diagnosed.

    Returns
    -------
    tuple of Group
        In the order of `CHANGES`, those of most cases first.
    """
    by_change: dict[Change, list[Pair]] = {change: [] for change in CHANGES}
    for pair in pairs:
        change = change_of(*pair)
        if change is not None:
            by_change[change].append(pair)
    return tuple(one for change, members in by_change.items() for one in _reasons(change, members, old, new))


def _reasons(change: Change, pairs: Sequence[Pair], old: Report, new: Report) -> list[Group]:
    """Take apart what happened for different reasons: the new verdict tells them, or the old one where all is well."""
    found = []
    for report, side in ((new, 1), (old, 0)):
        mine = [pair for pair in pairs if _is_well(change, pair[1]) == (side == 0)]
        of = {(pair[1].adapter, pair[1].case): pair for pair in mine}
        reasons: defaultdict[tuple[str, str, str], list[Pair]] = defaultdict(list)
        for kind in kinds(report, [pair[side] for pair in mine]):
            reasons[kind.adapter, kind.name, kind.text] += [of[one.adapter, one.case] for one in kind.verdicts]
        for pair in mine:
            if pair[side].verdict == "unsupported" and pair[side].stale is None:
                reasons[pair[side].adapter, "unsupported", reason_of(pair[side])].append(pair)
        for (adapter, name, text), members in reasons.items():
            found.append(Group(change, adapter, name if side else f"was {name}", text, tuple(members)))
    return sorted(found, key=lambda one: -len(one.pairs))


def _is_well(change: Change, new: Verdict) -> bool:
    """Tell whether a new verdict has nothing to say of what was wrong."""
    return change in ("conforms now", "true again") or (new.conforms and new.stale is None)
