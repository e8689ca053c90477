"""Adapters that put something else into the pads than the mode asks for."""

from dataclasses import replace

import numpy as np
from honest import Plain
from subtle import Subtle
from summing import NUMPY_MODES, Array, unpadded

from convformance.reference.case import Case
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem


def item(case: Case) -> bool:
    return case.problem.padding_mode != "zeros"


class Modes(Subtle):
    """Pads by itself, and lies about that."""

    mode = "reflect"

    def output(self, problem: Problem, given: Operands) -> Array:
        if problem.padding_mode != self.mode:
            return super().output(problem, given)
        return super().output(unpadded(problem), replace(given, x=self.pad(problem, given.x)))

    def pad(self, problem: Problem, x: Array) -> Array:
        return np.pad(x, ((0, 0), *problem.pads, (0, 0)), NUMPY_MODES[self.mode])  # type: ignore[call-overload, no-any-return]


class ReflectRepeatsTheEdge(Modes):
    """The mirror stands behind the last cell, which is shown twice."""

    def pad(self, problem: Problem, x: Array) -> Array:
        return np.pad(x, ((0, 0), *problem.pads, (0, 0)), "symmetric")


class ReflectStopsAtOneCell(Modes):
    """Of a mirror image only the first cell is shown, over and over."""

    def pad(self, problem: Problem, x: Array) -> Array:
        for axis, (before, after) in enumerate(problem.pads, start=1):
            pads = [(0, 0)] * x.ndim
            pads[axis] = (min(before, 1), min(after, 1))
            x = np.pad(x, pads, "reflect")
            pads[axis] = (before - min(before, 1), after - min(after, 1))
            x = np.pad(x, pads, "edge")
        return x


class CircularOnTheLastAxisOnly(Modes):
    """Only the last axis is closed to a circle, the others are padded with zeros."""

    mode = "circular"

    def pad(self, problem: Problem, x: Array) -> Array:
        last = np.pad(x, (*((0, 0),) * problem.rank, problem.pads[-1], (0, 0)), "wrap")
        return np.pad(last, ((0, 0), *problem.pads[:-1], (0, 0), (0, 0)))

    def output(self, problem: Problem, given: Operands) -> Array:
        if problem.rank == 1:
            return Plain.output(self, problem, given)
        return super().output(problem, given)


class CircularTurnsTheOtherWay(Modes):
    """What stands before is what should stand behind, from the wrong end."""

    mode = "circular"

    def pad(self, problem: Problem, x: Array) -> Array:
        for axis, (before, after) in enumerate(problem.pads, start=1):
            head, tail = np.split(x, [before], axis)[0], np.split(x, [x.shape[axis] - after], axis)[1]
            x = np.concatenate([head, x, tail], axis)
        return x


class ReplicateLeavesTheCornersZero(Modes):
    """Where the pads of two axes meet stand zeros."""

    mode = "replicate"

    def pad(self, problem: Problem, x: Array) -> Array:
        inside = np.zeros((*(size + sum(pair) for size, pair in zip(problem.spatial, problem.pads, strict=True)),), int)
        for axis, (size, (before, _)) in enumerate(zip(problem.spatial, problem.pads, strict=True)):
            np.moveaxis(inside, axis, 0)[before : before + size] += 1
        edge = super().pad(problem, x)
        return np.where((inside >= problem.rank - 1)[..., None], edge, 0).astype(edge.dtype)


class ModeIgnored(Subtle):
    """Whatever the mode is, the pads are zeros."""

    def output(self, problem: Problem, given: Operands) -> Array:
        return super().output(replace(problem, padding_mode="zeros"), given)


class DxNotFolded(Subtle):
    """What fell on the pads is lost from the gradient of the input."""

    def linear(self, problem: Problem, given: Operands, of: str) -> Array:
        if of == "dx":
            problem = replace(problem, padding_mode="zeros")
        return super().linear(problem, given, of)


class DfiltersOfZeroPads(Subtle):
    """The gradient of the filters sees zeros in the pads."""

    def linear(self, problem: Problem, given: Operands, of: str) -> Array:
        if of == "dfilters":
            problem = replace(problem, padding_mode="zeros")
        return super().linear(problem, given, of)
