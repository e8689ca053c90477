"""A case: a problem, what is asked of it, and a recipe for its numbers. It travels as one line of text."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast, get_args

from convformance.reference.directions import DIRECTIONS, FORWARD, GRADIENTS, INVALID
from convformance.reference.errors import ProblemError, TextError
from convformance.reference.problem import Problem
from convformance.reference.text import EXAMPLE, parse_problem

Numbers: TypeAlias = Literal[
    "exact", "real", "photo", "nan-x", "inf-x", "minus-inf-x", "nan-filters", "inf-filters", "nan-bias", "inf-bias",
    "negative-zero", "subnormal", "overflow",
]  # fmt: skip
Memory: TypeAlias = Literal["dense", "view", "fortran", "strided", "broadcast"]

NUMBERS: Final[tuple[Numbers, ...]] = get_args(Numbers)
SPECIALS: Final = NUMBERS[3:]
MEMORIES: Final[tuple[Memory, ...]] = get_args(Memory)


@dataclass(frozen=True)
class Case:
    """One question to a framework.

    Attributes
    ----------
    problem : Problem
        Everything but the numbers.
    direction : str
        What is asked for: one of `convformance.reference.directions.DIRECTIONS`.
    numbers : "exact", "real", "photo" or one of `SPECIALS`
        Integers for which every order of summation is exact; zero-mean real numbers; exact numbers whose input is a
        crop of a photograph; or exact numbers with something special among them.
    memory : "dense", "view", "fortran", "strided" or "broadcast"
        Whether the arrays lie in memory in the adapter's own layout, or are transposed views of the other one (an
        NHWC image handed over as NCHW is what torch calls the channels_last memory format), or have their axes in
        reverse order (Fortran's), or are every other cell of larger arrays, or are one image seen N times (stride 0).

    Raises
    ------
    ProblemError
        For a question that the problem or its dtype has no answer to.
    """

    problem: Problem
    direction: str = FORWARD
    numbers: Numbers = "exact"
    memory: Memory = "dense"

    def __post_init__(self) -> None:
        """Refuse what can't be asked."""
        problem, why = self.problem, None
        if self.direction == "dpointwise" and problem.kind != "separable":
            why = "only a separable convolution has pointwise filters"
        elif (self.direction == "dbias" or self.numbers.endswith("-bias")) and not problem.use_bias:
            why = "the problem has no bias"
        elif self.direction != FORWARD and self.numbers not in ("exact", "real"):
            why = f"{self.numbers} numbers are for the forward direction"
        elif self.direction not in (FORWARD, *GRADIENTS) and self.numbers != "exact":
            why = "laws, behaviour and refusals are judged on exact numbers"
        elif problem.precision.is_integer and self.numbers not in ("exact", "photo"):
            why = f"{problem.dtype} has exact numbers only"
        elif problem.precision.is_integer and self.direction in GRADIENTS:
            why = f"{problem.dtype} has no gradients"
        elif self.numbers in SPECIALS and problem.activation is not None:
            why = "special values are asked without activation, which may hide them"
        elif self.numbers in SPECIALS and (problem.padding_mode != "zeros" or problem.kind == "separable"):
            why = "special values are asked where a number meets an output once: zeros in the pads, not separable"
        if why is not None:
            raise ProblemError(f"no such case: {why}: got {self}")

    @property
    def is_gradient(self) -> bool:
        """Whether a gradient is asked for."""
        return self.direction in GRADIENTS

    @property
    def is_invalid(self) -> bool:
        """Whether the right answer is an error."""
        return self.direction in INVALID

    def __str__(self) -> str:
        """Spell the case as one line: the problem's text, the direction, the numbers, and how they lie if not dense."""
        lying = [] if self.memory == "dense" else [self.memory]
        return ".".join((str(self.problem), self.direction, self.numbers, *lying))


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
        When the text spells a problem that is not a convolution, or a question it has no answer to.
    """
    problem, *parts = text.split(".")
    parsed = parse_problem(problem)
    if not parts:
        return Case(parsed)
    direction, numbers, memory = (*parts, "", "", "")[:3]
    if (
        direction not in DIRECTIONS
        or numbers not in NUMBERS
        or (len(parts) > 2 and memory not in MEMORIES[1:])
        or len(parts) > 3
    ):
        raise TextError(
            f"not the text of a case: after the problem come .forward or another of its directions "
            f"({', '.join(DIRECTIONS)}), then one of {', '.join('.' + name for name in NUMBERS)}, then nothing or one "
            f"of {', '.join('.' + name for name in MEMORIES[1:])}: got {'.'.join(parts)!r} in {text!r}; "
            f"like {EXAMPLE}.forward.exact"
        )
    return Case(parsed, direction, numbers, cast(Memory, memory or "dense"))
