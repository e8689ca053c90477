"""`openvino`: the operations Convolution and ConvolutionBackpropData of OpenVINO, on its CPU device."""

from collections.abc import Callable
from typing import Any, Final

import ml_dtypes
import numpy as np

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.adapters.model_threads import ModelThreads
from convformance.adapters.pads import NUMPY_MODES
from convformance.reference.problem import Problem


class OpenVino(ModelThreads):
    """A model of one operation, its weights constants in it, compiled in the execution mode ACCURACY.

    That is not the default, PERFORMANCE, by which a model of float32 is computed in bfloat16 where the processor has
    instructions for it. The operations with groups take them as the first axis of their filters, which is a reshape.
    "same" and "valid" by ``auto_pad``, which a transposed convolution needs an ``output_shape`` for, and whose word for
    the larger half behind is SAME_LOWER there; all other pads and crops as numbers; what is not zero by ``Pad`` before.
    """

    name: Final = "openvino"
    framework: Final = "openvino"
    requires: Final = ("openvino>=2025.0",)
    data_layout: Final = "channels_first"
    filter_layouts: Final = {"conv": "OI*", "transposed": "IO*"}
    # The dot product of the processor's bfloat16 instructions flushes.
    flushes_subnormals: Final = ("bfloat16",)

    def __init__(self) -> None:
        self._ov = import_framework("openvino", self.requires)
        self._ops = import_framework("openvino.opset13", self.requires)
        self._core = self._ov.Core()

    def version(self) -> str:
        """Give the version of OpenVINO."""
        return str(self._ov.__version__).partition("-")[0]

    def unsupported(self, problem: Problem) -> str | None:
        """Say what ``Pad`` does not put around an image."""
        if problem.padding_mode == "circular":
            return "OpenVINO: Pad knows constant, edge, reflect and symmetric"
        return None

    def inexpressible(self, problem: Problem, direction: str) -> str | None:
        """Say which invalid problems the operations have no words for."""
        del problem
        if "groups" in direction:
            return "OpenVINO: groups are an axis of GroupConvolution's filters"
        if direction == "invalid-bias-short":
            return "OpenVINO: Convolution has no bias: it is added, and an array of one number is broadcast"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compile the model and infer once."""
        return self._infer(self._model(problem, x.shape, filters, bias, x.dtype), x)

    def layer(self, problem: Problem, filters: Array, bias: Array | None) -> Callable[[Array], Array]:
        """Compile one model for images of any size."""
        model = self._model(problem, (-1, problem.channels, *(-1,) * problem.rank), filters, bias, filters.dtype)
        return lambda x: self._infer(model, x)

    def _model(self, problem: Problem, shape: Any, filters: Array, bias: Array | None, dtype: Any) -> Any:
        ops, transposed = self._ops, problem.kind == "transposed"
        element = self._ov.Type.bf16 if dtype == ml_dtypes.bfloat16 else self._ov.Type(dtype)
        image = node = ops.parameter(list(shape), element)
        pads, rule = problem.pads, {"valid": "VALID", "same": "SAME_UPPER"}.get(str(problem.padding), "EXPLICIT")
        if problem.padding_mode != "zeros":
            starts, ends = ([0, 0, *side] for side in zip(*pads, strict=True))
            node = ops.pad(node, starts, ends, NUMPY_MODES[problem.padding_mode])
            pads, rule = ((0, 0),) * problem.rank, "EXPLICIT"
        name, options = "convolution", {"dilations": problem.dilation, "auto_pad": rule}
        options["pads_begin"], options["pads_end"] = zip(*pads, strict=True)
        if problem.groups > 1:
            name = "group_convolution"
            filters = filters.reshape(problem.groups, -1, *filters.shape[1:])
        if transposed:
            name += "_backprop_data"
            options["output_padding"] = problem.output_padding
            if problem.padding == "same":
                # SAME_UPPER would crop the larger half before: the documentation's formula.
                options["auto_pad"] = "SAME_LOWER"
                options["output_shape"] = ops.constant(list(problem.output_spatial), self._ov.Type.i64)
        node = getattr(ops, name)(node, self._constant(filters), problem.strides, **options)
        if bias is not None:
            node = ops.add(node, self._constant(bias.reshape(1, -1, *(1,) * problem.rank)))
        if problem.activation == "relu":
            node = ops.relu(node)
        config = {"EXECUTION_MODE_HINT": "ACCURACY", "INFERENCE_NUM_THREADS": self._threads}
        return self._core.compile_model(self._ov.Model([node], [image]), "CPU", config)

    def _infer(self, model: Any, x: Array) -> Array:
        result: Array = model([self._tensor(x)])[0]
        return result.view(ml_dtypes.bfloat16) if model.output(0).element_type == self._ov.Type.bf16 else result

    def _constant(self, array: Array) -> Any:
        return self._ops.constant(self._tensor(array), shared_memory=False)

    def _tensor(self, array: Array) -> Any:
        """Make a tensor; OpenVINO knows bfloat16, but not NumPy's, whose bits it sees as float16."""
        if array.dtype == ml_dtypes.bfloat16:
            bits = np.ascontiguousarray(array).view(np.float16)
            return self._ov.Tensor(bits, array.shape, self._ov.Type.bf16)
        return self._ov.Tensor(array, shared_memory=False)
