"""Every kind of convolution and every gradient, from one loop: which input number meets which weight in which output.

A convolution layer is linear in its input and in its filters: it is a set of **meetings**, triples (input number,
weight, output), and all it does follows from them::

    output      y[o]  = bias + sum over the meetings of o of  x[i] * w[k]
    dx[i]             = sum over the meetings of i of  cotangent[o] * w[k]
    dfilters[k]       = sum over the meetings of k of  x[i] * cotangent[o]

So the gradients are the adjoint of the layer, and a transposed convolution is the layer of the adjoint's meetings, with
input and output exchanged. Nothing here is fast; `convformance.reference.oracle` is, and is proven equal to this.

References
----------
V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, section 4.
A. Griewank and A. Walther, Evaluating Derivatives, 2nd ed., SIAM, 2008, section 3.2 (reverse mode as the adjoint).
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.definition import meeting_cell
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]
Index: TypeAlias = tuple[int, ...]


def meetings(problem: Problem) -> Iterator[tuple[Index, Index, Index]]:
    """Give every triple of a convolution of one stage.

    Parameters
    ----------
    problem : Problem
        Of kind conv, depthwise or transposed.

    Yields
    ------
    tuple of index
        Into the input, the filters and the output, in canonical layout.
    """
    if problem.kind == "transposed":
        for input_index, filter_index, output_index in meetings(problem.adjoint):
            yield output_index, filter_index, input_index
        return
    channels_per_group = problem.channels // problem.groups
    filters_per_group = problem.filters // problem.groups
    for position in np.ndindex(problem.output_spatial):
        for tap in np.ndindex(problem.kernel_size):
            cell = meeting_cell(position, tap, problem)
            if cell is None:
                continue
            for which in range(problem.filters):
                first = which // filters_per_group * channels_per_group
                for c in range(channels_per_group):
                    if problem.kind == "depthwise":
                        weight = (*tap, first, which % problem.multiplier)
                    else:
                        weight = (*tap, c, which)
                    for image in range(problem.batch):
                        yield (image, *cell, first + c), weight, (image, *position, which)


def layer(problem: Problem, x: Array, filters: Array, bias: Array | None, pointwise: Array | None = None) -> Array:
    """Compute a layer of any kind.

    Parameters
    ----------
    problem : Problem
        Everything but the numbers.
    x : array, shape ``(N, *spatial, C_in)``
        Integers, which are added up as Python integers, or float64.
    filters : array, of the problem's `filters_shape`
        The filters.
    bias : array, shape ``(filters,)``, or None
        One number per filter.
    pointwise : array, shape ``(C_in * M, filters)``, or None
        The filters of a separable convolution's second stage.

    Returns
    -------
    array of Python numbers, shape ``(N, *output_spatial, filters)``
        The output.
    """
    if pointwise is not None:
        depthwise, second = problem.stages
        return layer(second, layer(depthwise, x, filters, None), _of_one_cell(pointwise, second), bias)
    result = np.zeros(problem.output_shape, dtype=object)
    for place, weight, output in meetings(problem):
        result[output] += x.item(place) * filters.item(weight)
    if bias is not None:
        result += bias.astype(object)
    return np.maximum(result, 0) if problem.activation == "relu" else result


def gradients(  # noqa: PLR0913, PLR0917 - the arrays of a layer
    problem: Problem,
    x: Array,
    filters: Array,
    bias: Array | None,
    cotangent: Array,
    pointwise: Array | None = None,
) -> dict[str, Array]:
    """Compute all gradients of ``sum(cotangent * output)``.

    Parameters
    ----------
    problem, x, filters, bias, pointwise
        As `layer` takes them.
    cotangent : array, shape ``(N, *output_spatial, filters)``
        What each output counts.

    Returns
    -------
    dict of str to array of Python numbers
        ``dx``, ``dfilters``, ``dbias`` where there is a bias, and ``dpointwise`` of a separable convolution, each of
        the shape of what it is the gradient of. Behind a ReLU that gave zero nothing flows back.
    """
    if pointwise is not None:
        depthwise, second = problem.stages
        maps = layer(depthwise, x, filters, None)
        behind = gradients(second, maps, _of_one_cell(pointwise, second), bias, cotangent)
        found = gradients(depthwise, x, filters, None, behind["dx"])
        found["dpointwise"] = behind["dfilters"].reshape(pointwise.shape)
        return found | {name: behind[name] for name in ("dbias",) if bias is not None}
    if problem.activation == "relu":
        cotangent = np.where(layer(problem, x, filters, bias) > 0, cotangent, 0)
    found = {"dx": np.zeros(x.shape, dtype=object), "dfilters": np.zeros(filters.shape, dtype=object)}
    for place, weight, output in meetings(problem):
        found["dx"][place] += cotangent.item(output) * filters.item(weight)
        found["dfilters"][weight] += x.item(place) * cotangent.item(output)
    if bias is not None:
        found["dbias"] = cotangent.astype(object).sum(axis=tuple(range(cotangent.ndim - 1)))
    return found


def _of_one_cell(pointwise: Array, second: Problem) -> Array:
    """Shape pointwise filters as those of the second stage."""
    return pointwise.reshape(second.filters_shape)
