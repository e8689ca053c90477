"""From the definition to the limit: the same convolution, each step written as a reader would, each buying something.

All steps take a plain two-dimensional convolution padded with zeros, of one group, without bias and activation; arrays
``x (N, H, W, C_in)`` and ``filters (kh, kw, C_in, filters)`` of one floating-point dtype; and give ``(N, H', W',
filters)`` of that dtype.
"""

from collections.abc import Callable, Mapping
from itertools import product
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from convformance.benchmarks.layers import PLAIN, Layer
from convformance.reference import definition, engine
from convformance.reference.padding import padded
from convformance.reference.problem import Problem

Array: TypeAlias = npt.NDArray[Any]
Step: TypeAlias = Callable[[Problem, Array, Array], Array]


def loops(problem: Problem, x: Array, filters: Array) -> Array:
    """Compute as the definition says: one Python multiplication after the other.

    Every product pays the interpreter: finding the cell, two numbers out of their arrays, a product, a sum. They are
    Python floats, so float32 is added up in float64 and rounded once.
    """
    return definition.layer(x, filters, None, problem)


def dots(problem: Problem, x: Array, filters: Array) -> Array:
    """Multiply the window under the kernel with all filters at once, one output position after the other.

    Buys that the products of a position are one call into compiled code. The filters are read again for each position:
    every number that is read takes part in one product, so the memory sets the pace.
    """
    row_stride, column_stride = problem.strides
    row_dilation, column_dilation = problem.dilation
    height, width = problem.kernel_extent
    wide = padded(problem, x)
    weights = filters.reshape(problem.products, problem.filters)
    result = np.empty(problem.output_shape, x.dtype)
    for image, row, column in np.ndindex(result.shape[:-1]):
        top, left = row * row_stride, column * column_stride
        window = wide[image, top : top + height : row_dilation, left : left + width : column_dilation]
        result[image, row, column] = window.reshape(-1) @ weights
    return result


def taps(problem: Problem, x: Array, filters: Array) -> Array:
    """Multiply all that lies under one tap of the kernel with that tap's weights, and add up the taps.

    Buys a matrix product of all positions for each tap: its weights stay in the cache, and every number that is read
    takes part in many products. The whole output is read and written again for each tap.
    """
    row_stride, column_stride = problem.strides
    row_dilation, column_dilation = problem.dilation
    rows, columns = problem.output_spatial
    wide = padded(problem, x)
    result = np.zeros(problem.output_shape, x.dtype)
    for row, column in product(*map(range, problem.kernel_size)):
        top, left = row * row_dilation, column * column_dilation
        seen = wide[
            :,
            top : top + (rows - 1) * row_stride + 1 : row_stride,
            left : left + (columns - 1) * column_stride + 1 : column_stride,
        ]
        result += seen @ filters[row, column]
    return result


def gather_and_gemm(problem: Problem, x: Array, filters: Array) -> Array:
    """Copy the windows of all positions into the rows of a matrix, and multiply once.

    Buys one large matrix product, the thing that a BLAS does best, and sums that are finished before they are written.
    It costs a copy in which every cell stands as often as taps see it, too large for the cache (K. Chellapilla,
    S. Puri, P. Simard, "High performance convolutional neural networks for document processing", 2006).
    """
    row_stride, column_stride = problem.strides
    row_dilation, column_dilation = problem.dilation
    windows = sliding_window_view(padded(problem, x), problem.kernel_extent, axis=(1, 2))
    met = windows[:, ::row_stride, ::column_stride, :, ::row_dilation, ::column_dilation]
    gathered = np.moveaxis(met, 3, -1).reshape(-1, problem.products)
    return (gathered @ filters.reshape(problem.products, problem.filters)).reshape(problem.output_shape)


def oracle(problem: Problem, x: Array, filters: Array) -> Array:
    """Compute as the reference does.

    Buys what is left: a formulation and blocks chosen by the shape, so that what is gathered is still in the cache when
    it is multiplied.
    """
    return engine.output(problem, x, filters)


STEPS: Final[Mapping[str, Step]] = MappingProxyType(
    {"loops": loops, "dots": dots, "taps": taps, "gather + GEMM": gather_and_gemm, "oracle": oracle}
)
"""The steps by their names in the report, from the slowest on."""

SMALL: Final = Layer(
    "14x14x8 3x3 -> 16",
    Problem(batch=1, spatial=(14, 14), channels=8, filters=16, kernel_size=(3, 3), padding="same"),
    "small enough for loops in Python",
)
REAL: Final = next(layer for layer in PLAIN if layer.name == "ResNet-50 conv4 3x3")

STEPS_OF: Final[Mapping[Layer, tuple[str, ...]]] = MappingProxyType(
    {SMALL: tuple(STEPS), REAL: tuple(name for name in STEPS if name != "loops")}
)
"""What is timed of each layer: on a real one the loops would take minutes."""
