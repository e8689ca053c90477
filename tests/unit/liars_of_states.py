"""Adapters that misread memory, remember what they should not, or differ from themselves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

import numpy as np
from numpy.lib.stride_tricks import as_strided
from subtle import Subtle
from summing import Array

from convformance.reference.case import Case
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem


def item(case: Case) -> bool:
    return case.direction.startswith("state-") or case.memory != "dense"


class Misreads(Subtle):
    """Reads an input that is not as it thinks."""

    def canonical(self, problem: Problem, x: Array, *arrays: Array | None, **more: Array | None) -> Operands:
        super().canonical(problem, x, *arrays, **more)  # type: ignore[arg-type]
        return super().canonical(problem, self.read(x), *arrays, **more)  # type: ignore[arg-type]

    def read(self, x: Array) -> Array:
        return x


class FortranReadAsC(Misreads):
    """Memory whose first axis runs fastest is read as if the last one did."""

    def read(self, x: Array) -> Array:
        if x.flags.f_contiguous and not x.flags.c_contiguous:
            return x.ravel(order="K").reshape(x.shape)
        return x


class GapsAreRead(Misreads):
    """Strides are ignored where they leave gaps: what stands between the cells is read."""

    def read(self, x: Array) -> Array:
        if x.size and min(abs(stride) for stride in x.strides) > x.itemsize and x.base is not None:
            dense = np.cumprod([x.itemsize, *x.shape[:0:-1]])[::-1]
            return as_strided(x, x.shape, tuple(int(stride) for stride in dense)).copy()
        return x


class OneImageOfABroadcastBatch(Misreads):
    """Of images that share their memory only the first is read, the others are zeros."""

    def read(self, x: Array) -> Array:
        if x.shape[0] > 1 and x.strides[0] == 0:
            x = x.copy()
            x[1:] = 0
        return x


class FortranFiltersReadAsC(Subtle):
    """Filters whose first axis runs fastest are read as if the last one did."""

    def canonical(
        self, problem: Problem, x: Array, filters: Array, *arrays: Array | None, **more: Array | None
    ) -> Operands:
        if filters.flags.f_contiguous and not filters.flags.c_contiguous:
            filters = filters.ravel(order="K").reshape(filters.shape)
        return super().canonical(problem, x, filters, *arrays, **more)


class LayerRemembersItsSize(Subtle):
    """A layer object cuts every image to the size of the first."""

    says = "size B: shape: got"

    def layer(self, problem: Problem, filters: Array, bias: Array | None) -> Callable[[Array], Array]:
        honest, first = super().layer(problem, filters, bias), []

        def call(x: Array) -> Array:
            first.append(x.shape)
            return honest(x[tuple(slice(size) for size in first[0])])

        return call


class LayerChangesWithUse(Subtle):
    """A layer object's filters are not the same after the second image."""

    says = "size A again"

    def layer(self, problem: Problem, filters: Array, bias: Array | None) -> Callable[[Array], Array]:
        honest, worn, calls = super().layer(problem, filters, bias), super().layer(problem, -filters, bias), []

        def call(x: Array) -> Array:
            calls.append(x)
            return honest(x) if len(calls) < 3 else worn(x)

        return call


class Threads(Subtle):
    """Leaves the last row to a thread that is not there."""

    count: ClassVar[int] = 0

    def __init__(self) -> None:
        self._lost = False

    @contextmanager
    def threads(self, count: int) -> Iterator[None]:
        self._lost = count == self.count
        yield
        self._lost = False

    def output(self, problem: Problem, given: Operands) -> Array:
        output = super().output(problem, given)
        if self._lost:
            output[:, -1] = 0
        return output


class OneThreadDiffers(Threads):
    """One thread alone does not write the last row."""

    says = "1 threads: "
    count = 1


class TwoThreadsDiffer(Threads):
    """Of two threads the second does not write the last row."""

    says = "2 threads: "
    count = 2


class CompiledLacksTheBias(Subtle):
    """The compiled layer adds no bias."""

    says = "compiled: "
    several: ClassVar[int] = 2

    def compiled(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return self.convolve(problem, x, filters, None if bias is None else np.zeros_like(bias))


class CompiledPadsTheHead(Subtle):
    """The compiled layer puts the odd cell of SAME, and all of causal padding, on the other side."""

    says = "compiled: "
    several: ClassVar[int] = 2

    def compiled(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        every = tuple(range(1, problem.rank + 1))
        kernel = tuple(range(problem.rank))
        return np.flip(self.convolve(problem, np.flip(x, every), np.flip(filters, kernel), bias), every)


class CompiledRaises(Subtle):
    """The compiled layer can't be made."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"rejected"})
    says = "RuntimeError: graph break"

    def compiled(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        del problem, x, filters, bias
        raise RuntimeError("graph break")
