"""Adapters that compute the right numbers and do something else wrong: with memory, form, refusal or their process."""

import math
import os
import signal
import time
from typing import Any, ClassVar

import numpy as np
from honest import truth
from liars import Liar
from summing import Array

from convformance.reference.problem import Problem


class Float64Returned(Liar):
    """The answer keeps the accumulator's type."""

    says = "dtype: got float64, expected float32"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, x, filters, bias).astype(np.float64)


class BigEndian(Liar):
    """The answer's numbers are right, but not in the machine's byte order."""

    says = "dtype: got >f4, expected float32"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, x, filters, bias).astype(">f4")


class ChannelsFirstReturned(Liar):
    """Declares channels_last, and answers batches of several images with channels first."""

    says = "shape: got"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        return np.moveaxis(output, -1, 1) if problem.batch > 1 else output


class AxisSqueezed(Liar):
    """Axes of one cell are lost from batches of several images."""

    says = "shape: got"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        return output.squeeze() if problem.batch > 1 else output


class ListReturned(Liar):
    """Batches of several images come as nested lists."""

    says = "an array was expected: got list"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Any:
        output = truth(problem, x, filters, bias)
        return output.tolist() if problem.batch > 1 else output


class NothingReturned(Liar):
    """Batches of several images give None."""

    says = "an array was expected: got NoneType"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Any:
        return None if problem.batch > 1 else truth(problem, x, filters, bias)


class MaskedReturned(Liar):
    """The answer is a masked array, which calls its masked elements equal to anything."""

    says = "an array was expected: got MaskedArray"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        return np.ma.masked_array(output, mask=True) if problem.batch > 1 else output


class InputChanged(Liar):
    """The input is overwritten."""

    says = "changed its own input: x is not"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        np.negative(x, out=x)
        return output


class OneInputCellChanged(Liar):
    """The last cell of the input is overwritten."""

    says = "changed its own input: x is not"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        x[-1, -1, -1, -1] += 1
        return output


class FiltersChanged(Liar):
    """The filters are overwritten."""

    says = "changed its own input: filters is not"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        filters *= 2
        return output


class BiasChanged(Liar):
    """The bias is overwritten."""

    says = "changed its own input: bias is not"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        if bias is not None:
            bias += 1
        return output


class BufferReused(Liar):
    """All answers of one shape lie in the same memory."""

    says = "the output lies in memory that the next call uses again"

    def __init__(self) -> None:
        self._buffers: dict[tuple[int, ...], Array] = {}

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        buffer = self._buffers.setdefault(problem.output_shape, np.empty(problem.output_shape, problem.dtype))
        buffer[...] = truth(problem, x, filters, bias)
        return buffer


class FormerAnswerOverwritten(Liar):
    """A new answer has memory of its own, but the one before it is wiped."""

    says = "the output lies in memory that the next call uses again"

    def __init__(self) -> None:
        self._former: Array | None = None

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if self._former is not None:
            self._former[...] = 0
        self._former = truth(problem, x, filters, bias)
        return self._former


class AnotherAnswerWhenAskedAgain(Liar):
    """The same input gives something else the second time, in one element."""

    says = "the answer changes when asked again: 1 of"

    def __init__(self) -> None:
        self._former: tuple[Problem, bytes] | None = None

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        question = problem, x.tobytes()
        if question == self._former:
            output[0, 0, 0, 0] += 1
        self._former = question
        return output


class InputStridesIgnored(Liar):
    """A view is read as if it were contiguous."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, x.ravel(order="K").reshape(x.shape), filters, bias)


class FilterStridesIgnored(Liar):
    """Filters that are a view are read as if they were contiguous."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, x, filters.ravel(order="K").reshape(filters.shape), bias)


class RaisesOnGroups(Liar):
    """Claims groups, and refuses them."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"rejected"})
    says = "NotImplementedError: groups"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.groups > 1:
            raise NotImplementedError("groups")
        return truth(problem, x, filters, bias)


class GivesNoReason(Liar):
    """Declares dilation unsupported without saying why."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"rejected"})
    says = "unsupported() must give a reason or None: got ''"

    def unsupported(self, problem: Problem) -> str | None:
        return "" if max(problem.dilation) > 1 else super().unsupported(problem)


class RaisesWhenAsked(Liar):
    """Can't say whether it supports dilation."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"rejected"})
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


class RaisesSystemExit(Liar):
    """Raises what is no Exception, as a script does that calls sys.exit()."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"rejected"})
    says = "SystemExit: 0"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.groups > 1:
            raise SystemExit(0)
        return truth(problem, x, filters, bias)
