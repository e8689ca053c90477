"""How far honest arithmetic may stray from the mathematics.

`limit` is a theorem and holds always. `spread_limit` and `mean_limit` are statistical: their form comes from theorems
on independent rounding errors, their margins are stated with what was measured on either side of them.
"""

import math
from typing import Final

import numpy as np

from convformance.reference.oracle import Evaluation, Float64
from convformance.reference.precision import ORACLE, Precision, default_accumulator

MEAN_DEVIATIONS: Final = 6.0
"""How many standard deviations the mean of independent rounding errors may lie from zero."""


def gamma(terms: int, unit_roundoff: float) -> float:
    """Bound the relative growth of `terms` roundings: n u / (1 - n u).

    Parameters
    ----------
    terms : int
        n.
    unit_roundoff : float
        u.

    Returns
    -------
    float
        gamma_n.

    Raises
    ------
    ValueError
        When n u is not below 1, where the theorem says nothing.

    References
    ----------
    N. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM, 2002, Lemma 3.1.
    """
    if terms * unit_roundoff >= 1:
        raise ValueError(f"gamma needs n * u < 1: got n={terms} and u={unit_roundoff}")
    return terms * unit_roundoff / (1 - terms * unit_roundoff)


def limit(evaluation: Evaluation, precision: Precision, accumulator: Precision | None = None) -> Float64:
    """Bound the error of every output, whatever the order of summation, with fused multiply-add or without.

    ``|got - exact| <= gamma_n * magnitude``: an inner product of n terms is off by at most gamma_n times the inner
    product of the absolute values, for every order (Higham 2002, equation 3.5 and the remark below it); the bias is
    one term more. Where the sum is wider than the output it is rounded once more, which adds ``u_out`` of its absolute
    value (ibid., Theorem 2.2), and with a bias added behind it a second time. Each product that underflows adds at most
    half of the smallest subnormal number (ibid., section 2.9, equation 2.8). The reference is computed in float64, so
    its own gamma_n is added. ReLU maps no two numbers further apart, so the bound holds behind it.

    Parameters
    ----------
    evaluation : Evaluation
        The reference's magnitude, n, and what is rounded to the output's format.
    precision : Precision
        The format of operands and output.
    accumulator : Precision, optional
        The format that sums are added up in; left out, `default_accumulator`.

    Returns
    -------
    array of float64, shape of the answer
        The largest honest error of each element; infinite where the accumulator is so narrow for n that the theorem
        says nothing, and the spread alone is judged.
    """
    accumulator = accumulator or default_accumulator(precision)
    terms = evaluation.terms
    growth = math.inf
    if terms * accumulator.unit_roundoff < 1:
        growth = gamma(terms, accumulator.unit_roundoff) + gamma(terms, ORACLE.unit_roundoff)
    # Of an empty sum, nothing is uncertain even where the theorem bounds nothing else.
    relative = np.where(evaluation.magnitude > 0, growth, 0.0) * evaluation.magnitude
    bound: Float64 = relative + terms * precision.smallest_subnormal / 2
    if accumulator.significand_bits > precision.significand_bits:
        # The sum that is rounded is itself off by the first part.
        bound = bound * (1 + 2 * precision.unit_roundoff) + precision.unit_roundoff * evaluation.rounded
    return bound


def scale(evaluation: Evaluation, precision: Precision, accumulator: Precision | None = None) -> Float64:
    """Give the unit in which the root mean square of honest errors is at most 1.

    Parameters
    ----------
    evaluation, precision, accumulator
        As `limit` takes them.

    Returns
    -------
    array of float64, shape of the answer
        ``spread_limit(n) * u * magnitude``, and ``u_out`` of what is rounded to a narrower output: the error of one
        rounding is at most that.
    """
    accumulator = accumulator or default_accumulator(precision)
    unit: Float64 = spread_limit(evaluation.terms) * accumulator.unit_roundoff * evaluation.magnitude
    if accumulator.significand_bits > precision.significand_bits:
        unit = unit + precision.unit_roundoff * evaluation.rounded
    return unit


def spread_limit(terms: int) -> float:
    """Limit the root mean square of errors in units of ``u * magnitude``: 1 + sqrt(n) / 2.

    Rounding errors of one sum behave as independent with zero mean, so their sum grows as the square root of their
    number (Higham and Mary, "A new approach to probabilistic rounding error analysis", SIAM J. Sci. Comput. 41, 2019,
    theorem 2.4: ``|error| <= lambda * sqrt(n) * u * magnitude`` with a probability that lambda fixes). The worst order
    of summation of zero-mean numbers, sorted, was measured at 0.18 sqrt(n), the sequential one at 0.5 whatever n; one
    operand rounded to TF32 gives 5400 / sqrt(n), to bfloat16 eight times that. 1 + sqrt(n)/2 lies between them up to
    n = 10000. The form follows the dot product compliance test of the TOSA specification 1.0, which limits bias and
    variance of the errors beside each single one.

    Parameters
    ----------
    terms : int
        n, the products of one output and one for the bias.

    Returns
    -------
    float
        The largest honest root mean square.
    """
    return 1.0 + math.sqrt(terms) / 2


def mean_limit(outputs: int) -> float:
    """Limit the mean of the errors in units of `scale`: six standard deviations of a mean of `outputs` of them.

    Round to nearest is unbiased, so the errors' mean has the standard deviation ``rms / sqrt(outputs)`` with the rms at
    most 1; a truncating accumulator shifts the mean instead. By the central limit theorem a false alarm at six
    deviations has a probability of 2e-9.

    Parameters
    ----------
    outputs : int
        Over how many errors the mean is taken.

    Returns
    -------
    float
        The largest honest absolute mean.
    """
    return MEAN_DEVIATIONS / math.sqrt(outputs)
