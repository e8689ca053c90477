"""Faults of tails: what is left over when a loop goes in blocks, and single elements that go wrong."""

import math

import numpy as np

from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem


def _floating(problem: Problem) -> bool:
    """Tell whether a plain or depthwise convolution of several images is one of floating-point numbers."""
    return plain(problem) and problem.batch > 1 and not problem.precision.is_integer


@fault(
    "last row unwritten",
    evidence="Tencent/ncnn#1014",
    seen="there are more than four rows of output, and not a multiple of four",
    about=lambda problem: plain(problem) and problem.output_spatial[0] > 4 and problem.output_spatial[0] % 4 > 0,
)
def _last_row(question: Question) -> Array:
    """Leave the last row of the output at zero when their number is no multiple of four."""
    output = question.honest()
    output[:, -1] = 0
    return output


@fault(
    "last columns unwritten",
    evidence="a relative of Tencent/ncnn#1014: the rest of a loop over columns in fours",
    seen="the output has two axes or more, with more than four columns, and not a multiple of four",
    about=lambda problem: (
        plain(problem) and problem.rank > 1 and problem.output_spatial[-1] > 4 and problem.output_spatial[-1] % 4 > 0
    ),
)
def _last_columns(question: Question) -> Array:
    """Leave the columns beyond a multiple of four at zero."""
    output = question.honest()
    output[..., output.shape[-2] // 4 * 4 :, :] = 0
    return output


@fault(
    "odd last column repeats its neighbour",
    evidence="a relative of Tencent/ncnn#1014: columns taken two at a time",
    seen="the output has an odd number of columns, five or more",
    about=lambda problem: plain(problem) and problem.output_spatial[-1] > 4 and problem.output_spatial[-1] % 2 == 1,
)
def _odd_column(question: Question) -> Array:
    """Write the last but one column of the output again in place of an odd last one."""
    output = question.honest()
    output[..., -1, :] = output[..., -2, :]
    return output


@fault(
    "left column of the next tile taken again",
    evidence="modular/modular#6788: tiles of the width beside the padding",
    seen="there are pads on the last axis, and more than eight columns of output",
    about=lambda problem: plain(problem) and any(problem.pads[-1]) and problem.output_spatial[-1] > 8,
)
def _tile(question: Question) -> Array:
    """Write the eighth column of a padded output again in the ninth, where the next tile begins."""
    output = question.honest()
    output[..., 8, :] = output[..., 7, :]
    return output


@fault(
    "filters beyond a multiple of eight mixed up",
    evidence="a relative of tenstorrent/tt-metal#20808: channels that eight does not divide",
    seen="there are more than eight filters, and not a multiple of eight",
    about=lambda problem: plain(problem) and problem.filters > 8 and problem.filters % 8 > 0,
)
def _last_filters(question: Question) -> Array:
    """Give the outputs of the filters beyond a multiple of eight one place on, or of a single one too large."""
    output = question.honest()
    rest = question.problem.filters % 8
    output[..., -rest:] = np.roll(output[..., -rest:], 1, axis=-1) + output.dtype.type(rest == 1)
    return output


@fault(
    "last filter of an odd number unwritten",
    evidence="a relative of bhuman/CompiledNN#16: filters taken in vectors",
    seen="there is an odd number of filters, three or more",
    about=lambda problem: plain(problem) and problem.filters > 2 and problem.filters % 2 == 1,
)
def _odd_filter(question: Question) -> Array:
    """Leave the output of the last of an odd number of filters at zero."""
    output = question.honest()
    output[..., -1] = 0
    return output


@fault(
    "last column forgets a channel",
    evidence="a relative of modular/modular#6248: the rest of a block of channels where columns are left over",
    seen="a filter sees one channel more than a multiple of eight",
    about=lambda problem: (
        problem.kind == "conv" and problem.groups == 1 and problem.channels > 8 and problem.channels % 8 == 1
    ),
)
def _last_column_channel(question: Question) -> Array:
    """Leave the channel beyond a multiple of eight out of the last column."""
    output, filters = question.honest(), question.given.filters.copy()
    filters[..., -1, :] = 0
    output[..., -1, :] = question.again(filters=filters)[..., -1, :]
    return output


@fault(
    "last image unwritten",
    evidence="a relative of Tencent/ncnn#1014: a loop over the batch that ends one early",
    seen="there are two images or more",
    about=lambda problem: plain(problem) and problem.batch > 1,
)
def _last_image(question: Question) -> Array:
    """Leave the output of the last of several images at zero."""
    output = question.honest()
    output[-1] = 0
    return output


@fault(
    "images beyond a multiple of 32 unwritten",
    evidence="NervanaSystems/neon#361",
    seen="there are more than 32 images, and not a multiple of 32",
    about=lambda problem: plain(problem) and problem.batch > 32 and problem.batch % 32 > 0,
)
def _last_images(question: Question) -> Array:
    """Leave the outputs of the images beyond a multiple of 32 at zero."""
    output = question.honest()
    output[len(output) // 32 * 32 :] = 0
    return output


@fault(
    "odd last image repeats its neighbour",
    evidence="a relative of Maratyszcza/NNPACK#43: batches that are no power of two",
    seen="there is an odd number of images, three or more",
    about=lambda problem: plain(problem) and problem.batch > 2 and problem.batch % 2 == 1,
)
def _odd_image(question: Question) -> Array:
    """Write the output of the last but one image again in place of an odd last one."""
    output = question.honest()
    output[-1] = output[-2]
    return output


@fault(
    "first image for all",
    evidence="a relative of tensorflow/tensorflow#1299: the result depends on the place in the batch",
    seen="there are two images or more, and they differ",
    about=lambda problem: plain(problem) and problem.batch > 1,
)
def _first_image(question: Question) -> Array:
    """Give for every image of a batch what the first one gives."""
    return question.again(x=np.repeat(question.given.x[:1], question.problem.batch, axis=0))


@fault(
    "last elements of the output unwritten",
    evidence="a relative of Tencent/ncnn#1014: the rest of a loop over all elements in fours",
    seen="there are more than 16 elements, and not a multiple of four",
    about=lambda problem: (
        plain(problem) and math.prod(problem.output_shape) > 16 and math.prod(problem.output_shape) % 4 > 0
    ),
)
def _last_elements(question: Question) -> Array:
    """Leave in the elements beyond a multiple of four what was in memory before."""
    output = question.honest()
    output.reshape(-1)[-(output.size % 4) :] = 77
    return output


@fault(
    "one element is not a number",
    evidence="a relative of pytorch/pytorch#157237: NaN in an image beside the one that has it",
    seen="there are two images or more",
    about=_floating,
)
def _one_nan(question: Question) -> Array:
    """Give NaN for the first element of the second image."""
    output = question.honest()
    output[1].reshape(-1)[:1] = np.nan
    return output


@fault(
    "one element is infinite",
    evidence="a relative of pytorch/pytorch#157237: one element of another image",
    seen="there are two images or more",
    about=_floating,
)
def _one_infinite(question: Question) -> Array:
    """Give an infinity for the first element of the second image."""
    output = question.honest()
    output[1].reshape(-1)[:1] = np.inf
    return output


@fault(
    "one element off by a thousandth",
    evidence="a relative of tensorflow/tensorflow#1299: one element of many",
    seen="there are two images or more, in a format that holds a thousandth",
    about=lambda problem: _floating(problem) and problem.dtype in ("float32", "float64"),
)
def _one_off(question: Question) -> Array:
    """Give the first element of the second image a thousandth too large."""
    output = question.honest()
    output[1].reshape(-1)[:1] *= output.dtype.type(1.001)
    return output
