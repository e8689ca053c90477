"""Which cells meet in one cell of an answer, axis by axis, pads among them.

A convolution has three planes: its input, its kernel, its output. Along an axis, position p of the output meets under
tap t the place ``p * stride + t * dilation - before`` of the input, which may lie in the pads. An answer lies on one of
the planes: the output of a convolution, its input for ``dx``, the kernel for ``dfilters``; and what meets in one of its
cells is whatever of the other two belongs to it.
"""

from typing import Literal, NamedTuple, TypeAlias

from convformance.reference.axes import source
from convformance.reference.problem import Problem

Plane: TypeAlias = Literal["input", "kernel", "output"]


class Meeting(NamedTuple):
    """One meeting along one axis.

    Attributes
    ----------
    input, kernel, output : int
        The place of the input, which may lie in the pads, the tap and the position.
    cell : int or None
        The cell of the input whose number stands at the place; None for a zero of the pads.
    """

    input: int
    kernel: int
    output: int
    cell: int | None


def meetings_along(plain: Problem, axis: int, plane: Plane, index: int) -> list[Meeting]:
    """List what meets along an axis in one cell of an answer.

    Parameters
    ----------
    plain : Problem
        A convolution, not a transposed one.
    axis : int
        The spatial axis.
    plane : "input", "kernel" or "output"
        Where the answer lies.
    index : int
        Its cell along the axis.

    Returns
    -------
    list of Meeting
        In the order of positions and taps.
    """
    size, (before, after) = plain.spatial[axis], plain.pads[axis]
    stride, dilation = plain.strides[axis], plain.dilation[axis]
    positions, taps = range(plain.output_spatial[axis]), range(plain.kernel_size[axis])
    if plane == "output":
        pairs = [(index, tap) for tap in taps]
    elif plane == "kernel":
        pairs = [(position, index) for position in positions]
    else:
        places = [place for place in range(-before, size + after) if source(place, size, plain.padding_mode) == index]
        pairs = [
            ((place + before - tap * dilation) // stride, tap)
            for place in places
            for tap in taps
            if (place + before - tap * dilation) % stride == 0
            and (place + before - tap * dilation) // stride in positions
        ]
    found = []
    for position, tap in sorted(pairs):
        place = position * stride + tap * dilation - before
        found.append(Meeting(place, tap, position, source(place, size, plain.padding_mode)))
    return found


def telling_index(plain: Problem, axis: int, plane: Plane, size: int) -> int:
    """Choose the cell along an axis in which most numbers meet, of several the one nearest to the middle.

    Parameters
    ----------
    plain, axis, plane
        As `meetings_along` takes them.
    size : int
        How many cells the answer has along the axis.

    Returns
    -------
    int
        The cell; of a long axis, one near the middle.
    """
    middle = (size - 1) // 2
    near = sorted(range(size), key=lambda index: abs(index - middle))[:32]
    met = {index: sum(one.cell is not None for one in meetings_along(plain, axis, plane, index)) for index in near}
    return max(near, key=lambda index: met[index])
