"""The three products of a convolution, fast: output from input and filters, and each of these from the other two.

All three go block by block over the positions of the output, so that what a block gathers stays in the cache. The
windows of a block under all kernel taps become the rows of a matrix, which meets the filters as columns
(K. Chellapilla, S. Puri, P. Simard, "High performance convolutional neural networks for document processing", 2006);
the two adjoints are the same steps backwards. Depthwise filters, which see one channel, go tap by tap instead.

Arrays are float64 or int64 and C-contiguous, in the canonical layout of a plain convolution (kind ``conv``).
"""

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.reference.axes import meetings
from convformance.reference.blocks import Block, blocks, empty_places, seen, taps, windows, with_zeros
from convformance.reference.padding import folded, padded, unpadded
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]

CACHE_BYTES: Final = 2**20
"""How large the rows of a block should be: they are written and read again out of the second-level cache."""
MOST_BYTES: Final = 20 * 2**20
"""How large they may be, so that all that stands beside operands and answer stays below 64 MiB."""
LEAST_POSITIONS: Final = 256
"""Below so many positions a matrix product spends its time on arranging the filters."""
SHORT_RUN: Final = 32
"""Fewer neighbours than this are slow to copy: then channels are laid as planes, where whole rows are neighbours."""
LONG_SUM: Final = 256
"""From so many products on, a matrix product along positions is so much faster that its sums may lie turned."""


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
    columns = _columns(problem, filters)
    for block, numbers in _blocks(problem, y):
        under = seen(problem, block)
        places = empty_places(under.places, problem.channels, y.dtype, planes=_planes(problem))
        split = places.reshape(*under.places, problem.groups, -1)
        parts = _parts(problem, block, numbers, columns)
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
    groups = problem.groups
    result = np.zeros((groups, problem.products, problem.filters // groups), dtype=x.dtype)
    for block, numbers in _blocks(problem, y):
        places = with_zeros(x, seen(problem, block), planes=_planes(problem))
        rows = _rows(problem, block, places)
        result += np.matmul(rows.transpose(0, 2, 1), numbers.transpose(1, 0, 2))
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
    columns = [_columns(problem, filters)]
    if magnitude:
        columns.append(np.abs(columns[0]))
    results = np.empty((len(columns), *problem.output_shape), dtype=x.dtype)
    for block, *sums in _blocks(problem, *results):
        places = with_zeros(x, seen(problem, block), planes=_planes(problem))
        if _depthwise(problem):
            multiply, numbers = _sum_taps, places
        else:
            multiply, numbers = _multiply, _rows(problem, block, places)
        multiply(problem, block, numbers, columns[0], sums[0])
        if magnitude:
            multiply(problem, block, np.abs(numbers), columns[1], sums[1])
    return results


def _depthwise(problem: Problem) -> bool:
    """Tell whether every filter sees one channel of many, so that a matrix product a group would be one a channel."""
    return problem.channels == problem.groups > 1


def _planes(problem: Problem) -> bool:
    """Tell whether the numbers under a tap are copied faster row by row than channel by channel."""
    if _depthwise(problem) or math.prod(problem.kernel_size) == 1:
        return False
    run = problem.channels // problem.groups
    if problem.groups == 1 and problem.dilation[-1] == 1:
        run *= problem.kernel_size[-1]
    return run < min(SHORT_RUN, problem.output_spatial[-1])


def _blocks(problem: Problem, *arrays: Array) -> Iterator[tuple[Block, *tuple[Array, ...]]]:
    """Cut arrays of the output's shape: each block, with its numbers as ``(positions, groups, filters / groups)``."""
    shape = (problem.batch, *problem.output_spatial)
    flat = [array.reshape(math.prod(shape), problem.groups, problem.filters // problem.groups) for array in arrays]
    bytes_each = 8 * problem.products * problem.groups
    most = min(max(CACHE_BYTES // bytes_each, LEAST_POSITIONS), MOST_BYTES // bytes_each)
    for block in blocks(shape, max(most, 1)):
        yield block, *(array[block.first : block.first + block.count] for array in flat)


def _columns(problem: Problem, filters: Array) -> Array:
    """Arrange the filters as ``(groups, products, filters / groups)``."""
    split = filters.reshape(problem.products, problem.groups, problem.filters // problem.groups)
    return np.ascontiguousarray(np.moveaxis(split, 1, 0))


def _rows(problem: Problem, block: Block, places: Array) -> Array:
    """Copy what the positions see into ``(groups, positions, products)``, in the order of memory that is faster."""
    under = windows(problem, block, places)
    axes, shape = tuple(range(under.ndim)), (problem.groups, block.count, problem.products)
    positions, kernel, (group, channel) = axes[: len(block.shape)], axes[len(block.shape) : -2], axes[-2:]
    if _planes(problem):
        turned = under.transpose(group, *kernel, channel, *positions)
        return turned.reshape(shape[0], shape[2], shape[1]).transpose(0, 2, 1)
    return under.transpose(group, *positions, *kernel, channel).reshape(shape)


def _parts(problem: Problem, block: Block, numbers: Array, columns: Array) -> Iterator[Array]:
    """Give for each tap what the positions add to the cells under it: ``(*positions, groups, C_in / groups)``."""
    count = math.prod(problem.kernel_size)
    if _depthwise(problem):
        shape = (*block.shape, *numbers.shape[1:])
        for tap in range(count):
            yield (numbers * columns[:, tap]).sum(axis=-1).reshape(*shape[:-1], 1)
    elif _planes(problem):
        sums = np.matmul(columns, numbers.transpose(1, 2, 0))
        split = sums.reshape(problem.groups, count, -1, *block.shape)
        yield from np.moveaxis(split, (1, 0, 2), (0, -2, -1))
    else:
        sums = np.matmul(numbers.transpose(1, 0, 2), columns.transpose(0, 2, 1))
        split = sums.reshape(problem.groups, *block.shape, count, -1)
        yield from np.moveaxis(split, (-2, 0), (0, -2))


def _multiply(problem: Problem, block: Block, rows: Array, columns: Array, sums: Array) -> None:
    """Multiply the rows of a block with the filters, the longer of the two sides first where that pays."""
    if problem.products >= LONG_SUM and block.count >= columns.shape[2]:
        turned = np.matmul(columns.transpose(0, 2, 1), rows.transpose(0, 2, 1))
        sums[...] = turned.transpose(2, 0, 1)
    else:
        np.matmul(rows, columns, out=sums.transpose(1, 0, 2))


def _sum_taps(problem: Problem, block: Block, places: Array, columns: Array, sums: Array) -> None:
    """Add up what each tap sees times its weights, channel by channel, without a matrix."""
    result = sums.reshape(*block.shape, *sums.shape[1:])
    part = np.empty_like(result)
    for tap, cells in enumerate(taps(problem, block)):
        np.multiply(places[cells][..., np.newaxis], columns[:, tap], out=part if tap else result)
        if tap:
            result += part
