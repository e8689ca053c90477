"""The arrays of a case."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from convformance.reference.errors import ProblemError
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Operands:
    """The arrays of a case, in canonical layout and in the problem's dtype.

    Attributes
    ----------
    x : array, shape ``(N, *spatial, C_in)``
        The input.
    filters : array, of the problem's `filters_shape`
        The filters.
    bias : array, shape ``(filters,)``, or None
        One number per filter.
    cotangent : array, shape ``(N, *output_spatial, filters)``, or None
        What each output counts; of the cases that ask for a gradient.
    pointwise : array, shape ``(C_in * M, filters)``, or None
        The filters of a separable convolution's second stage.
    """

    x: Array
    filters: Array
    bias: Array | None = None
    cotangent: Array | None = None
    pointwise: Array | None = None

    def map(self, function: Callable[[Array], Array]) -> "Operands":
        """Give the same arrays behind a function of one array."""
        arrays = {name: getattr(self, name) for name in self.__dataclass_fields__}
        mapped: dict[str, Any] = {name: None if array is None else function(array) for name, array in arrays.items()}
        return Operands(**mapped)


def require_fitting(problem: Problem, given: Operands) -> None:
    """Require arrays in canonical layout to have the shapes and the dtype of a problem.

    Parameters
    ----------
    problem : Problem
        Everything but the numbers.
    given : Operands
        Cotangent and pointwise filters are looked at where they are there.

    Raises
    ------
    ProblemError
        Naming the array, what it has, and what it must have.
    """
    shapes = {
        "x": problem.input_shape,
        "filters": problem.filters_shape,
        "bias": (problem.filters,) if problem.use_bias else None,
        "cotangent": None if given.cotangent is None else problem.output_shape,
        "pointwise": (problem.channels * problem.multiplier, problem.filters) if problem.kind == "separable" else None,
    }
    for name, shape in shapes.items():
        array = getattr(given, name)
        if (None if array is None else array.shape) != shape:
            has = "none" if array is None else f"one of shape {array.shape}"
            must = "none" if shape is None else f"the shape {shape}"
            raise ProblemError(f"{name} must have {must} for {problem}: got {has}")
        if array is not None and array.dtype != problem.precision.numpy_dtype:
            raise ProblemError(f"{name} must be {problem.dtype} for {problem}: got {array.dtype}")
