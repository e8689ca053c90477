"""A case: a problem, a direction, a recipe for its numbers, and how the arrays lie in memory."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast, get_args

from convformance.reference.errors import TextError
from convformance.reference.problem import Problem
from convformance.reference.text import EXAMPLE, parse_problem

Direction: TypeAlias = Literal["forward"]
Numbers: TypeAlias = Literal["exact", "real", "photo"]
Memory: TypeAlias = Literal["dense", "view"]

DIRECTIONS: Final = get_args(Direction)
NUMBERS: Final = get_args(Numbers)


@dataclass(frozen=True)
class Case:
    """One question to a framework.

    Attributes
    ----------
    problem : Problem
        Everything but the numbers.
    direction : "forward"
        What is asked for.
    numbers : "exact", "real" or "photo"
        Integers for which every order of summation is exact; zero-mean real numbers; exact numbers whose input is a
        crop of a photograph.
    memory : "dense" or "view"
        Whether the arrays lie in memory in the adapter's own layout, or are transposed views of the other one (an
        NHWC image handed over as NCHW is what torch calls the channels_last memory format).
    """

    problem: Problem
    direction: Direction = "forward"
    numbers: Numbers = "exact"
    memory: Memory = "dense"

    def __str__(self) -> str:
        """Spell the case as one line: the problem's text, the direction, the numbers, and ``view`` for views."""
        return ".".join((str(self.problem), self.direction, self.numbers, *(["view"] if self.memory == "view" else [])))


def parse_case(text: str) -> Case:
    """Rebuild the case that prints as ``text``.

    Parameters
    ----------
    text : str
        One line as ``str(case)`` gives it. The text of a problem alone stands for its forward case on exact numbers.

    Returns
    -------
    Case
        The case.

    Raises
    ------
    TextError
        When the text is not one of a case, with what should stand where.
    ProblemError
        When the text spells a problem that is not a convolution.
    """
    problem, *parts = text.split(".")
    parsed = parse_problem(problem)
    if not parts:
        return Case(parsed)
    view = parts[2:] == ["view"]
    if len(parts) != 2 + view or parts[0] not in DIRECTIONS or parts[1] not in NUMBERS:
        raise TextError(
            f"not the text of a case: after the problem come .forward, then one of "
            f"{', '.join('.' + name for name in NUMBERS)}, then .view or nothing: got {'.'.join(parts)!r} in {text!r}; "
            f"like {EXAMPLE}.forward.exact"
        )
    return Case(parsed, cast(Direction, parts[0]), cast(Numbers, parts[1]), "view" if view else "dense")
