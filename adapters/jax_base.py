"""What `jax` and `flax` share: functions of tensors, compiled once for each problem, and their gradients."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem

FLUSHES: Final = ("float16", "bfloat16", "float32", "float64")
"""As JAX's maintainers say is intended: https://github.com/jax-ml/jax/issues/16200."""


def import_jax(requires: Sequence[str]) -> Any:
    """Import JAX and enable 64 bits, as everybody does who has float64.

    Parameters
    ----------
    requires : sequence of str
        What the adapter needs, as it is given to pip.
    """
    jax = import_framework("jax", requires)
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - JAX's own
    return jax


class JaxFunctions:
    """``jax.jit`` and ``jax.vjp`` of what `_steps` gives, which who inherits writes."""

    requires: tuple[str, ...]
    flushes_subnormals: Final = FLUSHES

    def __init__(self) -> None:
        self._jax = import_jax(self.requires)
        self._last: tuple[Problem, Any, Any] | None = None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute all in one ``jax.jit``."""
        run, _ = self._compiled(problem)
        return np.asarray(run(*self._tensors(x, filters, bias)))

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array | None]:
        """Compute all gradients with ``jax.vjp``."""
        _, pull = self._compiled(problem)
        found = pull(self._tensors(x, filters, bias), *self._tensors(cotangent))
        dx, dfilters, *dbias = map(np.asarray, found)
        return dx, dfilters, dbias[0] if dbias else None

    def _steps(self, problem: Problem) -> Callable[..., Any]:
        """Give what computes the output from an image, filters, and a bias where there is one."""
        raise NotImplementedError

    def _compiled(self, problem: Problem) -> tuple[Any, Any]:
        """Compile what computes the output and what computes the gradients; the last problem's are kept."""
        if self._last is None or self._last[0] != problem:
            jax, steps = self._jax, self._steps(problem)
            pull = jax.jit(lambda tensors, cotangent: jax.vjp(steps, *tensors)[1](cotangent))
            self._last = (problem, jax.jit(steps), pull)
        return self._last[1:]

    def _tensors(self, *arrays: Array | None) -> list[Any]:
        return [self._jax.numpy.asarray(array) for array in arrays if array is not None]
