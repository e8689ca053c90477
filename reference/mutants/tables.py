"""What meets in a convolution, as one small table for each of its axes.

A convolution adds up products: of an input number, a weight, and nothing else. Which ones meet in which output
(`convformance.reference.meetings`) can be said axis by axis: image n of the output sees image n of the input; along a
spatial axis, position p sees a cell under a tap; filter f sees a channel with a weight of its own. The table of an axis
has a row (output, input, weight) for each such meeting, and what meets in the whole layer are all combinations of
one row from each table. So the product of any two of the three arrays, added up where the third one says, is the
output or a gradient; and a single wrong row in one table is a wrong convolution.

The bias has tables of its own: what it adds is 1 times a number.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.axes import PaddingMode, meetings
from convformance.reference.problem import Axes, Problem

Array: TypeAlias = npt.NDArray[Any]
Rows: TypeAlias = npt.NDArray[np.int64]
Part: TypeAlias = Literal["products", "bias"]

OUTPUT: Final = 0
INPUT: Final = 1
WEIGHT: Final = 2
COLUMNS: Final = ("output", "input", "weight")
ANSWERS: Final = {"forward": OUTPUT, "dx": INPUT, "dfilters": WEIGHT, "dbias": WEIGHT}
"""The column that says where a direction adds its products up."""


@dataclass(frozen=True)
class Axis:
    """One axis of a layer, with all that its table follows from.

    Attributes
    ----------
    kind : "images", "spatial", "channels", "places" or "filters"
        The last two belong to the bias, which is added to every place of the output and has a number for each filter.
    sizes : tuple of int
        How many different outputs, inputs and weights there are along it.
    stride, dilation, before, after, mode
        Of a spatial axis: those of the convolution, or of the one that a transposed convolution is the adjoint of.
    groups : int
        Of the channels.
    exchanged : bool
        Whether input and output have changed places, as a transposed convolution has it.
    """

    kind: Literal["images", "spatial", "channels", "places", "filters"]
    sizes: tuple[int, int, int]
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0
    mode: PaddingMode = "zeros"
    groups: int = 1
    exchanged: bool = False


@lru_cache(maxsize=65536)
def axes_of(problem: Problem, part: Part = "products") -> tuple[Axis, ...]:
    """Give the axes of a convolution of one stage: the images, the spatial axes, the channels.

    Parameters
    ----------
    problem : Problem
        Of kind conv, depthwise or transposed.
    part : "products" or "bias", optional
        What is added up.

    Returns
    -------
    tuple of Axis
        Rank + 2 of them.
    """
    if part == "bias":
        places = (Axis("places", (size, 1, 1)) for size in problem.output_shape[:-1])
        return (*places, Axis("filters", (problem.filters, 1, problem.filters)))
    exchanged = problem.kind == "transposed"
    plain = problem.adjoint if exchanged else problem.as_grouped
    spatial = (
        Axis(
            "spatial",
            _turned((outputs, size, taps), exchanged=exchanged),
            stride,
            dilation,
            before,
            after,
            mode=plain.padding_mode,
            exchanged=exchanged,
        )
        for outputs, size, taps, stride, dilation, (before, after) in zip(
            plain.output_spatial,
            plain.spatial,
            plain.kernel_size,
            plain.strides,
            plain.dilation,
            plain.pads,
            strict=True,
        )
    )
    weights = plain.channels // plain.groups * plain.filters
    sizes = _turned((plain.filters, plain.channels, weights), exchanged=exchanged)
    return (
        Axis("images", (plain.batch, plain.batch, 1)),
        *spatial,
        Axis("channels", sizes, groups=plain.groups, exchanged=exchanged),
    )


@lru_cache(maxsize=65536)
def rows_of(axis: Axis) -> Rows:
    """Tabulate what meets along an axis.

    Parameters
    ----------
    axis : Axis
        Of a right convolution, or of one with other parameters than the arrays were made for: cells that are not there
        meet nothing.

    Returns
    -------
    array of int, shape ``(meetings, 3)``
        A row (output, input, weight) for each; not to be written to.
    """
    outputs, inputs, weights = _turned(axis.sizes, exchanged=axis.exchanged)
    if axis.kind == "spatial":
        cells = meetings(inputs, outputs, weights, axis.stride, axis.dilation, axis.before, axis.mode)
        positions, taps = np.nonzero((cells >= 0) & (cells < inputs))
        rows = np.stack([positions, cells[positions, taps], taps], axis=1)
    elif axis.kind == "channels":
        filters, seen = np.indices((outputs, inputs // axis.groups)).reshape(2, -1)
        first = filters // (outputs // axis.groups) * (inputs // axis.groups)
        rows = np.stack([filters, first + seen, seen * outputs + filters], axis=1)
    else:
        which = np.arange(outputs)
        rows = np.stack([which, which % inputs, which % weights], axis=1)
    if axis.exchanged:
        rows = rows[:, [INPUT, OUTPUT, WEIGHT]]
    rows.setflags(write=False)
    return rows


def arrays_of(problem: Problem, part: Part, x: Array, weights: Array, cotangent: Array | None) -> list[Array]:
    """Arrange output, input and weights with one axis for each of `axes_of`.

    Parameters
    ----------
    problem : Problem
        Everything but the numbers.
    part : "products" or "bias"
        What is added up.
    x, weights : array
        Canonical; the weights are the filters or the bias.
    cotangent : array or None
        A number for each output where a gradient is asked for.

    Returns
    -------
    list of array
        In the order of the columns; in place of the array that is asked for, stands whatever was handed over.
    """
    output = np.zeros(problem.output_shape, x.dtype) if cotangent is None else cotangent
    if part == "bias":
        ones: Axes = (1,) * (problem.rank + 1)
        return [output, np.ones((*ones, 1), x.dtype), weights.reshape(*ones, -1)]
    return [output, x, weights.reshape(1, *problem.kernel_size, -1)]


def add_up(tables: Sequence[Rows], counts: Sequence[Array], arrays: Sequence[Array], answer: int) -> Array:
    """Multiply what meets and add it up.

    Parameters
    ----------
    tables : sequence of array
        The rows of each axis.
    counts : sequence of array
        How often each row counts; may be negative.
    arrays : sequence of array
        As `arrays_of` gives them.
    answer : int
        The column of the array that is asked for.

    Returns
    -------
    array
        Of the shape and dtype of that one of the arrays.
    """
    one, other = (
        array[np.ix_(*(rows[:, column] for rows in tables))] for column, array in enumerate(arrays) if column != answer
    )
    products = one * other
    for place, count in enumerate(counts):
        products *= count.astype(products.dtype).reshape([-1 if axis == place else 1 for axis in range(len(counts))])
    shape = arrays[answer].shape
    places = np.ravel_multi_index(np.ix_(*(rows[:, answer] for rows in tables)), shape)
    sums = np.zeros(math.prod(shape), products.dtype)
    np.add.at(sums, places.ravel(), products.ravel())
    return sums.reshape(shape)


def _turned(sizes: tuple[int, int, int], *, exchanged: bool) -> tuple[int, int, int]:
    return (sizes[INPUT], sizes[OUTPUT], sizes[WEIGHT]) if exchanged else sizes
