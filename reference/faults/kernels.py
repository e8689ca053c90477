"""Faults of the kernel: flipped, turned, cut short."""

import math

import numpy as np

from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.question import Array, Question


@fault(
    "kernel flipped",
    evidence="keras-team/keras#3015",
    seen="an axis of the kernel has two taps or more, and no kernel is symmetric",
    about=lambda problem: plain(problem) and max(problem.kernel_size) > 1,
)
def _flipped(question: Question) -> Array:
    """Flip the kernel on all axes, as signal processing has it."""
    return question.again(filters=np.flip(question.given.filters, question.kernel_axes))


@fault(
    "kernel height and width exchanged",
    evidence="Maratyszcza/NNPACK#15",
    seen="the kernel has two axes of two taps or more, and no kernel equals its transpose",
    about=lambda problem: plain(problem) and problem.rank > 1 and min(problem.kernel_size[-2:]) > 1,
)
def _transposed(question: Question) -> Array:
    """Read the memory of each kernel as if its last two axes were exchanged."""
    filters, rank = question.given.filters, question.problem.rank
    shape = list(filters.shape)
    shape[rank - 2], shape[rank - 1] = shape[rank - 1], shape[rank - 2]
    return question.again(filters=filters.reshape(shape).swapaxes(rank - 2, rank - 1))


@fault(
    "last kernel tap skipped",
    evidence="a relative of Tencent/ncnn#1014: a loop over taps that ends one early",
    seen="the kernel has two taps or more",
    about=lambda problem: plain(problem) and math.prod(problem.kernel_size) > 1,
)
def _last_tap(question: Question) -> Array:
    """Leave the last tap of every kernel out."""
    filters = question.given.filters.copy()
    filters[(-1,) * question.problem.rank] = 0
    return question.again(filters=filters)
