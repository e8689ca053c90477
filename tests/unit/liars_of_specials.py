"""Adapters that are right on numbers and wrong on NaN, infinities, subnormal numbers and overflow."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
from honest import flush
from subtle import Subtle
from summing import Array, unpadded

from convformance.reference.case import SPECIALS, Case
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem


def item(case: Case) -> bool:
    return case.numbers in SPECIALS


def is_odd(array: Array) -> Array:
    """Tell where an array is NaN or infinite."""
    return ~np.isfinite(array.astype(np.float64))


class PadsTimesInfinity(Subtle):
    """The zeros of the pads are multiplied: times infinity they are not a number."""

    says = "got nan"

    def output(self, problem: Problem, given: Operands) -> Array:
        if problem.kind in ("conv", "depthwise") and problem.padding_mode == "zeros":
            pads = ((0, 0), *problem.pads, (0, 0))
            given = replace(given, x=np.pad(given.x, pads))
            problem = unpadded(problem)
        return super().output(problem, given)


class NanLeaksToTheNextColumn(Subtle):
    """The output beside a NaN is one as well."""

    says = "got nan"

    def output(self, problem: Problem, given: Operands) -> Array:
        output = super().output(problem, given)
        if problem.precision.is_integer:
            return output
        beside = np.isnan(output[..., :-1, :].astype(np.float64))
        output[..., 1:, :][beside] = np.nan
        return output


class NanLeaksToAllFilters(Subtle):
    """Where one output channel of a group is NaN, all of the group are."""

    says = "got nan"

    def output(self, problem: Problem, given: Operands) -> Array:
        output = super().output(problem, given)
        if problem.precision.is_integer or problem.kind == "separable":
            return output
        split = output.reshape(*output.shape[:-1], problem.groups, problem.filters // problem.groups)
        split[np.isnan(split.astype(np.float64)).any(axis=-1)] = np.nan
        return split.reshape(output.shape)


class NanTurnedToZero(Subtle):
    """NaN in the input counts as zero."""

    def output(self, problem: Problem, given: Operands) -> Array:
        return super().output(problem, replace(given, x=np.where(np.isnan(given.x), np.zeros_like(given.x), given.x)))


class NanFallsToTheRelu(Subtle):
    """NaN turns to zero in the output, as a comparison with it does."""

    def output(self, problem: Problem, given: Operands) -> Array:
        output = super().output(problem, given)
        output[np.isnan(output.astype(np.float64))] = 0
        return output


class InfinityTurnsToNan(Subtle):
    """An output that should be infinite is not a number."""

    says = "got nan, expected"

    def output(self, problem: Problem, given: Operands) -> Array:
        output = super().output(problem, given)
        if not problem.precision.is_integer:
            output[np.isinf(output.astype(np.float64))] = np.nan
        return output


class FlushesInSilence(Subtle):
    """Subnormal numbers are taken for zeros, and nothing is declared."""

    says = "expected"

    def output(self, problem: Problem, given: Operands) -> Array:
        if problem.dtype == "float16":
            # Real numbers of float16 are subnormal here and there.
            return super().output(problem, given)
        return flush(problem, super().output(problem, given.map(lambda array: flush(problem, array))))


class FlushesMoreThanItDeclares(Subtle):
    """Declares that subnormal numbers are flushed, and flushes a thousand times more."""

    says = "not explained by flushing to zero"
    flushes_subnormals: ClassVar[bool] = True

    def output(self, problem: Problem, given: Operands) -> Array:
        output = super().output(problem, given)
        limit = problem.precision.smallest_normal
        if problem.dtype == "float32" and 0 < np.abs(given.x).max(initial=0) < limit:
            output[...] = 2**14 * limit
        return output


class OverflowSaturates(Subtle):
    """What is too large is the largest number there is."""

    several: ClassVar[int] = 8

    def output(self, problem: Problem, given: Operands) -> Array:
        output = super().output(problem, given)
        finite = not any(is_odd(array).any() for array in (given.x, given.filters, given.bias) if array is not None)
        if finite and problem.dtype == "float32":
            np.nan_to_num(output, copy=False)
        return output


class NegativeZeroReadAsOne(Subtle):
    """The sign bit of a negative zero is taken for a number."""

    def output(self, problem: Problem, given: Operands) -> Array:
        if problem.precision.is_integer:
            return super().output(problem, given)
        negative = (given.x == 0) & np.signbit(given.x.astype(np.float64))
        return super().output(problem, replace(given, x=np.where(negative, np.ones_like(given.x), given.x)))
