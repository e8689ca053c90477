"""Failures put together by kind, so that each is said once: terminal, Markdown and annotations say the same."""

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.seen import titles
from convformance.tests.conformance.sizes import looked_at_first
from convformance.tests.conformance.verdicts import NONCONFORMING, Verdict, no_longer_holds, was_not_seen

STALE: Final = "no longer true"

State: TypeAlias = Literal["fails", "stale", "known"]


@dataclass(frozen=True)
class Kind:
    """Verdicts that say the same.

    Attributes
    ----------
    adapter : str
        Whose they are.
    name : str
        The fault's name, or what was seen where no fault explains it; `STALE`; or the verdict's name of what is known.
    text : str
        What the diagnosis says of them, or the detail of the smallest.
    state : str
        ``fails`` and ``stale`` make the run red, ``known`` does not.
    verdicts : tuple of Verdict
        All of them, in the order of the report; at least one.
    diagnosis : mapping or None
        What the footer says of them.
    entry : mapping or None
        What the header says of the expected entry that lists them.
    """

    adapter: str
    name: str
    text: str
    state: State
    verdicts: tuple[Verdict, ...]
    diagnosis: Mapping[str, Any] | None = None
    entry: Mapping[str, Any] | None = None

    @property
    def smallest(self) -> Verdict:
        """The verdict on the smallest case, exact numbers before real; of a diagnosed failure on the one it names."""
        if self.diagnosis is not None:
            for verdict in self.verdicts:
                if verdict.case == self.diagnosis["smallest"]:
                    return verdict
        return min(self.verdicts, key=lambda verdict: looked_at_first(verdict.case))

    @property
    def cases(self) -> str:
        """How many cases they are, in words."""
        return "1 case" if len(self.verdicts) == 1 else f"{len(self.verdicts)} cases"

    @property
    def common_features(self) -> list[str]:
        """The features that every one of several verdicts has."""
        return common_features(self.verdicts)


def kinds(report: Report, verdicts: Iterable[Verdict] | None = None) -> list[Kind]:
    """Group what does not conform, and what is no longer true.

    Parameters
    ----------
    report : Report
        Its footer says what was diagnosed.
    verdicts : iterable of Verdict, optional
        Those of the report that count, all where left out; verdicts that conform are passed over.

    Returns
    -------
    list of Kind
        Those that make the run red first, of them those of most cases.
    """
    diagnoses = report.footer.get("diagnoses", ())
    seen = titles(verdict for verdict in report.verdicts if _is_nameless(verdict))
    unseen = {no_longer_holds(name): was_not_seen(name) for name in report.footer["stale"]}
    groups: defaultdict[tuple[str, State, str, str | None, str], list[Verdict]] = defaultdict(list)
    for verdict in report.verdicts if verdicts is None else verdicts:
        if verdict.stale is not None:
            said = unseen.get(verdict.stale, verdict.stale)
            groups[verdict.adapter, "stale", STALE, None, said].append(verdict)
        elif verdict.verdict not in NONCONFORMING:
            continue
        elif verdict.expected is not None:
            groups[verdict.adapter, "known", verdict.verdict, None, f"known: {verdict.expected}"].append(verdict)
        else:
            name = verdict.fault or seen[verdict.adapter, verdict.case]
            # A framework may say what a fault is called: that is not the fault.
            groups[verdict.adapter, "fails", name, verdict.fault or None, ""].append(verdict)
    found = []
    entries = {entry["name"]: entry for entry in report.header.get("entries", ())}
    for (adapter, state, name, fault, text), members in groups.items():
        diagnosis = _diagnosis(diagnoses, adapter, fault, members) if state == "fails" else None
        entry = entries.get(members[0].expected or "") if state == "known" else None
        said = text if diagnosis is None else str(diagnosis["description"])
        said = f"{text}: {entry['reason']}" if entry is not None else said
        kind = Kind(adapter, name, said, state, tuple(members), diagnosis, entry)
        found.append(kind if said else replace(kind, text=kind.smallest.detail))
    return sorted(found, key=lambda kind: (kind.state == "known", -len(kind.verdicts)))


def common_features(verdicts: Sequence[Verdict]) -> list[str]:
    """Name the features that every one of several verdicts has; of a single one that would say nothing."""
    counts = Counter(feature for verdict in verdicts for feature in verdict.features)
    return [feature for feature, count in counts.items() if len(verdicts) > 1 and count == len(verdicts)]


def command(report: Report, adapter: str, case: str) -> str:
    """Spell the command that runs a case again, for a shell.

    Parameters
    ----------
    report : Report
        Its header says how the adapter was spelled.
    adapter, case : str
        The adapter's name and the case's text.

    Returns
    -------
    str
        One line where the spelling is one.
    """
    spellings = {one["name"]: one["spelling"] for one in report.header["adapters"]}
    return f"convformance case {shlex.quote(case)} --adapter {shlex.quote(spellings[adapter])}"


def _is_nameless(verdict: Verdict) -> bool:
    return not verdict.fault and verdict.expected is None and verdict.verdict in NONCONFORMING


def _diagnosis(
    diagnoses: Iterable[Mapping[str, Any]], adapter: str, fault: str | None, verdicts: Iterable[Verdict]
) -> Mapping[str, Any] | None:
    """Find what is said of a group: by its name, or by one of its cases where it has none."""
    cases = {verdict.case for verdict in verdicts}
    for diagnosis in diagnoses:
        same = diagnosis["adapter"] == adapter and diagnosis["fault"] == fault
        if same and (fault is not None or diagnosis["smallest"] in cases):
            return diagnosis
    return None
