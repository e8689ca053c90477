"""`paddle`: the functions ``paddle.nn.functional.conv{1,2,3}d`` and ``conv{1,2,3}d_transpose``."""

import warnings
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem


class Paddle:
    """``F.conv{1,2,3}d`` and ``F.conv{1,2,3}d_transpose``, and their gradients by ``paddle.grad``.

    The functions take "SAME", "VALID", or pads before and after each axis, of a transposed convolution crops. Other
    modes than zeros go through ``F.pad`` first.
    """

    name: Final = "paddle"
    framework: Final = "paddle"
    requires: Final = ("paddlepaddle>=3.0",)
    data_layout: Final = "channels_first"
    filter_layouts: Final = {"conv": "OI*", "transposed": "IO*"}

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns that there is no ccache
            self._paddle = import_framework("paddle", self.requires)

    def version(self) -> str:
        """Give the version of Paddle."""
        return str(self._paddle.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Say what the kernels for a CPU refuse."""
        if problem.dtype not in ("float32", "float64"):
            return "paddle: the kernel on CPU supports following DataTypes: float64, float32"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with the function of ``paddle.nn.functional``."""
        with self._paddle.no_grad():
            result: Array = self._function(problem)(*self._tensors(x, filters, bias)).numpy()
        return result

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array | None]:
        """Compute all gradients with ``paddle.grad``."""
        wanted = [0, 1] if bias is None else [0, 1, 2]
        dx, dfilters, *dbias = self._gradients(problem, (x, filters, bias), cotangent, wanted)
        return dx, dfilters, dbias[0] if dbias else None

    def gradient(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array, of: str
    ) -> Array:
        """Compute one gradient, the others not being asked for."""
        place = ("dx", "dfilters", "dbias").index(of)
        return self._gradients(problem, (x, filters, bias), cotangent, [place])[0]

    def _gradients(
        self, problem: Problem, arrays: tuple[Array | None, ...], cotangent: Array, wanted: list[int]
    ) -> list[Array]:
        tensors = self._tensors(*arrays)
        leaves = [tensors[place] for place in wanted]
        for leaf in leaves:
            leaf.stop_gradient = False
        output = self._function(problem)(*tensors)
        found = self._paddle.grad([output], leaves, self._tensors(cotangent))
        return [gradient.numpy() for gradient in found]

    def _function(self, problem: Problem) -> Callable[..., Any]:
        functional = self._paddle.nn.functional

        def function(x: Any, filters: Any, bias: Any = None) -> Any:
            options = {"stride": problem.strides, "dilation": problem.dilation, "groups": problem.groups}
            padding: Any = [cells for pair in problem.pads for cells in pair]
            if problem.padding in ("same", "valid"):
                padding = str(problem.padding).upper()
            if problem.kind == "transposed":
                name, options["output_padding"] = f"conv{problem.rank}d_transpose", problem.output_padding
            else:
                name = f"conv{problem.rank}d"
                if problem.padding_mode != "zeros":
                    # The pairs of the last axis first.
                    cells = [cells for pair in problem.pads[::-1] for cells in pair]
                    x, padding = functional.pad(x, cells, problem.padding_mode), 0
            output = getattr(functional, name)(x, filters, bias, padding=padding, **options)
            return functional.relu(output) if problem.activation == "relu" else output

        return function

    def _tensors(self, *arrays: Array | None) -> list[Any]:
        """Make Paddle's tensors, of memory of their own."""
        return [self._paddle.to_tensor(np.ascontiguousarray(array)) for array in arrays if array is not None]
