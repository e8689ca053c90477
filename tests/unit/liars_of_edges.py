"""Adapters that are wrong where a size is zero, huge, or beyond what a fast path thought of."""

from typing import ClassVar

import numpy as np
from honest import correlate
from subtle import Subtle
from summing import Array

from convformance.reference.case import Case
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem

MANY = 65_536


def item(case: Case) -> bool:
    problem = case.problem
    pads = (max(pair) >= size for pair, size in zip(problem.pads, problem.kernel_size, strict=True))
    channels = problem.channels > 8 and problem.channels % 8 == 1
    return problem.batch == 0 or any(pads) or max(problem.spatial) >= MANY or channels or min(problem.spatial) == 1


class EmptyBatchRaises(Subtle):
    """Claims to take a batch of no image, and raises."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"rejected"})
    says = "ValueError: no image"

    def canonical(self, problem: Problem, *arrays: Array | None, **more: Array | None) -> Operands:
        if problem.batch == 0:
            raise ValueError("no image")
        return super().canonical(problem, *arrays, **more)  # type: ignore[arg-type]


class EmptyBatchGivesItsInput(Subtle):
    """A batch of no image comes back as it is."""

    says = "shape: got"

    def output(self, problem: Problem, given: Operands) -> Array:
        return given.x.copy() if problem.batch == 0 else super().output(problem, given)


class EmptyBatchHasNoGradient(Subtle):
    """The filters' gradient of a batch of no image is not a number: a mean over nothing."""

    says = "got nan"

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        found = super().derivative(problem, given, of)
        if problem.batch == 0 and of in ("dfilters", "dbias"):
            found = np.full_like(found, np.nan)
        return found


class PadsEndWithTheKernel(Subtle):
    """A pad is cut to less than the kernel: no window lies in the pads alone."""

    def output(self, problem: Problem, given: Operands) -> Array:
        if problem.kind not in ("conv", "depthwise") or problem.padding_mode != "zeros":
            return super().output(problem, given)
        pads = tuple(
            (min(before, extent - 1), after)
            for (before, after), extent in zip(problem.pads, problem.kernel_extent, strict=True)
        )
        if pads == problem.pads:
            return super().output(problem, given)
        return correlate(problem, given.x, given.filters, given.bias, pads=pads)


class WindowsInThePadsGiveNoBias(Subtle):
    """Outputs that see pads alone are zero, without the bias."""

    def output(self, problem: Problem, given: Operands) -> Array:
        output = super().output(problem, given)
        if problem.kind in ("conv", "depthwise"):
            for axis, (before, _) in enumerate(problem.pads):
                ends = np.arange(output.shape[axis + 1]) * problem.strides[axis] + problem.kernel_extent[axis]
                np.moveaxis(output, axis + 1, 0)[ends <= before] = 0
        return output


class SizesOf16Bits(Subtle):
    """Cells from the 65536th on are not read: their number did not fit into 16 bits."""

    several: ClassVar[int] = 2

    def output(self, problem: Problem, given: Operands) -> Array:
        if problem.kind != "conv" or max(problem.spatial) <= MANY:
            return super().output(problem, given)
        x = given.x.copy()
        for axis in range(problem.rank):
            np.moveaxis(x, axis + 1, 0)[MANY:] = 0
        return super().output(problem, Operands(x, given.filters, given.bias))


class GradientOf16Bits(Subtle):
    """Beyond the 65536th cell the gradient of the input is not written."""

    several: ClassVar[int] = 2

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        found = super().derivative(problem, given, of)
        if of == "dx":
            for axis in range(problem.rank):
                np.moveaxis(found, axis + 1, 0)[MANY:] = 0
        return found


class LastColumnWithOneChannelTooMany(Subtle):
    """The last column forgets the channel beyond a multiple of 8."""

    def output(self, problem: Problem, given: Operands) -> Array:
        output = super().output(problem, given)
        if problem.kind == "conv" and problem.channels % 8 == 1 and problem.channels > 8 and problem.groups == 1:
            without = given.x.copy()
            without[..., -1] = 0
            output[..., -1, :] = super().output(problem, Operands(without, given.filters, given.bias))[..., -1, :]
        return output


class AxesOfOneCellSkipped(Subtle):
    """Along an axis of one cell the kernel's first tap is used, wherever the cell lies."""

    def output(self, problem: Problem, given: Operands) -> Array:
        if problem.kind != "transposed" or 1 not in problem.spatial:
            return super().output(problem, given)
        filters = given.filters.copy()
        for axis, size in enumerate(problem.spatial):
            if size == 1:
                np.moveaxis(filters, axis, 0)[1:] = 0
        return super().output(problem, Operands(given.x, filters, given.bias))
