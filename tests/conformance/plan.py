"""What a run will do, settled before it begins: who is asked, what, and where the verdicts go."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from convformance.adapters.contract import UnknownAdapterError
from convformance.adapters.find import locate
from convformance.reference.case import parse_case
from convformance.reference.errors import BlindCaseError
from convformance.tests.conformance.corpus import corpus_id
from convformance.tests.conformance.gate.expected import Expected, ExpectedError, load_expected
from convformance.tests.conformance.machine import machine, packages, traits_of
from convformance.tests.conformance.options import UsageError, chosen_cases, writable_folder
from convformance.tests.conformance.photo import digest
from convformance.tests.conformance.preflight import Found, preflight
from convformance.tests.conformance.runner import prepare

PREFLIGHT_SECONDS = 300.0
LONGEST_SECONDS = 86_400


@dataclass(frozen=True)
class Plan:
    """A run that may begin.

    Attributes
    ----------
    adapters : sequence of Found
        Loaded once and past their smoke check.
    cases : mapping of str to (str or None)
        The text of each case to its origin.
    folder : Path
        The report's folder; it can be written to.
    header : mapping
        The report's header.
    expected : Expected
        The entries that apply here.
    whole_tier : bool
        Whether these are all cases of a tier, so that an entry nobody needed is stale.
    seconds_per_case : float
        The time limit.
    diagnose : bool
        Whether failures are named.
    """

    adapters: Sequence[Found]
    cases: Mapping[str, str | None]
    folder: Path
    header: Mapping[str, Any]
    expected: Expected
    whole_tier: bool
    seconds_per_case: float
    diagnose: bool = True

    @property
    def names(self) -> dict[str, str]:
        """The adapters' names by what was written on the command line."""
        return {found.spelling: found.name for found in self.adapters}


def make_plan(  # noqa: PLR0913 - one parameter for each option of the command line
    *,
    adapters: Sequence[str],
    tier: str,
    cases: Sequence[str],
    report: str,
    expected: str | None,
    shard: str | None,
    seconds_per_case: float,
    diagnose: bool = True,
    max_work: int | None = None,
) -> Plan:
    """Check all options, then load the adapters and look at the machine.

    Parameters
    ----------
    adapters : sequence of str
        As written on the command line.
    tier : str
        ``quick`` or ``full``.
    cases : sequence of str
        Single cases instead of the tier; may be empty.
    report : str
        The report's folder.
    expected : str or None
        The file of known nonconformances.
    shard : str or None
        ``i/n``.
    seconds_per_case : float
        The time limit.
    diagnose : bool, optional
        Whether failures are named, described and shrunk at the end.
    max_work : int or None, optional
        Cases of more multiplications are left out.

    Returns
    -------
    Plan
        Everything a run needs.

    Raises
    ------
    UsageError
        For an option that can't be followed.
    PreflightError
        For an adapter that can't be loaded or fails its smoke check.
    """
    if not 0 < seconds_per_case <= LONGEST_SECONDS:
        raise UsageError(f"--timeout must be above 0 and at most {LONGEST_SECONDS} seconds: got {seconds_per_case:g}")
    try:
        for adapter in adapters:
            locate(adapter)
    except UnknownAdapterError as error:
        raise UsageError(str(error)) from error
    chosen = chosen_cases(tier, list(cases), shard, max_work)
    all_shards = chosen if shard is None else chosen_cases(tier, list(cases), None, max_work)
    for text in cases:
        _require_askable(text)
    folder = writable_folder(report)
    here = machine()
    try:
        entries = Expected() if expected is None else load_expected(Path(expected), traits_of(here))
    except ExpectedError as error:
        raise UsageError(str(error)) from error
    found = preflight(list(dict.fromkeys(adapters)), PREFLIGHT_SECONDS)
    header = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "tier": "cases" if cases else tier,
        "cases": len(chosen),
        "corpus": corpus_id(chosen, digest()),
        "tier_corpus": corpus_id(all_shards, digest()),
        "shard": shard,
        **({} if max_work is None else {"max_work": max_work}),
        "expected": expected,
        "entries": [entry.summary for entry in entries.entries if entry.adapter in {one.name for one in found}],
        "adapters": [asdict(one) for one in found],
        **({} if entries.proven is None else {"proven": list(entries.proven)}),
        "packages": packages([*entries.packages, *(name for one in found for name in one.packages)]),
        "machine": here,
    }
    whole_tier = not cases and shard is None and max_work is None
    return Plan(found, chosen, folder, header, entries, whole_tier, seconds_per_case, diagnose)


def _require_askable(text: str) -> None:
    """Refuse a single case that the suite itself could not ask, before an adapter is loaded for it."""
    try:
        prepare(parse_case(text))
    except BlindCaseError as error:
        raise UsageError(str(error)) from error
    except MemoryError as error:
        raise UsageError(f"{text} is too large for this machine's memory") from error
