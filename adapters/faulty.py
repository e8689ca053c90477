"""A fault in front of an honest adapter: a lying one, to see whether the suite notices and what it calls the lie."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from convformance.adapters.call import arrange, ask, canonical_answer, canonical_operands, native_answer, offered
from convformance.adapters.claims import not_offered, posed
from convformance.adapters.contract import OFFERS, Adapter, Array
from convformance.adapters.numpy_reference import compute as reference_compute
from convformance.reference.case import Case
from convformance.reference.directions import GRADIENTS
from convformance.reference.errors import ProblemError
from convformance.reference.faults import Fault, Question
from convformance.reference.operands import Operands, require_fitting
from convformance.reference.problem import Problem


class Faulty:
    """An adapter that computes as another one does, but for one fault.

    Parameters
    ----------
    adapter : Adapter
        The honest one; it offers what this one offers. What it can't compute for the fault, the reference does.
    fault : Fault
        The lie.
    """

    def __init__(self, adapter: Adapter, fault: Fault) -> None:
        self._adapter, self._fault = adapter, fault
        self._memory: dict[Any, Any] = {}
        self._threads: int | None = None
        self.name = f"{adapter.name}+{fault.slug}"
        self.data_layout = adapter.data_layout
        self.filter_layouts = adapter.filter_layouts
        for missing in OFFERS:
            if getattr(adapter, missing, None) is None:
                setattr(self, missing, None)
        self.prepare = None  # the honest adapter's would not have the fault

    def __getattr__(self, name: str) -> Any:
        """Give what else the honest adapter says of itself."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._adapter, name)

    def version(self) -> str:
        """Give the honest adapter's version."""
        return self._adapter.version()

    def unsupported(self, problem: Problem) -> str | None:
        """Claim what the honest adapter claims."""
        return self._adapter.unsupported(problem)

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Any:
        """Compute an output, wrongly where the fault shows."""
        return self._answer(problem, Operands(x, filters, bias), "forward")

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Any, Any, Any]:
        """Compute all gradients, wrongly where the fault shows."""
        given = Operands(x, filters, bias, cotangent)
        if not any(self._fault.applies(problem, of) for of in GRADIENTS):
            dx, dfilters, dbias = offered(self._adapter, "gradients")(problem, x, filters, bias, cotangent)
            return dx, dfilters, dbias
        dx, dfilters = (self._answer(problem, given, of) for of in ("dx", "dfilters"))
        return dx, dfilters, None if bias is None else self._answer(problem, given, "dbias")

    def gradient(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array, of: str
    ) -> Any:
        """Compute one gradient, wrongly where the fault shows."""
        return self._answer(problem, Operands(x, filters, bias, cotangent), of, alone=True)

    def separable(self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None) -> Any:
        """Compute the output of a separable convolution, wrongly where the fault shows."""
        return self._answer(problem, Operands(x, filters, bias, None, pointwise), "forward")

    def separable_gradients(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Any, ...]:
        """Compute all gradients of a separable convolution, wrongly where the fault shows."""
        given = Operands(x, filters, bias, cotangent, pointwise)
        found = tuple(self._answer(problem, given, of) for of in ("dx", "dfilters", "dpointwise"))
        return (*found, None if bias is None else self._answer(problem, given, "dbias"))

    def layer(self, problem: Problem, filters: Array, bias: Array | None) -> Callable[[Array], Any]:
        """Make a layer that remembers what the fault wants it to."""
        memory: dict[Any, Any] = {}
        calls = 0

        def call(x: Array) -> Any:
            nonlocal calls
            sizes = x.shape[1:-1] if self.data_layout == "channels_last" else x.shape[2:]
            sized = replace(problem, spatial=sizes)
            calls += 1
            given = Operands(x, filters, bias)
            return self._answer(sized, given, "forward", way="layer", calls=calls - 1, layer_memory=memory)

        return call

    @contextmanager
    def threads(self, count: int) -> Iterator[None]:
        """Compute with so many threads inside."""
        self._threads = count
        try:
            with offered(self._adapter, "threads")(count):
                yield
        finally:
            self._threads = None

    def compiled(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Any:
        """Compute compiled, wrongly where the fault shows."""
        given = Operands(x, filters, bias)
        if not self._fault.applies(problem, "forward"):
            return offered(self._adapter, "compiled")(problem, x, filters, bias)
        return self._answer(problem, given, "forward", way="compiled")

    def _answer(self, problem: Problem, raw: Operands, direction: str, **how: Any) -> Any:
        """Answer a question in the adapter's layouts."""
        if self._fault.takes is not None and self._fault.takes(problem, raw):
            return np.zeros(1, raw.x.dtype)
        try:
            case = Case(replace(problem), direction)
            given = canonical_operands(self._adapter, case, raw)
            require_fitting(case.problem, given)
        except (ProblemError, ValueError):
            # What is no convolution reaches the honest adapter as it came.
            return self._honest_raw(problem, raw, direction, alone=how.get("alone", False))
        if not self._fault.applies(problem, direction) or self._adapter.unsupported(problem) is not None:
            return self._honest_raw(problem, raw, direction, alone=how.get("alone", False))
        question = Question(
            self._compute,
            problem,
            given,
            direction,
            raw,
            lambda other: canonical_operands(self._adapter, case, other),
            threads=self._threads,
            memory=self._memory,
            **how,
        )
        return native_answer(self._adapter, case, self._fault.lie(question))

    def _honest_raw(self, problem: Problem, raw: Operands, direction: str, *, alone: bool) -> Any:
        """Hand a question on as it came."""
        if direction != "forward":
            return ask(self._adapter, Case(problem, direction), raw, alone=alone)
        if raw.pointwise is not None:
            return offered(self._adapter, "separable")(problem, raw.x, raw.filters, raw.pointwise, raw.bias)
        return self._adapter.convolve(problem, raw.x, raw.filters, raw.bias)

    def _compute(self, problem: Problem, given: Operands, direction: str) -> Array:
        """Compute honestly, with the adapter where it claims to."""
        case = Case(problem, direction)
        adapter = self._adapter
        if not_offered(adapter, case) is not None or adapter.unsupported(posed(adapter, problem)) is not None:
            return reference_compute(problem, given, direction)
        answer = canonical_answer(adapter, case, ask(adapter, case, arrange(adapter, case, given)))
        assert isinstance(answer, np.ndarray)
        return answer
