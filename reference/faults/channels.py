"""Faults of channels, groups and filters: the wrong channel meets a kernel."""

from dataclasses import replace

import numpy as np

from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.geometry import taps
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem


def _grouped(problem: Problem) -> bool:
    """Tell whether a plain convolution has several groups."""
    return problem.kind == "conv" and problem.groups > 1


def _multiplied(problem: Problem) -> bool:
    """Tell whether a depthwise convolution of several channels has several kernels for each."""
    return problem.kind == "depthwise" and problem.multiplier > 1 and problem.channels > 1


def _apart(count: int, parts: int) -> Array:
    """Take from several parts in turn: number the first thing of each, then the second of each."""
    return np.arange(count).reshape(parts, -1).T.ravel()


@fault(
    "groups see the first group's channels",
    evidence="a relative of ml-explore/mlx#3800: groups ignored",
    seen="there are two groups or more",
    about=lambda problem: plain(problem) and problem.groups > 1,
)
def _first_group(question: Question) -> Array:
    """Let every filter see the channels of the first group."""
    problem = question.problem
    order = np.tile(np.arange(problem.channels // problem.groups), problem.groups)
    return question.again(x=question.given.x[..., order])


@fault(
    "groups see all channels",
    evidence="a relative of ml-explore/mlx#3800: groups ignored",
    seen="there are two groups or more",
    about=lambda problem: plain(problem) and problem.groups > 1,
)
def _all_groups(question: Question) -> Array:
    """Let every filter see the channels of all groups, its kernels used again for each group."""
    problem = question.problem.as_grouped
    tiled = np.tile(question.given.filters.reshape(problem.filters_shape), (problem.groups, 1))
    return question.again(replace(problem, groups=1), filters=tiled)


@fault(
    "groups interleaved",
    evidence="a relative of Theano/Theano#6297: channel c of a group is expected at c * groups + group",
    seen="there are two groups or more, with two channels or more each",
    about=lambda problem: _grouped(problem) and problem.groups < problem.channels,
)
def _interleaved(question: Question) -> Array:
    """Look for the channels of a group at every so many-th channel of the input."""
    problem = question.problem
    order = _apart(problem.channels, problem.channels // problem.groups)
    return question.again(x=question.given.x[..., order])


@fault(
    "outputs of groups interleaved",
    evidence="Theano/Theano#6297",
    seen="there are two groups or more, with two filters or more each",
    about=lambda problem: _grouped(problem) and problem.groups < problem.filters,
)
def _outputs_interleaved(question: Question) -> Array:
    """Give the first output of every group, then the second of every group."""
    problem = question.problem
    return question.honest()[..., _apart(problem.filters, problem.groups)]


@fault(
    "filters of groups interleaved",
    evidence="a relative of Theano/Theano#6297: the filters' own groups are read in turn",
    seen="there are two groups or more, with two filters or more each",
    about=lambda problem: _grouped(problem) and problem.groups < problem.filters,
)
def _filters_interleaved(question: Question) -> Array:
    """Read the first filter of every group, then the second of every group."""
    problem = question.problem
    return question.again(filters=question.given.filters[..., _apart(problem.filters, problem.groups)])


@fault(
    "groups of eight filters read the first group",
    evidence="a relative of pytorch/pytorch#19912: two groups of eight filters, each of two channels",
    seen="there are two groups or more of a multiple of eight filters",
    about=lambda problem: _grouped(problem) and problem.filters // problem.groups % 8 == 0,
)
def _eight(question: Question) -> Array:
    """Let groups of a multiple of eight filters all see the channels of the first group."""
    return _first_group(question)


@fault(
    "multiplier outer for inner",
    evidence="a relative of ARM-software/ComputeLibrary#553: maps in the order m * C + c",
    seen="a depthwise convolution of two channels or more has a multiplier of two or more",
    about=_multiplied,
)
def _outer(question: Question) -> Array:
    """Give the maps of the first kernel of every channel, then those of the second."""
    problem = question.problem
    return question.honest()[..., _apart(problem.filters, problem.channels)]


@fault(
    "multiplier ignored",
    evidence="ARM-software/ComputeLibrary#553",
    seen="a depthwise convolution has a multiplier of two or more",
    about=lambda problem: problem.kind == "depthwise" and problem.multiplier > 1,
)
def _first_kernel(question: Question) -> Array:
    """Use the first kernel of a channel for all of its maps."""
    return question.again(filters=np.repeat(question.given.filters[..., :1], question.problem.multiplier, axis=-1))


@fault(
    "depthwise filters reshaped for transposed",
    evidence="a relative of deeplearning4j/deeplearning4j#6885: the order of a depthwise filter's sizes",
    seen="a depthwise convolution of two channels or more has a multiplier of two or more",
    about=_multiplied,
)
def _reshaped_depthwise(question: Question) -> Array:
    """Read the memory of filters that lie as (multiplier, channels) as (channels, multiplier)."""
    filters = question.given.filters
    return question.again(filters=filters.swapaxes(-1, -2).reshape(filters.shape))


@fault(
    "depthwise maps take the channels in turn",
    evidence="a relative of huggingface/pytorch-image-models#354: as many groups as maps, not as channels",
    seen="a depthwise convolution of two channels or more has a multiplier of two or more",
    about=_multiplied,
)
def _in_turn(question: Question) -> Array:
    """Let map f see channel f modulo their number, with the kernels in their order."""
    problem, (x, filters) = question.problem, (question.given.x, question.given.filters)
    wide = replace(problem, channels=problem.filters, groups=problem.filters, multiplier=0)
    channels = np.arange(problem.filters) % problem.channels
    return question.again(wide, x=x[..., channels], filters=filters.reshape(wide.filters_shape))


@fault(
    "filters reshaped for transposed",
    evidence="a relative of Maratyszcza/NNPACK#15: OIHW read as HWIO",
    seen="the kernel has two taps or more, and a filter several channels or there are several filters",
    about=lambda problem: problem.kind == "conv" and taps(problem) > 1 and max(problem.filters_shape[-2:]) > 1,
)
def _reshaped(question: Question) -> Array:
    """Read the memory of filters that lie as (filters, channels, kernel) as (kernel, channels, filters)."""
    filters, rank = question.given.filters, question.problem.rank
    outer = filters.transpose(rank + 1, rank, *range(rank))
    return question.again(filters=outer.reshape(filters.shape))


@fault(
    "channels and filters exchanged",
    evidence="a relative of Maratyszcza/NNPACK#15, of the other two axes: tests with as many channels as filters",
    seen="a filter sees as many channels as there are filters, two or more, with kernels of two taps or more",
    about=lambda problem: problem.kind == "conv" and taps(problem) > 1 and _square(problem),
)
def _exchanged(question: Question) -> Array:
    """Exchange the channel and the filter axis of filters that are as many as their channels."""
    return question.again(filters=question.given.filters.swapaxes(-1, -2))


def _square(problem: Problem) -> bool:
    channels, filters = problem.filters_shape[-2:]
    return channels == filters > 1


@fault(
    "first filter for all",
    evidence="a relative of espressif/esp-dl#40: wrong from the second filter on",
    seen="there are two filters or more, with kernels of two taps or more",
    about=lambda problem: problem.kind == "conv" and taps(problem) > 1 and problem.filters > 1,
)
def _one_filter(question: Question) -> Array:
    """Use the kernels of the first filter for every filter."""
    return question.again(filters=np.repeat(question.given.filters[..., :1], question.problem.filters, axis=-1))


@fault(
    "first kernel of a filter for all channels",
    evidence="a relative of pytorch/pytorch#15297: one kernel repeated for every channel",
    seen="a filter sees two channels or more, with kernels of two taps or more",
    about=lambda problem: problem.kind == "conv" and taps(problem) > 1 and problem.filters_shape[-2] > 1,
)
def _one_kernel(question: Question) -> Array:
    """Use a filter's first kernel for every channel that it sees."""
    filters = question.given.filters
    return question.again(filters=np.repeat(filters[..., :1, :], filters.shape[-2], axis=-2))


@fault(
    "three channels in reverse",
    evidence="a relative of NVIDIA/cutlass#333: an image of three channels is treated apart; BGR for RGB",
    seen="there are three channels in one group",
    about=lambda problem: problem.kind == "conv" and problem.channels == 3 and problem.groups == 1,
)
def _bgr(question: Question) -> Array:
    """Read images of three channels from the last to the first."""
    return question.again(x=question.given.x[..., ::-1])


@fault(
    "odd last channel forgotten",
    evidence="a relative of bhuman/CompiledNN#16: channels taken in vectors",
    seen="a filter sees an odd number of channels, three or more",
    about=lambda problem: problem.kind == "conv" and _odd(problem.filters_shape[-2]),
)
def _odd_channel(question: Question) -> Array:
    """Take the channels of a filter in pairs, and leave the last of an odd number out."""
    filters = question.given.filters.copy()
    filters[..., -1, :] = 0
    return question.again(filters=filters)


def _odd(count: int) -> bool:
    return count > 1 and count % 2 == 1


@fault(
    "channels beyond a multiple of eight forgotten",
    evidence="a relative of modular/modular#6248 (from eight channels on), and bhuman/CompiledNN#16",
    seen="a filter sees more than eight channels, and not a multiple of eight",
    about=lambda problem: (
        problem.filters_shape[-2] > 8 and problem.kind == "conv" and problem.filters_shape[-2] % 8 > 0
    ),
)
def _beyond_eight(question: Question) -> Array:
    """Take the channels of a filter in blocks of eight, and leave the rest out."""
    filters = question.given.filters.copy()
    filters[..., filters.shape[-2] // 8 * 8 :, :] = 0
    return question.again(filters=filters)
