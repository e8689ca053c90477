"""Faults of accumulators: sums are rounded more often than they should be, or in another way."""

from collections.abc import Iterator
from dataclasses import replace

import ml_dtypes
import numpy as np

from convformance.reference.faults.arithmetic import BFLOAT16, added, cut, taps, through
from convformance.reference.faults.fault import About, fault, plain
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem


def _plain_of(*dtypes: str) -> About:
    """Give the condition that a plain or depthwise problem has one of some dtypes."""
    return lambda problem: plain(problem) and problem.dtype in dtypes


def _seen(problem: Problem) -> int:
    """Count the channels that a filter sees."""
    return problem.channels // problem.groups


@fault(
    "float32 sums kept in float16",
    evidence="a relative of ARM-software/ComputeLibrary#1287: the narrow accumulator in float32",
    seen="float32 sums need more than 11 significant bits or are above 65504",
    about=_plain_of("float32"),
)
def _float32_in_float16(question: Question) -> Array:
    """Round float32 sums to float16 after every tap; large ones become infinite."""
    return added(question, taps(question, np.float32), np.float16)


@fault(
    "float32 sums kept in bfloat16",
    evidence="a relative of uxlfoundation/oneDNN#5041: the narrow accumulator in float32",
    seen="float32 sums need more than 8 significant bits",
    about=_plain_of("float32"),
)
def _float32_in_bfloat16(question: Question) -> Array:
    """Round float32 sums to bfloat16 after every tap."""
    return added(question, taps(question, np.float32), ml_dtypes.bfloat16)


@fault(
    "float32 output through float16",
    evidence="a relative of ARM-software/ComputeLibrary#1287: the result is stored narrower than it is given",
    seen="float32 sums need more than 11 significant bits or are above 65504",
    about=lambda problem: problem.dtype == "float32",
)
def _output_float16(question: Question) -> Array:
    """Round the finished float32 output to float16."""
    return through(question.honest(), np.float16)


@fault(
    "float16 accumulator",
    evidence="ARM-software/ComputeLibrary#1287, uxlfoundation/oneDNN#5041",
    seen="float16 sums of several taps, where float32 sums are claimed",
    about=_plain_of("float16"),
)
def _float16_accumulator(question: Question) -> Array:
    """Round float16 sums after every tap instead of once."""
    return added(question, taps(question, np.float32), np.float16)


@fault(
    "bfloat16 accumulator",
    evidence="a relative of uxlfoundation/oneDNN#5041: rounding after every tap",
    seen="bfloat16 sums of several taps, where float32 sums are claimed",
    about=_plain_of("bfloat16"),
)
def _bfloat16_accumulator(question: Question) -> Array:
    """Round bfloat16 sums after every tap instead of once."""
    return added(question, taps(question, np.float32), ml_dtypes.bfloat16)


@fault(
    "products rounded to 16 bits",
    evidence="a relative of ARM-software/ComputeLibrary#1287: multiplied in 16 bits, added up in 32",
    seen="float16 or bfloat16 products have more bits than their format",
    about=_plain_of("float16", "bfloat16"),
)
def _products_16(question: Question) -> Array:
    """Round every single product to 16 bits, then add them up in float32."""
    grouped = question.problem.as_grouped
    narrow = question.problem.precision.numpy_dtype

    def products() -> Iterator[Array]:
        for channel in range(_seen(grouped)):
            filters = np.zeros(grouped.filters_shape, question.given.filters.dtype)
            filters[..., channel, :] = question.given.filters.reshape(grouped.filters_shape)[..., channel, :]
            alone = replace(question, given=replace(question.given, filters=filters))
            yield from (part.astype(narrow) for part in taps(alone, np.float32))

    return added(question, products(), np.float32)


@fault(
    "halves of the channels rounded to 16 bits",
    evidence="a relative of uxlfoundation/oneDNN#5041: partial sums of a split reduction are stored in 16 bits",
    seen="float16 or bfloat16 sums over several channels",
    about=lambda problem: problem.dtype in {"float16", "bfloat16"} and plain(problem) and _seen(problem) > 1,
)
def _halves_16(question: Question) -> Array:
    """Add up both halves of the channels apart, round each to 16 bits, and add these."""
    half = question.given.filters.shape[-2] // 2
    first, second = question.given.filters.copy(), question.given.filters.copy()
    first[..., half:, :], second[..., :half, :] = 0, 0
    plainly = replace(question.problem, use_bias=False, activation=None)
    parts = (question.again(plainly, filters=filters, bias=None) for filters in (first, second))
    return added(question, parts, question.problem.precision.numpy_dtype)


@fault(
    "float64 sums in float32",
    evidence="a relative of FluxML/Flux.jl#655: the accumulator is float32 whatever the dtype",
    seen="float64 sums of more than 24 significant bits",
    about=_plain_of("float64"),
)
def _float64_in_float32(question: Question) -> Array:
    """Add products of float64 up in float32."""
    return added(question, taps(question, np.float64), np.float32)


@fault(
    "bfloat16 truncated",
    evidence="a relative of pytorch/pytorch#126050: the upper half of a float32 is taken for its bfloat16",
    seen="the next lower bfloat16 is not the nearest",
    about=lambda problem: problem.dtype == "bfloat16",
)
def _truncated(question: Question) -> Array:
    """Cut bfloat16 sums off where they should be rounded."""
    given = question.given
    wide = given.map(lambda array: array.astype(np.float32))
    sums = question.compute(replace(question.problem, dtype="float32"), wide, question.direction)
    return cut(sums, BFLOAT16, np.trunc).astype(given.x.dtype)


@fault(
    "filters' gradient rounded after each image",
    evidence="a relative of uxlfoundation/oneDNN#5041: images add to a gradient of 16 bits",
    seen="a batch of several images in float16 or bfloat16",
    about=lambda problem: problem.dtype in {"float16", "bfloat16"} and problem.batch > 1 and plain(problem),
    directions=("dfilters",),
)
def _images_rounded(question: Question) -> Array:
    """Add the images' gradients of the filters up in 16 bits."""
    given, alone = question.given, replace(question.problem, batch=1)
    assert given.cotangent is not None
    total = np.zeros_like(given.filters)
    with np.errstate(over="ignore", invalid="ignore"):
        for x, cotangent in zip(given.x, given.cotangent, strict=True):
            total = total + question.again(alone, x=x[None], cotangent=cotangent[None])
    return total


@fault(
    "order of the sums changes from call to call",
    evidence="pytorch/pytorch#75363, tensorflow/tensorflow#23318",
    seen="real numbers in float32, asked twice",
    about=_plain_of("float32"),
    remembers=True,
)
def _order(question: Question) -> Array:
    """Add the taps up in reverse order at every second call, as threads do that race."""
    calls = question.memory["calls"] = question.memory.get("calls", 0) + 1
    parts = list(taps(question, np.float32))
    return added(question, iter(parts[:: -1 if calls % 2 == 0 else 1]), np.float32)
