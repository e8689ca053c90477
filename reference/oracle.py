"""The fast formulation: value and magnitude together, as a gather of windows and a matrix product, in float64.

The windows under all kernel taps are gathered as the rows of a matrix and multiplied with the filters as columns
(K. Chellapilla, S. Puri, P. Simard, "High performance convolutional neural networks for document processing", 2006).
The magnitude is the same operation on absolute values, ``sum |x| |w| + |b|``: every error bound is a multiple of it.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from convformance.reference.problem import Problem

Float64 = npt.NDArray[np.float64]

WORKSPACE_BYTES: Final = 8 * 2**20
"""How large one block of gathered rows may become: small enough for a cache, large enough for a matrix product."""


@dataclass(frozen=True)
class Evaluation:
    """What a problem's numbers give.

    Attributes
    ----------
    value, magnitude : array of float64, shape ``(N, *output_spatial, filters)``
        The output, and ``sum |x| |w| + |b|`` before the activation.
    """

    value: Float64
    magnitude: Float64


def evaluate(
    problem: Problem, x: npt.NDArray[Any], filters: npt.NDArray[Any], bias: npt.NDArray[Any] | None
) -> Evaluation:
    """Compute value and magnitude of a convolution layer in float64.

    Parameters
    ----------
    problem : Problem
        Everything but the numbers.
    x : array, shape ``(N, *spatial, C_in)``
        The input; anything that float64 holds exactly.
    filters : array, of the problem's `filters_shape`
        The filters.
    bias : array, shape ``(filters,)``, or None
        One number per filter.

    Returns
    -------
    Evaluation
        On integers with a magnitude of at most 2**53 both are exact, whatever the order of summation; otherwise each
        element is off by at most ``gamma_n * magnitude`` with n the problem's terms and u = 2**-53.
    """
    padded = np.pad(x.astype(np.float64), ((0, 0), *problem.pads, (0, 0)))
    windows = _windows(padded, problem)
    columns = _columns(filters.astype(np.float64), problem)
    absolute_columns = np.abs(columns)
    value = np.empty(problem.output_shape)
    magnitude = np.empty(problem.output_shape)
    rows_per_block = max(
        1, WORKSPACE_BYTES // (8 * problem.products * problem.groups * math.prod(windows.shape[2 : problem.rank + 1]))
    )
    for image in range(problem.batch):
        for first in range(0, problem.output_spatial[0], rows_per_block):
            block = windows[image, first : first + rows_per_block]
            gathered = _gather(block, problem)
            value[image, first : first + rows_per_block] = _product(gathered, columns, block.shape, problem)
            absolute = np.abs(gathered)
            magnitude[image, first : first + rows_per_block] = _product(
                absolute, absolute_columns, block.shape, problem
            )
    if bias is not None:
        value += bias
        magnitude += np.abs(bias)
    if problem.activation == "relu":
        np.maximum(value, 0.0, out=value)
    return Evaluation(value, magnitude)


def _windows(padded: Float64, problem: Problem) -> Float64:
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


def _gather(block: Float64, problem: Problem) -> Float64:
    """Copy a block of windows of one image into ``(groups, positions, products)``."""
    positions = math.prod(block.shape[: problem.rank])
    taps = math.prod(problem.kernel_size)
    split = block.reshape(positions, taps, problem.groups, problem.channels // problem.groups)
    return np.ascontiguousarray(np.moveaxis(split, 2, 0)).reshape(problem.groups, positions, problem.products)


def _columns(filters: Float64, problem: Problem) -> Float64:
    """Arrange the filters as ``(groups, products, filters / groups)``."""
    split = filters.reshape(problem.products, problem.groups, problem.filters // problem.groups)
    return np.ascontiguousarray(np.moveaxis(split, 1, 0), dtype=np.float64)


def _product(gathered: Float64, columns: Float64, block_shape: tuple[int, ...], problem: Problem) -> Float64:
    """Multiply group by group and put the groups' filters side by side: ``(*block positions, filters)``."""
    product: Float64 = np.matmul(gathered, columns)
    return np.moveaxis(product, 0, 1).reshape(*block_shape[: problem.rank], problem.filters)
