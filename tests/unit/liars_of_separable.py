"""Adapters that are wrong about separable convolutions alone."""

from dataclasses import replace

import numpy as np
from subtle import Subtle, with_filters
from summing import Array

from convformance.reference.case import Case
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem


def item(case: Case) -> bool:
    return case.problem.kind == "separable"


def kernels_apart(problem: Problem) -> Array:
    """Number the maps kernel by kernel for channel by channel: m * C + c for c * M + m."""
    return np.arange(problem.channels * problem.multiplier).reshape(problem.channels, -1).T.ravel()


class PointwiseTakesMapsKernelByKernel(Subtle):
    """The pointwise filters see the maps in the order m * C + c."""

    def output(self, problem: Problem, given: Operands) -> Array:
        if given.pointwise is not None:
            given = replace(given, pointwise=given.pointwise[kernels_apart(problem)])
        return super().output(problem, given)


class SeparableIgnoresTheMultiplier(Subtle):
    """The first kernel of a channel gives all of its maps."""

    def output(self, problem: Problem, given: Operands) -> Array:
        if problem.kind == "separable":
            given = with_filters(given, np.repeat(given.filters[..., :1], problem.multiplier, axis=-1))
        return super().output(problem, given)


class ActivatesBetweenTheStages(Subtle):
    """The ReLU is applied to the maps between the stages as well."""

    def between(self, problem: Problem, array: Array) -> Array:
        if problem.kind == "separable" and problem.activation == "relu":
            return np.maximum(array, 0)
        return array


class BiasOfTheMaps(Subtle):
    """The bias is added before the pointwise filters, to as many maps as there are numbers."""

    def output(self, problem: Problem, given: Operands) -> Array:
        if given.pointwise is None or given.bias is None:
            return super().output(problem, given)
        maps = problem.channels * problem.multiplier
        carried = np.resize(given.bias, maps).astype(np.float64) @ given.pointwise.astype(np.float64)
        return super().output(problem, replace(given, bias=carried.astype(given.bias.dtype)))


class PointwiseGradientKernelByKernel(Subtle):
    """The gradient of the pointwise filters comes in the order m * C + c."""

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        found = super().derivative(problem, given, of)
        return found[kernels_apart(problem)] if of == "dpointwise" else found


class PointwiseGradientOfTheInput(Subtle):
    """The gradient of the pointwise filters takes the maps of the first kernel for those of all."""

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        if of == "dpointwise":
            given = with_filters(given, np.repeat(given.filters[..., :1], problem.multiplier, axis=-1))
        return super().derivative(problem, given, of)


class DepthwiseGradientStopsAtThePointwise(Subtle):
    """What flows back through the pointwise filters keeps the signs of their numbers only."""

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        if problem.kind == "separable" and of == "dfilters" and given.pointwise is not None:
            given = replace(given, pointwise=np.sign(given.pointwise))
        return super().derivative(problem, given, of)
