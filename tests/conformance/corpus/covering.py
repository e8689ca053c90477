"""Covering arrays: a few problems in which every legal combination of a few parameter values occurs.

Faults that need several parameters at once (stride with dilation in one padding) show where all small combinations
occur: D. R. Kuhn, D. R. Wallace, A. M. Gallo, "Software fault interactions and implications for software testing",
IEEE Trans. Software Engineering 30, 2004.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any, Final

from convformance.reference.case import Case
from convformance.reference.errors import ProblemError
from convformance.reference.problem import Problem

Row = Mapping[str, Any]

Table = Mapping[str, Sequence[Any]]

GEOMETRY: Final = ("spatial", "kernel_size", "padding", "dilation")
"""Together these may be illegal: a kernel that does not fit. Everything else combines freely."""

SMALL: Final[Table] = {
    "spatial": ((9, 8), (8, 11), (13, 7), (7, 10), (6, 5)),
    "kernel_size": ((1, 1), (3, 2), (2, 3), (5, 1), (1, 4), (3, 3), (4, 5)),
    "strides": ((1, 1), (2, 1), (1, 3), (3, 2), (2, 4)),
    "padding": ("valid", "same", ((1, 1), (2, 2)), ((0, 2), (1, 0)), ((3, 1), (0, 2)), ((2, 3), (4, 1))),
    "dilation": ((1, 1), (1, 2), (3, 1), (2, 3)),
    "channels_per_group": (1, 2, 3, 5),
    "groups": (1, 2, 3, 4),
    "filters_per_group": (1, 2, 3, 5),
    "batch": (1, 2, 3),
    "use_bias": (False, True),
    "activation": (None, "relu"),
    "memory": ("dense", "view"),
}
"""What varies. Height and width, and all else that could be confused, differ wherever they can."""

LARGE: Final[Table] = {
    **SMALL,
    "spatial": ((15, 12), (11, 16), (14, 17), (10, 19), (21, 13)),
    "kernel_size": ((7, 2), (2, 6), (5, 4), (3, 8), (6, 1), (1, 7), (4, 4)),
    "strides": ((1, 1), (4, 1), (1, 5), (3, 4), (2, 2)),
    "padding": ("valid", "same", ((3, 3), (1, 1)), ((0, 5), (4, 1)), ((6, 2), (0, 3)), ((2, 7), (8, 0))),
    "dilation": ((1, 1), (2, 1), (1, 4), (3, 3)),
    "channels_per_group": (1, 4, 6, 7),
    "groups": (1, 2, 5, 6),
    "filters_per_group": (1, 3, 4, 6),
    "batch": (1, 2, 4),
}
"""Larger kernels, strides and pads."""

BLOCKS: Final[Table] = {
    **SMALL,
    "spatial": ((5, 8), (9, 6), (4, 17), (16, 5), (8, 8)),
    "kernel_size": ((1, 1), (3, 3), (2, 3), (3, 1), (2, 2), (1, 5)),
    "strides": ((1, 1), (2, 2), (1, 2), (3, 1)),
    "padding": ("valid", "same", ((1, 1), (1, 1)), ((0, 1), (2, 0)), ((1, 0), (1, 0))),
    "dilation": ((1, 1), (2, 2), (1, 2), (3, 3)),
    "channels_per_group": (1, 4, 7, 8, 17),
    "groups": (1, 3, 4, 8),
    "filters_per_group": (1, 4, 8, 9, 16),
    "batch": (1, 4, 5),
}
"""Channels around the block lengths of 8 and 16, and equal strides and dilations, as fast paths like them."""

UNDILATED: Final[Table] = {**BLOCKS, "dilation": ((1, 1),)}
"""Without dilation: everything that Keras takes."""

RANK_1: Final[Table] = {
    **SMALL,
    "spatial": ((9,), (12,), (17,), (8,)),
    "kernel_size": ((1,), (2,), (3,), (5,)),
    "strides": ((1,), (2,), (3,), (6,)),
    "padding": ("valid", "same", "causal", ((2, 2),), ((0, 3),), ((4, 1),)),
    "dilation": ((1,), (2,), (3,)),
}
"""Signals."""

RANK_3: Final[Table] = {
    **SMALL,
    "spatial": ((5, 6, 7), (7, 4, 6), (6, 8, 5)),
    "kernel_size": ((1, 1, 1), (3, 2, 1), (1, 3, 2), (2, 1, 3), (3, 3, 3)),
    "strides": ((1, 1, 1), (2, 1, 3), (1, 2, 1), (3, 4, 2)),
    "padding": ("valid", "same", ((1, 1), (0, 0), (2, 2)), ((0, 2), (1, 0), (3, 1)), ((2, 0), (3, 4), (0, 1))),
    "dilation": ((1, 1, 1), (2, 1, 1), (1, 2, 3)),
    "channels_per_group": (1, 2, 3),
    "filters_per_group": (1, 2, 3),
    "groups": (1, 2, 3),
}
"""Volumes."""

DEPTHWISE: Final[Table] = {
    **SMALL,
    "kind": ("depthwise",),
    "strides": ((1, 1), (2, 2), (2, 1), (1, 3)),
    "channels_per_group": (1,),
    "groups": (1, 2, 3, 5, 8),
    "filters_per_group": (1, 2, 3),
}
"""Depthwise images; the filters of a group are the multiplier."""

DEPTHWISE_1: Final[Table] = {**DEPTHWISE, **{name: RANK_1[name] for name in (*GEOMETRY, "strides")}}
"""Depthwise signals."""

ARRAYS: Final[Mapping[str, tuple[Table, int]]] = {
    "covering": (SMALL, 3),
    "covering-undilated": (UNDILATED, 3),
    "covering-1d": (RANK_1, 3),
    "covering-3d": (RANK_3, 3),
    "covering-depthwise": (DEPTHWISE, 3),
    "covering-depthwise-1d": (DEPTHWISE_1, 3),
    "covering-4": (SMALL, 4),
    "covering-4-large": (LARGE, 4),
    "covering-4-blocks": (BLOCKS, 4),
}
"""The arrays of the corpus by origin: what varies, and how many parameters are combined in every legal way."""


def fits(row: Row) -> bool:
    """Tell whether the kernel fits into the padded input.

    Parameters
    ----------
    row : mapping
        Has a value of each parameter of `GEOMETRY`.

    Returns
    -------
    bool
        Whether there is a position for the kernel.
    """
    try:
        Problem(batch=1, channels=1, filters=1, **{name: row[name] for name in GEOMETRY})
    except ProblemError:
        return False
    return True


def legal_combinations(table: Table, strength: int) -> Iterator[tuple[tuple[str, Any], ...]]:
    """Give every combination of values of `strength` parameters that occurs in at least one legal row.

    Parameters
    ----------
    table : mapping
        The values of each parameter.
    strength : int
        How many parameters together.

    Yields
    ------
    tuple of (name, value)
        One combination.
    """
    legal_geometries = [
        row
        for values in product(*(table[name] for name in GEOMETRY))
        if fits(row := dict(zip(GEOMETRY, values, strict=True)))
    ]
    for names in combinations(table, strength):
        tied = [name for name in names if name in GEOMETRY]
        allowed = {tuple(row[name] for name in tied) for row in legal_geometries}
        for values in product(*(table[name] for name in names)):
            combination = tuple(zip(names, values, strict=True))
            if tuple(value for name, value in combination if name in tied) in allowed:
                yield combination


def cases_of(row: Row) -> tuple[Case, Case]:
    """Turn a row into its cases: the problem on exact numbers, and on real ones.

    Parameters
    ----------
    row : mapping
        A value of each parameter.

    Returns
    -------
    tuple of Case
        Two cases.
    """
    problem = Problem(
        kind=row.get("kind", "conv"),
        batch=row["batch"],
        spatial=row["spatial"],
        channels=row["channels_per_group"] * row["groups"],
        filters=row["filters_per_group"] * row["groups"],
        kernel_size=row["kernel_size"],
        strides=row["strides"],
        padding=row["padding"],
        dilation=row["dilation"],
        groups=row["groups"],
        use_bias=row["use_bias"],
        activation=row["activation"],
    )
    memory = row["memory"]
    return Case(problem, numbers="exact", memory=memory), Case(problem, numbers="real", memory=memory)


def row_of(case: Case) -> Row:
    """Give the parameter values of a case, the inverse of `cases_of`.

    Parameters
    ----------
    case : Case
        A case of a covering array.

    Returns
    -------
    mapping
        A value of each parameter.
    """
    problem = case.problem
    row = {name: getattr(problem, name) for name in ("kind", *SMALL) if hasattr(problem, name)}
    return row | {
        "channels_per_group": problem.channels // problem.groups,
        "filters_per_group": problem.filters // problem.groups,
        "memory": case.memory,
    }


def make_rows(table: Table, strength: int) -> list[Row]:
    """Search for a small covering array (covertable's greedy search, with the constraint that kernels fit).

    Parameters
    ----------
    table : mapping
        The values of each parameter.
    strength : int
        Every legal combination of values of so many parameters occurs.

    Returns
    -------
    list of mapping
        The rows.
    """
    from covertable import make, sorters  # noqa: PLC0415 - needed to write the corpus, not to use it

    constraint = {"operator": "fn", "requires": list(GEOMETRY), "evaluate": fits}
    rows: list[Row] = make(
        {name: list(values) for name, values in table.items()},
        strength=strength,
        sorter=sorters.hash,
        constraints=[constraint],
    )
    return rows
