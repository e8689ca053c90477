"""Find the smallest question that an adapter answers wrongly in the same way as a case that did not conform."""

import time
from dataclasses import dataclass, replace

from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.errors import ProblemError
from convformance.reference.operands import Operands
from convformance.reference.oracle import evaluate
from convformance.reference.problem import Problem
from convformance.reference.shrinking import CALLS, counted, shrink
from convformance.tests.conformance.diagnosis.failing import Failure, failure, lying


@dataclass(frozen=True)
class Smallest:
    """The smallest question that still fails, and what finding it took.

    Attributes
    ----------
    case : Case
        Its problem, direction and memory; its numbers are the operands, not those of a recipe.
    operands : Operands
        Canonical arrays.
    failure : Failure
        What came back at last.
    calls : int
        How often the adapter was asked.
    seconds : float
        How long it took.
    """

    case: Case
    operands: Operands
    failure: Failure
    calls: int
    seconds: float


def smallest(adapter: Adapter, case: Case, operands: Operands, calls: int = CALLS) -> Smallest | None:
    """Shrink a case that does not conform.

    Parameters
    ----------
    adapter : Adapter
        Answers it wrongly.
    case : Case
        The question: an output, a gradient, or an invalid problem. Of a law or of what takes several calls, the output
        of its problem is looked at.
    operands : Operands
        Its numbers; of an invalid problem those of the valid one.
    calls : int, optional
        How often the adapter may be asked.

    Returns
    -------
    Smallest or None
        None where one call alone does not fail.
    """
    begin, asked = time.perf_counter(), 0
    if not (case.is_gradient or case.is_invalid):
        case = replace(case, direction="forward")
    first = failure(adapter, case, operands)
    if first is None:
        return None

    def same(problem: Problem, given: Operands) -> Failure | None:
        nonlocal asked
        asked += 1
        try:
            found = failure(adapter, replace(case, problem=problem, numbers="exact"), given)
        except ProblemError:
            return None
        return found if found is not None and found.way == first.way else None

    if case.memory != "dense":
        former, case = case, replace(case, memory="dense")
        if same(case.problem, operands) is None:
            case = former
    problem, given = shrink(case.problem, operands, lambda *question: same(*question) is not None, calls)
    last = same(problem, given)
    if last is None:
        # It does not fail each time it is asked: the case as it was says more.
        problem, given, last = case.problem, operands, first
    found = replace(case, problem=problem, numbers="exact")
    return Smallest(found, lying(found, given), last, asked, time.perf_counter() - begin)


def unasked(case: Case) -> Smallest:
    """Give a case with counting numbers, of an adapter that may not be asked: it would not come back.

    Parameters
    ----------
    case : Case
        The question.

    Returns
    -------
    Smallest
        The case as it is.
    """
    if not (case.is_gradient or case.is_invalid):
        case = replace(case, direction="forward")
    given = lying(case, counted(case.problem, cotangent=case.is_gradient))
    expected = None
    if not case.is_invalid:
        expected = evaluate(case.problem, given, case.direction).value
    return Smallest(case, given, Failure("crashed", expected, None, "the process dies, at once or later"), 0, 0.0)
