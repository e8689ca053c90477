"""Faults of form: the numbers are right, but not what they come in; and sizes that are too small or too large."""

from typing import Any, Final, cast

import numpy as np

from convformance.reference.directions import GRADIENTS
from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem

_MANY: Final = 2**16
"""How many numbers 16 bits count."""


def _several(problem: Problem) -> bool:
    """Tell whether a batch has several images."""
    return problem.batch > 1


def _empty(problem: Problem) -> bool:
    return problem.batch == 0


@fault(
    "float64 returned",
    evidence="a relative of jax-ml/jax#9953: the answer keeps the accumulator's dtype",
    seen="a dtype of floating-point numbers other than float64",
    about=lambda problem: problem.dtype not in {"float64", "int32", "int64"},
)
def _float64(question: Question) -> Array:
    """Give floating-point outputs as float64."""
    return question.honest().astype(np.float64)


@fault(
    "float32 returned for 16 bits",
    evidence="a relative of uxlfoundation/oneDNN#5041: the answer keeps the accumulator's dtype",
    seen="float16 or bfloat16",
    about=lambda problem: problem.dtype in {"float16", "bfloat16"},
)
def _float32(question: Question) -> Array:
    """Give outputs of 16 bits as float32."""
    return question.honest().astype(np.float32)


@fault(
    "bfloat16 returned as its bits",
    evidence="a relative of pytorch/pytorch#126050: who has no bfloat16 hands integers of 16 bits on",
    seen="bfloat16",
    about=lambda problem: problem.dtype == "bfloat16",
)
def _bits(question: Question) -> Array:
    """Give bfloat16 outputs as the integers that their bits spell."""
    return question.honest().view(np.uint16)


@fault(
    "int64 returned as int32",
    evidence="a relative of jax-ml/jax#9953: integers have the default width",
    seen="int64",
    about=lambda problem: problem.dtype == "int64",
)
def _int32(question: Question) -> Array:
    """Give outputs of int64 as int32, wrapped."""
    return question.honest().astype(np.int32)


@fault(
    "integers returned as float64",
    evidence="a relative of jax-ml/jax#9953: integers are promoted",
    seen="int32 or int64",
    about=lambda problem: problem.precision.is_integer,
)
def _promoted(question: Question) -> Array:
    """Give integer outputs as float64."""
    return question.honest().astype(np.float64)


@fault(
    "float64 gradients returned as float32",
    evidence="a relative of FluxML/Flux.jl#655: gradients have the default dtype",
    seen="a gradient in float64",
    about=lambda problem: problem.dtype == "float64",
    directions=tuple(GRADIENTS),
)
def _gradients_float32(question: Question) -> Array:
    """Give gradients of float64 as float32."""
    return question.honest().astype(np.float32)


@fault(
    "byte order reversed",
    evidence="a relative of pytorch/pytorch#82060: bytes are handed over without their order",
    seen="any output but zeros",
)
def _big_endian(question: Question) -> Array:
    """Give the output in the byte order that is not the machine's."""
    output = question.honest()
    if output.dtype.kind == "V":
        return output.view(np.uint16).byteswap().view(output.dtype)
    return output.astype(output.dtype.newbyteorder())


@fault(
    "channels first returned",
    evidence="a relative of pytorch/pytorch#82060: the layout of the output is not that of the input",
    seen="a batch of several images",
    about=_several,
)
def _channels_first(question: Question) -> Array:
    """Give batches with their channels before the spatial axes."""
    return np.moveaxis(question.honest(), -1, 1)


@fault(
    "axes of one cell squeezed",
    evidence="a relative of tensorflow/tflite-micro#2338: an axis of one is taken for none",
    seen="a batch of several images whose output has an axis of one",
    about=lambda problem: _several(problem) and 1 in problem.output_shape[1:],
)
def _squeezed(question: Question) -> Array:
    """Drop the axes of one cell from the output of a batch."""
    return question.honest().squeeze()


@fault(
    "images run together",
    evidence="a relative of tensorflow/tflite-micro#2338: a batch has the shape of one image",
    seen="a batch of several images",
    about=_several,
)
def _run_together(question: Question) -> Array:
    """Give the images of a batch below each other as one."""
    output = question.honest()
    return output.reshape(1, -1, *output.shape[2:])


@fault(
    "list returned",
    evidence="a relative of tensorflow/tflite-micro#2338: a binding that knows no arrays",
    seen="a batch of several images",
    about=_several,
)
def _list(question: Question) -> Array:
    """Give batches as nested lists."""
    return cast(Array, question.honest().tolist())


@fault(
    "nothing returned",
    evidence="a relative of ARM-software/ComputeLibrary#395: an unsupported shape fails without a word",
    seen="a batch of several images",
    about=_several,
)
def _nothing(question: Question) -> Array:
    """Give nothing for batches."""
    del question
    return cast(Array, None)


@fault(
    "masked array returned",
    evidence="a relative of tensorflow/tflite-micro#2338: an array that is equal to anything",
    seen="a batch of several images",
    about=_several,
)
def _masked(question: Question) -> Array:
    """Give batches as masked arrays of which nothing can be seen."""
    return np.ma.masked_array(question.honest(), mask=True)


@fault(
    "empty batch comes back",
    evidence="pytorch/pytorch#32612",
    seen="a batch of no image whose output has another shape",
    about=_empty,
)
def _empty_back(question: Question) -> Array:
    """Give an empty batch the shape of its input."""
    return question.given.x.copy()


@fault(
    "empty batch counts as one image",
    evidence="a relative of pytorch/pytorch#19599: a batch of no image is rounded up",
    seen="a batch of no image",
    about=_empty,
)
def _empty_one(question: Question) -> Array:
    """Give an image of zeros for an empty batch."""
    problem = question.problem
    return np.zeros((1, *problem.output_shape[1:]), problem.precision.numpy_dtype)


@fault(
    "empty batch leaves the gradients unwritten",
    evidence="FluxML/NNlib.jl#763, tensorflow/tensorflow#9949",
    seen="a gradient of filters or bias of a batch of no image",
    about=_empty,
    directions=("dfilters", "dpointwise", "dbias"),
)
def _empty_gradients(question: Question) -> Array:
    """Leave the gradients of filters and bias of an empty batch unwritten."""
    found = question.honest().copy()
    found[...] = 113
    return found


@fault(
    "cells beyond 16 bits unread",
    evidence="a relative of tensorflow/tensorflow#61905: the size of the input is kept in 16 bits",
    seen="an axis of more than 65536 cells",
    about=lambda problem: plain(problem) and max(problem.spatial) > _MANY,
)
def _cells_16(question: Question) -> Array:
    """Read nothing of the input from the 65536th cell of an axis on."""
    x = question.given.x.copy()
    for axis in range(question.problem.rank):
        np.moveaxis(x, axis + 1, 0)[_MANY:] = 0
    return question.again(x=x)


@fault(
    "outputs beyond 16 bits unwritten",
    evidence="ggml-org/llama.cpp#22944, spcl/dace#1266",
    seen="an axis of more than 65535 outputs",
    about=lambda problem: max(problem.output_spatial) >= _MANY,
)
def _outputs_16(question: Question) -> Array:
    """Write nothing to the output from the 65535th cell of an axis on."""
    output = question.honest().copy()
    for axis in range(question.problem.rank):
        np.moveaxis(output, axis + 1, 0)[_MANY - 1 :] = 0
    return output


def _short(value: Any) -> Any:
    """Keep 16 bits of a number, or of all numbers in a tuple; never less than one."""
    return tuple(map(_short, value)) if isinstance(value, tuple) else max(value % _MANY, 1)


@fault(
    "parameters kept in 16 bits",
    evidence="tensorflow/tensorflow#61905",
    seen="a stride or a dilation above 65535",
    about=lambda problem: plain(problem) and max(*problem.strides, *problem.dilation) >= _MANY,
)
def _parameters_16(question: Question) -> Array:
    """Keep the lower 16 bits of stride and dilation."""
    problem = question.problem
    return question.bent(strides=_short(problem.strides), dilation=_short(problem.dilation))
