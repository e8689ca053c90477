"""`keras`: the Keras convolution layers on the TensorFlow backend (``tf.keras``), as a model builds them."""

import os
from functools import partial
from typing import Any, Final

from convformance.adapters.contract import AdapterError, Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem


class Keras:
    """``keras.layers.Conv2D`` and ``DepthwiseConv2D``: build, ``set_weights``, call.

    Explicit pads go through ``ZeroPadding2D`` first. Ranks 1 and 3 have layers of their own.
    """

    name: Final = "keras"
    framework: Final = "keras"
    data_layout: Final = "channels_last"
    filter_layouts: Final = {"conv": "*IO", "depthwise": "*IM"}

    def __init__(self) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        import_framework("tensorflow", extra="keras")
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
        """Say that Keras refuses strides with dilation, but for depthwise layers, of which it has fewer."""
        if problem.kind == "depthwise":
            if problem.rank == 3:
                return "Keras has no DepthwiseConv3D"
            if problem.padding == "causal":
                return "Keras: DepthwiseConv1D takes the padding 'valid' or 'same'"
            return None
        if max(problem.strides) > 1 and max(problem.dilation) > 1:
            return "Keras: `strides > 1` not supported in conjunction with `dilation_rate > 1`"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with ``keras.layers.Conv{rank}D``."""
        layers = self._keras.layers
        if not isinstance(problem.padding, str):
            # ZeroPadding1D takes its one pair bare; Keras's configuration must not choose the data format.
            pads = problem.pads if problem.rank > 1 else problem.pads[0]
            pad = getattr(layers, f"ZeroPadding{problem.rank}D")
            x = pad(pads, data_format=self.data_layout, dtype=problem.dtype)(x)
        kind: Any
        if problem.kind == "depthwise":
            kind = partial(getattr(layers, f"DepthwiseConv{problem.rank}D"), depth_multiplier=problem.multiplier)
        else:
            kind = partial(getattr(layers, f"Conv{problem.rank}D"), problem.filters, groups=problem.groups)
        layer = kind(
            kernel_size=problem.kernel_size,
            strides=problem.strides,
            padding=problem.padding if isinstance(problem.padding, str) else "valid",
            data_format=self.data_layout,
            dilation_rate=problem.dilation,
            activation=problem.activation,
            use_bias=problem.use_bias,
            dtype=problem.dtype,
        )
        layer.build(x.shape)
        layer.set_weights([filters] if bias is None else [filters, bias])
        output: Array = layer(x).numpy()
        return output
