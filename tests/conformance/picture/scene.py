"""All that is drawn of a case: the element it is about, the window, the addends, what came back."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference import bounds
from convformance.reference.case import Case
from convformance.reference.directions import FORWARD, GRADIENTS
from convformance.reference.errors import BlindCaseError
from convformance.reference.posing import Posed
from convformance.tests.conformance.answers import map_axes
from convformance.tests.conformance.picture.addends import Addends
from convformance.tests.conformance.picture.splitting import addends_of, map_index, work_of
from convformance.tests.conformance.picture.windows import Meeting, Plane, meetings_along, telling_index
from convformance.tests.conformance.report.harmless import visible
from convformance.tests.conformance.runner import prepare

Array: TypeAlias = npt.NDArray[Any]
Index: TypeAlias = tuple[int, ...]

MOST_ADDENDS: Final = 6
"""Of more addends, all but the first `FIRST` are drawn as one."""
FIRST: Final = 4
MOST_WORK: Final = 1_000_000_000
"""A case of more products has no picture."""


class PictureError(ValueError):
    """A case that has no picture, or an answer that does not belong to it; the message says why."""


@dataclass(frozen=True)
class Answered:
    """What an adapter gave, beside what it should have given.

    Attributes
    ----------
    adapter : str
        Its name.
    at : tuple of int
        The element that matters most, in canonical layout.
    inside : tuple of int
        Where it lies in the part that is there.
    got, expected : array
        A part of one map, or of the whole answer where that has one or two axes.
    wrong : array of bool
        Where they differ: on real numbers, by more than the bound.
    """

    adapter: str
    at: Index
    inside: Index
    got: Array
    expected: Array
    wrong: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Scene:
    """What a picture shows.

    Attributes
    ----------
    case : Case
        The question.
    at, cell : tuple of int
        The element that the picture is about, in canonical layout; its cell in the map.
    addends : Addends
        What the map is the sum of.
    shown : tuple of int
        The places of the addends that are drawn one by one.
    maps : list of array
        What they make.
    rest : array or None
        The sum of the maps of all others.
    total, value : array
        The sum of all maps; the map of the answer, behind bias and activation.
    bias : float or None
        What is added to the sum.
    window : tuple of list of Meeting
        What meets in the cell, along each axis.
    depth : dict or None
        Of three axes, the slice of each plane that is drawn.
    answered : list of Answered
        What came back.
    """

    case: Case
    at: Index
    cell: Index
    addends: Addends
    shown: tuple[int, ...]
    maps: list[Array]
    rest: Array | None
    total: Array
    value: Array
    bias: float | None
    window: tuple[list[Meeting], ...]
    depth: dict[Plane, int] | None
    answered: list[Answered]

    @property
    def element(self) -> str:
        """The element as it is written in Python."""
        name = "output" if self.case.direction == FORWARD else self.case.direction
        return f"{name}[{', '.join(map(str, self.at))}]"

    @property
    def relu(self) -> bool:
        """Whether the answer is what ReLU leaves of the sum."""
        return self.case.direction == FORWARD and self.case.problem.activation == "relu"

    @property
    def pairs(self) -> Iterator[tuple[Meeting, ...]]:
        """What is multiplied in the cell: an entry per pair of numbers; zeros of the pads make no product."""
        return product(*self._inside)

    @property
    def products(self) -> int:
        """How many pairs there are."""
        return math.prod(map(len, self._inside))

    @property
    def _inside(self) -> list[list[Meeting]]:
        return [[one for one in axis if one.cell is not None] for axis in self.window]


def scene(case: Case, answers: Mapping[str, Mapping[str, Any]]) -> Scene:
    """Collect what a picture of a case shows.

    Parameters
    ----------
    case : Case
        The question.
    answers : mapping of str to mapping
        By adapter, `convformance.tests.conformance.verdicts.Verdict.answer`.

    Returns
    -------
    Scene
        About the worst element of the first answer that has a wrong one; without any, about one near the middle.

    Raises
    ------
    PictureError
        When there is nothing to draw.
    """
    _require_drawable(case)
    try:
        posed = prepare(case)
    except BlindCaseError as error:
        raise PictureError(f"no picture: {error}") from error
    answered = [_answered(case, posed, name, answer) for name, answer in answers.items()]
    first = next((one for one in answered if one.wrong.any()), answered[0] if answered else None)
    at = _telling(case, posed) if first is None else first.at
    addends = addends_of(case, posed.operands, at)
    cell = map_index(case, at)
    count = len(addends)
    shown = tuple(range(count if count <= MOST_ADDENDS else FIRST))
    plane = addends.planes[2]
    window = tuple(meetings_along(addends.plain, axis, plane, index) for axis, index in enumerate(cell))
    bias = posed.operands.bias if case.direction == FORWARD else None
    return Scene(
        case=case,
        at=at,
        cell=cell,
        addends=addends,
        shown=shown,
        maps=[addends.map_of([place]) for place in shown],
        rest=addends.map_of(range(len(shown), count)) if count > len(shown) else None,
        total=addends.map_of(range(count)),
        value=_map_around(case, posed.evaluation.value, at),
        bias=None if bias is None else float(bias[at[-1]]),
        window=window,
        depth=_depth(addends, window, cell) if case.problem.rank == 3 else None,
        answered=answered,
    )


def _require_drawable(case: Case) -> None:
    """Refuse what is no sum, or a sum of nothing, or too much work."""
    if case.direction != FORWARD and case.direction not in GRADIENTS:
        raise PictureError(
            f"no picture: {case.direction} is about several calls or a refusal, not about one sum; this has one: "
            f"{case.problem}.forward.exact"
        )
    if case.problem.batch == 0:
        raise PictureError(f"no picture: there is no image in a batch of 0: {case}")
    if work_of(case) > MOST_WORK:
        raise PictureError(
            f"no picture: it would take {work_of(case):.1e} products, at most {MOST_WORK:.0e} are drawn: {case}"
        )


def _telling(case: Case, posed: Posed) -> Index:
    """Choose an element in which many numbers meet, near the middle, and not 0 if one of its kind is not."""
    value = posed.evaluation.value
    odd = np.argwhere(~np.isfinite(value))
    if len(odd):
        return tuple(map(int, odd[len(odd) // 2]))
    start = tuple(0 for _ in value.shape)
    addends = addends_of(case, posed.operands, start)
    plane = addends.planes[2]
    near = [slice(0, size) for size in value.shape]
    if case.direction not in ("dbias", "dpointwise"):
        for axis, place in enumerate(map_axes(case)):
            index = telling_index(addends.plain, axis, plane, value.shape[place])
            near[place] = slice(index, index + 1)
    found = np.argwhere(value[tuple(near)] != 0)
    inside = found[0] if len(found) else np.zeros(value.ndim, dtype=int)
    return tuple(int(place) + part.start for place, part in zip(inside, near, strict=True))


def _map_around(case: Case, value: Array, at: Index) -> Array:
    """Give the map of the answer that holds an element, as an addend's map is shaped."""
    if case.direction in ("dbias", "dpointwise"):
        return np.asarray(value[at]).reshape((1,) * case.problem.rank)
    cut: list[int | slice] = list(at)
    for axis in map_axes(case):
        cut[axis] = slice(None)
    return np.asarray(value[tuple(cut)])


def _depth(addends: Addends, window: Sequence[Sequence[Meeting]], cell: Index) -> dict[Plane, int]:
    """Choose the slice of each plane: those of one meeting, and of an answer the one with its cell."""
    plain, made = addends.plain, addends.planes[2]
    inside = [one for one in window[0] if one.cell == one.input] or window[0]
    if inside:
        one = inside[len(inside) // 2]
        chosen: dict[Plane, int] = {"input": one.input, "kernel": one.kernel, "output": one.output}
    else:
        chosen = {"input": plain.spatial[0] // 2, "kernel": 0, "output": plain.output_spatial[0] // 2}
    return chosen | {made: cell[0]}


def _answered(case: Case, posed: Posed, adapter: str, answer: Mapping[str, Any]) -> Answered:
    """Put what came back beside what should have."""
    value = posed.evaluation.value
    try:
        at = tuple(map(int, answer["at"]))
        got = np.asarray(_numbers(answer["map"]), dtype=value.dtype if value.dtype.kind == "i" else np.float64)
        begin = tuple(map(int, answer["begin"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise PictureError(_unfitting(case, adapter, value)) from error
    axes = map_axes(case)
    fits = len(at) == value.ndim and all(0 <= place < size for place, size in zip(at, value.shape, strict=True))
    fits = fits and len(begin) == got.ndim == len(axes)
    if not fits or not all(
        0 <= first <= at[axis] < first + size <= value.shape[axis]
        for axis, first, size in zip(axes, begin, got.shape, strict=True)
    ):
        raise PictureError(_unfitting(case, adapter, value))
    cut: list[int | slice] = list(at)
    for axis, first, size in zip(axes, begin, got.shape, strict=True):
        cut[axis] = slice(first, first + size)
    expected = value[tuple(cut)]
    inside = tuple(at[axis] - first for axis, first in zip(axes, begin, strict=True))
    return Answered(adapter, at, inside, got, expected, _differing(case, posed, got, expected, tuple(cut)))


def _unfitting(case: Case, adapter: str, value: Array) -> str:
    return (
        f"no picture: the answer of {visible(adapter, 60)} must be a part of the shape {value.shape}, with at, begin "
        f"and map as the report's schema says, for {case}"
    )


def _numbers(nested: Any) -> Any:
    """Read numbers and what JSON has no number for."""
    if isinstance(nested, list):
        return [_numbers(part) for part in nested]
    return float(nested) if isinstance(nested, str) else nested


def _differing(
    case: Case, posed: Posed, got: Array, expected: Array, cut: tuple[int | slice, ...]
) -> npt.NDArray[np.bool_]:
    if case.numbers != "real":
        same: npt.NDArray[np.bool_] = (got == expected) | (np.isnan(got) & np.isnan(expected))
        return ~same
    limit = bounds.limit(posed.evaluation, case.problem.precision)[cut]
    near: npt.NDArray[np.bool_] = np.abs(got - expected) <= limit
    return ~near
