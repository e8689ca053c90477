"""Faults of number formats: what is computed with is narrower than what was given."""

import numpy as np

from convformance.reference.faults.arithmetic import BFLOAT16, TF32, cut, narrowed, through
from convformance.reference.faults.fault import About, fault
from convformance.reference.faults.question import Array, Question


def _of(*dtypes: str) -> About:
    """Give the condition that a problem has one of some dtypes."""
    return lambda problem: problem.dtype in dtypes


@fault(
    "inputs rounded to bfloat16",
    evidence="pytorch/pytorch#126050",
    seen="float32 numbers have more than 8 significant bits",
    about=_of("float32"),
)
def _inputs_bfloat16(question: Question) -> Array:
    """Round input and filters of float32 to bfloat16 before they are multiplied."""
    return narrowed(question, lambda array: cut(array, BFLOAT16))


@fault(
    "inputs truncated to bfloat16",
    evidence="a relative of pytorch/pytorch#126050: the lower half of each number is dropped",
    seen="float32 numbers have more than 8 significant bits",
    about=_of("float32"),
)
def _inputs_truncated(question: Question) -> Array:
    """Cut input and filters of float32 off behind the bits that bfloat16 has."""
    return narrowed(question, lambda array: cut(array, BFLOAT16, np.trunc))


@fault(
    "inputs rounded to TF32",
    evidence="pytorch/pytorch#107514",
    seen="float32 numbers have more than 11 significant bits",
    about=_of("float32"),
)
def _inputs_tf32(question: Question) -> Array:
    """Round input and filters of float32 to TF32 before they are multiplied."""
    return narrowed(question, lambda array: cut(array, TF32))


@fault(
    "inputs truncated to TF32",
    evidence="pytorch/pytorch#79537",
    seen="float32 numbers have more than 11 significant bits",
    about=_of("float32"),
)
def _inputs_tf32_truncated(question: Question) -> Array:
    """Read no more than the first 11 significant bits of input and filters."""
    return narrowed(question, lambda array: cut(array, TF32, np.trunc))


@fault(
    "inputs taken for float16",
    evidence="a relative of uxlfoundation/oneDNN#2230: float32 may be converted to float16 in silence",
    seen="float32 numbers have more than 11 significant bits or lie outside of float16's range",
    about=_of("float32"),
)
def _inputs_float16(question: Question) -> Array:
    """Convert input and filters of float32 to float16, the subnormal and the infinite ones among them."""
    return narrowed(question, lambda array: through(array, np.float16))


@fault(
    "filters rounded to TF32",
    evidence="a relative of pytorch/pytorch#107514: one operand alone is stored narrower",
    seen="float32 filters have more than 11 significant bits",
    about=_of("float32"),
)
def _filters_tf32(question: Question) -> Array:
    """Round the filters of float32 alone to TF32."""
    return question.again(filters=cut(question.given.filters, TF32))


@fault(
    "filters kept in 8 bits",
    evidence="pytorch/pytorch#70480",
    seen="the filters have more than 256 different values",
    about=_of("float32", "float64"),
)
def _filters_int8(question: Question) -> Array:
    """Store the filters as multiples of the 127th part of the largest."""
    filters = question.given.filters
    with np.errstate(invalid="ignore", over="ignore"):
        step = np.abs(np.where(np.isfinite(filters), filters, 0)).max(initial=0) / 127
        return question.again(filters=np.rint(filters / step) * step if step else filters)


@fault(
    "bias rounded to bfloat16",
    evidence="a relative of pytorch/pytorch#126050: the bias goes the way of the filters",
    seen="there is a float32 bias of more than 8 significant bits",
    about=lambda problem: problem.use_bias and problem.dtype == "float32",
)
def _bias_bfloat16(question: Question) -> Array:
    """Round the bias of float32 alone to bfloat16."""
    assert question.given.bias is not None
    return question.again(bias=cut(question.given.bias, BFLOAT16))


@fault(
    "gradients computed in TF32",
    evidence="a relative of pytorch/pytorch#107514: the switch holds for the backward pass alone",
    seen="float32 numbers have more than 11 significant bits",
    about=_of("float32"),
    directions=("dx", "dfilters"),
)
def _gradients_tf32(question: Question) -> Array:
    """Round all that the gradients are computed from to TF32."""
    return narrowed(question, lambda array: cut(array, TF32))


@fault(
    "gradients computed in bfloat16",
    evidence="pytorch/pytorch#126054",
    seen="float32 numbers have more than 8 significant bits",
    about=_of("float32"),
    directions=("dx", "dfilters"),
)
def _gradients_bfloat16(question: Question) -> Array:
    """Round all that the gradients are computed from to bfloat16."""
    return narrowed(question, lambda array: cut(array, BFLOAT16))


@fault(
    "float64 through float32",
    evidence="a relative of FluxML/Flux.jl#655: only the kernel of float32 was there",
    seen="float64 numbers have more than 24 significant bits",
    about=_of("float64"),
)
def _float64_through_float32(question: Question) -> Array:
    """Round input and filters of float64 to float32 before they are multiplied."""
    return narrowed(question, lambda array: through(array, np.float32))


@fault(
    "float64 output through float32",
    evidence="a relative of jax-ml/jax#9953: the result takes a detour through the default format",
    seen="float64 sums have more than 24 significant bits",
    about=_of("float64"),
)
def _float64_output(question: Question) -> Array:
    """Round the finished float64 output to float32."""
    return through(question.honest(), np.float32)


@fault(
    "float64 bias kept in float32",
    evidence="a relative of pytorch/pytorch#83686: the bias has a format of its own",
    seen="there is a float64 bias of more than 24 significant bits",
    about=lambda problem: problem.use_bias and problem.dtype == "float64",
)
def _float64_bias(question: Question) -> Array:
    """Round the bias of float64 alone to float32."""
    assert question.given.bias is not None
    return question.again(bias=through(question.given.bias, np.float32))


@fault(
    "float64 gradients through float32",
    evidence="a relative of FluxML/Flux.jl#655: the forward kernel has float64, the others have not",
    seen="float64 numbers have more than 24 significant bits",
    about=_of("float64"),
    directions=("dx", "dfilters", "dpointwise"),
)
def _float64_gradients(question: Question) -> Array:
    """Round all that the gradients of float64 are computed from to float32."""
    return narrowed(question, lambda array: through(array, np.float32))


@fault(
    "float16 taken for bfloat16",
    evidence="a relative of pytorch/pytorch#126050: one format of 16 bits is converted to the other",
    seen="float16 numbers have more than 8 significant bits",
    about=_of("float16"),
)
def _float16_as_bfloat16(question: Question) -> Array:
    """Round input and filters of float16 to bfloat16 before they are multiplied."""
    return narrowed(question, lambda array: cut(array, BFLOAT16))


@fault(
    "integers through float32",
    evidence="jax-ml/jax#9953, xarray-contrib/xarray-spatial#3684",
    seen="integer sums are above 2**24",
    about=_of("int32", "int64"),
)
def _integers_float32(question: Question) -> Array:
    """Give integer sums as the nearest float32 numbers."""
    return through(question.honest(), np.float32)


@fault(
    "integer inputs through float32",
    evidence="a relative of xarray-contrib/xarray-spatial#3684: the conversion comes before the sums",
    seen="integers of the input or the filters are above 2**24",
    about=_of("int64"),
)
def _integer_inputs_float32(question: Question) -> Array:
    """Round input and filters of int64 to float32 before they are multiplied."""
    return narrowed(question, lambda array: through(array, np.float32))


@fault(
    "int64 through float64",
    evidence="a relative of jax-ml/jax#9953: the detour through the widest float",
    seen="sums of int64 are above 2**53",
    about=_of("int64"),
)
def _int64_float64(question: Question) -> Array:
    """Give sums of int64 as the nearest float64 numbers."""
    return through(question.honest(), np.float64)


@fault(
    "int64 wraps as int32",
    evidence="a relative of Tencent/ncnn#717: the accumulator is half as wide",
    seen="sums of int64 are above 2**31",
    about=_of("int64"),
)
def _int64_int32(question: Question) -> Array:
    """Wrap sums of int64 around at 2**31."""
    return through(question.honest(), np.int32)


@fault(
    "int32 wraps as int16",
    evidence="Tencent/ncnn#717",
    seen="sums of int32 are above 2**15",
    about=_of("int32"),
)
def _int32_int16(question: Question) -> Array:
    """Wrap sums of int32 around at 2**15."""
    return through(question.honest(), np.int16)


@fault(
    "int32 saturates as int16",
    evidence="uxlfoundation/oneDNN#518",
    seen="sums of int32 are above 2**15",
    about=_of("int32"),
)
def _int32_saturates(question: Question) -> Array:
    """Clip sums of int32 to what int16 holds."""
    return question.honest().clip(-(2**15), 2**15 - 1)
