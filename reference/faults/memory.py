"""Faults of reading memory: strides and gaps ignored, one layout taken for the other."""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.lib.array_utils import byte_bounds
from numpy.lib.stride_tricks import as_strided

from convformance.reference.faults.fault import fault
from convformance.reference.faults.question import Array, Question

_Role = Literal["x", "filters", "cotangent"]


def _read(question: Question, role: _Role, misread: Array) -> Array:
    """Give the answer when one array, in the caller's layout, is read wrongly."""
    canonical = question.canonical(replace(question.raw, **{role: misread}))
    return question.again(**{role: getattr(canonical, role)})


def _in_memory(array: Array) -> Array:
    """Read an array in the order in which it lies in memory, as if it were contiguous."""
    return array.ravel(order="K").reshape(array.shape)


def _is_fortran(array: Array) -> bool:
    return array.flags.f_contiguous and not array.flags.c_contiguous


def _densely(array: Array) -> Array:
    """Read an array whose cells have gaps between them as if there were none."""
    low, high = byte_bounds(array)
    if not array.size or high - low <= array.nbytes:
        return array
    dense = np.cumprod([array.itemsize, *array.shape[:0:-1]])[::-1]
    return as_strided(array, array.shape, tuple(int(stride) for stride in dense)).copy()


@fault(
    "input strides ignored",
    evidence="pytorch/pytorch#1246",
    seen="the input is a view of another order",
)
def _input_strides(question: Question) -> Array:
    """Read an input that is a view as if it were contiguous."""
    return _read(question, "x", _in_memory(question.raw.x))


@fault(
    "filter strides ignored",
    evidence="a relative of pytorch/pytorch#1246, huggingface/candle#3735: the filters are the view",
    seen="the filters are a view of another order",
)
def _filter_strides(question: Question) -> Array:
    """Read filters that are a view as if they were contiguous."""
    return _read(question, "filters", _in_memory(question.raw.filters))


@fault(
    "filter strides ignored behind",
    evidence="huggingface/candle#3735",
    seen="the filters are a view of another order, and the gradient of the input is asked for",
    directions=("dx",),
)
def _filter_strides_behind(question: Question) -> Array:
    """Read filters that are a view as if they were contiguous, in the gradient of the input."""
    return _read(question, "filters", _in_memory(question.raw.filters))


@fault(
    "cotangent strides ignored",
    evidence="pytorch/pytorch#708",
    seen="the cotangent is a view of another order",
    directions=("dx", "dfilters", "dbias"),
)
def _cotangent_strides(question: Question) -> Array:
    """Read a cotangent that is a view as if it were contiguous."""
    assert question.raw.cotangent is not None
    return _read(question, "cotangent", _in_memory(question.raw.cotangent))


@fault(
    "input saved without its strides",
    evidence="a relative of pytorch/pytorch#1246: what is kept for the backward pass has lost its strides",
    seen="the input is a view of another order, and the gradient of the filters is asked for",
    directions=("dfilters",),
)
def _input_strides_behind(question: Question) -> Array:
    """Read an input that is a view as if it were contiguous, in the gradient of the filters."""
    return _read(question, "x", _in_memory(question.raw.x))


@fault(
    "Fortran order read as C",
    evidence="a relative of pytorch/pytorch#82060: one flag says that it is dense, none says in which order",
    seen="the first axis of the input runs fastest",
)
def _fortran(question: Question) -> Array:
    """Read an input whose first axis runs fastest as if the last one did."""
    x = question.raw.x
    return _read(question, "x", _in_memory(x) if _is_fortran(x) else x)


@fault(
    "Fortran filters read as C",
    evidence="a relative of pytorch/pytorch#82060: the same of the filters",
    seen="the first axis of the filters runs fastest",
)
def _fortran_filters(question: Question) -> Array:
    """Read filters whose first axis runs fastest as if the last one did."""
    filters = question.raw.filters
    return _read(question, "filters", _in_memory(filters) if _is_fortran(filters) else filters)


@fault(
    "gaps of the input read",
    evidence="a relative of pytorch/pytorch#1246: a slice with a step is read without it",
    seen="the input is every other cell of a larger array",
)
def _gaps(question: Question) -> Array:
    """Read what stands between the cells of the input."""
    return _read(question, "x", _densely(question.raw.x))


@fault(
    "gaps of the filters read",
    evidence="a relative of huggingface/candle#3735: a slice with a step is read without it",
    seen="the filters are every other cell of a larger array",
)
def _filter_gaps(question: Question) -> Array:
    """Read what stands between the cells of the filters."""
    return _read(question, "filters", _densely(question.raw.filters))


@fault(
    "one image of a broadcast batch",
    evidence="a relative of ROCm/TransformerEngine#623: a stride of zero is one cell of memory",
    seen="the images of a batch share their memory",
    about=lambda problem: problem.batch > 1,
)
def _broadcast(question: Question) -> Array:
    """Read the first of the images that share their memory, and zeros for the others."""
    x = question.given.x
    if x.strides[0] != 0:
        return question.honest()
    x = x.copy()
    x[1:] = 0
    return question.again(x=x)


@fault(
    "one channel taken for the other layout",
    evidence="pytorch/pytorch#82060",
    seen="the input has one channel and the output several",
    about=lambda problem: problem.channels == 1 < problem.filters and problem.output_spatial != (1,) * problem.rank,
)
def _one_channel(question: Question) -> Array:
    """Write the output of a one-channel image channels first, and read it channels last."""
    output = question.honest()
    return np.moveaxis(output, -1, 1).reshape(output.shape)


@fault(
    "output in the order of its input",
    evidence="a relative of pytorch/pytorch#82060: the output is tagged with the order of a view",
    seen="the input is a view of another order, and the output has several channels",
    about=lambda problem: problem.filters > 1,
)
def _output_order(question: Question) -> Array:
    """Write the output of a view channels first, and read it channels last."""
    output = question.honest()
    dense = question.raw.x.flags.c_contiguous
    return output if dense else np.moveaxis(output, -1, 1).reshape(output.shape)
