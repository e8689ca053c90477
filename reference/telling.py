"""Reject a case that could not tell: a blind check is a defect of the suite, and says so loudly."""

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from convformance.reference import bounds
from convformance.reference.case import SPECIALS, Case
from convformance.reference.errors import BlindCaseError
from convformance.reference.exact import filters_as_columns, is_narrow, is_wide
from convformance.reference.operands import Operands
from convformance.reference.oracle import Evaluation

Array = npt.NDArray[Any]


def require_telling(case: Case, numbers: Operands, evaluation: Evaluation) -> None:
    """Check on the data itself that a case can do what it is for.

    Exact numbers: the largest magnitude is inside the budget, so that every order of summation is exact; odd integers
    too wide for narrower formats are in what is multiplied: in every filter, in the input (a photograph's pixels
    excepted), in the cotangent. Real numbers: the bound is narrower than the values. Special values: they change an
    output. All numbers: the biases are distinct, no kernel equals a flip or the transpose of itself, not every output
    is zero, and some output is more than its bias. A batch of 0 has nothing to tell but its shape.

    Parameters
    ----------
    case : Case
        The case, for the message.
    numbers : Operands
        Its numbers.
    evaluation : Evaluation
        Their value and magnitude.

    Raises
    ------
    BlindCaseError
        Naming what is missing.
    """
    if case.problem.batch == 0:
        return
    if case.numbers in SPECIALS:
        _require_special(case, evaluation)
        return
    if case.numbers != "real":
        _require_exact(case, numbers, evaluation)
    elif bounds.limit(evaluation, case.problem.precision).max() >= np.abs(evaluation.value).max():
        raise _blind(case, "the error bound is wider than the values")
    # Real numbers of few bits may well be equal here and there.
    distinct = 0 if numbers.bias is None else np.unique(numbers.bias).size
    if numbers.bias is not None and distinct < (numbers.bias.size if case.numbers != "real" else 2) <= len(
        numbers.bias
    ):
        raise _blind(case, "two filters have the same bias")
    symmetric = symmetric_kernels(numbers.filters)
    if symmetric:
        raise _blind(case, f"{symmetric} kernels equal a flip or the transpose of themselves")
    if not evaluation.value.any():
        raise _blind(case, "every output is zero")
    if case.is_gradient:
        return
    bias = 0.0 if numbers.bias is None else np.abs(numbers.bias.astype(np.float64))
    if not (evaluation.magnitude > bias).any():
        raise _blind(case, "no kernel touches the input: every output is its bias")


def _require_exact(case: Case, numbers: Operands, evaluation: Evaluation) -> None:
    """Require the budget, and numbers too wide for narrower formats in what is multiplied."""
    precision = case.problem.precision
    largest = evaluation.magnitude.max()
    if largest > precision.exact_budget:
        raise _blind(case, f"the magnitude {largest:.0f} exceeds the exact budget {precision.exact_budget}")
    if precision.name == "bfloat16":
        return
    if case.problem.kind == "separable":
        everything = [array for array in (numbers.x, numbers.filters, numbers.pointwise) if array is not None]
        if not is_narrow(precision) and not any(is_wide(array, precision).any() for array in everything):
            raise _blind(case, "nothing in it is too wide for a narrower format")
        return
    filters = filters_as_columns(numbers.filters, case.problem)
    if case.direction not in ("dfilters", "dbias") and not is_wide(filters, precision).any(axis=0).all():
        raise _blind(case, "a filter has no odd integer too wide for a narrower format")
    if is_narrow(precision):
        return
    if case.numbers == "exact" and case.direction not in ("dx", "dbias") and not is_wide(numbers.x, precision).any():
        raise _blind(case, "the input has no odd integer too wide for a narrower format")
    if case.is_gradient and numbers.cotangent is not None and not is_wide(numbers.cotangent, precision).any():
        raise _blind(case, "the cotangent has no odd integer too wide for a narrower format")


def _require_special(case: Case, evaluation: Evaluation) -> None:
    """Require that what is special shows in an output, and but for a bias not in all of them."""
    value = evaluation.value
    odd = ~np.isfinite(value)
    if case.numbers == "subnormal":
        odd = (value != 0) & (np.abs(value) < case.problem.precision.smallest_normal)
    elif case.numbers == "negative-zero":
        odd = value != 0
    if not odd.any():
        raise _blind(case, f"its {case.numbers} shows in no output")
    if case.numbers in ("subnormal", "negative-zero") or case.numbers.endswith("-bias"):
        return
    if odd.all():
        raise _blind(case, f"its {case.numbers} shows in every output: nothing tells whether it leaked")


def symmetric_kernels(filters: Array) -> int:
    """Count the kernels that a flip along any axes, or the exchange of two equally long axes, leaves as they are.

    Parameters
    ----------
    filters : array, shape ``(*kernel, C_in / groups, filters)``
        The filters; an axis of one tap has no flip.

    Returns
    -------
    int
        How many of the ``C_in / groups * filters`` kernels are symmetric.
    """
    spatial = filters.ndim - 2
    taps = tuple(range(spatial))
    symmetric = np.zeros(filters.shape[spatial:], dtype=bool)
    flippable = [axis for axis in taps if filters.shape[axis] > 1]
    for chosen in product((False, True), repeat=len(flippable)):
        axes = [axis for axis, flipped in zip(flippable, chosen, strict=True) if flipped]
        if axes:
            symmetric |= (filters == np.flip(filters, tuple(axes))).all(axis=taps)
    for one in flippable:
        for other in flippable:
            if one < other and filters.shape[one] == filters.shape[other]:
                symmetric |= (filters == np.swapaxes(filters, one, other)).all(axis=taps)
    return int(symmetric.sum())


def _blind(case: Case, why: str) -> BlindCaseError:
    return BlindCaseError(f"{case} could not tell: {why}. This is a defect of the suite, not of the framework")
