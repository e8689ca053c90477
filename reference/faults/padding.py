"""Faults of padding: the wrong side, the wrong amount, the wrong content."""

import math
from dataclasses import replace

import numpy as np

from convformance.reference.faults.fault import explicit, fault, plain
from convformance.reference.faults.geometry import (
    counted,
    halved,
    moved,
    over_the_tail,
    seeing,
    sized,
    uneven,
    zero_padded,
)
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Pads, Problem


def _given(problem: Problem) -> bool:
    """Tell whether the pads of a plain or depthwise convolution are given as numbers, not all of them 0."""
    return plain(problem) and explicit(problem) and any(map(any, problem.pads))


def _by_axis_as_by_side(problem: Problem) -> Pads:
    """List all befores and then all afters, and read them as a (before, after) for each axis in turn."""
    flat = [*(before for before, _ in problem.pads), *(after for _, after in problem.pads)]
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def _in_taps(problem: Problem) -> Pads:
    """Count pads in steps of the dilation."""
    return tuple((before * d, after * d) for (before, after), d in zip(problem.pads, problem.dilation, strict=True))


@fault(
    "head and tail of the pads exchanged",
    evidence="a relative of keras-team/keras#22876, of pads that the caller gives",
    seen="the pads before and behind an axis differ",
    about=lambda problem: _given(problem) and any(a != b for a, b in problem.pads),
)
def _exchanged(question: Question) -> Array:
    """Take pads given as (before, after) for (after, before)."""
    return question.bent(pads=tuple((after, before) for before, after in question.problem.pads))


@fault(
    "pads evened out",
    evidence="apache/tvm#4511: places where padding is handled as symmetric",
    seen="the pads before and behind an axis differ by two or more, or the larger is before",
    about=lambda problem: _given(problem) and moved(problem, halved(map(sum, problem.pads))),
)
def _evened(question: Question) -> Array:
    """Put half of an axis's pads on each side, the odd cell behind."""
    return question.bent(pads=halved(map(sum, question.problem.pads)))


@fault(
    "tail pads as large as the head's",
    evidence="apache/tvm#4511: places where padding is handled as symmetric",
    seen="the pads before and behind an axis differ enough for one window more or less",
    about=lambda problem: (
        _given(problem)
        and problem.padding_mode == "zeros"
        and counted(problem, [2 * before for before, _ in problem.pads], problem.kernel_extent)
        != problem.output_spatial
    ),
)
def _mirrored(question: Question) -> Array:
    """Pad behind an axis as much as before it."""
    problem = question.problem
    return sized(question, counted(problem, [2 * before for before, _ in problem.pads], problem.kernel_extent))


@fault(
    "pads by axis read as befores and afters",
    evidence="a relative of pytorch/pytorch#37844: pads of the wrong axis",
    seen="there are two axes or more, and the pads before the later ones are not those behind the earlier",
    about=lambda problem: _given(problem) and moved(problem, _by_axis_as_by_side(problem)),
)
def _by_side(question: Question) -> Array:
    """Read (top, left, bottom, right), all befores and then all afters, as a (before, after) for each axis in turn."""
    return question.bent(pads=_by_axis_as_by_side(question.problem))


@fault(
    "pads of the axes in reverse",
    evidence="a relative of pytorch/pytorch#37844: a list that begins with the last axis read from the first",
    seen="the axes have different pads before them",
    about=lambda problem: _given(problem) and moved(problem, problem.pads[::-1]),
)
def _reversed(question: Question) -> Array:
    """Use the pads of the last axis on the first, and so on."""
    return question.bent(pads=question.problem.pads[::-1])


@fault(
    "pads of the first axis on every axis",
    evidence="a relative of Oldpan/Faceswap-Deepfake-Pytorch#1, of pads that the caller gives",
    seen="the axes have different pads before them",
    about=lambda problem: _given(problem) and uneven([before for before, _ in problem.pads]),
)
def _first_everywhere(question: Question) -> Array:
    """Use the pads of the first axis on every axis."""
    return question.bent(pads=question.problem.pads[:1] * question.problem.rank)


@fault(
    "pads that begin with zero taken for VALID",
    evidence="dotnet/TorchSharp#496",
    seen="the first axis has no pads and another one has",
    about=lambda problem: _given(problem) and problem.padding_mode == "zeros" and not any(problem.pads[0]),
)
def _taken_for_valid(question: Question) -> Array:
    """Read the pads of the first axis as the code of a padding mode: 0 is VALID."""
    problem = question.problem
    none = [0] * problem.rank
    return sized(question, counted(problem, none, problem.kernel_extent), none)


@fault(
    "pads forgotten where there is none before",
    evidence="gmalivenko/onnx2keras#50",
    seen="all pads stand behind their axes, and give one window more",
    about=lambda problem: (
        _given(problem)
        and problem.padding_mode == "zeros"
        and not any(before for before, _ in problem.pads)
        and counted(problem, [0] * problem.rank, problem.kernel_extent) != problem.output_spatial
    ),
)
def _tail_overlooked(question: Question) -> Array:
    """Leave the padding out when no axis has pads before it."""
    problem = question.problem
    return sized(question, counted(problem, [0] * problem.rank, problem.kernel_extent))


@fault(
    "tail pads dropped",
    evidence="a relative of mit-han-lab/tinyengine#95: pads are looked for before an axis alone",
    seen="the pads behind an axis give one window more",
    about=lambda problem: (
        zero_padded(problem)
        and counted(problem, [before for before, _ in problem.pads], problem.kernel_extent) != problem.output_spatial
    ),
)
def _tail_dropped(question: Question) -> Array:
    """Compute no window that reaches into the pads behind an axis."""
    problem = question.problem
    return sized(question, counted(problem, [before for before, _ in problem.pads], problem.kernel_extent))


@fault(
    "windows over the tail pads left at zero",
    evidence="a relative of Tencent/ncnn#1014: a loop over the outputs that ends early",
    seen="a window reaches into the pads behind an axis",
    about=lambda problem: plain(problem) and over_the_tail(problem),
)
def _tail_unwritten(question: Question) -> Array:
    """Leave the outputs of windows that reach into the pads behind an axis at zero."""
    output, problem = question.honest(), question.problem
    for axis, (before, after) in enumerate(problem.pads):
        ends = np.arange(output.shape[axis + 1]) * problem.strides[axis] + problem.kernel_extent[axis]
        if after:
            np.moveaxis(output, axis + 1, 0)[ends > problem.spatial[axis] + before] = 0
    return output


@fault(
    "pads clamped below the kernel",
    evidence="a relative of openxla/xla#48713: a border is thought to be narrower than the kernel",
    seen="the pads before an axis are as many as the kernel's cells or more",
    about=lambda problem: (
        plain(problem)
        and any(before >= extent for (before, _), extent in zip(problem.pads, problem.kernel_extent, strict=True))
    ),
)
def _clamped(question: Question) -> Array:
    """Cut the pads before an axis so that no window lies in the pads alone."""
    problem = question.problem
    return question.bent(
        pads=tuple(
            (min(before, extent - 1), after)
            for (before, after), extent in zip(problem.pads, problem.kernel_extent, strict=True)
        )
    )


@fault(
    "windows in the pads give no bias",
    evidence="a relative of openxla/xla#48713: positions that see nothing are skipped",
    seen="a window lies in the pads before an axis alone, and there is a bias",
    about=lambda problem: (
        plain(problem)
        and problem.use_bias
        and any(before >= extent for (before, _), extent in zip(problem.pads, problem.kernel_extent, strict=True))
    ),
)
def _bare(question: Question) -> Array:
    """Give zero, without the bias, where a window sees only pads before an axis."""
    output, problem = question.honest(), question.problem
    for axis, (before, _) in enumerate(problem.pads):
        ends = np.arange(output.shape[axis + 1]) * problem.strides[axis] + problem.kernel_extent[axis]
        np.moveaxis(output, axis + 1, 0)[ends <= before] = 0
    return output


@fault(
    "padded twice",
    evidence="paarthneekhara/byteNet-tensorflow#5, QUVA-Lab/e2cnn#23",
    seen="there are pads before an axis",
    about=lambda problem: plain(problem) and any(before for before, _ in problem.pads),
)
def _twice(question: Question) -> Array:
    """Pad the padded image again, and cut the output to the right size."""
    return question.bent(pads=tuple((2 * before, 2 * after) for before, after in question.problem.pads))


@fault(
    "pads multiplied by the dilation",
    evidence="a relative of microsoft/onnxscript#3037: pads are counted in taps, not cells",
    seen="an axis has pads before it and a dilation above 1",
    about=lambda problem: _given(problem) and moved(problem, _in_taps(problem)),
)
def _dilated(question: Question) -> Array:
    """Count given pads in steps of the dilation."""
    return question.bent(pads=_in_taps(question.problem))


@fault(
    "pads hold the edge",
    evidence="a relative of apache/tvm#4807: the pads hold another value than they should",
    seen="there are pads, and zeros should stand in them",
    about=zero_padded,
)
def _edge(question: Question) -> Array:
    """Repeat the first and last cells in the pads, where zeros should stand."""
    return seeing(question, np.pad(question.given.x, ((0, 0), *question.problem.pads, (0, 0)), "edge"))


@fault(
    "pads hold ones",
    evidence="apache/tvm#4807: pads of a quantized image that are zero where its zero point is another number",
    seen="there are pads, and zeros should stand in them",
    about=zero_padded,
)
def _ones(question: Question) -> Array:
    """Fill the pads with a number that is not zero."""
    padded = np.pad(question.given.x, ((0, 0), *question.problem.pads, (0, 0)), constant_values=1)
    return seeing(question, padded)


@fault(
    "width pads read the next row",
    evidence="openxla/xla#48713, fff-rs/coaster-nn#3",
    seen="there are two rows or more, and pads on the last axis",
    about=lambda problem: zero_padded(problem) and any(problem.pads[-1]) and math.prod(problem.spatial[:-1]) > 1,
)
def _next_row(question: Question) -> Array:
    """Read past the end of a row into the next one, and before its beginning into the one before."""
    x, problem = question.given.x, question.problem
    (*_, width), (before, after), cells = problem.spatial, problem.pads[-1], math.prod(problem.spatial)
    flat = np.pad(x.reshape(problem.batch, cells, problem.channels), ((0, 0), (before, after), (0, 0)))
    seen = np.arange(0, cells, width)[:, None] + np.arange(before + width + after)
    wider = flat[:, seen].reshape(*x.shape[:-2], before + width + after, problem.channels)
    rest = replace(problem, padding=(*problem.pads[:-1], (0, 0)), spatial=wider.shape[1:-1])
    return question.again(rest, x=wider)
