"""Special values: what one NaN or infinity, negative zeros, subnormal numbers and an overflow do to a convolution.

The spec, from IEEE Std 754-2019, sections 6.1 to 6.3 and 7.4:

- A NaN or an infinity reaches the outputs whose sum has a product with it, and no others. **A zero of the pads makes no
  product**: a kernel's infinity does not turn the outputs at the border into NaN. (That is also what lets an
  implementation skip the pads, as most do.)
- -0.0 is a zero. Which sign the zero of a sum has is left open.
- Subnormal numbers are numbers. An adapter whose framework flushes them to zero declares that
  (``flushes_subnormals``); then either is right, and the verdict says which it was.
- A sum too large for its format is an infinity of its sign.
"""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.reference.bits import raw_bits
from convformance.reference.case import Case
from convformance.reference.operands import Operands
from convformance.reference.oracle import Evaluation, evaluate
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]

_VALUES: Final = {"nan": np.nan, "inf": np.inf, "minus": -np.inf}
_HUGE: Final = 1.5


def special_operands(case: Case, plain: Operands) -> Operands:
    """Put what is special into a case's exact numbers.

    Parameters
    ----------
    case : Case
        On one of the special numbers; its text chooses the cell.
    plain : Operands
        Exact numbers.

    Returns
    -------
    Operands
        New arrays where they differ.
    """
    precision = case.problem.precision
    if case.numbers == "subnormal":
        tiny = precision.smallest_subnormal
        dtype = plain.x.dtype
        bias = None if plain.bias is None else (plain.bias.astype(np.float64) * tiny).astype(dtype)
        return replace(plain, x=(plain.x.astype(np.float64) * tiny).astype(dtype), bias=bias)
    if case.numbers == "negative-zero":
        x = plain.x.copy()
        x.ravel()[raw_bits(case, "zeros", x.size) % 2 == 0] = -0.0
        return replace(plain, x=x)
    role, cell, value = _where(case, plain)
    array = getattr(plain, role).copy()
    array[cell] = value
    return replace(plain, **{role: array})


def special_evaluation(case: Case, plain: Operands) -> Evaluation:
    """Say what a case on special numbers must give.

    Parameters
    ----------
    case : Case
        On one of the special numbers.
    plain : Operands
        Its exact numbers, before `special_operands`.

    Returns
    -------
    Evaluation
        The value has NaN and infinity where the spec above puts them.
    """
    problem = case.problem
    if case.numbers in ("subnormal", "negative-zero"):
        return evaluate(problem, special_operands(case, plain))
    role, cell, value = _where(case, plain)
    without = getattr(plain, role).copy()
    without[cell] = 0
    evaluation = evaluate(problem, replace(plain, **{role: without}))
    alone = np.zeros_like(without)
    alone[cell] = 1
    if role == "bias":
        touched, factor = np.broadcast_to(alone == 1, evaluation.value.shape), np.ones(evaluation.value.shape)
    else:
        one = replace(plain, bias=None, **{role: alone})
        unbiased = replace(problem, use_bias=False)
        factor = evaluate(unbiased, one).value
        touched = evaluate(unbiased, one.map(lambda array: (array != 0).astype(array.dtype))).magnitude > 0
    with np.errstate(invalid="ignore", over="ignore"):
        changed = evaluation.value + factor.astype(np.float64) * np.float64(value)
        result = np.where(touched, changed, evaluation.value)
        # Round to the format and back: too large a sum becomes an infinity.
        result = result.astype(problem.precision.numpy_dtype).astype(np.float64)
    return Evaluation(result, evaluation.magnitude, evaluation.terms, evaluation.steps)


def evaluate_special(problem: Problem, given: Operands) -> Evaluation:
    """Compute value and magnitude of an output, whatever numbers are not finite.

    Parameters
    ----------
    problem : Problem
        Everything but the numbers.
    given : Operands
        Canonical arrays; NaN and infinity are treated one cell at a time, as the spec above says.

    Returns
    -------
    Evaluation
        Of finite numbers that of `convformance.reference.oracle.evaluate`.
    """
    odd = {
        role: ~np.isfinite(array.astype(np.float64))
        for role in ("x", "filters", "bias")
        if (array := getattr(given, role)) is not None and array.dtype.kind not in "iu"
    }
    if not any(mask.any() for mask in odd.values()):
        return evaluate(problem, given)
    finite = replace(given, **{role: np.where(mask, 0, getattr(given, role)) for role, mask in odd.items()})
    linear = replace(problem, use_bias=False, activation=None)
    evaluation = evaluate(replace(problem, activation=None), finite)
    value = evaluation.value
    with np.errstate(invalid="ignore"):
        for role, mask in odd.items():
            for cell in zip(*np.nonzero(mask), strict=True):
                special = np.float64(getattr(given, role)[cell])
                if role == "bias":
                    value[..., cell[0]] += special
                    continue
                alone = np.zeros_like(getattr(finite, role))
                alone[cell] = 1
                one = replace(finite, bias=None, **{role: alone})
                factor = evaluate(linear, one).value
                ones = replace(one.map(np.ones_like), **{role: alone})
                touched = evaluate(linear, ones).magnitude > 0
                value = np.where(touched, value + factor * special, value)
    if problem.activation == "relu":
        value = np.maximum(value, 0)
    return replace(evaluation, value=value)


def _where(case: Case, plain: Operands) -> tuple[str, tuple[int, ...], float]:
    """Choose the array, the cell, and what is put there."""
    if case.numbers == "overflow":
        largest = float(np.ldexp(_HUGE, -case.problem.precision.minimum_exponent))
        role, value = "x", largest
    else:
        name, _, role = case.numbers.rpartition("-")
        value = _VALUES[name.partition("-")[0]]
    array = getattr(plain, role)
    place = int(raw_bits(case, "special", 1)[0]) % array.size
    return role, tuple(int(index) for index in np.unravel_index(place, array.shape)), value
