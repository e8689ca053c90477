"""`tensorflow`: the ``tf.nn`` functions."""

import os
from typing import Any, Final

from convformance.adapters import tensorflow_script
from convformance.adapters.contract import Array, Prepared
from convformance.adapters.importing import TENSORFLOW_REQUIRES, import_framework
from convformance.adapters.pads import crops
from convformance.adapters.processor import processor
from convformance.adapters.tensorflow_kernels import accumulators, eigen_dtypes
from convformance.reference.axes import source
from convformance.reference.problem import Pads, Problem

_DEPTHWISE: Final = ("depthwise", "separable")


class TensorFlow:
    """``tf.nn.conv{1,2,3}d``, ``depthwise_conv2d``, ``separable_conv2d`` and ``conv{1,2,3}d_transpose``.

    Padding is SAME, VALID or EXPLICIT; only the functions of rank 2 take EXPLICIT, and not for gradients of groups or
    dilated kernels, so there explicit and causal pads go through ``tf.pad`` first, and crops are sliced.
    """

    name: Final = "tensorflow"
    framework: Final = "tensorflow"
    requires: tuple[str, ...] = TENSORFLOW_REQUIRES
    data_layout: Final = "channels_last"
    filter_layouts: Final = {"conv": "*IO", "depthwise": "*IM", "transposed": "*OI"}
    flushes_subnormals: Final = ("float16", "bfloat16", "float32", "float64")

    def __init__(self) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        self._tf = import_framework("tensorflow", self.requires)
        self.accumulators, self._eigen = accumulators(processor()), eigen_dtypes(processor())

    def version(self) -> str:
        """Give the version of TensorFlow."""
        return str(self._tf.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Say what has no function, and what the kernels for a CPU refuse."""
        kind, rank, dtype = problem.kind, problem.rank, problem.dtype
        grouped = problem.groups > 1 and kind in ("conv", "transposed")
        dilated = max(problem.dilation) > 1
        unequal = len(set(problem.strides)) > 1
        eigen = dtype in self._eigen
        reasons = {
            f"tf.nn has no {kind}_conv{rank}d": kind in _DEPTHWISE and rank != 2,
            "tf.nn.conv3d on CPU: input and filter must have the same depth": rank == 3 and grouped,
            f"tf.nn.depthwise_conv2d in {dtype} on CPU: only equal strides": eigen and kind in _DEPTHWISE and unequal,
            f"tf.nn.conv3d in {dtype} on CPU only supports dilated rates of 1": eigen and rank == 3 and dilated,
            f"tf.nn.conv_transpose in {dtype} on CPU: no dilation above 1, no groups": eigen
            and kind == "transposed"
            and (dilated or grouped),
            f"tf.nn: {dtype} is not in the list of allowed values": dtype == "int64"
            or (dtype == "int32" and (rank == 3 or kind in _DEPTHWISE)),
        }
        return next((reason for reason, holds in reasons.items() if holds), None)

    def unsupported_gradients(self, problem: Problem) -> str | None:
        """Say what Eigen's kernels for a CPU refuse, and all kernels after EXPLICIT padding."""
        explicit = not isinstance(problem.padding, str) and problem.padding_mode == "zeros"
        unequal = len(set(problem.strides)) > 1 and max(problem.dilation) == 1
        if problem.kind in _DEPTHWISE and explicit and unequal:
            return "tf.nn.depthwise_conv2d with EXPLICIT padding on CPU: gradients of equal strides only"
        if problem.dtype in self._eigen and problem.kind == "conv" and problem.rank < 3:
            if max(problem.dilation) > 1:
                return "TensorFlow: current CPU implementations do not yet support dilation rates larger than 1"
            if problem.groups > 1:
                return "TensorFlow: gradients for grouped convolutions are not supported on CPU"
        return None

    def inexpressible(self, problem: Problem, direction: str) -> str | None:
        """Say which invalid problems ``tf.nn`` has no words for."""
        if direction in ("invalid-groups-zero", "invalid-groups-negative", "invalid-channels-by-groups"):
            return "tf.nn has no parameter for groups: they follow from the filters"
        if problem.kind == "transposed" and direction in ("invalid-pads-negative", "invalid-kernel-zero"):
            return "tf.nn.conv_transpose is given the output's shape, which these would make another valid one"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with the function of ``tf.nn``, then ``bias_add`` and ``relu``."""
        result: Array = self.compute(problem, *self._tensors(x, filters, None, bias)).numpy()
        return result

    def separable(self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None) -> Array:
        """Compute with ``tf.nn.separable_conv2d``."""
        result: Array = self.compute(problem, *self._tensors(x, filters, pointwise, bias)).numpy()
        return result

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array | None]:
        """Compute all gradients with ``tf.GradientTape``."""
        found = self._gradients(problem, x, filters, None, bias, cotangent)
        return found["x"], found["filters"], found.get("bias")

    def separable_gradients(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array, Array | None]:
        """Compute all gradients of ``tf.nn.separable_conv2d``."""
        found = self._gradients(problem, x, filters, pointwise, bias, cotangent)
        return found["x"], found["filters"], found["pointwise"], found.get("bias")

    def gradient(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array, of: str
    ) -> Array:
        """Compute one gradient, the tape watching nothing else."""
        only = {"dx": "x", "dfilters": "filters", "dbias": "bias"}[of]
        return self._gradients(problem, x, filters, None, bias, cotangent, only)[only]

    def compiled(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute inside ``tf.function(jit_compile=True)``."""
        function = self._tf.function(lambda *arrays: self.compute(problem, *arrays), jit_compile=True)
        result: Array = function(*self._tensors(x, filters, None, bias)).numpy()
        return result

    def prepare(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, direction: str, x: Array, filters: Array, bias: Array | None, cotangent: Array | None
    ) -> Prepared:
        """Make tensors and a persistent tape that watches one of them."""
        tf = self._tf
        arrays = (x, filters, bias, cotangent)
        image, weights, biases, flowing = self._tensors(*arrays)
        if cotangent is None:

            def run() -> Any:
                return self.compute(problem, image, weights, None, biases)

        else:
            leaf = {"dx": image, "dfilters": weights, "dbias": biases}[direction]
            with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
                tape.watch(leaf)
                output = self.compute(problem, image, weights, None, biases, differentiated=True)

            def run() -> Any:
                return tape.gradient(output, leaf, output_gradients=flowing)

        return lambda: self._tensors(*arrays), run, lambda tensor: tensor.numpy()

    def script(self, problem: Problem, direction: str) -> str:
        """Write a question as a user would, for a script that others can run."""
        return tensorflow_script.script(problem, direction)

    def _tensors(self, *arrays: Array | None) -> list[Any]:
        """Make tensors: a function would cast an array to the dtype of the first, but not a tensor."""
        return [None if array is None else self._tf.constant(array) for array in arrays]

    def _gradients(  # noqa: PLR0913, PLR0917 - the contract's, and which
        self,
        problem: Problem,
        x: Array,
        filters: Array,
        pointwise: Array | None,
        bias: Array | None,
        cotangent: Array,
        only: str | None = None,
    ) -> dict[str, Array]:
        tf = self._tf
        arrays = {"x": x, "filters": filters, "pointwise": pointwise, "bias": bias}
        given = {name: None if array is None else tf.constant(array) for name, array in arrays.items()}
        watched = {name: tensor for name, tensor in given.items() if tensor is not None and only in (None, name)}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(list(watched.values()))
            output = self.compute(problem, *given.values(), differentiated=True)
        found = tape.gradient(output, watched, output_gradients=tf.constant(cotangent))
        return {name: gradient.numpy() for name, gradient in found.items()}

    def compute(  # noqa: PLR0913 - the arrays of a layer
        self, problem: Problem, x: Any, filters: Any, pointwise: Any, bias: Any, *, differentiated: bool = False
    ) -> Any:
        """Compute a layer of tensors, for `litert` also; ``differentiated`` where a tape watches."""
        tf = self._tf
        if problem.kind == "transposed":
            output = self._transposed(problem, x, filters)
        else:
            output = self._plain(problem, x, filters, pointwise, differentiated=differentiated)
        if bias is not None:
            output = tf.nn.bias_add(output, bias)
        return tf.nn.relu(output) if problem.activation == "relu" else output

    def _plain(self, problem: Problem, x: Any, filters: Any, pointwise: Any, *, differentiated: bool) -> Any:
        """Pad where the function can't, then call it."""
        tf = self._tf
        padding: Any = "VALID"
        refused = differentiated and (max(problem.dilation) > 1 or problem.groups > 1) and problem.kind == "conv"
        if problem.padding_mode != "zeros":
            x = self._extended(problem, x)
        elif problem.padding in ("valid", "same"):
            padding = problem.padding.upper()
        elif problem.rank == 2 and not refused:
            padding = _all_axes(problem.pads)
        else:
            x = tf.pad(x, _all_axes(problem.pads))
        strides, dilations = problem.strides, problem.dilation
        if problem.kind in _DEPTHWISE:
            # Strides of all axes, dilations of the spatial ones.
            strides = (1, *strides, 1)
        elif problem.rank == 3:
            # Of the plain functions only this one takes strides of all five axes, and nothing shorter.
            strides, dilations = (1, *strides, 1), (1, *dilations, 1)
        prefix = {"depthwise": "depthwise_", "separable": "separable_"}.get(problem.kind, "")
        function = getattr(tf.nn, f"{prefix}conv{problem.rank}d")
        weights = [filters] if pointwise is None else [filters, pointwise]
        return function(x, *weights, strides, padding, dilations=dilations)

    def _extended(self, problem: Problem, x: Any) -> Any:
        """Pad with what is not zero: ``tf.pad`` knows reflect alone, the other modes are gathered."""
        tf = self._tf
        if problem.padding_mode == "reflect":
            return tf.pad(x, _all_axes(problem.pads), mode="REFLECT")
        for axis, (size, (before, after)) in enumerate(zip(problem.spatial, problem.pads, strict=True), start=1):
            x = tf.gather(
                x, [source(cell, size, problem.padding_mode) for cell in range(-before, size + after)], axis=axis
            )
        return x

    def _transposed(self, problem: Problem, x: Any, filters: Any) -> Any:
        """Call the function with the output's shape, crop what it can't."""
        function = getattr(self._tf.nn, f"conv{problem.rank}d_transpose")
        shape, padding, crop = list(problem.output_spatial), "VALID", False
        if problem.padding == "same":
            padding = "SAME"
        elif problem.padding != "valid":
            shape = [size + sum(pair) for size, pair in zip(shape, problem.pads, strict=True)]
            crop = True
        strides, dilations = problem.strides, problem.dilation
        if problem.rank == 3:
            strides, dilations = (1, *strides, 1), (1, *dilations, 1)
        output = function(x, filters, [problem.batch, *shape, problem.filters], strides, padding, dilations=dilations)
        return output[(slice(None), *crops(problem, shape))] if crop else output


def _all_axes(pads: Pads) -> list[tuple[int, int]]:
    """Give pads for all axes, batch and channels among them."""
    return [(0, 0), *pads, (0, 0)]
