"""`tensorflow`: the ``tf.nn`` functions."""

import os
from typing import Any, Final

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem


class TensorFlow:
    """``tf.nn.conv2d`` with SAME, VALID or EXPLICIT padding; at other ranks ``tf.nn.convolution``."""

    name: Final = "tensorflow"
    framework: Final = "tensorflow"
    data_layout: Final = "channels_last"
    filter_layouts: Final = {"conv": "*IO"}

    def __init__(self) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        self._tf = import_framework("tensorflow", extra="tensorflow")

    def version(self) -> str:
        """Give the version of TensorFlow."""
        return str(self._tf.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """``tf.nn.conv2d`` takes everything; ``tf.nn.convolution`` no explicit pads, nor strides with dilation."""
        if problem.rank == 2:
            return None
        if not isinstance(problem.padding, str):
            return "tf.nn.convolution: padding must be 'VALID' or 'SAME'"
        if max(problem.strides) > 1 and max(problem.dilation) > 1:
            return "tf.nn.convolution: `strides > 1` not supported in conjunction with `dilation_rate > 1`"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with ``tf.nn.conv2d`` or ``tf.nn.convolution``, then ``bias_add`` and ``relu``."""
        tf = self._tf
        function = tf.nn.conv2d if problem.rank == 2 else tf.nn.convolution
        output: Any = function(
            x, filters, strides=problem.strides, padding=_padding(problem), dilations=problem.dilation
        )
        if bias is not None:
            output = tf.nn.bias_add(output, bias)
        if problem.activation == "relu":
            output = tf.nn.relu(output)
        result: Array = output.numpy()
        return result


def _padding(problem: Problem) -> str | list[tuple[int, int]]:
    """Spell the padding as ``tf.nn`` does: EXPLICIT pads come for all axes, batch and channels among them."""
    if isinstance(problem.padding, str):
        return problem.padding.upper()
    return [(0, 0), *problem.padding, (0, 0)]
