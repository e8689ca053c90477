"""Which cases of a report get their picture in the page, and the scripts that stand beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from convformance.tests.conformance.picture.drawing import PictureError, picture
from convformance.tests.conformance.report.harmless import visible
from convformance.tests.conformance.report.html.packing import in_order, script_safe
from convformance.tests.conformance.report.kinds import Kind
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.sizes import parsed
from convformance.tests.conformance.verdicts import NONCONFORMING, Verdict

MOST: Final = 60
"""So many pictures stand in a page; the others are drawn by a command that it shows."""
MOST_CHARACTERS: Final = 3_000_000
"""Of all pictures together, as they stand in the page."""
ASKED: Final = 240
"""So many cases are tried; not every case can be drawn."""
LONGEST_SCRIPT: Final = 200_000


def draw_pictures(report: Report, groups: Sequence[Kind]) -> dict[tuple[str, str], str]:
    """Draw the cases that a reader looks for first.

    Parameters
    ----------
    report : Report
        Any.
    groups : sequence of Kind
        Its failures by kind: the smallest case of each comes first, then the others, small ones before large ones.

    Returns
    -------
    mapping of (str, str) to str
        SVG by adapter and case.
    """
    drawn: dict[tuple[str, str], str] = {}
    characters = 0
    first = [kind.smallest for kind in groups if kind.state != "stale"]
    others = [verdict for verdict in in_order(report.verdicts) if verdict.verdict in NONCONFORMING]
    wanted = dict.fromkeys((verdict.adapter, verdict.case) for verdict in (*first, *others))
    verdicts = {(verdict.adapter, verdict.case): verdict for verdict in (*first, *others)}
    for key in list(wanted)[:ASKED]:
        svg = _drawn(verdicts[key])
        if svg is None or characters + len(script_safe(svg)) > MOST_CHARACTERS:
            continue
        characters += len(script_safe(svg))
        drawn[key] = svg
        if len(drawn) == MOST:
            break
    return drawn


def read_script(kind: Kind, folder: Path | None) -> str | None:
    """Read the reproducer of a kind of failure.

    Parameters
    ----------
    kind : Kind
        Names a script within the report's folder.
    folder : Path or None
        The report's; None when it is not known.

    Returns
    -------
    str or None
        Its source; None where there is none, or where the name leads out of the folder.
    """
    name = (kind.diagnosis or {}).get("reproducer")
    if folder is None or not name:
        return None
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()) or path.stat().st_size > LONGEST_SCRIPT:
            return None
        source = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    return "\n".join(map(visible, source.split("\n")))


def _drawn(verdict: Verdict) -> str | None:
    """Draw one case; None where there is no picture of it."""
    try:
        return picture(parsed(verdict.case), {} if verdict.answer is None else {verdict.adapter: verdict.answer})
    except PictureError:
        return None
