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
UInt32 = npt.NDArray[np.uint32]
Int32 = npt.NDArray[np.int32]

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


def raw_bits(case: Case, role: str, count: int) -> UInt32:
    """Give `count` raw 32-bit words, a function of the case's text and `role` alone.

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
    array of uint32, shape ``(count,)``
        Uniform words: the halves of the generator's 64-bit words, the lower half first.
    """
    digest = hashlib.sha256(f"{case}/{role}".encode()).digest()
    generator = np.random.Philox(key=int.from_bytes(digest[:16], "little"))
    words = generator.random_raw((count + 1) // 2).astype("<u8", copy=False)
    return words.view("<u4")[:count].astype(np.uint32, copy=False)


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
    integers = np.abs(values.astype(np.int32))
    wide: npt.NDArray[np.bool_] = (integers >= _widest_power(precision)) & ((integers & 1) == 1)
    return wide


def _widest_power(precision: Precision) -> int:
    """2**(p/2 - 1): two numbers just above it have a product of p - 2 bits or little more, inside the budget."""
    return int(2 ** (precision.significand_bits // 2 - 1))


def _real(case: Case, role: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Zero-mean numbers, close to normal with a variance of 4/3: sums of four uniform 32-bit integers (Irwin-Hall)."""
    words = raw_bits(case, role, 4 * math.prod(shape)).reshape(4, *shape)
    total = words[0].astype(np.int64)
    for word in words[1:]:
        total += word
    total -= 2 * (2**32 - 1)
    numbers: npt.NDArray[np.float64] = total * 2.0**-31
    return numbers


# Each exact number takes one word: bit 0 is its sign, bits 1 to 8 its size when small, bits 9 to 20 whether it is wide,
# bits 21 to 31 its size when wide.


def _small(words: UInt32) -> Int32:
    """Integers from -SMALL to SMALL without zero."""
    byte = (words >> 1) & 0xFF
    return _signed(((byte * SMALL) >> 8).astype(np.int32) + 1, words)


def _signed(magnitude: Int32, words: UInt32) -> Int32:
    """Give magnitudes the sign of bit 0."""
    sign = 1 - 2 * (words & 1).astype(np.int32)
    return magnitude * sign


def _wide(words: UInt32, precision: Precision) -> Int32:
    """Odd magnitudes in the eighth above the widest power."""
    base = _widest_power(precision)
    return base + 1 + 2 * ((words >> 21) % (base // 16)).astype(np.int32)


def _exact_input(case: Case) -> Int32:
    """Small integers, and wide ones at up to a quarter of the places, at least one."""
    problem = case.problem
    count = math.prod(problem.input_shape)
    words = raw_bits(case, "x", count)
    values = _small(words)
    share = min(0.25, WIDE_INPUTS_PER_OUTPUT / problem.products)
    chosen = ((words >> 9) & 0xFFF) < int(share * 2**12)
    chosen[int(words[0]) % count] = True
    values[chosen] = _signed(_wide(words[chosen], problem.precision), words[chosen])
    return values.reshape(problem.input_shape)


def _exact_filters(case: Case) -> Int32:
    """Small integers; one tap of every kernel that no flip leaves in place; two wide numbers in every filter.

    The first tap has a magnitude of its own, so no flip maps the kernel onto itself. So have its neighbours along the
    axes, which a transpose exchanges. The wide numbers of a filter are its own as well.
    """
    problem = case.problem
    taps = math.prod(problem.kernel_size)
    values = _small(raw_bits(case, "filters", math.prod(problem.filters_shape))).reshape(taps, -1, problem.filters)
    values[0] = FIRST_TAP * np.sign(values[0])
    for axis, size in enumerate(problem.kernel_size):
        if size > 1:
            neighbour = math.prod(problem.kernel_size[axis + 1 :])
            values[neighbour] = NEXT_TAPS[axis] * np.sign(values[neighbour])
    # Two different places in each filter, (tap, channel) counted together.
    flat = values.reshape(problem.products, problem.filters)
    which = np.arange(problem.filters)
    places, steps = raw_bits(case, "wide", 2 * problem.filters).reshape(2, problem.filters)
    first = (places & 0xFFFF) % problem.products
    base = _widest_power(problem.precision)
    # One after the other, so that up to base/32 filters differ even where they have one tap each.
    order = ((steps[0] + which) % (base // 32)).astype(np.int32)
    sign = np.sign(flat)
    flat[first, which] = sign[first, which] * (base + 1 + 2 * order)
    if problem.products > 1:
        second = (first + 1 + (places >> 16) % (problem.products - 1)) % problem.products
        flat[second, which] = sign[second, which] * (base + base // 16 + 1 + 2 * order)
    return flat.reshape(problem.filters_shape)


def _exact_bias(case: Case) -> Int32:
    """Distinct odd integers too wide for bfloat16, of either sign, in an order that does not follow the filters."""
    words = raw_bits(case, "bias", case.problem.filters)
    rank = np.argsort(np.argsort(words >> 1, kind="stable"), kind="stable").astype(np.int32)
    return _signed(FIRST_BIAS + 2 * rank, words)
