"""Judge one case on one adapter: make the numbers, call, compare, say the verdict."""

import math
import time
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from convformance.adapters.call import arrange, canonical_operands, canonical_output, posed
from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.judge import NonconformanceError, judge
from convformance.reference.numbers import Operands, operands
from convformance.reference.oracle import Evaluation, evaluate
from convformance.reference.telling import require_telling
from convformance.tests.conformance.features import features_of
from convformance.tests.conformance.photo import crops
from convformance.tests.conformance.verdicts import Verdict, VerdictName

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Prepared:
    """A case's numbers and what they give."""

    operands: Operands
    evaluation: Evaluation


class _AnswerError(Exception):
    """The adapter raised instead of answering."""


class _Stopwatch:
    """Counts the seconds inside the adapter's calls."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def call(self, adapter: Adapter, case: Case, given: Operands) -> object:
        """Call the adapter once; the warnings a framework gives its users are not what is judged here."""
        begin = time.perf_counter()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return adapter.convolve(posed(adapter, case.problem), given.x, given.filters, given.bias)
        except (Exception, SystemExit) as error:
            raise _AnswerError(describe(error)) from error
        finally:
            self.seconds += time.perf_counter() - begin


def judge_case(adapter: Adapter, case: Case, origin: str | None = None) -> Verdict:
    """Judge one case on one adapter.

    Parameters
    ----------
    adapter : Adapter
        Made and ready.
    case : Case
        The question.
    origin : str or None, optional
        The file of the corpus that the case comes from.

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
    watch = _Stopwatch()
    verdict = Verdict(adapter.name, str(case), "wrong", case.direction, features_of(case, origin))
    prepared = prepare(case)
    reason, failure = _declared(adapter, case)
    if failure is not None:
        verdict.verdict, verdict.detail = "rejected", failure
    elif reason is None:
        _judge_claim(adapter, case, prepared, watch, verdict)
    else:
        _check_refusal(adapter, case, prepared, watch, verdict, reason)
    verdict.framework_seconds = watch.seconds
    verdict.suite_seconds = time.perf_counter() - begin - watch.seconds
    return verdict


@lru_cache(maxsize=1)
def prepare(case: Case) -> Prepared:
    """Make the numbers of a case and evaluate the reference, once however many adapters face it.

    Parameters
    ----------
    case : Case
        The question.

    Returns
    -------
    Prepared
        Numbers and evaluation, checked to be able to tell.
    """
    numbers = operands(case, photo=crops(case) if case.numbers == "photo" else None)
    evaluation = evaluate(case.problem, numbers.x, numbers.filters, numbers.bias)
    require_telling(case, numbers, evaluation)
    return Prepared(numbers, evaluation)


def describe(error: BaseException) -> str:
    """Give an exception as one line of bounded length."""
    line = " ".join(f"{type(error).__name__}: {error}".split())
    return line if len(line) <= 500 else f"{line[:500]}..."


def _declared(adapter: Adapter, case: Case) -> tuple[str | None, str | None]:
    """Ask the adapter what it supports: the reason it does not, or what went wrong with asking."""
    try:
        reason = adapter.unsupported(posed(adapter, case.problem))
    except Exception as error:  # noqa: BLE001 - an adapter may raise anything, and it is a verdict
        return None, f"unsupported() raised {describe(error)}"
    if reason is not None and (not isinstance(reason, str) or not reason.strip()):
        return None, f"unsupported() must give a reason or None: got {reason!r}"
    return reason, None


def _judge_claim(adapter: Adapter, case: Case, prepared: Prepared, watch: _Stopwatch, verdict: Verdict) -> None:
    """Judge an answer to a problem the adapter claims to compute: the form, the values, and what calling it did."""
    given = arrange(adapter, case, prepared.operands)
    try:
        answer = watch.call(adapter, case, given)
        kept = answer.copy() if isinstance(answer, np.ndarray) else answer
        conformance = judge(canonical_output(adapter, kept), prepared.evaluation, case)
        _require_unchanged(canonical_operands(adapter, case, given), prepared.operands)
        again = watch.call(adapter, case, given)
        _require_unchanged(canonical_operands(adapter, case, given), prepared.operands)
        _require_same(kept, answer, again, given)
    except _AnswerError as error:
        verdict.verdict, verdict.detail = "rejected", str(error)
    except NonconformanceError as error:
        verdict.verdict, verdict.detail = error.verdict, error.detail
        if error.fraction is not None and math.isfinite(error.fraction):
            verdict.fraction = error.fraction
    else:
        verdict.verdict, verdict.spread = conformance.verdict, conformance.spread
        verdict.fraction = conformance.fraction


def _check_refusal(  # noqa: PLR0913, PLR0917 - the parts of one verdict
    adapter: Adapter, case: Case, prepared: Prepared, watch: _Stopwatch, verdict: Verdict, reason: str
) -> None:
    """Check that what is declared unsupported is really refused; a declaration that is no longer true is stale."""
    verdict.verdict, verdict.detail = "unsupported", reason
    try:
        answer = watch.call(adapter, case, arrange(adapter, case, prepared.operands))
    except _AnswerError:
        return
    try:
        found: VerdictName = judge(canonical_output(adapter, answer), prepared.evaluation, case).verdict
    except NonconformanceError as error:
        found = error.verdict
    verdict.stale = f"declared unsupported, but an answer came back, and it is {found}"


def _require_unchanged(given: Operands, expected: Operands) -> None:
    """Require that the adapter left its input as it was."""
    for name in ("x", "filters", "bias"):
        before, after = getattr(expected, name), getattr(given, name)
        if before is not None and not np.array_equal(before, after):
            raise NonconformanceError("wrong", f"the call changed its own input: {name} is not what was handed over")


def _require_same(kept: object, answer: object, again: object, given: Operands) -> None:
    """Require that a second call gives the same, and that the first answer is still there and nobody else's memory."""
    assert isinstance(answer, np.ndarray)
    assert isinstance(kept, np.ndarray)
    if not isinstance(again, np.ndarray) or again.shape != kept.shape or again.dtype != kept.dtype:
        raise NonconformanceError("wrong", "the answer changes when asked again: another shape or dtype")
    if not np.array_equal(kept, again):
        different = int((kept != again).sum())
        raise NonconformanceError(
            "wrong", f"the answer changes when asked again: {different} of {kept.size} elements differ"
        )
    if _overlap(answer, again) or not np.array_equal(kept, answer):
        raise NonconformanceError("wrong", "the output lies in memory that the next call uses again")
    if any(array is not None and _overlap(answer, array) for array in (given.x, given.filters, given.bias)):
        raise NonconformanceError("wrong", "the output lies in the memory of the input")


def _overlap(one: Array, other: Array) -> bool:
    """Tell whether two arrays have a cell in common; interleaved views of one pool need not."""
    return np.may_share_memory(one, other) and np.shares_memory(one, other)
