"""`keras`: the Keras convolution layers on the TensorFlow backend (``tf.keras``), as a model builds them."""

import os
from collections.abc import Callable
from functools import reduce
from typing import Any, Final

from convformance.adapters import keras_script
from convformance.adapters.contract import AdapterError, Array, Prepared
from convformance.adapters.importing import import_framework
from convformance.reference.axes import source
from convformance.reference.problem import Problem

_LAYERS: Final = {
    "conv": "Conv{}D",
    "depthwise": "DepthwiseConv{}D",
    "separable": "SeparableConv{}D",
    "transposed": "Conv{}DTranspose",
}


class Keras:
    """``keras.layers.Conv{1,2,3}D`` and their relatives: build, ``set_weights``, call; ``tf.GradientTape``.

    Explicit pads go through ``ZeroPadding{1,2,3}D`` first, explicit crops through ``Cropping{1,2,3}D`` afterwards.
    """

    name: Final = "keras"
    framework: Final = "keras"
    data_layout: Final = "channels_last"
    filter_layouts: Final = {"conv": "*IO", "depthwise": "*IM", "transposed": "*OI"}
    accumulators: Final = {"float16": "float32", "bfloat16": "float32", "bfloat16 dbias": "bfloat16"}
    flushes_subnormals: Final = ("float16", "bfloat16", "float32", "float64")

    def __init__(self) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        self._tf = import_framework("tensorflow", extra="keras")
        self._keras = import_framework("keras", extra="keras")
        backend = self._keras.backend.backend()
        if backend != "tensorflow":
            raise AdapterError(
                f"adapter keras judges Keras on the TensorFlow backend: got the backend {backend!r}; "
                "unset KERAS_BACKEND or set it to tensorflow"
            )

    def version(self) -> str:
        """Give the version of Keras."""
        return str(self._keras.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Say what has no layer, and what the layers refuse."""
        kind, layer = problem.kind, _LAYERS[problem.kind].format(problem.rank)
        apart = kind in ("depthwise", "separable")
        dilated, strided = max(problem.dilation) > 1, max(problem.strides) > 1
        wide, unequal = problem.dtype == "float64", len(set(problem.strides)) > 1
        reasons = {
            f"Keras has no {layer}": apart and problem.rank == 3,
            f"Keras: {layer} takes the padding 'valid' or 'same'": apart and problem.padding == "causal",
            "Keras on TensorFlow in float64: depthwise layers on CPU take equal strides only": apart
            and wide
            and unequal
            and not dilated,
            "Keras: `strides > 1` not supported in conjunction with `dilation_rate > 1`": not apart
            and strided
            and dilated,
            "Keras: transposed layers have no groups": kind == "transposed" and problem.groups > 1,
            "Keras on TensorFlow in float64: no dilation above 1 in transposed layers on CPU": kind == "transposed"
            and wide
            and dilated,
        }
        return next((reason for reason, holds in reasons.items() if holds), self._unsupported_integers(problem))

    def _unsupported_integers(self, problem: Problem) -> str | None:
        """Say which layers TensorFlow has no integer kernels for."""
        if problem.dtype == "int64":
            return "Keras on TensorFlow: int64 is not in the list of allowed values"
        if problem.dtype == "int32":
            if problem.rank == 3 or problem.kind in ("depthwise", "separable"):
                return f"Keras on TensorFlow: {_LAYERS[problem.kind].format(problem.rank)} takes no int32"
            if problem.kind == "transposed" and max(problem.dilation) > 1:
                return "Keras on TensorFlow in int32: no dilation above 1 in transposed layers on CPU"
        return None

    def inexpressible(self, problem: Problem, direction: str) -> str | None:
        """Say which invalid problems Keras has no words for."""
        if problem.kind == "transposed" and "groups" in direction:
            return "Keras: transposed layers have no parameter for groups"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with the layer."""
        result: Array = self.layer(problem, filters, bias)(x)
        return result

    def separable(self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None) -> Array:
        """Compute with ``keras.layers.SeparableConv{rank}D``."""
        result: Array = self._call(problem, self._layer(problem, [filters, pointwise], bias), x).numpy()
        return result

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array | None]:
        """Compute all gradients with ``tf.GradientTape``."""
        dx, dfilters, *dbias = self._gradients(problem, x, [filters], bias, cotangent)
        return dx, dfilters, dbias[0] if dbias else None

    def gradient(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array, of: str
    ) -> Array:
        """Compute one gradient, the others not being asked for."""
        which = ("dx", "dfilters", "dbias").index(of)
        return self._gradients(problem, x, [filters], bias, cotangent, slice(which, which + 1))[0]

    def separable_gradients(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array, Array | None]:
        """Compute all gradients of ``keras.layers.SeparableConv{rank}D``."""
        dx, dfilters, dpointwise, *dbias = self._gradients(problem, x, [filters, pointwise], bias, cotangent)
        return dx, dfilters, dpointwise, dbias[0] if dbias else None

    def layer(self, problem: Problem, filters: Array, bias: Array | None) -> Callable[[Array], Array]:
        """Make one layer object that is called again and again."""
        layer = self._layer(problem, [filters], bias)

        def call(x: Array) -> Array:
            output: Array = self._call(problem, layer, x).numpy()
            return output

        return call

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

    def _layer(self, problem: Problem, weights: list[Array], bias: Array | None) -> Any:
        """Build the layer and give it its weights."""
        options: dict[str, Any] = {
            "kernel_size": problem.kernel_size,
            "strides": problem.strides,
            "padding": self._word(problem),
            "data_format": self.data_layout,
            "dilation_rate": problem.dilation,
            "activation": problem.activation,
            "use_bias": problem.use_bias,
            "dtype": problem.dtype,
        }
        if problem.kind != "depthwise":
            options["filters"] = problem.filters
        if problem.kind in ("depthwise", "separable"):
            options["depth_multiplier"] = problem.multiplier
        if problem.kind == "conv":
            options["groups"] = problem.groups
        if problem.precision.is_integer:
            # The usual first weights are drawn from real numbers.
            options["kernel_initializer"] = "zeros"
        if problem.kind == "transposed":
            # The default of 'valid' and 'same' is None, and not 0.
            options["output_padding"] = None if isinstance(problem.padding, str) else problem.output_padding
        layer = getattr(self._keras.layers, _LAYERS[problem.kind].format(problem.rank))(**options)
        layer.build((None, *(None,) * problem.rank, problem.channels))
        layer.set_weights(weights if bias is None else [*weights, bias])
        return layer

    def _call(self, problem: Problem, layer: Any, x: Any) -> Any:
        """Pad, call, crop."""
        return self._steps(problem, layer)(x)

    def _steps(self, problem: Problem, layer: Any) -> Callable[[Any], Any]:
        """Make the layers that pad before and crop behind; give what calls all of them."""
        layers = self._keras.layers
        # ZeroPadding1D takes its one pair bare; Keras's configuration must not choose the data format.
        pads: Any = problem.pads if problem.rank > 1 else problem.pads[0]
        format_and_dtype: dict[str, Any] = {"dtype": problem.dtype}
        if problem.rank > 1 or problem.kind != "transposed":
            format_and_dtype["data_format"] = self.data_layout
        explicit = not isinstance(problem.padding, str)
        steps = [layer]
        if problem.padding_mode != "zeros":
            steps.insert(0, lambda x: self._extended(problem, x))
        elif explicit and problem.kind != "transposed":
            steps.insert(0, getattr(layers, f"ZeroPadding{problem.rank}D")(pads, **format_and_dtype))
        if explicit and problem.kind == "transposed" and any(map(any, problem.pads)):
            steps.append(getattr(layers, f"Cropping{problem.rank}D")(pads, **format_and_dtype))
        return lambda x: reduce(lambda tensor, step: step(tensor), steps, x)

    def _word(self, problem: Problem) -> str:
        """Give the layer's own padding."""
        named = isinstance(problem.padding, str) and problem.padding_mode == "zeros"
        return str(problem.padding) if named else "valid"

    def _extended(self, problem: Problem, x: Any) -> Any:
        """Pad with what is not zero: ``keras.ops.pad`` knows reflect, the other modes are taken cell by cell."""
        ops = self._keras.ops
        if problem.padding_mode == "reflect":
            return ops.pad(x, [(0, 0), *problem.pads, (0, 0)], mode="reflect")
        for axis, (size, (before, after)) in enumerate(zip(problem.spatial, problem.pads, strict=True), start=1):
            x = ops.take(
                x, [source(cell, size, problem.padding_mode) for cell in range(-before, size + after)], axis=axis
            )
        return x
