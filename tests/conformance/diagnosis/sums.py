"""Write the sum of one output out, product by product, so that it can be checked by hand."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.reference.case import Case
from convformance.reference.meetings import Index, layer, meetings
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem
from convformance.tests.conformance.diagnosis.literals import number

Array = npt.NDArray[Any]

_TERMS: Final = 12
"""So many products stand in a line; of more, those with a zero are left out."""
_SEVERAL: Final = 2
"""Of so many times more not all are written."""
_MEETINGS: Final = 100_000
"""A problem of more meetings is not gone through."""


def written_out(case: Case, operands: Operands, element: Index) -> str | None:
    """Write out the sum that one element of an answer is.

    Parameters
    ----------
    case : Case
        The question: an output or a gradient.
    operands : Operands
        Canonical arrays.
    element : index
        Into the answer, in canonical layout.

    Returns
    -------
    str or None
        ``"1*2 + 3*4 = 14"``; None of problems that are too large, and of gradients of several stages.
    """
    problem = case.problem
    if problem.products * np.prod(problem.output_shape) > _MEETINGS:
        return None
    if case.direction == "dbias":
        flowing = _flowing(problem, operands)
        return _equation([number(value) for value in flowing[..., element[0]].ravel()], flowing[..., element[0]].sum())
    if problem.kind == "separable":
        return _of_two_stages(problem, operands, element) if case.direction == "forward" else None
    factors = {"forward": (operands.x, operands.filters)}
    if case.is_gradient:
        flowing = _flowing(problem, operands)
        factors = {"dx": (flowing, operands.filters), "dfilters": (operands.x, flowing)}
    first, second = factors[case.direction]
    products = []
    for place, weight, output in meetings(problem):
        of, one, other = {
            "forward": (output, place, weight),
            "dx": (place, output, weight),
            "dfilters": (weight, place, output),
        }[case.direction]
        if of == element:
            products.append((first[one], second[other]))
    added = operands.bias[element[-1]] if operands.bias is not None and not case.is_gradient else None
    return _sum(problem, products, added, relu=not case.is_gradient)


def _sum(problem: Problem, products: list[tuple[Any, Any]], added: Any, *, relu: bool) -> str:
    """Spell a sum of products, and the bias and ReLU behind it."""
    if len(products) > _TERMS:
        products = [pair for pair in products if pair[0] != 0 and pair[1] != 0]
    terms = [f"{_factor(one)}*{_factor(other)}" for one, other in products]
    if len(terms) > _SEVERAL * _TERMS:
        terms = [*terms[:_TERMS], "...", terms[-1]]
    with np.errstate(invalid="ignore"):
        total = sum((np.float64(one) * np.float64(other) for one, other in products), np.float64(0))
    if added is not None:
        terms.append(_factor(added))
        total += np.float64(added)
    if relu and problem.activation == "relu":
        return f"max(0, {' + '.join(terms) or '0'}) = {_plain(max(total, np.float64(0)))}"
    return _equation(terms, total)


def _of_two_stages(problem: Problem, operands: Operands, element: Index) -> str:
    """Write a separable convolution's output as the sum over the maps of its first stage."""
    first, _ = problem.stages
    assert operands.pointwise is not None
    maps = layer(first, operands.x.astype(np.float64), operands.filters.astype(np.float64), None)
    column = operands.pointwise[:, element[-1]]
    products = list(zip(maps[element[:-1]], column, strict=True))
    products = [(np.float64(one), other) for one, other in products]
    added = None if operands.bias is None else operands.bias[element[-1]]
    return f"{_sum(problem, products, added, relu=True)}, the first factors being the maps of the first stage"


def _flowing(problem: Problem, operands: Operands) -> Array:
    """Give the cotangent behind the activation."""
    assert operands.cotangent is not None
    cotangent = operands.cotangent.astype(np.float64)
    if problem.activation is None:
        return cotangent
    wide = operands.map(lambda array: array.astype(np.float64))
    output = layer(problem, wide.x, wide.filters, wide.bias, wide.pointwise)
    return np.where(output > 0, cotangent, 0)


def _equation(terms: list[str], total: Any) -> str:
    return f"{' + '.join(terms) or 'a sum of no products'} = {_plain(np.float64(total))}"


def _factor(value: Any) -> str:
    text = _plain(value)
    return f"({text})" if text.startswith("-") else text


def _plain(value: Any) -> str:
    return number(value.astype(np.float64)).removeprefix("np.").replace("-np.", "-")
