"""Cases beyond one answer to one question: special values, edges, laws, states, and problems that are none."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any, Final

from convformance.reference.case import SPECIALS, Case, Numbers, parse_case
from convformance.reference.directions import GRADIENTS, INVALID, LAWS, STATES
from convformance.reference.errors import ProblemError
from convformance.reference.problem import Problem


def _problem(**changes: Any) -> Problem:
    """Give a small problem in which all that could be confused differs, with changes."""
    plain: dict[str, Any] = {"batch": 2, "spatial": (9, 8), "channels": 4, "filters": 6, "kernel_size": (3, 2)}
    return Problem(**(plain | changes))


def _depthwise(channels: int, multiplier: int, **changes: Any) -> Problem:
    return _problem(kind="depthwise", channels=channels, groups=channels, filters=channels * multiplier, **changes)


def _cases(
    problems: Iterable[Problem], directions: Iterable[str], numbers: Iterable[Numbers] = ("exact",)
) -> Iterator[Case]:
    """Ask every problem every question that it has an answer to."""
    for problem, direction, kind in product(list(problems), list(directions), list(numbers)):
        try:
            yield Case(problem, direction, kind)
        except ProblemError:
            continue


def specials() -> Iterator[Case]:
    """Give NaN, infinities, negative zeros, subnormals and overflow: small and large, all kinds, padded and not.

    Which algorithm a library takes depends on the size, the batch and the kind, and with it what a padded zero does.
    """
    padded: dict[str, Any] = {"padding": ((1, 1), (1, 0)), "use_bias": True}
    problems = [
        _problem(**padded),
        _problem(batch=1, spatial=(5, 6), channels=1, filters=2, **padded),
        _problem(batch=4, spatial=(6, 7), kernel_size=(3, 3), padding="same", use_bias=True),
        _problem(padding="valid", strides=(2, 1)),
        _problem(groups=2, **padded),
        _problem(dilation=(2, 1), spatial=(11, 8), padding=((2, 2), (1, 0))),
        _problem(batch=2, spatial=(17, 18), channels=32, filters=16, kernel_size=(3, 3), padding="same", use_bias=True),
        _depthwise(3, 2, **padded),
        _problem(kind="transposed", spatial=(5, 4), **padded),
        _problem(kind="transposed", spatial=(6, 5), kernel_size=(3, 3), strides=(2, 2), padding="same", batch=4),
        _problem(spatial=(12,), kernel_size=(3,), padding="causal", use_bias=True),
        _problem(spatial=(5, 6, 4), kernel_size=(2, 3, 1), padding=((1, 0), (1, 1), (0, 0)), use_bias=True),
    ]
    yield from _cases(problems, ["forward"], SPECIALS)
    for dtype in ("float64", "bfloat16", "float16"):
        small = replace(problems[0], channels=2, filters=3, dtype=dtype)
        yield from _cases([small], ["forward"], [name for name in SPECIALS if name != "overflow"])


def empty_batches() -> Iterator[Problem]:
    """Give layers without an image, of every kind and rank."""
    for spatial, kernel_size in (((9,), (3,)), ((6, 5), (3, 2)), ((4, 5, 3), (2, 1, 3))):
        for padding in ("valid", "same"):
            common: dict[str, Any] = {
                "batch": 0, "spatial": spatial, "kernel_size": kernel_size, "padding": padding, "use_bias": True,
            }  # fmt: skip
            yield _problem(**common)
            yield _problem(kind="transposed", **common)
            yield _depthwise(3, 2, **common)


def edges() -> Iterator[Problem]:
    """Give the narrow, the huge and the degenerate, each plain and as gradients."""
    for stride in (1, 2, 3, 7):
        yield _problem(spatial=(3, 9), strides=(1, stride))
        yield _problem(spatial=(9, 2), strides=(stride, 1))
        yield _problem(spatial=(3, 2), strides=(stride, stride + 1), channels=1, filters=1)
        yield _problem(spatial=(1, 1), kernel_size=(1, 1), strides=(stride, stride))
        yield _problem(kind="transposed", spatial=(1, 1), strides=(stride, stride + 1))
        yield _problem(kind="transposed", spatial=(1, 4), strides=(stride, 1), channels=1, filters=1)
        yield _problem(kind="transposed", spatial=(3, 2), kernel_size=(1, 1), strides=(stride, stride + 2))
    yield _problem(spatial=(3, 2), kernel_size=(3, 2))
    yield _problem(spatial=(2, 3), kernel_size=(5, 4), padding=((3, 2), (4, 1)))
    yield _problem(spatial=(4, 5), kernel_size=(2, 3), padding=((2, 2), (3, 3)))
    yield _problem(spatial=(4, 5), kernel_size=(2, 3), padding=((5, 0), (0, 7)), strides=(2, 3))
    yield _problem(spatial=(5, 6), kernel_size=(3, 3), dilation=(6, 7), padding=((6, 6), (7, 7)))
    yield _problem(kind="transposed", spatial=(5, 6), kernel_size=(3, 3), padding=((2, 2), (1, 2)))
    yield _problem(kind="transposed", spatial=(8, 9), kernel_size=(2, 2), padding=((3, 3), (4, 3)))
    yield _problem(batch=1, spatial=(35, 33), channels=2, filters=3, kernel_size=(31, 5), padding="same")
    for channels, filters in ((1, 1), (5, 3), (9, 17), (15, 31), (33, 7), (65, 13)):
        yield _problem(channels=channels, filters=filters, spatial=(6, 5))
        yield _problem(kind="transposed", channels=channels, filters=filters, spatial=(4, 3), strides=(2, 1))
    for size in (3, 5, 9, 17):
        yield _depthwise(size, 1, spatial=(7, 6), padding="same", strides=(2, 2))


def wide() -> Iterator[Problem]:
    """Give sizes that are large and cheap."""
    yield _problem(batch=1, spatial=(100_000,), channels=2, filters=3, kernel_size=(3,), padding="same")
    yield _problem(batch=1, spatial=(1, 70_001), channels=1, filters=2, kernel_size=(1, 5), strides=(1, 2))
    yield _problem(batch=1, spatial=(70_001, 1), channels=2, filters=1, kernel_size=(4, 1), strides=(3, 1))
    yield _problem(kind="transposed", batch=1, spatial=(40_000,), channels=2, filters=3, kernel_size=(3,), strides=(2,))
    yield _depthwise(1100, 1, batch=1, spatial=(4, 5), padding="same")
    yield _problem(batch=257, spatial=(3, 4), channels=2, filters=3, kernel_size=(2, 3))


def edge_cases() -> Iterator[Case]:
    """Ask the edges for outputs and gradients."""
    directions = ("forward", *GRADIENTS)
    yield from _cases(empty_batches(), directions)
    yield from _cases((replace(problem, use_bias=True) for problem in edges()), ("forward", "dx", "dfilters"))
    yield from _cases(edges(), ("forward",), ("real",))
    yield from _cases(wide(), ("forward", "dx", "dfilters"))


LAWFUL: Final = (
    _problem(use_bias=True),
    _problem(strides=(2, 3), padding=((1, 2), (0, 1))),
    _problem(dilation=(2, 1), spatial=(11, 8), padding="same", use_bias=True),
    _problem(dilation=(2, 3), strides=(1, 2), padding=((2, 1), (3, 0))),
    _problem(groups=2, strides=(1, 2), padding="same", use_bias=True),
    _problem(kernel_size=(1, 1), channels=5, use_bias=True, activation="relu"),
    _problem(spatial=(14,), kernel_size=(3,), strides=(2,), dilation=(2,), use_bias=True),
    _problem(spatial=(13,), kernel_size=(4,), padding="causal"),
    _problem(spatial=(5, 6, 7), kernel_size=(2, 3, 1), strides=(1, 2, 3), padding=((1, 0), (0, 2), (0, 0))),
    _problem(spatial=(6, 5, 7), kernel_size=(2, 1, 3), use_bias=True),
    _depthwise(3, 2, padding="same", use_bias=True),
    _depthwise(4, 1, strides=(2, 2), padding=((1, 0), (1, 2))),
    _depthwise(3, 2, spatial=(12, 11), dilation=(2, 2)),
    _problem(kind="transposed", spatial=(5, 4), use_bias=True),
    _problem(kind="transposed", spatial=(4, 5), strides=(2, 3), padding="same"),
    _problem(kind="transposed", spatial=(4, 5), strides=(3, 2), padding=((1, 0), (0, 1)), output_padding=(2, 1)),
    _problem(kind="transposed", spatial=(4, 5), dilation=(2, 1), padding=((1, 1), (0, 0))),
    _problem(kind="transposed", spatial=(4, 5), groups=2, strides=(2, 1)),
    _problem(kind="transposed", spatial=(6,), kernel_size=(3,), strides=(2,), use_bias=True),
    _problem(kind="transposed", spatial=(3, 4, 2), kernel_size=(2, 3, 1), strides=(1, 2, 2)),
    _problem(dtype="float64", strides=(2, 1), padding="same", use_bias=True),
)
"""The problems that laws are put to."""

STATEFUL: Final = (
    _problem(use_bias=True),
    _problem(padding="same", strides=(2, 1), activation="relu", use_bias=True),
    _problem(groups=2, padding=((1, 0), (1, 1))),
    _problem(spatial=(12,), kernel_size=(3,), padding="causal", dilation=(2,)),
    _problem(spatial=(5, 6, 7), kernel_size=(2, 3, 1), use_bias=True),
    _depthwise(3, 2, padding="same", strides=(2, 2), use_bias=True),
    _problem(kind="transposed", spatial=(5, 4), strides=(2, 3), use_bias=True),
    _problem(batch=4, spatial=(28, 26), channels=32, filters=24, kernel_size=(3, 3), padding="same"),
)
"""The problems that are asked several times over."""

VALID: Final = (
    _problem(use_bias=True),
    _problem(groups=2, padding=((1, 0), (0, 1)), use_bias=True),
    _problem(spatial=(12,), kernel_size=(3,), use_bias=True),
    _problem(spatial=(5, 6, 7), kernel_size=(2, 3, 1), use_bias=True),
    _problem(kind="transposed", spatial=(5, 4), strides=(2, 1), use_bias=True),
    _problem(kind="transposed", spatial=(6,), kernel_size=(3,), use_bias=True),
)
"""The problems that are made invalid in one way each."""


FOUND: Final = (
    "conv1d-n0-i2-c2-f3-k1-s1-pvalid-d1-g1-b-f32.dbias.exact",
    "conv1d-n1-i2-c1-f1-k1-s1-pvalid-d1-g1-f32.invalid-dtype-mixed.exact",
    "conv1d-n1-i2-c1-f1-k2-s1-p1+0-d1-g1-f32.forward.inf-filters",
    "conv2d-n0-i1x1-c1-f2-k1x1-s1x1-pvalid-d1x1-g1-b-f32.dbias.exact",
    "conv2d-n0-i1x1-c1-f2-k1x1-s1x1-pvalid-d1x1-g1-f32.forward.exact",
    "conv2d-n1-i20x20-c1-f1-k1x1-s2x2-pvalid-d1x1-g1-f32.dfilters.exact",
    "conv2d-n1-i2x1-c1-f1-k2x1-s1x1-p1+1x0+0-d1x1-g1-f64.forward.inf-filters",
    "conv2d-n1-i2x1-c1-f1-k2x1-s1x1-psame-d1x1-g1-f32.forward.inf-filters",
    "conv2d-n1-i2x1-c2-f1-k2x1-s1x1-pvalid-d1x1-g1-bf16.dfilters.exact.view",
    "conv2d-n1-i2x1-c2-f1-k2x1-s1x1-pvalid-d1x1-g1-f16.dfilters.exact.view",
    "conv2d-n1-i2x1-c2-f1-k2x1-s1x1-pvalid-d1x1-g1-f64.dfilters.exact.view",
    "conv2d-n1-i2x2-c1-f1-k1x1-s1x1-pvalid-d1x1-g1-f32.invalid-input-rank.exact",
    "conv2d-n1-i3x2-c1-f1-k1x2-s1x2-pvalid-d1x1-g1-bf16.forward.exact",
    "conv2d-n1-i5x1-c1-f1-k3x1-s1x1-p2+1x0+0-d1x1-g1-f16.dx.real",
    "conv2d-n1-i5x3-c4-f1-k1x3-s1x2-pvalid-d1x1-g1-bf16.forward.exact",
    "conv2d-n2-i4x5-c1-f1-k2x3-s1x3-pvalid-d1x1-g1-f32.forward.exact",
    "conv2d-n2-i4x5-c1-f1-k2x3-s1x3-pvalid-d1x1-g1-f32.forward.exact.view",
    "conv3d-n1-i3x1x1-c1-f1-k1x1x1-s3x1x1-psame-d1x1x1-g1-f16.forward.exact",
    "conv3d-n1-i3x1x1-c1-f1-k1x1x1-s3x1x1-psame-d1x1x1-g1-f32.forward.exact",
    "conv3d-n1-i3x1x1-c1-f1-k1x1x1-s3x1x1-psame-d1x1x1-g1-f64.forward.exact",
    "conv3d-n2-i3x3x2-c1-f1-k2x2x1-s1x1x1-pvalid-d1x1x1-g1-f32.invalid-input-rank.exact",
    "depthwise2d-n0-i1x1-c1-f2-k1x1-s1x1-pvalid-d1x1-g1-f32.forward.exact",
    "depthwise2d-n0-i3x3-c2-f4-k3x3-s1x1-psame-d1x1-g2-f32.dfilters.exact",
    "depthwise2d-n1-i2x1-c1-f1-k3x1-s2x1-psame-d1x2-g1-f32.forward.exact",
    "depthwise2d-n1-i3x1-c1-f1-k1x1-s2x1-pvalid-d2x1-g1-f32.forward.exact",
    "depthwise2d-n1-i5x1-c1-f1-k2x1-s2x1-pvalid-d2x1-g1-f32.dx.exact",
    "transposed2d-n1-i2x1-c1-f2-k2x1-s1x1-pvalid-d1x1-g1-bf16.dfilters.exact.view",
    "transposed2d-n1-i2x1-c1-f2-k2x1-s1x1-pvalid-d1x1-g1-f16.dfilters.exact.view",
    "transposed2d-n1-i2x1-c1-f2-k2x1-s1x1-pvalid-d1x1-g1-f64.dfilters.exact.view",
    "transposed2d-n1-i3x1-c1-f1-k1x1-s1x1-pvalid-d1x1-g1-f32.invalid-stride-negative.exact",
)
"""The smallest cases of what was found wrong in released frameworks: they are asked again of every release."""


def found_cases() -> Iterator[Case]:
    """Ask what was wrong before."""
    yield from map(parse_case, FOUND)


THIN: Final = (
    # More images than 16 bits count, and more than a multiple of 32.
    "conv1d-n65537-i1-c1-f1-k1-s1-pvalid-d1-g1-f32.dfilters.exact",
    "conv2d-n65537-i2x1-c1-f2-k1x1-s1x1-pvalid-d1x1-g1-f32.dfilters.exact",
    "conv1d-n65540-i3-c1-f2-k2-s1-pvalid-d1-g1-f32.dfilters.exact",
    "conv2d-n33-i4x5-c2-f3-k3x2-s1x1-psame-d1x1-g1-b-f32.forward.exact",
    "depthwise1d-n34-i6-c2-f4-k3-s1-pvalid-d1-g2-f32.forward.exact",
    "conv3d-n35-i3x2x4-c2-f3-k2x1x3-s1x1x1-pvalid-d1x1x1-g1-f32.forward.exact",
    # Strides and dilations beyond 16 bits; outputs beyond them.
    "conv1d-n1-i65540-c2-f3-k2-s1-pvalid-d65537-g1-f32.forward.exact",
    "conv1d-n1-i131080-c2-f3-k2-s65537-pvalid-d1-g1-f32.forward.exact",
    "conv2d-n1-i2x65541-c1-f2-k1x2-s1x1-pvalid-d1x65538-g1-f32.forward.exact",
    "conv1d-n2-i65600-c1-f2-k2-s1-psame-d1-g1-b-f32.forward.exact",
    "transposed1d-n1-i32800-c2-f1-k3-s2-psame-d1-g1-f32.forward.exact",
    # Groups of kernels of one cell, and of eight filters.
    "conv2d-n2-i5x4-c6-f4-k1x1-s1x1-pvalid-d1x1-g2-b-f32.dfilters.exact",
    "conv1d-n2-i5-c6-f9-k1-s1-pvalid-d1-g3-f32.dfilters.exact",
    "conv3d-n2-i3x4x2-c4-f6-k1x1x1-s1x1x1-pvalid-d1x1x1-g2-f32.dfilters.exact",
    "conv2d-n2-i3x4-c4-f16-k1x1-s1x1-pvalid-d1x1-g2-f32.forward.exact",
    "conv1d-n2-i9-c6-f24-k3-s1-psame-d1-g3-b-f32.forward.exact",
    "conv3d-n1-i4x3x5-c4-f32-k2x1x3-s1x1x1-pvalid-d1x1x1-g4-f32.forward.exact",
    # Separable convolutions with as many filters as maps, and whose strides change the pads of SAME.
    "separable2d-n2-i6x5-c3-f6-x2-k3x2-s1x1-pvalid-d1x1-g3-b-f32.dpointwise.exact",
    "separable1d-n2-i6-c2-f4-x2-k3-s1-psame-d1-g2-b-f32.dpointwise.exact",
    "separable2d-n1-i5x6-c4-f8-x2-k2x3-s2x2-pvalid-d1x1-g4-f32.dpointwise.exact",
    "separable2d-n2-i8x10-c3-f5-x2-k3x5-s2x2-psame-d1x1-g3-b-f32.forward.exact",
    "separable1d-n2-i12-c4-f3-x2-k3-s2-psame-d1-g4-b-f32.forward.exact",
    "separable2d-n2-i9x8-c2-f5-x3-k3x2-s3x2-psame-d1x1-g2-b-relu-f32.forward.exact",
    # The way back through unequal pads, and to the border of a depthwise kernel.
    "conv2d-n2-i9x10-c3-f5-k3x2-s1x1-psame-d1x1-g1-f32.dx.exact",
    "conv1d-n2-i9-c3-f5-k4-s1-psame-d1-g1-f32.dfilters.exact",
    "depthwise2d-n2-i8x10-c3-f6-k3x3-s2x2-p1+1x1+1-d1x1-g3-b-f32.dfilters.exact",
    "conv2d-n2-i6x7-c4-f6-k3x2-s1x1-p1+1x1+1-mreplicate-d1x1-g1-b-f32.forward.exact",
    # Kernels above eleven taps, and a NaN that groups keep apart.
    "conv1d-n2-i40-c2-f3-k13-s1-psame-d1-g1-b-f32.forward.exact",
    "conv2d-n1-i14x30-c2-f3-k2x17-s1x2-pvalid-d1x1-g1-f32.forward.exact",
    "conv1d-n2-i9-c4-f6-k3-s1-pvalid-d1-g2-f32.forward.nan-x",
    "conv3d-n1-i4x3x5-c4-f6-k2x1x3-s1x1x1-pvalid-d1x1x1-g2-f32.forward.nan-x",
    # Layers whose pads depend on the size, compiled layers with all that can be left out, uneven groups.
    "conv1d-n2-i12-c4-f6-k3-s2-psame-d1-g1-f32.state-sizes.exact",
    "depthwise2d-n2-i9x8-c3-f6-k3x2-s2x2-psame-d1x1-g3-b-f32.state-sizes.exact",
    "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-p1+0x0+1-d1x2-g2-b-relu-f32.state-compiled.exact",
    "conv1d-n2-i12-c4-f6-k3-s2-psame-d1-g1-b-relu-f32.state-compiled.exact",
    "conv1d-n2-i9-c4-f6-k3-s1-pvalid-d1-g2-b-f32.invalid-filters-by-groups.exact",
    "conv3d-n2-i5x6x7-c4-f6-k2x3x1-s1x1x1-pvalid-d1x1x1-g2-f32.invalid-filters-by-groups.exact",
)  # fmt: skip
"""Each exposes a fault that fewer than three of the other cases expose."""


def thin_cases() -> Iterator[Case]:
    """Give the cases for the faults that few others expose."""
    yield from map(parse_case, THIN)


def law_cases() -> Iterator[Case]:
    """Put every law to every problem that it speaks of; the others are left out where the corpus is written."""
    yield from _cases(LAWFUL, LAWS)


def state_cases() -> Iterator[Case]:
    """Ask for everything that takes several calls; compiled, few problems, since compilers take their time."""
    yield from _cases(STATEFUL, [state for state in STATES if state != "state-compiled"])
    yield from _cases(STATEFUL[1:7:2], ["state-compiled"])


def invalid_cases() -> Iterator[Case]:
    """Break every problem in every way that breaks it: any number of filters makes one group, any kernel spreads."""
    for case in _cases(VALID, INVALID):
        grouped = case.problem.groups > 1 or case.direction != "invalid-filters-by-groups"
        if grouped and (case.problem.kind != "transposed" or case.direction != "invalid-kernel-too-large"):
            yield case
