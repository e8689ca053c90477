"""Generated problems and numbers for the unit tests, and the narrower formats that they must be able to tell."""

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from convformance.reference.problem import KINDS, Padding, Problem

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
    ranks: tuple[int, ...] = (1, 2, 3),
    dtypes: tuple[str, ...] = ("float32", "float64"),
    largest: int = 3,
) -> Problem:
    """Valid problems of small size, every parameter in play; `largest` limits kernel, stride, dilation and the like."""
    rank = draw(st.sampled_from(ranks))
    sizes = st.integers(1, largest)
    axes = st.tuples(*[sizes] * rank)
    kernel_size, strides, dilation = draw(axes), draw(axes), draw(axes)
    pair = st.tuples(st.integers(0, largest), st.integers(0, largest))
    names: tuple[Padding, ...] = ("valid", "same", "causal") if rank == 1 else ("valid", "same")
    padding: Padding = draw(st.one_of(st.sampled_from(names), st.tuples(*[pair] * rank)))
    pads = ((0, 0),) * rank if isinstance(padding, str) else padding
    extents = [(k - 1) * d + 1 for k, d in zip(kernel_size, dilation, strict=True)]
    always_fits = padding in ("same", "causal")
    fitting = [1 if always_fits else max(1, e - sum(p)) for e, p in zip(extents, pads, strict=True)]
    groups = draw(sizes)
    kind = draw(st.sampled_from(KINDS))
    return Problem(
        kind=kind,
        batch=draw(st.integers(1, 2)),
        spatial=tuple(size + draw(st.integers(0, 3)) for size in fitting),
        channels=groups * (1 if kind == "depthwise" else draw(st.integers(1, 2))),
        filters=groups * draw(st.integers(1, 2)),
        kernel_size=kernel_size,
        strides=strides,
        padding=padding,
        dilation=dilation,
        groups=groups,
        use_bias=draw(st.booleans()),
        activation=draw(st.sampled_from((None, "relu"))),
        dtype=draw(st.sampled_from(dtypes)),
    )


def integers(problem: Problem, seed: int) -> tuple[Array, Array, Array | None]:
    """Make input, filters and bias of integers from -99 to 99, zero among them."""
    random = np.random.default_rng(seed)
    x = random.integers(-99, 100, problem.input_shape)
    filters = random.integers(-99, 100, problem.filters_shape)
    return x, filters, random.integers(-99, 100, problem.filters) if problem.use_bias else None


def reals(problem: Problem, seed: int) -> tuple[Array, Array, Array | None]:
    """Make input, filters and bias of normal numbers."""
    random = np.random.default_rng(seed)
    x = random.standard_normal(problem.input_shape)
    filters = random.standard_normal(problem.filters_shape)
    return x, filters, random.standard_normal(problem.filters) if problem.use_bias else None


def rounded(values: Array, significand_bits: int) -> npt.NDArray[np.float32]:
    """Round finite float32 numbers to nearest, ties to even, in a narrower significand."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    dropped = np.uint32(24 - significand_bits)
    last_kept = (bits >> dropped) & np.uint32(1)
    below_half = (np.uint32(1) << (dropped - np.uint32(1))) - np.uint32(1)
    return ((bits + below_half + last_kept) >> dropped << dropped).view(np.float32)
