"""Whether the expected failures were ever proven on a machine of this level: where not, unlisted failures are news."""

from collections.abc import Mapping
from typing import Any

from convformance.adapters.processor import PARTS
from convformance.tests.conformance.report.reading import Report


def news(report: Report) -> str | None:
    """Say that a report is of a level that the expected failures were never proven on.

    Parameters
    ----------
    report : Report
        Its header has the levels that the expected file names, and the level of the machine.

    Returns
    -------
    str or None
        Which levels are proven, what this one is, what follows, and what to do. None where the level is proven, or the
        file does not say.
    """
    unproven = [source for source in report.header.get("sources", [report.header]) if not _is_proven(source)]
    if not unproven:
        return None
    file = unproven[0]["expected"]
    if unreal := [source["machine"] for source in unproven if not set(source["machine"]["level"]) <= set(PARTS)]:
        variables = ", ".join(f"{name}={value}" for name, value in unreal[0]["limits"].items())
        return (
            f"{variables} make a machine that is like no real one, so {file} says nothing about it: unset them, or see "
            "`nox -s processors` in docs/processors.md for how to be another processor"
        )
    levels = ", ".join(dict.fromkeys(" ".join(source["machine"]["level"]) for source in unproven))
    proven = ", ".join(dict.fromkeys(level for source in unproven for level in source["proven"]))
    return (
        f"{file} was never proven on a machine of this level ({levels}), only on {proven}: see docs/processors.md. "
        "Unlisted failures are therefore news about such machines and no regression. To draft entries for review, to "
        f"which you add a machine condition: convformance expected update --report DIR --expected {file}"
    )


def _is_proven(header: Mapping[str, Any]) -> bool:
    """Tell whether every part of a run's level is proven, or its expected file does not say."""
    return "proven" not in header or set(header["machine"]["level"]) <= set(header["proven"])
