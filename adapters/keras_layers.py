"""`keras`: the Keras convolution layers on the TensorFlow backend (``tf.keras``), as a model builds them."""

import os
from typing import Final

from convformance.adapters.contract import AdapterError, Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem


class Keras:
    """``keras.layers.Conv2D``: build, ``set_weights``, call. Explicit pads go through ``ZeroPadding2D`` first."""

    name: Final = "keras"
    framework: Final = "keras"
    data_layout: Final = "channels_last"
    filter_layouts: Final = {"conv": "*IO"}

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
        """Keras refuses strides together with dilation, on whatever axes."""
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
        layer = getattr(layers, f"Conv{problem.rank}D")(
            problem.filters,
            problem.kernel_size,
            strides=problem.strides,
            padding=problem.padding if isinstance(problem.padding, str) else "valid",
            data_format=self.data_layout,
            dilation_rate=problem.dilation,
            groups=problem.groups,
            activation=problem.activation,
            use_bias=problem.use_bias,
            dtype=problem.dtype,
        )
        layer.build(x.shape)
        layer.set_weights([filters] if bias is None else [filters, bias])
        output: Array = layer(x).numpy()
        return output
