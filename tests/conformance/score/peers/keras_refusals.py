"""What Keras' own tests of its convolutions want an error for, rebuilt as problems past all rules."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from convformance.reference.operands import Operands
from convformance.reference.problem import Axes
from convformance.tests.conformance.score.peers.record import Refusal, unruled

ZEROS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("kernel of 0", {"kernel_size": (1, 0)}),
    ("stride of 0", {"strides": (1, 0)}),
)
"""What ``test_bad_init_args`` asks of every kind; the layer gets an input here that it would have taken otherwise."""

LARGE: Final[tuple[tuple[str, Axes, dict[str, Any]], ...]] = (
    ("conv", (3, 4, 4, 4), {"filters": 6, "kernel_size": (5, 5)}),
    ("conv", (1, 10, 3), {"filters": 1, "kernel_size": (2,), "dilation": (10,)}),
    ("conv", (1, 10, 10, 3), {"filters": 1, "kernel_size": (2, 2), "dilation": (10, 10)}),
    ("conv", (1, 10, 10, 10, 3), {"filters": 1, "kernel_size": (2, 2, 2), "dilation": (10, 10, 10)}),
    ("depthwise", (4, 10, 3), {"filters": 3, "kernel_size": (11,), "strides": (5,)}),
    ("depthwise", (2, 4, 4, 3), {"filters": 3, "kernel_size": (5, 5), "strides": (2, 2)}),
    ("separable", (4, 10, 12), {"filters": 64, "kernel_size": (11,), "strides": (5,)}),
    ("separable", (2, 4, 4, 3), {"filters": 8, "kernel_size": (5, 5), "strides": (2, 2)}),
)
"""Inputs that the kernel is too large for: kind, shape, and what else is asked."""

OUTPUT_PADDINGS: Final[tuple[tuple[Axes, Axes, Axes], ...]] = (
    ((3,), (2,), (2,)),
    ((3, 3), (2, 2), (3, 3)),
    ((3, 3), (2, 3), (1, 3)),
    ((2,), (2,), (2,)),
    ((3, 3), (1, 1), (1, 1)),
    ((3, 3, 3), (1, 1, 1), (1, 1, 1)),
)
"""Kernels, strides and output paddings, each with an output padding that is not below its stride."""


def refusals() -> Iterator[Refusal]:
    """Give all that must be refused.

    Yields
    ------
    Refusal
        In float32.
    """
    for kind in ("conv", "depthwise", "separable", "transposed"):
        for what, fields in ZEROS:
            yield _refusal(f"{kind} {what}", kind, (2, 5, 5, 4), **fields)
        yield _refusal(f"{kind} without filters", kind, (2, 5, 5, 4), filters=0)
    yield _refusal("no group", "conv", (2, 5, 5, 4), filters=5, groups=0)
    yield _refusal("filters not divisible by groups", "conv", (2, 5, 5, 4), filters=5, groups=2)
    for kind, shape, fields in LARGE:
        yield _refusal(f"{kind} kernel too large", kind, shape, **fields)
    for kernel, strides, more in OUTPUT_PADDINGS:
        yield _refusal(
            "output padding", "transposed", (2, *(5,) * len(kernel), 4), padding=((0, 0),) * len(kernel),
            kernel_size=kernel, strides=strides, output_padding=more,
        )  # fmt: skip
    for kind in ("conv", "depthwise", "separable", "transposed"):
        size, taps = (4, 2) if kind == "transposed" else (10, 3)
        yield _refusal(
            f"{kind} filters of other channels", kind, (2, size, 3), seen=5, kernel_size=(taps,),
            filters={"depthwise": 3}.get(kind, 4), strides=(2,) if kind == "transposed" else (1,),
        )  # fmt: skip


def _refusal(name: str, kind: str, shape: Axes, *, seen: int | None = None, **fields: Any) -> Refusal:
    """Make arrays of ones for what is asked; the filters see as many channels as `seen` says."""
    rank, channels = len(shape) - 2, shape[-1]
    apart = kind in ("depthwise", "separable")
    defaults: dict[str, Any] = {
        "filters": channels if apart else 2,
        "kernel_size": (2,) * rank,
        "strides": (1,) * rank,
        "dilation": (1,) * rank,
        "groups": channels if apart else 1,
        "padding": "valid",
    }
    given = defaults | fields
    filters, kernel = given["filters"], given["kernel_size"]
    multiplier = filters // channels if kind == "depthwise" else 1
    problem = unruled(kind=kind, batch=shape[0], spatial=shape[1:-1], channels=channels, multiplier=multiplier, **given)
    last = {
        "conv": ((seen or channels) // max(given["groups"], 1), filters),
        "transposed": (filters, seen or channels),
    }.get(kind, (seen or channels, multiplier))
    pointwise = np.ones(((seen or channels) * multiplier, filters), np.float32) if kind == "separable" else None
    arrays = Operands(np.ones(shape, np.float32), np.ones((*kernel, *last), np.float32), None, None, pointwise)
    return Refusal(f"keras: {name}", problem, arrays)
