"""Numbers that can tell a wrong convolution from a right one, the same bits on every machine and NumPy version.

They come from a counter-based generator keyed by the case's text (Philox 4x64: J. Salmon et al., "Parallel random
numbers: as easy as 1, 2, 3", SC11, 2011), through its raw bits and integer arithmetic only: no library function that a
release or a processor may round differently stands in between.
"""

import hashlib
import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.reference.case import Case
from convformance.reference.precision import Precision

Array = npt.NDArray[Any]
UInt64 = npt.NDArray[np.uint64]

SMALL: Final = 3
"""Most exact numbers are integers from 1 to this, of either sign; none is zero."""
FIRST_TAP: Final = 4
"""The magnitude that the first tap of every kernel has alone, so that no kernel equals its flip."""
NEXT_TAPS: Final = (5, 6, 7)
"""Those of the next tap along each axis, so that no kernel equals its transpose."""
WIDE_INPUTS_PER_OUTPUT: Final = 400
"""How many wide inputs one output may see on average, however many products it adds: the budget's larger part."""
FIRST_BIAS: Final = 257
"""The smallest bias magnitude: an odd integer too wide for bfloat16."""


@dataclass(frozen=True)
class Operands:
    """The arrays of a case, in canonical layout and in the problem's dtype.

    Attributes
    ----------
    x : array, shape ``(N, *spatial, C_in)``
    filters : array, shape ``(*kernel, C_in / groups, filters)``
    bias : array, shape ``(filters,)``, or None
    """

    x: Array
    filters: Array
    bias: Array | None


def operands(case: Case, *, photo: Array | None = None) -> Operands:
    """Make the numbers of a case.

    Parameters
    ----------
    case : Case
        Its text is the key: the same text gives the same bits.
    photo : array of uint8, shape ``(N, *spatial, C_in)``, optional
        The pixels that take the place of the input; needed by cases on ``photo`` numbers.

    Returns
    -------
    Operands
        Input, filters and bias.
    """
    problem = case.problem
    dtype = problem.precision.numpy_dtype
    x: Array
    filters: Array
    bias: Array | None
    if case.numbers == "real":
        x = _real(case, "x", problem.input_shape)
        filters = _real(case, "filters", problem.filters_shape)
        bias = _real(case, "bias", (problem.filters,)) if problem.use_bias else None
    else:
        if case.numbers == "photo":
            if photo is None:
                raise ValueError(f"a case on photo numbers needs the pixels: got none for {case}")
            x = photo
        else:
            x = _exact_input(case)
        filters = _exact_filters(case)
        bias = _exact_bias(case) if problem.use_bias else None
    return Operands(x.astype(dtype), filters.astype(dtype), None if bias is None else bias.astype(dtype))


def raw_bits(case: Case, role: str, count: int) -> UInt64:
    """Give `count` raw 64-bit words, a function of the case's text and `role` alone.

    Parameters
    ----------
    case : Case
        Its text is the key.
    role : str
        What the words are for; another role gives independent words.
    count : int
        How many.

    Returns
    -------
    array of uint64, shape ``(count,)``
        Uniform words.
    """
    digest = hashlib.sha256(f"{case}/{role}".encode()).digest()
    generator = np.random.Philox(key=int.from_bytes(digest[:16], "little"))
    return generator.random_raw(count)


def is_wide(values: Array, precision: Precision) -> npt.NDArray[np.bool_]:
    """Tell which integers need more bits than the narrower formats have that could take the place of `precision`.

    For float32 these are the odd integers from 2**11: TF32 and float16 have 11 bits, bfloat16 has 8. For float64 they
    are the odd integers from 2**25, too wide for float32's 24 bits.

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
    magnitudes = np.abs(values)
    wide: npt.NDArray[np.bool_] = (magnitudes >= _widest_power(precision)) & (magnitudes % 2 == 1)
    return wide


def _widest_power(precision: Precision) -> int:
    """2**(p/2 - 1): two numbers just above it have a product of p - 2 bits or little more, inside the budget."""
    return int(2 ** (precision.significand_bits // 2 - 1))


def _real(case: Case, role: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Zero-mean numbers, close to normal with a variance of 4/3: sums of four uniform 32-bit integers (Irwin-Hall)."""
    count = math.prod(shape)
    halves = raw_bits(case, role, 2 * count).view(np.uint32).astype(np.int64).reshape(count, 4)
    centred: npt.NDArray[np.int64] = halves.sum(axis=1) - 2 * (2**32 - 1)
    return np.multiply(centred, 2.0**-31).reshape(shape)


def _small(bits: UInt64) -> npt.NDArray[np.int64]:
    """Integers from -SMALL to SMALL without zero, from bits 8 and up."""
    magnitude = (bits >> np.uint64(8)) % np.uint64(SMALL) + np.uint64(1)
    return _signed(magnitude.astype(np.int64), bits)


def _signed(magnitude: npt.NDArray[np.int64], bits: UInt64) -> npt.NDArray[np.int64]:
    """Give magnitudes the sign of bit 0."""
    return np.where(bits & np.uint64(1), -magnitude, magnitude)


def _wide(bits: UInt64, precision: Precision) -> npt.NDArray[np.int64]:
    """Odd magnitudes in the eighth above the widest power, from bits 40 and up."""
    base = _widest_power(precision)
    step = (bits >> np.uint64(40)) % np.uint64(base // 16)
    return base + 1 + 2 * step.astype(np.int64)


def _exact_input(case: Case) -> npt.NDArray[np.int64]:
    """Small integers, and wide ones at up to a quarter of the places, at least one."""
    problem = case.problem
    count = math.prod(problem.input_shape)
    bits = raw_bits(case, "x", count)
    values = _small(bits)
    share = min(0.25, WIDE_INPUTS_PER_OUTPUT / problem.products)
    # Bits 16 to 39 against a threshold choose the places; sign, size and place come from different bits.
    chosen = ((bits >> np.uint64(16)) & np.uint64(0xFFFFFF)) < np.uint64(int(share * 2**24))
    chosen[int(bits[0] >> np.uint64(1)) % count] = True
    values[chosen] = _signed(_wide(bits[chosen], problem.precision), bits[chosen])
    return values.reshape(problem.input_shape)


def _exact_filters(case: Case) -> npt.NDArray[np.int64]:
    """Small integers; one tap of every kernel that no flip leaves in place; two wide numbers in every filter.

    The first tap has a magnitude of its own, so no flip maps the kernel onto itself. So have its neighbours along the
    axes, which a transpose exchanges. The wide numbers of a filter are its own as well.
    """
    problem = case.problem
    taps = math.prod(problem.kernel_size)
    count = math.prod(problem.filters_shape)
    bits = raw_bits(case, "filters", count)
    values = _small(bits).reshape(taps, -1, problem.filters)
    signs = np.sign(values)
    values[0] = FIRST_TAP * signs[0]
    for axis, size in enumerate(problem.kernel_size):
        if size > 1:
            neighbour = math.prod(problem.kernel_size[axis + 1 :])
            values[neighbour] = NEXT_TAPS[axis] * signs[neighbour]
    # Two different places in each filter, (tap, channel) counted together.
    flat = values.reshape(problem.products, problem.filters)
    choice = raw_bits(case, "wide", problem.filters)
    which = np.arange(problem.filters)
    first = (choice >> np.uint64(1)) % np.uint64(problem.products)
    base = _widest_power(problem.precision)
    spread = np.uint64(base // 32)
    # One after the other, so that up to base/32 filters differ even where they have one tap each.
    order = (choice[0] % spread + which.astype(np.uint64)) % spread
    sign = np.sign(flat)
    flat[first, which] = sign[first, which] * (base + 1 + 2 * order.astype(np.int64))
    if problem.products > 1:
        further = (choice >> np.uint64(32)) % np.uint64(problem.products - 1) + np.uint64(1)
        second = (first + further) % np.uint64(problem.products)
        flat[second, which] = sign[second, which] * (base + base // 16 + 1 + 2 * order.astype(np.int64))
    return flat.reshape(problem.filters_shape)


def _exact_bias(case: Case) -> npt.NDArray[np.int64]:
    """Distinct odd integers too wide for bfloat16, of either sign, in an order that does not follow the filters."""
    filters = case.problem.filters
    bits = raw_bits(case, "bias", filters)
    rank = np.argsort(np.argsort(bits >> np.uint64(1), kind="stable"), kind="stable")
    return _signed(FIRST_BIAS + 2 * rank.astype(np.int64), bits)
