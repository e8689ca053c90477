"""Faults of validation: what is no convolution is taken for one, and something comes back."""

import math

from convformance.reference.faults.fault import taken
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem


def _divisible(number: int, groups: int) -> bool:
    """Tell whether a number is a multiple of the groups; of no group it counts as one."""
    return groups < 1 or number % groups == 0


def _kernel_beyond(problem: Problem, given: Operands) -> bool:
    del given
    axes = zip(problem.spatial, problem.pads, problem.kernel_extent, strict=True)
    stepping = min(problem.kernel_size) > 0 < min(problem.dilation)
    return stepping and problem.kind != "transposed" and any(extent > size + sum(pair) for size, pair, extent in axes)


def _fits_rank(problem: Problem, given: Operands) -> bool:
    return given.x.ndim == given.filters.ndim == problem.rank + 2


def _more_channels(problem: Problem, given: Operands) -> bool:
    """Tell whether filters have kernels for more channels than there are."""
    if not _fits_rank(problem, given) or problem.kind == "separable" or problem.groups < 1:
        return False
    divisible = _divisible(problem.channels, problem.groups) and _divisible(problem.filters, problem.groups)
    return divisible and given.filters.size > math.prod(problem.filters_shape)


taken(
    "kernel larger than the input taken",
    evidence="pytorch/pytorch#4607",
    seen="a kernel larger than the padded input",
    sentence="Give data for a kernel that does not fit into the padded input.",
    takes=_kernel_beyond,
)
taken(
    "kernel of no cell taken",
    evidence="a relative of pytorch/pytorch#27598: a loop over no tap gives zeros",
    seen="a kernel of no cell",
    sentence="Give data for a kernel without a cell.",
    takes=lambda problem, _: min(problem.kernel_size) == 0,
)
taken(
    "stride of zero taken",
    evidence="pytorch/pytorch#27598",
    seen="a stride of 0",
    sentence="Give data for a window that does not move.",
    takes=lambda problem, _: min(problem.strides) == 0,
)
taken(
    "negative stride taken",
    evidence="pytorch/pytorch#17436",
    seen="a stride of -1",
    sentence="Walk backwards where the stride is negative.",
    takes=lambda problem, _: min(problem.strides) < 0,
)
taken(
    "dilation of zero taken",
    evidence="a relative of pytorch/pytorch#27598: all taps lie on one cell",
    seen="a dilation of 0",
    sentence="Put all taps on one cell where the dilation is zero.",
    takes=lambda problem, _: min(problem.dilation) == 0,
)
taken(
    "negative dilation taken",
    evidence="a relative of pytorch/pytorch#85202: its error was missing from the tests",
    seen="a dilation of -1",
    sentence="Let taps go backwards where the dilation is negative.",
    takes=lambda problem, _: min(problem.dilation) < 0,
)
taken(
    "no group taken",
    evidence="a relative of pytorch/pytorch#27598: zero groups are divided by, or are one",
    seen="a number of groups of 0",
    sentence="Take no group for one.",
    takes=lambda problem, _: problem.groups == 0,
)
taken(
    "negative groups taken",
    evidence="a relative of pytorch/pytorch#27598: the sign of the groups is not looked at",
    seen="a negative number of groups",
    sentence="Take a negative number of groups for one.",
    takes=lambda problem, _: problem.groups < 0,
)
taken(
    "channels not divisible by groups taken",
    evidence="a relative of mlpack/mlpack#4050: the remainder of a division is dropped",
    seen="channels that are not divisible by the groups",
    sentence="Leave out the channels that remain when they are divided by the groups.",
    takes=lambda problem, _: problem.groups > 0 and not _divisible(problem.channels, problem.groups),
)
taken(
    "filters not divisible by groups taken",
    evidence="a relative of mlpack/mlpack#4050: the remainder of a division is dropped",
    seen="filters that are not divisible by the groups",
    sentence="Leave out the filters that remain when they are divided by the groups.",
    takes=lambda problem, _: problem.kind != "separable" and not _divisible(problem.filters, problem.groups),
)
taken(
    "kernels without a channel taken",
    evidence="a relative of pytorch/pytorch#17436: the shapes of input and filters are not compared",
    seen="filters for more channels than there are",
    sentence="Ignore the kernels of channels that are not there.",
    takes=_more_channels,
)
taken(
    "filters of an axis too few taken",
    evidence="a relative of tensorflow/tflite-micro#2338: an axis that is missing is taken for one of one cell",
    seen="filters of one axis too few",
    sentence="Add the axis that filters lack.",
    takes=lambda problem, given: given.filters.ndim == problem.rank + 1,
)
taken(
    "input of an axis too few taken",
    evidence="a relative of tensorflow/tflite-micro#2338: an image without a batch is a batch of one",
    seen="an input of one axis too few",
    sentence="Take an image without a batch for a batch of one.",
    takes=lambda problem, given: given.x.ndim == problem.rank + 1,
)
taken(
    "bias too long taken",
    evidence="a relative of pytorch/pytorch#17436: of the bias as many numbers are read as there are filters",
    seen="a bias of one number too many",
    sentence="Ignore what a bias has too much.",
    takes=lambda problem, given: given.bias is not None and given.bias.size > problem.filters,
)
taken(
    "bias broadcast",
    evidence="a relative of dfdx/Lilith.jl#11: the bias is added as arrays are, whatever its length",
    seen="a bias of one number for several filters",
    sentence="Add a bias of one number to all filters.",
    takes=lambda problem, given: given.bias is not None and given.bias.size == 1 < problem.filters,
)
taken(
    "dtypes mixed",
    evidence="pytorch/pytorch#142463, pytorch/pytorch#83686",
    seen="filters of another dtype than the input",
    sentence="Convert the filters to the dtype of the input.",
    takes=lambda _, given: given.x.dtype != given.filters.dtype,
)
taken(
    "negative pads taken",
    evidence="a relative of pytorch/pytorch#85202: its error was missing from the tests",
    seen="negative pads",
    sentence="Cut cells off where pads are negative.",
    takes=lambda problem, _: not isinstance(problem.padding, str) and min(map(min, problem.padding)) < 0,
)
