"""What can be said of failures that no known fault explains: which outputs are wrong, and in which cases.

Every sentence is a statement of fact about the cases at hand, found by going through a list of properties: a property
of all wrong elements, or one that all failing cases have and few or none of the others (the separate-and-conquer search
for one rule: J. Fürnkranz, "Separate-and-conquer rule learning", Artificial Intelligence Review 13, 1999).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.axes import PADDING_MODES
from convformance.reference.case import MEMORIES, Case
from convformance.reference.directions import FORWARD, GRADIENTS
from convformance.reference.precision import PRECISIONS
from convformance.reference.problem import KINDS, Problem
from convformance.reference.rules import PADDING_NAMES, RANKS

Mask: TypeAlias = npt.NDArray[np.bool_]
Property: TypeAlias = Callable[[Case], bool]

BLOCKS: Final = (32, 16, 8, 4)
"""Sizes of blocks whose rest an implementation may treat apart, the largest first."""
AXES: Final = (("column",), ("row", "column"), ("slice", "row", "column"))
"""What the places along each spatial axis are called, by the rank."""
CONDITIONS: Final = 4
"""So many properties of the cases are joined at most."""


@dataclass(frozen=True)
class Wrong:
    """Where one answer is wrong.

    Attributes
    ----------
    case : Case
        The question.
    mask : array of bool
        Of the shape of the answer in canonical layout, true where an element is wrong.
    """

    case: Case
    mask: Mask


def describe_elements(failures: Sequence[Wrong]) -> str:
    """Say which elements are wrong, in the narrowest words that hold for all of several failures.

    Parameters
    ----------
    failures : sequence of Wrong
        Not empty; of one direction each.

    Returns
    -------
    str
        A clause like ``"all wrong elements are in the images after the first"``; empty where nothing holds of all.
    """
    everywhere = [dict(_regions(failure)) for failure in failures]
    shared = set(everywhere[0]).intersection(*everywhere[1:])
    exactly, inside = [], []
    for place, name in enumerate(everywhere[0]):
        if name not in shared:
            continue
        masks = [regions[name] for regions in everywhere]
        if any((failure.mask & ~mask).any() for failure, mask in zip(failures, masks, strict=True)):
            continue
        share = np.mean([mask.mean() for mask in masks])
        if all((failure.mask == mask).all() for failure, mask in zip(failures, masks, strict=True)):
            exactly.append((share, place, name))
        elif share < 1:
            inside.append((share, place, name))
    if all(failure.mask.all() for failure in failures):
        return "every element is wrong"
    if exactly:
        return f"wrong are exactly {min(exactly)[2]}"
    if inside:
        return f"all wrong elements are among {min(inside)[2]}"
    return ""


def describe_cases(failing: Sequence[Case], others: Sequence[Case]) -> str:
    """Say what all failing cases have in common and how many others have it.

    Parameters
    ----------
    failing, others : sequence of Case
        The cases that fail in one way, and all others that were asked of the same direction.

    Returns
    -------
    str
        A clause like ``"it fails in all 12 cases with a stride above 1 and one channel, and in no other"``.
    """
    shared = {name: holds for name, holds in PROPERTIES.items() if all(map(holds, failing))}
    chosen: list[str] = []
    left = list(others)
    while left and len(chosen) < CONDITIONS:
        counts = {name: sum(map(holds, left)) for name, holds in shared.items() if name not in chosen}
        best = min(counts, key=lambda name: counts[name], default=None)
        if best is None or counts[best] == len(left):
            break
        chosen.append(best)
        left = [case for case in left if shared[best](case)]
    count = "the one case" if len(failing) == 1 else f"all {len(failing)} cases"
    if not others:
        return f"it fails in {count} asked"
    if left:
        # What they have in common does not tell them from the others: the narrowest of it is a hint at most.
        common = f"; all have {' and '.join(chosen)}, as {len(left)} of the others" if chosen else ""
        return f"it fails in {len(failing)} of {len(failing) + len(others)} cases{common}"
    return f"it fails in {count} with {' and '.join(chosen)}, and in no other"


def _regions(failure: Wrong) -> Iterator[tuple[str, Mask]]:
    """Name the parts of an answer that an implementation may treat apart."""
    case, shape = failure.case, failure.mask.shape
    problem = case.problem
    names = AXES[problem.rank - 1]
    if case.direction in ("forward", "dx") and len(shape) == problem.rank + 2:
        spatial = problem.output_spatial if case.direction == "forward" else problem.spatial
        channels = problem.filters if case.direction == "forward" else problem.channels
        what = "outputs" if case.direction == "forward" else "cells of the input"
        yield from _along(shape, 0, problem.batch, "image", "images")
        for axis, size in enumerate(spatial):
            yield from _along(shape, axis + 1, size, names[axis], f"{names[axis]}s")
        yield from _along(shape, problem.rank + 1, channels, "channel", "channels")
        if problem.groups > 1:
            group = np.arange(channels) // (channels // problem.groups)
            yield f"the {what} of the groups after the first", _spread(group > 0, shape, problem.rank + 1)
            yield f"the {what} of the first group", _spread(group == 0, shape, problem.rank + 1)
        if case.direction == "forward" and problem.kind in ("conv", "depthwise"):
            yield from _borders(problem, shape)
    elif case.direction == "dfilters" and len(shape) == problem.rank + 2:
        for axis, size in enumerate(problem.kernel_size):
            yield from _along(shape, axis, size, f"{names[axis]} of a kernel", f"{names[axis]}s of a kernel")
        yield from _along(shape, problem.rank, shape[-2], "channel of a filter", "channels of a filter")
        yield from _along(shape, problem.rank + 1, shape[-1], "filter", "filters")


def _along(shape: tuple[int, ...], axis: int, size: int, one: str, several: str) -> Iterator[tuple[str, Mask]]:
    """Name parts of one axis: its ends, and what is left of it beyond a multiple of a block."""
    if shape[axis] != size or size < 2:
        return
    index = np.arange(size)
    yield f"those of the last {one}", _spread(index == size - 1, shape, axis)
    yield f"those of the first {one}", _spread(index == 0, shape, axis)
    yield f"those of the {several} after the first", _spread(index > 0, shape, axis)
    yield f"those of the {several} before the last", _spread(index < size - 1, shape, axis)
    for block in BLOCKS:
        if size > block and size % block:
            rest = _spread(index >= size - size % block, shape, axis)
            yield f"those of the {several} beyond the last multiple of {block}", rest
        if size > block:
            yield f"those of the {several} from the {block}th on", _spread(index >= block, shape, axis)


def _borders(problem: Problem, shape: tuple[int, ...]) -> Iterator[tuple[str, Mask]]:
    """Name the outputs whose windows reach into the pads."""
    before, after = np.zeros(shape, bool), np.zeros(shape, bool)
    for axis, size in enumerate(problem.spatial):
        first = np.arange(problem.output_spatial[axis]) * problem.strides[axis] - problem.pads[axis][0]
        before |= _spread(first < 0, shape, axis + 1)
        after |= _spread(first + problem.kernel_extent[axis] > size, shape, axis + 1)
    if before.any() or after.any():
        yield "the outputs whose windows reach into the pads", before | after
        yield "the outputs whose windows reach into the pads before the image", before
        yield "the outputs whose windows reach into the pads behind the image", after
        yield "the outputs whose windows reach into no pad", ~(before | after)


def _spread(part: Mask, shape: tuple[int, ...], axis: int) -> Mask:
    """Give a part of one axis the shape of the whole."""
    return np.broadcast_to(part.reshape([-1 if place == axis else 1 for place in range(len(shape))]), shape)


def _is(attribute: str, value: object) -> Property:
    """Tell whether an attribute of a case has a value."""
    get = attrgetter(attribute)
    return lambda case: bool(get(case) == value)


def _over(attribute: str, count: int) -> Property:
    """Tell whether an attribute of a case is above a number."""
    get = attrgetter(attribute)
    return lambda case: bool(get(case) > count)


def _rest(size: Callable[[Case], int], block: int) -> Property:
    """Tell whether a size of a case leaves a rest when it is divided into blocks."""
    return lambda case: size(case) % block > 0


PROPERTIES: Final[Mapping[str, Property]] = {
    **{f"the direction {name}": _is("direction", name) for name in (FORWARD, *GRADIENTS)},
    "a plain convolution": _is("problem.kind", "conv"),
    **{f"a {kind} convolution": _is("problem.kind", kind) for kind in KINDS[1:]},
    **{f"{rank} spatial axes": _is("problem.rank", rank) for rank in RANKS},
    **{f"{dtype} numbers": _is("problem.dtype", dtype) for dtype in PRECISIONS},
    **{f"{name} padding": _is("problem.padding", name) for name in PADDING_NAMES},
    **{f"{mode} in the pads": _is("problem.padding_mode", mode) for mode in PADDING_MODES[1:]},
    **{f"arrays that lie in memory as {name}": _is("memory", name) for name in MEMORIES[1:]},
    **{f"{name} numbers in the arrays": _is("numbers", name) for name in ("exact", "real")},
    "a stride above 1": lambda case: max(case.problem.strides) > 1,
    "no stride above 1": lambda case: max(case.problem.strides) == 1,
    "unequal strides": lambda case: len(set(case.problem.strides)) > 1,
    "a stride above the kernel": lambda case: any(map(int.__gt__, case.problem.strides, case.problem.kernel_size)),
    "a dilation above 1": lambda case: max(case.problem.dilation) > 1,
    "no dilation above 1": lambda case: max(case.problem.dilation) == 1,
    "groups": lambda case: case.problem.groups > 1,
    "one group": lambda case: case.problem.groups == 1,
    "pads": lambda case: any(map(any, case.problem.pads)),
    "no pads": lambda case: not any(map(any, case.problem.pads)),
    "unequal pads": lambda case: any(before != after for before, after in case.problem.pads),
    "a bias": lambda case: case.problem.use_bias,
    "no bias": lambda case: not case.problem.use_bias,
    "a ReLU": lambda case: case.problem.activation == "relu",
    "one channel": lambda case: case.problem.channels == 1,
    "several channels": lambda case: case.problem.channels > 1,
    "one filter": lambda case: case.problem.filters == 1,
    "several filters": lambda case: case.problem.filters > 1,
    "one image": lambda case: case.problem.batch == 1,
    "several images": lambda case: case.problem.batch > 1,
    "no image": lambda case: case.problem.batch == 0,
    "an output one wide": lambda case: case.problem.output_spatial[-1] == 1,
    "an output axis of one cell": lambda case: min(case.problem.output_spatial) == 1,
    "a kernel of one cell": lambda case: max(case.problem.kernel_size) == 1,
    "a kernel axis of two taps or more": lambda case: max(case.problem.kernel_size) > 1,
    "an even kernel": lambda case: any(size % 2 == 0 for size in case.problem.kernel_size),
    "output padding": lambda case: any(case.problem.output_padding),
    **{f"more than {count} channels": _over("problem.channels", count) for count in BLOCKS},
    **{f"more than {count} filters": _over("problem.filters", count) for count in BLOCKS},
    **{f"channels that are no multiple of {size}": _rest(lambda case: case.problem.channels, size) for size in BLOCKS},
    **{f"filters that are no multiple of {size}": _rest(lambda case: case.problem.filters, size) for size in BLOCKS},
    **{
        f"an output width that is no multiple of {size}": _rest(lambda case: case.problem.output_spatial[-1], size)
        for size in BLOCKS
    },
}
"""What a case may have, in words that complete "cases with ..."."""
