"""The verdict on one case: the unit that everything reports."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias

VerdictName: TypeAlias = Literal[
    "exact", "within_bound", "imprecise", "wrong", "rejected", "refused", "accepted", "crashed", "unsupported"
]

CONFORMING: Final = frozenset({"exact", "within_bound", "refused"})
NONCONFORMING: Final = frozenset({"imprecise", "wrong", "rejected", "accepted", "crashed"})
VERDICTS: Final = (
    "exact",
    "within_bound",
    "refused",
    "unsupported",
    "imprecise",
    "wrong",
    "rejected",
    "accepted",
    "crashed",
)


@dataclass
class Verdict:
    """What the judge says of one case on one adapter.

    Attributes
    ----------
    adapter, case : str
        The adapter's name, the case's text.
    verdict : str
        One of `VERDICTS`.
    direction : str
        What was asked for.
    features : list of str
        What the case is about.
    detail : str
        For what does not conform, what is wrong; for unsupported, the adapter's reason.
    fraction : float or None
        The worst error as a fraction of its bound, where it was judged by one and is finite.
    spread : float or None
        The root mean square of the errors as a fraction of its limit, where it was judged.
    stale : str or None
        What was declared or expected and no longer holds: an unsupported problem that the framework computes, or an
        entry of the expected file. It fails the run.
    expected : str or None
        The name of the entry of the expected file that lists this nonconformance.
    fault : str or None
        The name of the fault that explains this nonconformance, where one was found.
    title : str or None
        What was measured of this nonconformance, where no fault explains it: what it has in common with others that
        their details do not say.
    answer : mapping or None
        For wrong values, what came back around the worst of them: ``at``, its index in canonical layout; ``map``, the
        numbers of its feature map or kernel, nested lists; ``begin``, where in it they begin. Not the whole answer:
        at most `convformance.tests.conformance.answers.CELLS` along each axis.
    framework_seconds, suite_seconds : float
        How long the adapter's calls took, and everything else about the case.
    """

    adapter: str
    case: str
    verdict: VerdictName
    direction: str
    features: list[str]
    detail: str = ""
    fraction: float | None = None
    spread: float | None = None
    stale: str | None = None
    expected: str | None = None
    fault: str | None = None
    title: str | None = None
    answer: dict[str, Any] | None = None
    framework_seconds: float = 0.0
    suite_seconds: float = 0.0

    @property
    def conforms(self) -> bool:
        """Whether the verdict counts as conforming; unsupported does not, nor does it fail."""
        return self.verdict in CONFORMING

    @property
    def fails(self) -> bool:
        """Whether the run is red because of this verdict."""
        return self.stale is not None or (self.verdict in NONCONFORMING and self.expected is None)

    def to_record(self) -> dict[str, Any]:
        """Give the line of the report as a dictionary."""
        return {"record": "verdict", **asdict(self)}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Verdict":
        """Rebuild a verdict from a line of the report; fields that it does not know are left out."""
        known = cls.__dataclass_fields__
        return cls(**{name: value for name, value in record.items() if name in known})


def no_longer_holds(entry: str) -> str:
    """Say of a case that conforms what it means for the expected entry that lists it, by its name."""
    return f"the expected nonconformance {entry!r} no longer holds: remove or narrow its entry"


def was_not_seen(entry: str) -> str:
    """Say what it means for an expected entry that a whole tier did not need it, by its name."""
    return f"the expected nonconformance {entry!r} was not seen: remove its entry"


def why_red(verdicts: Iterable[Verdict], adapters: Iterable[str], stale_entries: Iterable[str]) -> str | None:
    """Say why a complete run is red, or None when it is green.

    Parameters
    ----------
    verdicts : iterable of Verdict
        All of the run.
    adapters : iterable of str
        The names of all adapters that were asked.
    stale_entries : iterable of str
        Expected entries that a whole tier did not need, or that have expired.

    Returns
    -------
    str or None
        The reasons.
    """
    verdicts = list(verdicts)
    untrue = sum(verdict.stale is not None for verdict in verdicts)
    failing = sum(verdict.fails for verdict in verdicts) - untrue
    reasons = []
    if failing:
        reasons.append("1 case does not conform" if failing == 1 else f"{failing} cases do not conform")
    if untrue:
        reasons.append(f"what was declared or expected of {untrue} case{'s' * (untrue > 1)} is no longer true")
    if stale := list(stale_entries):
        reasons.append(f"expected entries have expired or are no longer true: {', '.join(stale)}")
    if reasons:
        return "; ".join(reasons)
    judged = {verdict.adapter for verdict in verdicts if verdict.verdict != "unsupported"}
    if idle := [name for name in adapters if name not in judged]:
        return f"nothing was judged for {', '.join(idle)}: every case is declared unsupported"
    return None
