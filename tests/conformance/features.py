"""What a case is about: the rows of the matrix."""

from collections.abc import Callable
from functools import partial
from typing import Final

from convformance.reference.axes import PADDING_MODES
from convformance.reference.case import MEMORIES, SPECIALS, Case
from convformance.reference.directions import GRADIENTS, INVALID, LAWS, STATES
from convformance.reference.precision import PRECISIONS
from convformance.reference.problem import KINDS
from convformance.reference.rules import RANKS
from convformance.tests.conformance.corpus import NETWORKS


def _is_kind(kind: str, rank: int, case: Case) -> bool:
    return case.problem.kind == kind and case.problem.rank == rank


def _has_direction(direction: str, case: Case) -> bool:
    return case.direction == direction


def _has_mode(mode: str, case: Case) -> bool:
    return case.problem.padding_mode == mode


def _has_dtype(name: str, case: Case) -> bool:
    return case.problem.dtype == name


def _has_numbers(name: str, case: Case) -> bool:
    return case.numbers == name


def _has_memory(name: str, case: Case) -> bool:
    return case.memory == name


def _explicit(case: Case) -> bool:
    return not isinstance(case.problem.padding, str)


FEATURES: Final[dict[str, Callable[[Case], bool]]] = {
    **{f"{kind}{rank}d": partial(_is_kind, kind, rank) for kind in KINDS for rank in RANKS},
    "forward": lambda case: case.direction == "forward",
    **{direction: partial(_has_direction, direction) for direction in GRADIENTS},
    "padding valid": lambda case: case.problem.padding == "valid",
    "padding same": lambda case: case.problem.padding == "same",
    "padding causal": lambda case: case.problem.padding == "causal",
    "padding equal": lambda case: _explicit(case) and all(a == b for a, b in case.problem.pads),
    "padding unequal": lambda case: _explicit(case) and any(a != b for a, b in case.problem.pads),
    **{f"pads {mode}": partial(_has_mode, mode) for mode in PADDING_MODES[1:]},
    "pads as large as kernel": lambda case: any(
        max(pair) >= size for pair, size in zip(case.problem.pads, case.problem.kernel_size, strict=True)
    ),
    "output padding": lambda case: any(case.problem.output_padding),
    "stride": lambda case: max(case.problem.strides) > 1,
    "stride above kernel": lambda case: any(
        stride > size for stride, size in zip(case.problem.strides, case.problem.kernel_size, strict=True)
    ),
    "dilation": lambda case: max(case.problem.dilation) > 1,
    "stride with dilation": lambda case: max(case.problem.strides) > 1 and max(case.problem.dilation) > 1,
    "groups": lambda case: case.problem.groups > 1,
    "groups depthwise": lambda case: 1 < case.problem.groups == case.problem.channels,
    "multiplier": lambda case: case.problem.multiplier > 1,
    "kernel 1x1": lambda case: max(case.problem.kernel_size) == 1,
    "kernel even": lambda case: any(size % 2 == 0 for size in case.problem.kernel_size),
    "kernel large": lambda case: max(case.problem.kernel_size) >= 7,
    "kernel as large as input": lambda case: any(
        size >= cells for size, cells in zip(case.problem.kernel_size, case.problem.spatial, strict=True)
    ),
    "input one wide": lambda case: min(case.problem.spatial) == 1,
    "input huge": lambda case: max(case.problem.spatial) >= 40_000,
    "output one wide": lambda case: min(case.problem.output_spatial) == 1,
    "one channel": lambda case: case.problem.channels == 1,
    "one filter": lambda case: case.problem.filters == 1,
    "batch of none": lambda case: case.problem.batch == 0,
    "batch of one": lambda case: case.problem.batch == 1,
    "bias": lambda case: case.problem.use_bias,
    "relu": lambda case: case.problem.activation == "relu",
    **{name: partial(_has_dtype, name) for name in PRECISIONS},
    "exact numbers": lambda case: case.numbers == "exact",
    "real numbers": lambda case: case.numbers == "real",
    "photograph": lambda case: case.numbers == "photo",
    **{name: partial(_has_numbers, name) for name in SPECIALS},
    **{f"memory {memory}": partial(_has_memory, memory) for memory in MEMORIES[1:]},
    **{direction: partial(_has_direction, direction) for direction in (*LAWS, *STATES, *INVALID)},
}
"""The features by name, in the order of the matrix's rows."""

ROWS: Final = (*FEATURES, *NETWORKS)
"""Every row that a matrix may have: the features, then the networks whose layers the corpus holds."""


def features_of(case: Case, origin: str | None) -> list[str]:
    """Name what a case is about.

    Parameters
    ----------
    case : Case
        The case.
    origin : str or None
        The file of the corpus it comes from, where it comes from one.

    Returns
    -------
    list of str
        Some of `ROWS`, in their order.
    """
    names = [name for name, holds in FEATURES.items() if holds(case)]
    return [*names, origin] if origin in NETWORKS else names
