"""The named ways of being wrong: each a small transformation of an honest convolution.

A fault takes a `Question` and gives the wrong answer, asking an honest convolution with other parameters or other
numbers. That convolution may be the reference or any framework: `convformance.adapters.faulty` puts a fault in front of
any adapter.
"""

from convformance.reference.faults import (
    bias,
    buffers,
    channels,
    fast,
    forms,
    gradients,
    gradients_of_bias,
    gradients_of_filters,
    gradients_of_input,
    gradients_of_stages,
    kernels,
    memory,
    modes,
    numbers,
    padding,
    same,
    separable,
    shortcuts,
    sizes,
    states,
    strides,
    sums,
    tails,
    transposed,
    transposed_sizes,
    validation,
    values,
)
from convformance.reference.faults.fault import FAULTS, Fault, by_slug
from convformance.reference.faults.question import Question

__all__ = ["FAMILIES", "FAULTS", "Fault", "Question", "by_slug"]

FAMILIES = (
    bias,
    buffers,
    channels,
    fast,
    forms,
    gradients,
    gradients_of_bias,
    gradients_of_filters,
    gradients_of_input,
    gradients_of_stages,
    kernels,
    memory,
    modes,
    numbers,
    padding,
    same,
    separable,
    shortcuts,
    sizes,
    states,
    strides,
    sums,
    tails,
    transposed,
    transposed_sizes,
    validation,
    values,
)
"""The modules that write faults down, each when it is imported."""
