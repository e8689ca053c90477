"""The parameters of Keras' tests of its convolution layers, as texts of problems.

Read from the tests that its wheel has in ``keras/src/layers/convolutional``. Those of them that lay
their input out channels first have the same problem here with the axes in their places.
"""

from typing import Final

VERSION: Final = "3.15.1"
"""The release that they were read from."""

CORRECT: Final[tuple[tuple[str, float, float, tuple[str, ...]], ...]] = (
    ("ConvCorrectnessTest.test_conv1d", 1e-6, 1e-6, (
        "conv1d-n2-i8-c4-f5-k2-s1-pvalid-d1-g1-b-f32",
        "conv1d-n2-i8-c4-f6-k2-s1-psame-d2-g2-b-f32",
        "conv1d-n2-i8-c4-f6-k2-s1-pcausal-d2-g2-b-f32",
        "conv1d-n2-i8-c4-f6-k2-s2-pvalid-d1-g2-b-f32",
        "conv1d-n2-i4-c8-f6-k2-s2-pvalid-d1-g2-b-f32",
    )),
    ("ConvCorrectnessTest.test_conv2d", 5e-4, 1e-6, (
        "conv2d-n2-i8x8-c4-f5-k2x2-s1x1-pvalid-d1x1-g1-b-f32",
        "conv2d-n2-i8x8-c4-f4-k3x3-s2x2-psame-d1x1-g1-b-f32",
        "conv2d-n2-i8x8-c4-f6-k2x2-s1x1-psame-d2x2-g2-b-f32",
        "conv2d-n2-i8x8-c4-f6-k2x2-s1x1-psame-d2x3-g2-b-f32",
        "conv2d-n2-i8x8-c4-f6-k4x3-s2x1-pvalid-d1x1-g2-b-f32",
        "conv2d-n2-i8x4-c8-f6-k4x3-s2x1-pvalid-d1x1-g2-b-f32",
    )),
    ("ConvCorrectnessTest.test_conv3d", 1e-3, 1e-6, (
        "conv3d-n2-i8x8x8-c4-f5-k2x2x2-s1x1x1-pvalid-d1x1x1-g1-b-f32",
        "conv3d-n2-i8x8x8-c4-f6-k2x2x2-s1x1x1-psame-d2x2x2-g2-b-f32",
        "conv3d-n2-i8x8x8-c4-f6-k2x2x2-s1x1x1-psame-d2x3x4-g2-b-f32",
        "conv3d-n2-i8x8x8-c4-f6-k2x2x3-s2x1x2-pvalid-d1x1x1-g2-b-f32",
        "conv3d-n2-i8x8x4-c8-f6-k2x2x3-s2x1x2-pvalid-d1x1x1-g2-b-f32",
    )),
    ("DepthwiseConvCorrectnessTest.test_depthwise_conv1d", 1e-6, 1e-6, (
        "depthwise1d-n2-i8-c4-f20-k2-s1-pvalid-d1-g4-b-f32",
        "depthwise1d-n2-i8-c4-f24-k2-s1-psame-d2-g4-b-f32",
        "depthwise1d-n2-i8-c4-f24-k2-s2-pvalid-d1-g4-b-f32",
        "depthwise1d-n2-i8-c4-f24-k2-s1-psame-d2-g4-b-f32",
    )),
    ("DepthwiseConvCorrectnessTest.test_depthwise_conv2d", 1e-6, 1e-5, (
        "depthwise2d-n2-i8x8-c4-f20-k2x2-s1x1-pvalid-d1x1-g4-b-f32",
        "depthwise2d-n2-i8x8-c4-f24-k2x2-s1x1-psame-d2x2-g4-b-f32",
        "depthwise2d-n2-i8x8-c4-f24-k2x2-s2x2-pvalid-d1x1-g4-b-f32",
    )),
    ("SeparableConvCorrectnessTest.test_separable_conv1d", 1e-5, 1e-5, (
        "separable1d-n2-i8-c4-f5-x5-k2-s1-pvalid-d1-g4-b-f32",
        "separable1d-n2-i8-c4-f6-x6-k2-s1-psame-d2-g4-b-f32",
        "separable1d-n2-i8-c4-f6-x6-k2-s2-pvalid-d1-g4-b-f32",
    )),
    ("SeparableConvCorrectnessTest.test_separable_conv2d", 1e-5, 1e-5, (
        "separable2d-n2-i8x8-c4-f5-x5-k2x2-s1x1-pvalid-d1x1-g4-b-f32",
        "separable2d-n2-i8x8-c4-f6-x6-k2x2-s1x1-psame-d2x2-g4-b-f32",
        "separable2d-n2-i8x8-c4-f6-x6-k2x2-s2x2-pvalid-d1x1-g4-b-f32",
    )),
    ("ConvTransposeCorrectnessTest.test_conv1d_transpose", 1e-6, 1e-5, (
        "transposed1d-n2-i8-c4-f5-k2-s2-pvalid-d1-g1-b-f32",
        "transposed1d-n2-i8-c4-f6-k2-s3-p0+2-o2-d1-g1-b-f32",
        "transposed1d-n2-i8-c4-f6-k2-s2-pvalid-d1-g1-b-f32",
    )),
    ("ConvTransposeCorrectnessTest.test_conv2d_transpose", 1e-6, 1e-5, (
        "transposed2d-n2-i14x14-c4-f5-k2x2-s2x2-pvalid-d1x1-g1-b-f32",
        "transposed2d-n2-i14x14-c4-f6-k7x7-s16x16-p2+4x2+4-o2x2-d1x1-g1-b-f32",
        "transposed2d-n2-i14x14-c4-f6-k2x3-s2x1-pvalid-d1x1-g1-b-f32",
        "transposed2d-n2-i14x14-c4-f2-k7x7-s16x16-pvalid-d1x1-g1-b-f32",
    )),
    ("ConvTransposeCorrectnessTest.test_conv3d_transpose", 1e-6, 1e-5, (
        "transposed3d-n2-i8x8x8-c4-f5-k2x2x2-s2x2x2-pvalid-d1x1x1-g1-b-f32",
        "transposed3d-n2-i8x8x8-c4-f6-k2x2x2-s3x3x3-p0+2x0+2x0+2-o2x2x2-d1x1x1-g1-b-f32",
        "transposed3d-n2-i8x8x8-c4-f6-k2x2x3-s2x1x2-pvalid-d1x1x1-g1-b-f32",
    )),
)  # fmt: skip
"""Test, relative and absolute tolerance, and problems; the values are compared with a NumPy loop on normal numbers."""

SHAPES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("ConvBasicTest", (
        "conv1d-n3-i5-c4-f5-k2-s1-pvalid-d1-g1-b-f32",
        "conv1d-n3-i4-c4-f6-k2-s1-psame-d2-g2-b-f32",
        "conv1d-n3-i4-c4-f6-k2-s1-pcausal-d2-g2-b-f32",
        "conv1d-n3-i5-c4-f6-k2-s2-pvalid-d1-g2-b-f32",
        "conv2d-n3-i5x5-c4-f5-k2x2-s1x1-pvalid-d1x1-g1-b-f32",
        "conv2d-n3-i4x4-c4-f6-k2x2-s1x1-psame-d2x2-g2-b-f32",
        "conv2d-n3-i5x5-c4-f6-k2x2-s2x1-pvalid-d1x1-g2-b-f32",
        "conv3d-n3-i5x5x5-c4-f5-k2x2x2-s1x1x1-pvalid-d1x1x1-g1-b-f32",
        "conv3d-n3-i4x4x4-c4-f6-k2x2x2-s1x1x1-psame-d2x2x2-g2-b-f32",
        "conv3d-n3-i5x5x5-c4-f6-k2x2x3-s2x1x2-pvalid-d1x1x1-g2-b-f32",
    )),
    ("DepthwiseConvBasicTest", (
        "depthwise1d-n3-i5-c4-f20-k2-s1-pvalid-d1-g4-b-f32",
        "depthwise1d-n3-i4-c4-f24-k2-s1-psame-d2-g4-b-f32",
        "depthwise1d-n3-i5-c4-f24-k2-s2-pvalid-d1-g4-b-f32",
        "depthwise1d-n3-i10-c4-f24-k2-s1-psame-d2-g4-b-f32",
        "depthwise2d-n3-i5x5-c4-f20-k2x2-s1x1-pvalid-d1x1-g4-b-f32",
        "depthwise2d-n3-i4x4-c4-f24-k2x2-s1x1-psame-d2x2-g4-b-f32",
        "depthwise2d-n3-i5x5-c4-f24-k2x2-s2x2-pvalid-d1x1-g4-b-f32",
    )),
    ("SeparableConvBasicTest", (
        "separable1d-n3-i5-c4-f5-x5-k2-s1-pvalid-d1-g4-b-f32",
        "separable1d-n3-i4-c4-f6-x6-k2-s1-psame-d2-g4-b-f32",
        "separable1d-n3-i5-c4-f6-x6-k2-s2-pvalid-d1-g4-b-f32",
        "separable2d-n3-i5x5-c4-f5-x5-k2x2-s1x1-pvalid-d1x1-g4-b-f32",
        "separable2d-n3-i4x4-c4-f6-x6-k2x2-s1x1-psame-d2x2-g4-b-f32",
        "separable2d-n3-i5x5-c4-f6-x6-k2x2-s2x2-pvalid-d1x1-g4-b-f32",
    )),
    ("ConvTransposeBasicTest", (
        "transposed1d-n2-i8-c4-f5-k2-s2-pvalid-d1-g1-b-f32",
        "transposed1d-n2-i8-c4-f6-k2-s3-p0+2-o2-d1-g1-b-f32",
        "transposed1d-n2-i8-c4-f6-k2-s2-pvalid-d1-g1-b-f32",
        "transposed2d-n2-i8x8-c4-f5-k2x2-s2x2-pvalid-d1x1-g1-b-f32",
        "transposed2d-n2-i8x8-c4-f6-k2x2-s3x3-p0+2x0+2-o2x2-d1x1-g1-b-f32",
        "transposed2d-n2-i8x8-c4-f6-k2x3-s2x1-pvalid-d1x1-g1-b-f32",
        "transposed2d-n1-i14x14-c2-f2-k7x7-s16x16-pvalid-d1x1-g1-b-f32",
        "transposed3d-n2-i8x8x8-c4-f5-k2x2x2-s2x2x2-pvalid-d1x1x1-g1-b-f32",
        "transposed3d-n2-i8x8x8-c4-f6-k2x2x2-s3x3x3-p0+2x0+2x0+2-o2x2x2-d1x1x1-g1-b-f32",
        "transposed3d-n2-i8x8x8-c4-f6-k2x2x3-s2x1x2-pvalid-d1x1x1-g1-b-f32",
    )),
)  # fmt: skip
"""Test class and problems of which shape and dtype alone are compared."""
