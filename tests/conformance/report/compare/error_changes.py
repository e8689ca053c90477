"""How near errors come to their bounds in two reports, adapter by adapter and dtype by dtype."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Final

from convformance.tests.conformance.report.compare.case_changes import Pair
from convformance.tests.conformance.sizes import parsed

FACTOR: Final = 1.25
"""A figure that moved by this factor or more is told, or ..."""
MARKS: Final = (0.5, 0.9)
"""... one that went over one of these marks ..."""
STEP: Final = 0.02
"""... by this or more. Worst figures that moved less are not told: whose errors are tiny has none that matter."""
RULE: Final = (
    f"a worst figure is told where it moved by {STEP} or more, and by a factor of {FACTOR} or across "
    f"{' or '.join(map(str, MARKS))}; a median by that factor; of the cases that are within_bound in both"
)
"""The rule in words."""


@dataclass(frozen=True)
class ErrorChange:
    """A figure of an adapter's errors in one dtype that moved noticeably.

    Attributes
    ----------
    adapter, dtype : str
        Whose they are.
    figure : str
        ``worst error / bound``, ``median error / bound`` or ``worst spread / limit``.
    old, new : float
        What it was and what it is.
    cases : int
        How many cases it is of.
    at : str or None
        For a worst figure, the case that it is now of.
    """

    adapter: str
    dtype: str
    figure: str
    old: float
    new: float
    cases: int
    at: str | None


def error_changes(pairs: Iterable[Pair]) -> tuple[ErrorChange, ...]:
    """Compare errors on real numbers; on exact ones there are none.

    Parameters
    ----------
    pairs : iterable of (Verdict, Verdict)
        The old and the new verdict on each case.

    Returns
    -------
    tuple of ErrorChange
        As `RULE` says.
    """
    groups: defaultdict[tuple[str, str], list[Pair]] = defaultdict(list)
    for old, new in pairs:
        if old.verdict == new.verdict == "within_bound":
            groups[new.adapter, parsed(new.case).problem.dtype].append((old, new))
    return tuple(
        change
        for (adapter, dtype), members in groups.items()
        for change in _figures(adapter, dtype, members)
        if _is_noticeable(change)
    )


def _figures(adapter: str, dtype: str, pairs: Iterable[Pair]) -> list[ErrorChange]:
    """Compute every figure of one adapter and dtype, in both reports."""
    pairs = list(pairs)
    found = []
    errors = [
        (old.fraction, new.fraction, new.case)
        for old, new in pairs
        if old.fraction is not None and new.fraction is not None
    ]
    spreads = [
        (old.spread, new.spread, new.case) for old, new in pairs if old.spread is not None and new.spread is not None
    ]
    for figure, rows in (("worst error / bound", errors), ("worst spread / limit", spreads)):
        if rows:
            worst, at = max((new, case) for _, new, case in rows)
            found.append(ErrorChange(adapter, dtype, figure, max(old for old, _, _ in rows), worst, len(rows), at))
    if errors:
        before, after = median(old for old, _, _ in errors), median(new for _, new, _ in errors)
        found.append(ErrorChange(adapter, dtype, "median error / bound", before, after, len(errors), None))
    return found


def _is_noticeable(change: ErrorChange) -> bool:
    """Tell whether a figure moved enough to be told."""
    low, high = sorted((change.old, change.new))
    if change.at is None:
        return high >= FACTOR * low and high > low
    return high - low >= STEP and (high >= FACTOR * low or any(low < mark <= high for mark in MARKS))
