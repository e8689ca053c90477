"""Faults of the gradient of the input: the kernel, groups, strides, and what never flows back."""

from dataclasses import replace

import numpy as np

from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Axes, Problem

DX = ("dx",)
MANY = 65_536
"""How many cells a 16-bit number counts."""


def _remainders(problem: Problem) -> Axes:
    """Count the padded cells behind the last window of each axis."""
    axes = zip(problem.spatial, problem.pads, problem.kernel_extent, problem.strides, strict=True)
    return tuple((size + sum(pair) - extent) % stride for size, pair, extent, stride in axes)


def _leaves_over(problem: Problem) -> bool:
    return plain(problem) and max(_remainders(problem)) > 0


@fault(
    "dx misses the last position",
    evidence="pytorch/pytorch#25101",
    seen="strides leave cells over: (size + pads - extent) is no multiple of the stride",
    about=_leaves_over,
    directions=DX,
)
def _last_position(question: Question) -> Array:
    """Let the last position give nothing back along axes where strides leave cells over."""
    behind, cotangent = _behind(question)
    for axis, remainder in enumerate(_remainders(question.problem), start=1):
        if remainder:
            np.moveaxis(cotangent, axis, 0)[-1] = 0
    return behind.again(cotangent=cotangent)


@fault(
    "dx ends where the windows would without the rest",
    evidence="a relative of flagos-ai/FlagGems#1576: output padding missing from what gives dx",
    seen="strides leave cells over, and pads behind the axis hide how many",
    about=lambda problem: (
        plain(problem)
        and problem.padding_mode == "zeros"
        and any(rest and after for rest, (_, after) in zip(_remainders(problem), problem.pads, strict=True))
    ),
    directions=DX,
)
def _no_rest(question: Question) -> Array:
    """Leave as many cells at the end of the gradient of the input at zero as strides leave over."""
    found = question.honest()
    for axis, remainder in enumerate(_remainders(question.problem), start=1):
        np.moveaxis(found, axis, 0)[max(found.shape[axis] - remainder, 0) :] = 0
    return found


@fault(
    "dx smaller than the input",
    evidence="torch/DEPRECEATED-torch7-distro#20, mlpack/mlpack#2986",
    seen="strides leave cells over",
    about=lambda problem: (
        _leaves_over(problem)
        and all(size > rest for size, rest in zip(problem.spatial, _remainders(problem), strict=True))
    ),
    directions=DX,
)
def _smaller(question: Question) -> Array:
    """Give a gradient of the input without the cells that strides leave over."""
    axes = zip(question.problem.spatial, _remainders(question.problem), strict=True)
    return question.honest()[:, *(slice(size - rest) for size, rest in axes)]


@fault(
    "dx with the kernel not flipped",
    evidence="a relative of ml-explore/mlx#1826: a flip too many or too few on the way back",
    seen="an axis of the kernel has two taps or more, and no kernel is symmetric",
    about=lambda problem: problem.kind != "separable" and max(problem.kernel_size) > 1,
    directions=DX,
)
def _flipped(question: Question) -> Array:
    """Convolve the cotangent with the kernel as it is, where it should be flipped."""
    behind = question.linear()
    return behind.again(filters=np.flip(question.given.filters, question.kernel_axes))


@fault(
    "dx of the first group for all",
    evidence="a relative of ml-explore/mlx#2495: gradients of grouped convolutions",
    seen="there are groups",
    about=lambda problem: problem.groups > 1,
    directions=DX,
)
def _first_group(question: Question) -> Array:
    """Give every group's input the gradient of the first group's."""
    groups = question.problem.groups
    return np.tile(question.honest()[..., : question.problem.channels // groups], groups)


@fault(
    "dx ignores groups when strided",
    evidence="ml-explore/mlx#3800",
    seen="there are groups, and a stride above 1",
    about=lambda problem: plain(problem) and problem.groups > 1 and max(problem.strides) > 1,
    directions=DX,
)
def _dense_when_strided(question: Question) -> Array:
    """Give every group's input the gradients of all groups' outputs where the stride is above 1."""
    behind, groups = question.linear(), question.problem.groups
    grouped, channels = behind.problem.as_grouped, question.problem.channels // question.problem.groups
    dense = replace(grouped, groups=1, channels=channels)
    filters = question.given.filters.reshape(grouped.filters_shape)
    return np.tile(behind.again(dense, x=question.given.x[..., :channels], filters=filters), groups)


@fault(
    "dx ignores dilation",
    evidence="a relative of deeplearning4j/deeplearning4j#4100: dilation not handed on to the way back",
    seen="dilation, with two taps or more along its axis",
    about=lambda problem: problem.kind != "separable" and max(problem.dilation) > 1,
    directions=DX,
)
def _undilated(question: Question) -> Array:
    """Leave no cells between the taps of the kernel in the gradient of the input."""
    return question.bent(dilation=(1,) * question.problem.rank)


@fault(
    "dx takes the strides of other axes",
    evidence="a relative of PaddlePaddle/Paddle#20997: the stride of another axis",
    seen="strides that differ",
    about=lambda problem: problem.kind != "separable" and problem.strides != problem.strides[::-1],
    directions=DX,
)
def _strides(question: Question) -> Array:
    """Take the strides in reverse order of the axes in the gradient of the input."""
    return question.bent(strides=question.problem.strides[::-1])


@fault(
    "dx of overlapping windows overwritten",
    evidence="a relative of ggml-org/ggml#591: contributions written where they should be added up",
    seen="windows that overlap: a kernel wider than the stride",
    about=lambda problem: (
        plain(problem)
        and any(
            k > 1 and e > s for k, e, s in zip(problem.kernel_size, problem.kernel_extent, problem.strides, strict=True)
        )
    ),
    directions=DX,
)
def _overwritten(question: Question) -> Array:
    """Keep of all taps that saw a cell of the input only what flows back through the last."""
    behind, filters = question.linear(), question.given.filters
    assert behind.given.cotangent is not None
    everywhere, kept = np.ones_like(behind.given.cotangent), np.zeros_like(question.given.x)
    for tap in np.ndindex(question.problem.kernel_size):
        alone, ones = np.zeros_like(filters), np.zeros_like(filters)
        alone[tap], ones[tap] = filters[tap], 1
        met = behind.again(filters=ones, cotangent=everywhere) > 0
        kept = np.where(met, behind.again(filters=alone), kept)
    return kept


@fault(
    "dx not written where no window looks",
    evidence="a relative of ggml-org/ggml#591: a buffer that is not put to zero",
    seen="cells that no window sees: a stride above the kernel, cells left over, dilation",
    about=lambda problem: (
        plain(problem) and problem.padding_mode == "zeros" and max(problem.strides + problem.dilation) > 1
    ),
    directions=DX,
)
def _unwritten(question: Question) -> Array:
    """Leave what lay in the buffer, the input itself, where no window sees it."""
    behind = question.linear()
    assert behind.given.cotangent is not None
    ones = np.ones_like(behind.given.cotangent), np.ones_like(question.given.filters)
    seen = behind.again(cotangent=ones[0], filters=ones[1]) > 0
    return np.where(seen, behind.honest(), question.given.x)


@fault(
    "dx zero with SAME",
    evidence="tiny-dnn/tiny-dnn#415",
    seen="SAME with pads",
    about=lambda problem: plain(problem) and problem.padding == "same" and max(map(max, problem.pads)) > 0,
    directions=DX,
)
def _zero(question: Question) -> Array:
    """Let nothing flow back to the input where SAME pads it."""
    return np.zeros_like(question.honest())


@fault(
    "dx not folded",
    evidence="a relative of pytorch/pytorch#68879: which asks for it",
    seen="pads that are copies of cells",
    about=lambda problem: problem.padding_mode != "zeros",
    directions=DX,
)
def _not_folded(question: Question) -> Array:
    """Lose what flows back to pads that are copies of cells."""
    behind = question.linear()
    return behind.again(replace(behind.problem, padding_mode="zeros"))


@fault(
    "dx folds a mirror onto its edge",
    evidence="a relative of pytorch/pytorch#37844: pads in a mode, wrong in one direction",
    seen="pads that mirror the input",
    about=lambda problem: problem.padding_mode == "reflect",
    directions=DX,
)
def _edge(question: Question) -> Array:
    """Add what flows back to mirrored cells to the cell at the edge."""
    behind = question.linear()
    return behind.again(replace(behind.problem, padding_mode="replicate"))


@fault(
    "dx of 16-bit sizes",
    evidence="a relative of tensorflow/tensorflow#61905: a size in 16 bits",
    seen="an axis of more than 65536 cells",
    about=lambda problem: max(problem.spatial) > MANY,
    directions=DX,
)
def _sixteen_bits(question: Question) -> Array:
    """Leave the gradient of the input at zero beyond the 65536th cell of an axis."""
    found = question.honest()
    for axis in range(1, question.problem.rank + 1):
        np.moveaxis(found, axis, 0)[MANY:] = 0
    return found


@fault(
    "transposed dx ignores the stride of one tap",
    evidence="pytorch/pytorch#63314",
    seen="a kernel of one tap with a stride",
    about=lambda problem: problem.kind == "transposed" and max(problem.kernel_size) == 1 and max(problem.strides) > 1,
    directions=DX,
)
def _unstrided(question: Question) -> Array:
    """Read cotangents side by side for the gradient of a strided transposed convolution's input of one tap."""
    return question.bent(strides=(1,) * question.problem.rank)


@fault(
    "dx of the first kernel of each channel",
    evidence="a relative of yonghenglh6/DepthwiseConvolution#20: a depthwise gradient of its own",
    seen="a multiplier above 1",
    about=lambda problem: (
        (problem.kind == "separable" and problem.multiplier > 1)
        or (plain(problem) and problem.groups == problem.channels < problem.filters)
    ),
    directions=DX,
)
def _first_kernel(question: Question) -> Array:
    """Let the cotangents of a channel's first map alone flow back to it."""
    filters, problem = question.given.filters.copy(), question.problem
    filters.reshape(*problem.kernel_size, problem.channels, -1)[..., 1:] = 0
    return question.linear().again(filters=filters)


@fault(
    "dx of the last channels not written",
    evidence="a relative of Tencent/ncnn#1014: a block of 4 that is not full",
    seen="more than 4 channels, and no multiple of 4",
    about=lambda problem: problem.channels > 4 and problem.channels % 4 > 0,
    directions=DX,
)
def _last_channels(question: Question) -> Array:
    """Leave the gradient of the channels beyond a multiple of 4 at zero."""
    found = question.honest()
    found[..., question.problem.channels // 4 * 4 :] = 0
    return found


def _behind(question: Question) -> tuple[Question, Array]:
    """Give the question behind the activation, and a copy of its cotangent."""
    behind = question.linear()
    assert behind.given.cotangent is not None
    return behind, behind.given.cotangent.copy()
