"""`keras-torch`: the Keras convolution layers on the torch backend."""

from typing import Any, Final

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.adapters.keras_base import KerasLayers
from convformance.adapters.processor import processor
from convformance.adapters.torch_kernels import accumulators
from convformance.reference.problem import Problem


class KerasTorch(KerasLayers):
    """The layers on tensors of torch; ``torch.autograd.grad`` of their variables."""

    name = "keras-torch"
    backend = "torch"
    requires = ("keras>=3.5", "torch>=2.5")
    opt_in = True  # Keras has one backend in a process
    # The dot product of the processor's bfloat16 instructions flushes.
    flushes_subnormals: Final = ("bfloat16",)

    def __init__(self) -> None:
        self._torch = import_framework("torch", self.requires)
        self.accumulators = accumulators(processor())
        super().__init__()

    def unsupported(self, problem: Problem) -> str | None:
        """Say what has no layer, and what the layers, or torch, refuse."""
        if problem.precision.is_integer:
            return "Keras on torch: only tensors of floating point and complex dtype can require gradients"
        if problem.padding_mode == "reflect":
            padded = [any(pair) for pair in problem.pads]
            if (problem.rank == 2 and not any(padded)) or (problem.rank == 3 and (padded[0] or not padded[1])):
                return "Keras on torch: Pad of reflect: padding size is not supported for this input tensor"
        return super().unsupported(problem)

    def _computed(self, problem: Problem, layer: Any, x: Array) -> Array:
        with self._torch.no_grad():
            return self._array(self._call(problem, layer, self._keras.ops.convert_to_tensor(x)))

    def _gradients(  # noqa: PLR0913, PLR0917 - the contract's
        self,
        problem: Problem,
        x: Array,
        weights: list[Array],
        bias: Array | None,
        cotangent: Array,
        which: slice = slice(None),
    ) -> list[Array]:
        tensor = self._keras.ops.convert_to_tensor
        layer, image = self._layer(problem, weights, bias), tensor(x).requires_grad_()
        output = self._call(problem, layer, image)
        leaves = [image, *(variable.value for variable in layer.trainable_variables)][which]
        return [self._array(gradient) for gradient in self._torch.autograd.grad(output, leaves, tensor(cotangent))]

    def _array(self, tensor: Any) -> Array:
        result: Array = self._keras.ops.convert_to_numpy(tensor)
        return result
