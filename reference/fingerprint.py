"""Measure an arithmetic from outside: how many bits survive where, whatever the order of summation.

A sum of two numbers, ``2**k`` and 1, has only one order. Whether ``2**k + 1`` comes back tells the significand of what
it went through: of the input when it is a number of the input, of the filters, or of the accumulator when it is a sum
(W. J. Cody, "MACHAR: a subroutine to dynamically determine machine parameters", ACM TOMS 14, 1988; for matrix units
M. Fasi, N. J. Higham, M. Mikaitis and S. Pranesh, "Numerical behavior of NVIDIA tensor cores", PeerJ Computer Science
7:e330, 2021).
And where no number reaches an output, that is exactly zero, unless a transform has spread rounding errors.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.reference.operands import Operands
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]
Ask = Callable[[Problem, Operands], Array | None]

LOST: Final = 2.0
"""Rounding ``2**k + 1`` to k bits is off by 1 at most, and cutting it off as well; twice that is another function."""
SMALL: Final = 2.0**-8
"""What rounding leaves where a sum of numbers below 1 is zero: the unit roundoff of bfloat16 at most."""
FORMATS: Final = {8: "bfloat16", 11: "TF32 or float16", 24: "float32"}
"""Formats by the bits of their significands."""


@dataclass(frozen=True)
class Fingerprint:
    """What was measured.

    Attributes
    ----------
    x, filters, sums : int or None
        How many bits of a number of the input, of the filters, and of a sum of two products survive; None where the
        problem leaves no room to measure that.
    leaks : int or None
        How many places beyond the reach of the kernel an output that must be zero is not, at most; None where all are.
    """

    x: int | None
    filters: int | None
    sums: int | None
    leaks: int | None

    def words(self, problem: Problem) -> list[str]:
        """Say what is not as the problem's dtype has it.

        Parameters
        ----------
        problem : Problem
            What was measured on.

        Returns
        -------
        list of str
            A clause each; empty where nothing was found.
        """
        whole = problem.precision.significand_bits
        parts = {"numbers of the input": self.x, "numbers of the filters": self.filters, "sums": self.sums}
        kept = {name: bits for name, bits in parts.items() if bits is not None and bits < whole}
        if len(kept) == sum(bits is not None for bits in parts.values()) > 1 and len(set(kept.values())) == 1:
            # What every number loses, it may have lost at the end.
            kept = {"outputs": min(kept.values())}
        clauses = [f"{name} keep {bits} of {whole} bits, as in {_named(bits)}" for name, bits in kept.items()]
        if self.leaks is not None:
            clauses.append(
                f"outputs that no number reaches are not zero, up to {self.leaks} places beyond the kernel, as where a "
                "transform (Winograd, FFT) spreads its rounding"
            )
        return clauses


def measure(problem: Problem, ask: Ask) -> Fingerprint:
    """Measure the arithmetic of a layer's output.

    Parameters
    ----------
    problem : Problem
        Where it was seen to stray: a plain, depthwise or transposed convolution in a floating-point dtype.
    ask : callable
        The implementation: canonical arrays in, the output in canonical layout out, or None where it gives none.

    Returns
    -------
    Fingerprint
        From about 70 calls.
    """
    bare = replace(problem, use_bias=False, activation=None)
    return Fingerprint(
        _bits(bare, ask, _number_in_x),
        _bits(bare, ask, _number_in_filters),
        _bits(bare, ask, _sum_of_two) if bare.filters_shape[-2] > 1 and bare.kind == "conv" else None,
        _leaks(bare, ask),
    )


def _bits(problem: Problem, ask: Ask, pose: Callable[[Problem, float], tuple[Operands, float]]) -> int | None:
    """Find the longest ``2**k + 1`` that comes back in every output it reaches."""
    bits = None
    # Beyond 2**15 numbers leave float16's range.
    for exponent in range(1, min(problem.precision.significand_bits, 15 if problem.dtype == "float16" else 64)):
        given, expected = pose(problem, 2.0**exponent)
        got = ask(problem, given)
        if got is None or not (got != 0).any():
            return None
        errors = np.abs(got[got != 0].astype(np.float64) - expected)
        if not (errors <= LOST).all():
            return None  # this is not rounding
        if errors.any():
            break
        bits = exponent + 1
    return bits


def _number_in_x(problem: Problem, power: float) -> tuple[Operands, float]:
    """Put one number everywhere in the input, and let one tap of one channel see it."""
    return _posed(problem, power + 1, [1.0]), power + 1


def _number_in_filters(problem: Problem, power: float) -> tuple[Operands, float]:
    """Put one number into one tap of every filter."""
    return _posed(problem, 1.0, [power + 1]), power + 1


def _sum_of_two(problem: Problem, power: float) -> tuple[Operands, float]:
    """Let every filter add up two channels, one weighed with a power of two; no other order is possible."""
    return _posed(problem, 1.0, [power, 1.0]), power + 1


def _posed(problem: Problem, number: float, weights: list[float]) -> Operands:
    dtype = problem.precision.numpy_dtype
    x, filters = np.full(problem.input_shape, number, dtype), np.zeros(problem.filters_shape, dtype)
    middle = tuple(size // 2 for size in problem.kernel_size)
    for channel, weight in enumerate(weights):
        # Axis by axis: the taps, the channels of a filter, the filters.
        where: tuple[slice | int, slice | int] = (channel, slice(None))
        if problem.kind == "transposed":
            # One channel of each group: with more, several numbers would meet.
            where = (slice(None), slice(None, None, problem.channels // problem.groups))
        elif problem.kind == "depthwise":
            where = (slice(None), slice(None))
        filters[middle][where] = weight
    return Operands(x, filters)


def _leaks(problem: Problem, ask: Ask) -> int | None:
    """Put numbers into one cell, and find the farthest output behind the kernel's reach that is not zero."""
    if problem.kind == "transposed" or problem.padding_mode != "zeros" or problem.batch == 0:
        return None
    dtype = problem.precision.numpy_dtype
    generator = np.random.Generator(np.random.Philox(key=1))
    x = np.zeros(problem.input_shape, dtype)
    cell = tuple(size // 2 for size in problem.spatial)
    x[(0, *cell)] = generator.uniform(0.5, 1, problem.channels).astype(dtype)
    filters = generator.uniform(0.5, 1, problem.filters_shape).astype(dtype)
    got = ask(problem, Operands(x, filters))
    if got is None or not np.isfinite(got.astype(np.float64)).all():
        return None
    farthest = 0
    for place in np.argwhere(got[0].any(axis=-1)):
        beyond = 0
        for axis, position in enumerate(place):
            first = int(position) * problem.strides[axis] - problem.pads[axis][0]
            last = first + problem.kernel_extent[axis] - 1
            beyond = max(beyond, first - cell[axis], cell[axis] - last)
        if beyond > 0 and np.abs(got[0][tuple(place)].astype(np.float64)).max() > SMALL:
            return None  # what rounding leaves is smaller
        farthest = max(farthest, beyond)
    return farthest or None


def _named(bits: int) -> str:
    return FORMATS.get(bits, f"a format of {bits}")
