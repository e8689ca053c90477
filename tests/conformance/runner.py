"""Judge one case on one adapter: make the numbers, call, compare, say the verdict."""

import math
import time
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from convformance.adapters.call import arrange, ask, canonical_answer, canonical_operands
from convformance.adapters.claims import not_offered, posed
from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.comparison import NonconformanceError
from convformance.reference.directions import INVALID, LAWS, STATES
from convformance.reference.judge import judge
from convformance.reference.operands import Operands
from convformance.reference.posing import Posed, pose
from convformance.tests.conformance.answers import around
from convformance.tests.conformance.calling import AnswerError, Stopwatch, claim_of, describe, shortened
from convformance.tests.conformance.features import features_of
from convformance.tests.conformance.lawful import judge_law
from convformance.tests.conformance.photo import crops
from convformance.tests.conformance.states import judge_state
from convformance.tests.conformance.validation import judge_invalid
from convformance.tests.conformance.verdicts import Verdict, VerdictName

Array = npt.NDArray[Any]


def judge_case(adapter: Adapter, case: Case, origin: str | None = None, *, keep: bool = False) -> Verdict:
    """Judge one case on one adapter.

    Parameters
    ----------
    adapter : Adapter
        Made and ready.
    case : Case
        The question.
    origin : str or None, optional
        The file of the corpus that the case comes from.
    keep : bool, optional
        Whether the verdict keeps a part of the answer also where it conforms.

    Returns
    -------
    Verdict
        Whatever the adapter does short of killing the process.

    Raises
    ------
    BlindCaseError
        When the case could not tell right from wrong: a defect of the suite.
    """
    begin = time.perf_counter()
    watch = Stopwatch()
    verdict = Verdict(adapter.name, str(case), "wrong", case.direction, features_of(case, origin))
    prepared = prepare(case)
    missing = not_offered(adapter, case)
    reason, failure = (None, None) if missing is not None else _declared(adapter, case)
    if missing is not None:
        verdict.verdict, verdict.detail = "unsupported", missing
    elif failure is not None:
        verdict.verdict, verdict.detail = "rejected", failure
    elif reason is not None:
        _check_refusal(adapter, case, prepared, watch, verdict, reason)
    else:
        _judge_claim(adapter, case, prepared, watch, verdict, keep=keep)
    verdict.framework_seconds = watch.seconds
    verdict.suite_seconds = time.perf_counter() - begin - watch.seconds
    return verdict


@lru_cache(maxsize=1)
def prepare(case: Case) -> Posed:
    """Make the numbers of a case and evaluate the reference, once however many adapters face it.

    Parameters
    ----------
    case : Case
        The question.

    Returns
    -------
    Posed
        Numbers and evaluation, checked to be able to tell.
    """
    return pose(case, photo=crops(case) if case.numbers == "photo" else None)


def _declared(adapter: Adapter, case: Case) -> tuple[str | None, str | None]:
    """Ask the adapter what it supports: the reason it does not, or what went wrong with asking."""
    questions = ["unsupported"]
    if (case.is_gradient or case.direction == "law-adjoint") and hasattr(adapter, "unsupported_gradients"):
        questions.append("unsupported_gradients")
    for question in questions:
        try:
            reason = getattr(adapter, question)(posed(adapter, case.problem))
        except Exception as error:  # noqa: BLE001 - an adapter may raise anything, and it is a verdict
            return None, f"{question}() raised {describe(error)}"
        if reason is not None and (not isinstance(reason, str) or not reason.strip()):
            return None, f"{question}() must give a reason or None: got {reason!r}"
        if reason is not None:
            return shortened(reason), None
    return None, None


def _judge_claim(  # noqa: PLR0913 - the parts of one verdict
    adapter: Adapter, case: Case, prepared: Posed, watch: Stopwatch, verdict: Verdict, *, keep: bool
) -> None:
    """Judge an answer to what the adapter claims to compute, by what was asked."""
    try:
        if case.direction in LAWS:
            judge_law(adapter, case, prepared.operands, watch, verdict)
        elif case.direction in STATES:
            judge_state(adapter, case, prepared.operands, watch, verdict)
        elif case.direction in INVALID:
            judge_invalid(adapter, case, prepared.operands, watch, verdict)
        else:
            _judge_answer(adapter, case, prepared, watch, verdict, keep=keep)
    except AnswerError as error:
        verdict.verdict, verdict.detail = "rejected", str(error)
    except NonconformanceError as error:
        verdict.verdict, verdict.detail = error.verdict, error.detail
        if error.fraction is not None and math.isfinite(error.fraction):
            verdict.fraction = error.fraction


def _judge_answer(  # noqa: PLR0913 - the parts of one verdict
    adapter: Adapter, case: Case, prepared: Posed, watch: Stopwatch, verdict: Verdict, *, keep: bool
) -> None:
    """Judge an output or a gradient: the form, the values, and what calling it did."""
    given = arrange(adapter, case, prepared.operands)
    claim = claim_of(adapter, case)
    answer = watch.call(lambda: ask(adapter, case, given))
    kept = answer.copy() if isinstance(answer, np.ndarray) else answer
    canonical = canonical_answer(adapter, case, kept)
    try:
        conformance = judge(canonical, prepared.evaluation, case, claim)
    except NonconformanceError as error:
        if error.at is not None and isinstance(canonical, np.ndarray):
            verdict.answer = around(canonical, error.at, case)
        raise
    if keep and isinstance(canonical, np.ndarray) and canonical.size:
        verdict.answer = around(canonical, tuple(size // 2 for size in canonical.shape), case)
    _require_unchanged(canonical_operands(adapter, case, given), prepared.operands)
    alone = case.is_gradient and case.problem.kind != "separable" and getattr(adapter, "gradient", None) is not None
    again = watch.call(lambda: ask(adapter, case, given, alone=alone))
    _require_unchanged(canonical_operands(adapter, case, given), prepared.operands)
    if alone:
        _require_alone(adapter, case, prepared, again)
    else:
        _require_same(kept, again)
    _require_own_memory(kept, answer, again, given)
    verdict.verdict, verdict.spread = conformance.verdict, conformance.spread
    verdict.fraction, verdict.detail = conformance.fraction, conformance.seen


def _check_refusal(  # noqa: PLR0913, PLR0917 - the parts of one verdict
    adapter: Adapter, case: Case, prepared: Posed, watch: Stopwatch, verdict: Verdict, reason: str
) -> None:
    """Check that what is declared unsupported is really refused; a declaration that is no longer true is stale."""
    verdict.verdict, verdict.detail = "unsupported", reason
    if case.direction in (*LAWS, *STATES, *INVALID):
        return
    given = arrange(adapter, case, prepared.operands)
    try:
        answer = watch.call(lambda: ask(adapter, case, given))
    except AnswerError:
        return
    try:
        found: VerdictName = judge(
            canonical_answer(adapter, case, answer), prepared.evaluation, case, claim_of(adapter, case)
        ).verdict
    except NonconformanceError as error:
        found = error.verdict
    verdict.stale = f"declared unsupported, but an answer came back, and it is {found}"


def _require_unchanged(given: Operands, expected: Operands) -> None:
    """Require that the adapter left its input as it was."""
    for name in Operands.__dataclass_fields__:
        before, after = getattr(expected, name), getattr(given, name)
        if before is not None and not _equal(before, after):
            raise NonconformanceError("wrong", f"the call changed its own input: {name} is not what was handed over")


def _require_alone(adapter: Adapter, case: Case, prepared: Posed, again: object) -> None:
    """Require of a gradient asked alone what is required of it among the others."""
    claim = claim_of(adapter, case)
    try:
        judge(canonical_answer(adapter, case, again), prepared.evaluation, case, claim)
    except NonconformanceError as error:
        raise NonconformanceError(
            error.verdict, f"right together with the other gradients, but asked alone: {error.detail}", error.fraction
        ) from error


def _require_same(kept: object, again: object) -> None:
    """Require that a second call gives the same."""
    assert isinstance(kept, np.ndarray)
    if not isinstance(again, np.ndarray) or again.shape != kept.shape or again.dtype != kept.dtype:
        raise NonconformanceError("wrong", "the answer changes when asked again: another shape or dtype")
    if not _equal(kept, again):
        different = int((kept != again).sum())
        raise NonconformanceError(
            "wrong", f"the answer changes when asked again: {different} of {kept.size} elements differ"
        )


def _require_own_memory(kept: object, answer: object, again: object, given: Operands) -> None:
    """Require that the first answer is still there and nobody else's memory."""
    assert isinstance(kept, np.ndarray)
    assert isinstance(answer, np.ndarray)
    if (isinstance(again, np.ndarray) and _overlap(answer, again)) or not _equal(kept, answer):
        raise NonconformanceError("wrong", "the output lies in memory that the next call uses again")
    for name in Operands.__dataclass_fields__:
        array = getattr(given, name)
        if array is not None and _overlap(answer, array):
            raise NonconformanceError("wrong", "the output lies in the memory of the input")


def _equal(one: Array, other: Array) -> bool:
    """Compare bit for bit but for the sign of zero; not a number equals itself."""
    return np.array_equal(one, other) or (one.dtype.kind not in "iu" and np.array_equal(one, other, equal_nan=True))


def _overlap(one: Array, other: Array) -> bool:
    """Tell whether two arrays have a cell in common; interleaved views of one pool need not."""
    return np.may_share_memory(one, other) and np.shares_memory(one, other)
