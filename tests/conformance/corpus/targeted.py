"""Cases aimed at one way of being wrong each: the narrow shapes, tails and parities where faults hide."""

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any, Final

from convformance.reference.case import Case, Memory
from convformance.reference.problem import Problem

BLOCK_TAILS = (1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65)
"""Sizes at, below and above the vector and block lengths of 4, 8, 16, 32 and 64."""


def _problem(**changes: Any) -> Problem:
    """Give a small problem in which all that could be confused differs, with changes."""
    plain: dict[str, Any] = {"batch": 2, "spatial": (9, 8), "channels": 4, "filters": 6, "kernel_size": (3, 2)}
    return Problem(**(plain | changes))


def same_padding() -> Iterator[Problem]:
    """Give SAME for every kernel, stride and parity, the other axis differing: even totals hide the wrong side."""
    for kernel, stride, size in product((1, 2, 3, 4, 5), (1, 2, 3), (8, 9)):
        other_kernel, other_stride, other_size = kernel % 5 + 1, stride % 3 + 1, 19 - size
        yield _problem(
            spatial=(size, other_size),
            kernel_size=(kernel, other_kernel),
            strides=(stride, other_stride),
            padding="same",
            channels=3,
        )
    for kernel, stride, dilation in product((2, 3, 4), (1, 2), (2, 3)):
        yield _problem(
            spatial=(11, 14),
            kernel_size=(kernel, kernel % 4 + 1),
            strides=(stride, 1),
            dilation=(dilation, 1),
            padding="same",
        )
        yield _problem(
            spatial=(14, 11),
            kernel_size=(kernel % 4 + 1, kernel),
            strides=(1, stride),
            dilation=(1, dilation),
            padding="same",
        )


def sides() -> Iterator[Problem]:
    """Give pads on one side at a time, pads as large as the kernel and larger, and all four different."""
    for before, after in product((0, 1, 4), repeat=2):
        yield _problem(padding=((before, after), (0, 0)))
        yield _problem(padding=((0, 0), (before, after)), strides=(1, 2))
    yield _problem(padding=((1, 2), (3, 4)))
    yield _problem(padding=((4, 3), (2, 1)), strides=(2, 3))
    yield _problem(padding=((5, 0), (0, 7)), dilation=(2, 1))


def narrow() -> Iterator[Problem]:
    """Give outputs one wide or high at every stride, one-channel inputs, one filter, strides beyond the kernel."""
    for stride in (1, 2, 3, 5):
        yield _problem(spatial=(3, 11), strides=(stride, 1))
        yield _problem(spatial=(11, 2), strides=(1, stride))
        yield _problem(spatial=(3, 2), strides=(stride, stride))
        yield _problem(spatial=(17, 13), strides=(stride + 2, stride + 3), padding=((1, 0), (0, 2)))
        yield _problem(spatial=(7, 9), strides=(stride + 5, 2), kernel_size=(1, 3), padding="same")
        yield _problem(spatial=(1, 12), kernel_size=(1, 3), strides=(1, stride), padding="same")
        yield _problem(spatial=(12, 1), kernel_size=(3, 1), strides=(stride, 1), padding="same")
        yield _problem(spatial=(7, 5), kernel_size=(1, 1), strides=(stride, 1))
    for channels, filters in product((1, 2), (1, 3)):
        for stride in (1, 2):
            yield _problem(channels=channels, filters=filters, strides=(stride, 1))
            yield _problem(channels=channels, filters=filters, strides=(1, stride), padding="same", batch=3)
    yield _problem(spatial=(1, 1), kernel_size=(1, 1))
    yield _problem(spatial=(1, 1), kernel_size=(3, 3), padding="same")
    yield _problem(spatial=(2, 3), kernel_size=(5, 4), padding="same")


def middle_tap() -> Iterator[Problem]:
    """Give dilations so large that one tap or few of them touch the data."""
    for dilation in (5, 6, 9):
        pads = ((dilation, dilation), (dilation, dilation))
        yield _problem(spatial=(5, 6), kernel_size=(3, 3), dilation=(dilation, dilation), padding=pads)
        yield _problem(spatial=(5, 6), kernel_size=(3, 3), dilation=(dilation, 1), padding="same")


def tails() -> Iterator[Problem]:
    """Give channels, filters, output widths and batches around the block lengths."""
    for place, size in enumerate(BLOCK_TAILS):
        other = BLOCK_TAILS[-1 - place]
        yield _problem(channels=size, filters=5, spatial=(5, 6))
        yield _problem(channels=3, filters=size, spatial=(6, 5), strides=(1, 2))
        yield _problem(channels=size, filters=other, kernel_size=(1, 1), spatial=(4, 3))
        yield _problem(channels=size, filters=other, kernel_size=(3, 3), spatial=(7, 6), padding="same")
    for width in range(1, 20):
        yield _problem(spatial=(4, width + 1), channels=3, filters=5)
        yield _problem(spatial=(width + 2, 4), channels=5, filters=3, strides=(1, 2), padding=((0, 0), (1, 1)))
    for batch in (1, 3, 4, 5, 8, 9, 16, 17):
        yield _problem(batch=batch, spatial=(5, 4))


def groups() -> Iterator[Problem]:
    """Give groups between one and all channels, depthwise with and without multiplier, block tails among them."""
    for count, channels, filters in (
        (2, 2, 3),
        (3, 2, 1),
        (4, 1, 1),
        (4, 1, 2),
        (5, 1, 3),
        (6, 3, 2),
        (8, 4, 4),
        (8, 1, 1),
        (9, 1, 2),
        (16, 1, 1),
        (17, 1, 1),
        (32, 4, 4),
        (33, 1, 2),
        (64, 1, 1),
    ):
        for changes in (
            {"padding": "same"},
            {"strides": (2, 1), "padding": ((1, 0), (0, 1))},
            {"dilation": (1, 2), "use_bias": True},
        ):
            yield _problem(groups=count, channels=count * channels, filters=count * filters, spatial=(7, 6), **changes)


def algorithms() -> Iterator[Problem]:
    """Give the shapes for which libraries switch the algorithm: Winograd, FFT, direct, one large matrix product."""
    around = ((1, 1), (1, 1))
    yield _problem(batch=1, spatial=(28, 29), channels=64, filters=48, kernel_size=(3, 3), padding=around)
    yield _problem(batch=4, spatial=(14, 13), channels=128, filters=96, kernel_size=(3, 3), padding=around)
    yield _problem(batch=1, spatial=(28, 30), channels=64, filters=64, kernel_size=(3, 3), padding=((0, 1), (1, 0)))
    yield _problem(batch=1, spatial=(29, 28), channels=64, filters=64, kernel_size=(3, 3), strides=(2, 2))
    yield _problem(batch=2, spatial=(24, 20), channels=32, filters=32, kernel_size=(5, 5), padding="same")
    yield _problem(batch=1, spatial=(40, 37), channels=8, filters=12, kernel_size=(11, 13))
    yield _problem(batch=1, spatial=(64, 70), channels=3, filters=5, kernel_size=(31, 29), padding="same")
    yield _problem(batch=2, spatial=(33, 31), channels=16, filters=24, kernel_size=(7, 5), dilation=(2, 3))
    yield _problem(batch=1, spatial=(12, 11), channels=512, filters=24, kernel_size=(3, 3))
    yield _problem(batch=2, spatial=(5, 7), channels=4608, filters=32, kernel_size=(1, 1))
    yield _problem(batch=2, spatial=(33, 31), channels=1, filters=8, kernel_size=(3, 3))
    yield _problem(batch=1, spatial=(130, 127), channels=2, filters=3, kernel_size=(3, 5), strides=(2, 1))


def signals() -> Iterator[Problem]:
    """Give rank 1: causal and SAME for every kernel, stride and dilation, block tails, depthwise."""
    for kernel, stride, dilation in product((1, 2, 3, 4), (1, 2, 3), (1, 2, 5)):
        for padding in ("causal", "same"):
            size = 13 + (kernel + stride) % 2
            yield _problem(
                spatial=(size,), kernel_size=(kernel,), strides=(stride,), dilation=(dilation,), padding=padding
            )
    for size in (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33):
        yield _problem(spatial=(size + 2,), kernel_size=(3,), channels=size, filters=5)
        yield _problem(spatial=(size,), kernel_size=(3,), channels=3, filters=size, padding="causal", dilation=(2,))
        yield _problem(spatial=(11,), kernel_size=(3,), channels=size, filters=2 * size, groups=size, padding="same")
    yield _problem(spatial=(3000,), kernel_size=(31,), channels=2, filters=3, strides=(5,))


def volumes() -> Iterator[Problem]:
    """Give rank 3: SAME with the axes' parities, one pad at a time, narrow outputs, depthwise."""
    for kernel, stride in product((1, 2, 3), (1, 2, 3)):
        yield _problem(
            spatial=(6, 7, 8),
            kernel_size=(kernel, kernel % 3 + 1, (kernel + 1) % 3 + 1),
            strides=(stride, stride % 3 + 1, (stride + 1) % 3 + 1),
            padding="same",
            channels=3,
        )
    for axis, side in product(range(3), range(2)):
        pads = [[0, 0], [0, 0], [0, 0]]
        pads[axis][side] = axis + 2
        yield _problem(spatial=(4, 5, 6), kernel_size=(2, 3, 1), padding=tuple(map(tuple, pads)))
        yield _problem(spatial=(5, 4, 6), kernel_size=(2, 1, 3), padding=tuple(map(tuple, pads)), strides=(2, 1, 3))
    for size in (1, 3, 8, 9, 17):
        yield _problem(spatial=(3, 4, 5), kernel_size=(3, 2, 2), channels=size, filters=4)
        yield _problem(spatial=(4, 5, size + 1), kernel_size=(2, 3, 2), channels=3, filters=size)
        yield _problem(spatial=(4, 3, 5), kernel_size=(3, 1, 2), channels=size, filters=size, groups=size)
    yield _problem(spatial=(1, 4, 3), kernel_size=(1, 2, 3), strides=(2, 3, 4))


def depthwise() -> Iterator[Problem]:
    """Give depthwise problems: multipliers and channels around the block lengths, both ways to use two axes."""
    for channels, multiplier in product((1, 2, 4, 7, 8, 9, 16, 17, 33), (1, 2, 3)):
        common = {"kind": "depthwise", "channels": channels, "groups": channels, "filters": channels * multiplier}
        yield _problem(**common, spatial=(7, 6), padding="same")
        yield _problem(**common, spatial=(8, 5), strides=(2, 2), padding=((1, 0), (0, 1)))
        yield _problem(**common, spatial=(9,), kernel_size=(3,), strides=(2,), padding="same")
    for stride, dilation in product((1, 2), (1, 2, 3)):
        common = {"kind": "depthwise", "channels": 3, "groups": 3, "filters": 6}
        for padding in ("valid", "same"):
            yield _problem(
                **common,
                spatial=(12, 13),
                strides=(stride, stride),
                dilation=(dilation, dilation),
                padding=padding,
            )


def one_wide_views() -> Iterator[Case]:
    """Give one-channel images in NHWC memory whose output is one wide, at strides that differ.

    The strides of a tensor say nothing of the axis of one channel, and a library that guesses may take one for another.
    """
    for spatial, kernel_size, strides, padding in (
        ((4, 5), (2, 3), (1, 3), "valid"),
        ((9, 3), (3, 2), (1, 2), "valid"),
        ((7, 4), (3, 2), (1, 3), ((1, 0), (0, 0))),
        ((11, 5), (4, 5), (2, 3), "valid"),
        ((5, 9), (5, 3), (3, 1), "valid"),
    ):
        problem = _problem(
            channels=1, spatial=spatial, kernel_size=kernel_size, strides=strides, padding=padding, filters=3
        )
        yield Case(problem, numbers="exact", memory="view")
        yield Case(problem, numbers="real", memory="view")


IMAGES: Final = (same_padding, sides, narrow, middle_tap, tails, groups, algorithms)
OTHERS: Final = (signals, volumes, depthwise)


def cases(families: Iterable[Callable[[], Iterator[Problem]]]) -> Iterator[Case]:
    """Give targeted problems, bias and ReLU by turns, each on exact and on real numbers.

    Parameters
    ----------
    families : iterable of callable
        `IMAGES` or `OTHERS`.

    Yields
    ------
    Case
        One case; every third pair comes as views.
    """
    problems = [problem for family in families for problem in family()]
    for place, plain in enumerate(problems):
        fields = {name: getattr(plain, name) for name in plain.__dataclass_fields__}
        fields["use_bias"] = plain.use_bias or place % 2 == 0
        # ReLU hides half of the outputs, so it stays away from the smallest.
        if place % 5 == 0 and math.prod(plain.output_spatial) > 8:
            fields["activation"] = "relu"
        problem = Problem(**fields)
        memory: Memory = "view" if place % 3 == 0 else "dense"
        yield Case(problem, numbers="exact", memory=memory)
        yield Case(problem, numbers="real", memory=memory)
