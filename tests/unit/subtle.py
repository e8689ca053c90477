"""What liars about one item have in common: they offer everything, and are honest but for that."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
from honest import Honest
from summing import Array

from convformance.reference.operands import Operands
from convformance.reference.problem import Problem


class Subtle(Honest):
    """Computes everything honestly, as long as nothing is overridden."""

    name = "subtle"
    verdicts: ClassVar[frozenset[str]] = frozenset({"wrong"})
    """The nonconforming verdicts it gets, all of them."""
    says: ClassVar[str] = ""
    """What the detail of one of them says."""
    several: ClassVar[int] = 3
    """How many cases catch it at least."""

    def __init_subclass__(cls) -> None:
        cls.name = cls.__name__


def with_filters(given: Operands, filters: Array) -> Operands:
    """Give the same arrays with other filters."""
    return replace(given, filters=np.ascontiguousarray(filters))


def flipped(problem: Problem, filters: Array) -> Array:
    """Flip kernels along all axes."""
    return np.flip(filters, tuple(range(problem.rank)))
