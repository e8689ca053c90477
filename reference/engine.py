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
from convformance.reference.blocks import Block, Scratch, blocks, seen, taps, windows
from convformance.reference.padding import folded, padded, unpadded
from convformance.reference.problem import Problem
from convformance.reference.tapwise import goes_by_taps, is_depthwise

Array = npt.NDArray[Any]

CACHE_BYTES: Final = 4 * 2**20
"""How large the rows of a block should be: small enough for a cache, large enough for a matrix product."""
MOST_BYTES: Final = 20 * 2**20
"""How large they may be, so that all that stands beside operands and answer stays below 64 MiB."""
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
    return _output(problem, x, filters, magnitude=False)[0]


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
    result = np.zeros(problem.input_shape, dtype=y.dtype)
    columns, scratch = _columns(problem, filters), Scratch()
    for block, numbers in _blocks(problem, y):
        under = seen(problem, block)
        places = scratch.places(under, problem.channels, y.dtype, planes=_planes(problem))
        split = places.reshape(*under.places, problem.groups, -1)
        parts = (tapwise.parts if goes_by_taps(problem) else _parts)(problem, block, numbers, columns, scratch)
        for cells, part in zip(taps(problem, block), parts, strict=True):
            split[cells] += part
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
    scratch = Scratch()
    shape = (problem.groups, problem.products, problem.filters // problem.groups)
    result = np.zeros(shape, dtype=x.dtype) if problem.batch == 0 else np.empty(shape, dtype=x.dtype)
    for block, numbers in _blocks(problem, y):
        places = scratch.with_zeros(x, seen(problem, block), planes=_planes(problem))
        # The first block's sums are the first in the result.
        into = scratch.array("part", shape, x.dtype) if block.first else result
        if is_depthwise(problem):
            tapwise.meet(problem, block, places, numbers, into, scratch)
        else:
            rows = _rows(problem, block, places, scratch)
            np.matmul(rows.transpose(0, 2, 1), numbers.transpose(1, 0, 2), out=into)
        if into is not result:
            result += into
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


def _output(problem: Problem, x: Array, filters: Array, *, magnitude: bool) -> Array:
    if problem.padding_mode != "zeros":
        return _output(unpadded(problem), padded(problem, x), filters, magnitude=magnitude)
    by_taps, columns = goes_by_taps(problem), [_columns(problem, filters)]
    if magnitude:
        columns.append(np.abs(columns[0]))
    results, scratch = np.empty((len(columns), *problem.output_shape), dtype=x.dtype), Scratch()
    for block, *sums in _blocks(problem, *results):
        numbers = scratch.with_zeros(x, seen(problem, block), planes=_planes(problem))
        if not by_taps:
            numbers = _rows(problem, block, numbers, scratch)
        for weights, into in zip(columns, sums, strict=True):
            if weights is not columns[0]:
                numbers = np.abs(numbers, out=scratch.array("sizes", numbers.shape, x.dtype))
            if by_taps:
                tapwise.add_up(problem, block, numbers, weights, into, scratch)
            else:
                np.matmul(numbers, weights, out=into.transpose(1, 0, 2))
    return results


def _planes(problem: Problem) -> bool:
    """Tell whether the numbers under a tap are copied faster row by row than channel by channel."""
    if goes_by_taps(problem) or math.prod(problem.kernel_size) == 1:
        return False
    run = problem.channels // problem.groups
    if problem.groups == 1 and problem.dilation[-1] == 1:
        run *= problem.kernel_size[-1]
    return run < min(SHORT_RUN, problem.output_spatial[-1])


def _blocks(problem: Problem, *arrays: Array) -> Iterator[tuple[Block, *tuple[Array, ...]]]:
    """Cut arrays of the output's shape: each block, with its numbers as ``(positions, groups, filters / groups)``."""
    shape = (problem.batch, *problem.output_spatial)
    flat = [array.reshape(math.prod(shape), problem.groups, problem.filters // problem.groups) for array in arrays]
    # Tap by tap, what goes through the cache are the sums themselves: of these an eighth of it.
    bytes_each = 8 * (8 * problem.filters if goes_by_taps(problem) else problem.products * problem.groups)
    most = min(max(CACHE_BYTES // bytes_each, LEAST_POSITIONS), MOST_BYTES // bytes_each)
    for block in blocks(shape, max(most, 1)):
        yield block, *(array[block.first : block.first + block.count] for array in flat)


def _columns(problem: Problem, filters: Array) -> Array:
    """Arrange the filters as ``(groups, products, filters / groups)``."""
    split = filters.reshape(problem.products, problem.groups, problem.filters // problem.groups)
    return np.ascontiguousarray(np.moveaxis(split, 1, 0))


def _rows(problem: Problem, block: Block, places: Array, scratch: Scratch) -> Array:
    """Copy what the positions see into ``(groups, positions, products)``, in the order of memory that is faster."""
    if math.prod(problem.kernel_size) == problem.groups == max(problem.strides) == 1:
        return places.reshape(1, block.count, problem.channels)
    under = windows(problem, block, places)
    axes, shape = tuple(range(under.ndim)), (problem.groups, block.count, problem.products)
    positions, kernel, (group, channel) = axes[: len(block.shape)], axes[len(block.shape) : -2], axes[-2:]
    planes = _planes(problem)
    order = (group, *kernel, channel, *positions) if planes else (group, *positions, *kernel, channel)
    rows = scratch.array("rows", tuple(under.shape[axis] for axis in order), places.dtype)
    np.copyto(rows, under.transpose(order))
    return rows.reshape(shape[0], shape[2], shape[1]).transpose(0, 2, 1) if planes else rows.reshape(shape)


def _parts(problem: Problem, block: Block, numbers: Array, columns: Array, scratch: Scratch) -> Iterator[Array]:
    """Give for each tap what the positions add to the cells under it: ``(*positions, groups, C_in / groups)``."""
    taps_count = math.prod(problem.kernel_size)
    groups, positions, products = problem.groups, block.count, problem.products
    if _planes(problem):
        sums = scratch.array("rows", (groups, products, positions), numbers.dtype)
        np.matmul(columns, numbers.transpose(1, 2, 0), out=sums)
        yield from np.moveaxis(sums.reshape(groups, taps_count, -1, *block.shape), (1, 0, 2), (0, -2, -1))
    else:
        sums = scratch.array("rows", (groups, positions, products), numbers.dtype)
        np.matmul(numbers.transpose(1, 0, 2), columns.transpose(0, 2, 1), out=sums)
        yield from np.moveaxis(sums.reshape(groups, *block.shape, taps_count, -1), (-2, 0), (0, -2))
