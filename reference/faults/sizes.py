"""Faults of the size of the output: rounded up, one window less, counted with another kernel."""

from dataclasses import replace

import numpy as np

from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.geometry import counted, left_over, sized
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem


def _zeros(problem: Problem) -> bool:
    """Tell whether a plain or depthwise convolution has zeros in its pads, if it has any."""
    return plain(problem) and problem.padding_mode == "zeros"


def _totals(problem: Problem) -> list[int]:
    """Count the pads of each axis, before and behind."""
    return [sum(pair) for pair in problem.pads]


@fault(
    "extent of a dilated kernel as k + d - 1",
    evidence="microsoft/onnxruntime#2688",
    seen="the kernel has three taps or more and a dilation, and one window more would fit",
    about=lambda problem: (
        _zeros(problem)
        and problem.kernel_extent != problem.kernel_size
        and counted(problem, _totals(problem), _sum_extents(problem)) != problem.output_spatial
    ),
)
def _sum_extent(question: Question) -> Array:
    """Size the output as if a dilated kernel reached k + d - 1 cells, not (k - 1) * d + 1."""
    problem = question.problem
    return sized(question, counted(problem, _totals(problem), _sum_extents(problem)))


def _sum_extents(problem: Problem) -> list[int]:
    return [k + d - 1 for k, d in zip(problem.kernel_size, problem.dilation, strict=True)]


@fault(
    "width sized by the first axis's kernel",
    evidence="tenstorrent/tt-metal#19542",
    seen="the kernel's extents differ enough for one window more or less",
    about=lambda problem: (
        _zeros(problem)
        and not isinstance(problem.padding, str)
        and counted(problem, _totals(problem), problem.kernel_extent[:1] * problem.rank) != problem.output_spatial
    ),
)
def _first_extent(question: Question) -> Array:
    """Size every axis of the output with the kernel and dilation of the first axis."""
    problem = question.problem
    extents = problem.kernel_extent[:1] * problem.rank
    return sized(question, counted(problem, _totals(problem), extents))


@fault(
    "output size rounded up",
    evidence="a relative of BVLC/caffe#1357: pooling rounds up where convolution does not",
    seen="the stride leaves cells behind the last window",
    about=lambda problem: _zeros(problem) and any(left_over(problem)),
)
def _rounded_up(question: Question) -> Array:
    """Add a window for the cells that the stride leaves over."""
    problem = question.problem
    return sized(
        question, [count + (rest > 0) for count, rest in zip(problem.output_spatial, left_over(problem), strict=True)]
    )


@fault(
    "window that just fits lost",
    evidence="a relative of tensorflow/tensorflow#57128: an output size one too small",
    seen="the stride is above 1 and leaves no cell over",
    about=lambda problem: (
        plain(problem) and any(s > 1 and not rest for s, rest in zip(problem.strides, left_over(problem), strict=True))
    ),
)
def _just_fits(question: Question) -> Array:
    """Drop the last window along axes where it ends at the last cell, rounding (size - kernel) / stride up."""
    problem = question.problem
    axes = zip(problem.output_spatial, problem.strides, left_over(problem), strict=True)
    kept = [slice(count - (s > 1 and not rest)) for count, s, rest in axes]
    return question.honest()[(slice(None), *kept)]


@fault(
    "depthwise strides counted within the phases of dilation",
    evidence="tensorflow/tensorflow#57128, keras-team/keras#16930",
    seen="a depthwise axis has a stride and a dilation above 1",
    about=lambda problem: (
        _zeros(problem)
        and problem.kind == "depthwise"
        and any(s > 1 and d > 1 for s, d in zip(problem.strides, problem.dilation, strict=True))
    ),
)
def _phases(question: Question) -> Array:
    """Split each axis into one image per phase of the dilation, and stride within these images."""
    problem = question.problem
    output = _unstrided(question)
    for axis, (k, s, d) in enumerate(zip(problem.kernel_size, problem.strides, problem.dilation, strict=True)):
        size = problem.spatial[axis] + sum(problem.pads[axis])
        cells = -(-size // d)
        count = max(((cells - k) // s + 1) * d - (cells * d - size), 0)
        output = np.take(output, np.arange(count) // d * s * d + np.arange(count) % d, axis + 1, mode="clip")
    return output


def _unstrided(question: Question) -> Array:
    """Compute with strides of 1, a window at every cell of the padded input."""
    problem = question.problem
    pads = tuple(
        (before, after + extent) for (before, after), extent in zip(problem.pads, problem.kernel_extent, strict=True)
    )
    return question.again(replace(problem, strides=(1,) * problem.rank, padding=pads))
