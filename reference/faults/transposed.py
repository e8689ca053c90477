"""Faults of transposed convolutions: the kernel, channels and groups, the bias, and how contributions are added up."""

from dataclasses import replace

import numpy as np

from convformance.reference.faults.fault import fault
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem


@fault(
    "transposed kernel flipped",
    evidence="a relative of keras-team/keras#3015: computed as a correlation of the spread input",
    seen="an axis of the kernel has two taps or more, and no kernel is symmetric",
    about=lambda problem: problem.kind == "transposed" and max(problem.kernel_size) > 1,
)
def _flipped(question: Question) -> Array:
    """Flip the kernel on all axes of a transposed convolution."""
    return question.again(filters=np.flip(question.given.filters, question.kernel_axes))


@fault(
    "transposed filters read as channels by filters",
    evidence="a relative of microsoft/onnxscript#1299: the axes of a plain convolution's filters taken for these",
    seen="there are several channels, and several filters in a group",
    about=lambda problem: problem.kind == "transposed" and min(problem.channels, problem.filters // problem.groups) > 1,
)
def _read_wrongly(question: Question) -> Array:
    """Read the memory of transposed filters as if channels came before filters."""
    filters = question.given.filters
    *kernel, outs, channels = filters.shape
    return question.again(filters=filters.reshape(*kernel, channels, outs).swapaxes(-1, -2))


@fault(
    "transposed filters exchanged where both axes are equal",
    evidence="a relative of microsoft/onnxscript#1299: where a check of the shapes can't see it",
    seen="as many channels as filters, more than one, and one group",
    about=lambda problem: (
        problem.kind == "transposed" and problem.groups == 1 and problem.channels == problem.filters > 1
    ),
)
def _equal_axes(question: Question) -> Array:
    """Exchange channels and filters of transposed filters that have as many of both."""
    return question.again(filters=question.given.filters.swapaxes(-1, -2))


@fault(
    "transposed groups interleaved",
    evidence="uxlfoundation/oneDNN#352",
    seen="there are groups, and several filters in each",
    about=lambda problem: problem.kind == "transposed" and 1 < problem.groups < problem.filters,
)
def _interleaved(question: Question) -> Array:
    """Let the output channels of the groups of a transposed convolution take turns."""
    order = np.arange(question.problem.filters).reshape(question.problem.groups, -1).T.ravel()
    return np.ascontiguousarray(question.honest()[..., order])


@fault(
    "transposed groups all see the first",
    evidence="a relative of uxlfoundation/oneDNN#352: the input of the other groups is never reached",
    seen="there are groups",
    about=lambda problem: problem.kind == "transposed" and problem.groups > 1,
)
def _first_group(question: Question) -> Array:
    """Give every group of a transposed convolution the input of the first."""
    groups = question.problem.groups
    first = question.given.x[..., : question.problem.channels // groups]
    return question.again(x=np.tile(first, groups))


@fault(
    "transposed groups folded into one",
    evidence="a relative of pytorch/TensorRT#238: the groups missing from how many filters there are",
    seen="there are groups",
    about=lambda problem: problem.kind == "transposed" and problem.groups > 1,
)
def _folded(question: Question) -> Array:
    """Let every filter of a transposed convolution see the channels of all groups."""
    repeats = (*(1,) * question.problem.rank, question.problem.groups, 1)
    filters = np.tile(question.given.filters, repeats)
    return question.again(replace(question.problem, groups=1), filters=filters)


@fault(
    "transposed bias added with every product",
    evidence="kraiskil/onnx2c#40",
    seen="there is a bias, and an output is the sum of more or fewer than one product",
    about=lambda problem: problem.kind == "transposed" and problem.use_bias,
)
def _bias_with_products(question: Question) -> Array:
    """Add the bias of a transposed convolution each time that a product is added."""
    return _finished(question, _sums(question), _products(question))


@fault(
    "transposed bias added with every channel",
    evidence="a relative of kraiskil/onnx2c#40: inside the loop over channels",
    seen="there is a bias, and several channels in a group",
    about=lambda problem: problem.kind == "transposed" and problem.use_bias and problem.channels > problem.groups,
)
def _bias_with_channels(question: Question) -> Array:
    """Add the bias of a transposed convolution once for every channel that a filter sees."""
    return _finished(question, _sums(question), np.array(question.problem.channels // question.problem.groups))


@fault(
    "transposed gaps without bias",
    evidence="a relative of kraiskil/onnx2c#40: the bias is added where something is added",
    seen="there is a bias, and an output that no tap meets: a stride above the kernel, a dilation, an output padding",
    about=lambda problem: (
        problem.kind == "transposed" and problem.use_bias and max(problem.strides + problem.dilation) > 1
    ),
)
def _gaps(question: Question) -> Array:
    """Leave outputs of a transposed convolution that no tap meets at zero, without the bias."""
    found = question.honest()
    return np.where(_products(question) == 0, np.zeros_like(found), found)


@fault(
    "transposed contributions overwrite each other",
    evidence="a relative of ggml-org/ggml#591: contributions written where they should be added up",
    seen="an output that several taps meet: a kernel wider than the stride",
    about=lambda problem: (
        problem.kind == "transposed"
        and any(
            k > 1 and e > s for k, e, s in zip(problem.kernel_size, problem.kernel_extent, problem.strides, strict=True)
        )
    ),
)
def _overwritten(question: Question) -> Array:
    """Keep of all taps that meet an output of a transposed convolution only the last one's contribution."""
    filters, sums = question.given.filters, np.zeros_like(_sums(question))
    for tap in np.ndindex(question.problem.kernel_size):
        alone, ones = np.zeros_like(filters), np.zeros_like(filters)
        alone[tap], ones[tap] = filters[tap], 1
        sums = np.where(_products(question, ones) > 0, _sums(question, alone), sums)
    return _finished(question, sums, np.array(1))


@fault(
    "transposed axis of one cell takes the first tap",
    evidence="a relative of Tencent/ncnn#1014: a path of its own for the smallest size",
    seen="an axis of one cell, and a kernel of two taps or more along it",
    about=lambda problem: (
        problem.kind == "transposed"
        and any(i == 1 < k for i, k in zip(problem.spatial, problem.kernel_size, strict=True))
    ),
)
def _one_cell(question: Question) -> Array:
    """Use only the kernel's first tap along an axis of one cell."""
    filters = question.given.filters.copy()
    for axis, size in enumerate(question.problem.spatial):
        if size == 1:
            np.moveaxis(filters, axis, 0)[1:] = 0
    return question.again(filters=filters)


@fault(
    "transposed adds to what is in its buffer",
    evidence="ggml-org/ggml#591",
    seen="a second call with an output of the same size",
    about=lambda problem: problem.kind == "transposed",
    remembers=True,
)
def _buffer(question: Question) -> Array:
    """Add the output of a transposed convolution to what the last call of that size left in the buffer."""
    found, left = question.honest(), question.memory.get("buffer")
    if left is not None and left.shape == found.shape and left.dtype == found.dtype:
        found = found + left
    question.memory["buffer"] = found.copy()
    return found


def _computable(problem: Problem) -> bool:
    """Tell whether a strided transposed convolution of one group is a plain convolution as well."""
    return (
        problem.kind == "transposed"
        and problem.groups == 1
        and max(problem.strides) > 1
        and all(
            i + sum(pair) >= e for i, pair, e in zip(problem.spatial, problem.pads, problem.kernel_extent, strict=True)
        )
    )


@fault(
    "transposed computed as a plain convolution",
    evidence="pytorch/pytorch#48400",
    seen="the stride is above 1: the output becomes small where it should become large",
    about=_computable,
)
def _plain(question: Question) -> Array:
    """Compute a plain convolution with the strides and pads of the transposed one."""
    problem = question.problem
    conv = replace(problem, kind="conv", padding=problem.pads, output_padding=())
    return question.again(conv, filters=question.given.filters.swapaxes(-1, -2))


def _sums(question: Question, filters: Array | None = None) -> Array:
    """Give the output before bias and activation."""
    linear = replace(question.problem, use_bias=False, activation=None)
    return question.again(linear, filters=question.given.filters if filters is None else filters, bias=None)


def _products(question: Question, filters: Array | None = None) -> Array:
    """Count the products that meet in each output, those of other taps than the given ones left out."""
    ones = np.ones_like(question.given.filters) if filters is None else filters
    linear = replace(question.problem, use_bias=False, activation=None)
    return question.again(linear, x=np.ones_like(question.given.x), filters=ones, bias=None)


def _finished(question: Question, sums: Array, times: Array) -> Array:
    """Add the bias so many times, and activate."""
    with np.errstate(all="ignore"):
        if question.given.bias is not None:
            sums = (sums + question.given.bias * times.astype(sums.dtype)).astype(sums.dtype)
        return np.maximum(sums, 0) if question.problem.activation == "relu" else sums
