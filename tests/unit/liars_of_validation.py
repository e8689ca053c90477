"""Adapters that take problems for convolutions that are none."""

import os
from contextlib import suppress
from typing import ClassVar

import numpy as np
from subtle import Subtle
from summing import Array

from convformance.reference.case import Case
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem


def item(case: Case) -> bool:
    return case.is_invalid


class Accepts(Subtle):
    """Answers something invalid with zeros."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"accepted"})
    says = "came back"

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if self.takes(problem, Operands(x, filters, bias)):
            with suppress(Exception):
                return super().convolve(problem, x, filters, bias)
            return np.zeros(1, x.dtype)
        return super().convolve(problem, x, filters, bias)

    def takes(self, problem: Problem, given: Operands) -> bool:
        del problem, given
        return True


class AcceptsEverything(Accepts):
    """Gives zeros for whatever is no convolution."""

    several: ClassVar[int] = 90


class BiasBroadcast(Accepts):
    """A bias of one number is added to all filters."""

    says = "a bias of one number for all filters: an answer"

    def takes(self, problem: Problem, given: Operands) -> bool:
        return given.bias is not None and given.bias.size == 1 < problem.filters


class NegativeStrideCounted(Accepts):
    """A negative stride goes through the output backwards."""

    says = "a stride of -1"

    def takes(self, problem: Problem, given: Operands) -> bool:
        del given
        return min(problem.strides) < 0


class DtypesMixed(Accepts):
    """Input and filters of different formats are multiplied."""

    says = "filters of another dtype than the input"

    def takes(self, problem: Problem, given: Operands) -> bool:
        del problem
        return given.x.dtype != given.filters.dtype


class GroupsOfNone(Accepts):
    """Fewer groups than one are one group."""

    several: ClassVar[int] = 6
    says = "no group"

    def takes(self, problem: Problem, given: Operands) -> bool:
        del given
        return problem.groups < 1


class BatchOfOneForgotten(Accepts):
    """An input of an axis too few is a batch of one."""

    says = "an input of one axis too few"

    def takes(self, problem: Problem, given: Operands) -> bool:
        return given.x.ndim == problem.rank + 1


class KernelBeyondTheInput(Accepts):
    """A kernel that does not fit gives an empty output."""

    says = "the kernel is larger than the padded input"

    def takes(self, problem: Problem, given: Operands) -> bool:
        del given
        padded = (size + sum(pair) for size, pair in zip(problem.spatial, problem.pads, strict=True))
        return problem.kind == "conv" and any(
            extent > size for extent, size in zip(problem.kernel_extent, padded, strict=True)
        )


class AbortsOnStrideZero(Subtle):
    """A stride of 0 is divided by, and the process ends."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"crashed"})
    says = "the process died while computing"

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if min(problem.strides) == 0:
            os.abort()
        return super().convolve(problem, x, filters, bias)
