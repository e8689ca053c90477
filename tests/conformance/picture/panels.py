"""A map as a grid of cells to be drawn: the part of it around the window, its pads, and which cells are marked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.axes import source
from convformance.reference.problem import Problem
from convformance.tests.conformance.picture.windows import Plane

Array: TypeAlias = npt.NDArray[Any]
Mask: TypeAlias = npt.NDArray[np.bool_]

LONGEST: Final = 16
"""So many cells are drawn along an axis at most."""
SPARE: Final = 1
"""An axis of one cell more than planned is not cut."""


@dataclass(frozen=True)
class Cut:
    """The part of one axis that is drawn.

    Attributes
    ----------
    begin, end : int
        The first cell and the one behind the last; below 0 or behind the axis they lie in the pads.
    whole : tuple of int
        What there is: the same of everything.
    """

    begin: int
    end: int
    whole: tuple[int, int]

    def __len__(self) -> int:
        """Count the cells."""
        return self.end - self.begin

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return (self.begin, self.end) == self.whole


@dataclass(frozen=True)
class Panel:
    """One map, ready to be drawn.

    Attributes
    ----------
    values : array of two axes
        The numbers.
    label : str
        What it is.
    note : str
        Which part of it is shown, where it is not all.
    met : array of bool
        The cells that belong to the window.
    pads : array of bool
        The cells that lie in the pads.
    wrong : array of bool
        The cells that are wrong.
    """

    values: Array
    label: str
    note: str = ""
    met: Mask = field(default_factory=lambda: np.zeros(0, dtype=bool))
    pads: Mask = field(default_factory=lambda: np.zeros(0, dtype=bool))
    wrong: Mask = field(default_factory=lambda: np.zeros(0, dtype=bool))

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return int(self.values.shape[0])

    @property
    def columns(self) -> int:
        """How many columns it has."""
        return int(self.values.shape[1])


def cut_around(marked: Sequence[int], whole: tuple[int, int], most: int) -> Cut:
    """Choose the part of an axis that is drawn: the marked cells, and what lies around them.

    Parameters
    ----------
    marked : sequence of int
        The cells that matter.
    whole : tuple of int
        The first cell there is and the one behind the last.
    most : int
        So many are drawn, or as many as the marked ones span, up to `LONGEST`.

    Returns
    -------
    Cut
        All of a short axis.
    """
    low, high = min(marked), max(marked) + 1
    room = min(max(most, high - low), LONGEST)
    if whole[1] - whole[0] <= min(room + SPARE, LONGEST):
        return Cut(*whole, whole)
    begin = low if high - low >= room else (low + high - room) // 2
    begin = max(whole[0], min(begin, whole[1] - room))
    return Cut(begin, begin + room, whole)


class View:
    """One plane of a convolution as it is drawn: which of its cells, and which of them belong to the window.

    Parameters
    ----------
    plain : Problem
        The convolution.
    plane : "input", "kernel" or "output"
        Which of its planes.
    marked : sequence of list of int
        Its cells that belong to the window, along each axis; they may lie in the pads.
    most : tuple of int
        So many rows and columns are drawn, or what the marked cells span.
    padded : bool
        Whether an input is drawn with its pads.
    depth : int or None
        Of three axes, the slice that is drawn.
    """

    def __init__(  # noqa: PLR0913 - what a plane and a window have
        self,
        plain: Problem,
        plane: Plane,
        marked: Sequence[list[int]],
        *,
        most: tuple[int, int],
        padded: bool,
        depth: int | None,
    ) -> None:
        self._modes = plain.padding_mode
        sizes = {"input": plain.spatial, "kernel": plain.kernel_size, "output": plain.output_spatial}[plane]
        self._sizes = sizes
        pads = plain.pads if plane == "input" and padded else ((0, 0),) * plain.rank
        self._slice = depth
        axes = range(plain.rank) if depth is None else range(1, plain.rank)
        marked = [marked[axis] for axis in axes]
        self.cuts = [
            cut_around(
                cells or [sizes[axis] // 2],
                (-pads[axis][0], sizes[axis] + pads[axis][1]),
                most[1 if axis == plain.rank - 1 else 0],
            )
            for axis, cells in zip(axes, marked, strict=True)
        ]
        masks = [np.isin(np.arange(cut.begin, cut.end), cells) for cut, cells in zip(self.cuts, marked, strict=True)]
        outside = [
            np.array([not 0 <= cell < sizes[axis] for cell in range(cut.begin, cut.end)])
            for axis, cut in zip(axes, self.cuts, strict=True)
        ]
        if len(self.cuts) == 1:
            masks, outside = [np.array([True]), *masks], [np.array([False]), *outside]
        self.met: Mask = np.logical_and.outer(*masks)
        self.pads: Mask = np.logical_or.outer(*outside)
        if self._slice is not None and not 0 <= self._slice < sizes[0]:
            self.pads = np.ones_like(self.pads)

    @property
    def note(self) -> str:
        """Say which part is drawn, where it is not all."""
        names = ("columns",) if len(self.cuts) == 1 else ("rows", "columns")
        parts = [
            f"{name} {cut.begin} to {cut.end - 1}"
            for name, cut in zip(names, self.cuts, strict=True)
            if not cut.is_whole
        ]
        whole = " x ".join(str(size) for size in self._sizes[-len(self.cuts) :])
        if self._slice is not None and self._sizes[0] > 1:
            parts = [f"slice {self._slice} (0 to {self._sizes[0] - 1})", *parts]
        return f"{', '.join(parts)} of {whole}" if any(not cut.is_whole for cut in self.cuts) else ", ".join(parts)

    def panel(self, values: Array, label: str) -> Panel:
        """Cut a map.

        Parameters
        ----------
        values : array
            The whole map, without pads.
        label : str
            What it is.

        Returns
        -------
        Panel
            Its part; in the pads stands what the padding mode puts there.
        """
        cut = values
        indices = [np.arange(one.begin, one.end) for one in self.cuts]
        if self._slice is not None:
            indices = [np.array([self._slice]), *indices]
        zeros = [np.zeros(len(index), dtype=bool) for index in indices]
        for axis, index in enumerate(indices):
            cells = [source(int(cell), self._sizes[axis], self._modes) for cell in index]
            zeros[axis] = np.array([cell is None for cell in cells])
            cut = np.take(cut, [0 if cell is None else cell for cell in cells], axis=axis)
        blank = zeros[0]
        for one in zeros[1:]:
            blank = np.logical_or.outer(blank, one)
        cut = np.where(blank, 0, cut).reshape(self.met.shape)
        return Panel(cut, label, self.note, self.met, self.pads)
