"""What stands around an input: zeros, or copies of its cells, and where the gradient of such copies goes."""

from dataclasses import replace
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from convformance.reference.axes import PaddingMode, meetings
from convformance.reference.problem import Axes, Problem

Array = npt.NDArray[Any]

NUMPY_MODES: Final[dict[PaddingMode, Literal["constant", "reflect", "edge", "wrap"]]] = {
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}
"""How ``numpy.pad`` calls the padding modes."""


def extended(problem: Problem) -> Axes:
    """Give the size of the padded input along each axis.

    Parameters
    ----------
    problem : Problem
        A plain convolution.

    Returns
    -------
    tuple of int
        Cells and pads.
    """
    return tuple(size + sum(pair) for size, pair in zip(problem.spatial, problem.pads, strict=True))


def padded(problem: Problem, x: Array) -> Array:
    """Put the pads around an input.

    Parameters
    ----------
    problem : Problem
        A plain convolution.
    x : array, shape ``(N, *spatial, C_in)``
        The input.

    Returns
    -------
    array, shape ``(N, *extended, C_in)``
        A copy.
    """
    return np.pad(x, ((0, 0), *problem.pads, (0, 0)), mode=NUMPY_MODES[problem.padding_mode])


def unpadded(problem: Problem) -> Problem:
    """Give the convolution of the padded input, which needs no pads.

    Parameters
    ----------
    problem : Problem
        A plain convolution.

    Returns
    -------
    Problem
        Of the same output.
    """
    return replace(problem, spatial=extended(problem), padding="valid", padding_mode="zeros")


def folded(problem: Problem, wide: Array) -> Array:
    """Add what fell on the pads to the cells whose numbers stand there, axis by axis; zeros belong to no cell.

    Parameters
    ----------
    problem : Problem
        A plain convolution.
    wide : array, shape ``(N, *extended, C_in)``
        A number for each cell of the padded input.

    Returns
    -------
    array, shape ``(N, *spatial, C_in)``
        The adjoint of `padded`.
    """
    for axis, (size, (before, after)) in enumerate(zip(problem.spatial, problem.pads, strict=True), start=1):
        rows = np.moveaxis(wide, axis, 0)
        inner = rows[before : before + size].copy()
        if problem.padding_mode != "zeros":
            table = _standing(problem, axis - 1)
            for place in (*range(before), *range(before + size, before + size + after)):
                inner[table[place]] += rows[place]
        wide = np.moveaxis(inner, 0, axis)
    return np.ascontiguousarray(wide)


def folds(problem: Problem) -> int:
    """Count in how many places of the padded input the cell stands that stands in most.

    Parameters
    ----------
    problem : Problem
        A plain convolution.

    Returns
    -------
    int
        1 where pads are zeros.
    """
    count = 1
    for axis in range(problem.rank):
        table = _standing(problem, axis)
        count *= int(np.bincount(table[table >= 0]).max())
    return count


def _standing(problem: Problem, axis: int) -> npt.NDArray[np.intp]:
    """Tabulate which cell stands at each place of a padded axis, -1 for a zero."""
    size, (before, after) = problem.spatial[axis], problem.pads[axis]
    return meetings(size, size + before + after, 1, 1, 1, before, problem.padding_mode)[:, 0]
