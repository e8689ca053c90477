"""Shrink a failing question to a minimal one: the smallest problem with the smallest numbers that still fails.

Greedy and deterministic: whatever makes the problem smaller or plainer is tried in a fixed order and kept when the
question still fails, until nothing does. Then the numbers: single ones and counting numbers, so that a person can
follow the sums. It starts from the failing question itself, which searches that draw their own examples do not.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.operands import Operands
from convformance.reference.problem import Axes, Problem
from convformance.reference.smaller import smaller

Array: TypeAlias = npt.NDArray[Any]
Fails: TypeAlias = Callable[[Problem, Operands], bool]

CALLS: Final = 1000
"""How often a question is asked at most."""
_CYCLE: Final = {"float16": 13, "bfloat16": 13}
"""Counting begins anew behind this number, where sums of larger ones would leave the format, or 97 elsewhere."""
_SINGLES: Final = 24
"""So many cells of an array are looked at one by one."""
_ROLES: Final = ("bias", "pointwise", "filters", "cotangent", "x")


@dataclass
class _Budget:
    """Asks until the calls are used up; then nothing fails any more."""

    fails: Fails
    left: int

    def ask(self, problem: Problem, operands: Operands) -> bool:
        if self.left <= 0:
            return False
        self.left -= 1
        return self.fails(problem, operands)


def shrink(problem: Problem, operands: Operands, fails: Fails, calls: int = CALLS) -> tuple[Problem, Operands]:
    """Make a failing question as small as it gets while it still fails.

    Parameters
    ----------
    problem : Problem
        Everything but the numbers.
    operands : Operands
        Canonical arrays.
    fails : callable
        Tells of a problem and its arrays whether they fail in the same way. It must be true of the given ones.
    calls : int, optional
        How often it may be called.

    Returns
    -------
    tuple of Problem and Operands
        The smallest that was found; the given ones at worst.
    """
    budget = _Budget(fails, calls)
    for recipe in (_counting, _signed):
        made = _Made(recipe, cotangent=operands.cotangent is not None)
        if budget.ask(problem, made(problem)):
            # Numbers that need not be kept are made anew for each problem.
            problem, operands = _fixpoint(problem, made(problem), budget, made.anew)
            break
    else:
        problem, operands = _fixpoint(problem, operands, budget, _cuts)
    return problem, _plainer(operands, problem, budget)


def _fixpoint(
    problem: Problem, operands: Operands, budget: _Budget, fitted: Callable[[Problem, Operands], list[Operands]]
) -> tuple[Problem, Operands]:
    """Take the first smaller problem that fails, until none does."""
    found: tuple[Problem, Operands] | None = problem, operands
    while found is not None:
        problem, operands = found
        candidates = ((other, cut) for other in smaller(problem) for cut in fitted(other, operands))
        found = next((candidate for candidate in candidates if budget.ask(*candidate)), None)
    return problem, operands


def _plainer(operands: Operands, problem: Problem, budget: _Budget) -> Operands:
    """Make the numbers of each array plain."""
    for role in _ROLES:
        if getattr(operands, role) is None:
            continue
        for plain in _plain_numbers(role, getattr(operands, role)):
            candidate = replace(operands, **{role: plain})
            if budget.ask(problem, candidate):
                operands = candidate
                break
        else:
            operands = _cell_by_cell(role, operands, problem, budget)
    return operands


def _plain_numbers(role: str, array: Array) -> Iterator[Array]:
    """Give arrays to try instead of one: an input counts, so that it shows which cells met; weights are single ones."""
    counting = (np.arange(array.size) + 1).reshape(array.shape).astype(array.dtype)
    if role == "bias":
        yield np.zeros_like(array)
    if role == "x" and array.size < 100:
        yield counting
    for place in range(min(array.size, _SINGLES)):
        single = np.zeros_like(array)
        single.ravel()[place] = 1
        yield single
    yield np.ones_like(array)
    yield counting


def _cell_by_cell(role: str, operands: Operands, problem: Problem, budget: _Budget) -> Operands:
    """Replace each number by the smallest that will do."""
    array: Array = getattr(operands, role)
    for place in range(min(array.size, _SINGLES)):
        for number in _smaller_numbers(array.ravel()[place].item()):
            changed = array.copy()
            changed.ravel()[place] = number
            candidate = replace(operands, **{role: changed})
            if budget.ask(problem, candidate):
                operands, array = candidate, changed
                break
    return operands


def _smaller_numbers(number: float) -> list[float]:
    """Give smaller numbers than one, the smallest first; what is not finite may become zero."""
    if not math.isfinite(number):
        return [0]
    whole = math.copysign(abs(math.trunc(number)), number)
    tried = (0, 1, -1, 2, 3, math.trunc(whole / 16), math.trunc(whole / 2), whole)
    return [other for other in dict.fromkeys(tried) if abs(other) < abs(number) or (other == 1 and number == -1)]


def counted(problem: Problem, *, cotangent: bool = False) -> Operands:
    """Give a problem numbers that count from 1 in each array.

    Parameters
    ----------
    problem : Problem
        Everything but the numbers.
    cotangent : bool, optional
        Whether there is one.

    Returns
    -------
    Operands
        The arrays that the problem has.
    """
    return _Made(_counting, cotangent)(problem)


@dataclass(frozen=True)
class _Made:
    """Makes the arrays of any problem by a recipe, those that it has."""

    recipe: Callable[[int, int], Array]
    cotangent: bool

    def __call__(self, problem: Problem) -> Operands:
        dtype = problem.precision.numpy_dtype
        cycle = _CYCLE.get(problem.dtype, 97)

        def make(shape: Axes) -> Array:
            return self.recipe(math.prod(shape), cycle).reshape(shape).astype(dtype)

        return Operands(
            make(problem.input_shape),
            make(problem.filters_shape),
            make((problem.filters,)) if problem.use_bias else None,
            make(problem.output_shape) if self.cotangent else None,
            make((problem.channels * problem.multiplier, problem.filters)) if problem.kind == "separable" else None,
        )

    def anew(self, problem: Problem, _: Operands) -> list[Operands]:
        return [self(problem)]


def _counting(size: int, cycle: int) -> Array:
    return np.arange(size) % cycle + 1


def _signed(size: int, cycle: int) -> Array:
    return (np.arange(size) % cycle + 1) * np.where(np.arange(size) % 2, -1, 1)


def _cuts(problem: Problem, operands: Operands) -> list[Operands]:
    """Fit arrays to a smaller problem: their heads, and their tails."""
    like = counted(problem, cotangent=operands.cotangent is not None)
    return [_cut(operands, like, tail=tail) for tail in (False, True)]


def _cut(operands: Operands, like: Operands, *, tail: bool) -> Operands:
    """Take of each array what the other's shape leaves, begun anew where it is larger."""
    cut: dict[str, Array | None] = {}
    for role in Operands.__dataclass_fields__:
        array, shaped = getattr(operands, role), getattr(like, role)
        if shaped is not None:
            for axis, (old, new) in enumerate(zip(array.shape, shaped.shape, strict=True)):
                array = np.take(array, (np.arange(new) + (old - new) * tail) % max(old, 1), axis=axis)
            array = array.astype(shaped.dtype)
        cut[role] = None if shaped is None else array
    return Operands(**cut)  # type: ignore[arg-type]
