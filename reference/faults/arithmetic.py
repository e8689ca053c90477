"""Arithmetic that is not the problem's own: narrower formats, and sums that go tap by tap."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from convformance.reference import padding
from convformance.reference.faults.question import Array, Question

TF32: Final = 11
"""Significand bits of TF32, with the hidden one."""
BFLOAT16: Final = 8
"""Those of bfloat16."""


def cut(values: Array, bits: int, to: Callable[[Array], Array] = np.rint) -> Array:
    """Give floating-point numbers with fewer significand bits, in the format that they had.

    Parameters
    ----------
    values : array
        Any floating-point numbers.
    bits : int
        How many significand bits are left, with the hidden one.
    to : callable, optional
        Rounds to integers: `numpy.rint` to nearest, ties to even; `numpy.trunc` towards zero.

    Returns
    -------
    array
        Of the same dtype.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        fraction, exponent = np.frexp(values.astype(np.float64))
        narrow: Array = np.ldexp(to(np.ldexp(fraction, bits)), exponent - bits)
        return narrow.astype(values.dtype)


def through(values: Array, dtype: Any) -> Array:
    """Convert numbers to another dtype and back."""
    with np.errstate(over="ignore", invalid="ignore"):
        return values.astype(dtype).astype(values.dtype)


def narrowed(question: Question, function: Callable[[Array], Array]) -> Array:
    """Give the right answer of arrays that went through a function, the bias excepted."""
    given = question.given
    return question.again(
        x=function(given.x),
        filters=function(given.filters),
        cotangent=None if given.cotangent is None else function(given.cotangent),
        pointwise=None if given.pointwise is None else function(given.pointwise),
    )


def padded(question: Question) -> Array:
    """Give the input of a plain or depthwise convolution with its pads."""
    return padding.padded(question.problem, question.given.x)


def taps(question: Question, wide: Any) -> Iterator[Array]:
    """Give what each tap of a plain or depthwise convolution adds to the sums.

    Parameters
    ----------
    question : Question
        Forward.
    wide : dtype
        What is multiplied, and added up over the channels, in.

    Yields
    ------
    array
        Of the output's shape, tap after tap.
    """
    plain = question.problem.as_grouped
    x, filters = padded(question).astype(wide), question.given.filters.reshape(plain.filters_shape).astype(wide)
    for tap in np.ndindex(plain.kernel_size):
        axes = zip(tap, plain.dilation, plain.output_spatial, plain.strides, strict=True)
        seen = x[:, *(slice(t * d, t * d + (size - 1) * s + 1, s) for t, d, size, s in axes)]
        yield multiplied(seen, filters[tap], plain.groups)


def multiplied(seen: Array, weights: Array, groups: int) -> Array:
    """Multiply the channels of each cell with a matrix of ``(C_in / groups, filters)``, group by group."""
    channels, filters = weights.shape
    rows = np.moveaxis(seen.reshape(*seen.shape[:-1], groups, channels), -2, 0)
    columns = weights.reshape(channels, groups, filters // groups).swapaxes(0, 1)
    columns = columns.reshape(groups, *(1,) * (rows.ndim - 3), *columns.shape[1:])
    with np.errstate(over="ignore", invalid="ignore"):
        sums: Array = np.matmul(rows, columns)
    return np.moveaxis(sums, 0, -2).reshape(*seen.shape[:-1], filters)


def added(question: Question, parts: Iterator[Array], narrow: Any) -> Array:
    """Add parts up in a format, rounding after each, and finish the layer."""
    total = np.zeros(question.problem.output_shape, narrow)
    with np.errstate(over="ignore", invalid="ignore"):
        for part in parts:
            total = total + part.astype(narrow)
    return finished(question, total)


def finished(question: Question, sums: Array) -> Array:
    """Add the bias, apply the activation, and give the problem's dtype."""
    problem, bias = question.problem, question.given.bias
    with np.errstate(over="ignore", invalid="ignore"):
        if bias is not None:
            sums = sums + bias.astype(sums.dtype)
        if problem.activation == "relu":
            sums = np.maximum(sums, 0)
        return sums.astype(problem.precision.numpy_dtype)
