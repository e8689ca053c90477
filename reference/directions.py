"""What can be asked of a convolution: its output, its gradients, laws it must obey, and how it behaves."""

from typing import Final

FORWARD: Final = "forward"

GRADIENTS: Final = {
    "dx": "the gradient with respect to the input",
    "dfilters": "the gradient with respect to the filters",
    "dpointwise": "the gradient with respect to the pointwise filters of a separable convolution",
    "dbias": "the gradient with respect to the bias",
}
"""Each is the sum over all outputs of the cotangent times the output's derivative."""

LAWS: Final = {
    "law-channels": "a filter is its kernels: the maps of one channel each add up to the whole",
    "law-filters": "exchanging filters exchanges output channels",
    "law-impulse": "a single 1 in the input gives the kernel back, each tap where it meets the 1",
    "law-shift": "an input shifted by a stride gives an output shifted by one",
    "law-stride": "a stride takes every so many outputs of stride 1",
    "law-dilation": "a dilated kernel is one with zeros between its taps",
    "law-groups": "a grouped convolution is its groups' convolutions side by side",
    "law-pointwise": "a kernel of one cell is a matrix product at every place",
    "law-linear-x": "the output of a sum of inputs is the sum of their outputs",
    "law-linear-filters": "the output of a sum of filters is the sum of their outputs",
    "law-adjoint": "<cotangent, conv(x)> = <dx, x> = <dfilters, filters>: gradients are the adjoint",
    "law-transposed": "<conv(x), y> = <x, conv_T(y)>: the transposed convolution is the adjoint",
    "law-batch": "a batch of N images is N batches of one",
}
"""They hold exactly on exact numbers, inside one framework, and need no reference."""

COTANGENT_LAWS: Final = ("law-adjoint", "law-transposed")
"""Those that need a number for each output."""

STATES: Final = {
    "state-sizes": "one layer object, fed images of size A, B, A again and A of other numbers, answers each rightly",
    "state-threads": "one thread and two give the same bits",
    "state-compiled": "the compiled layer gives what the eager one gives",
}
"""Each needs something more of an adapter than one call; who does not offer it is not judged by it."""

INVALID: Final = {
    "invalid-kernel-too-large": "the kernel is larger than the padded input",
    "invalid-kernel-zero": "a kernel of no cell",
    "invalid-stride-zero": "a stride of 0",
    "invalid-stride-negative": "a stride of -1",
    "invalid-dilation-zero": "a dilation of 0",
    "invalid-dilation-negative": "a dilation of -1",
    "invalid-groups-zero": "no group",
    "invalid-groups-negative": "a negative number of groups",
    "invalid-channels-by-groups": "channels that are not divisible by the groups",
    "invalid-filters-by-groups": "filters that are not divisible by the groups",
    "invalid-filters-channels": "filters for more channels than there are",
    "invalid-filters-rank": "filters of one axis too few",
    "invalid-bias-length": "a bias of one number too many",
    "invalid-bias-short": "a bias of one number for all filters",
    "invalid-dtype-mixed": "filters of another dtype than the input",
    "invalid-pads-negative": "negative pads",
    "invalid-input-rank": "an input of one axis too few",
}
"""Problems that are none. The right answer is an error."""

DIRECTIONS: Final = (FORWARD, *GRADIENTS, *LAWS, *STATES, *INVALID)
"""Every question, by its word in a case's text."""
