"""One spatial axis: which cell a kernel's tap meets, and how much "same" pads."""

import math
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

PaddingMode: TypeAlias = Literal["zeros", "reflect", "replicate", "circular"]

PADDING_MODES: Final[tuple[PaddingMode, ...]] = get_args(PaddingMode)


def source(cell: int, size: int, mode: PaddingMode) -> int | None:
    """Find the cell of an axis whose value stands at a place that may lie outside.

    Parameters
    ----------
    cell : int
        The place, from 0; below 0 or from `size` on it lies in the pads.
    size : int
        How many cells the axis has.
    mode : "zeros", "reflect", "replicate" or "circular"
        What stands outside: zeros; the axis mirrored at its first and last cell, which are not repeated; the first or
        the last cell; the axis over again.

    Returns
    -------
    int or None
        The cell, or None for a zero that belongs to no cell.

    References
    ----------
    The modes are those of ``torch.nn.Conv2d`` and ``numpy.pad`` (constant, reflect, edge, wrap).
    """
    if 0 <= cell < size:
        return cell
    if mode == "zeros":
        return None
    if mode == "replicate":
        return 0 if cell < 0 else size - 1
    if mode == "circular":
        return cell % size
    return -cell if cell < 0 else 2 * (size - 1) - cell


def largest_pad(size: int, mode: PaddingMode) -> int | None:
    """Say how many cells a mode can put on one side of an axis, or None where there is no limit.

    Parameters
    ----------
    size : int
        How many cells the axis has.
    mode : "zeros", "reflect", "replicate" or "circular"
        The padding mode.

    Returns
    -------
    int or None
        A mirror shows every cell but the first once; a circle closes after one round.
    """
    return {"reflect": size - 1, "circular": size}.get(mode)


def same_pads(size: int, stride: int, extent: int) -> tuple[int, int]:
    """Give the pads with which a convolution has ``ceil(size / stride)`` outputs, the larger half after.

    Parameters
    ----------
    size, stride, extent : int
        Of the axis: cells, stride, and cells from the kernel's first tap to its last.

    Returns
    -------
    tuple of int
        Cells before and after.

    References
    ----------
    The convention of TensorFlow, Keras and torch; https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
    """
    total = max((math.ceil(size / stride) - 1) * stride + extent - size, 0)
    return total // 2, total - total // 2


def meetings(  # noqa: PLR0913, PLR0917 - the numbers that one axis has
    size: int, outputs: int, taps: int, stride: int, dilation: int, before: int, mode: PaddingMode
) -> npt.NDArray[np.intp]:
    """Tabulate which cell every output position sees under every tap of an axis.

    Parameters
    ----------
    size, outputs, taps : int
        Cells of the input, positions of the output, taps of the kernel along the axis.
    stride, dilation, before : int
        Cells between positions, between taps, and of padding before the axis.
    mode : "zeros", "reflect", "replicate" or "circular"
        What stands in the pads.

    Returns
    -------
    array of int, shape ``(outputs, taps)``
        The cell, or -1 for a zero of the pads.
    """
    table = np.empty((outputs, taps), dtype=np.intp)
    for position, tap in np.ndindex(table.shape):
        found = source(position * stride + tap * dilation - before, size, mode)
        table[position, tap] = -1 if found is None else found
    return table
