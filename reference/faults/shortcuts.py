"""Faults of shortcuts that the numbers switch on: zeros skipped, single cells, sparse kernels, large filters."""

import numpy as np

from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.geometry import taps
from convformance.reference.faults.question import Array, Question


def _single(x: Array) -> bool:
    """Tell whether an input is zero but for a 1."""
    return x.size > 1 and np.count_nonzero(x) == 1 and bool((x == 1).any())


@fault(
    "impulse taken for nothing",
    evidence="a relative of pytorch/pytorch#19912: a single 1 in the input, and all outputs zero",
    seen="the input is zero but for a single 1",
    about=plain,
)
def _impulse(question: Question) -> Array:
    """Take an input of a single 1 for empty."""
    x = question.given.x
    return question.again(x=np.zeros_like(x)) if _single(x) else question.honest()


@fault(
    "impulse in the last cell mirrored",
    evidence="a relative of pytorch/pytorch#19912: a single 1 in the last channel",
    seen="the input is zero but for a 1 in the last cell of an image, and the kernel has two taps or more",
    about=lambda problem: plain(problem) and taps(problem) > 1,
)
def _mirrored(question: Question) -> Array:
    """Flip the kernel for an input of a single 1 in its last cell."""
    x, filters = question.given.x, question.given.filters
    if _single(x) and any(image.flat[-1] == 1 for image in x):
        filters = np.flip(filters, question.kernel_axes)
    return question.again(filters=filters)


@fault(
    "half empty input cut",
    evidence="a relative of traveller59/spconv#424: a sparse image that loses cells",
    seen="between a third and two thirds of the input are zeros",
    about=plain,
)
def _cut(question: Question) -> Array:
    """Leave the last cells of an input out that is about half zeros."""
    x = question.given.x
    if x.size and 1 / 3 < (x == 0).mean() < 2 / 3:
        x = x.copy()
        x[:, -1] = 0
    return question.again(x=x)


@fault(
    "sparse kernel pruned",
    evidence="a relative of traveller59/spconv#424, of the kernel",
    seen="a quarter of a kernel's taps are zeros or more",
    about=lambda problem: plain(problem) and taps(problem) > 1,
)
def _pruned(question: Question) -> Array:
    """Leave the last tap out of kernels with many zeros."""
    filters = question.given.filters
    if (filters == 0).mean() >= 1 / 4:
        filters = filters.copy()
        filters[(-1,) * question.problem.rank] = 0
    return question.again(filters=filters)


@fault(
    "large filters saturate",
    evidence="a relative of ARM-software/ComputeLibrary#1287: weights packed to a narrower range",
    seen="a number of the filters is above 4096",
    about=lambda problem: plain(problem) and problem.dtype in ("float32", "float64", "int32", "int64"),
)
def _saturated(question: Question) -> Array:
    """Cut the numbers of the filters at 4096."""
    return question.again(filters=np.clip(question.given.filters, -4096, 4096))
