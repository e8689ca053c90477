"""The three products tap by tap: all positions of a block meet the weights of one kernel tap, then those of the next.

Nothing is copied before it is multiplied, and products with zeros of the pads are left out, but each tap costs a pass
over the block's sums. That is the faster way where the sums are few: of depthwise filters, which see one channel and
would make a matrix product a channel, and of small matrices.
"""

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.reference.blocks import MOST_BYTES, SCRATCH, Block, Slices, blocks, seen, under_taps, windows
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]

CACHE_BYTES: Final = 2**19
"""How large the sums of a block should be: each tap goes over them."""
SMALL: Final = range(32, 65)
"""So many channels, and so many filters, make small matrices. Measured with OpenBLAS 0.3.31: on AVX-512 it multiplies
them without arranging them first, 1.4 times faster than after a gather, and on AVX2 as fast as after one."""
ROW: Final = range(32, 257)
"""So many positions along the last axis are the other side of such a matrix."""


def is_depthwise(problem: Problem) -> bool:
    """Tell whether every filter sees one channel of many.

    Parameters
    ----------
    problem : Problem
        A plain convolution.

    Returns
    -------
    bool
        True for groups of one channel.
    """
    return problem.channels == problem.groups > 1


def has_small_matrices(problem: Problem) -> bool:
    """Tell whether a tap's weights, and a row of what they meet, are matrices too small to be arranged.

    Parameters
    ----------
    problem : Problem
        A plain convolution.

    Returns
    -------
    bool
        False for kernels of one tap, which are one matrix product.
    """
    small = problem.groups == 1 and problem.channels in SMALL and problem.filters in SMALL
    return small and problem.output_spatial[-1] in ROW and math.prod(problem.kernel_size) > 1


def output(problem: Problem, x: Array, filters: Array, *, magnitude: bool) -> list[Array]:
    """Give the sums, and with `magnitude` those of the absolute values.

    Parameters
    ----------
    problem : Problem
        A plain convolution that pads with zeros.
    x, filters : array
        As `convformance.reference.engine.output` takes them.
    magnitude : bool
        Whether both are wanted.

    Returns
    -------
    list of array, shape ``(N, *output_spatial, filters)``
        One or two.
    """
    weights = [_weights(problem, filters)]
    if magnitude:
        weights.append(np.abs(weights[0]))
    results = [np.empty(problem.output_shape, dtype=x.dtype) for _ in weights]
    sums = [_split(problem, result) for result in results]
    for block in blocks((problem.batch, *problem.output_spatial), _most(problem.filters)):
        for tap, (numbers, positions) in enumerate(_by_tap(problem, block, x, magnitude=magnitude)):
            for inner, each, into in zip(numbers, weights, sums, strict=True):
                if tap == 0 and inner.shape[:-2] == block.shape:
                    _product(inner, each[tap], out=into[positions])
                    continue
                if tap == 0:
                    into[block.box] = 0
                into[positions] += _product(inner, each[tap])
    return results


def input_from(problem: Problem, y: Array, filters: Array) -> Array:
    """Give the adjoint in the input.

    Parameters
    ----------
    problem : Problem
        A plain convolution that pads with zeros.
    y, filters : array
        As `convformance.reference.engine.input_from` takes them.

    Returns
    -------
    array, shape ``(N, *spatial, C_in)``
        The sums.
    """
    weights = _weights(problem, filters).transpose(0, 1, 3, 2)
    result = np.zeros(problem.input_shape, dtype=y.dtype)
    cells, numbers = _split(problem, result), _split(problem, y)
    for block in blocks((problem.batch, *problem.output_spatial), _most(problem.channels)):
        for tap, (under, positions) in enumerate(under_taps(problem, block)):
            cells[under] += _product(numbers[positions], weights[tap])
    return result


def filters_from(problem: Problem, x: Array, y: Array) -> Array:
    """Give the adjoint in the filters.

    Parameters
    ----------
    problem : Problem
        A plain convolution that pads with zeros.
    x, y : array
        As `convformance.reference.engine.filters_from` takes them.

    Returns
    -------
    array, shape ``(*kernel, C_in / groups, filters)``
        The sums.
    """
    result = np.zeros(problem.filters_shape, dtype=x.dtype)
    cells, numbers = _split(problem, x), _split(problem, y)
    weights = _weights(problem, result)
    for block in blocks((problem.batch, *problem.output_spatial), _most(max(problem.channels, problem.filters))):
        for tap, (under, positions) in enumerate(under_taps(problem, block)):
            inner, meeting = cells[under], numbers[positions]
            if inner.shape[-1] == 1:
                part = np.multiply(inner, meeting, out=SCRATCH.array("part", meeting.shape, x.dtype))
                weights[tap, :, 0] += part.sum(axis=tuple(range(part.ndim - 2)))
            else:
                rows, columns = (
                    np.moveaxis(array, -2, 0).reshape(problem.groups, -1, array.shape[-1]) for array in (inner, meeting)
                )
                weights[tap] += np.matmul(rows.transpose(0, 2, 1), columns)
    return result


def _by_tap(problem: Problem, block: Block, x: Array, *, magnitude: bool) -> Iterator[tuple[list[Array], Slices]]:
    """Give what each tap sees, ``(*positions, groups, C_in / groups)``, its sizes, and the positions that see it."""
    around = seen(problem, block)
    if 8 * math.prod(around.places) * problem.channels > MOST_BYTES:
        cells = _split(problem, x)
        for under, positions in under_taps(problem, block):
            yield [cells[under], *([np.abs(cells[under])] if magnitude else [])], positions
        return
    # All rows are equally long where zeros stand around the cells: that is worth the copy.
    places = [SCRATCH.with_zeros(x, around, planes=False)]
    if magnitude:
        places.append(np.abs(places[0], out=SCRATCH.array("sizes", places[0].shape, x.dtype)))
    views = [windows(problem, block, each) for each in places]
    every = (slice(None),) * len(block.shape)
    for tap in np.ndindex(problem.kernel_size):
        yield [view[every + tap] for view in views], block.box


def _most(channels: int) -> int:
    return max(CACHE_BYTES // (8 * channels), 1)


def _split(problem: Problem, array: Array) -> Array:
    """See an array of images with its channels by groups: ``(N, *spatial, groups, channels / groups)``."""
    return array.reshape(*array.shape[:-1], problem.groups, array.shape[-1] // problem.groups)


def _weights(problem: Problem, filters: Array) -> Array:
    """See the filters as ``(taps, groups, C_in / groups, filters / groups)``."""
    channels, each = problem.channels // problem.groups, problem.filters // problem.groups
    return filters.reshape(math.prod(problem.kernel_size), channels, problem.groups, each).transpose(0, 2, 1, 3)


def _product(numbers: Array, weights: Array, out: Array | None = None) -> Array:
    """Multiply ``(..., groups, a)`` with ``(groups, a, b)``; without `out` the result stands until the next is made."""
    groups, length, width = weights.shape
    if out is None:
        out = SCRATCH.array("part", (*numbers.shape[:-1], width), numbers.dtype)
    if length == 1:
        return np.multiply(numbers, weights[:, 0], out=out)
    if width == 1 < groups:
        return np.sum(numbers * weights[:, :, 0], axis=-1, keepdims=True, out=out)
    if groups == 1:
        np.matmul(numbers[..., 0, :], weights[0], out=out[..., 0, :])
        return out
    first = np.moveaxis(numbers, -2, 0)
    np.matmul(first, weights.reshape(groups, *(1,) * (first.ndim - 3), length, width), out=np.moveaxis(out, -2, 0))
    return out
