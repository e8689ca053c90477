"""A block tap by tap: a kernel tap at a time, all positions of the block meet one small matrix of weights.

Nothing is gathered, but each tap costs a pass over the block's sums. That is the faster way where the sums are few: of
a depthwise convolution, whose matrices would be one a channel, and of so few channels and filters that a matrix
product spends its time on arranging its operands.
"""

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.reference.blocks import Block, Scratch, taps
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]

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


def goes_by_taps(problem: Problem) -> bool:
    """Tell whether output and gradient in the input are computed tap by tap.

    Parameters
    ----------
    problem : Problem
        A plain convolution.

    Returns
    -------
    bool
        False where a gather is faster.
    """
    small = problem.groups == 1 and problem.channels in SMALL and problem.filters in SMALL
    return is_depthwise(problem) or (small and problem.output_spatial[-1] in ROW and math.prod(problem.kernel_size) > 1)


def add_up(problem: Problem, block: Block, places: Array, columns: Array, sums: Array, scratch: Scratch) -> None:  # noqa: PLR0913, PLR0917 - of one block
    """Write a block's sums.

    Parameters
    ----------
    problem : Problem
        A plain convolution that `goes_by_taps`.
    block : Block
        Of its output.
    places : array, shape ``(images, *places, C_in)``
        What it sees.
    columns : array, shape ``(groups, products, filters / groups)``
        The weights.
    sums : array, shape ``(positions, groups, filters / groups)``
        Where they go: contiguous.
    scratch : Scratch
        For what stands in between.
    """
    depthwise = is_depthwise(problem)
    result = sums.reshape(*block.shape, *(sums.shape[1:] if depthwise else (problem.filters,)))
    part = scratch.array("part", result.shape, result.dtype)
    for tap, cells in enumerate(taps(problem, block)):
        into = part if tap else result
        if depthwise:
            np.multiply(places[cells][..., np.newaxis], columns[:, tap], out=into)
        else:
            np.matmul(places[cells], _of_tap(problem, columns, tap), out=into)
        if tap:
            result += part


def parts(problem: Problem, block: Block, numbers: Array, columns: Array, scratch: Scratch) -> Iterator[Array]:
    """Give for each tap what a block adds to the cells under it.

    Parameters
    ----------
    problem : Problem
        A plain convolution that `goes_by_taps`.
    block : Block
        Of its output.
    numbers : array, shape ``(positions, groups, filters / groups)``
        A number for each output.
    columns : array, shape ``(groups, products, filters / groups)``
        The weights.
    scratch : Scratch
        Each part stands in it until the next is asked for.

    Yields
    ------
    array, shape ``(*block, groups, C_in / groups)``
        In the order of `taps`.
    """
    shape = (*block.shape, problem.groups, problem.channels // problem.groups)
    part = scratch.array("part", shape, numbers.dtype)
    for tap in range(math.prod(problem.kernel_size)):
        if not is_depthwise(problem):
            rows = numbers.reshape(*block.shape, problem.filters)
            np.matmul(rows, _of_tap(problem, columns, tap).T, out=part.reshape(*block.shape, problem.channels))
        elif numbers.shape[2] == 1:
            np.multiply(numbers[..., 0], columns[:, tap, 0], out=part.reshape(block.count, problem.groups))
        else:
            np.einsum("pgm,gm->pg", numbers, columns[:, tap], out=part.reshape(block.count, problem.groups))
        yield part


def meet(problem: Problem, block: Block, places: Array, numbers: Array, into: Array, scratch: Scratch) -> None:  # noqa: PLR0913, PLR0917 - of one block
    """Write a block's part of the gradient in depthwise filters.

    Parameters
    ----------
    problem : Problem
        `is_depthwise`.
    block : Block
        Of its output.
    places : array, shape ``(images, *places, C_in)``
        What it sees.
    numbers : array, shape ``(positions, groups, filters / groups)``
        A number for each output.
    into : array, shape ``(groups, products, filters / groups)``
        Where it goes.
    scratch : Scratch
        For what stands in between.
    """
    split = numbers.reshape(*block.shape, *numbers.shape[1:])
    meeting = scratch.array("meeting", split.shape, split.dtype)
    for tap, cells in enumerate(taps(problem, block)):
        np.multiply(places[cells][..., np.newaxis], split, out=meeting)
        into[:, tap] = meeting.reshape(numbers.shape).sum(axis=0)


def _of_tap(problem: Problem, columns: Array, tap: int) -> Array:
    """Give one tap's weights of a convolution without groups, ``(C_in, filters)``."""
    weights: Array = columns[0, tap * problem.channels : (tap + 1) * problem.channels]
    return weights
