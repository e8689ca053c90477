"""`torch`: the convolution modules of ``torch.nn``."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import ml_dtypes
import numpy as np

from convformance.adapters import torch_script
from convformance.adapters.contract import Array, Prepared
from convformance.adapters.importing import import_framework
from convformance.adapters.pads import both_sides_alike, crops
from convformance.adapters.processor import processor
from convformance.adapters.torch_kernels import accumulators
from convformance.reference.problem import Problem

_NUMPY_MODES: Final = {"zeros": "constant"}


class Torch:
    """``torch.nn.Conv{1,2,3}d`` and ``ConvTranspose{1,2,3}d``, and their gradients by ``torch.autograd``.

    "same" and "valid" by name, equal pads in the layer, unequal ones by ``F.pad`` first; of a transposed layer equal
    crops in the layer, unequal ones by slicing its output. A view of channels_last memory reaches the layer as torch's
    channels_last memory format, since ``torch.from_numpy`` keeps strides.
    """

    name: Final = "torch"
    framework: Final = "torch"
    requires: Final = ("torch>=2.5",)
    data_layout: Final = "channels_first"
    filter_layouts: Final = {"conv": "OI*", "transposed": "IO*"}
    # The dot product of the processor's bfloat16 instructions flushes.
    flushes_subnormals: Final = ("bfloat16",)

    def __init__(self) -> None:
        self._torch = import_framework("torch", self.requires)
        self.accumulators = accumulators(processor())
        self.compiled = self._compiled if shutil.which("c++") or shutil.which("g++") else None

    def version(self) -> str:
        """Give the version of torch."""
        return str(self._torch.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Say that torch refuses "same" with strides, and which integers it does not take."""
        if problem.kind != "transposed" and problem.padding == "same" and max(problem.strides) > 1:
            return "torch: padding='same' is not supported for strided convolutions"
        if problem.dtype == "int32":
            if problem.kind == "transposed":
                return "torch: slow_conv_transpose is not implemented for 'Int'"
            if max(problem.dilation) > 1:
                return "torch: slow_conv_dilated is not implemented for 'Int'"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with ``torch.nn.Conv{rank}d`` or ``ConvTranspose{rank}d``."""
        layer = self._layer(problem, filters, bias).requires_grad_(requires_grad=False)
        with self._torch.inference_mode():
            return self._array(self._run(problem, layer, self._tensor(x)))

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array | None]:
        """Compute all gradients with ``torch.autograd.grad``."""
        wanted = ("dx", "dfilters") if bias is None else ("dx", "dfilters", "dbias")
        found = self._gradients(problem, x, filters, bias, cotangent, wanted)
        return found[0], found[1], found[2] if bias is not None else None

    def gradient(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array, of: str
    ) -> Array:
        """Compute one gradient, the others not being asked for."""
        return self._gradients(problem, x, filters, bias, cotangent, (of,))[0]

    def layer(self, problem: Problem, filters: Array, bias: Array | None) -> Callable[[Array], Array]:
        """Make one layer object that is called again and again."""
        layer = self._layer(problem, filters, bias).requires_grad_(requires_grad=False)

        def call(x: Array) -> Array:
            with self._torch.inference_mode():
                return self._array(self._run(problem, layer, self._tensor(x)))

        return call

    def prepare(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, direction: str, x: Array, filters: Array, bias: Array | None, cotangent: Array | None
    ) -> Prepared:
        """Make layer, tensors and graph; weights take the channels_last memory format where the input has it."""
        torch = self._torch
        layer, image = self._layer(problem, filters, bias), self._tensor(x)
        memory = torch.contiguous_format
        channels_last = {2: torch.channels_last, 3: torch.channels_last_3d}.get(problem.rank, memory)
        if not image.is_contiguous() and image.is_contiguous(memory_format=channels_last):
            memory = channels_last
            layer = layer.to(memory_format=memory)

        def load() -> list[Any]:
            tensors = [self._tensor(array) for array in (x, filters, bias, cotangent) if array is not None]
            return [tensors[0], tensors[1].contiguous(memory_format=memory), *tensors[2:]]

        if cotangent is None:
            layer.requires_grad_(requires_grad=False)

            def run() -> Any:
                with torch.inference_mode():
                    return self._run(problem, layer, image)

        else:
            (leaf,) = self._watched(layer, image, (direction,))
            output, flowing = self._run(problem, layer, image), self._tensor(cotangent)

            def run() -> Any:
                return torch.autograd.grad(output, leaf, flowing, retain_graph=True)[0]

        return load, run, self._array

    @contextmanager
    def threads(self, count: int) -> Iterator[None]:
        """Set torch's threads inside."""
        former = self._torch.get_num_threads()
        self._torch.set_num_threads(count)
        try:
            yield
        finally:
            self._torch.set_num_threads(former)

    def script(self, problem: Problem, direction: str) -> str:
        """Write a question as a user would, for a script that others can run."""
        return torch_script.script(problem, direction)

    def _compiled(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute through ``torch.compile``."""
        layer = self._layer(problem, filters, bias).requires_grad_(requires_grad=False)
        run = self._torch.compile(lambda image: self._run(problem, layer, image))
        with self._torch.inference_mode():
            return self._array(run(self._tensor(x)))

    def _layer(self, problem: Problem, filters: Array, bias: Array | None) -> Any:
        """Build the module. On the meta device no weights are drawn that would be thrown away."""
        torch = self._torch
        common = {
            "stride": problem.strides,
            "dilation": problem.dilation,
            "groups": problem.groups,
            "bias": problem.use_bias,
            "device": "meta",
        }
        sizes = (problem.channels, problem.filters, problem.kernel_size)
        if problem.kind == "transposed":
            layer = getattr(torch.nn, f"ConvTranspose{problem.rank}d")(
                *sizes,
                padding=tuple(before for before, _ in problem.pads) if both_sides_alike(problem) else 0,
                output_padding=problem.output_padding,
                **common,
            )
        else:
            padding: str | int | tuple[int, ...] = 0
            if problem.padding in ("valid", "same"):
                padding = problem.padding
            elif both_sides_alike(problem):
                padding = tuple(before for before, _ in problem.pads)
            mode = problem.padding_mode if padding != 0 else "zeros"
            layer = getattr(torch.nn, f"Conv{problem.rank}d")(*sizes, padding=padding, padding_mode=mode, **common)
        if problem.precision.is_integer:
            # Only floating-point parameters may want a gradient.
            layer.requires_grad_(requires_grad=False)
        weights = {"weight": filters} if bias is None else {"weight": filters, "bias": bias}
        layer.load_state_dict({name: self._tensor(array) for name, array in weights.items()}, assign=True)
        return layer

    def _run(self, problem: Problem, layer: Any, image: Any) -> Any:
        """Pad, call, crop, activate."""
        torch = self._torch
        named = problem.padding in ("valid", "same")
        if problem.kind != "transposed" and not named and not both_sides_alike(problem):
            mode = _NUMPY_MODES.get(problem.padding_mode, problem.padding_mode)
            # F.pad takes the pairs of the last axis first.
            image = torch.nn.functional.pad(image, [cells for pair in problem.pads[::-1] for cells in pair], mode=mode)
        output = layer(image)
        if problem.kind == "transposed" and not both_sides_alike(problem):
            output = output[(..., *crops(problem, output.shape[2:]))]
        return torch.relu(output) if problem.activation == "relu" else output

    def _gradients(  # noqa: PLR0913, PLR0917 - the contract's, and which
        self,
        problem: Problem,
        x: Array,
        filters: Array,
        bias: Array | None,
        cotangent: Array,
        wanted: tuple[str, ...],
    ) -> list[Array]:
        layer = self._layer(problem, filters, bias)
        image = self._tensor(x)
        leaves = self._watched(layer, image, wanted)
        output = self._run(problem, layer, image)
        found = self._torch.autograd.grad(output, leaves, self._tensor(cotangent))
        return [self._array(gradient) for gradient in found]

    def _watched(self, layer: Any, image: Any, wanted: tuple[str, ...]) -> list[Any]:
        """Give the tensors whose gradients are wanted, and have no others computed."""
        leaves = {"dx": image, "dfilters": layer.weight, "dbias": layer.bias}
        for name, leaf in leaves.items():
            if leaf is not None:
                leaf.requires_grad_(requires_grad=name in wanted)
        return [leaves[name] for name in wanted]

    def _tensor(self, array: Array) -> Any:
        """See an array as a tensor; torch knows bfloat16, but not NumPy's."""
        if array.dtype == ml_dtypes.bfloat16:
            return self._torch.from_numpy(array.view(np.int16)).view(self._torch.bfloat16)
        return self._torch.from_numpy(array)

    def _array(self, tensor: Any) -> Array:
        """See a tensor as an array."""
        tensor = tensor.detach()
        result: Array
        if tensor.dtype == self._torch.bfloat16:
            result = tensor.view(self._torch.int16).numpy().view(ml_dtypes.bfloat16)
        else:
            result = tensor.numpy()
        return result
