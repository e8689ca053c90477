"""`opencv`: OpenCV's module ``cv2.dnn``, on ONNX models of one node."""

from typing import Final

import numpy as np

from convformance.adapters import onnx_model
from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem


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
        model = onnx_model.model(self._onnx, problem, x.shape, filters, bias, x.dtype)
        net = self._cv2.dnn.readNetFromONNX(np.frombuffer(model.SerializeToString(), np.uint8))
        net.setInput(x)
        result: Array = net.forward()
        return result
