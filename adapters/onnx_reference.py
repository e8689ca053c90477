"""`onnx-reference`: a Conv or ConvTranspose of ONNX, in the evaluator that the onnx package ships."""

from typing import Final

from convformance.adapters import onnx_model
from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem


class OnnxReference:
    """A model of one node, its weights inside it, in ``onnx.reference.ReferenceEvaluator``: NumPy and Python alone.

    "same" and "valid" by ``auto_pad``, all other pads and crops by ``pads``; what is not zero by a ``Pad`` before.
    """

    name: Final = "onnx-reference"
    framework: Final = "onnx"
    requires: Final = ("onnx>=1.17",)
    opt_in: Final = True  # in many environments only for what needs it
    data_layout: Final = "channels_first"
    filter_layouts: Final = {"conv": "OI*", "transposed": "IO*"}

    def __init__(self) -> None:
        self._onnx = import_framework("onnx", self.requires)
        self._evaluator = import_framework("onnx.reference", self.requires).ReferenceEvaluator

    def version(self) -> str:
        """Give the version of onnx."""
        return str(self._onnx.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Claim everything: the evaluator refuses no type."""
        del problem
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Check the model, and run it."""
        model = onnx_model.model(self._onnx, problem, x.shape, filters, bias, x.dtype)
        result: Array = self._evaluator(model).run(["y"], {"x": x})[0]
        return result
