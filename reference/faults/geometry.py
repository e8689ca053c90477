"""What faults of geometry share: conditions on a problem, and answers of another size or to another padded image."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from convformance.reference.faults.fault import plain
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Axes, Pads, Problem


def taps(problem: Problem) -> int:
    """Count the taps of a kernel."""
    return math.prod(problem.kernel_size)


def left_over(problem: Problem) -> Axes:
    """Count the cells of the padded input behind the last window, along each axis."""
    axes = zip(problem.spatial, problem.pads, problem.kernel_extent, problem.strides, strict=True)
    return tuple((size + sum(pair) - extent) % s for size, pair, extent, s in axes)


def over_the_tail(problem: Problem) -> bool:
    """Tell whether a window reaches into the pads behind an axis."""
    return any(after > rest for (_, after), rest in zip(problem.pads, left_over(problem), strict=True))


def padded(problem: Problem) -> bool:
    """Tell whether a problem is a plain or depthwise convolution with windows that reach into its pads."""
    return plain(problem) and (any(before for before, _ in problem.pads) or over_the_tail(problem))


def zero_padded(problem: Problem) -> bool:
    """Tell whether the pads that windows reach into hold zeros."""
    return padded(problem) and problem.padding_mode == "zeros"


def uneven(values: Sequence[object]) -> bool:
    """Tell whether what the axes have is not the same on all of them."""
    return len(set(values)) > 1


def moved(problem: Problem, pads: Pads) -> bool:
    """Tell whether windows begin elsewhere with other pads."""
    return any(new != old for (new, _), (old, _) in zip(pads, problem.pads, strict=True))


def halved(totals: Iterable[int]) -> Pads:
    """Give half of the pads of each axis to either side, the odd cell behind."""
    return tuple((total // 2, total - total // 2) for total in totals)


def counted(problem: Problem, totals: Sequence[int], extents: Sequence[int]) -> Axes:
    """Count the outputs that there would be with other pads in all, or another extent of the kernel."""
    axes = zip(problem.spatial, totals, extents, problem.strides, strict=True)
    return tuple(max((size + total - extent) // s + 1, 0) for size, total, extent, s in axes)


def sized(question: Question, counts: Sequence[int], befores: Sequence[int] | None = None) -> Array:
    """Give the answer with other counts of outputs: the windows go on behind the input, or stop early.

    Parameters
    ----------
    question : Question
        Of a convolution with zeros in its pads.
    counts : sequence of int
        The outputs along each axis.
    befores : sequence of int, optional
        Other pads before each axis.

    Returns
    -------
    array
        Of another shape than the problem's own, if the counts differ.
    """
    problem = question.problem
    grown = tuple(
        (before, after + max(new - old, 0) * s)
        for (before, after), new, old, s in zip(
            problem.pads, counts, problem.output_spatial, problem.strides, strict=True
        )
    )
    longer = replace(question, problem=replace(problem, padding=grown))
    pads = None if befores is None else tuple((before, 0) for before in befores)
    return longer.bent(pads=pads)[(slice(None), *map(slice, counts))]


def seeing(question: Question, padded: Array) -> Array:
    """Give the answer, in the problem's own shape, when this stands where the padded input should."""
    zeros = replace(question.problem, padding_mode="zeros")
    return replace(question, problem=zeros).bent(x=padded, pads=((0, 0),) * zeros.rank)
