"""`mlx`: the functions ``mlx.core.conv_general`` and ``conv_transpose{1,2,3}d``."""

from collections.abc import Callable
from typing import Any, Final

import ml_dtypes
import numpy as np

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.adapters.pads import NUMPY_MODES, both_sides_alike, crops
from convformance.reference.problem import Problem


class Mlx:
    """``mx.conv_general``, ``mx.conv_transpose{1,2,3}d``, their gradients by ``mx.vjp`` and both by ``mx.compile``.

    ``conv_general`` takes pads before and after; other modes than zeros go through ``mx.pad`` first. A transposed
    convolution crops equally by its ``padding``; unequal crops are sliced. MLX's arrays of bfloat16 come and go as
    integers of 16 bits: it does not know NumPy's.
    """

    name: Final = "mlx"
    framework: Final = "mlx"
    requires: Final = ("mlx[cpu]>=0.30",)
    data_layout: Final = "channels_last"
    filter_layouts: Final = {"conv": "O*I", "transposed": "(GO)*I"}

    def __init__(self) -> None:
        self._mx = import_framework("mlx.core", self.requires)

    def version(self) -> str:
        """Give the version of MLX."""
        return str(self._mx.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Say what the functions refuse."""
        if problem.precision.is_integer:
            return "mlx: convolution currently only supports floating point types"
        if problem.groups > 1 and problem.rank == 3:
            return "mlx: can only handle groups != 1 in 1D or 2D convolutions"
        if problem.padding_mode == "circular":
            return "mx.pad: invalid padding mode (wrap)"
        return None

    def inexpressible(self, problem: Problem, direction: str) -> str | None:
        """Say which invalid problems the functions have no words for."""
        del problem
        return "mlx.core's convolutions take no bias: the caller adds it" if "bias" in direction else None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with the function of ``mlx.core``."""
        return self._array(self._function(problem)(*self._tensors(x, filters, bias)))

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array | None]:
        """Compute all gradients with ``mx.vjp``."""
        function, primals = self._function(problem), self._tensors(x, filters, bias)
        _, found = self._mx.vjp(function, primals, self._tensors(cotangent))
        dx, dfilters, *dbias = map(self._array, found)
        return dx, dfilters, dbias[0] if dbias else None

    def gradient(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array, of: str
    ) -> Array:
        """Compute one gradient, of a function of this array alone."""
        function, arrays = self._function(problem), self._tensors(x, filters, bias)
        place = ("dx", "dfilters", "dbias").index(of)

        def alone(array: Any) -> Any:
            return function(*arrays[:place], array, *arrays[place + 1 :])

        _, (found,) = self._mx.vjp(alone, [arrays[place]], self._tensors(cotangent))
        return self._array(found)

    def compiled(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute through ``mx.compile``."""
        return self._array(self._mx.compile(self._function(problem))(*self._tensors(x, filters, bias)))

    def _function(self, problem: Problem) -> Callable[..., Any]:
        """Give what computes the output from an image, filters, and a bias where there is one."""
        mx, convolve = self._mx, self._transposed if problem.kind == "transposed" else self._plain

        def function(x: Any, filters: Any, bias: Any = None) -> Any:
            output = convolve(problem, x, filters)
            output = output if bias is None else output + bias
            return mx.maximum(output, 0) if problem.activation == "relu" else output

        return function

    def _plain(self, problem: Problem, x: Any, filters: Any) -> Any:
        pads = problem.pads
        if problem.padding_mode != "zeros":
            x = self._mx.pad(x, [(0, 0), *pads, (0, 0)], mode=NUMPY_MODES[problem.padding_mode])
            pads = ((0, 0),) * problem.rank
        befores, afters = (list(cells) for cells in zip(*pads, strict=True))
        options = {"stride": problem.strides, "padding": (befores, afters), "kernel_dilation": problem.dilation}
        return self._mx.conv_general(x, filters, groups=problem.groups, **options)

    def _transposed(self, problem: Problem, x: Any, filters: Any) -> Any:
        alike = both_sides_alike(problem)
        padding = tuple(before if alike else 0 for before, _ in problem.pads)
        axes = (problem.strides, padding, problem.dilation, problem.output_padding)
        # The function of a signal takes integers.
        numbers = [values[0] if problem.rank == 1 else values for values in axes]
        output = getattr(self._mx, f"conv_transpose{problem.rank}d")(x, filters, *numbers, problem.groups)
        return output if alike else output[(slice(None), *crops(problem, output.shape[1:-1]))]

    def _tensors(self, *arrays: Array | None) -> list[Any]:
        """Make MLX's arrays; without their dtype float64 becomes float32."""
        mx = self._mx
        return [
            mx.array(array.view(np.uint16)).view(mx.bfloat16)
            if array.dtype == ml_dtypes.bfloat16
            else mx.array(array, getattr(mx, array.dtype.name))
            for array in arrays
            if array is not None
        ]

    def _array(self, tensor: Any) -> Array:
        """Compute, and copy to NumPy's memory."""
        if tensor.dtype == self._mx.bfloat16:
            return np.array(tensor.view(self._mx.uint16)).view(ml_dtypes.bfloat16)
        return np.array(tensor)
