"""`ncnn`: ncnn's ``Net``, on models of one layer."""

from typing import Final

import numpy as np

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem

# The numbers that ncnn's param files give to the parameters of depth, height and width, or of the last of these axes.
_AXES: Final = (
    (21, 11, 1),  # kernel
    (22, 12, 2),  # dilation
    (23, 13, 3),  # stride
    (24, 14, 4),  # pads or crops before
    (17, 16, 15),  # and after
    (20, 19, 18),  # output padding
)
_SAME_UPPER: Final = -233


class Ncnn:
    """A ``Net`` with a ``Convolution`` or ``Deconvolution`` layer (``1D``, ``3D``, ``DepthWise`` where it has groups).

    Parameters and weights are handed over as texts and bytes, as ncnn's files hold them; a net sees one image after the
    other. Options are those of a new net: fast algorithms are on.
    """

    name: Final = "ncnn"
    framework: Final = "ncnn"
    requires: Final = ("ncnn>=1.0.20240410",)
    data_layout: Final = "channels_first"
    filter_layouts: Final = {"conv": "OI*", "transposed": "(GO)I*"}

    def __init__(self) -> None:
        self._ncnn = import_framework("ncnn", self.requires)

    def version(self) -> str:
        """Give the version of ncnn."""
        return str(self._ncnn.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Say what a net has no word for."""
        if problem.dtype != "float32":
            return "ncnn: a Mat and a model of numbers have no dtype, they hold float32"
        if problem.padding_mode != "zeros":
            return "ncnn: Convolution has no padding mode"
        if problem.batch == 0:
            return "ncnn: a net sees one image at a time, there is no batch of none"
        return None

    def inexpressible(self, problem: Problem, direction: str) -> str | None:
        """Say which invalid problems a net has no words for."""
        del problem
        if direction.startswith(("invalid-filters-channels", "invalid-filters-rank", "invalid-bias")):
            return "ncnn: the weights of a model are a row of numbers without shape"
        if direction == "invalid-dtype-mixed":
            return "ncnn: the weights of a model have no dtype of their own"
        return "ncnn: a net has no batch, images are shown one by one" if direction == "invalid-input-rank" else None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Make the net, and show it one image after the other."""
        reason = self.unsupported(problem)
        if reason is not None:
            raise TypeError(reason)
        net = self._ncnn.Net()
        weights = np.zeros(1, np.int32).tobytes() + filters.tobytes() + (b"" if bias is None else bias.tobytes())
        _require(net.load_param_mem(_param(problem, filters.size)), "load_param")
        net.load_model_mem(weights)
        maps = []
        for image in np.ascontiguousarray(x):
            extractor = net.create_extractor()
            _require(extractor.input("x", self._ncnn.Mat(image)), "input")
            status, output = extractor.extract("y")
            _require(status, "extract")
            maps.append(np.array(output))
        return np.stack(maps)


def _param(problem: Problem, count: int) -> str:
    """Write a model of one layer, whose filters have so many numbers, as ncnn's param files have it."""
    transposed, (befores, afters) = problem.kind == "transposed", zip(*problem.pads, strict=True)
    if problem.padding == "same" and not transposed:
        befores = afters = (_SAME_UPPER,) * problem.rank
    values = [problem.kernel_size, problem.dilation, problem.strides, befores, afters]
    if transposed:
        values.append(problem.output_padding)
    words = {0: problem.filters, 5: int(problem.use_bias), 6: count, 9: int(problem.activation == "relu")}
    for axes, numbers in zip(_AXES, values, strict=False):
        words.update(zip(axes[-problem.rank :], numbers, strict=True))
    operator = "Deconvolution" if transposed else "Convolution"
    if problem.groups != 1:
        operator, words[7] = f"{operator}DepthWise", problem.groups
    if problem.rank != 2:
        operator += f"{problem.rank}D"
    spelled = " ".join(f"{word}={number}" for word, number in words.items())
    return f"7767517\n2 2\nInput x 0 1 x\n{operator} layer 1 1 x y {spelled}\n"


def _require(status: int, what: str) -> None:
    """Raise where ncnn returns a status."""
    if status != 0:
        raise RuntimeError(f"ncnn: {what} gave {status}")
