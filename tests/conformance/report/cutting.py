"""Markdown cut to a size, so that what is left is still read as it was meant."""

import re
from typing import Final

CUT: Final = "**This was cut to the size that fits here; all of it stands in the report.**"

_FENCE: Final = re.compile(r"(`{3,})[^`]*$")
_ROW: Final = re.compile(r"\|(?!\s*:?-+:?\s*\|)")


def cut(text: str, limit: int) -> str:
    """Cut Markdown behind a paragraph, a block of code, or a row of a table, and say that it was cut.

    Parameters
    ----------
    text : str
        As `convformance.tests.conformance.report.markdown` writes it: each ``<details>`` and ``</details>`` begins a
        line.
    limit : int
        At most so many bytes of UTF-8 are left.

    Returns
    -------
    str
        The text where it fits. Otherwise its beginning, what is folded closed again, and `CUT`; nothing where not even
        that fits.
    """
    if _size(text) <= limit:
        return text
    kept, end_there = 0, f"{CUT}\n" if _size(CUT) < limit else ""
    fence, folds, used = "", 0, 0
    lines = text.splitlines(keepends=True)
    for place, line in enumerate(lines, start=1):
        used += _size(line)
        if fence:
            fence = "" if line.rstrip() == fence else fence
            continue
        opened = _FENCE.match(line)
        if opened:
            fence = opened[1]
            continue
        folds += line.startswith("<details") - line.startswith("</details")
        end = "\n" + "</details>\n\n" * folds + f"{CUT}\n"
        if used + _size(end) > limit:
            break
        if not line.strip() or (_ROW.match(line) and _in_body(lines, place)):
            kept, end_there = place, end
    return "".join(lines[:kept]) + end_there


def _in_body(lines: list[str], place: int) -> bool:
    """Tell whether a row of a table is none of its head."""
    return place >= 2 and lines[place - 2].startswith("|") and not _is_head(lines, place)


def _is_head(lines: list[str], place: int) -> bool:
    """Tell whether the line of dashes comes behind a row."""
    return place < len(lines) and lines[place].startswith("|") and not _ROW.match(lines[place])


def _size(text: str) -> int:
    return len(text.encode("utf-8"))
