"""The number formats, as the error model needs them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Precision:
    """One binary floating-point format.

    Attributes
    ----------
    name : str
        The name that a problem's ``dtype`` carries, for example ``"float32"``.
    short : str
        The token in a problem's text, for example ``"f32"``.
    significand_bits : int
        p, the bits of the significand with the hidden one. Every integer up to ``2**p`` is a number of the format.
    minimum_exponent : int
        The exponent of the smallest normal number, ``2**minimum_exponent``.

    References
    ----------
    IEEE Std 754-2019, table 3.5.
    """

    name: str
    short: str
    significand_bits: int
    minimum_exponent: int

    @property
    def unit_roundoff(self) -> float:
        """U = 2**-p: the largest relative error of one rounding to nearest (Higham 2002, Theorem 2.2)."""
        return 2.0**-self.significand_bits

    @property
    def smallest_subnormal(self) -> float:
        """The spacing of the numbers around zero. A product that underflows is off by at most half of it."""
        return 2.0 ** (self.minimum_exponent - self.significand_bits + 1)

    @property
    def exact_budget(self) -> int:
        """2**p: while no sum of absolute values exceeds it, integer arithmetic in the format makes no rounding."""
        return int(2**self.significand_bits)

    @property
    def numpy_dtype(self) -> npt.DTypeLike:
        """The NumPy dtype of the same name."""
        return np.dtype(self.name)


PRECISIONS: Final = {
    precision.name: precision
    for precision in (
        Precision("float32", "f32", significand_bits=24, minimum_exponent=-126),
        Precision("float64", "f64", significand_bits=53, minimum_exponent=-1022),
    )
}
"""Every dtype a problem may have, by name."""

ORACLE: Final = PRECISIONS["float64"]
"""The format the reference itself computes in."""
