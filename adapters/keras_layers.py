"""`keras`: the Keras convolution layers on the TensorFlow backend (``tf.keras``)."""

import os
from typing import Any, Final

from convformance.adapters import keras_script
from convformance.adapters.contract import Array, Prepared
from convformance.adapters.importing import TENSORFLOW_REQUIRES, import_framework
from convformance.adapters.keras_base import KerasLayers, layer_name
from convformance.adapters.processor import processor
from convformance.adapters.tensorflow_kernels import accumulators, eigen_dtypes
from convformance.reference.problem import Problem


class Keras(KerasLayers):
    """The layers on tensors of TensorFlow; ``tf.GradientTape``."""

    name = "keras"
    backend = "tensorflow"
    requires = ("keras>=3.5", *TENSORFLOW_REQUIRES)
    flushes_subnormals: Final = ("float16", "bfloat16", "float32", "float64")

    def __init__(self) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        self._tf = import_framework("tensorflow", self.requires)
        self.accumulators, self._eigen = accumulators(processor()), eigen_dtypes(processor())
        super().__init__()

    def unsupported(self, problem: Problem) -> str | None:
        """Say what has no layer, and what the layers, or TensorFlow's kernels for a CPU, refuse."""
        kind, dtype = problem.kind, problem.dtype
        dilated, unequal = max(problem.dilation) > 1, len(set(problem.strides)) > 1
        eigen = dtype in self._eigen
        apart, transposed = kind in ("depthwise", "separable"), kind == "transposed"
        reasons = {
            f"Keras on TensorFlow in {dtype}: depthwise layers on CPU take equal strides only": eigen
            and apart
            and unequal
            and not dilated,
            f"Keras on TensorFlow in {dtype}: no dilation above 1 in transposed layers on CPU": transposed
            and dilated
            and eigen,
            "Keras on TensorFlow: int64 is not in the list of allowed values": dtype == "int64",
            f"Keras on TensorFlow: {layer_name(problem)} takes no int32": dtype == "int32"
            and (apart or problem.rank == 3),
        }
        return super().unsupported(problem) or next((reason for reason, holds in reasons.items() if holds), None)

    def compiled(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute inside ``tf.function``."""
        layer = self._layer(problem, [filters], bias)
        function = self._tf.function(lambda image: self._call(problem, layer, image))
        result: Array = function(self._tf.constant(x)).numpy()
        return result

    def prepare(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, direction: str, x: Array, filters: Array, bias: Array | None, cotangent: Array | None
    ) -> Prepared:
        """Make the layers, tensors, and a persistent tape that watches the image or one weight."""
        tf = self._tf
        arrays = [array for array in (x, filters, bias, cotangent) if array is not None]
        layer, image = self._layer(problem, [filters], bias), tf.constant(x)
        call = self._steps(problem, layer)
        if cotangent is None:

            def run() -> Any:
                return call(image)

        else:
            variables = [image, *(weight.value for weight in layer.trainable_weights)]
            leaf, flowing = variables[("dx", "dfilters", "dbias").index(direction)], tf.constant(cotangent)
            with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
                tape.watch(leaf)
                output = call(image)

            def run() -> Any:
                return tape.gradient(output, leaf, output_gradients=flowing)

        return lambda: [tf.constant(array) for array in arrays], run, lambda tensor: tensor.numpy()

    def script(self, problem: Problem, direction: str) -> str:
        """Write a question as a user would, for a script that others can run."""
        return keras_script.script(problem, direction)

    def _computed(self, problem: Problem, layer: Any, x: Array) -> Array:
        result: Array = self._call(problem, layer, x).numpy()
        return result

    def _gradients(  # noqa: PLR0913, PLR0917 - the contract's
        self,
        problem: Problem,
        x: Array,
        weights: list[Array],
        bias: Array | None,
        cotangent: Array,
        which: slice = slice(None),
    ) -> list[Array]:
        tf = self._tf
        layer = self._layer(problem, weights, bias)
        image = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(image)
            output = self._call(problem, layer, image)
        variables = [image, *(weight.value for weight in layer.trainable_weights)][which]
        found = tape.gradient(output, variables, output_gradients=tf.constant(cotangent))
        return [gradient.numpy() for gradient in found]
