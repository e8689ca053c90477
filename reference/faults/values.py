"""Faults of special values: NaN, infinities, zeros of either sign, subnormal numbers and overflow."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from convformance.reference.faults.arithmetic import padded
from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem


def _floating(problem: Problem) -> bool:
    """Tell whether a problem is one of which special values are asked: see `convformance.reference.case.Case`."""
    floating = not problem.precision.is_integer and problem.kind != "separable"
    return floating and problem.padding_mode == "zeros" and problem.activation is None


def _where(test: Callable[[Array], Array], array: Array) -> Array:
    """Test numbers of any floating-point dtype."""
    found: Array = test(array.astype(np.float64))
    return found


def _put(array: Array, places: Array, value: float) -> Array:
    """Put a value into some places of a copy."""
    return np.where(places, np.array(value, array.dtype), array)


def _all_finite(question: Question) -> bool:
    """Tell whether nothing that was handed over is NaN or infinite."""
    given = question.given
    return all(_where(np.isfinite, array).all() for array in (given.x, given.filters, given.bias) if array is not None)


def _flushed(question: Question, array: Array) -> Array:
    """Take the subnormal numbers of an array for zeros."""
    smallest = question.problem.precision.smallest_normal
    return _put(array, _where(lambda numbers: np.abs(numbers) < smallest, array), 0)


def _padded_with_zeros(problem: Problem) -> bool:
    """Tell the same of problems with pads."""
    return _floating(problem) and plain(problem) and any(map(any, problem.pads))


@fault(
    "pads multiplied",
    evidence="tracel-ai/burn#5385",
    seen="a filter has an infinity or a NaN that meets the pads",
    about=_padded_with_zeros,
)
def _pads_multiplied(question: Question) -> Array:
    """Multiply the zeros of the pads as well: times infinity they are not a number."""
    problem, x = question.problem, padded(question)
    none = ((0, 0),) * problem.rank
    return question.again(replace(problem, spatial=x.shape[1:-1], padding=none), x=x)


@fault(
    "NaN leaks to the next column",
    evidence="a relative of pytorch/pytorch#157237: a vector of two columns is NaN at once",
    seen="a NaN in the output that is not in its last column",
    about=_floating,
)
def _leak_column(question: Question) -> Array:
    """Give NaN beside each NaN of the output."""
    output = question.honest().copy()
    output[..., 1:, :][_where(np.isnan, output[..., :-1, :])] = np.nan
    return output


@fault(
    "NaN leaks to the next image",
    evidence="pytorch/pytorch#157237",
    seen="a NaN in the output of an image that is not the last",
    about=lambda problem: _floating(problem) and problem.batch > 1,
)
def _leak_image(question: Question) -> Array:
    """Give NaN in the place of each NaN of the image before."""
    output = question.honest().copy()
    output[1:][_where(np.isnan, output[:-1])] = np.nan
    return output


@fault(
    "NaN leaks to all filters",
    evidence="a relative of pytorch/pytorch#157237: the outputs of a block are NaN together",
    seen="a NaN in one filter or in one number of the bias",
    about=lambda problem: _floating(problem) and problem.filters > problem.groups,
)
def _leak_filters(question: Question) -> Array:
    """Give NaN in all filters of a group where one of them has it."""
    output, groups = question.honest().copy(), question.problem.groups
    split = output.reshape(*output.shape[:-1], groups, -1) if output.size else output[..., None, :]
    split[_where(np.isnan, split).any(axis=-1)] = np.nan
    return split.reshape(output.shape)


@fault(
    "NaN leaks to all groups",
    evidence="a relative of XiaoMi/mace#345: zeros of other channels' weights are multiplied",
    seen="a NaN in the input of a grouped or depthwise convolution",
    about=lambda problem: _floating(problem) and problem.groups > 1,
)
def _leak_groups(question: Question) -> Array:
    """Give NaN in the output of every group where one of them has it."""
    output = question.honest().copy()
    output[_where(np.isnan, output).any(axis=-1)] = np.nan
    return output


@fault(
    "NaN of the input is zero",
    evidence="a relative of pytorch/pytorch#12484: input that is not a number counts for nothing",
    seen="a NaN in the input",
    about=_floating,
)
def _input_nan(question: Question) -> Array:
    """Take NaN in the input for zero."""
    x = question.given.x
    return question.again(x=_put(x, _where(np.isnan, x), 0))


@fault(
    "NaN of the filters is zero",
    evidence="pytorch/pytorch#12484",
    seen="a NaN in the filters",
    about=_floating,
)
def _filters_nan(question: Question) -> Array:
    """Take NaN in the filters for zero."""
    filters = question.given.filters
    return question.again(filters=_put(filters, _where(np.isnan, filters), 0))


@fault(
    "NaN falls to the comparison",
    evidence="a relative of pytorch/pytorch#12484: a maximum that prefers the number",
    seen="a NaN in the output",
    about=_floating,
)
def _output_nan(question: Question) -> Array:
    """Give zero where the output is NaN, as a comparison with zero does."""
    output = question.honest()
    return _put(output, _where(np.isnan, output), 0)


@fault(
    "infinity turns to NaN",
    evidence="tensorflow/tensorflow#60315",
    seen="an infinity in the output",
    about=_floating,
)
def _infinity(question: Question) -> Array:
    """Give NaN where the output is infinite."""
    output = question.honest()
    return _put(output, _where(np.isinf, output), np.nan)


@fault(
    "infinity of the input is the largest number",
    evidence="a relative of tensorflow/tensorflow#60315: infinities are clipped before they can turn to NaN",
    seen="an infinity in the input that meets a zero or a one of the filters",
    about=_floating,
)
def _clipped_input(question: Question) -> Array:
    """Clip infinities of the input to the largest finite number."""
    x = question.given.x
    largest = float(np.nextafter(x.dtype.type(np.inf), x.dtype.type(0)))
    infinite = _where(np.isinf, x)
    return question.again(x=np.where(infinite, np.copysign(x.dtype.type(largest), x), x))


@fault(
    "sign of infinity lost",
    evidence="a relative of tensorflow/tensorflow#60315: infinity is known by its exponent alone",
    seen="minus infinity in the output",
    about=_floating,
)
def _unsigned(question: Question) -> Array:
    """Give infinity where the output is minus infinity."""
    output = question.honest()
    return _put(output, _where(np.isneginf, output), np.inf)


@fault(
    "overflow saturates",
    evidence="a relative of uxlfoundation/oneDNN#518: what is too large is the largest number there is",
    seen="a sum that is too large for its format",
    about=_floating,
)
def _saturates(question: Question) -> Array:
    """Give the largest number where finite numbers overflow."""
    output = question.honest()
    if not _all_finite(question):
        return output
    largest = np.nextafter(output.dtype.type(np.inf), output.dtype.type(0))
    return np.where(_where(np.isinf, output), np.copysign(largest, output), output)


@fault(
    "overflow turns to NaN",
    evidence="a relative of tensorflow/tensorflow#60315: infinities of either sign meet on the way",
    seen="a sum that is too large for its format",
    about=_floating,
)
def _overflow_nan(question: Question) -> Array:
    """Give NaN where finite numbers overflow."""
    output = question.honest()
    return _put(output, _where(np.isinf, output), np.nan) if _all_finite(question) else output


@fault(
    "subnormal input is zero",
    evidence="a relative of pytorch/pytorch#19651: denormals are zero, to be fast",
    seen="subnormal numbers in the input",
    about=_floating,
)
def _flush_input(question: Question) -> Array:
    """Take subnormal numbers of the input for zeros, and declare nothing."""
    return question.again(x=_flushed(question, question.given.x))


@fault(
    "subnormal output is zero",
    evidence="a relative of pytorch/pytorch#19651: results are flushed to zero, to be fast",
    seen="subnormal numbers in the output",
    about=_floating,
)
def _flush_output(question: Question) -> Array:
    """Give zero where the output is subnormal, and declare nothing."""
    return _flushed(question, question.honest())


@fault(
    "subnormal numbers read as normal",
    evidence="a relative of pytorch/pytorch#19651: a conversion forgets that the hidden bit is zero",
    seen="subnormal numbers in the input",
    about=_floating,
)
def _hidden_bit(question: Question) -> Array:
    """Read subnormal numbers of the input as if their hidden bit were one."""
    x, smallest = question.given.x, question.problem.precision.smallest_normal
    size = np.abs(x.astype(np.float64))
    bent = np.copysign(size + smallest, x.astype(np.float64)).astype(x.dtype)
    return question.again(x=np.where((size > 0) & (size < smallest), bent, x))


@fault(
    "negative zero read as one",
    evidence="a relative of pytorch/pytorch#157237: the bits of a number are taken for a mask",
    seen="a negative zero in the input",
    about=_floating,
)
def _negative_zero(question: Question) -> Array:
    """Take negative zeros of the input for ones."""
    x = question.given.x
    return question.again(x=_put(x, (x == 0) & _where(np.signbit, x), 1))
