"""Every way to make a problem a little smaller or plainer, in a fixed order."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from convformance.reference.errors import ProblemError
from convformance.reference.problem import Axes, Problem

_EVERY: Final = 8
"""Up to it every size is tried, above it a few."""
_LARGEST: Final = 64
"""An input is not made larger than this to keep its outputs."""


def smaller(problem: Problem) -> Iterator[Problem]:
    """Give the problems that differ from one in one respect and are smaller or plainer there.

    What shapes the window (kernel, strides, dilation, pads) is changed in two ways: with the input as it is, and with
    the input cut so that the outputs along the axis stay as many. A layer that is wrong only where its output is one
    wide would else keep the kernel it has.

    Parameters
    ----------
    problem : Problem
        Any problem.

    Yields
    ------
    Problem
        Valid ones of the same kind and rank. Of each parameter the smallest value comes first.
    """
    seen = {problem}
    for changes in _changes(problem):
        other = changed(problem, **changes)
        if other is not None and other not in seen:
            seen.add(other)
            yield other


def changed(problem: Problem, **changes: Any) -> Problem | None:
    """Give a problem with changes, and what follows from them.

    Parameters
    ----------
    problem : Problem
        Any problem.
    **changes
        Its fields.

    Returns
    -------
    Problem or None
        None where that is no convolution.
    """
    if problem.kind == "depthwise":
        changes = {"multiplier": 0} | changes
    if "output_padding" not in changes:
        strides = changes.get("strides", problem.strides)
        natural = isinstance(changes.get("padding", problem.padding), str)
        kept = tuple(min(more, s - 1) for more, s in zip(problem.output_padding, strides, strict=True))
        changes["output_padding"] = () if natural else kept
    try:
        return replace(problem, **changes)
    except ProblemError:
        return None


def _changes(problem: Problem) -> Iterator[dict[str, Any]]:
    yield {"padding_mode": "zeros"}
    yield {"activation": None}
    yield {"use_bias": False}
    yield {"dtype": "float32"}
    yield from ({"batch": count} for count in _below(problem.batch, 1))
    yield from _channels(problem)
    yield from _paddings(problem)
    for axis in range(problem.rank):
        for name in ("kernel_size", "dilation", "strides"):
            values: Axes = getattr(problem, name)
            for value in _below(values[axis], 1):
                shaped = {name: _put(values, axis, value)}
                yield shaped
                yield from _keeping_outputs(problem, axis, shaped)
        for value in _below(problem.output_padding[axis], 0):
            yield {"output_padding": _put(problem.output_padding, axis, value)}
        for value in _below(problem.spatial[axis], 1):
            yield {"spatial": _put(problem.spatial, axis, value)}


def _paddings(problem: Problem) -> Iterator[dict[str, Any]]:
    yield {"padding": "valid"}
    if isinstance(problem.padding, str):
        return
    for axis, (before, after) in enumerate(problem.padding):
        for pair in (*((b, after) for b in _below(before, 0)), *((before, a) for a in _below(after, 0))):
            shaped = {"padding": _put(problem.padding, axis, pair)}
            yield shaped
            # An input is plainer than pads.
            yield from _keeping_outputs(problem, axis, shaped, more=before + after)


def _channels(problem: Problem) -> Iterator[dict[str, Any]]:
    """Make groups, channels and filters fewer: first the groups, then what one group has."""
    kind, groups = problem.kind, problem.groups
    if kind == "depthwise":
        pairs = [(c, problem.multiplier) for c in _below(problem.channels, 1)]
        pairs += [(problem.channels, m) for m in _below(problem.multiplier, 1)]
        yield from ({"channels": c, "groups": c, "filters": c * m} for c, m in pairs)
        return
    if kind == "separable":
        yield from ({"channels": c, "groups": c} for c in _below(problem.channels, 1))
        yield from ({"multiplier": m} for m in _below(problem.multiplier, 1))
        yield from ({"filters": f} for f in _below(problem.filters, 1))
        return
    channels, filters = problem.channels // groups, problem.filters // groups
    yield from ({"groups": g, "channels": g * channels, "filters": g * filters} for g in _below(groups, 1))
    yield from ({"channels": groups * c} for c in _below(channels, 1))
    yield from ({"filters": groups * f} for f in _below(filters, 1))


def _keeping_outputs(problem: Problem, axis: int, shaped: dict[str, Any], more: int = 0) -> Iterator[dict[str, Any]]:
    """Give the input a size along an axis that leaves the outputs as many: the smallest that does, and the largest."""
    if problem.kind == "transposed":
        return
    wanted = problem.output_spatial[axis]
    fitting = [
        size
        for size in range(1, min(problem.spatial[axis] + more, _LARGEST) + 1)
        if (other := changed(problem, **shaped, spatial=_put(problem.spatial, axis, size))) is not None
        and other.output_spatial[axis] == wanted
    ]
    yield from (
        {**shaped, "spatial": _put(problem.spatial, axis, size)} for size in dict.fromkeys(fitting[:1] + fitting[-1:])
    )


def _below(value: int, least: int) -> Iterator[int]:
    """Give the values below one, all of the small ones and a few of the others, from the smallest on."""
    yield from range(least, min(value, _EVERY + 1))
    larger = sorted({value * eighths // 8 for eighths in (1, 2, 4, 6)} | {value - 1})
    yield from (other for other in larger if _EVERY < other < value)


def _put(values: tuple[Any, ...], axis: int, value: Any) -> tuple[Any, ...]:
    return (*values[:axis], value, *values[axis + 1 :])
