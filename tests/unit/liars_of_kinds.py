"""Adapters that are wrong about one kind or rank of convolution: depthwise, signals, volumes."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from honest import correlate, truth
from liars import Liar
from summing import Array

from convformance.reference.problem import Problem


class Depthwise(Liar):
    """Knows depthwise filters, and computes them honestly."""

    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "*IO", "depthwise": "*IM"}


class MultiplierOuter(Depthwise):
    """Kernel m of channel c gives output channel m * C + c for c * M + m."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.kind != "depthwise":
            return truth(problem, x, filters, bias)
        split = truth(problem, x, filters, bias).reshape(*problem.output_shape[:-1], problem.channels, -1)
        return np.ascontiguousarray(split.swapaxes(-1, -2)).reshape(problem.output_shape)


class FirstKernelOfAChannel(Depthwise):
    """The multiplier is ignored: the first kernel of a channel gives all of its maps."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.kind == "depthwise":
            filters = np.repeat(filters[..., :1], problem.multiplier, axis=-1)
        return truth(problem, x, filters, bias)


class DepthwiseFiltersTransposed(Depthwise):
    """Channels and multiplier are reshaped where they should be transposed."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.kind == "depthwise":
            turned = np.ascontiguousarray(filters.swapaxes(-1, -2))
            filters = turned.reshape(filters.shape)
        return truth(problem, x, filters, bias)


class CausalPadsTheEnd(Liar):
    """Causal padding goes behind the signal."""

    ranks = (1, 2, 3)

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.padding != "causal":
            return truth(problem, x, filters, bias)
        return correlate(problem, x, filters, bias, pads=((0, problem.pads[0][0]),))


class CausalIgnoresDilation(Liar):
    """Causal padding is that of a kernel without dilation."""

    ranks = (1, 2, 3)

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.padding != "causal":
            return truth(problem, x, filters, bias)
        before = problem.kernel_size[0] - 1
        return correlate(problem, x, filters, bias, pads=((before, problem.pads[0][0] - before),))


class DepthStrideForWidth(Liar):
    """In volumes the stride of the first axis is used on the last."""

    ranks = (1, 2, 3)

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.rank != 3:
            return truth(problem, x, filters, bias)
        return correlate(problem, x, filters, bias, strides=(*problem.strides[:2], problem.strides[0]))


class VolumesFlipped(Liar):
    """In volumes the kernel is flipped along the depth."""

    ranks = (1, 2, 3)

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, x, filters[::-1] if problem.rank == 3 else filters, bias)
