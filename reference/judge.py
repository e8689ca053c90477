"""Compare what came back with the reference and say the verdict. Every check raises; none returns a bool to drop."""

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference import bounds
from convformance.reference.case import SPECIALS, Case
from convformance.reference.comparison import Comparison, Failing, NonconformanceError, in_format_of
from convformance.reference.oracle import Evaluation
from convformance.reference.precision import Precision, default_accumulator

Array = npt.NDArray[Any]
Conforming: TypeAlias = Literal["exact", "within_bound"]


SPREAD_OUTPUTS: Final = 1000
"""The spread is judged over at least so many outputs; fewer say too little about a distribution."""


@dataclass(frozen=True)
class Conformance:
    """An answer that conforms, and by how much.

    Attributes
    ----------
    verdict : "exact" or "within_bound"
        The verdict of the report.
    fraction : float
        The worst error as a fraction of its bound; 0 on exact numbers.
    spread : float or None
        The root mean square of the normalised errors as a fraction of its limit, where it was judged.
    seen : str
        Where several behaviours conform, which one it was.
    """

    verdict: Conforming
    fraction: float = 0.0
    spread: float | None = None
    seen: str = ""


@dataclass(frozen=True)
class Claim:
    """What an adapter says of its arithmetic.

    Attributes
    ----------
    accumulator : Precision or None
        The format in which it adds up; None for `default_accumulator`.
    flushes_subnormals : bool
        Whether it may take subnormal numbers for zeros.
    """

    accumulator: Precision | None = None
    flushes_subnormals: bool = False


def judge(got: object, evaluation: Evaluation, case: Case, claim: Claim | None = None) -> Conformance:
    """Put one answer, in canonical layout, before all checks that its numbers call for.

    Parameters
    ----------
    got : array, shape of the reference's value
        The answer.
    evaluation : Evaluation
        The reference's value and magnitude.
    case : Case
        The question.
    claim : Claim, optional
        What the adapter says of its arithmetic.

    Returns
    -------
    Conformance
        When nothing is wrong.

    Raises
    ------
    NonconformanceError
        From the first check that fails.
    """
    claim = claim or Claim()
    precision = case.problem.precision
    answer = check_form(got, evaluation.value.shape, precision)
    if case.numbers == "subnormal":
        return Conformance("exact", seen=check_subnormal(answer, evaluation, precision, claim))
    if case.numbers in SPECIALS:
        check_exact(answer, evaluation)
        return Conformance("exact", seen=_seen_of_zeros(answer) if case.numbers == "negative-zero" else "")
    if case.numbers != "real":
        check_exact(answer, evaluation)
        return Conformance("exact")
    fraction = check_bound(answer, evaluation, precision, claim.accumulator)
    hidden = case.problem.activation == "relu" and not case.is_gradient
    return Conformance(
        "within_bound", fraction, check_spread(answer, evaluation, precision, claim.accumulator, hidden=hidden)
    )


def check_form(got: object, shape: tuple[int, ...], precision: Precision) -> Array:
    """Require an array of a shape and dtype.

    Parameters
    ----------
    got : object
        What came back, in canonical layout.
    shape : tuple of int
        What the reference's answer has.
    precision : Precision
        The format of the problem's dtype.

    Returns
    -------
    array
        `got`.

    Raises
    ------
    NonconformanceError
        ``wrong``, naming shape or dtype.
    """
    # A subclass may compare as it likes: a masked array calls masked elements neither equal nor different.
    if type(got) is not np.ndarray:
        raise NonconformanceError("wrong", f"an array was expected: got {type(got).__name__}")
    if got.shape != shape:
        raise NonconformanceError("wrong", f"shape: got {got.shape}, expected {shape} in canonical layout")
    if got.dtype != precision.numpy_dtype:
        raise NonconformanceError("wrong", f"dtype: got {got.dtype}, expected {precision.name}")
    return got


def check_exact(got: Array, evaluation: Evaluation) -> None:
    """Require equality, element for element.

    Theorem: let all numbers be integers and every output's magnitude at most 2**p. Then every partial sum, in every
    order and with fused multiply-add or without, is an integer of absolute value at most 2**p, hence a number of the
    format, and no operation rounds (an operation whose exact result is representable returns it: IEEE Std 754-2019,
    section 4.3). So any difference is wrong. That the budget holds is checked on the data by
    `convformance.reference.telling.require_telling`. Where the value is not a number, so must the answer be; the sign
    of a zero is left open.

    Parameters
    ----------
    got : array, shape of the reference's value
        The answer.
    evaluation : Evaluation
        The reference's value.

    Raises
    ------
    NonconformanceError
        ``wrong``, where an element differs.
    """
    wide = in_format_of(got, evaluation)
    different = ~((wide == evaluation.value) | (np.isnan(wide) & np.isnan(evaluation.value)))
    if different.any():
        comparison = Comparison(got, evaluation, np.zeros(got.shape))
        raise comparison.nonconformance("wrong", "differ from the exact value", different)


def check_subnormal(got: Array, evaluation: Evaluation, precision: Precision, claim: Claim) -> str:
    """Require exact subnormal numbers, or zeros in their place where the adapter declares so.

    A processor that flushes takes every subnormal operand, product or sum for zero: each of the n products and n sums
    is off by less than the smallest normal number.

    Parameters
    ----------
    got : array, shape of the reference's value
        The answer.
    evaluation : Evaluation
        The reference's value.
    precision : Precision
        The format.
    claim : Claim
        Whether flushing is declared.

    Returns
    -------
    str
        Which of the two was seen.

    Raises
    ------
    NonconformanceError
        ``wrong``, where an element is neither.
    """
    if np.array_equal(got.astype(np.float64), evaluation.value):
        return "subnormal numbers are kept"
    if not claim.flushes_subnormals:
        check_exact(got, evaluation)
    limit = np.full(got.shape, 2 * evaluation.terms * precision.smallest_normal)
    comparison = Comparison(got, evaluation, limit)
    outside = ~(comparison.errors <= limit)
    if outside.any():
        raise comparison.nonconformance("wrong", "are not explained by flushing to zero", outside)
    return "subnormal numbers are flushed to zero, as declared"


def check_bound(
    got: Array, evaluation: Evaluation, precision: Precision, accumulator: Precision | None = None
) -> float:
    """Require every element inside the proven bound.

    Theorem: `convformance.reference.bounds.limit` (Higham 2002, equation 3.5) holds for every direct algorithm, in
    every order of summation, so it never raises a false alarm on one. Fast algorithms (Winograd, FFT) are bounded in
    norm only; they and narrower types are called ``imprecise`` when the answer is close in norm.

    Parameters
    ----------
    got : array, shape of the reference's value
        The answer.
    evaluation : Evaluation
        The reference's value, magnitude and n.
    precision, accumulator : Precision
        The format of the output, and of the sums where it is claimed to be another than `default_accumulator`.

    Returns
    -------
    float
        The worst error as a fraction of its bound.

    Raises
    ------
    NonconformanceError
        ``imprecise`` or ``wrong``, where an element lies outside.
    """
    comparison = Comparison(got, evaluation, bounds.limit(evaluation, precision, accumulator))
    outside = ~(comparison.errors <= comparison.limit)
    if outside.any():
        verdict: Failing = "imprecise" if comparison.close_in_norm(precision) else "wrong"
        raise comparison.nonconformance(verdict, "lie outside the proven bound", outside)
    return comparison.worst_fraction


def check_spread(
    got: Array,
    evaluation: Evaluation,
    precision: Precision,
    accumulator: Precision | None = None,
    *,
    hidden: bool = False,
) -> float | None:
    """Require the errors of all elements together to have the spread of the claimed precision.

    The bound alone passes bfloat16 arithmetic once n is large. So the normalised errors
    ``e = (got - value) / scale`` must have a root mean square of at most 1 and a mean, as they are and towards zero, of
    at most `convformance.reference.bounds.mean_limit`; the scale, `convformance.reference.bounds.scale`, is
    ``(1 + sqrt(n) / 2) * u * magnitude`` (Higham and Mary 2019; the dot product compliance test of TOSA 1.0).

    Parameters
    ----------
    got : array, shape of the reference's value
        The answer; inside the bound.
    evaluation : Evaluation
        The reference's value, magnitude and n, of zero-mean numbers.
    precision, accumulator : Precision
        As `check_bound` takes them.
    hidden : bool, optional
        Whether a ReLU stands behind the sums: where it gave zero their error does not show, so those do not count.

    Returns
    -------
    float or None
        The root mean square as a fraction of its limit; None where fewer than `SPREAD_OUTPUTS` outputs count.

    Raises
    ------
    NonconformanceError
        ``imprecise``, with the figure that is outside.
    """
    counts = evaluation.magnitude > 0
    if hidden:
        counts &= evaluation.value > 0
    outputs = int(counts.sum())
    if outputs < SPREAD_OUTPUTS:
        return None
    value = evaluation.value[counts]
    unit = bounds.scale(evaluation, precision, accumulator)[counts]
    errors = (got[counts].astype(np.float64) - value) / unit
    rms = float(np.sqrt(np.mean(errors**2)))
    mean_limit = bounds.mean_limit(outputs)
    for name, figure, allowed in (
        ("root mean square", rms, 1.0),
        ("mean", abs(float(np.mean(errors))), mean_limit),
        ("mean away from zero", abs(float(np.mean(errors * np.sign(value)))), mean_limit),
    ):
        if figure > allowed:
            added = (accumulator or default_accumulator(precision)).name
            comparison = Comparison(got, evaluation, bounds.limit(evaluation, precision, accumulator))
            raise NonconformanceError(
                "imprecise",
                f"the {name} of the errors of {outputs} elements is {figure:.3g} times what {precision.name} added up "
                f"in {added} has at most, limit {allowed:.3g}, though each element is inside its bound: the spread is "
                f"not that of {precision.name}",
                comparison.worst_fraction,
                comparison.farthest,
            )
    return rms


def _seen_of_zeros(got: Array) -> str:
    """Say which sign the zeros of an answer have."""
    zeros = got[got == 0].astype(np.float64)
    if not zeros.size:
        return ""
    return "a zero sum has the sign -" if np.signbit(zeros).any() else "every zero sum has the sign +"
