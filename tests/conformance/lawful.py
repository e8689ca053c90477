"""Judge an adapter by a law: several questions, and what their answers have to do with each other."""

from typing import Any

import numpy as np
import numpy.typing as npt

from convformance.adapters.call import arrange, ask, canonical_answer
from convformance.adapters.claims import not_claimed
from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.comparison import NonconformanceError
from convformance.reference.directions import LAWS
from convformance.reference.judge import check_form
from convformance.reference.laws import sides
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem
from convformance.tests.conformance.calling import Stopwatch
from convformance.tests.conformance.verdicts import Verdict

Array = npt.NDArray[Any]


class _NotClaimedError(Exception):
    """A law leads to a problem that the adapter does not claim to compute."""


def judge_law(adapter: Adapter, case: Case, numbers: Operands, watch: Stopwatch, verdict: Verdict) -> None:
    """Judge one law.

    Parameters
    ----------
    adapter : Adapter
        Claims the case's own problem; what it does not claim of the others makes the law unsupported.
    case : Case
        Its direction is the law.
    numbers : Operands
        Exact numbers.
    watch : Stopwatch
        Counts the adapter's seconds.
    verdict : Verdict
        Is set to ``exact`` or ``unsupported``.

    Raises
    ------
    NonconformanceError
        Where the law does not hold.
    """

    def compute(problem: Problem, given: Operands, direction: str) -> Array:
        question = Case(problem, direction)
        reason = not_claimed(adapter, question)
        if reason is not None:
            raise _NotClaimedError(f"{case.direction} leads to {problem}: {reason}")
        arranged = arrange(adapter, question, given)
        answer = canonical_answer(adapter, question, watch.call(lambda: ask(adapter, question, arranged)))
        shapes = {"dx": problem.input_shape, "dfilters": problem.filters_shape, "dbias": (problem.filters,)}
        return check_form(answer, shapes.get(direction, problem.output_shape), problem.precision)

    try:
        # Answers that are not finite keep no law, and are no reason to warn.
        with np.errstate(invalid="ignore", over="ignore"):
            for got, expected in sides(case.direction, case.problem, numbers, compute):
                _require_equal(case, got, expected)
    except _NotClaimedError as error:
        verdict.verdict, verdict.detail = "unsupported", str(error)
    else:
        verdict.verdict = "exact"


def _require_equal(case: Case, got: Array, expected: Array) -> None:
    """Require both sides of a law to be equal; what is not a number equals nothing."""
    different = np.asarray(got != expected)
    if different.any():
        at = tuple(int(index) for index in np.unravel_index(int(np.argmax(different)), got.shape))
        raise NonconformanceError(
            "wrong",
            f"{LAWS[case.direction]}: {int(different.sum())} of {got.size} elements differ; first at {at} got "
            f"{float(got[at]):.17g}, by the law {float(expected[at]):.17g}",
        )
