"""What a fault is: a wrong convolution with a name, and where it comes from."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from convformance.reference.faults.question import Array, Question
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem

About: TypeAlias = Callable[[Problem], bool]
Lie: TypeAlias = Callable[[Question], Array]

FAULTS: Final[dict[str, "Fault"]] = {}
"""All of them by name, in the order in which they are written down."""


@dataclass(frozen=True)
class Fault:
    """A wrong convolution with a name.

    Attributes
    ----------
    name : str
        A few words: ``"kernel flipped"``.
    sentence : str
        What is computed instead.
    evidence : str
        Where it was seen: an issue as ``owner/repository#number``, or whose relative it is.
    seen : str
        The condition that makes it visible.
    about : callable
        Tells of a problem whether the fault may show there; elsewhere the layer is honest.
    lie : callable
        Gives the wrong answer to a question.
    directions : tuple of str
        The directions in which it lies.
    takes : callable or None
        Of a fault of validation: tells of an invalid problem and its arrays, in the caller's layouts, whether they are
        taken for a convolution.
    remembers : bool
        Whether its answers depend on what was asked before.
    """

    name: str
    sentence: str
    evidence: str
    seen: str
    about: About
    lie: Lie
    directions: tuple[str, ...] = ("forward",)
    takes: Callable[[Problem, Operands], bool] | None = None
    remembers: bool = False

    @property
    def slug(self) -> str:
        """The name as one word, for a command line: ``kernel-flipped``."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")

    def applies(self, problem: Problem, direction: str) -> bool:
        """Tell whether it may show in a direction of a problem."""
        return direction in self.directions and self.about(problem)


def fault(  # noqa: PLR0913 - what there is to say of a fault
    name: str,
    *,
    evidence: str,
    seen: str,
    about: About = lambda _: True,
    directions: tuple[str, ...] = ("forward",),
    remembers: bool = False,
) -> Callable[[Lie], Lie]:
    """Write a fault down; the first sentence of the function's docstring says what is computed instead.

    Parameters
    ----------
    name, evidence, seen, about, directions, remembers
        As `Fault` has them.

    Returns
    -------
    callable
        The decorator of the function that lies.
    """

    def add(lie: Lie) -> Lie:
        assert name not in FAULTS, name
        FAULTS[name] = Fault(name, _sentence(lie.__doc__), evidence, seen, about, lie, directions, remembers=remembers)
        return lie

    return add


def taken(name: str, *, evidence: str, seen: str, sentence: str, takes: Callable[[Problem, Operands], bool]) -> None:
    """Write down a fault of validation: what is no convolution is taken for one."""
    assert name not in FAULTS, name
    FAULTS[name] = Fault(name, sentence, evidence, seen, lambda _: False, Question.honest, (), takes)


def by_slug(slug: str) -> Fault | None:
    """Find a fault by the word that names it on a command line."""
    return next((fault for fault in FAULTS.values() if fault.slug == slug), None)


def plain(problem: Problem) -> bool:
    """Tell whether a problem is a plain or depthwise convolution, the kinds that faults of geometry speak of."""
    return problem.kind in ("conv", "depthwise")


def explicit(problem: Problem) -> bool:
    """Tell whether the pads are given as numbers."""
    return not isinstance(problem.padding, str)


def _sentence(text: str | None) -> str:
    assert text
    return " ".join(text.split())
