"""What a mutant does to the table of one axis: rows left out, counted twice, moved, or those of other parameters."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np

from convformance.reference.mutants.guards import AXES, BLOCKS, Choice
from convformance.reference.mutants.tables import COLUMNS, INPUT, OUTPUT, WEIGHT, Axis, Rows, rows_of

Moved: TypeAlias = Callable[[Rows, int, int], Rows]

MOVES: Final[dict[str, tuple[Moved, tuple[int, ...]]]] = {
    "moved by {}, what leaves the axis being lost": (lambda index, _size, by: index + by, (-2, -1, 1, 2)),
    "moved by {}, but not off the axis": (lambda index, size, by: np.clip(index + by, 0, size - 1), (-2, -1, 1, 2)),
    "moved by {}, around the axis": (lambda index, size, by: (index + by) % size, (-2, -1, 1, 2)),
    "counted from the other end": (lambda index, size, _: size - 1 - index, (0,)),
    "exchanged with its neighbour's": (lambda index, _size, _: index ^ 1, (0,)),
    "always the first": (lambda index, _size, _: index * 0, (0,)),
    "always the last": (lambda index, size, _: index * 0 + size - 1, (0,)),
    "that of {} before": (lambda index, _size, by: np.where(index >= by, index - by, index), BLOCKS),
    "at most {}": (lambda index, _size, most: np.minimum(index, most), BLOCKS),
}
"""What may happen to the index in one column, given the size of its axis and an amount, and the amounts."""

COUNTS: Final = {"left out": 0, "counted twice": 2}
"""How often a row counts instead of once."""

PARAMETERS: Final[dict[str, Callable[[Axis, Axis], Axis]]] = {
    "the stride one more": lambda axis, _: replace(axis, stride=axis.stride + 1),
    "the stride one less": lambda axis, _: replace(axis, stride=axis.stride - 1),
    "the stride 1": lambda axis, _: replace(axis, stride=1),
    "the stride of the axis before": lambda axis, beside: replace(axis, stride=beside.stride),
    "the stride in place of the dilation": lambda axis, _: replace(axis, dilation=axis.stride),
    "the dilation in place of the stride": lambda axis, _: replace(axis, stride=axis.dilation),
    "the dilation one more": lambda axis, _: replace(axis, dilation=axis.dilation + 1),
    "the dilation 1": lambda axis, _: replace(axis, dilation=1),
    "the dilation of the axis before": lambda axis, beside: replace(axis, dilation=beside.dilation),
    "the pad before one more": lambda axis, _: replace(axis, before=axis.before + 1),
    "the pad before one less": lambda axis, _: replace(axis, before=axis.before - 1),
    "no pad before": lambda axis, _: replace(axis, before=0),
    "the pad after in place of that before": lambda axis, _: replace(axis, before=axis.after),
    "the pad of the axis before": lambda axis, beside: replace(axis, before=beside.before),
    "half of both pads before": lambda axis, _: replace(axis, before=(axis.before + axis.after) // 2),
    "zeros in the pads": lambda axis, _: replace(axis, mode="zeros"),
    "the first and last cell in the pads": lambda axis, _: replace(axis, mode="replicate"),
}
"""Other parameters of a spatial axis, given the one before it (before the first stands the last)."""


@dataclass(frozen=True)
class Change:
    """One rule on the table of one axis.

    Attributes
    ----------
    axis : int
        A key of `convformance.reference.mutants.guards.AXES`.
    what : str
        A key of `MOVES`, `COUNTS` or `PARAMETERS`.
    column : int
        What is moved: the output, the input or the weight.
    amount : int
        Of a move.
    """

    axis: int
    what: str
    column: int = OUTPUT
    amount: int = 0

    def __str__(self) -> str:
        """Say it in words."""
        where = AXES[self.axis]
        if self.what in COUNTS:
            return f"what meets along {where} is {self.what}"
        if self.what in PARAMETERS:
            return f"{where} has {self.what}"
        return f"the {COLUMNS[self.column]} index along {where} is {self.what.format(self.amount)}"


@lru_cache(maxsize=65536)
def chosen(axis: Axis, choices: tuple[Choice, ...]) -> Rows:
    """Give the rows of a table that all choices choose."""
    return _among(axis, rows_of(axis), choices)


@lru_cache(maxsize=65536)
def difference(axis: Axis, beside: Axis, change: Change, choices: tuple[Choice, ...]) -> tuple[Rows, Rows]:
    """Give what a change makes of the chosen rows of a table, less what they are.

    Parameters
    ----------
    axis, beside : Axis
        The axis, and the spatial axis before it.
    change : Change
        The rule.
    choices : tuple of Choice
        Where it holds.

    Returns
    -------
    tuple of array
        Distinct rows, and how often more (or, below zero, less) each counts than it should; none of them 0.
    """
    right = chosen(axis, choices)
    if change.what in COUNTS:
        return right, np.full(len(right), COUNTS[change.what] - 1)
    if change.what in PARAMETERS:
        other = PARAMETERS[change.what](axis, beside)
        wrong = right if other == axis else _among(axis, rows_of(other), choices)
    else:
        move, _ = MOVES[change.what]
        size = axis.sizes[change.column]
        wrong = right.copy()
        wrong[:, change.column] = move(right[:, change.column], size, change.amount)
        wrong = wrong[(wrong[:, change.column] >= 0) & (wrong[:, change.column] < size)]
    both = np.concatenate([right, wrong])
    codes = np.ravel_multi_index((both[:, OUTPUT], both[:, INPUT], both[:, WEIGHT]), axis.sizes)
    signs = np.repeat([-1, 1], [len(right), len(wrong)])
    distinct, where = np.unique(codes, return_inverse=True)
    counts = np.zeros(len(distinct), np.int64)
    np.add.at(counts, where, signs)
    rows = np.stack(np.unravel_index(distinct[counts != 0], axis.sizes), axis=1)
    return rows, counts[counts != 0]


def _among(axis: Axis, rows: Rows, choices: tuple[Choice, ...]) -> Rows:
    for choice in choices:
        rows = rows[choice.among(rows, axis.sizes)]
    return rows
