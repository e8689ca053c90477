"""From a case's text to its numbers and what they must give: the only door between the recipes and the judge."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from convformance.reference import bounds, specials
from convformance.reference.case import SPECIALS, Case
from convformance.reference.directions import LAWS
from convformance.reference.errors import BlindCaseError
from convformance.reference.laws import require_applicable
from convformance.reference.numbers import operands
from convformance.reference.operands import Operands
from convformance.reference.oracle import Evaluation, evaluate
from convformance.reference.telling import require_telling

ATTEMPTS = 12
"""How often the exact numbers are made fewer and smaller before a case is called impossible."""
LAW_SHARE = 2
"""Laws add two arrays up, so their numbers leave half of the budget free."""


@dataclass(frozen=True)
class Posed:
    """A case's numbers and what they give."""

    operands: Operands
    evaluation: Evaluation


def pose(case: Case, photo: npt.NDArray[Any] | None = None) -> Posed:
    """Make the numbers of a case, evaluate the reference, and check that they can tell right from wrong.

    Parameters
    ----------
    case : Case
        The question: forward, or one of the gradients. The laws and what else may be asked start from the forward
        numbers of the same text.
    photo : array of uint8, optional
        The pixels of a case on photo numbers.

    Returns
    -------
    Posed
        Numbers and evaluation.

    Raises
    ------
    BlindCaseError
        When the numbers could not tell: a defect of the suite.
    """
    if case.direction in LAWS:
        require_applicable(case.direction, case.problem)
    direction = case.direction if case.is_gradient else "forward"
    for attempt in range(ATTEMPTS):
        numbers = operands(case, photo=photo, attempt=attempt)
        if case.is_gradient and case.problem.activation == "relu":
            numbers = _away_from_the_kink(case, numbers)
        evaluation = evaluate(case.problem, numbers, direction)
        budget = case.problem.precision.exact_budget // (LAW_SHARE if case.direction in LAWS else 1)
        fits = evaluation.magnitude.max(initial=0.0) <= budget
        if case.numbers in ("real", "photo") or fits:
            break
    else:
        raise BlindCaseError(f"{case} has no exact numbers: {ATTEMPTS} attempts exceed the budget of its dtype")
    if case.numbers in SPECIALS:
        evaluation = specials.special_evaluation(case, numbers)
        numbers = specials.special_operands(case, numbers)
    require_telling(case, numbers, evaluation)
    return Posed(numbers, evaluation)


def _away_from_the_kink(case: Case, numbers: Operands) -> Operands:
    """Give no weight to outputs whose sign before the ReLU is not certain: at zero it has no derivative."""
    before = evaluate(replace(case.problem, activation=None), numbers)
    certain = np.abs(before.value) > (0 if case.numbers != "real" else bounds.limit(before, case.problem.precision))
    assert numbers.cotangent is not None
    return replace(numbers, cotangent=np.where(certain, numbers.cotangent, 0).astype(numbers.cotangent.dtype))
