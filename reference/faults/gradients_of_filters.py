"""Faults of the gradient of the filters, depthwise, pointwise and transposed ones among them."""

import math
from dataclasses import replace

import numpy as np

from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem

DFILTERS = ("dfilters",)
EITHER = ("dfilters", "dpointwise")
MANY = 65_536
"""How many images a 16-bit number counts."""


@fault(
    "dfilters folded over groups",
    evidence="pytorch/pytorch#51430",
    seen="there are groups",
    about=lambda problem: problem.groups > 1,
    directions=DFILTERS,
)
def _folded(question: Question) -> Array:
    """Add up the gradients of all groups' filters."""
    found, groups = question.honest(), question.problem.groups
    axis = -2 if question.problem.kind in ("depthwise", "separable") else -1
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.stack(np.split(found, groups, axis=axis)).sum(axis=0).astype(found.dtype)
    return np.concatenate([total] * groups, axis=axis)


@fault(
    "dfilters are the mean of the images",
    evidence="a relative of sebgao/cTensor#3: the loss's mean is taken in the layer",
    seen="a batch of two images or more",
    about=lambda problem: problem.batch > 1,
    directions=EITHER,
)
def _mean(question: Question) -> Array:
    """Divide the gradient of the filters by how many images there are."""
    found = question.honest()
    return (found / question.problem.batch).astype(found.dtype)


@fault(
    "dfilters are the mean of the outputs",
    evidence="sebgao/cTensor#3",
    seen="an output of two positions or more",
    about=lambda problem: problem.batch > 0 and math.prod(problem.output_spatial) > 1,
    directions=EITHER,
)
def _mean_of_outputs(question: Question) -> Array:
    """Divide the gradient of the filters by how many outputs a filter has in all images."""
    found, problem = question.honest(), question.problem
    return (found / (problem.batch * math.prod(problem.output_spatial))).astype(found.dtype)


@fault(
    "dfilters of the last image",
    evidence="a relative of mlpack/mlpack#3679: right for a batch of one image",
    seen="a batch of two images or more",
    about=lambda problem: problem.batch > 1,
    directions=EITHER,
)
def _last_image(question: Question) -> Array:
    """Keep the gradient that the last image gives, instead of adding up all images'."""
    behind, cotangent = _behind(question)
    cotangent[:-1] = 0
    return behind.again(cotangent=cotangent)


@fault(
    "dfilters of 16-bit batches",
    evidence="pytorch/pytorch#96225",
    seen="a batch of more than 65536 images",
    about=lambda problem: problem.batch > MANY,
    directions=EITHER,
)
def _sixteen_bits(question: Question) -> Array:
    """Leave the images beyond the 65536th out of the gradient of the filters."""
    behind, cotangent = _behind(question)
    cotangent[MANY:] = 0
    return behind.again(cotangent=cotangent)


@fault(
    "dfilters miss the last columns",
    evidence="a relative of Tencent/ncnn#1014: a block of 4 that is not full",
    seen="an output of more than 4 columns, and no multiple of 4",
    about=lambda problem: problem.output_spatial[-1] > 4 and problem.output_spatial[-1] % 4 > 0,
    directions=EITHER,
)
def _last_columns(question: Question) -> Array:
    """Leave the columns beyond a multiple of 4 out of the gradient of the filters."""
    behind, cotangent = _behind(question)
    cotangent[..., question.problem.output_spatial[-1] // 4 * 4 :, :] = 0
    return behind.again(cotangent=cotangent)


@fault(
    "depthwise dfilters wrong at the border",
    evidence="pytorch/pytorch#50042",
    seen="channels apart, with pads and a stride on the first axis, and two taps or more along it",
    about=lambda problem: (
        _apart(problem) and problem.strides[0] > 1 and problem.kernel_size[0] > 1 and max(problem.pads[0]) > 0
    ),
    directions=DFILTERS,
)
def _border(question: Question) -> Array:
    """Leave the last row of outputs out of the gradient of the kernels' last row."""
    behind, cotangent = _behind(question)
    found = behind.honest()
    cotangent[:, -1] = 0
    found[-1] = behind.again(cotangent=cotangent)[-1]
    return found


@fault(
    "dfilters flipped",
    evidence="a relative of ml-explore/mlx#1826: a flip too many or too few on the way back",
    seen="an axis of the kernel has two taps or more",
    about=lambda problem: max(problem.kernel_size) > 1,
    directions=DFILTERS,
)
def _flipped(question: Question) -> Array:
    """Give the gradient of the filters flipped on all axes of the kernel."""
    return np.flip(question.honest(), question.kernel_axes)


@fault(
    "dfilters with kernel height and width exchanged",
    evidence="a relative of Maratyszcza/NNPACK#15: where every test is square",
    seen="the kernel has two axes of two taps or more",
    about=lambda problem: problem.rank > 1 and min(problem.kernel_size[-2:]) > 1,
    directions=DFILTERS,
)
def _exchanged(question: Question) -> Array:
    """Write the gradient of each kernel to memory with its last two axes exchanged."""
    found, rank = question.honest(), question.problem.rank
    return np.ascontiguousarray(found.swapaxes(rank - 2, rank - 1)).reshape(found.shape)


@fault(
    "dfilters with channels and filters exchanged",
    evidence="a relative of microsoft/onnxscript#1299: where a check of the shapes can't see it",
    seen="as many channels in a group as filters, or in a transposed one the reverse, and more than one",
    about=lambda problem: problem.kind != "separable" and problem.filters_shape[-1] == problem.filters_shape[-2] > 1,
    directions=DFILTERS,
)
def _equal_axes(question: Question) -> Array:
    """Exchange the last two axes of the gradient of filters where they are as long."""
    return np.ascontiguousarray(question.honest().swapaxes(-1, -2))


@fault(
    "dfilters ignore dilation",
    evidence="a relative of deeplearning4j/deeplearning4j#4100: dilation not handed on to the way back",
    seen="dilation, with two taps or more along its axis",
    about=lambda problem: problem.kind != "separable" and max(problem.dilation) > 1,
    directions=DFILTERS,
)
def _undilated(question: Question) -> Array:
    """Leave no cells between the taps of the kernel in the gradient of the filters."""
    return question.bent(dilation=(1,) * question.problem.rank)


@fault(
    "dfilters take the strides of other axes",
    evidence="a relative of PaddlePaddle/Paddle#20997: the stride of another axis",
    seen="strides that differ",
    about=lambda problem: problem.kind != "separable" and problem.strides != problem.strides[::-1],
    directions=DFILTERS,
)
def _strides(question: Question) -> Array:
    """Take the strides in reverse order of the axes in the gradient of the filters."""
    return question.bent(strides=question.problem.strides[::-1])


@fault(
    "transposed dfilters with stride and dilation exchanged",
    evidence="huggingface/candle#2337",
    seen="stride and dilation differ",
    about=lambda problem: problem.kind == "transposed" and problem.strides != problem.dilation,
    directions=DFILTERS,
)
def _stride_for_dilation(question: Question) -> Array:
    """Take the strides for the dilation, and the reverse, in the gradient of transposed filters."""
    return question.bent(strides=question.problem.dilation, dilation=question.problem.strides)


@fault(
    "dfilters of zero pads",
    evidence="a relative of pytorch/pytorch#37844: pads in a mode, wrong in one direction",
    seen="pads that are copies of cells",
    about=lambda problem: problem.padding_mode != "zeros",
    directions=EITHER,
)
def _zero_pads(question: Question) -> Array:
    """See zeros in the pads for the gradient of the filters, whatever stands there."""
    behind = question.linear()
    return behind.again(replace(behind.problem, padding_mode="zeros"))


@fault(
    "grouped pointwise dfilters of a neighbour",
    evidence="a relative of ROCm/composable_kernel#2478: strides of the memory wrong for this case alone",
    seen="there are groups of several channels, a kernel of one cell, stride 1 and no pads",
    about=lambda problem: (
        plain(problem)
        and 1 < problem.groups < problem.channels
        and max(problem.kernel_size + problem.strides) == 1
        and max(map(max, problem.pads)) == 0
    ),
    directions=DFILTERS,
)
def _neighbour(question: Question) -> Array:
    """Read the input of the next channel for the gradient of grouped filters of one cell."""
    return question.linear().again(x=np.roll(question.given.x, -1, axis=-1))


@fault(
    "dfilters of kernels one after the other",
    evidence="a relative of deeplearning4j/deeplearning4j#6885: which axis of depthwise filters is the multiplier",
    seen="several channels, and a multiplier above 1",
    about=lambda problem: (
        _apart(problem)
        and problem.channels > 1
        and (problem.multiplier if problem.kind == "separable" else problem.filters // problem.channels) > 1
    ),
    directions=DFILTERS,
)
def _kernel_by_kernel(question: Question) -> Array:
    """Write the gradient of depthwise kernels to memory with the multiplier before the channels."""
    found, problem = question.honest(), question.problem
    kernels = found.reshape(*problem.kernel_size, problem.channels, -1)
    return np.ascontiguousarray(kernels.swapaxes(-1, -2)).reshape(found.shape)


def _apart(problem: Problem) -> bool:
    """Tell whether channels do not see each other, as in a depthwise convolution or the equal grouped one."""
    return problem.kind != "transposed" and problem.groups == problem.channels


def _behind(question: Question) -> tuple[Question, Array]:
    """Give the question behind the activation, and a copy of its cotangent."""
    behind = question.linear()
    assert behind.given.cotangent is not None
    return behind, behind.given.cotangent.copy()
