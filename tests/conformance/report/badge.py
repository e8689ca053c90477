"""A badge for each adapter, in the format of shields.io's "Endpoint Badge": the four keys that it asks for."""

from typing import Final

from convformance.tests.conformance.report.harmless import file_name, visible
from convformance.tests.conformance.report.matrix import Cell, State, totals
from convformance.tests.conformance.report.reading import Report

SHOWN: Final = 60

_COLOURS: Final[dict[State, str]] = {
    "conforms": "brightgreen",
    "known": "yellow",
    "fails": "red",
    "unsupported": "lightgrey",
    "no case": "lightgrey",
}


def badge(report: Report, adapter: str) -> dict[str, object]:
    """Make the badge of an adapter.

    Parameters
    ----------
    report : Report
        Read back from its file.
    adapter : str
        The adapter's name.

    Returns
    -------
    dict
        ``schemaVersion``, ``label``, ``message`` and ``color``: bright green only where every claimed case conforms,
        light grey where none was claimed.
    """
    cell = totals(report)[adapter]
    return {
        "schemaVersion": 1,
        "label": f"convformance: {visible(adapter, SHOWN)}",
        "message": _message(cell),
        "color": _COLOURS[cell.state],
    }


def badge_name(adapter: str) -> str:
    """Give the name of the file in which an adapter's badge is written.

    Parameters
    ----------
    adapter : str
        The adapter's name, whatever it is.

    Returns
    -------
    str
        A name without a folder.
    """
    return f"{file_name(adapter)}.json"


def _message(cell: Cell) -> str:
    if not cell.claimed and not cell.failing:
        return "nothing judged"
    said = f"{cell.conforming} of {cell.claimed} conform"
    extras = ((cell.unlisted, "fail"), (cell.stale, "no longer true"), (cell.known * (not cell.failing), "known"))
    return ", ".join([said, *(f"{count} {word}" for count, word in extras if count)])
