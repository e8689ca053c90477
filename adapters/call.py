"""Hand a case's arrays to an adapter in the layouts it declares, and bring its answer back."""

from typing import Any

import numpy as np
import numpy.typing as npt

from convformance.adapters.contract import Adapter
from convformance.reference.case import Case, Memory
from convformance.reference.layouts import CANONICAL_DATA, CANONICAL_FILTERS, convert, data_layout
from convformance.reference.numbers import Operands
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]

OTHER_DATA = "NC*"
OTHER_FILTERS = {"conv": "OI*", "depthwise": "M*I"}


def posed(adapter: Adapter, problem: Problem) -> Problem:
    """Give a problem as an adapter is asked it.

    Parameters
    ----------
    adapter : Adapter
        Declares the kinds it knows by their filter layouts.
    problem : Problem
        The problem.

    Returns
    -------
    Problem
        The problem itself, or for a kind that the adapter has no layout of, the equal one that it knows.
    """
    return problem if problem.kind in adapter.filter_layouts else problem.as_grouped


def arrange(adapter: Adapter, case: Case, operands: Operands) -> Operands:
    """Give a case's arrays in the layouts an adapter declares, lying in memory as the case asks.

    Parameters
    ----------
    adapter : Adapter
        Declares its layouts.
    case : Case
        Says ``dense`` or ``view``.
    operands : Operands
        Canonical arrays.

    Returns
    -------
    Operands
        Arrays of the adapter's own: writing to them does not change the canonical ones.
    """
    problem = posed(adapter, case.problem)
    kind = problem.kind
    filters = operands.filters.reshape(problem.filters_shape)
    return Operands(
        _lay(operands.x, CANONICAL_DATA, data_layout(adapter.data_layout), OTHER_DATA, case.memory),
        _lay(filters, CANONICAL_FILTERS[kind], adapter.filter_layouts[kind], OTHER_FILTERS[kind], case.memory),
        None if operands.bias is None else operands.bias.copy(),
    )


def canonical_operands(adapter: Adapter, case: Case, given: Operands) -> Operands:
    """View what was handed over in canonical layout again, the inverse of `arrange`.

    Parameters
    ----------
    adapter : Adapter
        Declares its layouts.
    case : Case
        Knows the kind and shape of its filters.
    given : Operands
        Arrays in the adapter's layouts.

    Returns
    -------
    Operands
        Views of them, but where a depthwise problem was posed as a grouped one.
    """
    kind = posed(adapter, case.problem).kind
    filters = convert(given.filters, adapter.filter_layouts[kind], CANONICAL_FILTERS[kind])
    return Operands(
        convert(given.x, data_layout(adapter.data_layout), CANONICAL_DATA),
        filters.reshape(case.problem.filters_shape),
        given.bias,
    )


def canonical_output(adapter: Adapter, output: object) -> object:
    """Bring an answer back to ``(N, *spatial, filters)``, for the judge.

    Parameters
    ----------
    adapter : Adapter
        Declares its layout.
    output : object
        What `convolve` returned.

    Returns
    -------
    object
        A view of it in canonical layout, or the thing itself where it is no array of at least two axes: the judge
        will name what is wrong with it.
    """
    if not isinstance(output, np.ndarray) or output.ndim < 2:
        return output
    return convert(output, data_layout(adapter.data_layout), CANONICAL_DATA)


def _lay(array: Array, canonical: str, layout: str, other: str, memory: Memory) -> Array:
    """Store a copy in `layout`, or for a view in another layout, seen as `layout`."""
    stored = layout if memory == "dense" else canonical if layout != canonical else other
    copy = np.array(convert(array, canonical, stored), order="C", copy=True)
    return convert(copy, stored, layout)
