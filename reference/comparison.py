"""An answer beside the reference, and how a difference is said."""

import math
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.oracle import Evaluation, Float64
from convformance.reference.precision import Precision

Array = npt.NDArray[Any]
Failing: TypeAlias = Literal["wrong", "imprecise"]

NARROWEST_ROUNDOFF: Final = 2.0**-8
"""Unit roundoff of bfloat16, the narrowest type that `imprecise` is meant to describe."""


class NonconformanceError(AssertionError):
    """An answer that does not conform.

    Attributes
    ----------
    verdict : "wrong" or "imprecise"
        The verdict of the report.
    fraction : float or None
        The worst error as a fraction of its bound, where the check has a bound above zero.
    at : tuple of int or None
        The worst element's index into the answer in canonical layout, where elements were compared.
    """

    def __init__(
        self, verdict: Failing, detail: str, fraction: float | None = None, at: tuple[int, ...] | None = None
    ) -> None:
        super().__init__(verdict, detail, fraction, at)
        self.verdict: Failing = verdict
        self.detail = detail
        self.fraction = fraction
        self.at = at

    def __str__(self) -> str:
        """Give verdict and detail."""
        return f"{self.verdict}: {self.detail}"


def in_format_of(got: Array, evaluation: Evaluation) -> Array:
    """Give an answer in the reference's own format, which holds all of its numbers."""
    return got.astype(evaluation.value.dtype)


class Comparison:
    """An answer beside the reference, and what can be said of it: the one message grammar of every failure."""

    def __init__(self, got: Array, evaluation: Evaluation, limit: Float64) -> None:
        self.got = got
        self.evaluation = evaluation
        self.limit = limit
        with np.errstate(invalid="ignore", over="ignore"):
            self.errors: Float64 = np.abs(in_format_of(got, evaluation) - evaluation.value).astype(np.float64)

    @property
    def worst_fraction(self) -> float:
        """The largest error in units of its bound, NaN as infinite; elements with a bound of 0 do not count."""
        bounded = self.limit > 0
        if not bounded.any():
            return 0.0
        with np.errstate(over="ignore"):
            return float(_finite(self.errors[bounded] / self.limit[bounded]).max())

    @property
    def farthest(self) -> tuple[int, ...]:
        """The index of the largest error in units of its bound."""
        with np.errstate(over="ignore"):
            fractions = np.divide(self.errors, self.limit, out=self.errors.copy(), where=self.limit > 0)
        return tuple(int(index) for index in np.unravel_index(int(np.argmax(_finite(fractions))), fractions.shape))

    def close_in_norm(self, precision: Precision) -> bool:
        """Tell whether the errors look like bfloat16's or a fast algorithm's, not like another function's.

        Rounding both operands to bfloat16 gives n independent relative errors of 2**-8 or less, so errors of about
        ``2**-8 * magnitude / sqrt(n)``. Twice that in the 2-norm and eight times in the largest element is called
        close. It only chooses between two nonconforming verdicts.
        """
        if not np.isfinite(self.errors).all():
            return False
        scale = max(NARROWEST_ROUNDOFF, precision.unit_roundoff) / math.sqrt(self.evaluation.terms)
        magnitude = self.evaluation.magnitude
        if self.errors.max() > 8 * scale * magnitude.max():
            return False
        return bool(np.linalg.norm(self.errors.ravel()) <= 2 * scale * np.linalg.norm(magnitude.ravel()))

    def nonconformance(self, verdict: Failing, what: str, bad: npt.NDArray[np.bool_]) -> NonconformanceError:
        """Say how many elements are bad, and of the first and the worst where it is, got, expected and bound."""
        with np.errstate(over="ignore"):
            fractions = np.divide(self.errors, self.limit, out=self.errors.copy(), where=self.limit > 0)
        first = np.unravel_index(int(np.argmax(bad)), bad.shape)
        worst = np.unravel_index(int(np.argmax(np.where(bad, _finite(fractions), -1.0))), bad.shape)
        return NonconformanceError(
            verdict,
            f"{int(bad.sum())} of {bad.size} elements {what}; first {self._element(first)}; "
            f"worst {self._element(worst)}",
            self.worst_fraction if self.limit.any() else None,
            tuple(int(index) for index in worst),
        )

    def _element(self, at: tuple[np.intp, ...]) -> str:
        where = ", ".join(str(int(index)) for index in at)
        # As many digits as tell any two numbers of the answer's format apart.
        digits = 17 if self.got.dtype == np.float64 else 9
        got, expected = (
            str(int(array[at])) if array.dtype.kind == "i" else f"{float(array[at]):.{digits}g}"
            for array in (self.got, self.evaluation.value)
        )
        return f"at ({where}) got {got}, expected {expected}, bound {float(self.limit[at]):.3g}"


def _finite(values: Float64) -> Float64:
    """Put infinity where an error is not a number, so that it compares as the largest."""
    return np.nan_to_num(values, nan=np.inf, posinf=np.inf)
