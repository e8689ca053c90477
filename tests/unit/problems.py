"""Generated problems and numbers for the unit tests, and the narrower formats that they must be able to tell."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from convformance.reference.axes import PADDING_MODES, PaddingMode, largest_pad
from convformance.reference.operands import Operands
from convformance.reference.problem import KINDS, Axes, Kind, Padding, Problem

Array = npt.NDArray[Any]

REPEATABLE = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""The same examples in every run, however slow the machine is."""
SIGNIFICANDS = {"bfloat16": 8, "tf32": 11}
"""Significand bits of the formats that silently take float32's place, with the hidden one."""


@st.composite
def problems(
    draw: st.DrawFn,
    *,
    kinds: tuple[Kind, ...] = KINDS,
    ranks: tuple[int, ...] = (1, 2, 3),
    dtypes: tuple[str, ...] = ("float32", "float64"),
    modes: tuple[PaddingMode, ...] = PADDING_MODES,
    batches: tuple[int, ...] = (1, 2),
    largest: int = 3,
) -> Problem:
    """Valid problems of small size, every parameter in play; `largest` limits kernel, stride, dilation and the like."""
    rank, kind = draw(st.sampled_from(ranks)), draw(st.sampled_from(kinds))
    sizes = st.integers(1, largest)
    axes = st.tuples(*[sizes] * rank)
    kernel_size, strides, dilation = draw(axes), draw(axes), draw(axes)
    pair = st.tuples(st.integers(0, largest), st.integers(0, largest))
    names: tuple[Padding, ...] = (
        ("valid", "same", "causal") if rank == 1 and kind != "transposed" else ("valid", "same")
    )
    padding: Padding = draw(st.one_of(st.sampled_from(names), st.tuples(*[pair] * rank)))
    extents = tuple((k - 1) * d + 1 for k, d in zip(kernel_size, dilation, strict=True))
    output_padding: Axes = ()
    mode: PaddingMode = "zeros"
    if kind == "transposed":
        if not isinstance(padding, str):
            output_padding = tuple(draw(st.integers(0, stride - 1)) for stride in strides)
        fitting = _least_before_a_crop(strides, extents, padding, output_padding)
    else:
        if padding not in ("valid", "causal"):
            mode = draw(st.sampled_from(modes))
        fitting = _least_under_a_kernel(extents, padding, mode)
    groups = draw(sizes)
    apart = kind in ("depthwise", "separable")
    return Problem(
        kind=kind,
        batch=draw(st.sampled_from(batches)),
        spatial=tuple(size + draw(st.integers(0, 3)) for size in fitting),
        channels=groups * (1 if apart else draw(st.integers(1, 2))),
        filters=draw(sizes) if kind == "separable" else groups * draw(st.integers(1, 2)),
        multiplier=draw(st.integers(1, 2)) if kind == "separable" else 0,
        kernel_size=kernel_size,
        strides=strides,
        padding=padding,
        output_padding=output_padding,
        padding_mode=mode,
        dilation=dilation,
        groups=groups,
        use_bias=draw(st.booleans()),
        activation=draw(st.sampled_from((None, "relu"))),
        dtype=draw(st.sampled_from(dtypes)),
    )


def _least_before_a_crop(strides: Axes, extents: Axes, padding: Padding, more: Axes) -> Axes:
    """The smallest input of which a transposed convolution's crop leaves a cell."""
    if isinstance(padding, str):
        return (1,) * len(strides)
    axes = zip(strides, extents, padding, more, strict=True)
    return tuple(max(1, math.ceil((1 + sum(crop) - extent - o) / s) + 1) for s, extent, crop, o in axes)


def _least_under_a_kernel(extents: Axes, padding: Padding, mode: PaddingMode) -> Axes:
    """The smallest input that a kernel fits into and that has enough cells to stand in the pads."""
    if isinstance(padding, str):
        return tuple(e if padding == "valid" or mode != "zeros" else 1 for e in extents)
    shown = largest_pad(0, mode)
    return tuple(
        max(1, extent - sum(pair), 1 if shown is None else max(pair) - shown)
        for extent, pair in zip(extents, padding, strict=True)
    )


def integers(problem: Problem, seed: int, largest: int = 99) -> Operands:
    """Make all arrays that a problem may have, of integers up to `largest` of either sign, zero among them."""
    random = np.random.default_rng(seed)
    return _operands(problem, lambda shape: random.integers(-largest, largest + 1, shape))


def reals(problem: Problem, seed: int) -> Operands:
    """Make the same of normal numbers."""
    return _operands(problem, np.random.default_rng(seed).standard_normal)


def _operands(problem: Problem, make: Any) -> Operands:
    return Operands(
        make(problem.input_shape),
        make(problem.filters_shape),
        make((problem.filters,)) if problem.use_bias else None,
        make(problem.output_shape),
        make((problem.channels * problem.multiplier, problem.filters)) if problem.kind == "separable" else None,
    )


def directions(problem: Problem) -> list[str]:
    """What can be evaluated of a problem: its output, and the gradients that it has."""
    return [
        "forward",
        "dx",
        "dfilters",
        *(["dpointwise"] if problem.kind == "separable" else []),
        *(["dbias"] if problem.use_bias else []),
    ]


def rounded(values: Array, significand_bits: int) -> npt.NDArray[np.float32]:
    """Round finite float32 numbers to nearest, ties to even, in a narrower significand."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    dropped = np.uint32(24 - significand_bits)
    last_kept = (bits >> dropped) & np.uint32(1)
    below_half = (np.uint32(1) << (dropped - np.uint32(1))) - np.uint32(1)
    return ((bits + below_half + last_kept) >> dropped << dropped).view(np.float32)
