"""The smallest condition that tells some cases from others: simple statements about a case, joined by "and".

The conditions of expected entries are written in the same language (`convformance.tests.conformance.gate.conditions`).
As in `convformance.reference.description`, it is the search for one rule of separate-and-conquer learning, but small
rules are tried exhaustively.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import and_
from typing import Any, Final

from convformance.reference.case import Case
from convformance.tests.conformance.gate.conditions import evaluate

EXHAUSTIVE: Final = 3
"""All conjunctions of up to so many statements are tried, most of them in a second; longer ones greedily."""
TRIED: Final = 300_000
LONGEST: Final = 7
MANY: Final = 10
"""Fewer cases than these have longer conjunctions, and numbers other than 0, 1 and 2, in common by chance."""

EVERYTHING: Final = "rank >= 1"
"""What is true of every case, where nothing has to be told apart."""

CHOICES: Final = ("kind", "direction", "numbers", "memory", "dtype", "padding_mode", "activation")
"""What has one of a few values; the first words are tried first, here and below."""
FACTS: Final = (
    "padding == 'same'", "padding == 'valid'", "padding == 'causal'", "padding in ('valid', 'same', 'causal')",
    "use_bias", "max(strides) != min(strides)", "strides[-1] > kernel_size[-1]", "groups == channels",
    "filters == channels", "channels > groups", "sum(pads[-1]) > 0", "pads[-1][0] == pads[-1][1]",
    "pads[0][0] == pads[0][1]", "sum(output_padding) > 0", "max(kernel_size) != min(kernel_size)",
    "kernel_size[-1] % 2 == 0", "kernel_size[0] % 2 == 0", "min(spatial) < max(kernel_size)", "channels % 8 == 0",
    "filters % 8 == 0", "output_spatial[-1] % 8 == 0",
)  # fmt: skip
"""What is so or not."""
NUMBERS: Final = (
    "groups", "max(strides)", "max(dilation)", "max(kernel_size)", "channels", "filters", "batch", "rank", "multiplier",
    "min(output_spatial)", "output_spatial[-1]", "output_spatial[0]", "kernel_size[-1]", "kernel_size[0]",
    "strides[-1]", "strides[0]", "dilation[-1]", "dilation[0]", "min(kernel_size)", "min(strides)", "min(spatial)",
    "max(spatial)", "channels // groups", "sum(pads[-1])", "sum(pads[0])",
)  # fmt: skip
"""What is a number; it is compared with 0, 1 and 2, and where that is not enough with others."""
_OPPOSITES: Final = ((" != ", " == "), (" == ", " != "), (" in ", " not in "), (" > ", " <= "), (" < ", " >= "))


@dataclass(frozen=True)
class Statement:
    """A statement that is true of all cases to be found.

    Attributes
    ----------
    text : str
        The expression.
    weight : int
        How far-fetched it is.
    left : int
        The others it is true of, too, a bit for each.
    """

    text: str
    weight: int
    left: int


class Separator:
    """Finds conditions among the cases of one adapter.

    Parameters
    ----------
    cases : sequence of Case
        All that any condition is to be found for or against.
    """

    def __init__(self, cases: Sequence[Case]) -> None:
        self._values = {
            term: [evaluate(term, case) for case in cases] for term in dict.fromkeys((*CHOICES, *FACTS, *NUMBERS))
        }

    def condition(self, wanted: Collection[int], others: Collection[int]) -> str | None:
        """Find the smallest condition that is true of some cases and of none of others.

        Parameters
        ----------
        wanted, others : collection of int
            Places in the cases; `wanted` is not empty.

        Returns
        -------
        str or None
            An expression, or None where no conjunction was found.
        """
        if not others:
            return EVERYTHING
        useful = _undominated(self._statements(list(wanted), list(others)), (1 << len(others)) - 1)
        found = _exhaustive(useful) or (_greedy(useful) if len(wanted) >= MANY else None)
        return None if found is None else " and ".join(statement.text for statement in found)

    def _statements(self, wanted: list[int], others: list[int]) -> list[Statement]:
        """Give all statements that are true of those wanted."""
        found = []
        for text, weight, holds in self._candidates(wanted, others):
            left = int("".join("01"[holds[place]] for place in others), base=2)
            found.append(Statement(text, weight, left))
        return found

    def _candidates(self, wanted: list[int], others: list[int]) -> Iterator[tuple[str, int, Sequence[bool]]]:
        for term in CHOICES:
            yield from _choices(term, self._values[term], wanted, others)
        for term in FACTS:
            values = self._values[term]
            if len({values[place] for place in wanted}) == 1:
                true = values[wanted[0]]
                yield term if true else _opposite(term), 1, [value == true for value in values]
        for term in NUMBERS:
            yield from _numbers(term, self._values[term], wanted)


def _choices(
    term: str, values: Sequence[Any], wanted: list[int], others: list[int]
) -> Iterator[tuple[str, int, Sequence[bool]]]:
    """State which of a few values something has, or has not."""
    seen = sorted({values[place] for place in wanted}, key=str)
    never = sorted({values[place] for place in others} - set(seen), key=str)
    if len(seen) == 1:
        yield f"{term} == {seen[0]!r}", 1, [value == seen[0] for value in values]
    elif never:
        yield f"{term} in ({', '.join(map(repr, seen))})", 1 + len(seen), [value in seen for value in values]
    for value in never:
        yield f"{term} != {value!r}", 2, [one != value for one in values]


def _opposite(term: str) -> str:
    """Say that a fact is not so."""
    for sign, opposite in _OPPOSITES:
        if sign in term:
            return term.replace(sign, opposite)
    return f"not {term}"


def _numbers(term: str, values: Sequence[Any], wanted: list[int]) -> Iterator[tuple[str, int, Sequence[bool]]]:
    """State how large something is."""
    least, most = min(values[place] for place in wanted), max(values[place] for place in wanted)
    many = len(wanted) >= MANY
    if least == most and (least in (0, 1, 2) or many):
        yield f"{term} == {least}", 1 if least in (0, 1, 2) else 4, [value == least for value in values]
    for number in (1, 0, 2):
        if least > number:
            yield f"{term} > {number}", 1, [value > number for value in values]
    if least > 3 and many:
        yield f"{term} >= {least}", 4, [value >= least for value in values]
    if most <= 2 or many:
        yield f"{term} <= {most}", 4 if most > 2 else 2, [value <= most for value in values]


def _undominated(statements: Sequence[Statement], everything: int) -> list[Statement]:
    """Leave out statements that rule nothing out, and those that rule out no more than a simpler one."""
    kept: list[Statement] = []
    for statement in sorted(statements, key=lambda one: (one.weight, one.left.bit_count())):
        narrower = any(other.left | statement.left == statement.left for other in kept)
        if statement.left != everything and not narrower:
            kept.append(statement)
    return kept


def _exhaustive(statements: Sequence[Statement]) -> Sequence[Statement] | None:
    """Find the fewest statements that together are true of none of the others, of those the simplest."""
    for size in range(1, EXHAUSTIVE + 1):
        if math.comb(len(statements), size) > TRIED:
            return None
        fitting = (
            chosen for chosen in combinations(statements, size) if not reduce(and_, (one.left for one in chosen))
        )
        best = min(fitting, key=lambda chosen: sum(one.weight for one in chosen), default=None)
        if best is not None:
            return best
    return None


def _greedy(statements: Sequence[Statement]) -> Sequence[Statement] | None:
    """Add the statement that rules out most of what is left; then take away what is no longer needed."""
    if not statements:
        return None
    chosen: list[Statement] = []
    left = reduce(lambda one, other: one | other.left, statements, 0)
    while left and len(chosen) < LONGEST:
        best = min(statements, key=lambda one: ((left & one.left).bit_count(), one.weight))
        if left & best.left == left:
            return None
        chosen.append(best)
        left &= best.left
    if left:
        return None
    for statement in tuple(chosen):
        rest = [one for one in chosen if one is not statement]
        if rest and not reduce(and_, (one.left for one in rest)):
            chosen = rest
    return chosen
