"""The adapter, in the engine's own package: convformance is not needed to import it."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from . import Array, __version__, convolve


class Tiny:
    name = "tiny"
    framework = "tiny_conv"
    data_layout = "channels_first"
    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "OI*"}

    def version(self) -> str:
        return __version__

    def unsupported(self, problem: Any) -> str | None:
        if problem.rank != 2 or problem.dtype != "float32" or problem.padding_mode != "zeros" or problem.groups > 1:
            return "tiny_conv knows float32 images, zeros around them, and no groups"
        return None

    def inexpressible(self, problem: Any, direction: str) -> str | None:
        del problem, direction
        return "tiny_conv checks nothing"

    def convolve(self, problem: Any, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.padding_mode != "zeros":
            raise ValueError("tiny_conv pads with zeros")
        result = convolve(x, filters, problem.strides, problem.pads, problem.dilation)
        if bias is not None:
            result += bias[:, None, None]
        return np.maximum(result, 0) if problem.activation == "relu" else result
