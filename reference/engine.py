"""The three products of a convolution, fast: output from input and filters, and each of these from the other two.

The windows under all kernel taps are gathered as the rows of a matrix and multiplied with the filters as columns
(K. Chellapilla, S. Puri, P. Simard, "High performance convolutional neural networks for document processing", 2006).
The two adjoint products go tap by tap: for each, a strided slice of the padded input meets one matrix of weights.

Arrays are float64 or int64 and C-contiguous, in the canonical layout of a plain convolution (kind ``conv``).
"""

import math
from itertools import product
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from convformance.reference.axes import meetings
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]

WORKSPACE_BYTES: Final = 8 * 2**20
"""How large one block of gathered rows may become: small enough for a cache, large enough for a matrix product."""
NUMPY_MODES: Final = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def output(problem: Problem, x: Array, filters: Array) -> Array:
    """Give ``y[n, p, f] = sum x~[n, p * stride + t * dilation, c] filters[t, c, f]``.

    Parameters
    ----------
    problem : Problem
        A plain convolution; bias and activation are not looked at.
    x : array, shape ``(N, *spatial, C_in)``
        The input.
    filters : array, shape ``(*kernel, C_in / groups, filters)``
        The filters.

    Returns
    -------
    array, shape ``(N, *output_spatial, filters)``
        The sums.
    """
    windows = _windows(_padded(problem, x), problem)
    columns = _columns(filters, problem)
    result = np.empty(problem.output_shape, dtype=x.dtype)
    rows_per_block = max(
        1, WORKSPACE_BYTES // (8 * problem.products * problem.groups * math.prod(windows.shape[2 : problem.rank + 1]))
    )
    for image in range(problem.batch):
        for first in range(0, problem.output_spatial[0], rows_per_block):
            block = windows[image, first : first + rows_per_block]
            sums = np.matmul(_gather(block, problem), columns)
            result[image, first : first + rows_per_block] = np.moveaxis(sums, 0, 1).reshape(
                *block.shape[: problem.rank], problem.filters
            )
    return result


def input_from(problem: Problem, y: Array, filters: Array) -> Array:
    """Give the adjoint in the input: every output adds its number times the filters to the cells it saw.

    Parameters
    ----------
    problem : Problem
        A plain convolution.
    y : array, shape ``(N, *output_spatial, filters)``
        A number for each output.
    filters : array, shape ``(*kernel, C_in / groups, filters)``
        The filters.

    Returns
    -------
    array, shape ``(N, *spatial, C_in)``
        For each cell ``sum y[n, p, f] filters[t, c, f]`` over all positions p and taps t that meet there.
    """
    return folded(problem, spread(problem, y, filters))


def spread(problem: Problem, y: Array, filters: Array) -> Array:
    """Give `input_from` before what fell on the pads is folded back: of the shape of the padded input."""
    extended = tuple(size + sum(pair) for size, pair in zip(problem.spatial, problem.pads, strict=True))
    result = np.zeros((problem.batch, *extended, problem.channels), dtype=y.dtype)
    rows = _rows(y, problem.groups)
    columns = _columns(filters, problem)
    channels = problem.channels // problem.groups
    for place, (_, cells) in enumerate(_taps(problem)):
        weights = columns[:, place * channels : (place + 1) * channels]
        sums = np.matmul(rows, weights.transpose(0, 2, 1))
        result[cells] += np.moveaxis(sums, 0, 1).reshape(*problem.output_shape[:-1], problem.channels)
    return result


def folded(problem: Problem, extended: Array) -> Array:
    """Add what fell on the pads to the cells whose numbers stand there, axis by axis; zeros belong to no cell."""
    for axis, (size, (before, after)) in enumerate(zip(problem.spatial, problem.pads, strict=True), start=1):
        rows = np.moveaxis(extended, axis, 0)
        inner = rows[before : before + size].copy()
        if problem.padding_mode != "zeros":
            table = _standing(problem, axis - 1)
            for place in (*range(before), *range(before + size, before + size + after)):
                inner[table[place]] += rows[place]
        extended = np.moveaxis(inner, 0, axis)
    return np.ascontiguousarray(extended)


def folds(problem: Problem) -> int:
    """Count in how many places of the padded input the cell stands that stands in most."""
    count = 1
    for axis in range(problem.rank):
        table = _standing(problem, axis)
        count *= int(np.bincount(table[table >= 0]).max())
    return count


def filters_from(problem: Problem, x: Array, y: Array) -> Array:
    """Give the adjoint in the filters: every output adds its number times what it saw to the weights it saw it with.

    Parameters
    ----------
    problem : Problem
        A plain convolution.
    x : array, shape ``(N, *spatial, C_in)``
        The input.
    y : array, shape ``(N, *output_spatial, filters)``
        A number for each output.

    Returns
    -------
    array, shape ``(*kernel, C_in / groups, filters)``
        For each weight ``sum x~[n, p * stride + t * dilation, c] y[n, p, f]`` over all images and positions.
    """
    padded = _padded(problem, x)
    rows = _rows(y, problem.groups)
    result = np.empty(problem.filters_shape, dtype=x.dtype)
    for tap, cells in _taps(problem):
        seen = _rows(padded[cells], problem.groups)
        sums = np.matmul(seen.transpose(0, 2, 1), rows)
        result[tap] = np.moveaxis(sums, 0, 1).reshape(problem.filters_shape[problem.rank :])
    return result


def most_meetings(problem: Problem) -> int:
    """Count in how many (position, tap) pairs the input cell takes part that takes part in most."""
    count = 1
    for axis, (before, _) in enumerate(problem.pads):
        table = meetings(
            problem.spatial[axis],
            problem.output_spatial[axis],
            problem.kernel_size[axis],
            problem.strides[axis],
            problem.dilation[axis],
            before,
            problem.padding_mode,
        )
        count *= int(np.bincount(table[table >= 0], minlength=1).max())
    return count


def _padded(problem: Problem, x: Array) -> Array:
    return np.pad(x, ((0, 0), *problem.pads, (0, 0)), mode=NUMPY_MODES[problem.padding_mode])  # type: ignore[call-overload, no-any-return]


def _standing(problem: Problem, axis: int) -> npt.NDArray[np.intp]:
    """Tabulate which cell stands at each place of a padded axis, -1 for a zero."""
    size, (before, after) = problem.spatial[axis], problem.pads[axis]
    return meetings(size, size + before + after, 1, 1, 1, before, problem.padding_mode)[:, 0]


def _taps(problem: Problem) -> list[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Pair each tap with the slice of the padded input that all output positions see under it."""
    everything = slice(None)
    return [
        (
            tap,
            (
                everything,
                *(
                    slice(t * d, t * d + (size - 1) * s + 1, s)
                    for t, d, size, s in zip(
                        tap, problem.dilation, problem.output_spatial, problem.strides, strict=True
                    )
                ),
                everything,
            ),
        )
        for tap in product(*map(range, problem.kernel_size))
    ]


def _rows(array: Array, groups: int) -> Array:
    """Arrange ``(N, *spatial, channels)`` as ``(groups, N * positions, channels / groups)``."""
    split = array.reshape(math.prod(array.shape[:-1]), groups, array.shape[-1] // groups)
    return np.ascontiguousarray(np.moveaxis(split, 1, 0))


def _windows(padded: Array, problem: Problem) -> Array:
    """View the padded input as ``(N, *output_spatial, *kernel, C_in)`` without copying."""
    batch_step, *cell_steps, channel_step = padded.strides
    return as_strided(
        padded,
        shape=(problem.batch, *problem.output_spatial, *problem.kernel_size, problem.channels),
        strides=(
            batch_step,
            *(step * stride for step, stride in zip(cell_steps, problem.strides, strict=True)),
            *(step * dilation for step, dilation in zip(cell_steps, problem.dilation, strict=True)),
            channel_step,
        ),
        writeable=False,
    )


def _gather(block: Array, problem: Problem) -> Array:
    """Copy a block of windows of one image into ``(groups, positions, products)``."""
    positions = math.prod(block.shape[: problem.rank])
    taps = math.prod(problem.kernel_size)
    split = block.reshape(positions, taps, problem.groups, problem.channels // problem.groups)
    return np.ascontiguousarray(np.moveaxis(split, 2, 0)).reshape(problem.groups, positions, problem.products)


def _columns(filters: Array, problem: Problem) -> Array:
    """Arrange the filters as ``(groups, products, filters / groups)``."""
    split = filters.reshape(problem.products, problem.groups, problem.filters // problem.groups)
    return np.ascontiguousarray(np.moveaxis(split, 1, 0))
