"""Paint a panel as SVG: few elements, no identifiers, colours by the page's own names where it has them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.tests.conformance.picture.panels import Panel

HEIGHT: Final = 20
"""Of a cell, in pixels."""
NARROWEST: Final = 24
"""The width of a cell with a number, at least."""
SMALL: Final = 12
"""The width and height of a cell without a number."""
NUMBERED: Final = 12
"""Panels of more columns have no numbers in their cells."""
SHADES: Final = 4
_CHARACTER: Final = 6.05
_DIGITS: Final = 4

STYLE: Final = """
.conv-picture{--cp-page:var(--page,#fff);--cp-ink:var(--ink,#1b1f24);--cp-soft:var(--soft,#59626d);
--cp-grid:var(--grid,#c3c9d0);--cp-bad:var(--bad,#b3001b);--cp-plus:#e08214;--cp-minus:#2f6fd0;--cp-box:#7a5ea8}
@media (prefers-color-scheme:dark){.conv-picture{--cp-page:var(--page,#14171c);--cp-ink:var(--ink,#e7eaee);
--cp-soft:var(--soft,#a3acb7);--cp-grid:var(--grid,#3b424c);--cp-bad:var(--bad,#ff8d97);
--cp-plus:#d9780f;--cp-minus:#4a86e8;--cp-box:#b49be0}}
.conv-picture text{fill:var(--cp-ink);font:12px system-ui,sans-serif}
.conv-picture .back{fill:var(--cp-page)}
.conv-picture .veil{opacity:.55}
.conv-picture .head{font-weight:700;font-size:14px}
.conv-picture .own{fill:var(--cp-box)}
.conv-picture .sub,.conv-picture .note{fill:var(--cp-soft)}
.conv-picture .note{font-size:10.5px}
.conv-picture .sign{font-size:22px}
.conv-picture .b{font-weight:700}
.conv-picture .m{text-anchor:middle}
.conv-picture .sum{font:12.5px ui-monospace,monospace;white-space:pre}
.conv-picture .n text{font:10px ui-monospace,monospace;text-anchor:middle}
.conv-picture path{vector-effect:non-scaling-stroke;fill:none;stroke:none}
.conv-picture .c{stroke:var(--cp-grid);stroke-width:1}
.conv-picture .d{stroke:var(--cp-soft);stroke-width:1;stroke-dasharray:2 2}
.conv-picture .hit{stroke:var(--cp-ink);stroke-width:2.4;stroke-linecap:square}
.conv-picture .w{stroke:var(--cp-bad);stroke-width:1.2}
.conv-picture .k{fill:var(--cp-bad)}
.conv-picture .line{stroke:var(--cp-ink);stroke-width:1;opacity:.5}
.conv-picture .box{fill:var(--cp-box);fill-opacity:.09;stroke:var(--cp-box);stroke-width:2}
.conv-picture .brace{stroke:var(--cp-soft);stroke-width:1.6}
.conv-picture .p{fill:var(--cp-plus)}
.conv-picture .q{fill:var(--cp-minus)}
.conv-picture .s1{fill-opacity:.14}
.conv-picture .s2{fill-opacity:.28}
.conv-picture .s3{fill-opacity:.42}
.conv-picture .s4{fill-opacity:.56}
""".replace("\n", "")
"""Of every picture, and of nothing else in the page it stands in."""


@dataclass(frozen=True)
class Cells:
    """How large the cells of a panel are."""

    width: float
    height: float
    numbered: bool


def short(value: Any) -> str:
    """Write a number so that it fits a cell.

    Parameters
    ----------
    value : number
        Whole or not, finite or not.

    Returns
    -------
    str
        At most six characters: whole numbers in full below 10,000, else the leading digits.
    """
    number = float(value)
    if not math.isfinite(number):
        return "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"
    if number == 0:
        return "0"
    if number == int(number) and abs(number) < 10**_DIGITS:
        return str(int(number))
    size = abs(number)
    for limit, unit, letter in ((1e4, 1e3, "k"), (1e6, 1e6, "M"), (1e9, 1e9, "G")):
        if limit <= size < unit * 999.5:
            return f"{number / unit:.{0 if size >= 9.95 * unit else 1}f}{letter}"
    if 0.01 <= size < 1e4:
        return f"{number:.{0 if size >= 99.95 else 1 if size >= 9.995 else 2}f}"
    return f"{number:.0e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def cells_for(panels: list[Panel]) -> Cells:
    """Choose the cells of panels that stand below each other.

    Parameters
    ----------
    panels : list of Panel
        At least one.

    Returns
    -------
    Cells
        Wide enough for their numbers; small where there are too many.
    """
    if max(panel.columns for panel in panels) > NUMBERED:
        return Cells(SMALL, SMALL, numbered=False)
    longest = max(len(short(value)) for panel in panels for value in panel.values.ravel())
    return Cells(max(NARROWEST, math.ceil(longest * _CHARACTER + 5)), HEIGHT, numbered=True)


def painted(panel: Panel, x: float, y: float, cells: Cells, largest: float) -> Iterator[str]:
    """Paint a panel.

    Parameters
    ----------
    panel : Panel
        What to paint.
    x, y : float
        Where its upper left corner is.
    cells : Cells
        How large its cells are.
    largest : float
        The absolute value that is shaded darkest.

    Yields
    ------
    str
        Elements.
    """
    none = np.zeros(panel.values.shape, dtype=bool)
    pads, met, wrong = (mask if mask.size else none for mask in (panel.pads, panel.met, panel.wrong))
    width, height = panel.columns * cells.width, panel.rows * cells.height
    yield f'<rect class="back veil" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"/>'
    yield f'<g transform="translate({x:g} {y:g})scale({cells.width:g} {cells.height:g})">'
    for shade, name in _shades(panel.values, largest):
        yield f'<path class="{name}" d="{_squares(shade)}"/>'
    if (~pads).any():
        yield f'<path class="c" d="{_grid(~pads)}"/>'
    if pads.any():
        yield f'<path class="d" d="{_squares(pads)}"/>'
    if wrong.any():
        corners = "".join(f"M{column} {row}h.4l-.4 .5z" for row, column in np.argwhere(wrong))
        yield f'<path class="k" d="{corners}"/><path class="w" d="{_outline(wrong)}"/>'
    if met.any():
        yield f'<path class="hit" d="{_outline(met)}"/>'
    yield "</g>"


def numbers(panel: Panel, x: float, y: float, cells: Cells) -> Iterator[str]:
    """Write the numbers into the cells of a panel, where they fit.

    Parameters
    ----------
    panel, x, y, cells
        As `painted` takes them.

    Yields
    ------
    str
        Elements.
    """
    if not cells.numbered:
        return
    yield f'<g class="n" transform="translate({x:g} {y:g})">'
    for row, values in enumerate(panel.values):
        words = "".join(
            f'<tspan x="{(column + 0.5) * cells.width:g}">{escape(short(value))}</tspan>'
            for column, value in enumerate(values)
        )
        yield f'<text y="{(row + 0.5) * cells.height + 3.5:g}">{words}</text>'
    yield "</g>"


def largest_of(panels: list[Panel]) -> float:
    """Give the largest finite absolute value of panels."""
    sizes = [np.abs(panel.values.astype(np.float64)) for panel in panels]
    return max((float(size[np.isfinite(size)].max(initial=0)) for size in sizes), default=0.0)


def text(words: str, x: float, y: float, kind: str = "", lead: str = "") -> str:
    """Write one line.

    Parameters
    ----------
    words : str
        Any: it is escaped.
    x, y : float
        Where it begins.
    kind : str, optional
        Its classes.
    lead : str, optional
        The words it begins with, in bold.
    """
    if lead and words.startswith(lead):
        rest = escape(words.removeprefix(lead))
        return f'<text x="{x:g}" y="{y:g}"><tspan class="b">{escape(lead)}</tspan>{rest}</text>'
    return f'<text x="{x:g}" y="{y:g}"{f" class={chr(34)}{kind}{chr(34)}" if kind else ""}>{escape(words)}</text>'


def _shades(values: npt.NDArray[Any], largest: float) -> Iterator[tuple[npt.NDArray[np.bool_], str]]:
    """Give the cells of each shade."""
    wide = values.astype(np.float64)
    sizes = np.abs(wide)
    if largest > 0:
        levels = np.minimum(np.ceil(SHADES * np.nan_to_num(sizes / largest, nan=0.0, posinf=1.0)), SHADES)
    else:
        levels = np.zeros(wide.shape)
    for level in range(1, SHADES + 1):
        for sign, name in ((wide > 0, "p"), (wide < 0, "q")):
            chosen = (levels == level) & sign
            if chosen.any():
                yield chosen, f"{name} s{level}"


def _squares(mask: npt.NDArray[np.bool_]) -> str:
    """Spell the cells of a mask as the path of unit squares."""
    return "".join(f"M{column} {row}h1v1h-1z" for row, column in np.argwhere(mask))


def _grid(mask: npt.NDArray[np.bool_]) -> str:
    """Spell the lines between the cells of a rectangle."""
    (top, left), (bottom, right) = np.argwhere(mask).min(axis=0), np.argwhere(mask).max(axis=0) + 1
    across = (f"M{left} {row}H{right}" for row in range(top, bottom + 1))
    return "".join([*across, *(f"M{column} {top}V{bottom}" for column in range(left, right + 1))])


def _outline(mask: npt.NDArray[np.bool_]) -> str:
    """Spell the edges between the cells of a mask and all others."""
    wide = np.pad(mask, 1)
    across = np.argwhere(wide[1:, 1:-1] != wide[:-1, 1:-1])
    down = np.argwhere(wide[1:-1, 1:] != wide[1:-1, :-1])
    return "".join([*(f"M{c} {r}h1" for r, c in across), *(f"M{c} {r}v1" for r, c in down)])
