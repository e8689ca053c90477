"""Adapters that are wrong only on problems and numbers that laws lead to, and no other case has."""

from dataclasses import replace

import numpy as np
from subtle import Subtle, with_filters
from summing import Array

from convformance.reference.case import Case
from convformance.reference.directions import LAWS
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem


def item(case: Case) -> bool:
    return case.direction in LAWS


class ImpulseIsNothing(Subtle):
    """An input of a single 1 is taken for empty."""

    says = "a single 1 in the input gives the kernel back"

    def output(self, problem: Problem, given: Operands) -> Array:
        if given.x.size > 1 and np.count_nonzero(given.x) == 1 and given.x.max() == 1:
            given = replace(given, x=np.zeros_like(given.x))
        return super().output(problem, given)


class ImpulseAtTheEndMirrored(Subtle):
    """An input of a single 1 in its last cell gives the kernel from the wrong end."""

    says = "a single 1 in the input gives the kernel back"

    def output(self, problem: Problem, given: Operands) -> Array:
        if given.x.size > 1 and np.count_nonzero(given.x) == 1 and given.x[(0, *(-1,) * (problem.rank + 1))] == 1:
            given = with_filters(given, np.flip(given.filters, tuple(range(problem.rank))))
        return super().output(problem, given)


class HalfEmptyInputsCut(Subtle):
    """An input half of which has cancelled out loses its last cell."""

    says = "the output of a sum of inputs is the sum of their outputs"

    def output(self, problem: Problem, given: Operands) -> Array:
        zeros = given.x == 0
        if (
            problem.dtype in ("float32", "float64")
            and 0.3 < zeros.mean() < 0.7
            and not np.signbit(given.x[zeros]).any()
        ):
            x = given.x.copy()
            x[:, -1] = 0
            given = replace(given, x=x)
        return super().output(problem, given)


class SparseKernelPruned(Subtle):
    """Of a kernel with zeros in it the last tap is left out."""

    says = "a dilated kernel is one with zeros between its taps"

    def output(self, problem: Problem, given: Operands) -> Array:
        if max(problem.kernel_size) > 1 and (given.filters == 0).mean() >= 0.25 and given.pointwise is None:
            filters = given.filters.copy()
            filters[(-1,) * problem.rank] = 0
            given = with_filters(given, filters)
        return super().output(problem, given)


class LargeFiltersSaturate(Subtle):
    """Filters above what their own numbers are stop growing: a sum of two is not their sum."""

    says = "the output of a sum of filters is the sum of their outputs"

    def output(self, problem: Problem, given: Operands) -> Array:
        largest = 2**12
        if problem.dtype == "float32":
            given = with_filters(given, np.clip(given.filters, -largest, largest))
        return super().output(problem, given)
