"""Hand a case's arrays to an adapter in the layouts it declares, and bring its answer back."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from convformance.adapters.claims import posed
from convformance.adapters.contract import Adapter
from convformance.reference.case import Case, Memory
from convformance.reference.layouts import (
    CANONICAL_DATA,
    CANONICAL_FILTERS,
    axes_of,
    canonical_filters,
    convert,
    data_layout,
    lay_filters,
)
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]

OTHER_DATA: Final = "NC*"
OTHER_FILTERS: Final = {"conv": "OI*", "depthwise": "M*I", "transposed": "IO*"}
GAP: Final = 99
"""What stands between the cells of a strided array: a framework that reads it does not give the right sums."""


def arrange(adapter: Adapter, case: Case, operands: Operands) -> Operands:
    """Give a case's arrays in the layouts an adapter declares, lying in memory as the case asks.

    Parameters
    ----------
    adapter : Adapter
        Declares its layouts.
    case : Case
        Says how they lie.
    operands : Operands
        Canonical arrays.

    Returns
    -------
    Operands
        Arrays of the adapter's own: writing to them does not change the canonical ones.
    """
    problem = posed(adapter, case.problem)
    kind = _filters_kind(problem)
    memory = case.memory
    rest: Memory = "dense" if memory == "broadcast" else memory
    layout = adapter.filter_layouts[kind]
    filters = lay_filters(operands.filters.reshape(problem.filters_shape), kind, layout, problem.groups)
    return Operands(
        _lay_data(adapter, operands.x, memory),
        _lay(filters, axes_of(layout), CANONICAL_FILTERS[kind], OTHER_FILTERS[kind], rest),
        None if operands.bias is None else operands.bias.copy(),
        None if operands.cotangent is None else _lay_data(adapter, operands.cotangent, rest),
        None if operands.pointwise is None else _lay_pointwise(adapter, case.problem, operands.pointwise),
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
        Views of them, but where a depthwise problem was posed as a grouped one, or filters lie group by group.
    """
    data = data_layout(adapter.data_layout)
    filters = _canonical(adapter, case, given.filters, "dfilters")
    assert isinstance(filters, np.ndarray)
    return Operands(
        convert(given.x, data, CANONICAL_DATA),
        filters,
        given.bias,
        None if given.cotangent is None else convert(given.cotangent, data, CANONICAL_DATA),
        None
        if given.pointwise is None
        else convert(given.pointwise, adapter.filter_layouts["conv"], "*IO").reshape(
            case.problem.channels * case.problem.multiplier, case.problem.filters
        ),
    )


def offered(adapter: Adapter, name: str) -> Callable[..., Any]:
    """Give a method that an adapter has besides those that all have.

    Parameters
    ----------
    adapter : Adapter
        Has it: `not_offered` says nothing.
    name : str
        One of `convformance.adapters.contract.OFFERS`.

    Returns
    -------
    callable
        The method.
    """
    method: Callable[..., Any] = getattr(adapter, name)
    return method


def ask(adapter: Adapter, case: Case, given: Operands, *, alone: bool = False) -> object:
    """Call the adapter once for a case's output or gradient.

    Parameters
    ----------
    adapter : Adapter
        Has what the case needs (`not_offered` says nothing).
    case : Case
        The question.
    given : Operands
        From `arrange`.
    alone : bool, optional
        Ask for the one gradient, where the adapter can give it alone.

    Returns
    -------
    object
        What came back; of several gradients the one that the case asks for, or all of them where it is no sequence
        that has one.
    """
    problem = posed(adapter, case.problem)
    if case.problem.kind == "separable":
        stages = (problem, given.x, given.filters, given.pointwise, given.bias)
        if not case.is_gradient:
            return offered(adapter, "separable")(*stages)
        every = offered(adapter, "separable_gradients")(*stages, given.cotangent)
        return _pick(every, ("dx", "dfilters", "dpointwise", "dbias"), case.direction)
    if not case.is_gradient:
        return adapter.convolve(problem, given.x, given.filters, given.bias)
    arrays = (given.x, given.filters, given.bias, given.cotangent)
    if alone:
        return offered(adapter, "gradient")(problem, *arrays, case.direction)
    every = offered(adapter, "gradients")(problem, *arrays)
    return _pick(every, ("dx", "dfilters", "dbias"), case.direction)


def canonical_answer(adapter: Adapter, case: Case, answer: object) -> object:
    """Bring an answer back to the canonical layout, for the judge.

    Parameters
    ----------
    adapter : Adapter
        Declares its layouts.
    case : Case
        What was asked.
    answer : object
        What came back.

    Returns
    -------
    object
        A view of it, or the thing itself where it is no array of as many axes: the judge names what is wrong with it.
    """
    return _canonical(adapter, case, answer, case.direction)


def native_answer(adapter: Adapter, case: Case, answer: object) -> object:
    """Bring an answer in canonical layout to the adapter's own, the inverse of `canonical_answer`.

    Parameters
    ----------
    adapter : Adapter
        Declares its layouts.
    case : Case
        What was asked.
    answer : object
        In canonical layout.

    Returns
    -------
    object
        A view of it, or the thing itself where it is no array of as many axes.
    """
    problem, direction = posed(adapter, case.problem), case.direction
    if not isinstance(answer, np.ndarray) or direction == "dbias":
        return answer
    if direction == "dpointwise":
        return convert(answer.reshape(*(1,) * problem.rank, *answer.shape), "*IO", adapter.filter_layouts["conv"])
    if answer.ndim != problem.rank + 2:
        return answer
    if direction != "dfilters":
        return convert(answer, CANONICAL_DATA, data_layout(adapter.data_layout))
    kind = _filters_kind(problem)
    fits = answer.shape == case.problem.filters_shape
    filters = answer.reshape(problem.filters_shape) if fits else answer
    return lay_filters(filters, kind, adapter.filter_layouts[kind], problem.groups)


def _canonical(adapter: Adapter, case: Case, answer: object, direction: str) -> object:
    problem = posed(adapter, case.problem)
    if not isinstance(answer, np.ndarray) or direction == "dbias" or answer.ndim != problem.rank + 2:
        return answer
    if direction == "dpointwise":
        plain = convert(answer, adapter.filter_layouts["conv"], "*IO")
        return plain.reshape(plain.shape[-2:]) if plain.size == plain.shape[-1] * plain.shape[-2] else plain
    if direction != "dfilters":
        return convert(answer, data_layout(adapter.data_layout), CANONICAL_DATA)
    kind = _filters_kind(problem)
    filters = canonical_filters(answer, kind, adapter.filter_layouts[kind], problem.groups)
    fits = filters.shape == problem.filters_shape
    return filters.reshape(case.problem.filters_shape) if fits else filters


def _filters_kind(problem: Problem) -> str:
    """Name the layout of a problem's filters: separable ones begin as depthwise."""
    return "depthwise" if problem.kind == "separable" else problem.kind


def _pick(every: object, names: Sequence[str], wanted: str) -> object:
    if not isinstance(every, Sequence) or len(every) != len(names):
        return every
    return every[names.index(wanted)]


def _lay_pointwise(adapter: Adapter, problem: Problem, pointwise: Array) -> Array:
    """Store pointwise filters as those of a plain convolution with kernels of one cell."""
    plain = pointwise.reshape(*(1,) * problem.rank, *pointwise.shape)
    return np.array(convert(plain, "*IO", adapter.filter_layouts["conv"]), order="C", copy=True)


def _lay_data(adapter: Adapter, array: Array, memory: Memory) -> Array:
    """Store images, or a gradient of their shape."""
    layout = data_layout(adapter.data_layout)
    return _lay(convert(array, CANONICAL_DATA, layout), layout, CANONICAL_DATA, OTHER_DATA, memory)


def _lay(wanted: Array, layout: str, canonical: str, other: str, memory: Memory) -> Array:
    """Store a copy of an array in the layout that it is seen as, lying in memory in one of several ways."""
    if memory == "view":
        stored = canonical if layout != canonical else other
        return convert(np.array(convert(wanted, layout, stored), order="C", copy=True), stored, layout)
    if memory == "fortran":
        return np.array(wanted, order="F", copy=True)
    if memory == "strided":
        pool = np.full(tuple(2 * size for size in wanted.shape), GAP, dtype=wanted.dtype)
        every_other = pool[(slice(None, None, 2),) * wanted.ndim]
        every_other[...] = wanted
        return every_other
    if memory == "broadcast" and wanted.shape[0] > 1:
        one = np.array(wanted[:1], order="C", copy=True)
        return as_strided(one, wanted.shape, (0, *one.strides[1:]))
    return np.array(wanted, order="C", copy=True)
