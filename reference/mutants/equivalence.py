"""Tell mutants that compute a wrong convolution from those that are the right one in other words.

What a mutant adds up wrongly is all combinations of what its tables hold for each axis, and each of its guards looks at
one group of a problem's parameters. So a problem that shows it can be looked for group by group, and what is found is
what a search through all combinations of the groups' ranges would find: several thousand million problems.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property
from itertools import permutations, product
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.axes import PADDING_MODES, PaddingMode
from convformance.reference.errors import ProblemError
from convformance.reference.mutants.guards import Group, Guard
from convformance.reference.mutants.mutant import Mutant
from convformance.reference.mutants.tables import Axis, Part, axes_of
from convformance.reference.precision import PRECISIONS
from convformance.reference.problem import Kind, Problem

Setting: TypeAlias = tuple[int, int, int, int, Any]
Mask: TypeAlias = npt.NDArray[np.bool_]

NARROWING: Final[tuple[Setting, ...]] = (
    *product((37,), (1, 2, 3, 7), (40,), (1, 2), ((0, 0), (1, 2), "same")),
    (37, 37, 1, 1, (0, 0)),
    (37, 3, 1, 18, (0, 0)),
    (37, 3, 1, 19, (0, 2)),
    (37, 2, 1, 36, (0, 0)),
    (37, 1, 1, 1, (18, 18)),
    (37, 3, 2, 2, (19, 57)),
)
"""Size, kernel, stride, dilation and pads of a long axis of one output; the last two where it is transposed."""
ALONE: Final[tuple[Setting, ...]] = NARROWING + tuple(
    product((1, 2, 3, 4, 5, 6, 7, 9, 17, 37, 45), (1, 2, 3, 4, 7), (1, 2, 3, 4), (1, 2, 3),
            ((0, 0), (1, 2), (2, 2), (4, 1), (0, 9), "same", "causal"))
)  # fmt: skip
"""Those of an axis that is the only one."""
ONE: Final[tuple[Setting, ...]] = NARROWING + tuple(
    product((1, 4, 7, 37), (1, 2, 3, 7), (1, 2, 3), (1, 2, 3), ((0, 0), (1, 2), (4, 1), "same"))
)
"""Those of one axis of two, beside one of `OTHER`, or the other way round."""
OTHER: Final[tuple[Setting, ...]] = tuple(product((2, 37), (1, 2), (1, 2), (1, 2), ((0, 0), (2, 1), "same")))
"""Those of the other axis of two."""
FIRST: Final[tuple[Setting, ...]] = NARROWING + tuple(
    product((2, 37), (1, 2, 3, 7), (1, 2, 3), (1, 2), ((0, 0), (2, 1), "same"))
)
"""Those of one axis of three, beside two of `THIRD`, in every order."""
THIRD: Final[tuple[Setting, ...]] = tuple(product((2, 5), (1, 3), (1, 2), (1,), ((0, 0), (1, 2), "same")))
"""Those of the second axis of three."""
LAST: Final[tuple[Setting, ...]] = (THIRD[0], THIRD[-1], (37, 2, 1, 1, (0, 0)))
"""Those of the third axis of three."""
CHANNELS: Final = (
    (1, 1, 1), (1, 2, 1), (3, 5, 1), (4, 2, 2), (2, 6, 2), (6, 3, 3), (3, 3, 3), (15, 10, 5), (37, 3, 1), (3, 37, 1),
    (1, 37, 1), (37, 1, 1),
    (37, 45, 1), (45, 37, 1), (36, 60, 2), (60, 36, 4), (37, 37, 37), (45, 90, 45), (90, 74, 2), (75, 135, 15),
)  # fmt: skip
"""Channels, filters and groups."""
KINDS: Final[tuple[Kind, ...]] = ("conv", "depthwise", "transposed")
BATCHES: Final = (1, 2, 3, 5, 9, 17, 37, 45)


class Range:
    """Problems that differ in one group of parameters, and which of them a mutant shows in.

    Parameters
    ----------
    problems : sequence of Problem
        All of one rank.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = problems
        self._opening: dict[Guard, Mask] = {}
        self._axes: dict[tuple[Part, int, bool], tuple[list[tuple[Axis, ...]], npt.NDArray[np.intp]]] = {}

    def first(self, mutant: Mutant, group: Group, places: Sequence[int]) -> Problem | None:
        """Find the smallest problem that opens a mutant's guards of a group, and whose tables at some axes differ."""
        showing = np.ones(len(self.problems), bool)
        for guard in mutant.guards:
            if guard.group == group:
                showing &= self._opens(guard)
        for place in places:
            different, which = self._different(mutant, place)
            showing &= np.array([len(mutant.table(axes, place)[0]) > 0 for axes in different])[which]
        return self.problems[int(np.where(showing, self._sizes, np.inf).argmin())] if showing.any() else None

    @cached_property
    def _sizes(self) -> npt.NDArray[np.float64]:
        return np.array([float(problem.products * np.prod(problem.output_shape)) for problem in self.problems])

    def _opens(self, guard: Guard) -> Mask:
        if guard not in self._opening:
            self._opening[guard] = np.array([guard.opens(problem) for problem in self.problems])
        return self._opening[guard]

    def _different(self, mutant: Mutant, place: int) -> tuple[list[tuple[Axis, ...]], npt.NDArray[np.intp]]:
        """Give what is different at a place, the axis or it and the one before, and which of these each problem has."""
        name = mutant.part, place, "axis before" in mutant.change.what
        if name not in self._axes:
            numbers: dict[tuple[Axis, Axis], int] = {}
            found: list[tuple[Axis, ...]] = []
            which: list[int] = []
            for problem in self.problems:
                axes = axes_of(problem, mutant.part)
                key = axes[place], mutant.beside(axes, place)
                if key not in numbers:
                    numbers[key] = len(found)
                    found.append(axes)
                which.append(numbers[key])
            self._axes[name] = found, np.array(which)
        return self._axes[name]


def witness(mutant: Mutant) -> Problem | None:
    """Find a problem that shows a mutant.

    Parameters
    ----------
    mutant : Mutant
        Any.

    Returns
    -------
    Problem or None
        None when, in all combinations of the ranges of this module, the multiset of (output, input, weight) that it
        adds up is the right one: then it is equivalent.
    """
    for kind, rank, mode in product(KINDS, (1, 2, 3), PADDING_MODES):
        found = _in_frame(mutant, kind, rank, mode)
        if found is not None:
            return found
    return None


def _in_frame(mutant: Mutant, kind: Kind, rank: int, mode: PaddingMode) -> Problem | None:
    """Look among the problems of a kind, rank and padding mode."""
    if not mutant.speaks_of(rank):
        return None
    layouts = _layouts("transposed" if kind == "transposed" else "conv", rank, mode)
    if not layouts.problems:
        return None
    frame = replace(layouts.problems[0], **_of_channels(kind, 1, 1, 1))
    if not all(guard.opens(frame) for guard in mutant.guards if guard.group == "frame"):
        return None
    numbers = [
        problem
        for problem in _numbers().problems
        if (mutant.direction == "forward" or not problem.precision.is_integer)
        and (mutant.part == "products" or problem.use_bias)
        and all(guard.opens(problem) for guard in mutant.guards if guard.group == "numbers")
    ]
    if not numbers:
        return None
    batch = _batches(rank).first(mutant, "batch", (0,))
    channels = None if batch is None else _channels(kind, rank).first(mutant, "channels", (rank + 1,))
    layout = None if channels is None else layouts.first(mutant, "axes", range(1, rank + 1))
    if batch is None or channels is None or layout is None:
        return None
    return replace(
        layout,
        batch=batch.batch,
        use_bias=numbers[0].use_bias,
        activation=numbers[0].activation,
        dtype=numbers[0].dtype,
        **_of_channels(kind, channels.channels, channels.filters, channels.groups),
    )


def _of_channels(kind: Kind, channels: int, filters: int, groups: int) -> dict[str, Any]:
    return {"kind": kind, "channels": channels, "filters": filters, "groups": groups, "multiplier": 0}


def _small(rank: int, **changes: Any) -> Problem:
    plain: dict[str, Any] = {
        "batch": 1,
        "spatial": (3,) * rank,
        "channels": 1,
        "filters": 1,
        "kernel_size": (2,) * rank,
    }
    return Problem(**(plain | {"use_bias": True} | changes))


def _valid(rank: int, changes: Iterator[dict[str, Any]]) -> Range:
    """Leave out what is no convolution."""
    problems = []
    for change in changes:
        try:
            problems.append(_small(rank, **change))
        except ProblemError:
            continue
    return Range(problems)


@cache
def _numbers() -> Range:
    dtypes = sorted(PRECISIONS, key=lambda name: name != "float32")
    return _valid(
        1,
        (
            {"dtype": dtype, "use_bias": bias, "activation": activation}
            for dtype, bias, activation in product(dtypes, (False, True), (None, "relu"))
        ),
    )


@cache
def _batches(rank: int) -> Range:
    return _valid(rank, ({"batch": batch} for batch in BATCHES))


@cache
def _channels(kind: Kind, rank: int) -> Range:
    return _valid(rank, (_of_channels(kind, *numbers) for numbers in CHANNELS))


@cache
def _layouts(kind: Kind, rank: int, mode: PaddingMode) -> Range:
    """Give every combination of the axes' settings; of a transposed convolution, with every output padding."""
    return _valid(rank, _changes(kind, rank, mode))


def _changes(kind: Kind, rank: int, mode: PaddingMode) -> Iterator[dict[str, Any]]:
    combined: Iterator[tuple[Setting, ...]]
    if kind == "transposed" and mode != "zeros":
        return
    if rank == 1:
        combined = product(ALONE)
    elif rank == 2:
        combined = (order for pair in product(ONE, OTHER) for order in (pair, pair[::-1]))
    else:
        combined = (order for some in product(FIRST, THIRD, LAST) for order in permutations(some))
    for axes in combined:
        spatial, kernel_size, strides, dilation, pads = zip(*axes, strict=True)
        words = {pair for pair in pads if isinstance(pair, str)}
        if words and len(set(pads)) > 1:
            continue
        change = {
            "kind": kind,
            "spatial": spatial,
            "kernel_size": kernel_size,
            "strides": strides,
            "dilation": dilation,
            "padding": words.pop() if words else pads,
            "padding_mode": mode,
        }
        yield change
        if kind == "transposed" and not isinstance(pads[0], str) and max(strides) > 1:
            yield change | {"output_padding": tuple(stride - 1 for stride in strides)}
