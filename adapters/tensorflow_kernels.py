"""What TensorFlow's kernels for a CPU claim: in some dtypes they are oneDNN's, in others Eigen's, which refuse more.

Which they are depends on the processor (`IsDataTypeSupportedByOneDNNOnThisCPU` in ``core/util/util.cc``); Keras on
TensorFlow has the same kernels.
"""

from collections.abc import Mapping
from typing import Final

from convformance.adapters.processor import ONEDNN_NEEDS, Processor

_NARROW: Final = ("conv3d", "depthwise", "separable", "transposed")
"""Kinds whose outputs Eigen adds up in the dtype itself."""


def eigen_dtypes(machine: Processor) -> frozenset[str]:
    """Name the dtypes in which Eigen's kernels compute: float64 and integers always, others where oneDNN does not.

    Parameters
    ----------
    machine : Processor
        TensorFlow asks the processor itself: what limits oneDNN does not count.
    """
    by_onednn: set[str] = set()
    if machine.tensorflow_onednn:
        by_onednn = {dtype for dtype, needs in ONEDNN_NEEDS.items() if not machine.flags.isdisjoint(needs)}
        by_onednn.add("float32")
    return frozenset({"float64", "float32", "float16", "bfloat16", "int32", "int64"} - by_onednn)


def accumulators(machine: Processor) -> Mapping[str, str]:
    """Name the formats in which 16-bit numbers are added up.

    oneDNN adds them up in float32. Of Eigen's kernels the convolution of ranks 1 and 2 does, since TensorFlow casts its
    operands to float32 (``SpatialConvolutionFunctor`` in ``core/kernels/conv_2d.h``), and with it the input gradient of
    a transposed convolution; the others add up in the dtype itself. Measured by ``2**k + 1 - 2**k`` in all six orders,
    along taps, channels, positions and images, on AVX-512 without FP16 and on Haswell; `docs/engines/tensorflow.md` has
    the table. ``bias_add`` adds up its gradient in bfloat16 on every processor.

    Parameters
    ----------
    machine : Processor
        As `eigen_dtypes` takes it.
    """
    claims = {"float16": "float32", "bfloat16": "float32"}
    for dtype in ONEDNN_NEEDS:
        if dtype in eigen_dtypes(machine):
            narrow = ("dx", "dfilters", "dpointwise", *(f"{kind} forward" for kind in _NARROW))
            claims |= {f"{dtype} {what}": dtype for what in narrow}
            claims |= {f"{dtype} {kind} dx": "float32" for kind in ("transposed1d", "transposed2d")}
    return claims | {"bfloat16 dbias": "bfloat16"}
