"""`reference`: the NumPy reference itself as an adapter, for faults to be put in front of."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar

import numpy as np

from convformance.adapters.contract import Array
from convformance.reference.operands import Operands, require_fitting
from convformance.reference.oracle import evaluate
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
    """The reference, in its own layouts; what is no convolution it refuses by its own rules."""

    name: ClassVar[str] = "reference"
    framework: ClassVar[str] = "numpy"
    opt_in: ClassVar[bool] = True
    """It is judged only where it is named: it would be asked whether it equals itself."""
    data_layout: ClassVar[str] = "channels_last"
    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "*IO", "depthwise": "*IM", "transposed": "*OI"}

    def version(self) -> str:
        """Give the version of NumPy."""
        return np.__version__

    def unsupported(self, problem: Problem) -> str | None:
        """Claim everything."""
        del problem
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute an output."""
        return compute(*_checked(problem, Operands(x, filters, bias)), "forward")

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array | None]:
        """Compute all gradients."""
        given = _checked(problem, Operands(x, filters, bias, cotangent))
        return compute(*given, "dx"), compute(*given, "dfilters"), None if bias is None else compute(*given, "dbias")

    def gradient(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array, of: str
    ) -> Array:
        """Compute one gradient."""
        return compute(*_checked(problem, Operands(x, filters, bias, cotangent)), of)

    def separable(self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None) -> Array:
        """Compute the output of a separable convolution."""
        return compute(*_checked(problem, Operands(x, filters, bias, None, _matrix(pointwise))), "forward")

    def separable_gradients(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array | None, ...]:
        """Compute all gradients of a separable convolution."""
        given = _checked(problem, Operands(x, filters, bias, cotangent, _matrix(pointwise)))
        dpointwise = compute(*given, "dpointwise").reshape(pointwise.shape)
        dbias = None if bias is None else compute(*given, "dbias")
        return compute(*given, "dx"), compute(*given, "dfilters"), dpointwise, dbias

    def layer(self, problem: Problem, filters: Array, bias: Array | None) -> Callable[[Array], Array]:
        """Make a layer that takes images of any size."""
        return lambda x: self.convolve(replace(problem, spatial=x.shape[1:-1]), x, filters, bias)

    @contextmanager
    def threads(self, count: int) -> Iterator[None]:
        """Compute as ever: the reference has no threads of its own."""
        del count
        yield

    def compiled(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute as ever: there is nothing to compile."""
        return self.convolve(problem, x, filters, bias)


def _checked(problem: Problem, given: Operands) -> tuple[Problem, Operands]:
    """Refuse what is no convolution, or not of the problem's shapes and dtype."""
    valid = replace(problem)  # the rules once more: an invalid problem comes as it was asked for
    require_fitting(valid, given)
    return valid, given


def _matrix(pointwise: Array) -> Array:
    """Take the spatial axes, of one cell each, from the filters of a second stage."""
    return pointwise.reshape(pointwise.shape[-2:])
