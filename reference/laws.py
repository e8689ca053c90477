"""Laws that every convolution obeys, exactly on exact numbers, without a reference: they also check the reference.

Each law asks one implementation several questions and gives pairs of arrays that must be equal. All numbers are
integers, so both sides are exact (`convformance.reference.judge.check_exact`), and so are the sums that a law takes.

References
----------
V. Dumoulin and F. Visin, arXiv:1603.07285. For the adjoint, A. Griewank and A. Walther, Evaluating Derivatives, 2nd
ed., SIAM, 2008, section 3.2.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.errors import BlindCaseError
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem

Array: TypeAlias = npt.NDArray[Any]
Compute: TypeAlias = Callable[[Problem, Operands, str], Array]
"""Gives the answer to a problem on operands in a direction, all in canonical layout."""
Pairs: TypeAlias = Iterator[tuple[Array, Array]]


def sides(law: str, problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """Give the pairs of arrays that a law says are equal.

    Parameters
    ----------
    law : str
        One of `convformance.reference.directions.LAWS`.
    problem : Problem
        One that the law speaks of (`require_applicable`).
    given : Operands
        Exact numbers.
    compute : callable
        The implementation.

    Yields
    ------
    tuple of array
        What the implementation gave, and what the law says it must be.
    """
    wide = np.int64 if problem.precision.is_integer else np.float64
    for got, expected in _LAWS[law](problem, given, lambda *ask: compute(*ask).astype(wide)):
        yield np.asarray(got), np.asarray(expected)


def require_applicable(law: str, problem: Problem) -> None:
    """Raise `BlindCaseError` where a law says nothing of a problem."""
    channels = problem.channels // problem.groups
    plain = problem.kind == "conv"
    explicit = problem.padding != "same" and problem.padding_mode == "zeros"
    speaks = {
        "law-channels": plain and problem.groups == 1 and channels > 1,
        "law-filters": problem.kind in ("conv", "transposed") and problem.groups == 1 and problem.filters > 1,
        "law-impulse": plain and explicit,
        "law-shift": problem.kind in ("conv", "depthwise")
        and problem.padding == "valid"
        and problem.output_spatial[-1] > 1,
        "law-stride": problem.kind in ("conv", "depthwise") and explicit and max(problem.strides) > 1,
        "law-dilation": problem.kind != "separable" and explicit and max(problem.dilation) > 1,
        "law-groups": problem.kind in ("conv", "transposed") and problem.groups > 1,
        "law-pointwise": plain
        and problem.groups == 1
        and max(problem.kernel_size + problem.strides) == 1
        and problem.padding_mode == "zeros",
        "law-adjoint": problem.kind != "separable" and not problem.precision.is_integer,
        "law-transposed": problem.kind == "transposed",
        "law-batch": problem.batch > 1,
    }.get(law, problem.kind != "separable")
    if law not in ("law-batch", "law-filters", "law-groups", "law-pointwise") and problem.activation is not None:
        speaks = False
    if not speaks or problem.batch == 0:
        raise BlindCaseError(f"{law} says nothing of {problem}")


def _unbiased(problem: Problem, **changes: Any) -> Problem:
    return replace(problem, use_bias=False, **changes)


def _channels(problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """Add up the maps of one channel each."""
    one = _unbiased(problem, channels=1)
    maps = [
        compute(one, Operands(given.x[..., [c]], given.filters[..., [c], :]), "forward")
        for c in range(problem.channels)
    ]
    bias = 0 if given.bias is None else given.bias.astype(maps[0].dtype)
    yield compute(problem, given, "forward"), np.sum(maps, axis=0) + bias


def _filters(problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """Exchange filters."""
    order = np.roll(np.arange(problem.filters), 1)
    axis = -2 if problem.kind == "transposed" else -1
    bias = None if given.bias is None else given.bias[order]
    exchanged = replace(given, filters=np.take(given.filters, order, axis), bias=bias)
    yield compute(problem, exchanged, "forward"), compute(problem, given, "forward")[..., order]


def _impulse(problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """Ask for the answer to a single 1, at one place in the middle and at each end, in the last channel."""
    spatial = np.array(problem.spatial)
    channel = problem.channels - 1
    group = channel // (problem.channels // problem.groups)
    filters = slice(group * problem.filters // problem.groups, (group + 1) * problem.filters // problem.groups)
    for place in (spatial // 2, spatial * 0, spatial - 1):
        x = np.zeros_like(given.x)
        x[(0, *place, channel)] = 1
        expected = np.zeros(problem.output_shape)
        for tap in np.ndindex(problem.kernel_size):
            offset = place + [before for before, _ in problem.pads] - np.multiply(tap, problem.dilation)
            position, rest = np.divmod(offset, problem.strides)
            if not rest.any() and (position >= 0).all() and (position < problem.output_spatial).all():
                row = given.filters[(*tap, channel % (problem.channels // problem.groups))]
                expected[(0, *position)][filters] = row[filters].astype(np.float64)
        yield compute(_unbiased(problem), Operands(x, given.filters), "forward"), expected


def _shift(problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """Drop the first cells of the last axis, as many as its stride: the first output goes."""
    stride = problem.strides[-1]
    shifted = replace(problem, spatial=(*problem.spatial[:-1], problem.spatial[-1] - stride))
    less = replace(given, x=given.x[..., stride:, :])
    yield compute(shifted, less, "forward"), compute(problem, given, "forward")[..., 1:, :]


def _stride(problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """Take every so many outputs of stride 1."""
    dense = replace(problem, strides=(1,) * problem.rank, padding=problem.pads)
    every = (slice(None), *(slice(None, None, stride) for stride in problem.strides))
    yield compute(problem, given, "forward"), compute(dense, given, "forward")[every]


def _dilation(problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """Put zeros between the taps."""
    pads = problem.pads
    spread = replace(
        problem,
        kernel_size=problem.kernel_extent,
        dilation=(1,) * problem.rank,
        padding=pads,
        output_padding=problem.output_padding,
    )
    filters = np.zeros(spread.filters_shape, dtype=given.filters.dtype)
    filters[tuple(slice(None, None, dilation) for dilation in problem.dilation)] = given.filters
    yield compute(problem, given, "forward"), compute(spread, replace(given, filters=filters), "forward")


def _groups(problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """Put the groups' convolutions side by side."""
    groups = problem.groups
    one = replace(problem, channels=problem.channels // groups, filters=problem.filters // groups, groups=1)
    inputs = np.split(given.x, groups, axis=-1)
    # The last axis of transposed filters are all channels, of the others all filters: a group's are neighbours.
    filters = np.split(given.filters, groups, axis=-1)
    biases = [None] * groups if given.bias is None else np.split(given.bias, groups)
    parts = [compute(one, Operands(x, w, b), "forward") for x, w, b in zip(inputs, filters, biases, strict=True)]
    yield compute(problem, given, "forward"), np.concatenate(parts, axis=-1)


def _pointwise(problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """Multiply matrices."""
    got = compute(problem, given, "forward")
    pads = ((0, 0), *problem.pads, (0, 0))
    weights = given.filters.reshape(problem.channels, problem.filters).astype(got.dtype)
    expected = np.pad(given.x.astype(got.dtype), pads) @ weights
    if given.bias is not None:
        expected = expected + given.bias.astype(got.dtype)
    yield got, np.maximum(expected, 0) if problem.activation == "relu" else expected


def _linear_x(problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """Add inputs."""
    plain, numbers = _unbiased(problem), replace(given, bias=None)
    other = _half_negated(given.x)
    one, two, both = (compute(plain, replace(numbers, x=x), "forward") for x in (given.x, other, given.x + other))
    yield both, one + two


def _linear_filters(problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """Add filters."""
    plain, numbers = _unbiased(problem), replace(given, bias=None)
    other = _half_negated(given.filters)
    one, two, both = (
        compute(plain, replace(numbers, filters=filters), "forward")
        for filters in (given.filters, other, given.filters + other)
    )
    yield both, one + two


def _half_negated(integers: Array) -> Array:
    """Negate every other number: no magnitude changes, and that of the sum with the former is at most doubled."""
    odd = np.arange(integers.size).reshape(integers.shape) % 2 == 1
    return np.where(odd, -integers, integers)


def _adjoint(problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """<cotangent, conv(x)> = <dx, x> = <dfilters, filters>, and the gradient of the bias is the cotangent's sum."""
    assert given.cotangent is not None
    plain = _unbiased(problem)
    linear = replace(given, bias=None)
    whole = _inner(compute(plain, linear, "forward"), given.cotangent)
    yield _inner(compute(plain, linear, "dx"), given.x), whole
    yield _inner(compute(plain, linear, "dfilters"), given.filters), whole
    if given.bias is not None:
        every = tuple(range(given.cotangent.ndim - 1))
        yield compute(problem, given, "dbias"), given.cotangent.astype(np.float64).sum(axis=every)


def _transposed(problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """<conv(x), y> = <x, conv_T(y)>."""
    assert given.cotangent is not None
    image = given.cotangent
    conv = compute(problem.adjoint, Operands(image, given.filters), "forward")
    back = compute(_unbiased(problem), Operands(given.x, given.filters), "forward")
    yield _inner(back, image), _inner(conv, given.x)


def _batch(problem: Problem, given: Operands, compute: Compute) -> Pairs:
    """Ask image by image."""
    one = replace(problem, batch=1)
    images = [compute(one, replace(given, x=given.x[[n]]), "forward") for n in range(problem.batch)]
    yield compute(problem, given, "forward"), np.concatenate(images)


def _inner(one: Array, other: Array) -> Array:
    """Add up products of integers as Python integers, which have no end; what is not finite has no sum."""
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return np.asarray(np.nan)
    products = zip(one.ravel().tolist(), other.ravel().tolist(), strict=True)
    return np.asarray(sum(int(a) * int(b) for a, b in products), dtype=object)


_LAWS: Final[dict[str, Callable[[Problem, Operands, Compute], Pairs]]] = {
    "law-channels": _channels,
    "law-filters": _filters,
    "law-impulse": _impulse,
    "law-shift": _shift,
    "law-stride": _stride,
    "law-dilation": _dilation,
    "law-groups": _groups,
    "law-pointwise": _pointwise,
    "law-linear-x": _linear_x,
    "law-linear-filters": _linear_filters,
    "law-adjoint": _adjoint,
    "law-transposed": _transposed,
    "law-batch": _batch,
}
