"""Write the arrays of a question as lines of a script: in an adapter's layouts, lying in memory as the case asks."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.adapters.call import OTHER_DATA, OTHER_FILTERS, arrange
from convformance.adapters.claims import posed
from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.layouts import (
    CANONICAL_DATA,
    CANONICAL_FILTERS,
    GROUP_BY_GROUP,
    axes_of,
    convert,
    data_layout,
)
from convformance.reference.operands import Operands
from convformance.tests.conformance.diagnosis.literals import counts, spelled

Array = npt.NDArray[Any]

ORDER: Final = ("x", "filters", "pointwise", "bias", "cotangent")


def arrays_of(adapter: Adapter, case: Case, operands: Operands) -> list[str]:
    """Write the lines that make the arrays in the adapter's layouts, lying in memory as the case asks.

    Parameters
    ----------
    adapter : Adapter
        Declares its layouts.
    case : Case
        The question, a valid one.
    operands : Operands
        Canonical arrays.

    Returns
    -------
    list of str
        Assignments to the names of `ORDER`.
    """
    given = arrange(adapter, replace(case, memory="dense"), operands)
    problem = posed(adapter, case.problem)
    kind = {"separable": "depthwise"}.get(problem.kind, problem.kind)
    by_group = GROUP_BY_GROUP in adapter.filter_layouts[kind]
    data = (CANONICAL_DATA, data_layout(adapter.data_layout), OTHER_DATA)
    weights = (CANONICAL_FILTERS[kind], axes_of(adapter.filter_layouts[kind]), OTHER_FILTERS[kind])
    lines: list[str] = []
    for role in ORDER:
        array = getattr(given, role)
        if array is None:
            continue
        layouts = {"x": data, "cotangent": data, "filters": weights}.get(role)
        alone = case.memory == "broadcast" and role != "x"
        if layouts is None or alone:
            lines += spelled(role, array)
        else:
            made = _by_group(role, operands.filters, problem.groups) if by_group and role == "filters" else []
            lines += _lying(role, array, case.memory, layouts, made)
    return lines


def _by_group(name: str, canonical: Array, groups: int) -> list[str]:
    """Write canonical filters that count, and put them group by group; nothing where that would be no shorter."""
    if groups == 1 or not counts(canonical):
        return []
    *kernel, few, channels = canonical.shape
    apart = (*kernel, few, groups, channels // groups)
    together = (*kernel, groups * few, channels // groups)
    return [*spelled(name, canonical), f"{name} = {name}.reshape{apart}.swapaxes(-3, -2).reshape{together}"]


def _lying(name: str, array: Array, memory: str, layouts: tuple[str, str, str], made: list[str]) -> list[str]:
    """Write an array that is seen as one layout and lies in memory as another, as `arrange` does.

    Lines that make it with its axes in canonical order are taken where there are any.
    """
    canonical, layout, other = layouts
    if not made and layout != canonical and not counts(array) and counts(convert(array, layout, canonical)):
        # Numbers that count where the channels come last.
        made = spelled(name, convert(array, layout, canonical))

    def turned(source: str, target: str) -> str:
        return f"{name} = {name}.transpose{convert(np.empty(tuple(range(array.ndim))), source, target).shape}"

    def stored_as(order: str) -> list[str]:
        if not made:
            return spelled(name, convert(array, layout, order))
        return made if order == canonical else [*made, f"{turned(canonical, order)}.copy()"]

    if memory == "view":
        stored = canonical if layout != canonical else other
        return [*stored_as(stored), turned(stored, layout)]
    plain = stored_as(layout)
    if memory == "fortran":
        return [*plain, f"{name} = np.asfortranarray({name})"]
    if memory == "strided":
        every = ", ".join(["::2"] * array.ndim)
        pool = f"pool = np.full({tuple(2 * size for size in array.shape)}, 99, {name}.dtype)"
        return [*plain, pool, f"pool[{every}] = {name}", f"{name} = pool[{every}]"]
    if memory == "broadcast":
        return [*plain, f"{name} = np.broadcast_to({name}[:1], {name}.shape)"]
    return plain
