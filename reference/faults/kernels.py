"""Faults of the kernel: flipped, turned, cut short, filled."""

from dataclasses import replace

import numpy as np

from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.geometry import taps
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
    "kernel flipped along the last axis",
    evidence="a relative of keras-team/keras#3015: one axis of two",
    seen="there are two axes or more, and the kernel has two taps or more on the last",
    about=lambda problem: plain(problem) and problem.rank > 1 and problem.kernel_size[-1] > 1,
)
def _mirrored(question: Question) -> Array:
    """Flip the kernel left to right."""
    return question.again(filters=np.flip(question.given.filters, question.problem.rank - 1))


@fault(
    "volumes: kernel flipped along the depth",
    evidence="a relative of keras-team/keras#3015, of the axis that images do not have",
    seen="three axes, and the kernel has two taps or more on the first",
    about=lambda problem: plain(problem) and problem.rank == 3 and problem.kernel_size[0] > 1,
)
def _depth_flipped(question: Question) -> Array:
    """Flip the kernel of a volume along its first axis."""
    return question.again(filters=np.flip(question.given.filters, 0))


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
    "volumes: kernel axes in reverse",
    evidence="a relative of pytorch/pytorch#9860, which names the depth of a kernel last: width, height, depth",
    seen="three axes, and the kernel has two of two taps or more",
    about=lambda problem: plain(problem) and problem.rank == 3 and sum(k > 1 for k in problem.kernel_size) > 1,
)
def _reversed(question: Question) -> Array:
    """Read the memory of a volume's kernels as (width, height, depth)."""
    filters = question.given.filters
    turned = filters.reshape(*filters.shape[2::-1], *filters.shape[3:])
    return question.again(filters=turned.transpose(2, 1, 0, 3, 4))


@fault(
    "last kernel tap skipped",
    evidence="a relative of Tencent/ncnn#1014: a loop over taps that ends one early",
    seen="the kernel has seven taps or more",
    about=lambda problem: plain(problem) and taps(problem) > 6,
)
def _last_tap(question: Question) -> Array:
    """Leave the last tap of kernels of more than six out."""
    filters = question.given.filters.copy()
    filters[(-1,) * question.problem.rank] = 0
    return question.again(filters=filters)


@fault(
    "last kernel row skipped",
    evidence="a relative of Tencent/ncnn#1014: rows taken two at a time",
    seen="there are two axes or more, and the kernel has an odd number of rows, three or more",
    about=lambda problem: (
        plain(problem) and problem.rank > 1 and problem.kernel_size[0] > 2 and problem.kernel_size[0] % 2 == 1
    ),
)
def _last_row(question: Question) -> Array:
    """Leave the last row out of kernels with an odd number of rows."""
    filters = question.given.filters.copy()
    filters[-1] = 0
    return question.again(filters=filters)


@fault(
    "kernel columns beyond the fourth skipped",
    evidence="a relative of Tencent/ncnn#1014: the rest of a loop over taps in fours",
    seen="the kernel has five taps or more on the last axis",
    about=lambda problem: plain(problem) and problem.kernel_size[-1] > 4,
)
def _fifth_column(question: Question) -> Array:
    """Leave the taps beyond the fourth of the kernel's last axis out."""
    filters = question.given.filters.copy()
    filters[(*(slice(None),) * (question.problem.rank - 1), slice(4, None))] = 0
    return question.again(filters=filters)


@fault(
    "kernels packed for 3 by 3",
    evidence="a relative of espressif/esp-dl#40: a routine for 3x3 kernels wrong from the second filter on",
    seen="the kernel has three taps on every axis, and there are two filters or more",
    about=lambda problem: plain(problem) and set(problem.kernel_size) == {3} and problem.filters_shape[-1] > 1,
)
def _packed(question: Question) -> Array:
    """Read the kernels of three taps on every axis one filter after the other, where they lie interleaved."""
    filters = question.given.filters
    apart = filters.reshape(filters.shape[-1], *filters.shape[:-1])
    return question.again(filters=np.moveaxis(apart, 0, -1))


@fault(
    "gaps of a dilated kernel filled",
    evidence="a relative of pytorch/pytorch#1565: a kernel spread by repeating its taps, not by zeros between them",
    seen="the dilation is above 1 on an axis with two taps or more",
    about=lambda problem: plain(problem) and problem.kernel_extent != problem.kernel_size,
)
def _filled(question: Question) -> Array:
    """Repeat each tap of a dilated kernel in the gap behind it."""
    problem, filters = question.problem, question.given.filters
    for axis, (extent, d) in enumerate(zip(problem.kernel_extent, problem.dilation, strict=True)):
        filters = np.repeat(filters, d, axis).take(np.arange(extent), axis)
    dense = replace(problem, kernel_size=problem.kernel_extent, dilation=())
    return question.again(dense, filters=filters)


@fault(
    "dilated signals cut into blocks",
    evidence="ibab/tensorflow-wavenet#29",
    seen="one axis, and a dilation above 1 with two taps or more",
    about=lambda problem: plain(problem) and problem.rank == 1 and problem.kernel_extent != problem.kernel_size,
)
def _blocks(question: Question) -> Array:
    """Convolve each of as many blocks of a signal as its dilation is, where every so many-th cell was meant."""
    problem = question.problem
    (d,), (size,) = problem.dilation, problem.spatial
    whole = size // d * d
    order = np.concatenate([np.arange(whole).reshape(d, -1).T.ravel(), np.arange(whole, size)])
    return question.again(x=question.given.x[:, order])


@fault(
    "long kernels cut to eleven taps",
    evidence="a relative of modular/modular#6129: grouped kernels of 128 taps are wrong, of 3 right",
    seen="the kernel has more than eleven taps on an axis",
    about=lambda problem: plain(problem) and max(problem.kernel_size) > 11,
)
def _long(question: Question) -> Array:
    """Leave the taps beyond the eleventh of an axis out."""
    filters = question.given.filters.copy()
    for axis in question.kernel_axes:
        np.moveaxis(filters, axis, 0)[11:] = 0
    return question.again(filters=filters)
