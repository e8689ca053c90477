"""`flax`: ``flax.nnx.Conv`` and ``ConvTranspose``, and their gradients by ``jax.vjp``."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.adapters.jax_base import JaxFunctions
from convformance.adapters.pads import NUMPY_MODES
from convformance.reference.problem import Problem


class Flax(JaxFunctions):
    """The layers of ``flax.nnx``, split into graph and weights, in one ``jax.jit`` for each problem.

    "same", "valid" and "causal" by name, "reflect" and "circular" where they pad as the layer does, otherwise by
    ``jnp.pad`` before, as what the layer does not know. ``ConvTranspose`` has ``transpose_kernel``, as the adjoint of
    ``Conv``, and takes numbers as cells around its spread input.
    """

    name: Final = "flax"
    framework: Final = "flax"
    requires = ("flax>=0.10", "jax>=0.6")
    data_layout: Final = "channels_last"
    filter_layouts: Final = {"conv": "*IO", "transposed": "*OI"}

    def __init__(self) -> None:
        super().__init__()
        self._flax = import_framework("flax", self.requires)
        self._nnx = import_framework("flax.nnx", self.requires)

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

    def layer(self, problem: Problem, filters: Array, bias: Array | None) -> Callable[[Array], Array]:
        """Make one layer object that is called again and again, not compiled."""
        steps, weights = self._steps(problem), self._tensors(filters, bias)
        return lambda x: np.asarray(steps(*self._tensors(x), *weights))

    def _steps(self, problem: Problem) -> Callable[..., Any]:
        """Build the layer without weights; give what pads, calls it with weights, and activates."""
        nnx, transposed = self._nnx, problem.kind == "transposed"
        options: dict[str, Any] = {"transpose_kernel": True} if transposed else {}
        if not transposed or problem.groups != 1:
            options["feature_group_count"] = problem.groups
        padding = _padding(problem)
        layer = nnx.eval_shape(
            lambda: (nnx.ConvTranspose if transposed else nnx.Conv)(
                problem.channels,
                problem.filters,
                problem.kernel_size,
                problem.strides,
                padding=padding or "VALID",
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
            if padding is None:
                cells = [(0, 0), *problem.pads, (0, 0)]
                image = self._jax.numpy.pad(image, cells, mode=NUMPY_MODES[problem.padding_mode])
            nnx.replace_by_pure_dict(state, dict(zip(("kernel", "bias"), weights, strict=False)))
            output = nnx.merge(graph, state)(image)
            return nnx.relu(output) if problem.activation == "relu" else output

        return steps


def _padding(problem: Problem) -> Any:
    """Give the layer's own padding, or None where it has none."""
    extents = problem.kernel_extent
    if problem.padding_mode != "zeros":
        centred = tuple(((extent - 1) // 2, extent // 2) for extent in extents)
        known = problem.padding_mode in ("reflect", "circular") and problem.pads == centred
        return problem.padding_mode.upper() if known else None
    if isinstance(problem.padding, str):
        return problem.padding.upper()
    if problem.kind == "transposed":
        axes = zip(extents, problem.pads, problem.output_padding, strict=True)
        return [(extent - 1 - before, extent - 1 - after + more) for extent, (before, after), more in axes]
    return problem.pads
