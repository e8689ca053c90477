"""`tinygrad`: the layers ``tinygrad.nn.Conv{1,2}d`` and ``ConvTranspose{1,2}d``, for any number of axes."""

from typing import Any, Final

import ml_dtypes
import numpy as np

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem


class Tinygrad:
    """``tinygrad.nn.Conv2d`` and ``ConvTranspose2d``, which take any rank, and their gradients by ``Tensor.gradient``.

    "same" by name, pads and crops as pairs, the last axis first; other modes than zeros go through ``Tensor.pad``
    first. Each new shape is a kernel that clang compiles; tinygrad keeps them on disk.
    """

    name: Final = "tinygrad"
    framework: Final = "tinygrad"
    requires: Final = ("tinygrad>=0.11",)
    data_layout: Final = "channels_first"
    filter_layouts: Final = {"conv": "OI*", "transposed": "IO*"}

    def __init__(self) -> None:
        self._tinygrad = import_framework("tinygrad", self.requires)

    def version(self) -> str:
        """Give the version of tinygrad, which the module itself does not know."""
        from importlib.metadata import version  # noqa: PLC0415 - of this engine alone

        return version("tinygrad")

    def unsupported(self, problem: Problem) -> str | None:
        """Say that the layer refuses "same" with strides."""
        strided = max(problem.strides) > 1
        if problem.padding == "same" and problem.padding_mode == "zeros" and problem.kind != "transposed" and strided:
            return "tinygrad.nn.Conv2d: padding='same' is not supported for strided convolutions"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with the layer."""
        return self._array(self._run(problem, *self._tensors(x, filters, bias)))

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array | None]:
        """Compute all gradients with ``Tensor.gradient``."""
        tensors = self._tensors(x, filters, bias)
        dx, dfilters, *dbias = self._gradients(problem, tensors, cotangent, tensors)
        return dx, dfilters, dbias[0] if dbias else None

    def gradient(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array, of: str
    ) -> Array:
        """Compute one gradient, the others not being asked for."""
        tensors = self._tensors(x, filters, bias)
        leaf = tensors[("dx", "dfilters", "dbias").index(of)]
        return self._gradients(problem, tensors, cotangent, [leaf])[0]

    def _gradients(self, problem: Problem, tensors: list[Any], cotangent: Array, leaves: list[Any]) -> list[Array]:
        (flowing,) = self._tensors(cotangent)
        found = self._run(problem, *tensors).gradient(*leaves, gradient=flowing)
        return [self._array(gradient) for gradient in found]

    def _run(self, problem: Problem, x: Any, filters: Any, bias: Any = None) -> Any:
        """Pad, call the layer, activate."""
        nn = self._tinygrad.nn
        sizes = (problem.channels, problem.filters, problem.kernel_size)
        common = {"dilation": problem.dilation, "groups": problem.groups, "bias": bias is not None}
        padding: Any = tuple(cells for pair in problem.pads[::-1] for cells in pair)
        # The layer takes "same" only where the stride is the number 1.
        stride = 1 if set(problem.strides) == {1} else problem.strides
        if problem.kind == "transposed":
            layer = nn.ConvTranspose2d(
                *sizes, stride=stride, padding=padding, output_padding=problem.output_padding, **common
            )
        else:
            if problem.padding_mode != "zeros":
                x = x.pad(((0, 0), (0, 0), *problem.pads), mode=problem.padding_mode)
                padding = 0
            elif problem.padding == "same":
                padding = "same"
            layer = nn.Conv2d(*sizes, stride=stride, padding=padding, **common)
        layer.weight, layer.bias = filters, bias
        output = layer(x)
        return output.relu() if problem.activation == "relu" else output

    def _tensors(self, *arrays: Array | None) -> list[Any]:
        """Make tensors."""
        return [self._tinygrad.Tensor(array) for array in arrays if array is not None]

    def _array(self, tensor: Any) -> Array:
        """Compute, and copy to NumPy's memory; tinygrad's bfloat16 comes as float32."""
        result: Array = tensor.numpy()
        if tensor.dtype == self._tinygrad.dtypes.bfloat16:
            result = result.astype(ml_dtypes.bfloat16)
        return np.array(result)
