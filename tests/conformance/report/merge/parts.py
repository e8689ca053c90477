"""The parts of a merged report: what may be put together, and what is still missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convformance.tests.conformance.corpus import corpus_id
from convformance.tests.conformance.options import Shard, UsageError
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.words import shards
from convformance.tests.conformance.verdicts import Verdict


class MergeError(ValueError):
    """Reports that can't be merged; the message is one line."""


@dataclass(frozen=True)
class Part:
    """One report of several.

    Attributes
    ----------
    path : Path
        What was named: its folder, or its file.
    report : Report
        Read back from it.
    """

    path: Path
    report: Report

    @property
    def folder(self) -> Path:
        """Where its scripts lie."""
        return self.path if self.path.is_dir() else self.path.parent

    @property
    def sources(self) -> list[dict[str, Any]]:
        """The headers of the runs it comes from, each with the name of its file: several for a merged report."""
        header = {name: value for name, value in self.report.header.items() if name not in ("record", "schema")}
        if "sources" in header:
            return [dict(source) for source in header["sources"]]
        return [{**header, "file": str(self.path)}]


@dataclass(frozen=True)
class Extent:
    """Which part of a tier several reports make together.

    Attributes
    ----------
    shard : str or None
        None for all of it; else the parts that are there, as in ``1,2,4/4``.
    missing : tuple of str
        Those that are not, as in ``3/4``.
    """

    shard: str | None = None
    missing: tuple[str, ...] = ()


def require_one_question(parts: Sequence[Part], photo_digest: str) -> None:
    """Require that all parts ask cases of one tier, that one version of the suite judged, and that they are as written.

    Parameters
    ----------
    parts : sequence of Part
        At least one.
    photo_digest : str
        The digest of the photograph's pixels.

    Raises
    ------
    MergeError
        For parts of different tiers or versions, or one whose cases are not those that its header names.
    """
    if not parts:
        raise MergeError("there is nothing to merge: name the folders of at least one report")
    first = parts[0]
    for part in parts:
        header = part.report.header
        if "tier_corpus" not in header:
            raise MergeError(f"{part.path} does not say which tier it is a part of (tier_corpus): run it again")
        if header["tier_corpus"] != first.report.header["tier_corpus"]:
            raise MergeError(
                f"{_described(first)} and {_described(part)} ask different cases and can't be one report: run one of "
                "them again, or compare them with `convformance report diff`"
            )
        if _judge_of(part) != _judge_of(first):
            raise MergeError(
                f"{_described(first)} and {_described(part)} were judged by different versions: run one of them again"
            )
        cases = cases_by_adapter(part.report.verdicts)
        if any(corpus_id(texts, photo_digest) != header["corpus"] for texts in cases.values()):
            raise MergeError(
                f"{part.path} holds other cases than its header names (corpus {header['corpus']}): it was changed, or "
                "the suite's photograph is decoded to other pixels here than where it ran"
            )


def common_adapters(parts: Sequence[Part]) -> dict[str, dict[str, Any]]:
    """Give what the adapters say of themselves, by name, in the order of the parts.

    Raises
    ------
    MergeError
        When an adapter is not the same everywhere.
    """
    found: dict[str, tuple[Part, dict[str, Any]]] = {}
    for part in parts:
        for adapter in part.report.header["adapters"]:
            before, known = found.setdefault(adapter["name"], (part, adapter))
            # The path of a file may be another one on another machine.
            differing = [name for name in {**known, **adapter} if known.get(name) != adapter.get(name)]
            for name in differing:
                if name != "spelling":
                    raise MergeError(
                        f"adapter {adapter['name']!r} is not the same in {before.path} and {part.path}: {name} "
                        f"{known.get(name)!r} and {adapter.get(name)!r}: compare them with `convformance report diff`"
                    )
    return {name: adapter for name, (_, adapter) in found.items()}


def require_each_once(parts: Sequence[Part]) -> None:
    """Require that no adapter has two verdicts on a case.

    Raises
    ------
    MergeError
        When it has, naming the two parts.
    """
    seen: dict[tuple[str, str], Part] = {}
    for part in parts:
        for verdict in part.report.verdicts:
            before = seen.setdefault((verdict.adapter, verdict.case), part)
            if before is not part:
                raise MergeError(
                    f"adapter {verdict.adapter!r} has a verdict on {verdict.case} in {before.path} and in {part.path}: "
                    "give each part once"
                )


def extent_of(parts: Sequence[Part], photo_digest: str, *, partial: bool) -> Extent:
    """Tell which part of the tier is there.

    Parameters
    ----------
    parts : sequence of Part
        Of one tier.
    photo_digest : str
        The digest of the photograph's pixels.
    partial : bool
        Whether parts may be missing.

    Returns
    -------
    Extent
        The same for every adapter.

    Raises
    ------
    MergeError
        For an adapter of which a part is missing that may not be.
    """
    cases = cases_by_adapter(verdict for part in parts for verdict in part.report.verdicts)
    whole = parts[0].report.header["tier_corpus"]
    extents = {
        name: Extent() if corpus_id(texts, photo_digest) == whole else _part_of_tier(name, parts)
        for name, texts in cases.items()
    }
    lacking = {name: extent.missing for name, extent in extents.items() if extent.missing}
    if lacking and not partial:
        name, missing = next(iter(lacking.items()))
        raise MergeError(
            f"adapter {name!r} lacks {shards(missing)} of the tier: give these reports too, or --partial to do without"
        )
    first, *others = extents
    for other in others:
        if extents[other] != extents[first]:
            raise MergeError(
                f"adapter {first!r} lacks {shards(extents[first].missing)} and adapter {other!r} "
                f"{shards(extents[other].missing)}: give the same parts of each, so that their columns can be compared"
            )
    return extents[first]


def cases_by_adapter(verdicts: Iterable[Verdict]) -> dict[str, list[str]]:
    """Give the cases that each adapter was asked."""
    found: dict[str, list[str]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.adapter, []).append(verdict.case)
    return found


def ran(source: Mapping[str, Any], adapter: str) -> bool:
    """Tell whether a run asked an adapter."""
    return any(one["name"] == adapter for one in source["adapters"])


def _part_of_tier(adapter: str, parts: Sequence[Part]) -> Extent:
    """Tell from the headers which shards of an adapter are there, where they are not all."""
    shards = []
    for source in (source for part in parts for source in part.sources if ran(source, adapter)):
        try:
            shards.append(Shard.parse(str(source["shard"])))
        except UsageError as error:
            raise MergeError(f"{source['file']}: shard {source['shard']!r} of a tier that is not whole") from error
    counts = {shard.count for shard in shards}
    if len(counts) > 1:
        raise MergeError(
            f"adapter {adapter!r} ran in shards of different sizes: {', '.join(map(str, shards))}: run it in equal ones"
        )
    (count,) = counts
    there = sorted({shard.index for shard in shards})
    missing = tuple(f"{index}/{count}" for index in range(1, count + 1) if index not in there)
    if not missing:
        raise MergeError(f"all {count} shards of adapter {adapter!r} are there, but not the whole tier: run it again")
    return Extent(f"{','.join(map(str, there))}/{count}", missing)


def _judge_of(part: Part) -> Any:
    return part.report.header["packages"].get("convformance")


def _described(part: Part) -> str:
    header = part.report.header
    version = f", convformance {_judge_of(part)}" if _judge_of(part) else ""
    return f"{part.path} ({header['tier']}, corpus {header['tier_corpus']}, {header['date']}{version})"
