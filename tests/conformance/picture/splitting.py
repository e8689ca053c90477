"""Take a map of an answer apart into its addends: which source meets which kernel, for every kind and direction."""

import math
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.case import Case
from convformance.reference.directions import FORWARD
from convformance.reference.operands import Operands
from convformance.reference.oracle import value_of
from convformance.reference.problem import Kind, Problem
from convformance.tests.conformance.picture.addends import Addends, wide

Array: TypeAlias = npt.NDArray[Any]
Index: TypeAlias = tuple[int, ...]


def addends_of(case: Case, operands: Operands, at: Index) -> Addends:
    """Take the map that holds an element of an answer apart.

    Parameters
    ----------
    case : Case
        An output or a gradient.
    operands : Operands
        Its numbers.
    at : tuple of int
        The element, in canonical layout.

    Returns
    -------
    Addends
        In the order of channels, filters or images. Behind a ReLU that gave zero the cotangent is 0.
    """
    if case.direction == FORWARD:
        return _of_output(case.problem, operands, image=at[0], which=at[-1])
    flowing = _flowing(case.problem, operands)
    if case.direction == "dx":
        return _of_dx(case.problem, operands, flowing, image=at[0], channel=at[-1])
    if case.direction == "dbias":
        one = _single(_of_one_cell(case.problem, case.problem.output_spatial))
        return Addends(one, "dfilters", flowing[..., at[0]], None, tuple(range(len(flowing))))
    return _of_filters(case, operands, flowing, at)


def map_index(case: Case, at: Index) -> Index:
    """Give the cell of an addend's map in which an element of the answer lies.

    Parameters
    ----------
    case : Case
        An output or a gradient.
    at : tuple of int
        The element, in canonical layout.

    Returns
    -------
    tuple of int
        Of the problem's rank; of ``dbias`` and ``dpointwise``, whose addends are one number each, zeros.
    """
    rank = case.problem.rank
    if case.direction in ("dbias", "dpointwise"):
        return (0,) * rank
    return at[:rank] if case.direction == "dfilters" else at[1 : rank + 1]


def work_of(case: Case) -> int:
    """Count the products of a case, as far as its picture costs them.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    int
        Of one evaluation of the reference.
    """
    problem = case.problem
    pointwise = problem.channels * problem.multiplier if problem.kind == "separable" else 0
    return (problem.products + pointwise) * max(math.prod(problem.output_shape), math.prod(problem.input_shape))


def _of_output(problem: Problem, operands: Operands, image: int, which: int) -> Addends:
    x = np.moveaxis(operands.x[image], -1, 0)
    if problem.kind == "separable":
        assert operands.pointwise is not None
        kernels = np.moveaxis(operands.filters.reshape(*problem.kernel_size, -1), -1, 0)
        sources = np.repeat(x, problem.multiplier, axis=0)
        return Addends(
            _single(problem), "forward", sources, kernels, tuple(range(len(kernels))), operands.pointwise[:, which]
        )
    channels = _channels_of(problem, which)
    if problem.kind == "transposed":
        kernels = operands.filters[..., which % (problem.filters // problem.groups), channels.start : channels.stop]
    elif problem.kind == "depthwise":
        kernels = operands.filters[..., channels.start, which % problem.multiplier, None]
    else:
        kernels = operands.filters[..., which]
    names = tuple(channels)
    return Addends(_single(problem), "forward", x[list(names)], np.moveaxis(kernels, -1, 0), names)


def _of_dx(problem: Problem, operands: Operands, flowing: Array, image: int, channel: int) -> Addends:
    if problem.kind == "separable":
        behind = _behind_the_second_stage(problem, operands, flowing[image : image + 1])[0]
        maps = range(channel * problem.multiplier, (channel + 1) * problem.multiplier)
        kernels = np.moveaxis(operands.filters[..., channel, :], -1, 0)
        return Addends(_single(problem), "dx", np.moveaxis(behind, -1, 0)[list(maps)], kernels, tuple(maps))
    seen = problem.channels // problem.groups
    per_group = problem.filters // problem.groups
    first = channel // seen * per_group
    names = tuple(range(first, first + per_group))
    if problem.kind == "transposed":
        kernels = operands.filters[..., channel]
    elif problem.kind == "depthwise":
        kernels = operands.filters[..., channel, :]
    else:
        kernels = operands.filters[..., channel % seen, first : first + per_group]
    return Addends(
        _single(problem), "dx", np.moveaxis(flowing[image], -1, 0)[list(names)], np.moveaxis(kernels, -1, 0), names
    )


def _of_filters(case: Case, operands: Operands, flowing: Array, at: Index) -> Addends:
    """Take a gradient of filters, the pointwise ones among them, apart into its images."""
    problem, images = case.problem, tuple(range(case.problem.batch))
    x, seen = operands.x, problem.channels // problem.groups
    if case.direction == "dpointwise":
        channel = at[0] // problem.multiplier
        first = replace(_single(problem), batch=problem.batch)
        kernel = operands.filters[..., channel, at[0] % problem.multiplier]
        maps = value_of(first, Operands(x[..., channel, None], kernel[..., None, None]))[..., 0]
        one = _single(_of_one_cell(problem, problem.output_spatial))
        return Addends(one, "dfilters", maps, flowing[..., at[1]], images)
    if problem.kind == "separable":
        behind = _behind_the_second_stage(problem, operands, flowing)
        slides = behind[..., at[-2] * problem.multiplier + at[-1]]
        return Addends(_single(problem), "dfilters", x[..., at[-2]], slides, images)
    if problem.kind == "transposed":
        per_group = problem.filters // problem.groups
        which = at[-1] // seen * per_group + at[-2]
        return Addends(_single(problem), "dfilters", flowing[..., which], x[..., at[-1]], images)
    if problem.kind == "depthwise":
        which = at[-2] * problem.multiplier + at[-1]
        return Addends(_single(problem), "dfilters", x[..., at[-2]], flowing[..., which], images)
    channel = _channels_of(problem, at[-1]).start + at[-2]
    return Addends(_single(problem), "dfilters", x[..., channel], flowing[..., at[-1]], images)


def _single(problem: Problem) -> Problem:
    """Give the problem of one channel, one filter and one image, which is all that a map needs."""
    kind: Kind = "transposed" if problem.kind == "transposed" else "conv"
    return replace(
        problem, kind=kind, batch=1, channels=1, filters=1, multiplier=0, groups=1, use_bias=False, activation=None
    )


def _of_one_cell(problem: Problem, spatial: tuple[int, ...]) -> Problem:
    """Give a convolution of kernels of one cell."""
    return Problem(
        batch=1, spatial=spatial, channels=1, filters=1, kernel_size=(1,) * problem.rank, dtype=problem.dtype
    )


def _channels_of(problem: Problem, which: int) -> range:
    """List the channels that a filter sees."""
    seen = problem.channels // problem.groups
    first = which // (problem.filters // problem.groups) * seen
    return range(first, first + seen)


def _flowing(problem: Problem, operands: Operands) -> Array:
    """Give the cotangent behind the activation."""
    assert operands.cotangent is not None
    cotangent = wide(problem, operands.cotangent)
    if problem.activation is None:
        return cotangent
    return np.where(value_of(problem, operands) > 0, cotangent, 0)


def _behind_the_second_stage(problem: Problem, operands: Operands, flowing: Array) -> Array:
    """Give what flows back into the maps between the stages of a separable convolution."""
    assert operands.pointwise is not None
    second = replace(problem.stages[1], batch=len(flowing), use_bias=False, activation=None)
    weights = operands.pointwise.reshape(second.filters_shape)
    return value_of(second, Operands(np.zeros(second.input_shape), weights, None, flowing), "dx")
