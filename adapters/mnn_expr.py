"""`mnn`: the functions ``MNN.expr.conv2d`` and ``conv2d_transpose``."""

from typing import Any, Final

import numpy as np

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.adapters.pads import both_sides_alike, crops
from convformance.reference.problem import Problem


class Mnn:
    """``MNN.expr.conv2d`` and ``conv2d_transpose``, on variables in MNN's packed format, NC4HW4.

    The functions take strides, dilations and pads of the width first, and one pad for both sides of an axis: unequal
    pads and the mode "reflect" go through ``MNN.expr.pad`` first, unequal crops are sliced. "same" and "valid" by name.
    A function without a bias does not exist: zeros are given.
    """

    name: Final = "mnn"
    framework: Final = "MNN"
    requires: Final = ("mnn>=3.0",)
    data_layout: Final = "channels_first"
    filter_layouts: Final = {"conv": "OI*", "transposed": "IO*"}

    def __init__(self) -> None:
        self._mnn = import_framework("MNN", self.requires)
        self._expr = import_framework("MNN.expr", self.requires)

    def version(self) -> str:
        """Give the version of MNN."""
        return str(self._mnn.version())

    def unsupported(self, problem: Problem) -> str | None:
        """Say what the functions have no words for."""
        if problem.rank != 2:
            return "MNN.expr has no convolutions but conv2d and conv2d_transpose"
        if problem.dtype != "float32":
            return "MNN.expr.conv2d: input and weight are of dtype float"
        if problem.padding_mode not in ("zeros", "reflect"):
            return "MNN.expr.pad has the modes CONSTANT, REFLECT and SYMMETRIC"
        if problem.kind == "transposed" and max(problem.output_padding) > 0:
            return "MNN.expr.conv2d_transpose has no output padding"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with the function, on variables made of the arrays."""
        reason = self.unsupported(problem)
        if reason is not None:
            raise TypeError(reason)
        expr = self._expr
        bias = np.zeros(problem.filters, np.float32) if bias is None else bias
        image = self._variable(x)
        alike = both_sides_alike(problem)
        named = {"same": expr.Padding_Mode.SAME, "valid": expr.Padding_Mode.VALID}
        mode, transposed = expr.Padding_Mode.CAFFE, problem.kind == "transposed"
        pads: tuple[int, ...] = (0, 0)
        if problem.padding_mode == "zeros" and not transposed and isinstance(problem.padding, str):
            mode = named[problem.padding]
        elif alike and problem.padding_mode == "zeros":
            pads = tuple(before for before, _ in problem.pads)
        elif not transposed:
            cells = np.array([(0, 0), (0, 0), *problem.pads], np.int32)
            how = expr.PadValue_Mode.REFLECT if problem.padding_mode == "reflect" else expr.PadValue_Mode.CONSTANT
            image = expr.pad(image, expr.const(cells, [4, 2], expr.NCHW, expr.int), how)
        function = expr.conv2d_transpose if transposed else expr.conv2d
        output = function(
            expr.convert(image, expr.NC4HW4),
            self._variable(filters),
            self._variable(bias),
            problem.strides[::-1],
            pads[::-1],
            problem.dilation[::-1],
            problem.groups,
            mode,
        )
        if problem.activation == "relu":
            output = expr.relu(output)
        result = expr.convert(output, expr.NCHW).read()
        if transposed and not alike:
            result = result[(..., *crops(problem, result.shape[2:]))]
        return np.array(result)

    def _variable(self, array: Array) -> Any:
        """Make a variable."""
        return self._expr.const(np.ascontiguousarray(array), list(array.shape), self._expr.NCHW)
