"""The number formats, as the error model needs them."""

from dataclasses import dataclass
from typing import Any, Final

import ml_dtypes
import numpy as np


@dataclass(frozen=True, slots=True)
class Precision:
    """One number format: binary floating point, or integers of two's complement.

    Attributes
    ----------
    name : str
        The name that a problem's ``dtype`` carries, for example ``"float32"``.
    short : str
        The token in a problem's text, for example ``"f32"``.
    significand_bits : int
        p, the bits of the significand with the hidden one. Every integer up to ``2**p`` is a number of the format; of
        an integer format every one below it.
    minimum_exponent : int
        The exponent of the smallest normal number, ``2**minimum_exponent``; 0 for integers.
    is_integer : bool
        Whether the format holds integers alone. Arithmetic on them never rounds.

    References
    ----------
    IEEE Std 754-2019, table 3.5; for bfloat16, Intel, "BFLOAT16 hardware numerics definition", 2018.
    """

    name: str
    short: str
    significand_bits: int
    minimum_exponent: int
    is_integer: bool = False

    @property
    def unit_roundoff(self) -> float:
        """U = 2**-p: the largest relative error of one rounding to nearest (Higham 2002, Theorem 2.2)."""
        return 0.0 if self.is_integer else 2.0**-self.significand_bits

    @property
    def smallest_subnormal(self) -> float:
        """The spacing of the numbers around zero. A product that underflows is off by at most half of it."""
        return 0.0 if self.is_integer else 2.0 ** (self.minimum_exponent - self.significand_bits + 1)

    @property
    def smallest_normal(self) -> float:
        """2**minimum_exponent: floating-point numbers below it are subnormal."""
        return 2.0**self.minimum_exponent

    @property
    def exact_budget(self) -> int:
        """The largest sum of absolute values for which integer arithmetic in the format makes no rounding: 2**p.

        For integer formats one less, where they would overflow; for int64, 2**62 leaves the reference's own sums room.
        """
        return min(int(2**self.significand_bits) - self.is_integer, 2**62)

    @property
    def numpy_dtype(self) -> np.dtype[Any]:
        """The NumPy dtype of the same name; bfloat16 is the one of ml_dtypes."""
        return np.dtype(ml_dtypes.bfloat16 if self.name == "bfloat16" else self.name)


PRECISIONS: Final = {
    precision.name: precision
    for precision in (
        Precision("float16", "f16", significand_bits=11, minimum_exponent=-14),
        Precision("bfloat16", "bf16", significand_bits=8, minimum_exponent=-126),
        Precision("float32", "f32", significand_bits=24, minimum_exponent=-126),
        Precision("float64", "f64", significand_bits=53, minimum_exponent=-1022),
        Precision("int32", "i32", significand_bits=31, minimum_exponent=0, is_integer=True),
        Precision("int64", "i64", significand_bits=63, minimum_exponent=0, is_integer=True),
    )
}
"""Every dtype a problem may have, by name."""

ORACLE: Final = PRECISIONS["float64"]
"""The format the reference itself computes in, but for integers, which it adds up in int64."""


def default_accumulator(precision: Precision) -> Precision:
    """Give the format in which sums of `precision` are added up where an adapter claims nothing else.

    Formats of 16 bits are added up in float32, as processors and the BLAS extensions for them do; all others in
    themselves.

    Parameters
    ----------
    precision : Precision
        The format of operands and output.

    Returns
    -------
    Precision
        The accumulator's format.
    """
    return PRECISIONS["float32"] if precision.name in ("float16", "bfloat16") else precision
