"""Faults of memory: strides ignored, arrays overwritten, buffers shared or never cleared."""

import math
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.lib.array_utils import byte_bounds
from numpy.lib.stride_tricks import as_strided

from convformance.reference.engine import NUMPY_MODES
from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.question import Array, Question

_Role = Literal["x", "filters", "cotangent"]
_VECTOR = 4
"""So many elements are written at once."""
_JUNK = 113
"""What an unwritten cell holds."""


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


@fault(
    "input overwritten",
    evidence="a relative of intel/ipex-llm#2779: the activation is computed in place",
    seen="there is any input",
)
def _input_overwritten(question: Question) -> Array:
    """Leave the negative of the input in its place."""
    output = question.honest()
    np.negative(question.raw.x, out=question.raw.x)
    return output


@fault(
    "output written over the input",
    evidence="tensorflow/tensorflow#43577",
    seen="input and output have the same shape",
    about=lambda problem: problem.input_shape == problem.output_shape,
)
def _output_over_input(question: Question) -> Array:
    """Write the output into the memory of the input."""
    question.given.x[...] = question.honest()
    return question.given.x


@fault(
    "one cell of the input overwritten",
    evidence="a relative of tensorflow/tensorflow#43577: a store one cell behind the end",
    seen="there is any input",
)
def _cell_overwritten(question: Question) -> Array:
    """Add one to the last cell of the input."""
    output = question.honest()
    question.raw.x[(slice(-1, None),) * question.raw.x.ndim] += 1
    return output


@fault(
    "filters overwritten",
    evidence="hpi-xnor/BMXNet#30",
    seen="the filters are not their own signs",
)
def _filters_overwritten(question: Question) -> Array:
    """Leave the signs of the filters in their place."""
    output = question.honest()
    np.sign(question.raw.filters, out=question.raw.filters)
    return output


@fault(
    "filters left flipped",
    evidence="a relative of hpi-xnor/BMXNet#30: the kernel is turned for a gradient and not turned back",
    seen="the kernel has two taps or more, and the gradient of the input is asked for",
    about=lambda problem: problem.kernel_size != (1,) * problem.rank,
    directions=("dx",),
)
def _filters_flipped(question: Question) -> Array:
    """Leave the filters reversed after the gradient of the input."""
    answer = question.honest()
    question.raw.filters[...] = np.flip(question.raw.filters).copy()
    return answer


@fault(
    "bias overwritten",
    evidence="a relative of hpi-xnor/BMXNet#30: the bias is folded into itself",
    seen="there is a bias",
    about=lambda problem: problem.use_bias,
)
def _bias_overwritten(question: Question) -> Array:
    """Leave a bias that is one larger."""
    output = question.honest()
    assert question.raw.bias is not None
    question.raw.bias[...] += 1
    return output


@fault(
    "cotangent overwritten",
    evidence="a relative of NVIDIA/apex#1587: the activation's gradient is computed in place",
    seen="there is a gradient to compute",
    directions=("dx", "dfilters"),
)
def _cotangent_overwritten(question: Question) -> Array:
    """Leave the positive part of the cotangent in its place."""
    answer = question.honest()
    cotangent = question.raw.cotangent
    assert cotangent is not None
    np.maximum(cotangent, 0, out=cotangent)
    return answer


@fault(
    "buffer reused",
    evidence="a relative of iree-org/iree#1493: all answers of one shape share a buffer",
    seen="two answers of one shape",
)
def _buffer(question: Question) -> Array:
    """Give the same memory for all answers of one shape."""
    answer = question.honest()
    buffer = question.memory.get("buffer")
    if buffer is None or (buffer.shape, buffer.dtype) != (answer.shape, answer.dtype):
        buffer = question.memory["buffer"] = np.empty_like(answer)
    buffer[...] = answer
    return np.asarray(buffer)


@fault(
    "former answer wiped",
    evidence="a relative of iree-org/iree#1493: memory is given back while its owner still has it",
    seen="two calls",
)
def _wiped(question: Question) -> Array:
    """Fill the answer before this one with zeros."""
    former = question.memory.get("former")
    if former is not None:
        former[...] = 0
    question.memory["former"] = answer = question.honest()
    return answer


@fault(
    "sums added to what was there",
    evidence="ggml-org/ggml#591",
    seen="two answers of one shape",
)
def _uncleared(question: Question) -> Array:
    """Add the sums to the answer before this one."""
    answer, former = question.honest(), question.memory.get("former")
    if former is not None and (former.shape, former.dtype) == (answer.shape, answer.dtype):
        with np.errstate(over="ignore", invalid="ignore"):
            answer = (answer + former).astype(answer.dtype)
    question.memory["former"] = answer.copy()
    return answer


@fault(
    "pads never cleared",
    evidence="a relative of XiaoMi/mace#345, ggml-org/ggml#591: the zeros of the pads are not written",
    seen="two calls, and zeros in the pads",
    about=lambda problem: plain(problem) and problem.padding_mode == "zeros" and any(map(any, problem.pads)),
)
def _pads(question: Question) -> Array:
    """Take what the call before left in its first cell for the content of the pads."""
    problem, x = question.problem, question.given.x
    left = question.memory.get("left", 0)
    question.memory["left"] = x.flat[0] if x.size else 0
    with np.errstate(over="ignore", invalid="ignore"):
        content = np.asarray(left).astype(x.dtype)
    wide = np.pad(x, ((0, 0), *problem.pads, (0, 0)), mode=NUMPY_MODES["zeros"], constant_values=content)  # type: ignore[call-overload]
    return question.again(replace(problem, spatial=wide.shape[1:-1], padding=((0, 0),) * problem.rank), x=wide)


@fault(
    "tail keeps what was there",
    evidence="ROCm/MIOpen#3378, ARM-software/ComputeLibrary#395",
    seen="there are more than 4 outputs, and their number is no multiple of 4",
    about=lambda problem: math.prod(problem.output_shape) > _VECTOR and math.prod(problem.output_shape) % _VECTOR > 0,
)
def _tail(question: Question) -> Array:
    """Leave the last elements beyond a multiple of 4 unwritten."""
    output = question.honest().copy()
    output.reshape(-1)[-(output.size % _VECTOR) :] = _JUNK
    return output
