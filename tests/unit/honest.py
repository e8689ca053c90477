"""Adapters that compute convolution honestly, in one arithmetic or another: none of them may raise an alarm."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from convformance.reference.layouts import CANONICAL_DATA, CANONICAL_FILTERS, convert, data_layout
from convformance.reference.oracle import evaluate
from convformance.reference.problem import Axes, Pads, Problem

Array = npt.NDArray[Any]


def truth(problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
    """The reference's value, rounded once."""
    return evaluate(problem, x, filters, bias).value.astype(problem.dtype)


def finish(problem: Problem, total: Array, bias: Array | None) -> Array:
    """Add the bias, apply the activation, round to the problem's dtype."""
    if bias is not None:
        total = total + bias.astype(total.dtype)
    if problem.activation == "relu":
        total = np.maximum(total, 0)
    return total.astype(problem.dtype)


def correlate(
    problem: Problem,
    x: Array,
    filters: Array,
    bias: Array | None,
    *,
    strides: Axes | None = None,
    pads: Pads | None = None,
    dilation: Axes | None = None,
    arithmetic: npt.DTypeLike = np.float64,
) -> Array:
    """Tap by tap, with other strides, pads or dilation where asked; always of the problem's own output shape."""
    total = np.zeros(problem.output_shape, arithmetic)
    for part in partial_sums(problem, x, filters, strides=strides, pads=pads, dilation=dilation, arithmetic=arithmetic):
        total += part
    return finish(problem, total, bias)


def partial_sums(
    problem: Problem,
    x: Array,
    filters: Array,
    *,
    strides: Axes | None = None,
    pads: Pads | None = None,
    dilation: Axes | None = None,
    arithmetic: npt.DTypeLike = np.float32,
) -> Iterator[Array]:
    """Give what each tap of the kernel adds to the output; cells that are not there are zeros."""
    strides, pads, dilation = strides or problem.strides, pads or problem.pads, dilation or problem.dilation
    outputs, groups, kernel = problem.output_spatial, problem.groups, problem.kernel_size
    width: Pads = ((0, 0),)
    for axis, (before, after) in enumerate(pads):
        needed = (outputs[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilation[axis] + 1
        width += ((before, max(after, needed - before - problem.spatial[axis])),)
    padded = np.pad(x.astype(arithmetic), (*width, (0, 0)))
    columns = filters.astype(arithmetic).reshape(math.prod(kernel), -1, groups, problem.filters // groups)
    for tap, column in zip(np.ndindex(*kernel), columns.swapaxes(1, 2), strict=True):
        window = padded[
            (
                slice(None),
                *(
                    slice(t * d, t * d + (size - 1) * s + 1, s)
                    for t, d, s, size in zip(tap, dilation, strides, outputs, strict=True)
                ),
            )
        ]
        product = window.reshape(-1, groups, problem.channels // groups).swapaxes(0, 1) @ column
        yield product.swapaxes(0, 1).reshape(problem.output_shape)


class Honest:
    """Computes in float64 and rounds once."""

    name: ClassVar[str] = "honest"
    data_layout: ClassVar[str] = "channels_last"
    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "*IO"}

    def version(self) -> str:
        return "1.0"

    def unsupported(self, problem: Problem) -> str | None:
        del problem
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, x, filters, bias)


class Rearranged(Honest):
    """Computes in canonical layout what comes in another."""

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        mine = data_layout(self.data_layout)
        output = self.canonical(
            problem,
            convert(x, mine, CANONICAL_DATA),
            convert(filters, self.filter_layouts["conv"], CANONICAL_FILTERS["conv"]),
            bias,
        )
        return convert(output, CANONICAL_DATA, mine)

    def canonical(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, x, filters, bias)


class ChannelsFirst(Rearranged):
    """Keeps images and filters as torch does; its answer is a view that is not contiguous."""

    name = "honest-channels-first"
    data_layout = "channels_first"
    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "OI*"}


class FiltersOutermost(Rearranged):
    """Keeps filters as TensorFlow Lite does, and adds up tap by tap in float32."""

    name = "honest-filters-outermost"
    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "O*I"}

    def canonical(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return correlate(problem, x, filters, bias, arithmetic=np.float32)


class Backwards(Honest):
    """Begins with the bias and adds the taps from the last to the first, in float32."""

    name = "honest-backwards"

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        total = np.zeros(problem.output_shape, np.float32)
        if bias is not None:
            total += bias
        for part in reversed(list(partial_sums(problem, x, filters))):
            total += part
        return finish(problem, total, None)


class Pairwise(Honest):
    """Adds up the taps in pairs, then pairs of pairs, in float32."""

    name = "honest-pairwise"

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        parts = list(partial_sums(problem, x, filters))
        while len(parts) > 1:
            parts = [
                parts[first] + parts[first + 1] if first + 1 < len(parts) else parts[first]
                for first in range(0, len(parts), 2)
            ]
        return finish(problem, parts[0], bias)


class OneProductAtATime(Honest):
    """Rounds every product and every sum to float32, the channels from the last to the first: the worst there is."""

    name = "honest-one-product-at-a-time"

    def unsupported(self, problem: Problem) -> str | None:
        if problem.products * math.prod(problem.output_shape) > 2**19:
            return "so many products take minutes one at a time"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        channels = problem.channels // problem.groups
        total = np.zeros(problem.output_shape, np.float32)
        for channel in reversed(range(channels)):
            # One channel a group, as if there were no others.
            single = Problem(
                **{name: getattr(problem, name) for name in problem.__dataclass_fields__}
                | {"channels": problem.groups, "activation": None}
            )
            chosen = np.arange(problem.groups) * channels + channel
            for part in partial_sums(single, x[..., chosen], filters[..., [channel], :]):
                total += part
        return finish(problem, total, bias)


class SignsApart(Honest):
    """Adds up the positive and the negative products apart, in float32: as much cancellation as can be."""

    name = "honest-signs-apart"

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        total = np.zeros(problem.output_shape, np.float32)
        for sign in (1, -1):
            for factor in (1, -1):
                halves = np.maximum(sign * factor * x, 0), np.maximum(factor * filters, 0)
                part = np.zeros(problem.output_shape, np.float32)
                for addend in partial_sums(problem, *halves):
                    part += addend
                total += sign * part
        return finish(problem, total, bias)
