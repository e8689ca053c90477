"""`opencv`: OpenCV's module ``cv2.dnn``, on ONNX models of one node."""

from typing import Any, Final

import numpy as np

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem

_PAD_MODES: Final = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


class OpenCV:
    """``cv2.dnn.readNetFromONNX`` of a model with one ``Conv`` or ``ConvTranspose`` node, then ``forward``.

    The filters and the bias are constants of the model, as in a file that a framework exported. ReLU is a second node,
    and so is the ``Pad`` of other modes than zeros.
    """

    name: Final = "opencv"
    framework: Final = "cv2"
    requires: Final = ("opencv-python-headless>=4.10", "onnx>=1.17")
    data_layout: Final = "channels_first"
    filter_layouts: Final = {"conv": "OI*", "transposed": "IO*"}
    # Net.forward asks the processor to ignore them (FPDenormalsIgnoreHintScope).
    flushes_subnormals: Final = ("float32",)

    def __init__(self) -> None:
        self._cv2 = import_framework("cv2", self.requires)
        self._onnx = import_framework("onnx", self.requires)

    def version(self) -> str:
        """Give the version of OpenCV."""
        return str(self._cv2.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Say which constants cv2.dnn refuses."""
        if problem.dtype not in ("float32", "float16"):
            return f"cv2.dnn: assertion about the type of the weights failed in setWeights ({problem.dtype})"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Make the model, read it, run it."""
        net = self._cv2.dnn.readNetFromONNX(np.frombuffer(self._model(problem, x, filters, bias), np.uint8))
        net.setInput(x)
        result: Array = net.forward()
        return result

    def _model(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> bytes:
        """Write the model as ONNX's file format has it."""
        helper, from_array = self._onnx.helper, self._onnx.numpy_helper.from_array
        befores, afters = ([int(cells) for cells in side] for side in zip(*problem.pads, strict=True))
        dtype = helper.np_dtype_to_tensor_dtype(x.dtype)
        given = [from_array(np.ascontiguousarray(filters), "filters")]
        attributes: dict[str, Any] = {
            "kernel_shape": problem.kernel_size,
            "strides": problem.strides,
            "dilations": problem.dilation,
            "group": problem.groups,
        }
        nodes, seen = [], "x"
        if problem.padding_mode != "zeros":
            cells = np.array([0, 0, *befores, 0, 0, *afters], np.int64)
            given.append(from_array(cells, "cells"))
            nodes.append(helper.make_node("Pad", ["x", "cells"], ["padded"], mode=_PAD_MODES[problem.padding_mode]))
            seen = "padded"
        elif problem.padding == "same" and problem.kind != "transposed":
            attributes["auto_pad"] = "SAME_UPPER"
        else:
            attributes["pads"] = [*befores, *afters]
        if problem.kind == "transposed":
            attributes["output_padding"] = problem.output_padding
        if bias is not None:
            given.append(from_array(np.ascontiguousarray(bias), "bias"))
        operator = "ConvTranspose" if problem.kind == "transposed" else "Conv"
        inputs = [seen, "filters", *(["bias"] if bias is not None else [])]
        nodes.append(helper.make_node(operator, inputs, ["maps"], **attributes))
        if problem.activation == "relu":
            nodes.append(helper.make_node("Relu", ["maps"], ["output"]))
        ends = [
            helper.make_tensor_value_info("x", dtype, x.shape),
            helper.make_tensor_value_info(nodes[-1].output[0], dtype, [None] * x.ndim),
        ]
        graph = helper.make_graph(nodes, "layer", ends[:1], ends[1:], given)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
        serialized: bytes = model.SerializeToString()
        return serialized
