"""Covering arrays: a few problems in which every legal combination of a few parameter values occurs.

Faults that need several parameters at once (stride with dilation in one padding) show where all small combinations
occur: D. R. Kuhn, D. R. Wallace, A. M. Gallo, "Software fault interactions and implications for software testing",
IEEE Trans. Software Engineering 30, 2004.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any, Final

import numpy as np

from convformance.reference.case import Case
from convformance.reference.errors import ProblemError
from convformance.reference.precision import PRECISIONS
from convformance.reference.problem import Problem
from convformance.tests.conformance.corpus import tables
from convformance.tests.conformance.corpus.tables import Table

Row = Mapping[str, Any]

GEOMETRY: Final = ("spatial", "kernel_size", "strides", "padding", "output_padding", "padding_mode", "dilation")
"""The parameters of a problem's shape."""
CANDIDATES: Final = 100
"""How many rows are drawn for each that is taken."""

_CROSSED: Final = {
    "gradients-1d": tables.GRADIENTS_1,
    "gradients-2d": tables.GRADIENTS_2,
    "gradients-3d": tables.GRADIENTS_3,
    "gradients-depthwise-1d": tables.GRADIENTS_DEPTHWISE_1,
    "gradients-depthwise-2d": tables.GRADIENTS_DEPTHWISE_2,
    "transposed-1d": tables.TRANSPOSED_1,
    "transposed-2d": tables.TRANSPOSED_2,
    "transposed-3d": tables.TRANSPOSED_3,
    "separable-1d": tables.SEPARABLE_1,
    "separable-2d": tables.SEPARABLE_2,
    "dtypes-1d": tables.DTYPES_1,
    "dtypes-2d": tables.DTYPES,
    "dtypes-3d": tables.DTYPES_3,
    "modes-1d": tables.MODES_1,
    "modes-2d": tables.MODES_2,
    "modes-3d": tables.MODES_3,
    "memory": tables.MEMORY,
}

_IN_QUICK_AT_ONCE: Final = ("transposed-2d", "dtypes-2d", "memory")
"""Those of which even the quick tier has every three."""

_DEEP: Final = (
    "gradients-2d",
    "gradients-3d",
    "transposed-1d",
    "transposed-2d",
    "transposed-3d",
    "dtypes-2d",
    "modes-2d",
    "separable-2d",
    "memory",
    "gradients-1d",
    "gradients-depthwise-2d",
)
"""Those of which the full tier has every four."""

ARRAYS: Final[Mapping[str, tuple[Table, int]]] = {
    "covering": (tables.SMALL, 3),
    "covering-undilated": (tables.UNDILATED, 3),
    "covering-1d": (tables.RANK_1, 3),
    "covering-3d": (tables.RANK_3, 3),
    "covering-depthwise": (tables.DEPTHWISE, 3),
    "covering-depthwise-1d": (tables.DEPTHWISE_1, 3),
    "covering-4": (tables.SMALL, 4),
    "covering-4-large": (tables.LARGE, 4),
    "covering-4-blocks": (tables.BLOCKS, 4),
    "covering-4-depthwise": (tables.DEPTHWISE, 4),
    "pairs-depthwise-1d": (tables.DEPTHWISE_1, 2),
    **{f"pairs-{name}": (table, 2) for name, table in _CROSSED.items() if name not in _IN_QUICK_AT_ONCE},
    **{f"covering-{name}": (table, 3) for name, table in _CROSSED.items()},
    **{f"covering-4-{name}": (_CROSSED[name], 4) for name in _DEEP},
}
"""The arrays of the corpus by origin: what varies, and how many parameters are combined in every legal way."""


def fits(row: Row) -> bool:
    """Tell whether the kernel fits into the padded input, and what is padded can be.

    Parameters
    ----------
    row : mapping
        Has a value of each parameter of `GEOMETRY`.

    Returns
    -------
    bool
        Whether there is a position for the kernel.
    """
    if row.get("output_padding", "none") != "none" and isinstance(row["padding"], str):
        return False
    try:
        Problem(batch=1, channels=1, filters=1, **_geometry(row))
    except ProblemError:
        return False
    return True


def can_ask(row: Row) -> bool:
    """Tell whether the question has an answer: no gradient of a bias that is not there, none of integers."""
    whole = PRECISIONS[row.get("dtype", "float32")].is_integer
    if whole and (row.get("direction", "forward") != "forward" or row.get("numbers", "exact") != "exact"):
        return False
    return row.get("direction") != "dbias" or bool(row.get("use_bias", True))


def one_channel(row: Row) -> bool:
    """Tell whether a group has as many channels as its kind allows."""
    return row.get("kind") not in ("depthwise", "separable") or row["channels_per_group"] == 1


RULES: Final[Sequence[tuple[Sequence[str], Callable[[Row], bool]]]] = (
    (("kind", "channels_per_group", *GEOMETRY), lambda row: one_channel(row) and fits(row)),
    (("direction", "numbers", "use_bias", "dtype"), can_ask),
)
"""Which parameters may be illegal together, and when they are not: a kernel that does not fit, a crop that leaves
nothing, a depthwise group of several channels; a gradient of the bias without one, gradients of integers."""


def _geometry(row: Row) -> dict[str, Any]:
    """Give the fields of a problem that have to do with its shape."""
    fields = {name: row[name] for name in ("kind", *GEOMETRY) if name in row}
    more = fields.pop("output_padding", "none")
    if more != "none":
        fields["output_padding"] = tuple(min(stride - 1, 1 if more == "one" else stride) for stride in row["strides"])
    return fields


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
    legal = _legal_parts(table)
    shown: dict[tuple[int, tuple[str, ...]], set[tuple[Any, ...]]] = {}
    for names in combinations(table, strength):
        ties = []
        for rule, (mine, rows) in enumerate(legal):
            tied = tuple(name for name in names if name in mine)
            if (rule, tied) not in shown:
                shown[rule, tied] = {tuple(row[name] for name in tied) for row in rows}
            ties.append((tied, shown[rule, tied]))
        for values in product(*(table[name] for name in names)):
            combination = dict(zip(names, values, strict=True))
            if all(tuple(combination[name] for name in tied) in allowed for tied, allowed in ties):
                yield tuple(combination.items())


def _legal_parts(table: Table) -> list[tuple[list[str], list[Row]]]:
    """Give for each rule the parameters of a table that it ties, and all legal values of these together."""
    parts = []
    for columns, allowed in RULES:
        mine = [name for name in columns if name in table]
        rows = (dict(zip(mine, values, strict=True)) for values in product(*(table[name] for name in mine)))
        legal: list[Row] = [row for row in rows if allowed(row)]
        parts.append((mine, legal))
    return parts


def cases_of(row: Row) -> tuple[Case, ...]:
    """Turn a row into its cases: one where it says on which numbers, otherwise one on exact and one on real ones.

    Parameters
    ----------
    row : mapping
        A value of each parameter.

    Returns
    -------
    tuple of Case
        One or two.
    """
    groups = row["groups"]
    problem = Problem(
        **_geometry(row),
        batch=row["batch"],
        channels=row["channels_per_group"] * groups,
        filters=row["filters"] if "filters" in row else row["filters_per_group"] * groups,
        multiplier=row.get("multiplier", 0),
        groups=groups,
        use_bias=row["use_bias"],
        activation=row["activation"],
        dtype=row.get("dtype", "float32"),
    )
    numbers = [row["numbers"]] if "numbers" in row else ["exact", "real"]
    return tuple(Case(problem, row.get("direction", "forward"), kind, row["memory"]) for kind in numbers)  # type: ignore[arg-type]


def row_of(case: Case, table: Table) -> Row:
    """Give the parameter values of a case, the inverse of `cases_of`.

    Parameters
    ----------
    case : Case
        A case of a covering array.
    table : mapping
        The parameters of the array.

    Returns
    -------
    mapping
        A value of each of them; of several words for the same output padding the first.
    """
    problem = case.problem
    own = {
        "channels_per_group": problem.channels // problem.groups,
        "filters_per_group": 1 if "filters" in table else problem.filters // problem.groups,
        "memory": case.memory,
        "direction": case.direction,
        "numbers": case.numbers,
    }
    if "output_padding" in table:
        # Where the stride is 1 or 2, two of the words mean the same cells.
        own["output_padding"] = next(word for word in ("none", "one", "most") if _same_output_padding(problem, word))
    return {name: own[name] if name in own else getattr(problem, name) for name in table}


def _same_output_padding(problem: Problem, word: str) -> bool:
    if isinstance(problem.padding, str):
        return word == "none"
    row = {"strides": problem.strides, "output_padding": word}
    return bool(problem.output_padding == _geometry(row).get("output_padding", (0,) * problem.rank))


def make_rows(table: Table, strength: int) -> list[Row]:
    """Search for a small covering array, greedily.

    Each row begins with a combination that is still missing; of many ways to fill it up legally, drawn at random, the
    one that brings most missing combinations is taken (D. M. Cohen et al., "The AETG system: an approach to testing
    based on combinatorial design", IEEE Trans. Software Engineering 23, 1997). Libraries that do this were tried: with
    constraints over seven parameters they did not come back.

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
    names = list(table)
    place = {name: index for index, name in enumerate(names)}
    value_at = {name: {value: at for at, value in enumerate(values)} for name, values in table.items()}
    parts = [
        ([place[name] for name in mine], np.array([[value_at[name][row[name]] for name in mine] for row in rows]))
        for mine, rows in _legal_parts(table)
        if mine
    ]
    missing = {
        tuple((place[name], value_at[name][value]) for name, value in combination)
        for combination in legal_combinations(table, strength)
    }
    chosen = np.array(list(combinations(range(len(names)), strength)))
    sizes = np.array([len(values) for values in table.values()])
    weights = np.cumprod(np.concatenate([np.ones((len(chosen), 1), int), sizes[chosen][:, ::-1]], axis=1), axis=1)
    starts = np.concatenate([[0], np.cumsum(weights[:, -1])])
    weights = weights[:, -2::-1]
    number = {tuple(columns): at for at, columns in enumerate(chosen.tolist())}
    is_open = np.zeros(starts[-1], dtype=bool)
    ordered = sorted(missing)
    for combination in ordered:
        at = number[tuple(column for column, _ in combination)]
        is_open[starts[at] + int(weights[at] @ [value for _, value in combination])] = True
    random = np.random.Generator(np.random.Philox(key=strength))
    rows: list[Row] = []
    for combination in (ordered[at] for at in random.permutation(len(ordered))):
        at = number[tuple(column for column, _ in combination)]
        if not is_open[starts[at] + int(weights[at] @ [value for _, value in combination])]:
            continue
        drawn = random.integers(0, sizes, (CANDIDATES, len(names)))
        for column, value in combination:
            drawn[:, column] = value
        for columns, legal in parts:
            fixed = [(columns.index(column), value) for column, value in combination if column in columns]
            fitting = legal[np.all([legal[:, column] == value for column, value in fixed], axis=0)] if fixed else legal
            drawn[:, columns] = fitting[random.integers(0, len(fitting), CANDIDATES)]
        numbers = starts[:-1] + (drawn[:, chosen] * weights).sum(axis=2)
        best = int(np.argmax(is_open[numbers].sum(axis=1)))
        is_open[numbers[best]] = False
        rows.append({name: table[name][value] for name, value in zip(names, drawn[best].tolist(), strict=True)})
    return rows
