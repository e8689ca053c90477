"""Reports put together: shards of a tier, and adapters that ran apart, as one run of all would have written them."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from convformance.tests.conformance.corpus import corpus_id, load
from convformance.tests.conformance.photo import digest
from convformance.tests.conformance.report.merge.entries import merge_entries
from convformance.tests.conformance.report.merge.failures import SCRIPTS, merge_failures
from convformance.tests.conformance.report.merge.parts import (
    Extent,
    MergeError,
    Part,
    common_adapters,
    extent_of,
    require_each_once,
    require_one_question,
)
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.writing import FILE_NAME, ReportWriter
from convformance.tests.conformance.verdicts import Verdict

__all__ = ["MergeError", "merge"]


def merge(
    parts: Sequence[tuple[Path, Report]], folder: Path, *, expected: Path | None = None, partial: bool = False
) -> Path:
    """Write one report of several.

    Parameters
    ----------
    parts : sequence of (Path, Report)
        What was named, a folder or a file, and what was read from it. Merged reports may be merged again.
    folder : Path
        Where the report is written to; it may be the folder of a part.
    expected : Path, optional
        The file of known nonconformances that the parts were judged with: where the tier is whole, entries that nobody
        needed are named in the footer, as a run of the whole does.
    partial : bool, optional
        Whether shards may be missing; the report then says so, and is red.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    MergeError
        For reports that are no parts of one.
    ExpectedError
        For an expected file that can't be used.
    """
    given = [Part(path, report) for path, report in parts]
    photo = digest()
    require_one_question(given, photo)
    adapters = common_adapters(given)
    require_each_once(given)
    extent = extent_of(given, photo, partial=partial)
    verdicts = _in_order([verdict for part in given for verdict in part.report.verdicts], list(adapters))
    entries = merge_entries(given, verdicts, extent, expected)
    header = {
        **_header(given, extent, expected),
        "cases": len({verdict.case for verdict in verdicts}),
        "corpus": corpus_id({verdict.case for verdict in verdicts}, photo),
        "adapters": list(adapters.values()),
    }
    # All of it stands beside the former files before one of them is replaced, the report last.
    with TemporaryDirectory(prefix=".merging-", dir=folder) as scratch:
        made = Path(scratch)
        writer = ReportWriter(made, header)
        for verdict in verdicts:
            writer.add(verdict)
        diagnoses = merge_failures(given, list(adapters), made)
        writer.finish({**_seconds(given), **entries, "diagnoses": diagnoses}, complete=True)
        for script in sorted(made.glob(f"{SCRIPTS}/*")):
            (folder / SCRIPTS).mkdir(exist_ok=True)
            script.replace(folder / SCRIPTS / script.name)
        return writer.path.replace(folder / FILE_NAME)


def _in_order(verdicts: Sequence[Verdict], adapters: Sequence[str]) -> list[Verdict]:
    """Put verdicts in the order of the corpus, then of the adapters, whoever was named first."""
    known = {case: place for place, case in enumerate(load("full"))}
    columns = {name: place for place, name in enumerate(adapters)}
    return sorted(verdicts, key=lambda one: (known.get(one.case, len(known)), one.case, columns[one.adapter]))


def _header(parts: Sequence[Part], extent: Extent, expected: Path | None) -> dict[str, Any]:
    """Give what does not depend on the verdicts; the machine is that of the first part, and all of them are sources."""
    first = parts[0].report.header
    sources = [source for part in parts for source in part.sources]
    files = dict.fromkeys(source["expected"] for source in sources if source.get("expected") is not None)
    header: dict[str, Any] = {
        "date": max(part.report.header["date"] for part in parts),
        "tier": first["tier"],
        "tier_corpus": first["tier_corpus"],
        "shard": extent.shard,
        **({"max_work": first["max_work"]} if "max_work" in first else {}),
        "expected": str(expected) if expected is not None else ", ".join(files) or None,
        "entries": list({one["name"]: one for part in parts for one in part.report.header.get("entries", ())}.values()),
        "packages": first["packages"],
        "machine": first["machine"],
        "sources": sources,
    }
    return {**header, "missing": list(extent.missing)} if extent.missing else header


def _seconds(parts: Sequence[Part]) -> dict[str, float]:
    return {
        name: sum(part.report.footer[name] for part in parts)
        for name in ("seconds", "judging_seconds", "framework_seconds")
    }
