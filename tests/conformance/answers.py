"""The part of an answer that a report keeps: the numbers around the worst of them."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.reference.case import Case

CELLS: Final = {1: 64, 2: 16, 3: 6}
"""So many cells of a map are kept along each of its axes, by how many axes it has."""


def map_axes(case: Case) -> tuple[int, ...]:
    """Tell which axes of an answer are those of one feature map or kernel.

    Parameters
    ----------
    case : Case
        The question.

    Returns
    -------
    tuple of int
        Axes in canonical layout: the spatial ones of an output or of ``dx``, those of the kernel of ``dfilters``, both
        of ``dpointwise`` and the one of ``dbias``.
    """
    if case.direction == "dbias":
        return (0,)
    if case.direction == "dpointwise":
        return (0, 1)
    rank = case.problem.rank
    return tuple(range(rank)) if case.direction == "dfilters" else tuple(range(1, rank + 1))


def around(answer: npt.NDArray[Any], at: tuple[int, ...], case: Case) -> dict[str, Any]:
    """Cut out of an answer what a report keeps of it.

    Parameters
    ----------
    answer : array
        In canonical layout.
    at : tuple of int
        The element that matters most.
    case : Case
        The question.

    Returns
    -------
    dict
        ``at``, ``begin`` and ``map``, as `convformance.tests.conformance.verdicts.Verdict.answer` says.
    """
    axes = map_axes(case)
    most = CELLS[len(axes)]
    begin = [max(0, min(at[axis] - most // 2, answer.shape[axis] - most)) for axis in axes]
    cut: list[int | slice] = list(at)
    for axis, first in zip(axes, begin, strict=True):
        cut[axis] = slice(first, first + most)
    return {"at": list(at), "begin": begin, "map": _plain(answer[tuple(cut)])}


def _plain(values: npt.NDArray[Any]) -> Any:
    """Give nested lists that JSON can hold, each number with the fewest digits that its format needs."""
    if values.ndim:
        return [_plain(part) for part in values]
    if values.dtype.kind in "iu":
        return int(values)
    number = float(str(values[()]))
    return number if np.isfinite(number) else str(number)
