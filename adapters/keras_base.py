"""What all backends of Keras share: the layers as a model builds them, with their weights, and what pads and crops."""

import os
from collections.abc import Callable
from functools import reduce
from typing import Any, Final

from convformance.adapters.contract import AdapterError, Array
from convformance.adapters.importing import import_framework
from convformance.reference.axes import source
from convformance.reference.problem import Problem

_LAYERS: Final = {
    "conv": "Conv{}D",
    "depthwise": "DepthwiseConv{}D",
    "separable": "SeparableConv{}D",
    "transposed": "Conv{}DTranspose",
}
_KERNELS: Final = {"depthwise": ("depthwise",), "separable": ("depthwise", "pointwise")}


def layer_name(problem: Problem) -> str:
    """Give the name of a problem's layer.

    Parameters
    ----------
    problem : Problem
        Any.
    """
    return _LAYERS[problem.kind].format(problem.rank)


class KerasLayers:
    """``keras.layers.Conv{1,2,3}D`` and their relatives: build, ``set_weights``, call.

    Explicit pads go through ``ZeroPadding{1,2,3}D`` first, explicit crops through ``Cropping{1,2,3}D`` afterwards. Who
    inherits says how a backend computes: `_computed` and `_gradients`.
    """

    backend: str
    requires: tuple[str, ...]
    framework = "keras"
    data_layout: Final = "channels_last"
    filter_layouts: Final = {"conv": "*IO", "depthwise": "*IM", "transposed": "*OI"}

    def __init__(self) -> None:
        os.environ.setdefault("KERAS_BACKEND", self.backend)
        self._keras = import_framework("keras", self.requires)
        if (found := self._keras.backend.backend()) != self.backend:
            raise AdapterError(
                f"Keras has one backend in a process, here {self.backend} is meant: got {found!r}; "
                f"unset KERAS_BACKEND or set it to {self.backend}, and judge each backend in a run of its own"
            )

    def version(self) -> str:
        """Give the version of Keras."""
        return str(self._keras.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Say what has no layer, and what the layers refuse on every backend."""
        kind, layer = problem.kind, layer_name(problem)
        apart = kind in ("depthwise", "separable")
        reasons = {
            f"Keras has no {layer}": apart and problem.rank == 3,
            f"Keras: {layer} takes the padding 'valid' or 'same'": apart and problem.padding == "causal",
            "Keras: `strides > 1` not supported in conjunction with `dilation_rate > 1`": not apart
            and max(problem.strides) > 1
            and max(problem.dilation) > 1,
            "Keras: transposed layers have no groups": kind == "transposed" and problem.groups > 1,
        }
        return next((reason for reason, holds in reasons.items() if holds), None)

    def inexpressible(self, problem: Problem, direction: str) -> str | None:
        """Say which invalid problems Keras has no words for."""
        if problem.kind == "transposed" and "groups" in direction:
            return "Keras: transposed layers have no parameter for groups"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with the layer."""
        return self._forward(problem, x, [filters], bias)

    def separable(self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None) -> Array:
        """Compute with ``keras.layers.SeparableConv{rank}D``."""
        return self._forward(problem, x, [filters, pointwise], bias)

    def layer(self, problem: Problem, filters: Array, bias: Array | None) -> Callable[[Array], Array]:
        """Make one layer object that is called again and again."""
        layer = self._layer(problem, [filters], bias)
        return lambda x: self._computed(problem, layer, x)

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array | None]:
        """Compute all gradients."""
        dx, dfilters, *dbias = self._gradients(problem, x, [filters], bias, cotangent)
        return dx, dfilters, dbias[0] if dbias else None

    def gradient(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array, of: str
    ) -> Array:
        """Compute one gradient, the others not being asked for."""
        which = ("dx", "dfilters", "dbias").index(of)
        return self._gradients(problem, x, [filters], bias, cotangent, slice(which, which + 1))[0]

    def separable_gradients(  # noqa: PLR0913, PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array, Array | None]:
        """Compute all gradients of ``keras.layers.SeparableConv{rank}D``."""
        dx, dfilters, dpointwise, *dbias = self._gradients(problem, x, [filters, pointwise], bias, cotangent)
        return dx, dfilters, dpointwise, dbias[0] if dbias else None

    def _forward(self, problem: Problem, x: Array, weights: list[Array], bias: Array | None) -> Array:
        """Build the layer and call it."""
        return self._computed(problem, self._layer(problem, weights, bias), x)

    def _computed(self, problem: Problem, layer: Any, x: Array) -> Array:
        """Call a layer, on the backend's tensors."""
        raise NotImplementedError

    def _gradients(  # noqa: PLR0913, PLR0917 - the contract's
        self,
        problem: Problem,
        x: Array,
        weights: list[Array],
        bias: Array | None,
        cotangent: Array,
        which: slice = slice(None),
    ) -> list[Array]:
        """Give the gradients of the image, the weights and the bias, or some of them."""
        raise NotImplementedError

    def _layer(self, problem: Problem, weights: list[Array], bias: Array | None) -> Any:
        """Build the layer and give it its weights."""
        options: dict[str, Any] = {
            "kernel_size": problem.kernel_size,
            "strides": problem.strides,
            "padding": self._word(problem),
            "data_format": self.data_layout,
            "dilation_rate": problem.dilation,
            "activation": problem.activation,
            "use_bias": problem.use_bias,
            "dtype": problem.dtype,
            # The usual ones are drawn at random, only to be replaced, and from real numbers.
            **{f"{name}_initializer": "zeros" for name in _KERNELS.get(problem.kind, ("kernel",))},
        }
        if problem.kind != "depthwise":
            options["filters"] = problem.filters
        if problem.kind in ("depthwise", "separable"):
            options["depth_multiplier"] = problem.multiplier
        if problem.kind == "conv":
            options["groups"] = problem.groups
        if problem.kind == "transposed":
            # The default of 'valid' and 'same' is None, and not 0.
            options["output_padding"] = None if isinstance(problem.padding, str) else problem.output_padding
        layer = getattr(self._keras.layers, layer_name(problem))(**options)
        layer.build((None, *(None,) * problem.rank, problem.channels))
        layer.set_weights(weights if bias is None else [*weights, bias])
        return layer

    def _call(self, problem: Problem, layer: Any, x: Any) -> Any:
        """Pad, call, crop."""
        return self._steps(problem, layer)(x)

    def _steps(self, problem: Problem, layer: Any) -> Callable[[Any], Any]:
        """Make the layers that pad before and crop behind; give what calls all of them."""
        layers = self._keras.layers
        # ZeroPadding1D takes its one pair bare; Keras's configuration must not choose the data format.
        pads: Any = problem.pads if problem.rank > 1 else problem.pads[0]
        format_and_dtype: dict[str, Any] = {"dtype": problem.dtype}
        if problem.rank > 1 or problem.kind != "transposed":
            format_and_dtype["data_format"] = self.data_layout
        explicit = not isinstance(problem.padding, str)
        steps = [layer]
        if problem.padding_mode != "zeros":
            steps.insert(0, lambda x: self._extended(problem, x))
        elif explicit and problem.kind != "transposed":
            steps.insert(0, getattr(layers, f"ZeroPadding{problem.rank}D")(pads, **format_and_dtype))
        if explicit and problem.kind == "transposed" and any(map(any, problem.pads)):
            steps.append(getattr(layers, f"Cropping{problem.rank}D")(pads, **format_and_dtype))
        return lambda x: reduce(lambda tensor, step: step(tensor), steps, x)

    def _word(self, problem: Problem) -> str:
        """Give the layer's own padding."""
        named = isinstance(problem.padding, str) and problem.padding_mode == "zeros"
        return str(problem.padding) if named else "valid"

    def _extended(self, problem: Problem, x: Any) -> Any:
        """Pad with what is not zero: ``keras.ops.pad`` knows reflect, the other modes are taken cell by cell."""
        ops = self._keras.ops
        if problem.padding_mode == "reflect":
            return ops.pad(x, [(0, 0), *problem.pads, (0, 0)], mode="reflect")
        for axis, (size, (before, after)) in enumerate(zip(problem.spatial, problem.pads, strict=True), start=1):
            x = ops.take(
                x, [source(cell, size, problem.padding_mode) for cell in range(-before, size + after)], axis=axis
            )
        return x
