"""`jax`: ``jax.lax.conv_general_dilated``, its transpose and its gradients."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem

_MODES: Final = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


class Jax:
    """``lax.conv_general_dilated`` and ``lax.conv_transpose`` in their default layouts, and ``jax.vjp``.

    "same" and "valid" by name, all other pads as numbers, also those of ``conv_transpose``, which takes them as its
    forward convolution's (``use_consistent_padding``); output_padding is that much less after. What is not zero is put
    around the image by ``jnp.pad``. Everything is compiled by ``jax.jit``, as a whole and once for each problem. 64
    bits are enabled, as everybody does who has float64.
    """

    name: Final = "jax"
    framework: Final = "jax"
    requires: Final = ("jax>=0.6",)
    data_layout: Final = "channels_first"
    filter_layouts: Final = {"conv": "OI*", "transposed": "IO*"}
    # As its maintainers say is intended: https://github.com/jax-ml/jax/issues/16200
    flushes_subnormals: Final = ("float16", "bfloat16", "float32", "float64")

    def __init__(self) -> None:
        self._jax = import_framework("jax", self.requires)
        self._jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - JAX's own
        self._last: tuple[Any, Any, Any] | None = None

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

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with the function of ``jax.lax``, the bias and the activation in one ``jax.jit``."""
        return np.asarray(self._functions(problem)[0](*self._tensors(x, filters, bias)))

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array | None]:
        """Compute all gradients with ``jax.vjp``."""
        tensors = self._tensors(x, filters, bias)
        dx, dfilters, *dbias = map(np.asarray, self._functions(problem)[1](tensors, *self._tensors(cotangent)))
        return dx, dfilters, dbias[0] if dbias else None

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
        """Give what pads, calls, adds the bias and activates."""
        jax, lax = self._jax, self._jax.lax
        own = problem.padding in ("valid", "same") and problem.padding_mode == "zeros"
        padding: Any = str(problem.padding).upper() if own else problem.pads

        def convolve(image: Any, filters: Any) -> Any:
            if problem.kind == "transposed":
                pads = padding
                if not own:
                    pairs = zip(problem.pads, problem.output_padding, strict=True)
                    pads = [(before, after - more) for (before, after), more in pairs]
                spec = "OIDHW"[: problem.rank + 2]
                data = spec.replace("O", "N").replace("I", "C")
                return lax.conv_transpose(
                    image,
                    filters,
                    problem.strides,
                    pads,
                    rhs_dilation=problem.dilation,
                    dimension_numbers=(data, spec, data),
                    transpose_kernel=True,
                    use_consistent_padding=True,
                    **({"feature_group_count": problem.groups} if problem.groups != 1 else {}),
                )
            pads = padding
            if problem.padding_mode != "zeros":
                image = jax.numpy.pad(image, [(0, 0), (0, 0), *problem.pads], mode=_MODES[problem.padding_mode])
                pads = "VALID"
            return lax.conv_general_dilated(
                image, filters, problem.strides, pads, rhs_dilation=problem.dilation, feature_group_count=problem.groups
            )

        def steps(image: Any, filters: Any, bias: Any = None) -> Any:
            output = convolve(image, filters)
            if bias is not None:
                output += bias.reshape(-1, *(1,) * problem.rank)
            return jax.nn.relu(output) if problem.activation == "relu" else output

        return steps
