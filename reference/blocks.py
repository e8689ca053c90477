"""A block of output positions, and the cells that it sees: how an array of any size goes through a small cache."""

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from convformance.reference.problem import Axes, Problem

Array = npt.NDArray[Any]
Slices: TypeAlias = tuple[slice, ...]

MOST_BYTES: Final = 12 * 2**20
"""How large any copy may be that a block needs: at most four are kept, so that beside operands, answer and absolute
weights at most 64 MiB stand."""


@dataclass(frozen=True)
class Block:
    """Output positions that lie behind one another in memory.

    Attributes
    ----------
    start, shape : tuple of int
        The first, as ``(image, *position)``, and how many along each axis.
    first, count : int
        The same in the order of memory, channels left out.
    """

    start: Axes
    shape: Axes
    first: int
    count: int

    @property
    def box(self) -> Slices:
        """Where they stand in ``(N, *output_spatial)``."""
        return tuple(slice(start, start + size) for start, size in zip(self.start, self.shape, strict=True))


def blocks(shape: Axes, most: int) -> Iterator[Block]:
    """Cut the positions of an output into blocks.

    Parameters
    ----------
    shape : tuple of int
        ``(N, *output_spatial)``.
    most : int
        How many positions a block may have, at least 1. Blocks are made about equally large.

    Yields
    ------
    Block
        In the order of memory: whole images, or whole rows of one image, or parts of one row.
    """
    first = 0
    for start, sizes in _cut(shape, most):
        count = math.prod(sizes)
        yield Block(start, sizes, first, count)
        first += count


def _cut(shape: Axes, most: int) -> Iterator[tuple[Axes, Axes]]:
    size, rest = shape[0], shape[1:]
    inner = math.prod(rest)
    if inner <= most:
        parts = math.ceil(size / (most // inner))
        step = math.ceil(size / max(parts, 1))
        for start in range(0, size, max(step, 1)):
            yield (start, *(0,) * len(rest)), (min(step, size - start), *rest)
        return
    for start in range(size):
        for further, sizes in _cut(rest, most):
            yield (start, *further), (1, *sizes)


@dataclass(frozen=True)
class Seen:
    """The cells under all kernel taps of a block's positions.

    Attributes
    ----------
    cells : tuple of slice
        Of the input, ``(images, *spatial)``.
    inside : tuple of slice
        Where they lie among all places that the block sees, the others being zeros of the pads.
    places : tuple of int
        How many places those are, ``(images, *spatial)``.
    """

    cells: tuple[slice, ...]
    inside: tuple[slice, ...]
    places: Axes


def seen(problem: Problem, block: Block) -> Seen:
    """Find the cells that a block sees.

    Parameters
    ----------
    problem : Problem
        A plain convolution that pads with zeros.
    block : Block
        Of its output.

    Returns
    -------
    Seen
        The smallest box that holds them.
    """
    images = slice(block.start[0], block.start[0] + block.shape[0])
    cells, inside, places = [images], [slice(None)], [block.shape[0]]
    axes = zip(
        block.start[1:],
        block.shape[1:],
        problem.spatial,
        problem.pads,
        problem.strides,
        problem.kernel_extent,
        strict=True,
    )
    for position, count, size, (before, _), stride, extent in axes:
        start = position * stride - before
        stop = start + (count - 1) * stride + extent
        first = min(max(start, 0), size)
        last = max(min(stop, size), first)
        cells.append(slice(first, last))
        inside.append(slice(first - start, last - start) if last > first else slice(0, 0))
        places.append(stop - start)
    return Seen(tuple(cells), tuple(inside), tuple(places))


class Scratch(threading.local):
    """Memory that all blocks of all calls use one after the other, each thread its own.

    Fresh memory is slow at its first touch, page by page; on some machines that took longer than the arithmetic.
    """

    def __init__(self) -> None:
        self._flat: dict[tuple[str, np.dtype[Any]], Array] = {}
        self._filled: object = None

    def array(self, role: str, shape: Axes, dtype: np.dtype[Any]) -> Array:
        """Give an array of a role, with whatever stands in it; the former one of that role is lost.

        Parameters
        ----------
        role : str
            What it is for: arrays of two roles, or of two dtypes, share no memory.
        shape : tuple of int
            Its shape.
        dtype : dtype
            Of what.

        Returns
        -------
        array
            C-contiguous.
        """
        size, key = math.prod(shape), (role, dtype)
        flat = self._flat.get(key)
        if flat is None or flat.size < size:
            flat = self._flat[key] = np.empty(size, dtype=dtype)
            self._filled = None
        return flat[:size].reshape(shape)

    def places(self, around: Seen, channels: int, dtype: np.dtype[Any], *, planes: bool) -> Array:
        """Give zeros for all places that a block sees.

        Parameters
        ----------
        around : Seen
            From `seen`.
        channels : int
            How many numbers each place has.
        dtype : dtype
            Of what.
        planes : bool
            Lay them in memory as one plane a channel.

        Returns
        -------
        array, shape ``(images, *places, channels)``
            Zeros; a view of ``(images, channels, *places)`` for planes.
        """
        result = self._places(around, channels, dtype, planes=planes)
        result[...] = 0
        self._filled = None
        return result

    def with_zeros(self, x: Array, around: Seen, *, planes: bool) -> Array:
        """Copy the cells that a block sees, zeros around them; where nothing is to be done, see them as they are.

        Parameters
        ----------
        x : array, shape ``(N, *spatial, C_in)``
            The input.
        around : Seen
            From `seen`.
        planes : bool
            Lay the copy in memory as one plane a channel.

        Returns
        -------
        array, shape ``(images, *places, C_in)``
            A copy, or a view of the input.
        """
        cells = x[around.cells]
        if cells.shape[:-1] == around.places and not planes:
            return cells
        result = self._places(around, x.shape[-1], x.dtype, planes=planes)
        form = (result.shape, result.strides, result.dtype, around.inside)
        if self._filled != form:
            # Of two blocks alike, the zeros around the first are those around the second.
            result[...] = 0
            self._filled = form
        result[around.inside] = cells
        return result

    def _places(self, around: Seen, channels: int, dtype: np.dtype[Any], *, planes: bool) -> Array:
        images, *places = around.places
        if planes:
            return np.moveaxis(self.array("places", (images, channels, *places), dtype), 1, -1)
        return self.array("places", (*around.places, channels), dtype)


def windows(problem: Problem, block: Block, places: Array) -> Array:
    """See the places under each tap at each position, without copying.

    Parameters
    ----------
    problem : Problem
        A plain convolution.
    block : Block
        Of its output.
    places : array, shape ``(images, *places, C_in)``
        From `Scratch.with_zeros` or `Scratch.places`.

    Returns
    -------
    array, shape ``(images, *positions, *kernel, groups, C_in / groups)``
        A view; to write to one tap at a time.
    """
    image_step, *steps, channel_step = places.strides
    channels = problem.channels // problem.groups
    return as_strided(
        places,
        shape=(*block.shape, *problem.kernel_size, problem.groups, channels),
        strides=(
            image_step,
            *(step * stride for step, stride in zip(steps, problem.strides, strict=True)),
            *(step * dilation for step, dilation in zip(steps, problem.dilation, strict=True)),
            channel_step * channels,
            channel_step,
        ),
    )


def under_taps(problem: Problem, block: Block) -> Iterator[tuple[Slices, Slices]]:
    """Give for each kernel tap the cells that a block sees under it, and the positions that see them.

    Parameters
    ----------
    problem : Problem
        A plain convolution that pads with zeros.
    block : Block
        Of its output.

    Yields
    ------
    two tuples of slice
        Of ``(N, *spatial)`` and of ``(N, *output_spatial)``, of equal sizes; what would meet a zero is left out.
    """
    images = slice(block.start[0], block.start[0] + block.shape[0])
    by_axis: list[list[tuple[slice, slice]]] = []
    for axis, (size, (before, _), stride) in enumerate(
        zip(problem.spatial, problem.pads, problem.strides, strict=True), start=1
    ):
        start, stop = block.start[axis], block.start[axis] + block.shape[axis]
        along = []
        for tap in range(problem.kernel_size[axis - 1]):
            offset = tap * problem.dilation[axis - 1] - before
            first = max(start, -(offset // stride))
            last = max(min(stop, (size - 1 - offset) // stride + 1), first)
            cells = slice(first * stride + offset, (last - 1) * stride + offset + 1, stride)
            along.append((cells, slice(first, last)) if last > first else (slice(0), slice(0)))
        by_axis.append(along)
    for pairs in product(*by_axis):
        cells, positions = zip(*pairs, strict=True)
        yield (images, *cells), (images, *positions)


SCRATCH: Final = Scratch()
