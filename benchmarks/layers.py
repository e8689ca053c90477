"""The layers that are timed: of real networks, batch 1, float32, without bias or activation."""

from dataclasses import dataclass
from typing import Final

from convformance.reference.problem import Problem


@dataclass(frozen=True)
class Layer:
    """One convolution layer of a published network.

    Attributes
    ----------
    name : str
        What the report calls it.
    problem : Problem
        The convolution on one image.
    source : str
        Where the network is described.
    """

    name: str
    problem: Problem
    source: str


def flops(problem: Problem) -> int:
    """Count the floating-point operations of an output, or of its gradient in the input or in the filters.

    Parameters
    ----------
    problem : Problem
        Any convolution but a separable one.

    Returns
    -------
    int
        A multiplication and an addition for each of the products of each output, those with zeros of the padding
        among them, as the literature counts them.
    """
    plain = problem.adjoint if problem.kind == "transposed" else problem.as_grouped
    outputs = plain.batch * plain.filters
    for cells in plain.output_spatial:
        outputs *= cells
    return 2 * outputs * plain.products


def bytes_moved(problem: Problem, itemsize: int) -> int:
    """Count the bytes that must be moved at least: input and filters read, output written, each once.

    Parameters
    ----------
    problem : Problem
        Any convolution.
    itemsize : int
        Bytes of one number.

    Returns
    -------
    int
        The same of both gradients, which read two of the three arrays and write the third.
    """
    total = 0
    for shape in (problem.input_shape, problem.filters_shape, problem.output_shape):
        numbers = 1
        for size in shape:
            numbers *= size
        total += numbers
    return itemsize * total


_RESNET = "K. He et al., arXiv:1512.03385, table 1"


def _plane(  # noqa: PLR0913, PLR0917 - the sizes of a layer
    size: int, channels: int, filters: int, kernel: int, stride: int = 1, groups: int = 1
) -> Problem:
    around = (kernel - 1) // 2
    return Problem(
        batch=1,
        spatial=(size, size),
        channels=channels,
        filters=filters,
        kernel_size=(kernel, kernel),
        strides=(stride, stride),
        padding="valid" if kernel == 1 else "same" if stride == 1 else ((around, around), (around, around)),
        groups=groups,
    )


PLAIN: Final = (
    Layer("ResNet-50 conv1 7x7/2", _plane(224, 3, 64, 7, 2), _RESNET),
    Layer("ResNet-50 conv2 3x3", _plane(56, 64, 64, 3), _RESNET),
    Layer("ResNet-50 conv2 1x1", _plane(56, 64, 256, 1), _RESNET),
    Layer("ResNet-50 conv3 3x3", _plane(28, 128, 128, 3), _RESNET),
    Layer("ResNet-50 conv4 3x3", _plane(14, 256, 256, 3), _RESNET),
    Layer("ResNet-50 conv5 3x3", _plane(7, 512, 512, 3), _RESNET),
    Layer("VGG-16 conv1_2 3x3", _plane(224, 64, 64, 3), "K. Simonyan and A. Zisserman, arXiv:1409.1556, table 1, D"),
    Layer("ResNet-50 conv3 3x3/2", _plane(56, 128, 128, 3, 2), _RESNET),
)
"""The eight layers that the oracle's goal is stated for."""

RELATIVES: Final = (
    Layer(
        "WaveNet dilated causal",
        Problem(
            batch=1,
            spatial=(16000,),
            channels=64,
            filters=128,
            kernel_size=(2,),
            strides=(1,),
            padding="causal",
            dilation=(512,),
        ),
        "A. van den Oord et al., arXiv:1609.03499, section 2.1: one second at 16 kHz",
    ),
    Layer(
        "I3D Mixed_4b 3x3x3",
        Problem(batch=1, spatial=(8, 14, 14), channels=96, filters=208, kernel_size=(3, 3, 3), padding="same"),
        "J. Carreira and A. Zisserman, arXiv:1705.07750, figure 3: 32 frames",
    ),
    Layer(
        "ResNeXt-50 conv2 3x3 g32",
        _plane(56, 128, 128, 3, groups=32),
        "S. Xie et al., arXiv:1611.05431, table 1",
    ),
    Layer(
        "MobileNetV2 depthwise 3x3",
        Problem(
            kind="depthwise",
            batch=1,
            spatial=(56, 56),
            channels=144,
            filters=144,
            kernel_size=(3, 3),
            padding="same",
            groups=144,
        ),
        "M. Sandler et al., arXiv:1801.04381, table 2",
    ),
)
"""Ranks 1 and 3, groups, and depthwise."""

LAYERS: Final = PLAIN + RELATIVES
