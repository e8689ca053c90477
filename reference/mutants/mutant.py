"""Faults that nobody wrote down: random changes to the tables of a convolution, each under random conditions.

A mutant is one rule on the table of one axis (`convformance.reference.mutants.changes`), for a share of what meets
there and only for problems of a certain kind (`convformance.reference.mutants.guards`), in one direction. A layer is
linear in the table of each axis, so what the mutant computes is the right answer plus what the difference of the tables
gives.

References
----------
R. A. DeMillo, R. J. Lipton, F. G. Sayward, "Hints on test data selection", IEEE Computer 11(4), 1978.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.faults.fault import Fault
from convformance.reference.faults.question import Question
from convformance.reference.mutants.changes import COUNTS, MOVES, PARAMETERS, Change, chosen, difference
from convformance.reference.mutants.guards import AXES, BLOCKS, SHARES, TRAITS, Choice, Guard
from convformance.reference.mutants.tables import (
    ANSWERS,
    INPUT,
    OUTPUT,
    WEIGHT,
    Axis,
    Part,
    Rows,
    add_up,
    arrays_of,
    axes_of,
)
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem

Array: TypeAlias = npt.NDArray[Any]

LARGEST: Final = 2**22
"""Layers of more products are computed honestly: tables are slow."""
DIRECTIONS: Final = {"forward": 4, "dx": 3, "dfilters": 3}
"""How often a mutant lies in which direction."""
BIAS_SHARE: Final = 0.05
HOW_MANY: Final = (0, 1, 1, 2)
"""How many choices, and how many guards, a mutant has."""


@dataclass(frozen=True)
class Mutant:
    """A wrong convolution without a name.

    Attributes
    ----------
    direction : str
        The direction in which it is wrong.
    part : "products" or "bias"
        What it adds up wrongly.
    change : Change
        The rule.
    choices : tuple of Choice
        What of all that meets it is applied to; all of them must choose it.
    guards : tuple of Guard
        The problems that it is applied to; all of them must open.
    number : int
        Its place among those generated.
    """

    direction: str
    part: Part
    change: Change
    choices: tuple[Choice, ...]
    guards: tuple[Guard, ...]
    number: int = field(default=0, compare=False)

    def __str__(self) -> str:
        """Say it in one sentence."""
        where = "".join(f", where {choice}" for choice in self.choices)
        when = "".join(f", if {guard}" for guard in self.guards)
        return f"{self.direction} of the {self.part}: {self.change}{where}{when}"

    def differing(self, problem: Problem) -> tuple[list[Rows], list[Array]] | None:
        """Tabulate what is added up wrongly.

        Parameters
        ----------
        problem : Problem
            Of kind conv, depthwise or transposed; the guards are not looked at.

        Returns
        -------
        tuple of list, or None
            The rows of each axis and how often they count beyond what is right, or None where nothing differs. As what
            meets are all combinations of rows, the multisets of (output, input, weight) are equal only then.
        """
        axes = axes_of(problem, self.part)
        if (self.part == "bias" and not problem.use_bias) or not self.speaks_of(problem.rank):
            return None
        tables, counts = [], []
        for place in range(len(axes)):
            rows, count = self.table(axes, place)
            if not len(rows):
                return None
            tables.append(rows)
            counts.append(count)
        return tables, counts

    def speaks_of(self, rank: int) -> bool:
        """Tell whether a problem of a rank has the axes that it speaks of."""
        return min(self.change.axis, *(choice.axis for choice in self.choices), 0) >= -1 - rank

    def table(self, axes: Sequence[Axis], place: int) -> tuple[Rows, Array]:
        """Give the rows of one axis, and how often they count beyond what is right; `differing` has them all."""
        choices = tuple(choice for choice in self.choices if choice.axis % len(axes) == place)
        if self.change.axis % len(axes) != place:
            rows = chosen(axes[place], choices)
            return rows, np.ones(len(rows), np.int64)
        return difference(axes[place], self.beside(axes, place), self.change, choices)

    def beside(self, axes: Sequence[Axis], place: int) -> Axis:
        """Give the axis whose parameters an axis may get: the spatial one before it, or the last before the first."""
        return axes[place - 1 if place > 1 else -2] if "axis before" in self.change.what else axes[place]

    def applies(self, problem: Problem) -> bool:
        """Tell whether it gives another sum than the right one for some numbers."""
        return (
            problem.kind != "separable"
            and (self.direction == "forward" or not problem.precision.is_integer)
            and problem.products * math.prod(problem.output_shape) <= LARGEST
            and all(guard.opens(problem) for guard in self.guards)
            and self.differing(problem) is not None
        )

    def excess(self, problem: Problem, given: Operands) -> Array:
        """Compute by how much it is wrong, before the activation.

        Parameters
        ----------
        problem : Problem
            One that it applies to.
        given : Operands
            Wide enough to add up in; the cotangent is what flows back through the activation.

        Returns
        -------
        array
            What is to be added to the right answer, in its canonical shape.
        """
        differing = self.differing(problem)
        assert differing is not None
        weights = given.bias if self.part == "bias" else given.filters
        assert weights is not None
        cotangent = None if self.direction == "forward" else given.cotangent
        arrays = arrays_of(problem, self.part, given.x, weights, cotangent)
        found = add_up(*differing, arrays, ANSWERS[self.direction])
        return found.reshape(weights.shape) if ANSWERS[self.direction] == WEIGHT else found

    def as_fault(self) -> Fault:
        """Make a fault of it, to be put in front of an adapter."""
        return Fault(
            f"mutant {self.number}",
            f"{self}.",
            "generated",
            " and ".join(map(str, (*self.guards, *self.choices))) or "everywhere",
            self.applies,
            self._lie,
            (self.direction,),
        )

    def _lie(self, question: Question) -> Array:
        """Give the right answer and the excess; behind a ReLU, that of both together."""
        problem = question.problem
        wide = question.given.map(lambda array: array.astype(wide_of(problem)))
        if self.direction == "forward":
            before = question.again(problem=replace(problem, activation=None))
            value = before.astype(wide_of(problem)) + self.excess(problem, wide)
            return rounded(problem, np.maximum(value, 0) if problem.activation == "relu" else value)
        if problem.activation == "relu":
            lit = question.compute(problem, question.given, "forward") > 0
            assert wide.cotangent is not None
            wide = replace(wide, cotangent=np.where(lit, wide.cotangent, 0))
        return rounded(problem, question.honest().astype(wide_of(problem)) + self.excess(problem, wide))


def wide_of(problem: Problem) -> type[np.int64] | type[np.float64]:
    """Give the type that a problem's numbers are added up in."""
    return np.int64 if problem.precision.is_integer else np.float64


def rounded(problem: Problem, value: Array) -> Array:
    """Round to the problem's dtype."""
    with np.errstate(over="ignore", invalid="ignore"):
        return value.astype(problem.precision.numpy_dtype)


def generate(seed: int, count: int) -> list[Mutant]:
    """Make mutants.

    Parameters
    ----------
    seed : int
        The same seed gives the same mutants on every machine, and more of them begin with fewer.
    count : int
        How many.

    Returns
    -------
    list of Mutant
        No two alike, numbered from 0.
    """
    source = random.Random(seed)  # noqa: S311 - nothing is to be kept secret
    found: dict[Mutant, None] = {}
    while len(found) < count:
        mutant = _one(source, len(found))
        found.setdefault(mutant)
    return list(found)


def _one(source: random.Random, number: int) -> Mutant:
    bias = source.random() < BIAS_SHARE
    part: Part = "bias" if bias else "products"
    directions = dict.fromkeys(("forward", "dbias"), 1) if bias else DIRECTIONS
    choices = {_choice(source, bias=bias) for _ in range(source.choice(HOW_MANY))}
    names = source.sample(tuple(TRAITS), source.choice(HOW_MANY))
    return Mutant(
        source.choices(tuple(directions), tuple(directions.values()))[0],
        part,
        _change(source, bias=bias),
        tuple(sorted(choices, key=str)),
        tuple(Guard(name, source.choice(TRAITS[name].amounts)) for name in sorted(names)),
        number,
    )


def _change(source: random.Random, *, bias: bool) -> Change:
    """Draw a change; of the bias, that of the filters."""
    axis = -1 if bias else source.choice(tuple(AXES))
    column = source.choice((OUTPUT, WEIGHT) if bias else (OUTPUT, INPUT) if axis == 0 else (OUTPUT, INPUT, WEIGHT))
    moves = [what for what in MOVES if MOVES[what][1] is not BLOCKS or _is_blocked(axis, column)]
    what = source.choice((*moves, *COUNTS, *(PARAMETERS if axis < -1 else ())))
    if what not in MOVES:
        return Change(axis, what)
    return Change(axis, what, column, source.choice(MOVES[what][1]))


def _choice(source: random.Random, *, bias: bool) -> Choice:
    """Draw a choice; of the bias, one of outputs."""
    axis = source.choice(tuple(AXES))
    column = source.choice((OUTPUT,) if bias else (OUTPUT, INPUT, WEIGHT) if axis < -1 else (OUTPUT, INPUT))
    share = source.choice([share for share in SHARES if "{}" not in share or _is_blocked(axis, column)])
    return Choice(axis, column, share, source.choice(BLOCKS) if "{}" in share else 0)


def _is_blocked(axis: int, column: int) -> bool:
    """Tell whether libraries cut an axis into blocks: channels, filters, and the width of images."""
    return axis in (-1, -2) and column != WEIGHT
