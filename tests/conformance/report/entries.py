"""The entries of the expected file that a report needed: one for each, whatever verdicts it lists."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from convformance.tests.conformance.report.kinds import Kind
from convformance.tests.conformance.verdicts import Verdict


@dataclass(frozen=True)
class Known:
    """A nonconformance that is known.

    Attributes
    ----------
    name, adapter : str
        Its entry, and whose it is.
    verdicts : str
        The names of the verdicts that it lists here.
    cases : int
        How many.
    first : Verdict
        On the smallest case of the first kind.
    entry : mapping or None
        What the header says of it: kind, owner, reason, address, expires.
    """

    name: str
    adapter: str
    verdicts: str
    cases: int
    first: Verdict
    entry: Mapping[str, Any] | None


def known_entries(groups: Iterable[Kind]) -> list[Known]:
    """Put known kinds of nonconformance together by their entry.

    Parameters
    ----------
    groups : iterable of Kind
        All of a report; those that make it red are passed over.

    Returns
    -------
    list of Known
        Those of most cases first.
    """
    found: defaultdict[tuple[str, str], list[Kind]] = defaultdict(list)
    for kind in groups:
        if kind.state == "known":
            found[kind.adapter, kind.smallest.expected or ""].append(kind)
    entries = [
        Known(
            name,
            adapter,
            ", ".join(dict.fromkeys(kind.name for kind in kinds)),
            sum(len(kind.verdicts) for kind in kinds),
            kinds[0].smallest,
            kinds[0].entry,
        )
        for (adapter, name), kinds in found.items()
    ]
    return sorted(entries, key=lambda entry: -entry.cases)
