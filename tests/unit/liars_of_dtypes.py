"""Adapters that are wrong in one number format alone: through a narrower one, or not in the one that was asked for."""

from collections.abc import Iterable
from typing import Any, ClassVar

import ml_dtypes
import numpy as np
from subtle import Subtle
from summing import Array, Part

from convformance.reference.case import Case
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem


def item(case: Case) -> bool:
    return case.problem.dtype != "float32"


class Through(Subtle):
    """Takes a detour through a narrower format."""

    dtypes: ClassVar[tuple[str, ...]] = ()
    through: ClassVar[Any] = np.float32
    result: ClassVar[bool] = False
    """Whether the output takes the detour, and not the input."""

    def output(self, problem: Problem, given: Operands) -> Array:
        if problem.dtype not in self.dtypes:
            return super().output(problem, given)
        if self.result:
            return self.narrowed(super().output(problem, given))
        return super().output(problem, given.map(self.narrowed))

    def narrowed(self, array: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            return array.astype(self.through).astype(array.dtype)


class Float64ThroughFloat32(Through):
    """float64 numbers are rounded to float32 first."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"wrong", "imprecise"})
    dtypes = ("float64",)


class Float64SumsInFloat32(Subtle):
    """Sums of float64 numbers are added up in float32."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"wrong", "imprecise"})

    def wide(self, problem: Problem) -> Any:
        return np.float32 if problem.dtype == "float64" else super().wide(problem)


class IntegersThroughFloat32(Through):
    """Integer sums are given through float32."""

    dtypes = ("int32", "int64")
    result = True


class Int64ThroughFloat64(Through):
    """Sums of int64 are given through float64."""

    dtypes = ("int64",)
    through = np.float64
    result = True


class Int64ThroughInt32(Through):
    """Sums of int64 wrap around as those of int32 do."""

    dtypes = ("int64",)
    through = np.int32
    result = True


class EveryTapRounded(Subtle):
    """Rounds the sum to 16 bits after every tap, and claims float32."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"imprecise"})
    narrow: ClassVar[str] = ""

    def wide(self, problem: Problem) -> Any:
        # The taps know the problem by nothing else.
        return _Marked[problem.dtype] if problem.dtype == self.narrow else super().wide(problem)

    def add_up(self, shape: tuple[int, ...], parts: Iterable[Part], wide: Any) -> Array:
        total = np.zeros(shape, wide)
        for place, part in parts:
            total[place] = total[place] + part.astype(wide)
        return total


_Marked = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16}


class Float16Accumulator(EveryTapRounded):
    """Adds up in float16 where float32 is claimed."""

    narrow = "float16"


class Bfloat16EveryTap(EveryTapRounded):
    """Rounds to bfloat16 after every tap where float32 is claimed."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"wrong", "imprecise"})
    narrow = "bfloat16"


class Bfloat16Truncated(Subtle):
    """Cuts float32 sums off where they should be rounded to bfloat16."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"imprecise"})

    def output(self, problem: Problem, given: Operands) -> Array:
        output = super().output(problem, given)
        if problem.dtype != "bfloat16":
            return output
        before = self.before(problem, given).astype(np.float32)
        if problem.activation == "relu":
            before = np.maximum(before, 0)
        return (before.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32).astype(output.dtype)


class Float16ReturnsFloat32(Subtle):
    """The output of float16 keeps the accumulator's format."""

    says = "dtype: got float32, expected float16"

    def output(self, problem: Problem, given: Operands) -> Array:
        output = super().output(problem, given)
        return output.astype(np.float32) if problem.dtype == "float16" else output


class GradientsInFloat32(Subtle):
    """Gradients of float64 come in float32."""

    says = "dtype: got float32, expected float64"

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        found = super().derivative(problem, given, of)
        return found.astype(np.float32) if problem.dtype == "float64" else found
