"""What one must know of a run to read its report: versions, the machine, and which cases were asked."""

from collections.abc import Mapping
from typing import Any, Final

from convformance.adapters.processor import INSTRUCTION_SETS
from convformance.tests.conformance.report.words import counted

SOURCE_COLUMNS: Final = (
    "report", "date", "adapters", "packages", "processor", "instruction sets", "BLAS", "shard", "corpus", "system",
)  # fmt: skip


def facts(header: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give the facts of a report.

    Parameters
    ----------
    header : mapping
        The first line of the report.

    Returns
    -------
    list of (str, str)
        Name and value, in the order they are shown.
    """
    machine = header["machine"]
    part = f", shard {header['shard']}" if header["shard"] else ""
    part += f", at most {header['max_work']:,} multiplications" if "max_work" in header else ""
    asked = f"tier {header['tier']}{part}: {counted(header['cases'], 'case')} for each adapter"
    corpus = f"corpus {header['corpus']}"
    whole = header.get("tier_corpus")
    if whole is not None and whole != header["corpus"]:
        corpus += f", part of {whole}"
    return [
        ("date", header["date"]),
        ("adapters", _adapters(header)),
        ("cases", f"{asked}, {corpus}"),
        ("packages", _packages(header)),
        ("processor", f"{machine['cpu']}, {machine['cores'] or '?'} cores"),
        ("instruction sets", instruction_sets(machine)),
        *_as_seen(machine),
        ("BLAS", blas(machine)),
        ("system", f"{machine['system']}, Python {machine['python']}"),
        ("known nonconformances", header.get("expected") or "no file of them was given"),
    ]


def sources(header: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Give a row for each report that was merged into one.

    Parameters
    ----------
    header : mapping
        The first line of the report.

    Returns
    -------
    list of tuple of str
        As `SOURCE_COLUMNS` names them; empty for a report of one run.
    """
    return [
        (
            source["file"],
            source["date"],
            _adapters(source),
            _packages(source),
            source["machine"]["cpu"],
            instruction_sets(source["machine"]),
            blas(source["machine"]),
            source.get("shard") or "whole",
            source.get("corpus") or "not said",
            source["machine"]["system"],
        )
        for source in header.get("sources", ())
    ]


def instruction_sets(machine: Mapping[str, Any]) -> str:
    """Name the instruction sets of a machine that change how a matrix product is computed.

    Parameters
    ----------
    machine : mapping
        As `convformance.tests.conformance.machine.machine` gives it, or a part of that.
    """
    return ", ".join(flag for flag in machine.get("flags", ()) if flag in INSTRUCTION_SETS) or "unknown"


def blas(machine: Mapping[str, Any]) -> str:
    """Say which libraries and kernels multiply NumPy's matrices on a machine.

    Parameters
    ----------
    machine : mapping
        As `instruction_sets` takes it.
    """
    libraries = [
        f"{one.get('library')} {one.get('version')}, kernel {one.get('kernel')}, {one.get('threads')} threads"
        for one in machine.get("blas", ())
    ]
    return "; ".join(libraries) or "unknown"


def claims(adapter: Mapping[str, Any]) -> str:
    """Say what an adapter claims of its arithmetic: it is judged by that.

    Parameters
    ----------
    adapter : mapping
        One of the header's.

    Returns
    -------
    str
        Empty where it claims nothing but the default.
    """
    said = [f"{dtype} added up in {sums}" for dtype, sums in adapter.get("accumulators", {}).items()]
    flushed = adapter.get("flushes_subnormals", [])
    said += [f"subnormal numbers flushed to zero in {', '.join(flushed)}"] if flushed else []
    return "; ".join(said)


def _as_seen(machine: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say what the frameworks see of a machine; a report written before that was recorded says nothing."""
    if "level" not in machine:
        return []
    limits = ", ".join(f"{name}={value}" for name, value in machine["limits"].items())
    return [("as frameworks see it", f"level {' '.join(machine['level'])}; limited by {limits or 'nothing'}")]


def _adapters(header: Mapping[str, Any]) -> str:
    return ", ".join(f"{adapter['name']} {adapter['version']}" for adapter in header["adapters"])


def _packages(header: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {version}" for name, version in header["packages"].items()) or "unknown"
