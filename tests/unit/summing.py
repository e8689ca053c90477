"""The three products of a convolution as sums of parts, one for each tap of the kernel.

Written apart from the reference: what lies in the pads is skipped here, not multiplied, and nothing is gathered.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.problem import Axes, Pads, Problem

Array: TypeAlias = npt.NDArray[Any]
Place: TypeAlias = tuple[slice, ...]
Part: TypeAlias = tuple[Place | tuple[int, ...], Array]
Multiply: TypeAlias = Callable[[Array, Array], Iterator[Array]]
"""Gives the addends of a product of (stacks of) matrices."""

NUMPY_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def at_once(rows: Array, columns: Array) -> Iterator[Array]:
    """A product of matrices as one addend."""
    yield rows @ columns


@dataclass(frozen=True)
class Bent:
    """A geometry that is not the problem's own."""

    outputs: Axes
    strides: Axes
    pads: Pads
    dilation: Axes


def taps(problem: Problem, bent: Bent | None = None) -> Iterator[tuple[tuple[int, ...], Place, Place]]:
    """Give each tap that meets any cell, the output positions it does so from, and the cells."""
    bent = bent or Bent(problem.output_spatial, problem.strides, problem.pads, problem.dilation)
    axes = [_meeting(problem.spatial[axis], problem.kernel_size[axis], bent, axis) for axis in range(problem.rank)]
    everything = slice(None)
    for slots in product(*axes):
        tap, positions, cells = zip(*slots, strict=True)
        yield tap, (everything, *positions), (everything, *cells)


def _meeting(size: int, kernel: int, bent: Bent, axis: int) -> list[tuple[int, slice, slice]]:
    """Give the taps of one axis that meet a cell, with positions and cells."""
    found = []
    for tap in range(kernel):
        s, shift = bent.strides[axis], tap * bent.dilation[axis] - bent.pads[axis][0]
        first = max(0, -(shift // s))
        last = min(bent.outputs[axis] - 1, (size - 1 - shift) // s)
        if last >= first:
            found.append((tap, slice(first, last + 1), slice(first * s + shift, last * s + shift + 1, s)))
    return found


def output_parts(
    problem: Problem, x: Array, filters: Array, multiply: Multiply = at_once, bent: Bent | None = None
) -> Iterator[Part]:
    """Give what each tap adds to the output of a plain convolution, and where."""
    for tap, positions, cells in taps(problem, bent):
        window = x[cells]
        for part in multiply(_rows(window, problem.groups), _columns(filters[tap], problem.groups)):
            yield positions, _unrow(part, window.shape[:-1])


def input_parts(
    problem: Problem, y: Array, filters: Array, multiply: Multiply = at_once, bent: Bent | None = None
) -> Iterator[Part]:
    """Give what each tap adds to the input of a plain convolution from numbers of its output, and where."""
    for tap, positions, cells in taps(problem, bent):
        window = y[positions]
        for part in multiply(_rows(window, problem.groups), _columns(filters[tap], problem.groups).swapaxes(1, 2)):
            yield cells, _unrow(part, window.shape[:-1])


def filters_parts(problem: Problem, x: Array, y: Array, multiply: Multiply = at_once) -> Iterator[Part]:
    """Give what the input and numbers of the output add to each tap of the filters."""
    for tap, positions, cells in taps(problem):
        seen = _rows(x[cells], problem.groups).swapaxes(1, 2)
        for part in multiply(seen, _rows(y[positions], problem.groups)):
            yield tap, _unrow(part, (problem.channels // problem.groups,))


def extended(problem: Problem, x: Array) -> tuple[Problem, Array]:
    """Put copies of cells into the pads where the mode asks for it; the problem left over has no pads."""
    if problem.padding_mode == "zeros":
        return problem, x
    wide = np.pad(x, ((0, 0), *problem.pads, (0, 0)), NUMPY_MODES[problem.padding_mode])  # type: ignore[call-overload]
    return unpadded(problem), wide


def unpadded(problem: Problem) -> Problem:
    """Give the problem whose input has its pads already."""
    none: Pads = ((0, 0),) * problem.rank
    spatial = tuple(size + sum(pair) for size, pair in zip(problem.spatial, problem.pads, strict=True))
    return replace(problem, spatial=spatial, padding=none, padding_mode="zeros")


def folded(problem: Problem, wide: Array) -> Array:
    """Add what fell on the copies to the cells that they are copies of."""
    for axis, (size, pair) in enumerate(zip(problem.spatial, problem.pads, strict=True), start=1):
        copies = np.pad(np.arange(size), pair, NUMPY_MODES[problem.padding_mode])  # type: ignore[call-overload]
        rows = np.moveaxis(wide, axis, 0)
        total = np.zeros((size, *rows.shape[1:]), wide.dtype)
        for cell, row in zip(copies, rows, strict=True):
            total[cell] += row
        wide = np.moveaxis(total, 0, axis)
    return wide


def plain(problem: Problem) -> Problem:
    """Give the plain convolution that a problem of one stage is, or whose adjoint it is."""
    return problem.adjoint if problem.kind == "transposed" else problem.as_grouped


def _rows(array: Array, groups: int) -> Array:
    return array.reshape(math.prod(array.shape[:-1]), groups, array.shape[-1] // groups).swapaxes(0, 1)


def _columns(filters: Array, groups: int) -> Array:
    return filters.reshape(filters.shape[0], groups, filters.shape[1] // groups).swapaxes(0, 1)


def _unrow(part: Array, shape: tuple[int, ...]) -> Array:
    return part.swapaxes(0, 1).reshape(*shape, part.shape[0] * part.shape[2])
