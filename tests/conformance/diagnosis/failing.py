"""Ask an adapter one question and say how its answer fails, if it does."""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from convformance.adapters.call import arrange, ask, canonical_answer
from convformance.adapters.claims import not_claimed
from convformance.adapters.contract import Adapter
from convformance.reference import bounds
from convformance.reference.case import Case
from convformance.reference.errors import ProblemError
from convformance.reference.judge import Claim
from convformance.reference.operands import Operands, require_fitting
from convformance.reference.oracle import Evaluation, evaluate
from convformance.reference.precision import Precision
from convformance.reference.problem import Problem
from convformance.reference.specials import evaluate_special
from convformance.tests.conformance.calling import AnswerError, Stopwatch, claim_of
from convformance.tests.conformance.validation import invalid, invalid_question

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Failure:
    """What came back for a question, and what should have.

    Attributes
    ----------
    way : str
        How it fails: ``"values"``, ``"shape"``, ``"dtype"``, ``"accepted"``, or ``"raised"`` with what was raised.
    expected : array of float64 or int64, or None
        The value in canonical layout; None where an error is right.
    limit : array or None
        How far from it an honest answer may be, element for element; None where it may not.
    got : object
        In canonical layout; what was raised, as one line, where nothing came back.
    """

    way: str
    expected: Array | None
    limit: Array | None
    got: object

    @property
    def wrong(self) -> Mask | None:
        """Where the answer is wrong; None where it has not even the right shape, or nothing is right."""
        if self.expected is None or not isinstance(self.got, np.ndarray) or self.got.shape != self.expected.shape:
            return None
        return ~_near(self.got, self.expected, 0.0 if self.limit is None else self.limit)


def lying(case: Case, operands: Operands) -> Operands:
    """Make every image the first where the case has one image seen N times.

    Parameters
    ----------
    case : Case
        Its memory counts.
    operands : Operands
        Canonical arrays.

    Returns
    -------
    Operands
        New arrays where they differ.
    """
    if case.memory != "broadcast" or operands.x.shape[0] < 2:
        return operands
    return replace(operands, x=np.repeat(operands.x[:1], operands.x.shape[0], axis=0))


def failure(adapter: Adapter, case: Case, operands: Operands) -> Failure | None:
    """Ask once and say how the answer fails.

    Parameters
    ----------
    adapter : Adapter
        Any adapter.
    case : Case
        The question.
    operands : Operands
        Canonical arrays of any numbers.

    Returns
    -------
    Failure or None
        None where the adapter does not claim the problem, where its answer conforms, and where nothing certain can be
        said: a sum that leaves its format, or a gradient at the kink of a ReLU.
    """
    operands = lying(case, operands)
    if not_claimed(adapter, case) is not None:
        return None
    if case.is_invalid:
        return _accepted(adapter, case, operands)
    evaluation = _evaluated(case, operands, claim_of(adapter, case))
    if evaluation is None:
        return None
    expected, limit = evaluation
    allowed = limit if limit.any() else None
    try:
        answer = _answered(adapter, case, operands)
    except AnswerError as error:
        words = re.sub(r"[^A-Za-z ]", "", str(error))[:40]
        return Failure(f"raised {words}", expected, allowed, str(error))
    got = canonical_answer(adapter, case, answer)
    way = _way(got, expected, limit, case.problem.precision)
    return None if way is None else Failure(way, expected, allowed, got)


def _answered(adapter: Adapter, case: Case, operands: Operands) -> object:
    """Ask as a script does: for one gradient alone, where that can be."""
    given = arrange(adapter, case, operands)
    alone = case.is_gradient and case.problem.kind != "separable" and getattr(adapter, "gradient", None) is not None
    return Stopwatch().call(lambda: ask(adapter, case, given, alone=alone))


def _accepted(adapter: Adapter, case: Case, operands: Operands) -> Failure | None:
    problem, given = invalid_question(adapter, case, operands)
    if _valid(*invalid(case, operands)):
        return None
    try:
        answer = Stopwatch().call(lambda: adapter.convolve(problem, given.x, given.filters, given.bias))
    except AnswerError:
        return None
    return Failure("accepted", None, None, answer)


def _valid(problem: Problem, given: Operands) -> bool:
    """Tell whether what was made invalid is a convolution all the same: a bias of one number may be of one filter."""
    try:
        require_fitting(replace(problem), given)
    except ProblemError:
        return False
    return True


def _evaluated(case: Case, operands: Operands, claim: Claim) -> tuple[Array, Array] | None:
    """Give the right answer, and how far from it an honest one may be."""
    problem, precision = case.problem, case.problem.precision
    odd = not all(_finite(getattr(operands, role)) for role in ("x", "filters", "bias"))
    evaluation = (
        evaluate(problem, operands, case.direction) if case.is_gradient else evaluate_special(problem, operands)
    )
    expected = evaluation.value
    if not precision.is_integer:
        with np.errstate(over="ignore", invalid="ignore"):
            rounded = expected.astype(precision.numpy_dtype).astype(np.float64)
        if not odd and not _finite(rounded):
            return None
        # Too large a sum is an infinity.
        expected = np.where(np.isfinite(rounded), expected, rounded)
    limit = np.zeros(expected.shape)
    if not _exact(case, operands, evaluation):
        limit = bounds.limit(evaluation, precision, claim.accumulator)
        if claim.flushes_subnormals and _subnormal(operands, precision):
            limit += 2 * evaluation.terms * precision.smallest_normal
    if case.is_gradient and problem.activation == "relu" and _at_the_kink(problem, operands):
        return None
    return expected, limit


def _exact(case: Case, operands: Operands, evaluation: Evaluation) -> bool:
    """Tell whether no sum of these numbers rounds: see `convformance.reference.judge.check_exact`."""
    arrays = (getattr(operands, role) for role in Operands.__dataclass_fields__)
    whole = all(array is None or _whole(array) for array in arrays)
    return whole and bool(evaluation.magnitude.max(initial=0) <= case.problem.precision.exact_budget)


def _at_the_kink(problem: Problem, operands: Operands) -> bool:
    """Tell whether the sign of a sum that counts is not certain: at zero a ReLU has no derivative."""
    before = evaluate(replace(problem, activation=None), operands)
    assert operands.cotangent is not None
    uncertain = np.abs(before.value) <= bounds.limit(before, problem.precision)
    return bool((uncertain & (operands.cotangent != 0)).any())


def _way(got: object, expected: Array, limit: Array, precision: Precision) -> str | None:
    if type(got) is not np.ndarray or got.shape != expected.shape:
        return "shape"
    if got.dtype != precision.numpy_dtype:
        return "dtype"
    return None if _near(got, expected, limit).all() else "values"


def _near(got: Array, expected: Array, limit: Array | float) -> Mask:
    """Tell where an answer is as exact as it must be."""
    wide = got.astype(expected.dtype)
    with np.errstate(invalid="ignore"):
        near: Mask = (wide == expected) | (np.isnan(wide) & np.isnan(expected)) | (np.abs(wide - expected) <= limit)
    return near


def _subnormal(operands: Operands, precision: Precision) -> bool:
    """Tell whether a number is so small that it may be taken for zero."""
    arrays = [getattr(operands, role) for role in Operands.__dataclass_fields__]
    sizes = [np.abs(array.astype(np.float64)) for array in arrays if array is not None]
    return any(bool(((size > 0) & (size < precision.smallest_normal)).any()) for size in sizes)


def _finite(array: Array | None) -> bool:
    return array is None or array.dtype.kind in "iu" or bool(np.isfinite(array.astype(np.float64)).all())


def _whole(array: Array) -> bool:
    if array.dtype.kind in "iu":
        return True
    numbers = array.astype(np.float64)
    return bool((np.trunc(numbers) == numbers)[np.isfinite(numbers)].all())
