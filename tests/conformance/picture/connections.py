"""What stands between the panels: the signs of the sum, and the lines that lead from the window to the output."""

from collections.abc import Iterator
from itertools import pairwise

from convformance.tests.conformance.picture.columns import GAP, ROW_GAP, TOP, Columns
from convformance.tests.conformance.picture.painting import text


def signs(columns: Columns) -> Iterator[str]:
    """Write what is done between the panels.

    Parameters
    ----------
    columns : Columns
        Placed.

    Yields
    ------
    str
        Elements.
    """
    sources, weights, made, total = columns.sources, columns.weights, columns.made, columns.total
    for row in range(columns.rows):
        y = columns.tops[row] + columns.heights[row] / 2 + 7
        if weights is not None:
            yield text("\N{ASTERISK OPERATOR}", sources.x + sources.width + GAP / 2, y, "sign m")
        yield text("=", made.x - GAP / 2, y, "sign m")
    for top in columns.tops[1:]:
        yield text("+", made.x - GAP / 2, top - ROW_GAP / 2 + 7, "sign m")
    if len(columns.tops) > 1:
        begin, end, middle = TOP - 8, columns.bottom + 8, columns.middle
        yield (
            f'<path class="brace" d="M{made.x + made.width + 8:g} {begin:g}q8 0 8 8V{middle - 8:g}q0 8 8 8'
            f'q-8 0 -8 8V{end - 8:g}q0 8 -8 8"/>'
        )
    yield text("=", total.x - GAP / 2 + 4, columns.middle + 7, "sign m")
    if columns.answer is not None:
        yield text("\N{RIGHTWARDS ARROW}", total.x + total.width + GAP / 2, columns.middle + 7, "sign m")


def lines(columns: Columns) -> Iterator[str]:
    """Draw what leads from the window to the kernel, from there to the cell of the map, and on to the sum.

    Parameters
    ----------
    columns : Columns
        Placed.

    Yields
    ------
    str
        One element, or none where nothing meets.
    """
    around = {(id(one.column), one.row): one.column.around(one.row, one.top) for one in columns.placed()}
    path = ""
    for left, right in pairwise(columns.all):
        for row in range(len(columns.made.panels)):
            begin = around.get((id(left), row))
            end = around.get((id(right), row if right in columns.addends else 0))
            if begin is None or end is None:
                continue
            if right in columns.addends:
                path += (
                    f"M{begin[2]:g} {begin[1]:g}L{end[0]:g} {end[1]:g}M{begin[2]:g} {begin[3]:g}L{end[0]:g} {end[3]:g}"
                )
            else:
                path += f"M{begin[2]:g} {(begin[1] + begin[3]) / 2:g}L{end[0]:g} {(end[1] + end[3]) / 2:g}"
    if path:
        yield f'<path class="line" d="{path}"/>'
