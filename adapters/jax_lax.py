"""`jax`: ``jax.lax.conv_general_dilated``, its transpose and its gradients."""

from collections.abc import Callable
from typing import Any, Final

from convformance.adapters.jax_base import JaxFunctions
from convformance.adapters.pads import NUMPY_MODES
from convformance.reference.problem import Problem


class Jax(JaxFunctions):
    """``lax.conv_general_dilated`` and ``lax.conv_transpose`` in their default layouts, and ``jax.vjp``.

    "same" and "valid" by name, all other pads as numbers, also those of ``conv_transpose``, which takes them as its
    forward convolution's (``use_consistent_padding``); output_padding is that much less after. What is not zero is put
    around the image by ``jnp.pad``. Everything is compiled by ``jax.jit``, as a whole and once for each problem.
    """

    name: Final = "jax"
    framework: Final = "jax"
    requires = ("jax>=0.6",)
    data_layout: Final = "channels_first"
    filter_layouts: Final = {"conv": "OI*", "transposed": "IO*"}

    def version(self) -> str:
        """Give the version of JAX."""
        return str(self._jax.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Say that ``conv_transpose`` knows no groups."""
        if problem.kind == "transposed" and problem.groups > 1:
            return "jax.lax.conv_transpose has no feature_group_count"
        return None

    def inexpressible(self, problem: Problem, direction: str) -> str | None:
        """Say which invalid problems ``jax.lax`` has no words for."""
        if direction == "invalid-bias-short":
            return "jax.lax has no bias: it is added, and an array of one number is broadcast"
        if problem.kind == "transposed" and "groups" in direction:
            return "jax.lax.conv_transpose has no feature_group_count"
        return None

    def _steps(self, problem: Problem) -> Callable[..., Any]:
        """Give what pads, calls, adds the bias and activates."""
        jax, convolve = self._jax, self._transposed if problem.kind == "transposed" else self._plain

        def steps(image: Any, filters: Any, bias: Any = None) -> Any:
            output = convolve(problem, image, filters)
            if bias is not None:
                output += bias.reshape(-1, *(1,) * problem.rank)
            return jax.nn.relu(output) if problem.activation == "relu" else output

        return steps

    def _plain(self, problem: Problem, image: Any, filters: Any) -> Any:
        padding: Any = problem.pads
        if problem.padding_mode != "zeros":
            cells = [(0, 0), (0, 0), *problem.pads]
            image, padding = self._jax.numpy.pad(image, cells, mode=NUMPY_MODES[problem.padding_mode]), "VALID"
        elif problem.padding in ("valid", "same"):
            padding = problem.padding.upper()
        return self._jax.lax.conv_general_dilated(
            image, filters, problem.strides, padding, rhs_dilation=problem.dilation, feature_group_count=problem.groups
        )

    def _transposed(self, problem: Problem, image: Any, filters: Any) -> Any:
        pairs = zip(problem.pads, problem.output_padding, strict=True)
        padding: Any = [(before, after - more) for (before, after), more in pairs]
        if problem.padding in ("valid", "same"):
            padding = problem.padding.upper()
        axes = "DHW"[: problem.rank]
        return self._jax.lax.conv_transpose(
            image,
            filters,
            problem.strides,
            padding,
            rhs_dilation=problem.dilation,
            dimension_numbers=(f"NC{axes}", f"OI{axes}", f"NC{axes}"),
            transpose_kernel=True,
            use_consistent_padding=True,
            **({"feature_group_count": problem.groups} if problem.groups != 1 else {}),
        )
