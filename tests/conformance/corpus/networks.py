"""The convolution layers of real networks, as their papers and reference implementations define them."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from convformance.reference.case import Case
from convformance.reference.problem import Axes, Kind, Padding, Problem


class Layer(NamedTuple):
    """One convolution layer, but for the batch; its input is as long on all axes, or has a size for each."""

    size: int | Axes
    channels: int
    filters: int
    kernel: Axes
    stride: int = 1
    padding: Padding = "same"
    groups: int = 1
    use_bias: bool = False
    relu: bool = False
    dilation: int = 1
    kind: Kind = "conv"

    @property
    def spatial(self) -> Axes:
        """The size of the input along each spatial axis."""
        return self.size if isinstance(self.size, tuple) else (self.size,) * len(self.kernel)

    def problem(self, batch: int) -> Problem:
        """Give the problem for so many images."""
        return Problem(
            kind=self.kind,
            batch=batch,
            spatial=self.spatial,
            channels=self.channels,
            filters=self.filters,
            kernel_size=self.kernel,
            strides=(self.stride,) * len(self.kernel),
            padding=self.padding,
            dilation=(self.dilation,) * len(self.kernel),
            groups=self.groups,
            use_bias=self.use_bias,
            activation="relu" if self.relu else None,
        )


def _around(cells: int) -> Padding:
    return ((cells, cells), (cells, cells))


def resnet_50() -> Iterator[Layer]:
    """Give the layers of ResNet-50 with the stride in the 3x3 layers, as torch and Keras ship it today.

    References
    ----------
    K. He et al., "Deep residual learning for image recognition", arXiv:1512.03385, table 1.
    """
    yield Layer(224, 3, 64, (7, 7), 2, _around(3))
    size, channels = 56, 64
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            step = stride if block == 0 else 1
            yield Layer(size, channels, width, (1, 1), padding="valid")
            yield Layer(size, width, width, (3, 3), step, _around(1))
            if block == 0:
                yield Layer(size, channels, 4 * width, (1, 1), step, "valid")
            size //= step
            yield Layer(size, width, 4 * width, (1, 1), padding="valid")
            channels = 4 * width


def vgg_16() -> Iterator[Layer]:
    """Give the layers of VGG-16, with their bias and ReLU.

    References
    ----------
    K. Simonyan and A. Zisserman, "Very deep convolutional networks for large-scale image recognition",
    arXiv:1409.1556, table 1, column D.
    """
    size, channels = 224, 3
    for width, layers in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(layers):
            yield Layer(size, channels, width, (3, 3), padding=_around(1), use_bias=True, relu=True)
            channels = width
        size //= 2


def mobilenet_v2() -> Iterator[Layer]:
    """Give the layers of MobileNetV2, both as TensorFlow pads them (SAME) and as torch does.

    References
    ----------
    M. Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", arXiv:1801.04381, table 2.
    """
    for padding in ("same", _around(1)):
        yield Layer(224, 3, 32, (3, 3), 2, padding)
    size, channels = 112, 32
    for expansion, width, blocks, first_stride in (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            hidden = expansion * channels
            if expansion > 1:
                yield Layer(size, channels, hidden, (1, 1))
            for padding in ("same", _around(1)):
                yield Layer(size, hidden, hidden, (3, 3), stride, padding, groups=hidden)
            size //= stride
            yield Layer(size, hidden, width, (1, 1))
            channels = width
    yield Layer(size, channels, 1280, (1, 1))


def mobilenet_v2_depthwise() -> Iterator[Layer]:
    """Give the depthwise layers of MobileNetV2 as what they are, not as grouped ones."""
    for layer in mobilenet_v2():
        if layer.groups > 1:
            yield layer._replace(kind="depthwise")


def efficientnet_b0() -> Iterator[Layer]:
    """Give the layers of EfficientNet-B0, the two 1x1 layers of squeeze and excitation among them.

    References
    ----------
    M. Tan and Q. Le, "EfficientNet: rethinking model scaling for convolutional neural networks", arXiv:1905.11946,
    table 1; J. Hu et al., "Squeeze-and-excitation networks", arXiv:1709.01507.
    """
    yield Layer(224, 3, 32, (3, 3), 2)
    size, channels = 112, 32
    for expansion, kernel, first_stride, width, blocks in (
        (1, 3, 1, 16, 1),
        (6, 3, 2, 24, 2),
        (6, 5, 2, 40, 2),
        (6, 3, 2, 80, 3),
        (6, 5, 1, 112, 3),
        (6, 5, 2, 192, 4),
        (6, 3, 1, 320, 1),
    ):
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            hidden = expansion * channels
            squeezed = max(1, channels // 4)
            if expansion > 1:
                yield Layer(size, channels, hidden, (1, 1))
            yield Layer(size, hidden, hidden, (kernel, kernel), stride, groups=hidden)
            size //= stride
            yield Layer(1, hidden, squeezed, (1, 1), use_bias=True)
            yield Layer(1, squeezed, hidden, (1, 1), use_bias=True)
            yield Layer(size, hidden, width, (1, 1))
            channels = width
    yield Layer(size, channels, 1280, (1, 1))


def inception_v3() -> Iterator[Layer]:
    """Give the layers of Inception-v3: 1x7, 7x1, 1x3, 3x1 and 5x5 kernels on odd image sizes.

    References
    ----------
    C. Szegedy et al., "Rethinking the Inception architecture for computer vision", arXiv:1512.00567, table 1 and
    figures 5 to 7; channel counts as in the Keras and torch implementations.
    """
    yield Layer(299, 3, 32, (3, 3), 2, "valid", relu=True)
    yield Layer(149, 32, 32, (3, 3), padding="valid", relu=True)
    yield Layer(147, 32, 64, (3, 3), relu=True)
    yield Layer(73, 64, 80, (1, 1), relu=True)
    yield Layer(73, 80, 192, (3, 3), padding="valid", relu=True)
    for channels, pooled in ((192, 32), (256, 64), (288, 64)):
        for filters in (64, 48, pooled):
            yield Layer(35, channels, filters, (1, 1), relu=True)
    yield Layer(35, 48, 64, (5, 5), relu=True)
    yield Layer(35, 64, 96, (3, 3), relu=True)
    yield Layer(35, 96, 96, (3, 3), relu=True)
    yield Layer(35, 288, 384, (3, 3), 2, "valid", relu=True)
    yield Layer(35, 96, 96, (3, 3), 2, "valid", relu=True)
    for width in (128, 160, 192):
        yield Layer(17, 768, width, (1, 1), relu=True)
        for kernel in ((1, 7), (7, 1)):
            yield Layer(17, width, width, kernel, relu=True)
            yield Layer(17, width, 192, kernel, relu=True)
    yield Layer(17, 192, 320, (3, 3), 2, "valid", relu=True)
    yield Layer(17, 192, 192, (3, 3), 2, "valid", relu=True)
    for channels in (1280, 2048):
        for filters in (320, 384, 448, 192):
            yield Layer(8, channels, filters, (1, 1), relu=True)
    yield Layer(8, 448, 384, (3, 3), relu=True)
    for kernel in ((1, 3), (3, 1)):
        yield Layer(8, 384, 384, kernel, relu=True)


def wavenet() -> Iterator[Layer]:
    """Give the layers of WaveNet: causal convolutions of two taps, their dilation doubling from 1 to 512.

    References
    ----------
    A. van den Oord et al., "WaveNet: a generative model for raw audio", arXiv:1609.03499, section 2.1 and figure 4.
    """
    yield Layer((1200,), 1, 32, (2,), padding="causal", use_bias=True)
    for exponent in range(10):
        yield Layer((1200,), 32, 64, (2,), padding="causal", use_bias=True, dilation=2**exponent)
    yield Layer((1200,), 32, 128, (1,), use_bias=True, relu=True)
    yield Layer((1200,), 128, 256, (1,), use_bias=True)


def c3d() -> Iterator[Layer]:
    """Give the layers of C3D, on clips of half the frames and a quarter of the height and width.

    References
    ----------
    D. Tran et al., "Learning spatiotemporal features with 3D convolutional networks", arXiv:1412.0767, figure 3.
    """
    for size, channels, filters in (
        ((8, 28, 28), 3, 64),
        ((8, 14, 14), 64, 128),
        ((4, 7, 7), 128, 256),
        ((4, 7, 7), 256, 256),
        ((2, 4, 4), 256, 512),
        ((2, 4, 4), 512, 512),
    ):
        yield Layer(size, channels, filters, (3, 3, 3), padding=((1, 1),) * 3, use_bias=True, relu=True)


NETWORKS: Final = {
    "resnet-50": resnet_50,
    "vgg-16": vgg_16,
    "mobilenet-v2": mobilenet_v2,
    "mobilenet-v2-depthwise": mobilenet_v2_depthwise,
    "wavenet": wavenet,
    "c3d": c3d,
    "inception-v3": inception_v3,
    "efficientnet-b0": efficientnet_b0,
}


def cases_of(network: str) -> Iterator[Case]:
    """Give the cases of a network's distinct layers.

    Parameters
    ----------
    network : str
        A key of `NETWORKS`.

    Yields
    ------
    Case
        Each layer on one image, on exact and on real numbers; small images come in twos. The layers that see the RGB
        image come on crops of the photograph as well, in twos.
    """
    for layer in dict.fromkeys(NETWORKS[network]()):
        problem = layer.problem(batch=1 if max(layer.spatial) > 14 else 2)
        yield Case(problem, numbers="exact")
        yield Case(problem, numbers="real")
        if layer.channels == 3 and len(layer.kernel) == 2:
            yield Case(layer.problem(batch=2), numbers="photo")
            yield Case(layer.problem(batch=2), numbers="photo", memory="view")
