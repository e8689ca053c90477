"""What torch's kernels for a CPU claim of their sums: oneDNN's where it has one for the dtype, else ATen's own."""

from collections.abc import Mapping

from convformance.adapters.processor import ONEDNN_NEEDS, Processor


def accumulators(machine: Processor) -> Mapping[str, str]:
    """Name the formats in which 16-bit numbers are added up.

    oneDNN adds them up in float32. Where it has no kernel, ATen's own add up taps (``col2im``) and images, one after
    the other, in the dtype itself, and only what one matrix product adds up in float32; the outputs of a plain
    convolution, and so the input gradient of a transposed one, are such products. Measured as
    `convformance.adapters.tensorflow_kernels.accumulators` says; `docs/engines/torch.md` has the table.

    Parameters
    ----------
    machine : Processor
        torch asks oneDNN, so that what limits it counts.
    """
    claims = {"float16": "float32", "bfloat16": "float32"}
    for dtype, needs in ONEDNN_NEEDS.items():
        if machine.onednn.isdisjoint(needs):
            narrow = ("dx", "dfilters", "dbias", "transposed forward")
            claims |= {f"{dtype} {what}": dtype for what in narrow} | {f"{dtype} transposed dx": "float32"}
    return claims
