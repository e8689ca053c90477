"""Faults of separable convolution: of either stage, and of what happens between them."""

from dataclasses import replace

import numpy as np

from convformance.reference.faults.fault import About, fault
from convformance.reference.faults.geometry import halved, moved, uneven
from convformance.reference.faults.question import Array, Question
from convformance.reference.operands import Operands
from convformance.reference.problem import Pads, Problem


def _where(condition: About = lambda _: True) -> About:
    """Tell of a problem whether it is a separable convolution on which a condition holds."""
    return lambda problem: problem.kind == "separable" and condition(problem)


def _by_kernel(problem: Problem) -> Array:
    """List the maps kernel by kernel, m * C + c, where they lie channel by channel, c * M + m."""
    return np.arange(problem.channels * problem.multiplier).reshape(problem.channels, -1).T.ravel()


def _unstrided(problem: Problem) -> Pads:
    """Give the pads of SAME with a stride of 1."""
    return halved(extent - 1 for extent in problem.kernel_extent)


def _first_stage(question: Question) -> Question:
    """Ask the depthwise stage alone."""
    depthwise, _ = question.problem.stages
    return replace(question, problem=depthwise, given=Operands(question.given.x, question.given.filters, None))


def _second_stage(question: Question, maps: Array) -> Array:
    """Give the output that the pointwise stage makes of these maps."""
    _, pointwise = question.problem.stages
    weights = question.given.pointwise
    assert weights is not None
    filters = weights.reshape(pointwise.filters_shape)
    return question.compute(pointwise, Operands(maps, filters, question.given.bias), "forward")


@fault(
    "separable: kernels flipped",
    evidence="a relative of keras-team/keras#3015, of the depthwise stage",
    seen="the kernel has two taps or more",
    about=_where(lambda problem: max(problem.kernel_size) > 1),
)
def _flipped(question: Question) -> Array:
    """Flip the kernels of the depthwise stage on all axes."""
    return question.again(filters=np.flip(question.given.filters, question.kernel_axes))


@fault(
    "separable: maps taken kernel by kernel",
    evidence="a relative of ARM-software/ComputeLibrary#553: maps in the order m * C + c",
    seen="there are two channels or more, and a multiplier of two or more",
    about=_where(lambda problem: problem.multiplier > 1 and problem.channels > 1),
)
def _kernel_by_kernel(question: Question) -> Array:
    """Let the pointwise filters take the maps of the first kernel of every channel first."""
    assert question.given.pointwise is not None
    return question.again(pointwise=question.given.pointwise[_by_kernel(question.problem)])


@fault(
    "separable: multiplier ignored",
    evidence="a relative of ARM-software/ComputeLibrary#553",
    seen="the multiplier is two or more",
    about=_where(lambda problem: problem.multiplier > 1),
)
def _first_kernel(question: Question) -> Array:
    """Use the first kernel of a channel for all of its maps."""
    return question.again(filters=np.repeat(question.given.filters[..., :1], question.problem.multiplier, axis=-1))


@fault(
    "separable: pointwise filters exchanged",
    evidence="a relative of Maratyszcza/NNPACK#15: a square matrix the wrong way round",
    seen="there are two maps or more, and two filters or more",
    about=_where(lambda problem: problem.filters > 1 and problem.channels * problem.multiplier > 1),
)
def _pointwise_turned(question: Question) -> Array:
    """Read the memory of the pointwise filters as (filters, maps)."""
    weights = question.given.pointwise
    assert weights is not None
    return question.again(pointwise=weights.reshape(weights.shape[::-1]).T)


@fault(
    "separable: ReLU between the stages",
    evidence="google/qkeras#76, keras-team/keras#11112",
    seen="the activation is ReLU",
    about=_where(lambda problem: problem.activation == "relu"),
)
def _relu_between(question: Question) -> Array:
    """Apply the ReLU to the maps between the stages as well."""
    maps = _first_stage(question).honest()
    return _second_stage(question, np.maximum(maps, maps.dtype.type(0)))


@fault(
    "separable: ReLU missing",
    evidence="a relative of google/qkeras#76",
    seen="the activation is ReLU",
    about=_where(lambda problem: problem.activation == "relu"),
)
def _relu_missing(question: Question) -> Array:
    """Let negative outputs stay negative."""
    return question.again(replace(question.problem, activation=None))


@fault(
    "separable: bias of the maps",
    evidence="a relative of majianjia/nnom#73: the bias of a depthwise stage that has none",
    seen="there is a bias",
    about=_where(lambda problem: problem.use_bias),
)
def _bias_of_maps(question: Question) -> Array:
    """Add the bias between the stages, its numbers over again for as many maps as there are."""
    weights, bias = question.given.pointwise, question.given.bias
    assert weights is not None
    assert bias is not None
    carried = np.resize(bias, len(weights)).astype(np.float64) @ weights.astype(np.float64)
    return question.again(bias=carried.astype(bias.dtype))


@fault(
    "separable: bias missing",
    evidence="majianjia/nnom#73",
    seen="there is a bias",
    about=_where(lambda problem: problem.use_bias),
)
def _bias_missing(question: Question) -> Array:
    """Add no bias."""
    assert question.given.bias is not None
    return question.again(bias=np.zeros_like(question.given.bias))


@fault(
    "separable: strides in the second stage",
    evidence="a relative of keras-team/keras#19291: SAME pads what a stride of 1 would need",
    seen="padding is SAME, the stride is above 1, and saves a cell of pads before the axis",
    about=_where(lambda problem: problem.padding == "same" and moved(problem, _unstrided(problem))),
)
def _late_strides(question: Question) -> Array:
    """Compute the depthwise stage without strides, and take every so many-th of its maps' cells."""
    return _second_stage(question, _first_stage(question).bent(pads=_unstrided(question.problem)))


@fault(
    "separable: first stride on every axis",
    evidence="a relative of PaddlePaddle/Paddle#20997, of the depthwise stage",
    seen="the strides of the axes differ",
    about=_where(lambda problem: uneven(problem.strides)),
)
def _first_stride(question: Question) -> Array:
    """Use the stride of the first axis on every axis."""
    strides = question.problem.strides[:1] * question.problem.rank
    return _second_stage(question, _first_stage(question).bent(strides=strides))


@fault(
    "separable: dilation ignored",
    evidence="keras-team/keras#13821",
    seen="the dilation is above 1 on an axis with two taps or more",
    about=_where(lambda problem: problem.kernel_extent != problem.kernel_size),
)
def _dense(question: Question) -> Array:
    """Take the kernels of the depthwise stage for dense ones."""
    return _second_stage(question, _first_stage(question).bent(dilation=(1,) * question.problem.rank))


@fault(
    "separable: head and tail of the pads exchanged",
    evidence="a relative of keras-team/keras#22876, of the depthwise stage",
    seen="the pads before and behind an axis differ",
    about=_where(lambda problem: any(before != after for before, after in problem.pads)),
)
def _exchanged(question: Question) -> Array:
    """Pad before each axis of the depthwise stage what belongs behind it."""
    pads = tuple((after, before) for before, after in question.problem.pads)
    return _second_stage(question, _first_stage(question).bent(pads=pads))
