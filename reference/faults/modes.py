"""Faults of padding modes: something else stands in the pads than the mode says."""

from dataclasses import replace
from typing import Any

import numpy as np

from convformance.reference.faults.fault import About, fault
from convformance.reference.faults.geometry import counted, over_the_tail, padded, seeing, sized
from convformance.reference.faults.question import Array, Question
from convformance.reference.padding import NUMPY_MODES
from convformance.reference.problem import Pads, Problem


def _in(*modes: str, least: int = 1) -> About:
    """Tell of a problem whether it pads in one of these modes, with as many cells on one side at least."""

    def about(problem: Problem) -> bool:
        return padded(problem) and problem.padding_mode in modes and max(map(max, problem.pads)) >= least

    return about


def _padded(question: Question, mode: Any, pads: Pads | None = None) -> Array:
    """Pad the image in a mode of NumPy."""
    return np.pad(question.given.x, ((0, 0), *(pads or question.problem.pads), (0, 0)), mode)


def _without(question: Question, image: Array, axes: range) -> Array:
    """Put zeros into the pads of some axes of a padded image."""
    image = image.copy()
    for axis in axes:
        before, size = question.problem.pads[axis][0], question.problem.spatial[axis]
        rows = np.moveaxis(image, axis + 1, 0)
        rows[:before], rows[before + size :] = 0, 0
    return image


@fault(
    "mode ignored",
    evidence="a relative of openvinotoolkit/openvino#9039: what stands in the pads is lost",
    seen="the padding mode is not zeros, and there are pads",
    about=_in("reflect", "replicate", "circular"),
)
def _ignored(question: Question) -> Array:
    """Put zeros into the pads, whatever the mode is."""
    return question.again(replace(question.problem, padding_mode="zeros"))


@fault(
    "circular pads nothing",
    evidence="pytorch/pytorch#29712",
    seen="the mode is circular, and the pads give one window more",
    about=_in("circular"),
)
def _nothing(question: Question) -> Array:
    """Leave the pads of a circular convolution out, so that its output is smaller."""
    problem = question.problem
    none = [0] * problem.rank
    plain_question = replace(question, problem=replace(problem, padding_mode="zeros"))
    return sized(plain_question, counted(problem, none, problem.kernel_extent), none)


@fault(
    "mode pads the wrong axis",
    evidence="pytorch/pytorch#37844",
    seen="the padding mode is not zeros, and the pads of the axes differ",
    about=lambda problem: _in("reflect", "replicate", "circular")(problem) and problem.pads != problem.pads[::-1],
)
def _wrong_axis(question: Question) -> Array:
    """Pad the first axis as the last one should be, and so on."""
    mode = NUMPY_MODES[question.problem.padding_mode]
    return seeing(question, _padded(question, mode, question.problem.pads[::-1]))


@fault(
    "mode pads the last axis alone",
    evidence="a relative of pytorch/pytorch#37844: one axis of two is closed to a circle",
    seen="the padding mode is not zeros, and there are pads on another axis than the last",
    about=lambda problem: _in("reflect", "replicate", "circular")(problem) and any(map(any, problem.pads[:-1])),
)
def _last_axis(question: Question) -> Array:
    """Put zeros into the pads of all axes but the last."""
    mode = NUMPY_MODES[question.problem.padding_mode]
    return seeing(question, _without(question, _padded(question, mode), range(question.problem.rank - 1)))


@fault(
    "mode pads the tail with zeros",
    evidence="a relative of mit-han-lab/tinyengine#95: the border is looked for before an axis alone",
    seen="the padding mode is not zeros, and there are pads behind an axis",
    about=lambda problem: _in("reflect", "replicate", "circular")(problem) and over_the_tail(problem),
)
def _zero_tail(question: Question) -> Array:
    """Put zeros into the pads behind each axis, and what the mode says into those before."""
    mode = NUMPY_MODES[question.problem.padding_mode]
    heads = tuple((before, 0) for before, _ in question.problem.pads)
    tails = tuple((0, after) for _, after in question.problem.pads)
    return seeing(question, np.pad(_padded(question, mode, heads), ((0, 0), *tails, (0, 0))))


@fault(
    "reflect repeats the edge",
    evidence="a relative of onnx/onnx#5245: what the mirror image of the first cell is",
    seen="the mode is reflect, and there are pads",
    about=_in("reflect"),
)
def _symmetric(question: Question) -> Array:
    """Put the mirror behind the last cell, which is shown twice."""
    return seeing(question, _padded(question, "symmetric"))


@fault(
    "reflect shows one cell over and over",
    evidence="a relative of microsoft/onnxruntime#16401: a mirror that is one cell deep",
    seen="the mode is reflect, with two cells of pads or more on a side",
    about=_in("reflect", least=2),
)
def _one_cell(question: Question) -> Array:
    """Mirror the cell beside the edge, and repeat it in all pads further out."""
    x = question.given.x
    for axis, (before, after) in enumerate(question.problem.pads, start=1):
        near = (min(before, 1), min(after, 1))
        x = _pad_axis(_pad_axis(x, axis, near, "reflect"), axis, (before - near[0], after - near[1]), "edge")
    return seeing(question, x)


def _pad_axis(array: Array, axis: int, pair: tuple[int, int], mode: Any) -> Array:
    pads = [(0, 0)] * array.ndim
    pads[axis] = pair
    return np.pad(array, pads, mode)


@fault(
    "reflect ends in zeros",
    evidence="microsoft/onnxruntime#16401, microsoft/onnxruntime#8265",
    seen="the mode is reflect, with two cells of pads or more on a side",
    about=_in("reflect", least=2),
)
def _mirror_and_zeros(question: Question) -> Array:
    """Mirror the cell beside the edge, and put zeros into the pads further out."""
    x = question.given.x
    for axis, (before, after) in enumerate(question.problem.pads, start=1):
        near = (min(before, 1), min(after, 1))
        x = _pad_axis(_pad_axis(x, axis, near, "reflect"), axis, (before - near[0], after - near[1]), "constant")
    return seeing(question, x)


@fault(
    "reflect taken for replicate",
    evidence="a relative of onnx/onnx#5245: the names of the modes",
    seen="the mode is reflect, and there are pads",
    about=_in("reflect"),
)
def _reflect_edge(question: Question) -> Array:
    """Repeat the first and last cell in the pads instead of a mirror image."""
    return seeing(question, _padded(question, "edge"))


@fault(
    "replicate taken for reflect",
    evidence="a relative of onnx/onnx#5245: the names of the modes",
    seen="the mode is replicate, and there are pads",
    about=_in("replicate"),
)
def _replicate_reflect(question: Question) -> Array:
    """Mirror the image in the pads instead of repeating its edge."""
    return seeing(question, _padded(question, "reflect"))


@fault(
    "replicate leaves the corners zero",
    evidence="a relative of pytorch/pytorch#29712: the axes are padded apart",
    seen="the mode is replicate, with pads on two axes or more",
    about=lambda problem: _in("replicate")(problem) and sum(map(any, problem.pads)) > 1,
)
def _corners(question: Question) -> Array:
    """Put zeros where the pads of two axes meet."""
    image = _padded(question, "edge")
    outside = np.zeros(image.shape[1:-1], int)
    for axis, (size, (before, _)) in enumerate(zip(question.problem.spatial, question.problem.pads, strict=True)):
        rows = np.moveaxis(outside, axis, 0)
        rows[:before] += 1
        rows[before + size :] += 1
    image[:, outside > 1] = 0
    return seeing(question, image)


@fault(
    "circular turns the other way",
    evidence="pytorch/pytorch#86690",
    seen="the mode is circular, and there are pads",
    about=_in("circular"),
)
def _other_way(question: Question) -> Array:
    """Put the first cells before the first again, and the last behind the last."""
    x = question.given.x
    for axis, (before, after) in enumerate(question.problem.pads, start=1):
        size = x.shape[axis]
        cells = [*range(before), *range(size), *range(size - after, size)]
        x = x.take(cells, axis)
    return seeing(question, x)


@fault(
    "circular taken for reflect",
    evidence="a relative of onnx/onnx#5245: two modes that give the same on an axis of two cells",
    seen="the mode is circular, and there are pads",
    about=_in("circular"),
)
def _circular_reflect(question: Question) -> Array:
    """Mirror the image in the pads instead of beginning it again."""
    return seeing(question, _padded(question, "reflect"))
