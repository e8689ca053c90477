"""What an adapter gave, beside what it should have given: three maps."""

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.tests.conformance.picture.arithmetic import spelled
from convformance.tests.conformance.picture.columns import EDGE, GAP, Column
from convformance.tests.conformance.picture.painting import largest_of, numbers, painted, text
from convformance.tests.conformance.picture.panels import LONGEST, Panel, cut_around
from convformance.tests.conformance.picture.scene import Answered
from convformance.tests.conformance.report.harmless import visible

Array: TypeAlias = npt.NDArray[Any]

NAME: Final = 60
"""So many characters of an adapter's name are shown."""
_LETTER: Final = 6.4


def returned(answered: Answered, y: float) -> tuple[list[str], float, float]:
    """Draw expected, got and their difference.

    Parameters
    ----------
    answered : Answered
        What came back.
    y : float
        Where to begin.

    Returns
    -------
    tuple
        The elements, how wide they are, and where they end.
    """
    with np.errstate(invalid="ignore"):
        difference = answered.got.astype(np.float64) - answered.expected
    chosen = np.zeros(answered.got.shape, dtype=bool)
    chosen[answered.inside] = True
    met, wrong = _flat(answered, chosen), _flat(answered, answered.wrong)
    panels = [
        Panel(_flat(answered, answered.expected), "expected", met=met),
        Panel(_flat(answered, answered.got), "got", met=met, wrong=wrong),
        Panel(_flat(answered, difference), "difference: got - expected", met=met, wrong=wrong),
    ]
    words = _words(answered)
    elements = [text(f"what {visible(answered.adapter, NAME)} gave", EDGE, y + 14, "head"), text(words, EDGE, y + 34)]
    top, x, height = y + 66, float(EDGE), 0.0
    for place, panel in enumerate(panels):
        column = Column([panel], (panel.label, ""), x)
        largest = largest_of(panels[:2] if place < 2 else [panel])
        elements.append(text(panel.label, x, top - 7))
        elements += [*painted(panel, x, top, column.cells, largest), *numbers(panel, x, top, column.cells)]
        x += column.width + GAP
        height = max(height, column.height(0))
    return elements, max(x - GAP + EDGE, len(words) * _LETTER + 2 * EDGE), top + height + 8


def _words(answered: Answered) -> str:
    """Say the numbers of the element, and how many others are wrong."""
    where = ", ".join(map(str, answered.at))
    expected, got = spelled(answered.expected[answered.inside]), spelled(answered.got[answered.inside])
    count, size = int(answered.wrong.sum()), answered.got.size
    cells = "the cell" if size == 1 else f"the {size} cells"
    wrong = f"none of {cells} of this map that are known is wrong"
    if count:
        wrong = f"wrong, and marked in the corner: {count} of {cells} of this map that are known"
    return f"at ({where}), outlined: expected {expected}, got {got}; {wrong}"


def _flat(answered: Answered, values: Array) -> Array:
    """Give what is drawn: one row, or the slice of the element; of many columns, those around it."""
    inside = answered.inside
    if values.ndim == 3:
        values, inside = values[inside[0]], inside[1:]
    if values.ndim == 1:
        values, inside = values[None], (0, *inside)
    for axis, index in enumerate(inside):
        cut = cut_around([index], (0, values.shape[axis]), LONGEST)
        values = values.take(range(cut.begin, cut.end), axis=axis)
    return values
