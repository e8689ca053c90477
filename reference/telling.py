"""Reject a case that could not tell: a blind check is a defect of the suite, and says so loudly."""

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from convformance.reference import bounds
from convformance.reference.case import Case
from convformance.reference.errors import BlindCaseError
from convformance.reference.numbers import Operands, is_wide
from convformance.reference.oracle import Evaluation

Array = npt.NDArray[Any]


def require_telling(case: Case, numbers: Operands, evaluation: Evaluation) -> None:
    """Check on the data itself that a case can do what it is for.

    Exact numbers: the largest magnitude is inside the budget 2**p, so that every order of summation is exact; odd
    integers too wide for narrower formats are in every filter and in the input (a photograph's pixels excepted).
    Real numbers: the bound is narrower than the values. All numbers: the biases are distinct, no kernel equals a flip
    or the transpose of itself, not every output is zero, and some output is more than its bias.

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
    precision = case.problem.precision
    if case.numbers != "real":
        largest = evaluation.magnitude.max()
        if largest > precision.exact_budget:
            raise _blind(case, f"the magnitude {largest:.0f} exceeds the exact budget {precision.exact_budget}")
        filters = numbers.filters.reshape(case.problem.products, case.problem.filters)
        if not is_wide(filters, precision).any(axis=0).all():
            raise _blind(case, "a filter has no odd integer too wide for a narrower format")
        if case.numbers == "exact" and not is_wide(numbers.x, precision).any():
            raise _blind(case, "the input has no odd integer too wide for a narrower format")
    elif bounds.limit(evaluation, case.problem).max() >= np.abs(evaluation.value).max():
        raise _blind(case, "the error bound is wider than the values")
    if numbers.bias is not None and np.unique(numbers.bias).size != numbers.bias.size:
        raise _blind(case, "two filters have the same bias")
    symmetric = symmetric_kernels(numbers.filters)
    if symmetric:
        raise _blind(case, f"{symmetric} kernels equal a flip or the transpose of themselves")
    if not evaluation.value.any():
        raise _blind(case, "every output is zero")
    bias = 0.0 if numbers.bias is None else np.abs(numbers.bias)
    if not (evaluation.magnitude > bias).any():
        raise _blind(case, "no kernel touches the input: every output is its bias")


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
