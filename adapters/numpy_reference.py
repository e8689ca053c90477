"""`reference`: the NumPy reference itself as an adapter, for faults to be put in front of."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from convformance.adapters.call import canonical_operands, native_answer
from convformance.adapters.contract import Adapter, Array, Prepared
from convformance.reference.case import Case
from convformance.reference.layouts import CANONICAL_DATA, convert, data_layout
from convformance.reference.operands import Operands, require_fitting
from convformance.reference.oracle import evaluate, value_of
from convformance.reference.problem import Problem
from convformance.reference.specials import evaluate_special


def compute(problem: Problem, given: Operands, direction: str) -> Array:
    """Give the reference's answer, rounded once to the problem's dtype.

    Parameters
    ----------
    problem : Problem
        Everything but the numbers.
    given : Operands
        Canonical arrays; not-finite numbers are treated as `convformance.reference.specials` says.
    direction : str
        ``"forward"`` or a gradient.

    Returns
    -------
    array
        In canonical layout and the problem's dtype.
    """
    value = (evaluate_special(problem, given) if direction == "forward" else evaluate(problem, given, direction)).value
    with np.errstate(over="ignore", invalid="ignore"):
        return value.astype(problem.precision.numpy_dtype)


class Reference:
    """The reference; what is no convolution it refuses by its own rules.

    Parameters
    ----------
    like : Adapter, optional
        Whose layouts to take: then the same arrays reach it, lying in memory alike.
    """

    name: ClassVar[str] = "reference"
    framework: ClassVar[str] = "numpy"
    opt_in: ClassVar[bool] = True
    """It is judged only where it is named: it would be asked whether it equals itself."""
    data_layout: str = "channels_last"
    filter_layouts: Mapping[str, str] = MappingProxyType({"conv": "*IO", "depthwise": "*IM", "transposed": "*OI"})

    def __init__(self, like: Adapter | None = None) -> None:
        if like is not None:
            self.data_layout, self.filter_layouts = like.data_layout, like.filter_layouts

    def version(self) -> str:
        """Give the version of NumPy."""
        return np.__version__

    def unsupported(self, problem: Problem) -> str | None:
        """Claim everything."""
        del problem
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Any:
        """Compute an output."""
        return self._answer(problem, Operands(x, filters, bias), "forward")

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Any, ...]:
        """Compute all gradients."""
        given = Operands(x, filters, bias, cotangent)
        dbias = None if bias is None else self._answer(problem, given, "dbias")
        return self._answer(problem, given, "dx"), self._answer(problem, given, "dfilters"), dbias

    def gradient(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array, of: str
    ) -> Any:
        """Compute one gradient."""
        return self._answer(problem, Operands(x, filters, bias, cotangent), of)

    def separable(self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None) -> Any:
        """Compute the output of a separable convolution."""
        return self._answer(problem, Operands(x, filters, bias, None, pointwise), "forward")

    def separable_gradients(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Any, ...]:
        """Compute all gradients of a separable convolution."""
        given = Operands(x, filters, bias, cotangent, pointwise)
        found = [self._answer(problem, given, of) for of in ("dx", "dfilters", "dpointwise")]
        return (*found, None if bias is None else self._answer(problem, given, "dbias"))

    def layer(self, problem: Problem, filters: Array, bias: Array | None) -> Callable[[Array], Any]:
        """Make a layer that takes images of any size."""

        def call(x: Array) -> Any:
            sizes = convert(x, data_layout(self.data_layout), CANONICAL_DATA).shape[1:-1]
            return self.convolve(replace(problem, spatial=sizes), x, filters, bias)

        return call

    @contextmanager
    def threads(self, count: int) -> Iterator[None]:
        """Compute as ever: the reference has no threads of its own."""
        del count
        yield

    def compiled(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Any:
        """Compute as ever: there is nothing to compile."""
        return self.convolve(problem, x, filters, bias)

    def prepare(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, direction: str, x: Array, filters: Array, bias: Array | None, cotangent: Array | None
    ) -> Prepared:
        """Make the wide arrays that the engine computes with; numbers have to be finite."""
        case, raw = Case(replace(problem), direction), Operands(x, filters, bias, cotangent)

        wide = np.int64 if problem.precision.is_integer else np.float64

        def load() -> Operands:
            return canonical_operands(self, case, raw).map(lambda array: array.astype(wide))

        numbers = load()

        def run() -> Array:
            return value_of(problem, numbers, direction).astype(problem.precision.numpy_dtype)

        def fetch(answer: Array) -> Any:
            return native_answer(self, case, answer)

        return load, run, fetch

    def _answer(self, problem: Problem, raw: Operands, direction: str) -> Any:
        case = Case(replace(problem), direction)  # the rules once more: an invalid problem comes as it was asked for
        given = canonical_operands(self, case, raw)
        require_fitting(case.problem, given)
        return native_answer(self, case, compute(case.problem, given, direction))
