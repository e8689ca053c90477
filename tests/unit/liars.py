"""Adapters that do wrong what is no wrong number: they refuse, declare falsely, raise, or end their process.

Wrong convolutions are faults (`convformance.reference.faults`); here is what no transformation of one can say.
"""

import math
import os
import signal
import time
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from honest import GroupByGroup, Honest, Plain, truth
from summing import Array

from convformance.reference.operands import Operands
from convformance.reference.problem import Problem


class Liar(Plain):
    """Offers outputs of plain convolution in float32, refuses what is too large for a quick test, and lies."""

    name = "liar"
    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "*IO"}
    verdicts: ClassVar[frozenset[str]] = frozenset({"rejected"})
    """The nonconforming verdicts it gets, all of them."""
    says: ClassVar[str] = ""
    """What the detail of one of them says."""

    def __init_subclass__(cls) -> None:
        cls.name = cls.__name__

    def unsupported(self, problem: Problem) -> str | None:
        if problem.products * math.prod(problem.output_shape) > 2**23:
            return "too large for a quick test"
        if problem.dtype != "float32" or problem.padding_mode != "zeros" or problem.batch == 0 or problem.rank != 2:
            return "this liar lies about plain images"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        # What is invalid or unsupported is refused as an honest adapter refuses it.
        self.canonical(problem, x, filters, bias)
        return self.lie(problem, x, filters, bias)

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute from arrays in the adapter's own layouts."""
        return truth(problem, x, filters, bias)


class RaisesOnGroups(Liar):
    """Claims groups, and refuses them."""

    says = "NotImplementedError: groups"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.groups > 1:
            raise NotImplementedError("groups")
        return truth(problem, x, filters, bias)


class GivesNoReason(Liar):
    """Declares dilation unsupported without saying why."""

    says = "unsupported() must give a reason or None: got ''"

    def unsupported(self, problem: Problem) -> str | None:
        return "" if max(problem.dilation) > 1 else super().unsupported(problem)


class RaisesWhenAsked(Liar):
    """Can't say whether it supports dilation."""

    says = "unsupported() raised ZeroDivisionError: integer"

    def unsupported(self, problem: Problem) -> str | None:
        problem.spatial[0] // (max(problem.dilation) == 1)
        return super().unsupported(problem)


class DeclaresTooLittle(Liar):
    """Declares groups unsupported, and computes them all the same."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"stale"})
    says = "declared unsupported, but an answer came back, and it is exact"

    def unsupported(self, problem: Problem) -> str | None:
        return "no groups" if problem.groups > 1 else super().unsupported(problem)

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if math.prod(problem.output_shape) * problem.products > 2**23:
            raise ValueError("too large for a quick test")
        return truth(problem, x, filters, bias)


class DeclaresAndAnswersWrongly(DeclaresTooLittle):
    """Declares groups unsupported, and computes zeros for them."""

    says = "declared unsupported, but an answer came back, and it is wrong"

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = super().convolve(problem, x, filters, bias)
        return output * np.float32(problem.groups == 1)


class EmptyBatchRaises(Honest):
    """Claims to take a batch of no image, and raises."""

    name = "EmptyBatchRaises"
    verdicts: ClassVar[frozenset[str]] = frozenset({"rejected"})
    says: ClassVar[str] = "ValueError: no image"

    def canonical(self, problem: Problem, *arrays: Array | None, **more: Array | None) -> Operands:
        if problem.batch == 0:
            raise ValueError("no image")
        return super().canonical(problem, *arrays, **more)  # type: ignore[arg-type]


class FlushesMoreThanItDeclares(Honest):
    """Declares that subnormal numbers are flushed, and flushes a thousand times more."""

    name = "FlushesMoreThanItDeclares"
    verdicts: ClassVar[frozenset[str]] = frozenset({"wrong"})
    says: ClassVar[str] = "not explained by flushing to zero"
    flushes_subnormals: ClassVar[bool] = True

    def output(self, problem: Problem, given: Operands) -> Array:
        output = super().output(problem, given)
        limit = problem.precision.smallest_normal
        if problem.dtype == "float32" and 0 < np.abs(given.x).max(initial=0) < limit:
            output[...] = 2**14 * limit
        return output


class TakesGroupsInTurn(GroupByGroup):
    """Declares that transposed filters lie group by group, and reads the first filter of every group first."""

    name = "TakesGroupsInTurn"
    verdicts: ClassVar[frozenset[str]] = frozenset({"wrong"})
    says: ClassVar[str] = "elements differ"

    def read(self, problem: Problem, filters: Array) -> Array:
        if problem.kind == "transposed":
            filters = np.concatenate([filters[group :: problem.groups] for group in range(problem.groups)])
        return super().read(problem, filters)


class RaisesSystemExit(Liar):
    """Raises what is no Exception, as a script does that calls sys.exit()."""

    says = "SystemExit: 0"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.groups > 1:
            raise SystemExit(0)
        return truth(problem, x, filters, bias)


class AbortsOnStrideZero(Honest):
    """A stride of 0 is divided by, and the process ends."""

    name = "AbortsOnStrideZero"
    says: ClassVar[str] = "the process died while computing"

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if min(problem.strides) == 0:
            os.abort()
        return super().convolve(problem, x, filters, bias)


class Deadly(Liar):
    """Ends its process on some cases."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"crashed"})
    says = "the process died while computing"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.groups > 1:
            self.die()
        return truth(problem, x, filters, bias)

    def die(self) -> None:
        raise NotImplementedError


class Segfault(Deadly):
    """Is killed by the system, as after a stray pointer."""

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGSEGV)


class Exits(Deadly):
    """Leaves without a word, as C++ code does that calls exit()."""

    def die(self) -> None:
        os._exit(0)


class Hangs(Deadly):
    """Never comes back."""

    says = "no answer within"

    def die(self) -> None:
        time.sleep(3600)
