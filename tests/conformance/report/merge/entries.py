"""The expected entries that nobody needed, and those that expire, over all parts of a merged report."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from convformance.tests.conformance.corpus import TIERS
from convformance.tests.conformance.gate.entry import Entry
from convformance.tests.conformance.gate.expected import Expected, load_expected
from convformance.tests.conformance.machine import traits_of
from convformance.tests.conformance.report.merge.parts import Extent, MergeError, Part, ran
from convformance.tests.conformance.verdicts import Verdict


def merge_entries(
    parts: Sequence[Part], verdicts: Sequence[Verdict], extent: Extent, file: Path | None
) -> dict[str, Any]:
    """Give the fields of a footer that are about expected entries.

    Parameters
    ----------
    parts : sequence of Part
        Their footers say what has expired, and whole ones what was not needed.
    verdicts : sequence of Verdict
        All of the parts.
    extent : Extent
        Whether they are a whole tier: of a part of one, nobody can tell what is not needed.
    file : Path or None
        The entries; without it, what the parts say is all there is.

    Returns
    -------
    dict
        ``stale``, ``expired`` and ``expiring``.

    Raises
    ------
    MergeError
        For a file that is not the one the parts were judged with.
    ExpectedError
        For a file that can't be used.
    """
    expired: dict[str, str] = {}
    expiring: dict[str, str] = {}
    for part in parts:
        expired |= part.report.footer.get("expired", {})
        expiring |= part.report.footer.get("expiring", {})
    said = dict.fromkeys(name for part in parts for name in part.report.footer["stale"])
    unused = list(said) if file is None else _unused(parts, verdicts, extent, file)
    stale = [*(name for name in unused if name not in expired), *expired]
    return {"stale": stale, "expired": expired, "expiring": expiring}


def _unused(parts: Sequence[Part], verdicts: Sequence[Verdict], extent: Extent, file: Path) -> list[str]:
    """Name the entries of a file that a whole tier did not need; of a part of one, nobody can tell."""
    sources = [source for part in parts for source in part.sources]
    unused = []
    for adapter in dict.fromkeys(verdict.adapter for verdict in verdicts):
        mine = [verdict for verdict in verdicts if verdict.adapter == adapter]
        expected = _everywhere(file, [source for source in sources if ran(source, adapter)], adapter, mine)
        unused += expected.unused(mine)
    first = parts[0].report.header
    return unused if extent.shard is None and first["tier"] in TIERS and "max_work" not in first else []


def _everywhere(
    file: Path, sources: Sequence[Mapping[str, Any]], adapter: str, verdicts: Sequence[Verdict]
) -> Expected:
    """Give the entries about an adapter that applied wherever it ran: only these had the whole tier to be needed in."""
    applying: list[list[Entry]] = []
    names: set[str] = set()
    for source in sources:
        # They applied to the versions, the processor and the day of each run.
        day = datetime.fromisoformat(source["date"]).date()
        expected = load_expected(file, traits_of(source["machine"]), packages=source["packages"], today=day)
        applying.append([entry for entry in expected.entries if entry.adapter == adapter])
        if applying[-1] and source.get("expected") is None:
            raise MergeError(
                f"{source['file']} was judged without --expected, and {file} has entries about adapter {adapter!r}: "
                "run it with --expected"
            )
        names |= {entry.name for entry in expected.entries}
        names |= {why.partition(": ")[0] for why in expected.skipped}
    for verdict in verdicts:
        if verdict.expected is not None and verdict.expected not in names:
            raise MergeError(
                f"adapter {adapter!r} was judged with an entry {verdict.expected!r} that {file} does not have: give "
                "the file that the parts were judged with, or run them again"
            )
    return Expected(tuple(entry for entry in applying[0] if all(entry in other for other in applying[1:])))
