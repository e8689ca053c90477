"""`onnxruntime`: a Conv or ConvTranspose of ONNX, on the CPU execution provider of ONNX Runtime."""

from collections.abc import Callable
from typing import Any, Final

from convformance.adapters import onnx_model
from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.adapters.model_threads import ModelThreads
from convformance.reference.problem import Problem


class OnnxRuntime(ModelThreads):
    """A model of one node, its weights inside it, in an ``InferenceSession`` of its own.

    "same" and "valid" by ``auto_pad``, all other pads and crops by ``pads``; what is not zero by a ``Pad`` before. The
    session has the optimizations that it has by default, so that ``Relu`` is fused into the convolution.
    """

    name: Final = "onnxruntime"
    framework: Final = "onnxruntime"
    requires: Final = ("onnxruntime>=1.20", "onnx>=1.17")
    data_layout: Final = "channels_first"
    filter_layouts: Final = {"conv": "OI*", "transposed": "IO*"}

    def __init__(self) -> None:
        self._ort = import_framework("onnxruntime", self.requires)
        self._onnx = import_framework("onnx", self.requires)

    def version(self) -> str:
        """Give the version of ONNX Runtime."""
        return str(self._ort.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Say which types the kernels for a CPU do not take, and that SAME has no dilation."""
        operator = "ConvTranspose" if problem.kind == "transposed" else "Conv"
        if problem.precision.is_integer:
            return f"ONNX: {operator} has no {problem.dtype}"
        if problem.dtype in ("float64", "bfloat16"):
            return f"ONNX Runtime on CPU: could not find an implementation for {operator} in {problem.dtype}"
        named = problem.padding == "same" and problem.padding_mode == "zeros"
        if named and max(problem.dilation) > 1 and problem.kind != "transposed":
            return "ONNX Runtime: dilation not supported for AutoPadType::SAME_UPPER"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Make the session and run it once."""
        return self._run(self._session(problem, x.shape, filters, bias, x.dtype), x)

    def layer(self, problem: Problem, filters: Array, bias: Array | None) -> Callable[[Array], Array]:
        """Make one session for images of any size."""
        shape = ("n", problem.channels, *(f"axis{axis}" for axis in range(problem.rank)))
        session = self._session(problem, shape, filters, bias, filters.dtype)
        return lambda x: self._run(session, x)

    def _session(self, problem: Problem, shape: Any, filters: Array, bias: Array | None, dtype: Any) -> Any:
        options = self._ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 4  # errors come back as exceptions
        model = onnx_model.model(self._onnx, problem, shape, filters, bias, dtype)
        return self._ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    @staticmethod
    def _run(session: Any, x: Array) -> Array:
        result: Array = session.run(["y"], {"x": x})[0]
        return result
