"""Adapters that are wrong about transposed convolutions alone."""

import math
from dataclasses import replace

import numpy as np
from honest import finish
from subtle import Subtle, flipped, with_filters
from summing import Array, Bent, input_parts, plain

from convformance.reference.case import Case
from convformance.reference.operands import Operands
from convformance.reference.problem import Axes, Pads, Problem


def item(case: Case) -> bool:
    return case.problem.kind == "transposed"


def bent_output(problem: Problem, given: Operands, *, strides: Axes | None = None, pads: Pads | None = None) -> Array:
    """Compute with other strides or crops, of the problem's own output shape."""
    one = plain(problem)
    bent = Bent(one.output_spatial, strides or one.strides, pads or one.pads, one.dilation)
    total = np.zeros(one.input_shape)
    for place, part in input_parts(one, given.x.astype(float), given.filters.astype(float), bent=bent):
        total[place] += part
    return finish(problem, total, given.bias)


class Transposed(Subtle):
    """Lies about outputs of transposed convolutions."""

    def output(self, problem: Problem, given: Operands) -> Array:
        return self.lie(problem, given) if problem.kind == "transposed" else super().output(problem, given)

    def lie(self, problem: Problem, given: Operands) -> Array:
        return super().output(problem, given)


class OutputPaddingAppendsZeros(Transposed):
    """The cells of the output padding are zeros that no kernel touches."""

    def lie(self, problem: Problem, given: Operands) -> Array:
        output = super().lie(problem, given)
        for axis, more in enumerate(problem.output_padding, start=1):
            np.moveaxis(output, axis, 0)[output.shape[axis] - more :] = 0
        return output


class OutputPaddingAtTheHead(Transposed):
    """The output padding goes before the output, and shifts it."""

    def lie(self, problem: Problem, given: Operands) -> Array:
        shifted = tuple(
            (before + more, after) for (before, after), more in zip(problem.pads, problem.output_padding, strict=True)
        )
        return bent_output(problem, given, pads=shifted)


class OutputPaddingIgnored(Transposed):
    """There is no output padding: the output is too small."""

    says = "shape: got"

    def lie(self, problem: Problem, given: Operands) -> Array:
        explicit = not isinstance(problem.padding, str)
        smaller = replace(problem, output_padding=(0,) * problem.rank) if explicit else problem
        if min(size - more for size, more in zip(problem.output_spatial, problem.output_padding, strict=True)) < 1:
            smaller = problem
        return super().lie(smaller, given)


class SameCropsTheHead(Transposed):
    """The odd cell of SAME is cropped from the head."""

    def lie(self, problem: Problem, given: Operands) -> Array:
        if problem.padding != "same":
            return super().lie(problem, given)
        return bent_output(problem, given, pads=tuple((after, before) for before, after in problem.pads))


class TransposedKernelFlipped(Transposed):
    """The kernel is flipped, as if it were the gradient's."""

    def lie(self, problem: Problem, given: Operands) -> Array:
        return super().lie(problem, with_filters(given, flipped(problem, given.filters)))


class BiasWithEveryTap(Transposed):
    """The bias is added as often as there are taps."""

    def lie(self, problem: Problem, given: Operands) -> Array:
        bias = None if given.bias is None else given.bias * np.array(math.prod(problem.kernel_size), given.bias.dtype)
        return super().lie(problem, replace(given, bias=bias))


class AZeroTooMany(Transposed):
    """As many zeros are put between the cells as the stride is, one too many."""

    def lie(self, problem: Problem, given: Operands) -> Array:
        strides = tuple(stride + 1 if stride > 1 else 1 for stride in problem.strides)
        return bent_output(problem, given, strides=strides)


class PadsTheInput(Transposed):
    """Pads are put around the input where the output should be cropped."""

    def lie(self, problem: Problem, given: Operands) -> Array:
        if isinstance(problem.padding, str):
            return super().lie(problem, given)
        return bent_output(problem, given, pads=tuple((-before, -after) for before, after in problem.pads))


class ValidTailLost(Transposed):
    """VALID leaves what reaches beyond the last cell's stride at zero."""

    def lie(self, problem: Problem, given: Operands) -> Array:
        output = super().lie(problem, given)
        if problem.padding == "valid":
            for axis, (size, stride) in enumerate(zip(problem.spatial, problem.strides, strict=True), start=1):
                np.moveaxis(output, axis, 0)[size * stride :] = 0
        return output


class EqualChannelsAndFiltersSwapped(Transposed):
    """Where there are as many channels as filters, the two axes of the filters are exchanged."""

    def lie(self, problem: Problem, given: Operands) -> Array:
        if problem.channels == problem.filters and problem.groups == 1:
            given = with_filters(given, given.filters.swapaxes(-1, -2))
        return super().lie(problem, given)


class GroupsOfFiltersInterleaved(Transposed):
    """Output channels of the groups take turns."""

    def lie(self, problem: Problem, given: Operands) -> Array:
        output = super().lie(problem, given)
        order = np.arange(problem.filters).reshape(problem.groups, -1).T.ravel()
        return np.ascontiguousarray(output[..., order])
