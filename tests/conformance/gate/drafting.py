"""Entries for what fails now, for a person to review.

Only what can be known from a report is written; what a person has to say stands as ``TODO:``, with what the diagnosis
says.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from packaging.version import InvalidVersion, Version

from convformance.tests.conformance.gate.entry import TODO, Entry
from convformance.tests.conformance.gate.grouping import Weighed
from convformance.tests.conformance.report.harmless import visible
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.sizes import size_of
from convformance.tests.conformance.verdicts import Verdict

LIFE: Final = timedelta(days=90)
"""So long an entry that nobody has thought about may count."""
HINT: Final = 600
"""So many characters of what the diagnosis says stand in an entry."""


@dataclass(frozen=True)
class Draft:
    """An entry to be reviewed, and how many failing cases it lists."""

    entry: Entry
    cases: int


def where_it_ran(report: Report, adapter: str) -> list[Mapping[str, Any]]:
    """Give the headers of the runs that asked an adapter: several where a report was merged.

    Parameters
    ----------
    report : Report
        Any.
    adapter : str
        Its name.

    Returns
    -------
    list of mapping
        Each with ``packages`` and ``machine``.
    """
    sources = report.header.get("sources", [report.header])
    return [source for source in sources if any(one["name"] == adapter for one in source["adapters"])]


def drafts_of(
    weighed: Weighed, report: Report, adapter: Mapping[str, Any], today: date, names: set[str]
) -> list[Draft]:
    """Write an entry for each distinct thing that fails and is not listed.

    Parameters
    ----------
    weighed : Weighed
        The verdicts on an adapter.
    report : Report
        What they are of.
    adapter : mapping
        What its header says of the adapter.
    today : date
        Entries count for `LIFE` from here.
    names : set of str
        The names that are taken; new ones are added.

    Returns
    -------
    list of Draft
        Each true of all its failing cases, and of no case that conforms.
    """
    drafts = []
    for group in weighed.groups():
        where, members = group.where, group.verdicts
        entry = {
            "name": _name((adapter["name"], *group.words), names),
            "adapter": adapter["name"],
            **({"cases": sorted(one.case for one in members)} if where is None else {"where": where}),
            "verdicts": sorted({verdict.verdict for verdict in members}),
            **_pins(report, adapter),
            "kind": "bug",
            **_hints(report, members, today),
            "holds": "always",
            "expires": today + LIFE,
        }
        names.add(str(entry["name"]))
        drafts.append(Draft(Entry.from_table(entry), len(members)))
    return drafts


def _name(words: Iterable[str], taken: set[str]) -> str:
    """Make a name of letters, digits and hyphens that no other entry has."""
    parts: list[str] = []
    for word in words:
        more = re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")
        if parts and more.startswith(f"{parts[-1]}-"):
            parts[-1] = more
        elif more and not "-".join(["", *parts]).endswith(f"-{more}"):
            # An adapter may be named after its fault, a group after what is asked.
            parts.append(more)
    name = slug = "-".join(parts)[:80].strip("-") or "adapter"
    number = 2
    while name in taken:
        name, number = f"{slug}-{number}", number + 1
    return name


def _pins(report: Report, adapter: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Say for which versions of its packages an entry is, where they are known and the same in all parts."""
    sources = where_it_ran(report, adapter["name"])
    pins: dict[str, set[str]] = defaultdict(set)
    for name in adapter.get("packages", ()):
        for source in sources:
            if name in source["packages"]:
                pins[name].add(_series(source["packages"][name]))
    found = {name: "".join(series) for name, series in pins.items() if len(series) == 1 and "" not in series}
    return {"versions": found} if found else {}


def _series(version: str) -> str:
    """Pin all versions that differ in the last number only."""
    try:
        major, minor, *_ = (*Version(version).release, 0)
    except InvalidVersion:
        return ""
    return f"=={major}.{minor}.*"


def _hints(report: Report, members: Sequence[Verdict], today: date) -> dict[str, str]:
    """Give what a person has to say, with what is known."""
    smallest = min(members, key=lambda verdict: (size_of(verdict.case), verdict.case))
    cases = {verdict.case for verdict in members}
    about = [
        diagnosis
        for diagnosis in report.footer.get("diagnoses", ())
        if diagnosis["adapter"] == smallest.adapter
        and (diagnosis["fault"] == smallest.fault if smallest.fault else diagnosis["smallest"] in cases)
    ]
    described = "; ".join(
        f"{one['fault'] or one.get('title') or smallest.verdict}: {one['description']}" for one in about
    )
    note = [
        f"{TODO} the smallest case on paper: what it must be, and what came back",
        f"Seen: {_hint(smallest.detail)}",
    ]
    note += [f"Shrunk to {_hint(one['minimal'])}" for one in about if one["minimal"]]
    note += [f"Reproducer: {_hint(one['reproducer'])}" for one in about if one["reproducer"]]
    return {
        "owner": f"{TODO} who owns it: the framework, what it calls, or the adapter",
        "reason": f"{TODO} what is wrong, in a sentence"
        + (f". The diagnosis says: {_hint(described)}" if about else ""),
        "address": f"{TODO} the issue in the owner's tracker, or: not reported as of {today}",
        "smallest": smallest.case,
        "note": "\n".join(note),
    }


def _hint(text: str) -> str:
    """Give a text of others on one line that does not wait for a review itself."""
    return visible(text, HINT).replace(TODO, "TODO")
