"""Adapters whose convolution is another function: the faults of geometry, channels and bias that the suite is for.

Each answers the smoke cases (kernels of one cell or of ones, without bias or pads) as an honest one would.
"""

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from honest import Plain, correlate, truth
from summing import Array

from convformance.reference.layouts import convert
from convformance.reference.problem import Problem


class Liar(Plain):
    """Offers outputs of plain convolution in float32, refuses what is too large for a quick test, and lies."""

    name = "liar"
    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "*IO"}
    verdicts: ClassVar[frozenset[str]] = frozenset({"wrong"})
    """The nonconforming verdicts it gets, all of them."""
    ranks: ClassVar[tuple[int, ...]] = (2,)
    """The ranks that it claims."""
    says: ClassVar[str] = ""
    """What the detail of one of them says."""

    def __init_subclass__(cls) -> None:
        cls.name = cls.__name__

    def unsupported(self, problem: Problem) -> str | None:
        if problem.products * math.prod(problem.output_shape) > 2**23:
            return "too large for a quick test"
        if problem.dtype != "float32" or problem.padding_mode != "zeros" or problem.batch == 0:
            return "this liar lies about plain numbers and pads"
        return None if problem.rank in self.ranks else "this liar lies about other ranks"

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        # What is invalid or unsupported is refused as an honest adapter refuses it.
        self.canonical(problem, x, filters, bias)
        return self.lie(problem, x, filters, bias)

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute from arrays in the adapter's own layouts."""
        return truth(problem, x, filters, bias)


class KernelFlipped(Liar):
    """Convolution as signal processing has it: the kernel is flipped on both axes."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, x, filters[::-1, ::-1], bias)


class KernelTransposed(Liar):
    """Kernel height and width are exchanged."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        height, width = problem.kernel_size
        turned = np.ascontiguousarray(filters).reshape(width, height, *filters.shape[2:]).swapaxes(0, 1)
        return truth(problem, x, turned, bias)


class LastTapSkipped(Liar):
    """The last tap of a kernel of more than six does not count."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        filters = filters.copy()
        if math.prod(problem.kernel_size) > 6:
            filters[-1, -1] = 0
        return truth(problem, x, filters, bias)


class SamePadsTheHead(Liar):
    """The odd cell of SAME goes before."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.padding == "same":
            return correlate(problem, x, filters, bias, pads=tuple((after, before) for before, after in problem.pads))
        return truth(problem, x, filters, bias)


class SameAsIfStrideWereOne(Liar):
    """SAME pads what a stride of 1 would need."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.padding == "same":
            totals = (extent - 1 for extent in problem.kernel_extent)
            return correlate(
                problem, x, filters, bias, pads=tuple((total // 2, total - total // 2) for total in totals)
            )
        return truth(problem, x, filters, bias)


class SameIsSymmetric(Liar):
    """SAME pads half of the kernel on both sides, whatever the stride."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.padding == "same":
            halves = tuple((extent // 2, extent // 2) for extent in problem.kernel_extent)
            return correlate(problem, x, filters, bias, pads=halves)
        return truth(problem, x, filters, bias)


class HeadAndTailSwapped(Liar):
    """Explicit pads are taken as (after, before)."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if isinstance(problem.padding, str):
            return truth(problem, x, filters, bias)
        return correlate(problem, x, filters, bias, pads=tuple((after, before) for before, after in problem.pads))


class PadsOfAxesSwapped(Liar):
    """Explicit pads of height are taken for width."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if isinstance(problem.padding, str):
            return truth(problem, x, filters, bias)
        return correlate(problem, x, filters, bias, pads=problem.pads[::-1])


class TailPadsDropped(Liar):
    """Windows that reach into the pads behind the image are left at zero."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        for axis, (_, after) in enumerate(problem.pads):
            ends = np.arange(problem.output_spatial[axis]) * problem.strides[axis] + problem.kernel_extent[axis]
            reached = ends > problem.spatial[axis] + problem.pads[axis][0]
            if after:
                np.moveaxis(output, axis + 1, 0)[reached] = 0
        return output


class StridesSwapped(Liar):
    """The stride of height is used on width."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return correlate(problem, x, filters, bias, strides=problem.strides[::-1])


class FirstStrideEverywhere(Liar):
    """The stride of height is used on every axis."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return correlate(problem, x, filters, bias, strides=problem.strides[:1] * problem.rank)


class StrideAndDilationSwapped(Liar):
    """Strides are taken for dilation, and dilation for strides."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return correlate(problem, x, filters, bias, strides=problem.dilation, dilation=problem.strides)


class DilationIgnored(Liar):
    """Every kernel is dense."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return correlate(problem, x, filters, bias, dilation=(1, 1))


class DilationSwapped(Liar):
    """The dilation of height is used on width."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return correlate(problem, x, filters, bias, dilation=problem.dilation[::-1])


class GroupsInterleaved(Liar):
    """Channel c of a group is looked for at c * groups + group."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        order = np.arange(problem.channels).reshape(-1, problem.groups).T.ravel()
        return truth(problem, x[..., order], filters, bias)


class GroupsIgnored(Liar):
    """Every filter sees the channels of the first group."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        order = np.tile(np.arange(problem.channels // problem.groups), problem.groups)
        return truth(problem, x[..., order], filters, bias)


class FiltersReshaped(Liar):
    """Filters of more than one tap are reshaped where they should be transposed."""

    data_layout = "channels_first"
    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "OI*"}

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        canonical = convert(filters, "OI*", "*IO")
        if math.prod(problem.kernel_size) > 1:
            canonical = np.ascontiguousarray(filters).reshape(problem.filters_shape)
        return convert(truth(problem, convert(x, "NC*", "N*C"), canonical, bias), "N*C", "NC*")


class InputAndOutputSwapped(Liar):
    """Where a filter has as many channels as there are filters, the two axes are exchanged (but for 1x1 kernels)."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if filters.shape[2] == filters.shape[3] and math.prod(problem.kernel_size) > 1:
            filters = filters.swapaxes(2, 3)
        return truth(problem, x, filters, bias)


class OneFilterForAll(Liar):
    """The kernels of the first filter are used for every filter (but for 1x1 kernels)."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if math.prod(problem.kernel_size) > 1:
            filters = np.repeat(filters[..., :1], problem.filters, axis=-1)
        return truth(problem, x, filters, bias)


class BiasDropped(Liar):
    """No bias is added."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        del bias
        return truth(problem, x, filters, None)


class BiasPerTap(Liar):
    """The bias is added once for every tap of the kernel."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, x, filters, None if bias is None else bias * math.prod(problem.kernel_size))


class BiasOfTheFirstGroup(Liar):
    """Every group gets the bias of the first."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"wrong", "imprecise"})

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if bias is not None:
            bias = np.tile(bias[: problem.filters // problem.groups], problem.groups)
        return truth(problem, x, filters, bias)


class ReluMissing(Liar):
    """Negative outputs stay negative."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        plain = Problem(**{n: getattr(problem, n) for n in problem.__dataclass_fields__} | {"activation": None})
        return truth(plain, x, filters, bias)


class ReluBeforeBias(Liar):
    """The bias is added behind the ReLU."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if bias is None or problem.activation is None:
            return truth(problem, x, filters, bias)
        return np.asarray(truth(problem, x, filters, None) + bias)
