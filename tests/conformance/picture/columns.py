"""The columns of a picture: panels below each other under one heading, and where they stand."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from convformance.tests.conformance.picture.painting import Cells, cells_for
from convformance.tests.conformance.picture.panels import Panel

EDGE: Final = 16
"""Free pixels around a picture."""
GAP: Final = 44
"""Pixels between two columns."""
ROW_GAP: Final = 44
"""Pixels between two panels of a column: for the note of one and the label of the next."""
TOP: Final = 80
"""Where the first panel begins, below the headings."""
_BRACE: Final = 16
_LETTER: Final = 6.4
_HEAD_LETTER: Final = 8.2
_NOTE_LETTER: Final = 5.7

Rectangle: TypeAlias = tuple[float, float, float, float]


@dataclass(eq=False)
class Column:
    """Panels below each other.

    Attributes
    ----------
    panels : list of Panel
        From top to bottom; at least one.
    head : tuple of str
        Heading and subheading.
    x : float
        Where it begins.
    """

    panels: list[Panel]
    head: tuple[str, str]
    x: float = 0.0

    def __post_init__(self) -> None:
        self.cells: Cells = cells_for(self.panels)
        words = [self.head[1], *(panel.label for panel in self.panels)]
        notes = max(len(panel.note) for panel in self.panels) * _NOTE_LETTER
        inner = max(panel.columns * self.cells.width for panel in self.panels)
        self.width = max(inner, notes, *(len(one) * _LETTER for one in words), len(self.head[0]) * _HEAD_LETTER)

    def height(self, place: int) -> float:
        """Give how high a panel is."""
        return self.panels[place].rows * self.cells.height

    def around(self, place: int, y: float) -> Rectangle | None:
        """Give the rectangle around the cells of the window: left, top, right, bottom."""
        met = np.argwhere(self.panels[place].met)
        if not len(met):
            return None
        (top, left), (bottom, right) = met.min(axis=0), met.max(axis=0) + 1
        width, height = self.cells.width, self.cells.height
        return self.x + left * width, y + top * height, self.x + right * width, y + bottom * height


@dataclass(frozen=True)
class Placed:
    """A panel with its place.

    Attributes
    ----------
    column : Column
        Where it stands.
    row : int
        Its place in the column.
    top : float
        Where it begins.
    """

    column: Column
    row: int
    top: float

    @property
    def panel(self) -> Panel:
        """The panel."""
        return self.column.panels[self.row]

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.top + self.column.height(self.row)


class Columns:
    """All columns of a picture, placed.

    Parameters
    ----------
    sources : Column
        A panel an addend.
    weights : Column or None
        A panel an addend, where something slides.
    made : Column
        A panel an addend, and one for those that are not drawn.
    total : Column
        Their sum.
    answer : Column or None
        What is made of the sum.
    """

    def __init__(
        self, sources: Column, weights: Column | None, made: Column, total: Column, answer: Column | None
    ) -> None:
        self.sources, self.weights, self.made, self.total, self.answer = sources, weights, made, total, answer
        x: float = EDGE
        for column in self.all:
            column.x = x + (_BRACE if column is total else 0)
            x = column.x + column.width + GAP
        self.width = x - GAP + EDGE
        self.heights = [
            max(column.height(row) for column in self.addends if row < len(column.panels))
            for row in range(len(made.panels))
        ]
        self.tops: list[float] = []
        y: float = TOP
        for height in self.heights:
            self.tops.append(y)
            y += height + ROW_GAP
        self.bottom = y - ROW_GAP

    @property
    def all(self) -> list[Column]:
        """From left to right."""
        columns = (self.sources, self.weights, self.made, self.total, self.answer)
        return [column for column in columns if column is not None]

    @property
    def addends(self) -> list[Column]:
        """Those that have a panel an addend."""
        return [column for column in self.all if column is not self.total and column is not self.answer]

    @property
    def rows(self) -> int:
        """How many addends are drawn one by one."""
        return len(self.sources.panels)

    @property
    def middle(self) -> float:
        """The height at which the sum stands."""
        return (TOP + self.bottom) / 2

    def placed(self) -> Iterator[Placed]:
        """Give every panel with its place, from left to right."""
        for column in self.all:
            if column is self.total or column is self.answer:
                yield Placed(column, 0, self.middle - column.height(0) / 2)
                continue
            for row in range(len(column.panels)):
                yield Placed(column, row, self.tops[row] + (self.heights[row] - column.height(row)) / 2)
