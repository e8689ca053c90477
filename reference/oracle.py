"""Evaluate a case: value and magnitude together, through `convformance.reference.engine`.

The magnitude is the same operation on absolute values, ``sum |x| |w| + |b|``: every error bound is a multiple of it.
Floating-point dtypes are evaluated in float64, integer dtypes in int64.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference import engine
from convformance.reference.operands import Operands
from convformance.reference.padding import folded, folds
from convformance.reference.precision import default_accumulator
from convformance.reference.problem import Problem

Array: TypeAlias = npt.NDArray[Any]
Float64: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evaluation:
    """What a case's numbers give.

    Attributes
    ----------
    value : array of float64, or of int64
        The answer.
    magnitude : array of float64
        The same operation on absolute values before the activation.
    terms : int
        n of the error bounds: how many products, and numbers of the bias, are added up in one element at most.
    steps : tuple of array
        What is rounded to the output's format on the way: the sum before the activation, the sum before the bias, and
        what a layer of several steps has between them.
    """

    value: Array
    magnitude: Array
    terms: int
    steps: tuple[Array, ...]

    @property
    def rounded(self) -> Array:
        """The absolute values of all `steps`, added up."""
        return np.asarray(sum(np.abs(step) for step in self.steps))


def evaluate(problem: Problem, operands: Operands, direction: str = "forward") -> Evaluation:
    """Compute value and magnitude of a layer's output or of one of its gradients.

    Parameters
    ----------
    problem : Problem
        Everything but the numbers.
    operands : Operands
        Canonical arrays of anything that float64, or for integer dtypes int64, holds exactly.
    direction : str, optional
        ``"forward"`` or one of `convformance.reference.directions.GRADIENTS`.

    Returns
    -------
    Evaluation
        On integers with a magnitude of at most 2**53 both are exact, whatever the order of summation; otherwise each
        element is off by at most ``gamma_n * magnitude`` with n the terms and u = 2**-53.
    """
    wide = np.int64 if problem.precision.is_integer else np.float64
    numbers = operands.map(lambda array: array.astype(wide, copy=False))
    if direction == "forward":
        value, magnitude = _layer_and_magnitude(problem, numbers)
        steps = [value, *_rounded_before(problem, numbers, direction)]
        if numbers.bias is not None:
            steps.append(value - numbers.bias)
        if problem.activation == "relu":
            value = np.maximum(value, 0)
        return Evaluation(value, magnitude, terms(problem, direction), tuple(steps))
    assert numbers.cotangent is not None
    if problem.activation == "relu":
        lit = _layer(problem, numbers) > 0
        numbers = replace(numbers, cotangent=np.where(lit, numbers.cotangent, 0))
    value, magnitude = _gradient(problem, numbers, direction), _gradient(problem, _sizes(numbers), direction)
    steps = [value, *_rounded_before(problem, numbers, direction)]
    return Evaluation(value, magnitude, terms(problem, direction), tuple(steps))


def value_of(problem: Problem, operands: Operands, direction: str = "forward") -> Array:
    """Compute what `evaluate` gives as value, without the magnitude that an error bound needs.

    Parameters
    ----------
    problem, operands, direction
        As `evaluate` takes them.

    Returns
    -------
    array of float64, or of int64
        The answer.
    """
    wide = np.int64 if problem.precision.is_integer else np.float64
    numbers = operands.map(lambda array: array.astype(wide, copy=False))
    if problem.activation != "relu":
        return _layer(problem, numbers) if direction == "forward" else _gradient(problem, numbers, direction)
    sums = _layer(problem, numbers)
    if direction == "forward":
        return np.maximum(sums, 0)
    assert numbers.cotangent is not None
    return _gradient(problem, replace(numbers, cotangent=np.where(sums > 0, numbers.cotangent, 0)), direction)


def _sizes(numbers: Operands) -> Operands:
    """Give the absolute values, in float64."""
    return numbers.map(lambda array: np.abs(array.astype(np.float64, copy=False)))


def _rounded_before(problem: Problem, numbers: Operands, direction: str) -> list[Array]:
    """List what a layer of several steps rounds to its own format between them, as the answer sees it.

    The maps between the two stages of a separable convolution are arrays of the dtype, and so is the gradient that
    flows back between them; where pads are copies of cells, so is the gradient of the padded input, whose parts are
    then added up in the dtype. Each such rounding adds at most u of what is rounded (Higham 2002, Theorem 2.2), times
    what it is multiplied with afterwards. Only formats narrower than their accumulator need this.
    """
    if default_accumulator(problem.precision) is problem.precision or direction == "dbias":
        return []
    if problem.kind == "separable":
        return _rounded_between_stages(problem, numbers, _sizes(numbers), direction)
    if direction == "dx" and problem.padding_mode != "zeros":
        assert numbers.cotangent is not None
        plain = _plain(problem)
        spread = np.abs(engine.spread(plain, numbers.cotangent, numbers.filters.reshape(plain.filters_shape)))
        return [folds(plain) * folded(plain, spread)]
    return []


def _rounded_between_stages(problem: Problem, numbers: Operands, sizes: Operands, direction: str) -> list[Array]:
    first, second = problem.stages
    assert numbers.pointwise is not None
    assert sizes.pointwise is not None
    if direction in ("forward", "dpointwise"):
        maps = np.abs(_layer(first, Operands(numbers.x, numbers.filters)))
        if direction == "forward":
            return [_layer(second, Operands(maps, sizes.pointwise))]
        seen_by = Operands(maps, sizes.pointwise, None, sizes.cotangent)
        return [_gradient(second, seen_by, "dfilters").reshape(sizes.pointwise.shape)]
    back = _gradient(second, Operands(numbers.x, numbers.pointwise, None, numbers.cotangent), "dx")
    unsigned = Operands(sizes.x, sizes.filters, None, np.abs(back))
    signed = Operands(numbers.x, numbers.filters, None, back)
    return [_gradient(first, unsigned, direction), *_rounded_before(first, signed, direction)]


def terms(problem: Problem, direction: str = "forward") -> int:
    """Count how many products, and numbers of the bias, one element of the answer is the sum of at most.

    Parameters
    ----------
    problem : Problem
        Everything but the numbers.
    direction : str, optional
        What is asked for.

    Returns
    -------
    int
        n of the error bounds. Of a sum of products of sums, as a separable convolution is one, the numbers of both
        are added: (1 + theta_m)(1 + theta_n) is a 1 + theta_(m + n) (Higham 2002, Lemma 3.3).
    """
    if problem.kind == "separable":
        first, second = problem.stages
        if direction in ("forward", "dbias"):
            return terms(first) * (direction == "forward") + terms(second, direction)
        if direction == "dpointwise":
            return terms(first) + terms(second, "dfilters")
        return terms(second, "dx") + terms(first, direction)
    if direction in ("dfilters", "dbias"):
        positions = problem.spatial if problem.kind == "transposed" and direction == "dfilters" else None
        return max(problem.batch, 1) * math.prod(positions or problem.output_spatial)
    plain = _plain(problem)
    if (direction == "forward") == (problem.kind == "transposed"):
        count = engine.most_meetings(plain) * (plain.filters // plain.groups)
    else:
        count = plain.products
    return count + (problem.use_bias and direction == "forward")


def _plain(problem: Problem) -> Problem:
    """Give the plain convolution that a problem of one stage is, or whose adjoint it is."""
    return problem.adjoint if problem.kind == "transposed" else problem.as_grouped


def _layer(problem: Problem, given: Operands) -> Array:
    """Compute the output before the activation."""
    if problem.kind == "separable":
        first, second = problem.stages
        maps = _layer(first, Operands(given.x, given.filters))
        assert given.pointwise is not None
        return _layer(second, Operands(maps, given.pointwise, given.bias))
    plain = _plain(problem)
    filters = given.filters.reshape(plain.filters_shape)
    compute = engine.input_from if problem.kind == "transposed" else engine.output
    sums = compute(plain, given.x, filters)
    return sums if given.bias is None else sums + given.bias


def _layer_and_magnitude(problem: Problem, given: Operands) -> tuple[Array, Array]:
    """Compute the output before the activation, and the same of the absolute values."""
    if problem.kind in ("separable", "transposed") or problem.precision.is_integer:
        return _layer(problem, given), _layer(problem, _sizes(given))
    plain = _plain(problem)
    value, magnitude = engine.output_and_magnitude(plain, given.x, given.filters.reshape(plain.filters_shape))
    return (value, magnitude) if given.bias is None else (value + given.bias, magnitude + np.abs(given.bias))


def _gradient(problem: Problem, given: Operands, direction: str) -> Array:
    """Compute one gradient; the cotangent is what flows back through the activation."""
    cotangent = given.cotangent
    assert cotangent is not None
    if direction == "dbias":
        return np.asarray(cotangent.sum(axis=tuple(range(cotangent.ndim - 1))))
    if problem.kind == "separable":
        return _separable_gradient(problem, given, direction)
    plain = _plain(problem)
    filters = given.filters.reshape(plain.filters_shape)
    if problem.kind == "transposed":
        if direction == "dx":
            return engine.output(plain, cotangent, filters)
        return engine.filters_from(plain, cotangent, given.x)
    if direction == "dx":
        return engine.input_from(plain, cotangent, filters)
    return engine.filters_from(plain, given.x, cotangent).reshape(problem.filters_shape)


def _separable_gradient(problem: Problem, given: Operands, direction: str) -> Array:
    """Compute a gradient through both stages."""
    first, second = problem.stages
    assert given.pointwise is not None
    if direction == "dpointwise":
        maps = _layer(first, Operands(given.x, given.filters))
        behind = Operands(maps, given.pointwise, None, given.cotangent)
        return _gradient(second, behind, "dfilters").reshape(given.pointwise.shape)
    back = _gradient(second, Operands(given.x, given.pointwise, None, given.cotangent), "dx")
    return _gradient(first, Operands(given.x, given.filters, None, back), direction)
