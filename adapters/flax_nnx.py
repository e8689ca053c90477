"""`flax`: ``flax.nnx.Conv`` and ``ConvTranspose``, and their gradients by ``jax.vjp``."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem

_MODES: Final = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
_WORDS: Final = {"reflect": "REFLECT", "circular": "CIRCULAR"}


class Flax:
    """The layers of ``flax.nnx``, split into graph and weights, in one ``jax.jit`` for each problem.

    "same", "valid" and "causal" by name, "reflect" and "circular" where they pad as the layer does (of stride 1),
    otherwise by ``jnp.pad`` before, as what the layer does not know. ``ConvTranspose`` has ``transpose_kernel``, as the
    adjoint of ``Conv``, and takes numbers as cells around its spread input. 64 bits are enabled.
    """

    name: Final = "flax"
    framework: Final = "flax"
    requires: Final = ("flax>=0.10", "jax>=0.6")
    data_layout: Final = "channels_last"
    filter_layouts: Final = {"conv": "*IO", "transposed": "*OI"}
    # As JAX's maintainers say is intended: https://github.com/jax-ml/jax/issues/16200
    flushes_subnormals: Final = ("float16", "bfloat16", "float32", "float64")

    def __init__(self) -> None:
        self._flax = import_framework("flax", self.requires)
        self._nnx, self._jax = import_framework("flax.nnx", self.requires), import_framework("jax", self.requires)
        self._jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - JAX's own
        self._last: tuple[Any, Any, Any] | None = None

    def version(self) -> str:
        """Give the version of Flax."""
        return str(self._flax.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Say that ``ConvTranspose`` knows no groups, and that the layers take no integers."""
        if problem.precision.is_integer:
            return f"flax.nnx: Dtype must be inexact: {problem.dtype}"
        if problem.kind == "transposed" and problem.groups > 1:
            return "flax.nnx.ConvTranspose has no feature_group_count"
        return None

    def inexpressible(self, problem: Problem, direction: str) -> str | None:
        """Say which invalid problems ``ConvTranspose`` has no words for."""
        if problem.kind == "transposed" and "groups" in direction:
            return "flax.nnx.ConvTranspose has no feature_group_count"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with the layer, and ``nnx.relu``."""
        return np.asarray(self._functions(problem)[0](*self._tensors(x, filters, bias)))

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array | None]:
        """Compute all gradients with ``jax.vjp``."""
        tensors = self._tensors(x, filters, bias)
        dx, dfilters, *dbias = map(np.asarray, self._functions(problem)[1](tensors, *self._tensors(cotangent)))
        return dx, dfilters, dbias[0] if dbias else None

    def layer(self, problem: Problem, filters: Array, bias: Array | None) -> Callable[[Array], Array]:
        """Make one layer object that is called again and again, not compiled."""
        steps, weights = self._steps(problem), self._tensors(filters, bias)
        return lambda x: np.asarray(steps(*self._tensors(x), *weights))

    def _tensors(self, *arrays: Array | None) -> list[Any]:
        return [self._jax.numpy.asarray(array) for array in arrays if array is not None]

    def _functions(self, problem: Problem) -> tuple[Any, Any]:
        """Give what computes the output and what computes the gradients, compiled once for each new problem."""
        if self._last is None or self._last[0] != problem:
            steps = self._steps(problem)
            pull = self._jax.jit(lambda tensors, cotangent: self._jax.vjp(steps, *tensors)[1](cotangent))
            self._last = (problem, self._jax.jit(steps), pull)
        return self._last[1:]

    def _steps(self, problem: Problem) -> Callable[..., Any]:
        """Build the layer without weights; give what pads, calls it with weights, and activates."""
        nnx = self._nnx
        extents = [(size - 1) * step + 1 for size, step in zip(problem.kernel_size, problem.dilation, strict=True)]
        padding: Any = [tuple(pair) for pair in problem.pads]
        options: dict[str, Any] = {}
        if problem.kind != "transposed" or problem.groups != 1:
            options["feature_group_count"] = problem.groups
        pads = None
        if problem.padding_mode != "zeros":
            word = _WORDS.get(problem.padding_mode)
            if word and padding == [((extent - 1) // 2, extent // 2) for extent in extents]:
                padding = word
            else:
                pads, padding = [(0, 0), *padding, (0, 0)], "VALID"
        elif isinstance(problem.padding, str):
            padding = problem.padding.upper()
        elif problem.kind == "transposed":
            axes = zip(extents, problem.pads, problem.output_padding, strict=True)
            padding = [(extent - 1 - before, extent - 1 - after + more) for extent, (before, after), more in axes]
        if problem.kind == "transposed":
            options["transpose_kernel"] = True
        layer = nnx.eval_shape(
            lambda: (nnx.ConvTranspose if problem.kind == "transposed" else nnx.Conv)(
                problem.channels,
                problem.filters,
                problem.kernel_size,
                problem.strides,
                padding=padding,
                kernel_dilation=problem.dilation,
                use_bias=problem.use_bias,
                dtype=problem.dtype,
                param_dtype=problem.dtype,
                kernel_init=nnx.initializers.zeros,
                rngs=nnx.Rngs(0),
                **options,
            )
        )
        graph, state = nnx.split(layer)

        def steps(image: Any, *weights: Any) -> Any:
            if pads:
                image = self._jax.numpy.pad(image, pads, mode=_MODES[problem.padding_mode])
            named = dict(zip(("kernel", "bias"), weights, strict=False))
            nnx.replace_by_pure_dict(state, named)
            output = nnx.merge(graph, state)(image)
            return nnx.relu(output) if problem.activation == "relu" else output

        return steps
