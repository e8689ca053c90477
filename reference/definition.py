"""What convolution is, as plain loops: the project's word of honour.

One **kernel** slides over one channel and gives a feature map. A **filter** is the collection of C_in kernels, one per
input channel; the maps they give are added into one output channel. A **layer** has ``filters`` of them. An RGB image
takes 3 kernels per filter, 256 channels take 256.

Deep-learning convolution is cross-correlation: the kernel is not flipped.

Nothing here is clever or fast. `convformance.reference.oracle` is fast, and is proven equal to this.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from convformance.reference.axes import source
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]


def meeting_cell(position: Sequence[int], tap: Sequence[int], problem: Problem) -> tuple[int, ...] | None:
    """Give the cell of the input that lies under a tap of the kernel at an output position.

    Parameters
    ----------
    position, tap : sequence of int
        One index per spatial axis.
    problem : Problem
        Gives strides, pads, what stands in them, and dilation.

    Returns
    -------
    tuple of int, or None
        ``position * stride + tap * dilation - before``, or the cell whose number stands there; None for a zero.
    """
    cell = tuple(
        source(p * stride + t * dilation - before, size, problem.padding_mode)
        for p, stride, t, dilation, (before, _), size in zip(
            position, problem.strides, tap, problem.dilation, problem.pads, problem.spatial, strict=True
        )
    )
    return cell if None not in cell else None  # type: ignore[return-value]


def feature_map(channel: Array, kernel: Array, problem: Problem) -> Array:
    """Slide one kernel over one channel.

    Parameters
    ----------
    channel : array, shape ``spatial``
        One channel of one image; float64 or integers.
    kernel : array, shape ``kernel_size``
        The kernel that belongs to this channel.
    problem : Problem
        Gives strides, pads, what stands in them, and dilation.

    Returns
    -------
    array of Python numbers, shape ``output_spatial``
        At each position the sum of products under the kernel; zeros of the pads make no product.
    """
    result = np.empty(problem.output_spatial, dtype=object)
    for position in np.ndindex(result.shape):
        total = 0
        for tap in np.ndindex(kernel.shape):
            cell = meeting_cell(position, tap, problem)
            if cell is not None:
                total += channel.item(cell) * kernel.item(tap)
        result[position] = total
    return result


def filter_map(channels: Sequence[Array], kernels: Sequence[Array], bias: Any, problem: Problem) -> Array:
    """Add the maps of a filter's kernels, one per input channel that it sees, and its bias.

    Parameters
    ----------
    channels : sequence of array, each of shape ``spatial``
        The C_in / groups channels of one image that this filter sees.
    kernels : sequence of array, each of shape ``kernel_size``
        The filter: one kernel per channel.
    bias : number
        Added once to every output.
    problem : Problem
        Gives strides, pads and dilation.

    Returns
    -------
    array of Python numbers, shape ``output_spatial``
        One output channel.
    """
    total: Array = np.full(problem.output_spatial, bias, dtype=object)
    for channel, kernel in zip(channels, kernels, strict=True):
        total += feature_map(channel, kernel, problem)
    return total


def layer(x: Array, filters: Array, bias: Array | None, problem: Problem) -> Array:
    """Apply every filter to every image: the whole layer of a plain or depthwise convolution.

    `convformance.reference.meetings` defines the other kinds, and all gradients.

    Parameters
    ----------
    x : array, shape ``(N, *spatial, C_in)``
        The input; float64 or integers. The result has the same kind of numbers.
    filters : array, shape ``(*kernel, C_in / groups, filters)``, or ``(*kernel, C_in, M)`` for a depthwise convolution
        The filters. Those of group g see channels ``g * C_in/groups`` to ``(g + 1) * C_in/groups - 1``.
    bias : array, shape ``(filters,)``, or None
        One number per filter.
    problem : Problem
        Everything but the numbers.

    Returns
    -------
    array, shape ``(N, *output_spatial, filters)``, dtype of `x`
        The output. Integers are added up as Python integers, which do not overflow; a sum that does not fit the dtype
        of `x` at last is an ``OverflowError``.

    Examples
    --------
    >>> problem = Problem(batch=4, spatial=(28, 28), channels=3, filters=2, kernel_size=(3, 3), activation="relu")
    >>> problem.output_shape
    (4, 26, 26, 2)
    """
    result = np.empty(problem.output_shape, dtype=x.dtype)
    channels_per_group = problem.channels // problem.groups
    filters_per_group = problem.filters // problem.groups
    for image in range(problem.batch):
        for which in range(problem.filters):
            first = which // filters_per_group * channels_per_group
            channels = [x[image, ..., first + c] for c in range(channels_per_group)]
            if problem.kind == "depthwise":
                kernels = [filters[..., first, which % problem.multiplier]]
            else:
                kernels = [filters[..., c, which] for c in range(channels_per_group)]
            total = filter_map(channels, kernels, 0 if bias is None else bias.item(which), problem)
            result[image, ..., which] = np.maximum(total, 0) if problem.activation == "relu" else total
    return result
