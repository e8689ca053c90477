"""What each check of the judge found in one verdict, with its figure, read out of the line of the report."""

import math
import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from convformance.reference.case import Case
from convformance.reference.directions import LAWS, STATES
from convformance.reference.judge import SPREAD_OUTPUTS
from convformance.reference.oracle import terms
from convformance.tests.conformance.report.words import counted
from convformance.tests.conformance.verdicts import Verdict

Outcome: TypeAlias = Literal["passed", "failed", "not asked", "not judged", "not reached"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
EXACT, BOUND, SPREAD, FORM = NAMES = ("exact numbers", "proven bound", "spread", "form and behaviour")
"""The three checks of values, and what is asked besides."""

_OF_FORM: Final = re.compile(r"(^|: )((shape|dtype): got |an array was expected)")
_SIGNS: Final = {
    "lie outside the proven bound": BOUND,
    "the spread is not that of": SPREAD,
    "differ from the exact value": EXACT,
    "are not explained by flushing to zero": EXACT,
}


@dataclass(frozen=True)
class Check:
    """What one check found.

    Attributes
    ----------
    name : str
        One of `NAMES`.
    outcome : str
        Whether it passed, failed, or why there is neither.
    said : tuple of str
        Its figure, or the reason in words: clauses.
    """

    name: str
    outcome: Outcome
    said: tuple[str, ...]


def checks(verdict: Verdict, case: Case) -> tuple[Check, ...]:
    """Tell what each check found.

    Parameters
    ----------
    verdict : Verdict
        A line of the report.
    case : Case
        The same case, parsed.

    Returns
    -------
    tuple of Check
        One for each of `NAMES`.
    """
    if verdict.verdict in ("refused", "accepted"):
        why = "an invalid problem has no value to compare with"
        form = Check(FORM, "passed", ("refused with an error, as it must be",))
        if verdict.verdict == "accepted":
            form = Check(FORM, "failed", ("an answer came back where an error must",))
        return (*(Check(name, "not asked", (why,)) for name in (EXACT, BOUND, SPREAD)), form)
    if verdict.verdict in ("unsupported", "rejected", "crashed"):
        values: Outcome = "not asked" if verdict.verdict == "unsupported" else "not reached"
        why = "declared unsupported" if verdict.verdict == "unsupported" else "no answer came back"
        outcome: Outcome = "not asked" if verdict.verdict == "unsupported" else "failed"
        return (*(Check(name, values, (why,)) for name in (EXACT, BOUND, SPREAD)), Check(FORM, outcome, (why,)))
    failed = None if verdict.conforms else _failed(verdict, case)
    reached = failed != FORM or _OF_FORM.search(verdict.detail) is None
    return (
        _exact(verdict, case, failed, reached=reached),
        _bound(verdict, case, failed, reached=reached),
        _spread(verdict, case, failed, reached=reached),
        _form(verdict, case, failed),
    )


def _failed(verdict: Verdict, case: Case) -> str:
    """Tell which check made a verdict nonconforming."""
    if case.direction in LAWS and "elements differ" in verdict.detail:
        return EXACT
    return next((name for sign, name in _SIGNS.items() if sign in verdict.detail), FORM)


def _head(verdict: Verdict) -> str:
    """Give what a detail says before it comes to single elements."""
    return verdict.detail.split("; first at ")[0]


def _exact(verdict: Verdict, case: Case, failed: str | None, *, reached: bool) -> Check:
    if case.numbers == "real":
        return Check(EXACT, "not asked", ("the numbers are real: each sum is rounded, so a bound is asked instead",))
    if failed == EXACT:
        return Check(EXACT, "failed", (_head(verdict),))
    if not reached:
        return Check(EXACT, "not reached", ("the form of the answer is wrong",))
    if case.direction in LAWS:
        said = "both sides of the law are equal in every element"
    elif case.direction in STATES:
        said = "every call gave the exact output"
    elif case.numbers == "subnormal":
        said = verdict.detail or "every element is right"
    else:
        said = f"each of {counted(_elements(case), 'element')} equals the exact value"
    return Check(EXACT, "passed", (said,))


def _bound(verdict: Verdict, case: Case, failed: str | None, *, reached: bool) -> Check:
    if case.numbers != "real":
        return Check(BOUND, "not asked", ("exact numbers leave no error to bound",))
    if not reached:
        return Check(BOUND, "not reached", ("the form of the answer is wrong",))
    n = f"n = {terms(case.problem, case.direction):,} terms in a sum"
    if failed == BOUND:
        worst = "it is not finite" if verdict.fraction is None else f"{verdict.fraction:.3g} times its bound"
        return Check(BOUND, "failed", (_head(verdict), f"the worst error: {worst}", n))
    if verdict.fraction is None:
        return Check(BOUND, "passed", ("every element is inside its bound", n))
    return Check(BOUND, "passed", (f"the worst error: {verdict.fraction:.3g} of its bound", n))


def _spread(verdict: Verdict, case: Case, failed: str | None, *, reached: bool) -> Check:
    if case.numbers != "real":
        return Check(SPREAD, "not asked", ("exact numbers leave no errors to spread",))
    if failed == SPREAD:
        return Check(SPREAD, "failed", (verdict.detail,))
    if failed == BOUND or not reached:
        return Check(SPREAD, "not reached", ("a check before it failed",))
    if verdict.spread is None and failed == FORM:
        return Check(SPREAD, "not judged", ("the verdict does not say",))
    if verdict.spread is None:
        said = f"fewer than {SPREAD_OUTPUTS} outputs count, of {counted(_elements(case), 'element')}"
        return Check(SPREAD, "not judged", (said,))
    return Check(SPREAD, "passed", (f"the root mean square of the errors is {verdict.spread:.3g} of its limit",))


def _form(verdict: Verdict, case: Case, failed: str | None) -> Check:
    if failed == FORM:
        return Check(FORM, "failed", (verdict.detail,))
    if failed is not None:
        return Check(FORM, "not reached", ("shape and dtype are right", "the rest is asked when the values are"))
    if case.direction in (*LAWS, *STATES):
        return Check(FORM, "passed", ("shape and dtype are right in every call",))
    said = "shape and dtype are right, the input is unchanged, asked again it is the same, the memory is its own"
    return Check(FORM, "passed", (said,))


def _elements(case: Case) -> int:
    """Count the elements of the answer."""
    problem = case.problem
    if case.direction == "dpointwise":
        return problem.channels * problem.multiplier * problem.filters
    shapes = {"dx": problem.input_shape, "dfilters": problem.filters_shape, "dbias": (problem.filters,)}
    return math.prod(shapes.get(case.direction, problem.output_shape))
