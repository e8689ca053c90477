"""What a case is about: the rows of the matrix."""

from collections.abc import Callable
from typing import Final

from convformance.reference.case import Case
from convformance.tests.conformance.corpus import NETWORKS

FEATURES: Final[dict[str, Callable[[Case], bool]]] = {
    "conv1d": lambda case: case.problem.rank == 1,
    "conv2d": lambda case: case.problem.rank == 2,
    "conv3d": lambda case: case.problem.rank == 3,
    "depthwise": lambda case: case.problem.kind == "depthwise",
    "padding valid": lambda case: case.problem.padding == "valid",
    "padding same": lambda case: case.problem.padding == "same",
    "padding causal": lambda case: case.problem.padding == "causal",
    "padding equal": lambda case: _explicit(case) and all(a == b for a, b in case.problem.pads),
    "padding unequal": lambda case: _explicit(case) and any(a != b for a, b in case.problem.pads),
    "stride": lambda case: max(case.problem.strides) > 1,
    "stride above kernel": lambda case: any(
        stride > size for stride, size in zip(case.problem.strides, case.problem.kernel_size, strict=True)
    ),
    "dilation": lambda case: max(case.problem.dilation) > 1,
    "stride with dilation": lambda case: max(case.problem.strides) > 1 and max(case.problem.dilation) > 1,
    "groups": lambda case: case.problem.groups > 1,
    "groups depthwise": lambda case: 1 < case.problem.groups == case.problem.channels,
    "kernel 1x1": lambda case: max(case.problem.kernel_size) == 1,
    "kernel even": lambda case: any(size % 2 == 0 for size in case.problem.kernel_size),
    "kernel large": lambda case: max(case.problem.kernel_size) >= 7,
    "output one wide": lambda case: min(case.problem.output_spatial) == 1,
    "one channel": lambda case: case.problem.channels == 1,
    "one filter": lambda case: case.problem.filters == 1,
    "batch of one": lambda case: case.problem.batch == 1,
    "bias": lambda case: case.problem.use_bias,
    "relu": lambda case: case.problem.activation == "relu",
    "exact numbers": lambda case: case.numbers == "exact",
    "real numbers": lambda case: case.numbers == "real",
    "photograph": lambda case: case.numbers == "photo",
    "memory view": lambda case: case.memory == "view",
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


def _explicit(case: Case) -> bool:
    return not isinstance(case.problem.padding, str)
