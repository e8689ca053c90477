"""Faults that several gradients share: the activation's mask, the pads of the way back, what is asked together."""

import numpy as np

from convformance.reference.faults.fault import explicit, fault, plain
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem

EVERY = ("dx", "dfilters", "dpointwise", "dbias")
BOTH = ("dx", "dfilters")


def _lit(problem: Problem) -> bool:
    return problem.activation == "relu"


def _of_one_stage(problem: Problem) -> bool:
    return problem.kind != "separable"


@fault(
    "ReLU mask missing",
    evidence="a relative of tensorflow/tensorflow#11092: the way back is that of another layer",
    seen="an output below zero, whose cotangent must not count",
    about=_lit,
    directions=EVERY,
)
def _unmasked(question: Question) -> Array:
    """Let gradients flow back through outputs that the ReLU has put to zero."""
    return question.again(question.linear().problem)


@fault(
    "ReLU mask of the cotangent",
    evidence="a relative of tensorflow/tensorflow#11092: the mask is taken from what flows back",
    seen="the signs of an output and its cotangent differ",
    about=_lit,
    directions=EVERY,
)
def _masked_by_cotangent(question: Question) -> Array:
    """Let the ReLU stop negative cotangents instead of those of negative outputs."""
    cotangent = question.given.cotangent
    assert cotangent is not None
    return question.again(question.linear().problem, cotangent=np.maximum(cotangent, 0))


@fault(
    "ReLU mask without the bias",
    evidence="a relative of tensorflow/tensorflow#11092: the mask is taken before the bias is added",
    seen="a bias that changes the sign of an output",
    about=lambda problem: _lit(problem) and problem.use_bias,
    directions=EVERY,
)
def _masked_before_bias(question: Question) -> Array:
    """Let the ReLU stop the cotangents of outputs that are negative without their bias."""
    bias = question.given.bias
    assert bias is not None
    return question.again(bias=np.zeros_like(bias))


@fault(
    "ReLU mask written into the cotangent",
    evidence="a relative of ggml-org/ggml#591: an array of the caller taken for a buffer of the layer",
    seen="an output below zero",
    about=_lit,
    directions=EVERY,
)
def _masked_in_place(question: Question) -> Array:
    """Put the cotangents that the ReLU stops to zero in the caller's own array."""
    found, masked = question.honest(), question.linear().given.cotangent
    assert question.given.cotangent is not None
    question.given.cotangent[...] = masked
    return found


@fault(
    "gradients accumulate",
    evidence="a relative of ggml-org/ggml#591: the buffer is not put to zero before gradients are added up",
    seen="a gradient of the same size is asked for twice",
    directions=EVERY,
    remembers=True,
)
def _accumulated(question: Question) -> Array:
    """Add a gradient to the one that was there before."""
    found, former = question.honest(), question.memory.get(question.direction)
    if former is not None and former.shape == found.shape and former.dtype == found.dtype:
        found = found + former
    question.memory[question.direction] = found.copy()
    return found


@fault(
    "dx doubled when asked alone",
    evidence="a relative of apache/mxnet#15464: another path where other gradients are not asked for",
    seen="the gradient of the input is asked for alone",
    about=_of_one_stage,
    directions=("dx",),
)
def _doubled(question: Question) -> Array:
    """Add the gradient of the input twice where no other is asked for."""
    found = question.honest()
    return found + found if question.alone else found


@fault(
    "dfilters zero when asked alone",
    evidence="a relative of pytorch/pytorch#75298: what is asked for decides wrongly what is computed",
    seen="the gradient of the filters is asked for alone",
    about=_of_one_stage,
    directions=("dfilters",),
)
def _zero_filters(question: Question) -> Array:
    """Leave the gradient of the filters at zero where no other is asked for."""
    found = question.honest()
    return np.zeros_like(found) if question.alone else found


@fault(
    "dbias zero when asked alone",
    evidence="apache/mxnet#15464",
    seen="the gradient of the bias is asked for alone",
    about=_of_one_stage,
    directions=("dbias",),
)
def _zero_bias(question: Question) -> Array:
    """Leave the gradient of the bias at zero where that of the filters is not asked for."""
    found = question.honest()
    return np.zeros_like(found) if question.alone else found


@fault(
    "empty batch has gradients that are not numbers",
    evidence="a relative of sebgao/cTensor#3: a mean over no image",
    seen="a batch of no image",
    about=lambda problem: problem.batch == 0,
    directions=("dfilters", "dpointwise", "dbias"),
)
def _empty(question: Question) -> Array:
    """Give NaN for the gradients of filters and bias of no image."""
    return np.full_like(question.honest(), np.nan)


@fault(
    "SAME pads the head on the way back",
    evidence="a relative of tensorflow/tensorflow#11092: forward and backward pad differently",
    seen="the total pad of SAME is odd",
    about=lambda problem: _of_one_stage(problem) and problem.padding == "same" and any(a != b for a, b in problem.pads),
    directions=BOTH,
)
def _same_head(question: Question) -> Array:
    """Put the odd cell of SAME at the head in the gradients alone."""
    return question.bent(pads=tuple((after, before) for before, after in question.problem.pads))


@fault(
    "pads exchanged on the way back",
    evidence="a relative of tensorflow/tensorflow#11092: forward and backward pad differently",
    seen="explicit or causal pads that differ before and after an axis",
    about=lambda problem: _of_one_stage(problem) and problem.padding != "same" and any(a != b for a, b in problem.pads),
    directions=BOTH,
)
def _exchanged(question: Question) -> Array:
    """Take the pads behind an axis for those before it in the gradients alone."""
    return question.bent(pads=tuple((after, before) for before, after in question.problem.pads))


@fault(
    "pads ignored on the way back",
    evidence="a relative of tensorflow/tensorflow#20334: SAME in one direction and VALID in the other",
    seen="pads before an axis",
    about=lambda problem: _of_one_stage(problem) and max(before for before, _ in problem.pads) > 0,
    directions=BOTH,
)
def _unpadded(question: Question) -> Array:
    """Compute the gradients as if nothing had been padded or cropped before an axis."""
    return question.bent(pads=((0, 0),) * question.problem.rank)


@fault(
    "SAME shifts the way back where it needs no pads",
    evidence="tensorflow/tensorflow#11092",
    seen="SAME with a stride above the kernel that leaves two cells or more over",
    about=lambda problem: plain(problem) and problem.padding == "same" and min(_shifts(problem)) < 0,
    directions=BOTH,
)
def _negative(question: Question) -> Array:
    """Take the negative total pad that a stride above the kernel gives SAME for a shift, in the gradients alone."""
    return question.bent(pads=tuple((before, 0) for before in _shifts(question.problem)))


def _shifts(problem: Problem) -> tuple[int, ...]:
    """Halve the total pad of SAME along each axis, without its lower limit of 0, towards 0."""
    axes = zip(problem.output_spatial, problem.strides, problem.kernel_extent, problem.spatial, strict=True)
    return tuple(int(((count - 1) * s + extent - size) / 2) for count, s, extent, size in axes)


@fault(
    "stride and dilation exchanged on the way back",
    evidence="a relative of huggingface/candle#2337: there of a transposed convolution",
    seen="stride and dilation differ",
    about=lambda problem: plain(problem) and problem.strides != problem.dilation,
    directions=BOTH,
)
def _stride_for_dilation(question: Question) -> Array:
    """Take the strides for the dilation, and the reverse, in the gradients alone."""
    return question.bent(strides=question.problem.dilation, dilation=question.problem.strides)


@fault(
    "output padding ignored on the way back",
    evidence="a relative of pytorch/pytorch#195043: a gradient that can't express output padding",
    seen="there is output padding, and a tap that meets it",
    about=lambda problem: problem.kind == "transposed" and explicit(problem) and max(problem.output_padding) > 0,
    directions=("dx", "dfilters", "dbias"),
)
def _no_output_padding(question: Question) -> Array:
    """Leave the cells that output padding adds out of the gradients of a transposed convolution."""
    behind = question.linear()
    assert behind.given.cotangent is not None
    cotangent = behind.given.cotangent.copy()
    for axis, more in enumerate(question.problem.output_padding, start=1):
        np.moveaxis(cotangent, axis, 0)[cotangent.shape[axis] - more :] = 0
    return behind.again(cotangent=cotangent)
