"""`keras-jax`: the Keras convolution layers on the JAX backend."""

from typing import Any, Final

import numpy as np

from convformance.adapters.contract import Array
from convformance.adapters.jax_base import FLUSHES, import_jax
from convformance.adapters.keras_base import KerasLayers
from convformance.reference.problem import Problem


class KerasJax(KerasLayers):
    """The layers as functions without state in one ``jax.jit`` for each problem, and ``jax.vjp``.

    That is how Keras runs a model on JAX (``stateless_call``); a layer that is called again and again is not compiled.
    """

    name = "keras-jax"
    backend = "jax"
    requires = ("keras>=3.5", "jax>=0.6")
    opt_in = True  # Keras has one backend in a process
    flushes_subnormals: Final = FLUSHES
    # One alone would be a compilation more for each problem.
    gradient = None  # type: ignore[assignment]

    def __init__(self) -> None:
        self._jax = import_jax(self.requires)
        super().__init__()
        self._last: tuple[Problem, Any, Any, Any] | None = None

    def _computed(self, problem: Problem, layer: Any, x: Array) -> Array:
        return np.asarray(self._call(problem, layer, x))

    def _forward(self, problem: Problem, x: Array, weights: list[Array], bias: Array | None) -> Array:
        values, run, _ = self._functions(problem, weights, bias)
        return np.asarray(run(values, x))

    def _gradients(  # noqa: PLR0913, PLR0917 - the contract's
        self,
        problem: Problem,
        x: Array,
        weights: list[Array],
        bias: Array | None,
        cotangent: Array,
        which: slice = slice(None),
    ) -> list[Array]:
        values, _, pull = self._functions(problem, weights, bias)
        by_weight, dx = pull(values, x, cotangent)
        return [np.asarray(gradient) for gradient in (dx, *by_weight)][which]

    def _functions(self, problem: Problem, weights: list[Array], bias: Array | None) -> tuple[list[Any], Any, Any]:
        """Give the layer's weights, and what computes from them and an image, and from a cotangent."""
        if self._last is None or self._last[0] != problem:
            self._last = (problem, *self._compile(problem, self._layer(problem, weights, bias)))
        _, layer, run, pull = self._last
        layer.set_weights(weights if bias is None else [*weights, bias])
        return [variable.value for variable in layer.trainable_variables], run, pull

    def _compile(self, problem: Problem, layer: Any) -> tuple[Any, Any, Any]:
        """Compile a layer as a function of its weights."""
        jax = self._jax

        def run(values: list[Any], image: Any) -> Any:
            return self._call(problem, lambda x: layer.stateless_call(values, [], x)[0], image)

        def pull(values: list[Any], image: Any, cotangent: Any) -> Any:
            return jax.vjp(run, values, image)[1](cotangent)

        return layer, jax.jit(run), jax.jit(pull)
