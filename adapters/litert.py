"""`litert`: the interpreter of LiteRT (TensorFlow Lite), on flatbuffers that TensorFlow's converter makes."""

import os
from importlib.metadata import version
from typing import Final

from convformance.adapters.contract import Array
from convformance.adapters.importing import TENSORFLOW_REQUIRES, import_framework
from convformance.adapters.model_threads import ModelThreads
from convformance.adapters.tensorflow_nn import TensorFlow
from convformance.reference.problem import Problem


class LiteRT(ModelThreads):
    """The ``tf.nn`` functions that `tensorflow` calls, converted with their weights inside, in an ``Interpreter``.

    The converter turns ranks and pads that LiteRT's operators lack into reshapes and ``PAD``; the interpreter runs with
    the delegate that it has by default, XNNPACK.
    """

    name: Final = "litert"
    framework: Final = "ai_edge_litert"
    requires: Final = ("ai-edge-litert>=1.4", *TENSORFLOW_REQUIRES)
    data_layout: Final = TensorFlow.data_layout
    filter_layouts: Final = TensorFlow.filter_layouts
    # As the interpreter's invoke says of itself: denormals are suppressed, since they are slow.
    flushes_subnormals: Final = ("float32",)

    def __init__(self) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        self._interpreter = import_framework("ai_edge_litert.interpreter", self.requires).Interpreter
        self._tf = import_framework("tensorflow", self.requires)
        self._functions = TensorFlow()

    def version(self) -> str:
        """Give the version of LiteRT, which the module itself does not know."""
        return version("ai-edge-litert")

    def unsupported(self, problem: Problem) -> str | None:
        """Say what has no function, what has no operator, and what the operators refuse."""
        if problem.dtype == "bfloat16":
            return "TensorFlow's converter: unsupported TensorFlow type bfloat16 provided for the input"
        if problem.dtype != "float32":
            return f"TensorFlow's converter in {problem.dtype}: op is neither a custom op nor a flex op"
        if problem.kind == "transposed" and problem.rank < 3:
            if max(problem.dilation) > 1:
                return "LiteRT: TRANSPOSE_CONV has no dilation (the converter: op is neither a custom op nor a flex op)"
            if problem.groups > 1:
                return "LiteRT: TRANSPOSE_CONV has no groups: SizeOfDimension(output, 3) != SizeOfDimension(weights, 0)"
        return self._functions.unsupported(problem)

    def inexpressible(self, problem: Problem, direction: str) -> str | None:
        """Say which invalid problems ``tf.nn`` has no words for."""
        return self._functions.inexpressible(problem, direction)

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Convert, and invoke once."""
        return self._invoke(problem, x, filters, None, bias)

    def separable(self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None) -> Array:
        """Convert ``tf.nn.separable_conv2d``, and invoke once."""
        return self._invoke(problem, x, filters, pointwise, bias)

    def _invoke(self, problem: Problem, x: Array, *weights: Array | None) -> Array:
        tf = self._tf
        constants = [None if array is None else tf.constant(array) for array in weights]
        layer = tf.function(
            lambda image: self._functions.compute(problem, image, *constants),
            input_signature=[tf.TensorSpec(x.shape, x.dtype)],
        )
        converter = tf.lite.TFLiteConverter.from_concrete_functions([layer.get_concrete_function()])
        interpreter = self._interpreter(model_content=converter.convert(), num_threads=self._threads or None)
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        result: Array = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        return result
