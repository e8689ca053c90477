"""`scipy`: the function ``scipy.signal.correlate``, as a scientist takes it for a convolution layer."""

from typing import Final

import numpy as np

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.adapters.pads import NUMPY_MODES
from convformance.reference.problem import Problem


class Scipy:
    """``scipy.signal.correlate(..., mode="valid", method="direct")`` of padded images with one filter after the other.

    The function correlates arrays of any rank along all of their axes: images ``(N, *spatial, C)`` with a filter
    ``(1, *kernel, C)`` give ``(N, *output, 1)``. Pads are NumPy's, what strides skip is left out of the result. (It
    adds up along the last axis, so that channels_first is many times slower.)
    ``mode="same"`` is not used: it is centred on the full correlation, which puts the larger half of an odd total
    before, and it would pad channels too.
    """

    name: Final = "scipy"
    framework: Final = "scipy"
    requires: Final = ("scipy>=1.13",)
    opt_in: Final = True  # in many environments only for what needs it
    data_layout: Final = "channels_last"
    filter_layouts: Final = {"conv": "*IO"}

    def __init__(self) -> None:
        self._version = import_framework("scipy", self.requires).__version__
        self._signal = import_framework("scipy.signal", self.requires)

    def version(self) -> str:
        """Give the version of SciPy."""
        return str(self._version)

    def unsupported(self, problem: Problem) -> str | None:
        """Say what the function has no parameter for, and which arrays it refuses."""
        if problem.groups > 1:
            return "scipy.signal.correlate knows no groups"
        if max(problem.dilation) > 1:
            return "scipy.signal.correlate knows no dilation"
        if problem.dtype in ("float16", "bfloat16"):
            return "scipy.signal.correlate: Unsupported type"
        axes = zip(problem.spatial, problem.pads, problem.kernel_size, strict=True)
        if problem.batch == 0 and any(size + sum(pair) > taps for size, pair, taps in axes):
            return "scipy.signal.correlate: For 'valid' mode, one must be at least as large as the other"
        return None

    def inexpressible(self, problem: Problem, direction: str) -> str | None:
        """Say which invalid problems the function has no words for."""
        del problem
        for word in ("stride", "dilation", "groups", "pads", "bias"):
            if word in direction:
                return f"scipy.signal.correlate has no parameter for {word}"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Pad, correlate with each filter, leave out what strides skip, add the bias."""
        if problem.groups > 1 or max(problem.dilation) > 1:
            raise ValueError(self.unsupported(problem))
        mode = NUMPY_MODES[problem.padding_mode]
        padded = np.pad(x, ((0, 0), *problem.pads, (0, 0)), mode=mode)  # type: ignore[call-overload]
        maps = [
            self._signal.correlate(padded, filters[np.newaxis, ..., index], mode="valid", method="direct")
            for index in range(filters.shape[-1])
        ]
        kept = tuple(slice(None, None, stride) for stride in problem.strides)
        result: Array = np.concatenate(maps, axis=-1)[(slice(None), *kept)]
        if bias is not None:
            result = result + bias
        return np.maximum(result, 0) if problem.activation == "relu" else result

    def script(self, problem: Problem, direction: str) -> str:
        """Write a question as a user would, for a script that others can run."""
        del direction
        mode = NUMPY_MODES[problem.padding_mode]
        lines = ["from scipy.signal import correlate", ""]
        if problem.pads != ((0, 0),) * problem.rank:
            lines.append(f"x = np.pad(x, {((0, 0), *problem.pads, (0, 0))}, mode={mode!r})")
        lines.append("columns = [filters[np.newaxis, ..., index] for index in range(filters.shape[-1])]")
        lines.append('maps = [correlate(x, column, mode="valid", method="direct") for column in columns]')
        lines.append("got = np.concatenate(maps, axis=-1)")
        if max(problem.strides) > 1:
            lines.append(f"got = got[:, {', '.join(f'::{stride}' for stride in problem.strides)}]")
        if problem.use_bias:
            lines.append("got = got + bias")
        if problem.activation == "relu":
            lines.append("got = np.maximum(got, 0)")
        return "\n".join(lines)
