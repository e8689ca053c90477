"""Exact numbers: integers of which every order of summation gives the same sum, and narrower formats another.

Most are small. Some are odd and too wide for the formats that could silently take the place of the problem's, and every
kernel differs from its flips and transposes.
"""

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.reference.bits import UInt32, raw_bits
from convformance.reference.case import Case
from convformance.reference.oracle import terms
from convformance.reference.precision import Precision
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]
Int64 = npt.NDArray[np.int64]

SMALL: Final = 3
"""Most exact numbers are integers from 1 to this, of either sign; none is zero."""
FIRST_TAP: Final = 4
"""The magnitude that the first tap of every kernel has alone, so that no kernel equals its flip."""
NEXT_TAPS: Final = (5, 6, 7)
"""Those of the next tap along each axis, so that no kernel equals its transpose."""
WIDE_INPUTS_PER_OUTPUT: Final = 400
"""How many wide inputs one output may see on average, however many products it adds: the budget's larger part."""
FIRST_BIAS: Final = 257
"""The smallest bias magnitude: an odd integer too wide for bfloat16, but in bfloat16 itself."""
SEPARABLE_SHARE: Final = 2**10
"""How many of 4096 numbers of separable filters are wide, in the channels where they may be."""
NARROW_BITS: Final = 16
"""Formats of fewer significand bits have a budget of a few products alone."""
FLOAT16_WIDE: Final = 256
"""From here on an odd integer is too wide for bfloat16, which could take float16's place."""


def is_wide(values: Array, precision: Precision) -> npt.NDArray[np.bool_]:
    """Tell which integers need more bits than the narrower formats have that could take the place of `precision`.

    For float32 these are the odd integers from 2**11: TF32 and float16 have 11 bits, bfloat16 has 8. For float64 they
    are the odd integers from 2**25, too wide for float32's 24 bits; for float16 those from 2**8. For integer formats
    two of them have a product too wide for the float format of as many bits. Nothing narrower stands for bfloat16.

    Parameters
    ----------
    values : array of integers (in any dtype)
        The numbers.
    precision : Precision
        The format that is claimed.

    Returns
    -------
    array of bool
        Where rounding to a narrower format changes the number.
    """
    integers = np.abs(values.astype(np.int64))
    wide: npt.NDArray[np.bool_] = (integers >= _widest_power(precision)) & ((integers & 1) == 1)
    return wide


def is_narrow(precision: Precision) -> bool:
    """Tell whether a format has so few bits that its exact numbers must be few and small."""
    return precision.significand_bits < NARROW_BITS


def _widest_power(precision: Precision) -> int:
    """2**(p/2 - 1): two numbers just above it have a product of p - 2 bits or little more, inside the budget.

    In float16 only the filters' numbers are wide, 2**8 and little more; in bfloat16 none are.
    """
    if is_narrow(precision):
        return FLOAT16_WIDE if precision.name == "float16" else 1
    return int(2 ** (precision.significand_bits // 2 - 1))


# Each exact number takes one word: bit 0 is its sign, bits 1 to 8 its size when small, bits 9 to 20 whether it is wide,
# bits 21 to 31 its size when wide.


def _small(words: UInt32, largest: int = SMALL) -> Int64:
    """Integers from -largest to largest without zero."""
    byte = (words >> 1) & 0xFF
    return _signed(((byte * largest) >> 8).astype(np.int64) + 1, words)


def _signed(magnitude: Int64, words: UInt32) -> Int64:
    """Give magnitudes the sign of bit 0."""
    sign = 1 - 2 * (words & 1).astype(np.int64)
    return magnitude * sign


def _wide(words: UInt32, precision: Precision) -> Int64:
    """Odd magnitudes in the eighth above the widest power."""
    base = _widest_power(precision)
    return base + 1 + 2 * ((words >> 21) % (base // 16)).astype(np.int64)


def exact_numbers(case: Case, role: str, shape: tuple[int, ...], attempt: int) -> Int64:
    """Make the exact numbers of one array.

    Parameters
    ----------
    case : Case
        Its text is the key.
    role : str
        Which of the operands.
    shape : tuple of int
        Its shape.
    attempt : int
        With each, fewer numbers are wide, or in the formats of 16 bits smaller and fewer.

    Returns
    -------
    array of int64
        Integers that the problem's dtype holds.
    """
    if role == "bias":
        return _exact_bias(case)
    if role == "filters":
        return _exact_filters(case)
    if case.problem.kind == "separable":
        return _exact_separable(case, role, shape, attempt)
    words = raw_bits(case, role, math.prod(shape))
    precision = case.problem.precision
    if role == "cotangent" and not case.is_gradient:
        return _small(words).reshape(shape)
    if is_narrow(precision):
        return _few(words, attempt).reshape(shape)
    return _mixed(words, _wide_share(case, role) / 2**attempt, precision).reshape(shape)


def _exact_separable(case: Case, role: str, shape: tuple[int, ...], attempt: int) -> Int64:
    """Make input, pointwise filters or cotangent of a separable convolution.

    Its products have three factors, and only one of them may be wide: so each has channels of its own to be so in.
    """
    words = raw_bits(case, role, math.prod(shape))
    precision = case.problem.precision
    if is_narrow(precision):
        return (_small(words) if role == "pointwise" else _few(words, attempt)).reshape(shape)
    if role == "cotangent":
        return _small(words).reshape(shape)
    if role == "pointwise":
        wide = _channel_of(case.problem, role) % 3 == 2
        return np.where(wide, _signed(_wide(words, precision), words), _small(words)).reshape(shape)
    mixed = _mixed(words, _wide_share(case, role) / 2**attempt, precision).reshape(shape)
    return np.where(np.arange(shape[-1]) % 3 == 0, mixed, _small(words).reshape(shape))


def _channel_of(problem: Problem, role: str) -> Int64:
    """Give for each number of separable filters the input channel that it belongs to, flat."""
    maps = np.repeat(np.arange(problem.channels), problem.multiplier)
    if role == "pointwise":
        return np.repeat(maps, problem.filters)
    return np.tile(maps, math.prod(problem.kernel_size))


def _wide_share(case: Case, role: str) -> float:
    """Say how many of the numbers of the input, or of the cotangent, are wide."""
    if case.direction == "forward":
        return min(0.25, WIDE_INPUTS_PER_OUTPUT / case.problem.products)
    count = terms(case.problem, case.direction if case.is_gradient else "forward")
    return min(0.25, WIDE_INPUTS_PER_OUTPUT / max(count, 1)) / (8 if role == "cotangent" else 1)


def _mixed(words: UInt32, share: float, precision: Precision) -> Int64:
    """Small integers, and wide ones at a share of the places, at least one."""
    values = _small(words)
    if values.size:
        chosen = ((words >> 9) & 0xFFF) < int(share * 2**12)
        chosen[int(words[0]) % values.size] = True
        values[chosen] = _signed(_wide(words[chosen], precision), words[chosen])
    return values


def _few(words: UInt32, attempt: int) -> Int64:
    """Small integers, after the first attempt ones alone, after the second zeros among them, more each time."""
    values = _small(words, SMALL if attempt == 0 else 1)
    kept = ((words >> 9) & 0xFFF) < 2 ** (12 - max(attempt - 1, 0))
    return np.where(kept, values, 0)


def _exact_filters(case: Case) -> Int64:
    """Small integers; one tap of every kernel that no flip leaves in place; two wide numbers in every filter.

    The first tap has a magnitude of its own, so no flip maps the kernel onto itself. So have its neighbours along the
    axes, which a transpose exchanges. The wide numbers of a filter are its own as well. In float16 a filter has one
    wide number, in bfloat16 none.
    """
    problem = case.problem
    precision = problem.precision
    taps = math.prod(problem.kernel_size)
    words = raw_bits(case, "filters", math.prod(problem.filters_shape))
    small = SMALL - 1 if is_narrow(precision) else SMALL
    values = _small(words, small).reshape(taps, -1)
    values[0] = FIRST_TAP * np.sign(values[0])
    for axis, size in enumerate(problem.kernel_size):
        if size > 1:
            neighbour = math.prod(problem.kernel_size[axis + 1 :])
            values[neighbour] = NEXT_TAPS[axis] * np.sign(values[neighbour])
    if precision.name == "bfloat16":
        return values.reshape(problem.filters_shape)
    if problem.kind == "separable" and not is_narrow(precision):
        wide = (_channel_of(problem, "filters") % 3 == 1) & (((words >> 9) & 0xFFF) < SEPARABLE_SHARE)
        return np.where(wide, _signed(_wide(words, precision), words), values.ravel()).reshape(problem.filters_shape)
    # Two different places in each filter, (tap, channel) counted together.
    flat = _by_filter(values.reshape(problem.filters_shape), problem)
    products, filters = flat.shape
    which = np.arange(filters)
    places, steps = raw_bits(case, "wide", 2 * filters).reshape(2, filters)
    first = (places & 0xFFFF) % products
    base = _widest_power(precision)
    # One after the other, so that up to base/32 filters differ even where they have one tap each.
    order = ((steps[0] + which) % (base // 32)).astype(np.int64)
    sign = np.sign(flat)
    flat[first, which] = sign[first, which] * (base + 1 + 2 * order)
    if products > 1 and not is_narrow(precision):
        second = (first + 1 + (places >> 16) % (products - 1)) % products
        flat[second, which] = sign[second, which] * (base + base // 16 + 1 + 2 * order)
    return _from_filter(flat, problem)


def _by_filter(filters: Int64, problem: Problem) -> Int64:
    """Arrange filters as ``(products, filters)``: a column is a filter; of separable ones, a kernel of the first stage.

    A transposed filter of one group lies in ``C_in / groups`` channels of the last axis.
    """
    if problem.kind != "transposed":
        columns = problem.channels * problem.multiplier if problem.kind == "separable" else problem.filters
        return filters.reshape(-1, columns)
    groups, taps = problem.groups, math.prod(problem.kernel_size)
    split = filters.reshape(taps, problem.filters // groups, groups, problem.channels // groups)
    return np.ascontiguousarray(split.transpose(0, 3, 2, 1)).reshape(
        taps * (problem.channels // groups), problem.filters
    )


def _from_filter(flat: Int64, problem: Problem) -> Int64:
    """Undo `_by_filter`."""
    if problem.kind != "transposed":
        return flat.reshape(problem.filters_shape)
    groups, taps = problem.groups, math.prod(problem.kernel_size)
    split = flat.reshape(taps, problem.channels // groups, groups, problem.filters // groups)
    return np.ascontiguousarray(split.transpose(0, 3, 2, 1)).reshape(problem.filters_shape)


def filters_as_columns(filters: Array, problem: Problem) -> Array:
    """View filters with one column for each output channel (of a separable convolution, each map of its first stage).

    Parameters
    ----------
    filters : array, of the problem's `filters_shape`
        The filters.
    problem : Problem
        Knows their kind.

    Returns
    -------
    array, shape ``(products, filters)``
        Each column is a filter.
    """
    return _by_filter(filters, problem)


def _exact_bias(case: Case) -> Int64:
    """Distinct odd integers too wide for bfloat16, of either sign, in an order that does not follow the filters."""
    words = raw_bits(case, "bias", case.problem.filters)
    rank = np.argsort(np.argsort(words >> 1, kind="stable"), kind="stable").astype(np.int64)
    first = 1 if case.problem.dtype == "bfloat16" else FIRST_BIAS
    return _signed(first + 2 * rank, words)
