"""Whether the expected failures were ever proven on a machine of this level: where not, unlisted failures are news."""

from collections.abc import Mapping
from typing import Any

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
    levels = ", ".join(dict.fromkeys(" ".join(source["machine"]["level"]) for source in unproven))
    proven = ", ".join(dict.fromkeys(level for source in unproven for level in source["proven"]))
    return (
        f"{file} was never proven on a machine of this level, {levels}; proven are {proven}. Unlisted failures are "
        "therefore news about such machines and no regression. To draft entries for review: "
        f"convformance expected update --report DIR --expected {file}"
    )


def _is_proven(header: Mapping[str, Any]) -> bool:
    """Tell whether every part of a run's level is proven, or its expected file does not say."""
    return "proven" not in header or set(header["machine"]["level"]) <= set(header["proven"])
