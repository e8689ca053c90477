"""Adapters whose outputs are right and whose gradients are wrong."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
from subtle import Subtle, flipped, with_filters
from summing import Array

from convformance.reference.case import Case
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem


def item(case: Case) -> bool:
    return case.is_gradient or case.direction == "law-adjoint"


class DxMissesTheTail(Subtle):
    """Where strides leave cells over, the last positions give nothing back."""

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        if of == "dx" and problem.kind in ("conv", "depthwise") and given.cotangent is not None:
            cotangent = given.cotangent.copy()
            for axis, (size, pair) in enumerate(zip(problem.spatial, problem.pads, strict=True)):
                if (size + sum(pair) - problem.kernel_extent[axis]) % problem.strides[axis]:
                    np.moveaxis(cotangent, axis + 1, 0)[-1] = 0
            given = replace(given, cotangent=cotangent)
        return super().derivative(problem, given, of)


class KernelNotFlippedInDx(Subtle):
    """The gradient of the input is a convolution with the kernel as it is."""

    def linear(self, problem: Problem, given: Operands, of: str) -> Array:
        if of == "dx" and problem.kind != "separable":
            given = with_filters(given, flipped(problem, given.filters))
        return super().linear(problem, given, of)


class DxOfTheFirstGroup(Subtle):
    """Every group's input gets the gradient of the first group's."""

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        found = super().derivative(problem, given, of)
        if of == "dx":
            found = np.tile(found[..., : problem.channels // problem.groups], problem.groups)
        return found


class DfiltersFoldedOverGroups(Subtle):
    """The gradients of all groups' filters are added up."""

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        found = super().derivative(problem, given, of)
        if of == "dfilters" and problem.groups > 1:
            axis = -2 if problem.kind in ("depthwise", "separable") else -1
            split = np.stack(np.split(found, problem.groups, axis=axis))
            found = np.concatenate([split.sum(axis=0).astype(found.dtype)] * problem.groups, axis=axis)
        return found


class DfiltersDividedByBatch(Subtle):
    """The gradient of the filters is the mean over the images."""

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        found = super().derivative(problem, given, of)
        return (found / max(problem.batch, 1)).astype(found.dtype) if of == "dfilters" else found


class DfiltersOfTheLastImage(Subtle):
    """Only the last image counts in the gradient of the filters."""

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        if of == "dfilters" and given.cotangent is not None:
            cotangent = given.cotangent.copy()
            cotangent[:-1] = 0
            given = replace(given, cotangent=cotangent)
        return super().derivative(problem, given, of)


class DbiasOfAllButTheLastPosition(Subtle):
    """The last position along the last axis is left out of the gradient of the bias."""

    def total(self, problem: Problem, cotangent: Array) -> Array:
        return super().total(problem, cotangent[..., :-1, :])


class DbiasZeroWhenAskedAlone(Subtle):
    """The gradient of the bias is zero where no other is asked for."""

    says = "right together with the other gradients, but asked alone"

    def alone(self, problem: Problem, given: Operands, of: str) -> Array:
        found = super().alone(problem, given, of)
        return np.zeros_like(found) if of == "dbias" else found


class DxDoubledWhenAskedAlone(Subtle):
    """The gradient of the input is added twice where no other is asked for."""

    says = "right together with the other gradients, but asked alone"

    def alone(self, problem: Problem, given: Operands, of: str) -> Array:
        found = super().alone(problem, given, of)
        return found + found if of == "dx" else found


class ReluMaskMissing(Subtle):
    """Gradients flow back through outputs that the ReLU has put to zero."""

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        return super().derivative(replace(problem, activation=None), given, of)


class GradientsAccumulate(Subtle):
    """A gradient is added to what the same question gave before."""

    def __init__(self) -> None:
        self._former: dict[tuple[Problem, str], Array | int] = defaultdict(int)

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        found = np.asarray(super().derivative(problem, given, of) + self._former[problem, of])
        self._former[problem, of] = found.copy()
        return found
