"""What a map of an answer is the sum of: each addend one source map and one kernel, and the map that they make.

An output channel is the sum over the channels of the input, each with the kernel that the filter has for it; ``dx`` the
sum over the filters; a gradient of the filters the sum over the images. The map of an addend is what the reference
computes of it alone, so nothing here says a second time what convolution is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.meetings import layer
from convformance.reference.operands import Operands
from convformance.reference.oracle import value_of
from convformance.reference.problem import Problem
from convformance.tests.conformance.picture.windows import Plane

Array: TypeAlias = npt.NDArray[Any]
Asked: TypeAlias = Literal["forward", "dx", "dfilters"]

_ROLES: Final[dict[Asked, tuple[Plane, Plane, Plane]]] = {
    "forward": ("input", "kernel", "output"),
    "dx": ("output", "kernel", "input"),
    "dfilters": ("input", "output", "kernel"),
}
# Of the gradient of the filters the sources are the input of the adjoint already: the cotangent.
_TRANSPOSED: Final[dict[Plane, Plane]] = {"input": "output", "kernel": "kernel", "output": "input"}


@dataclass(frozen=True)
class Addends:
    """The addends of one map of an answer.

    Attributes
    ----------
    single : Problem
        The convolution, perhaps a transposed one, of one channel of one image with one filter that an addend is.
    asked : "forward", "dx" or "dfilters"
        What is asked of it.
    sources, weights : array, shape ``(addends, *map)``
        Of each addend the map it comes from and what slides over it; no weights where the map is only added up.
    names : tuple of int
        The index of each: of a channel, a filter or an image.
    factors : array, shape ``(addends,)``, or None
        What each map is multiplied with before they are added: the pointwise weights of a separable convolution.
    """

    single: Problem
    asked: Asked
    sources: Array
    weights: Array | None
    names: tuple[int, ...]
    factors: Array | None = None

    def __len__(self) -> int:
        """Count them."""
        return len(self.names)

    @property
    def plain(self) -> Problem:
        """The convolution whose planes the maps lie on."""
        return self.single.adjoint if self.single.kind == "transposed" else self.single

    @property
    def planes(self) -> tuple[Plane, Plane, Plane]:
        """On which plane of `plain` the sources lie, the weights, and the maps they make."""
        source, weights, made = _ROLES[self.asked]
        if self.single.kind == "transposed" and self.asked != "dfilters":
            return _TRANSPOSED[source], _TRANSPOSED[weights], _TRANSPOSED[made]
        return source, weights, made

    def map_of(self, which: Sequence[int]) -> Array:
        """Compute the sum of the maps of some addends.

        Parameters
        ----------
        which : sequence of int
            Their places among the addends; at least one.

        Returns
        -------
        array
            Of the size of the plane it lies on.
        """
        chosen = list(which)
        sources = wide(self.single, self.sources[chosen])
        if self.weights is None:
            return np.asarray(sources.sum()).reshape((1,) * self.single.rank)
        weights = wide(self.single, self.weights[chosen])
        if self.factors is not None:
            weights = weights * wide(self.single, self.factors[chosen]).reshape(-1, *(1,) * self.single.rank)
        with np.errstate(over="ignore", invalid="ignore"):
            if self.asked == "forward":
                return self._forward(sources, weights)
            if self.asked == "dx":
                return self._dx(sources, weights)
            return self._dfilters(sources, weights)

    def _forward(self, sources: Array, weights: Array) -> Array:
        problem = replace(self.single, channels=len(sources))
        x, filters = np.moveaxis(sources, 0, -1)[None], np.moveaxis(weights, 0, -1)
        given = Operands(x, filters.reshape(problem.filters_shape))
        if np.isfinite(x).all() and np.isfinite(filters).all():
            return value_of(problem, given)[0, ..., 0]
        # An infinity times a zero of the pads makes no product: only the definition says so number by number.
        return layer(problem, given.x, given.filters, None)[0, ..., 0].astype(np.float64)

    def _dx(self, sources: Array, weights: Array) -> Array:
        problem = replace(self.single, filters=len(sources))
        given = Operands(
            np.zeros(problem.input_shape),
            np.moveaxis(weights, 0, -1).reshape(problem.filters_shape),
            None,
            np.moveaxis(sources, 0, -1)[None],
        )
        return value_of(problem, given, "dx")[0, ..., 0]

    def _dfilters(self, sources: Array, weights: Array) -> Array:
        problem = replace(self.single, batch=len(sources))
        x, cotangent = (weights, sources) if self.single.kind == "transposed" else (sources, weights)
        given = Operands(x[..., None], np.zeros(problem.filters_shape), None, cotangent[..., None])
        return value_of(problem, given, "dfilters")[..., 0, 0]


def wide(problem: Problem, array: Array) -> Array:
    """Give numbers in the format that the reference computes in.

    Parameters
    ----------
    problem : Problem
        Of any dtype.
    array : array
        Of that dtype.

    Returns
    -------
    array of float64, or of int64
        Equal to it.
    """
    return array.astype(np.int64 if problem.precision.is_integer else np.float64)
