"""The three products of a convolution, fast: output from input and filters, and each of these from the other two.

All three go block by block over the positions of the output, so that what a block gathers stays in the cache. The
windows of a block under all kernel taps become the rows of a matrix, which meets the filters as columns
(K. Chellapilla, S. Puri, P. Simard, "High performance convolutional neural networks for document processing", 2006);
the two adjoints are the same steps backwards. Where that does not pay, `convformance.reference.tapwise` computes.

Arrays are float64 or int64 and C-contiguous, in the canonical layout of a plain convolution (kind ``conv``).
"""

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.reference import tapwise
from convformance.reference.axes import meetings
from convformance.reference.blocks import MOST_BYTES, SCRATCH, Block, blocks, seen, windows
from convformance.reference.padding import folded, padded, unpadded
from convformance.reference.problem import Problem
from convformance.reference.tapwise import has_small_matrices, is_depthwise

Array = npt.NDArray[Any]

CACHE_BYTES: Final = 2**20
"""How large the rows of a block should be: they are written, and read again out of the second-level cache."""
LEAST_POSITIONS: Final = 256
"""Below so many positions a matrix product spends its time on arranging the filters."""
SHORT_RUN: Final = 32
"""Fewer neighbours than this are slow to copy: then channels are laid as planes, where whole rows are neighbours."""


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
    (sums,) = _output(problem, x, filters, magnitude=False)
    return sums


def output_and_magnitude(problem: Problem, x: Array, filters: Array) -> tuple[Array, Array]:
    """Give `output` and the same of the absolute values, for which each block is gathered once.

    Parameters
    ----------
    problem, x, filters
        As `output` takes them.

    Returns
    -------
    two arrays, shape ``(N, *output_spatial, filters)``
        The sums, and ``sum |x~| |filters|``.
    """
    sums, sizes = _output(problem, x, filters, magnitude=True)
    return sums, sizes


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
    if problem.padding_mode != "zeros":
        return folded(problem, spread(problem, y, filters))
    if has_small_matrices(problem) or _no_matrix(problem):
        return tapwise.input_from(problem, y, filters)
    result = np.zeros(problem.input_shape, dtype=y.dtype)
    columns = _columns(problem, filters)
    for block, (numbers,) in _blocks(problem, y):
        under = seen(problem, block)
        places = SCRATCH.places(under, problem.channels, y.dtype, planes=_planes(problem))
        under_tap = windows(problem, block, places)
        every = (slice(None),) * len(block.shape)
        for tap, part in zip(np.ndindex(problem.kernel_size), _parts(problem, block, numbers, columns), strict=True):
            under_tap[every + tap] += part
        result[under.cells] += places[under.inside]
    return result


def spread(problem: Problem, y: Array, filters: Array) -> Array:
    """Give `input_from` before what fell on the pads is folded back: of the shape of the padded input."""
    return input_from(unpadded(problem), y, filters)


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
    if problem.padding_mode != "zeros":
        return filters_from(unpadded(problem), padded(problem, x), y)
    if _no_matrix(problem):
        return tapwise.filters_from(problem, x, y)
    shape = (problem.groups, problem.products, problem.filters // problem.groups)
    result = np.empty(shape, dtype=x.dtype) if problem.batch else np.zeros(shape, dtype=x.dtype)
    panel = max(MOST_BYTES // (8 * problem.groups * problem.products), 1)
    for block, (numbers,) in _blocks(problem, y):
        places = SCRATCH.with_zeros(x, seen(problem, block), planes=_planes(problem))
        rows = _rows(problem, block, places).transpose(0, 2, 1)
        for first in range(0, shape[2], panel):
            into, columns = result[..., first : first + panel], numbers[..., first : first + panel].transpose(1, 0, 2)
            if block.first == 0:
                np.matmul(rows, columns, out=into)
            else:
                into += np.matmul(rows, columns, out=SCRATCH.array("part", into.shape, x.dtype))
    return np.moveaxis(result, 0, 1).reshape(problem.filters_shape)


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


def _output(problem: Problem, x: Array, filters: Array, *, magnitude: bool) -> list[Array]:
    if problem.padding_mode != "zeros":
        return _output(unpadded(problem), padded(problem, x), filters, magnitude=magnitude)
    if has_small_matrices(problem) or _no_matrix(problem):
        return tapwise.output(problem, x, filters, magnitude=magnitude)
    columns = [_columns(problem, filters)]
    if magnitude:
        columns.append(np.abs(columns[0]))
    results = [np.empty(problem.output_shape, dtype=x.dtype) for _ in columns]
    for block, sums in _blocks(problem, *results):
        places = SCRATCH.with_zeros(x, seen(problem, block), planes=_planes(problem))
        rows = _rows(problem, block, places)
        np.matmul(rows, columns[0], out=sums[0].transpose(1, 0, 2))
        if magnitude:
            sizes = np.abs(rows, out=SCRATCH.array("sizes", rows.shape, x.dtype))
            np.matmul(sizes, columns[1], out=sums[1].transpose(1, 0, 2))
    return results


def _no_matrix(problem: Problem) -> bool:
    """Tell whether there is nothing to gather: one channel a filter, or places too far apart for a block of them."""
    if is_depthwise(problem):
        return True
    block = next(blocks((1, *problem.output_spatial), _most_positions(problem)))
    return 8 * math.prod(seen(problem, block).places) * problem.channels > MOST_BYTES


def _planes(problem: Problem) -> bool:
    """Tell whether the numbers under a tap are copied faster row by row than channel by channel."""
    if math.prod(problem.kernel_size) == 1:
        return False
    run = problem.channels // problem.groups
    if problem.groups == 1 and problem.dilation[-1] == 1:
        run *= problem.kernel_size[-1]
    return run < min(SHORT_RUN, problem.output_spatial[-1])


def _blocks(problem: Problem, *arrays: Array) -> Iterator[tuple[Block, list[Array]]]:
    """Cut arrays of the output's shape: each block, with its numbers as ``(positions, groups, filters / groups)``."""
    shape = (problem.batch, *problem.output_spatial)
    flat = [array.reshape(math.prod(shape), problem.groups, problem.filters // problem.groups) for array in arrays]
    for block in blocks(shape, _most_positions(problem)):
        yield block, [array[block.first : block.first + block.count] for array in flat]


def _most_positions(problem: Problem) -> int:
    """Say how many positions a block may have."""
    bytes_each = 8 * problem.products * problem.groups
    return max(min(max(CACHE_BYTES // bytes_each, LEAST_POSITIONS), MOST_BYTES // bytes_each), 1)


def _columns(problem: Problem, filters: Array) -> Array:
    """Arrange the filters as ``(groups, products, filters / groups)``."""
    split = filters.reshape(problem.products, problem.groups, problem.filters // problem.groups)
    return np.ascontiguousarray(np.moveaxis(split, 1, 0))


def _rows(problem: Problem, block: Block, places: Array) -> Array:
    """Copy what the positions see into ``(groups, positions, products)``, in the order of memory that is faster."""
    if math.prod(problem.kernel_size) == problem.groups == max(problem.strides) == 1:
        return places.reshape(1, block.count, problem.channels)
    under = windows(problem, block, places)
    axes, shape = tuple(range(under.ndim)), (problem.groups, block.count, problem.products)
    positions, kernel, (group, channel) = axes[: len(block.shape)], axes[len(block.shape) : -2], axes[-2:]
    planes = _planes(problem)
    order = (group, *kernel, channel, *positions) if planes else (group, *positions, *kernel, channel)
    rows = SCRATCH.array("rows", tuple(under.shape[axis] for axis in order), places.dtype)
    np.copyto(rows, under.transpose(order))
    return rows.reshape(shape[0], shape[2], shape[1]).transpose(0, 2, 1) if planes else rows.reshape(shape)


def _parts(problem: Problem, block: Block, numbers: Array, columns: Array) -> Iterator[Array]:
    """Give for each tap what the positions add to the cells under it: ``(*positions, groups, C_in / groups)``."""
    taps_count = math.prod(problem.kernel_size)
    groups, positions, products = problem.groups, block.count, problem.products
    if _planes(problem):
        sums = SCRATCH.array("rows", (groups, products, positions), numbers.dtype)
        np.matmul(columns, numbers.transpose(1, 2, 0), out=sums)
        yield from np.moveaxis(sums.reshape(groups, taps_count, -1, *block.shape), (1, 0, 2), (0, -2, -1))
    else:
        sums = SCRATCH.array("rows", (groups, positions, products), numbers.dtype)
        np.matmul(numbers.transpose(1, 0, 2), columns.transpose(0, 2, 1), out=sums)
        yield from np.moveaxis(sums.reshape(groups, *block.shape, taps_count, -1), (-2, 0), (0, -2))
