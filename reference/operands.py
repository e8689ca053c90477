"""The arrays of a case."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

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
