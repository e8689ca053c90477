"""A handful of cases that anyone can check by hand, to see whether an adapter is wired to its framework at all.

Smoke is not conformance. Failing it means that the adapter is at fault (layouts mixed up, nothing returned), so nothing
it would say of its framework is worth judging.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from convformance.adapters.call import arrange, canonical_answer
from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem


@dataclass(frozen=True)
class SmokeCase:
    """A case with its numbers and its answer written out, in canonical layout."""

    name: str
    problem: Problem
    x: Any
    filters: Any
    expected: Any


SMOKE: Final = (
    SmokeCase(
        "a 1x1 kernel of 2 doubles the image",
        Problem(batch=1, spatial=(2, 3), channels=1, filters=1, kernel_size=(1, 1)),
        x=[[[[1], [2], [3]], [[4], [5], [6]]]],
        filters=[[[[2]]]],
        expected=[[[[2], [4], [6]], [[8], [10], [12]]]],
    ),
    SmokeCase(
        "a 1x1 filter weighs its two channels with 1 and 10, a second filter with 100 and 0",
        Problem(batch=1, spatial=(1, 2), channels=2, filters=2, kernel_size=(1, 1)),
        x=[[[[1, 2], [3, 4]]]],
        filters=[[[[1, 100], [10, 0]]]],
        expected=[[[[21, 100], [43, 300]]]],
    ),
    SmokeCase(
        "a 2x3 kernel of ones adds up its window",
        Problem(batch=1, spatial=(3, 3), channels=1, filters=1, kernel_size=(2, 3)),
        x=[[[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]]],
        filters=[[[[1]], [[1]], [[1]]], [[[1]], [[1]], [[1]]]],
        expected=[[[[21]], [[39]]]],
    ),
)


def smoke(adapter: Adapter) -> str | None:
    """Run the smoke cases.

    Parameters
    ----------
    adapter : Adapter
        Made and ready.

    Returns
    -------
    str or None
        What is wrong with the first case that fails, or None.
    """
    for case in SMOKE:
        dtype = case.problem.precision.numpy_dtype
        given = Operands(np.array(case.x, dtype), np.array(case.filters, dtype), None)
        asked = Case(case.problem)
        mine = arrange(adapter, asked, given)
        try:
            reason = adapter.unsupported(case.problem)
            if reason is not None:
                return f"{case.name}: declared unsupported ({reason})"
            answer = canonical_answer(adapter, asked, adapter.convolve(case.problem, mine.x, mine.filters, mine.bias))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it raises is what is wrong
            return " ".join(f"{case.name}: {type(error).__name__}: {error}".split())
        expected = np.array(case.expected)
        if not isinstance(answer, np.ndarray):
            return f"{case.name}: got {type(answer).__name__}, expected an array"
        # Rounded: a fast algorithm is wired rightly too, and how precise it is the judge will say.
        if answer.shape != expected.shape or not (np.rint(answer) == expected).all():
            return (
                f"{case.name}: got {answer.tolist()} of shape {answer.shape}, expected {expected.tolist()} of shape "
                f"{expected.shape} as (N, *spatial, filters)"
            )
    return None
