"""Faults of writing memory: the caller's arrays overwritten, buffers shared or never cleared."""

import math
from dataclasses import replace
from typing import Final

import numpy as np

from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.question import Array, Question

_VECTOR: Final = 4
"""So many elements are written at once."""
_FEW: Final = 16
"""So few elements are written one by one."""
_JUNK: Final = 113
"""What an unwritten cell holds."""


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
    remembers=True,
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
    remembers=True,
)
def _pads(question: Question) -> Array:
    """Take what the call before left in its first cell for the content of the pads."""
    problem, x = question.problem, question.given.x
    left = question.memory.get("left", 0)
    question.memory["left"] = x.flat[0] if x.size else 0
    with np.errstate(over="ignore", invalid="ignore"):
        content = np.asarray(left).astype(x.dtype)
    wide = np.pad(x, ((0, 0), *problem.pads, (0, 0)), constant_values=content)
    return question.again(replace(problem, spatial=wide.shape[1:-1], padding=((0, 0),) * problem.rank), x=wide)


@fault(
    "tail keeps what was there",
    evidence="ROCm/MIOpen#3378, ARM-software/ComputeLibrary#395",
    seen="there are more than 16 outputs, and their number is no multiple of 4",
    about=lambda problem: math.prod(problem.output_shape) > _FEW and math.prod(problem.output_shape) % _VECTOR > 0,
)
def _tail(question: Question) -> Array:
    """Leave the last elements beyond a multiple of 4 unwritten."""
    output = question.honest().copy()
    output.reshape(-1)[-(output.size % _VECTOR) :] = _JUNK
    return output
