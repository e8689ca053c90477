"""`tensorflow`: the ``tf.nn`` functions."""

import os
from typing import Any, Final

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Pads, Problem


class TensorFlow:
    """``tf.nn.conv1d``, ``conv2d``, ``conv3d`` and ``depthwise_conv2d`` with SAME, VALID or EXPLICIT padding.

    Only the functions of rank 2 take EXPLICIT; at the other ranks explicit and causal pads go through ``tf.pad`` first.
    """

    name: Final = "tensorflow"
    framework: Final = "tensorflow"
    data_layout: Final = "channels_last"
    filter_layouts: Final = {"conv": "*IO", "depthwise": "*IM"}

    def __init__(self) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        self._tf = import_framework("tensorflow", extra="tensorflow")

    def version(self) -> str:
        """Give the version of TensorFlow."""
        return str(self._tf.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Say that Conv3D takes no groups on a CPU, and that only rank 2 has a depthwise function."""
        if problem.kind == "depthwise" and problem.rank != 2:
            return f"tf.nn has no depthwise_conv{problem.rank}d"
        if problem.rank == 3 and problem.groups > 1:
            return "tf.nn.conv3d on CPU: input and filter must have the same depth"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with ``tf.nn.conv{rank}d``, then ``bias_add`` and ``relu``."""
        tf = self._tf
        image: Any = x
        padding: str | list[tuple[int, int]]
        if problem.padding in ("valid", "same"):
            padding = problem.padding.upper()
        elif problem.rank == 2:
            padding = _all_axes(problem.pads)
        else:
            image = tf.pad(x, _all_axes(problem.pads))
            padding = "VALID"
        strides, dilations = problem.strides, problem.dilation
        if problem.kind == "depthwise":
            # Strides of all axes, dilations of the spatial ones.
            strides = (1, *strides, 1)
        elif problem.rank == 3:
            # Of the plain functions only this one takes strides of all five axes, and nothing shorter.
            strides, dilations = (1, *strides, 1), (1, *dilations, 1)
        function = getattr(tf.nn, f"{'depthwise_' if problem.kind == 'depthwise' else ''}conv{problem.rank}d")
        output = function(image, filters, strides, padding, dilations=dilations)
        if bias is not None:
            output = tf.nn.bias_add(output, bias)
        if problem.activation == "relu":
            output = tf.nn.relu(output)
        result: Array = output.numpy()
        return result


def _all_axes(pads: Pads) -> list[tuple[int, int]]:
    """Give pads for all axes, batch and channels among them."""
    return [(0, 0), *pads, (0, 0)]
