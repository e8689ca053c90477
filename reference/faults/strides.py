"""Faults of strides and dilation: exchanged, ignored, read as something else."""

from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.geometry import uneven
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem


def _strided(problem: Problem) -> bool:
    """Tell whether a plain or depthwise convolution has a stride above 1."""
    return plain(problem) and max(problem.strides) > 1


def _dilated(problem: Problem) -> bool:
    """Tell whether dilation sets taps of a plain or depthwise convolution apart."""
    return plain(problem) and problem.kernel_extent != problem.kernel_size


@fault(
    "strides of the axes exchanged",
    evidence="a relative of tenstorrent/tt-metal#19542: height and width in the wrong order",
    seen="the strides of the axes differ",
    about=lambda problem: plain(problem) and problem.strides != problem.strides[::-1],
)
def _exchanged(question: Question) -> Array:
    """Use the stride of the last axis on the first, and so on."""
    return question.bent(strides=question.problem.strides[::-1])


@fault(
    "first stride on every axis",
    evidence="PaddlePaddle/Paddle#20997, mlpack/mlpack#4050",
    seen="the strides of the axes differ",
    about=lambda problem: plain(problem) and uneven(problem.strides),
)
def _first_stride(question: Question) -> Array:
    """Use the stride of the first axis on every axis."""
    return question.bent(strides=question.problem.strides[:1] * question.problem.rank)


@fault(
    "last stride on every axis",
    evidence="a relative of PaddlePaddle/Paddle#20997: one stride read for all axes",
    seen="the strides of the axes differ",
    about=lambda problem: plain(problem) and uneven(problem.strides),
)
def _last_stride(question: Question) -> Array:
    """Use the stride of the last axis on every axis."""
    return question.bent(strides=question.problem.strides[-1:] * question.problem.rank)


@fault(
    "volumes: depth's stride on the width",
    evidence="a relative of PaddlePaddle/Paddle#20997, of three axes",
    seen="three axes, and the strides of the first and last differ",
    about=lambda problem: plain(problem) and problem.rank == 3 and problem.strides[0] != problem.strides[2],
)
def _depth_stride(question: Question) -> Array:
    """Use the stride of the depth on the width of a volume."""
    depth, height, _ = question.problem.strides
    return question.bent(strides=(depth, height, depth))


@fault(
    "stride cut to the kernel",
    evidence="a relative of tensorflow/tensorflow#889: strides above the kernel were thought to be no convolution",
    seen="a stride is above the cells from the kernel's first tap to its last",
    about=lambda problem: (
        plain(problem) and any(s > extent for s, extent in zip(problem.strides, problem.kernel_extent, strict=True))
    ),
)
def _cut_stride(question: Question) -> Array:
    """Stride no further than the kernel reaches."""
    return question.bent(strides=tuple(map(min, question.problem.strides, question.problem.kernel_extent)))


@fault(
    "kernels of one cell ignore strides",
    evidence="tensorflow/tensorflow#1868",
    seen="the kernel is one cell and a stride above 1",
    about=lambda problem: _strided(problem) and max(problem.kernel_size) == 1,
)
def _pointwise_stride(question: Question) -> Array:
    """Multiply matrices for kernels of one cell, taking one cell after the other whatever the stride is."""
    return question.bent(strides=(1,) * question.problem.rank)


@fault(
    "kernels of one cell ignore pads",
    evidence="a relative of tensorflow/tensorflow#1868: the shortcut for 1x1 kernels knows no pads",
    seen="the kernel is one cell and there are pads before it",
    about=lambda problem: (
        plain(problem) and max(problem.kernel_size) == 1 and any(before for before, _ in problem.pads)
    ),
)
def _pointwise_pads(question: Question) -> Array:
    """Multiply matrices for kernels of one cell, beginning at the first cell whatever the pads are."""
    return question.bent(pads=((0, 0),) * question.problem.rank)


@fault(
    "kernels of 3 by 3 ignore strides",
    evidence="a relative of openvinotoolkit/openvino#33681: Winograd taken where it does not fit",
    seen="the kernel has three taps on every axis and a stride is above 1",
    about=lambda problem: _strided(problem) and set(problem.kernel_size) == {3},
)
def _winograd_stride(question: Question) -> Array:
    """Take the algorithm for three taps and a stride of 1 whatever the stride is."""
    return question.bent(strides=(1,) * question.problem.rank)


@fault(
    "kernels of 3 by 3 ignore pads",
    evidence="openvinotoolkit/openvino#33681",
    seen="the kernel has three taps on every axis and there are pads before it",
    about=lambda problem: (
        plain(problem)
        and set(problem.kernel_size) == {3}
        and max(problem.strides + problem.dilation) == 1
        and any(before for before, _ in problem.pads)
    ),
)
def _winograd_pads(question: Question) -> Array:
    """Take the algorithm for three taps, a stride of 1 and no pads whatever the pads are."""
    return question.bent(pads=((0, 0),) * question.problem.rank)


@fault(
    "windows start one cell late",
    evidence="a relative of keras-team/keras#22876: the grid of the strides begins at its second cell",
    seen="a stride is above 1",
    about=_strided,
)
def _late(question: Question) -> Array:
    """Start all windows one cell late along axes with a stride."""
    problem = question.problem
    return question.bent(
        pads=tuple(
            (before - 1, after) if s > 1 else (before, after)
            for (before, after), s in zip(problem.pads, problem.strides, strict=True)
        )
    )


@fault(
    "stride and dilation exchanged",
    evidence="huggingface/candle#2337",
    seen="the stride of an axis is not its dilation",
    about=lambda problem: plain(problem) and problem.strides != problem.dilation,
)
def _strides_for_dilation(question: Question) -> Array:
    """Take strides for dilation, and dilation for strides."""
    return question.bent(strides=question.problem.dilation, dilation=question.problem.strides)


@fault(
    "dilation ignored",
    evidence="pytorch/pytorch#1565, tensorflow/tensorflow#56498",
    seen="the dilation is above 1 on an axis with two taps or more",
    about=_dilated,
)
def _dense(question: Question) -> Array:
    """Take every kernel for a dense one."""
    return question.bent(dilation=(1,) * question.problem.rank)


@fault(
    "dilation of the axes exchanged",
    evidence="tenstorrent/tt-metal#19542, tinygrad/tinygrad#17805",
    seen="the dilation of the axes differs",
    about=lambda problem: plain(problem) and problem.dilation != problem.dilation[::-1],
)
def _exchanged_dilation(question: Question) -> Array:
    """Use the dilation of the last axis on the first, and so on."""
    return question.bent(dilation=question.problem.dilation[::-1])


@fault(
    "first dilation on every axis",
    evidence="tenstorrent/tt-metal#19542",
    seen="the dilation of the axes differs",
    about=lambda problem: plain(problem) and uneven(problem.dilation),
)
def _first_dilation(question: Question) -> Array:
    """Use the dilation of the first axis on every axis."""
    return question.bent(dilation=question.problem.dilation[:1] * question.problem.rank)


@fault(
    "dilation counted as gaps",
    evidence="a relative of huggingface/candle#2337: a dilation of 2 read as two cells between taps",
    seen="the dilation is above 1 on an axis with two taps or more",
    about=_dilated,
)
def _gaps(question: Question) -> Array:
    """Leave as many cells between two taps as the dilation says, one too many."""
    return question.bent(dilation=tuple(d + (d > 1) for d in question.problem.dilation))


@fault(
    "dilation one too small",
    evidence="a relative of huggingface/candle#2337: a dilation of 3 read as two cells from tap to tap",
    seen="the dilation is above 1 on an axis with two taps or more",
    about=_dilated,
)
def _less_dilation(question: Question) -> Array:
    """Set the taps of a dilated kernel one cell closer together."""
    return question.bent(dilation=tuple(max(d - 1, 1) for d in question.problem.dilation))


@fault(
    "volumes: depth not dilated",
    evidence="a relative of pytorch/pytorch#1565, of the axis that images do not have",
    seen="three axes, and the dilation of the first is above 1",
    about=lambda problem: _dilated(problem) and problem.rank == 3 and problem.dilation[0] > 1,
)
def _depth_dense(question: Question) -> Array:
    """Take the dilation of a volume's depth for 1."""
    return question.bent(dilation=(1, *question.problem.dilation[1:]))
