"""Faults of the gradients of separable convolutions: what goes wrong between their two stages."""

import numpy as np

from convformance.reference.faults.fault import fault
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem


def _separable(problem: Problem) -> bool:
    return problem.kind == "separable"


def _multiplied(problem: Problem) -> bool:
    return _separable(problem) and min(problem.channels, problem.multiplier) > 1


def _kernel_by_kernel(problem: Problem) -> Array:
    """Give the numbers of the maps kernel by kernel: m * C + c for c * M + m."""
    return np.arange(problem.channels * problem.multiplier).reshape(problem.channels, -1).T.ravel()


@fault(
    "dpointwise kernel by kernel",
    evidence="a relative of deeplearning4j/deeplearning4j#6885: which axis of depthwise filters is the multiplier",
    seen="several channels, and a multiplier above 1",
    about=_multiplied,
    directions=("dpointwise",),
)
def _ordered(question: Question) -> Array:
    """Give the gradient of the pointwise filters in the order m * C + c."""
    return question.honest()[_kernel_by_kernel(question.problem)]


@fault(
    "dpointwise of the first kernel's maps",
    evidence="a relative of yonghenglh6/DepthwiseConvolution#20: a depthwise path that knows no multiplier",
    seen="a multiplier above 1",
    about=lambda problem: _separable(problem) and problem.multiplier > 1,
    directions=("dpointwise",),
)
def _first_maps(question: Question) -> Array:
    """Take the map of a channel's first kernel for those of all in the gradient of the pointwise filters."""
    filters = np.repeat(question.given.filters[..., :1], question.problem.multiplier, axis=-1)
    return question.linear().again(filters=filters)


@fault(
    "dpointwise with maps and filters exchanged",
    evidence="a relative of microsoft/onnxscript#1299: where a check of the shapes can't see it",
    seen="as many maps as filters, and more than one",
    about=lambda problem: _separable(problem) and problem.channels * problem.multiplier == problem.filters > 1,
    directions=("dpointwise",),
)
def _exchanged(question: Question) -> Array:
    """Exchange maps and filters in the gradient of as many pointwise filters."""
    return np.ascontiguousarray(question.honest().T)


@fault(
    "gradients stop at the signs of the pointwise filters",
    evidence="a relative of tiny-dnn/tiny-dnn#415: what flows back is not what was handed on",
    seen="a pointwise filter with a number that is neither 1 nor -1 nor 0",
    about=_separable,
    directions=("dx", "dfilters"),
)
def _signs(question: Question) -> Array:
    """Let cotangents flow back through the signs of the pointwise filters only."""
    assert question.given.pointwise is not None
    return question.linear().again(pointwise=np.sign(question.given.pointwise))


@fault(
    "gradients flow back kernel by kernel",
    evidence="a relative of deeplearning4j/deeplearning4j#6885: which axis of depthwise filters is the multiplier",
    seen="several channels, and a multiplier above 1",
    about=_multiplied,
    directions=("dx", "dfilters"),
)
def _misdirected(question: Question) -> Array:
    """Let cotangents flow back to maps in the order m * C + c."""
    assert question.given.pointwise is not None
    return question.linear().again(pointwise=question.given.pointwise[_kernel_by_kernel(question.problem)])
