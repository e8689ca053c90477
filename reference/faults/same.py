"""Faults of the pads that a word asks for: SAME and causal."""

from convformance.reference.axes import same_pads
from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.geometry import halved, moved, sized, uneven
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Pads, Problem


def _same(problem: Problem) -> bool:
    """Tell whether a plain or depthwise convolution pads as SAME."""
    return plain(problem) and problem.padding == "same"


def _causal(problem: Problem) -> bool:
    """Tell whether a plain or depthwise convolution pads causally."""
    return plain(problem) and problem.padding == "causal"


def _unstrided(problem: Problem) -> Pads:
    """Give the pads of SAME with a stride of 1."""
    return halved(extent - 1 for extent in problem.kernel_extent)


def _divisible(problem: Problem) -> Pads:
    """Give the pads of SAME for sizes that the stride divides."""
    return halved(max(extent - s, 0) for extent, s in zip(problem.kernel_extent, problem.strides, strict=True))


def _undilated(problem: Problem) -> Pads:
    """Give the pads of SAME for kernels without dilation."""
    return tuple(map(same_pads, problem.spatial, problem.strides, problem.kernel_size))


@fault(
    "SAME pads the head",
    evidence="keras-team/keras#22876, root-project/root#21737",
    seen="the total pad of SAME is odd: kernel 3 or 5 with stride 2 and an even size, kernel 2 with stride 1",
    about=lambda problem: _same(problem) and any(a != b for a, b in problem.pads),
)
def _same_head(question: Question) -> Array:
    """Put the odd cell of SAME before the axis instead of behind it."""
    return question.bent(pads=tuple((after, before) for before, after in question.problem.pads))


@fault(
    "SAME pads half a kernel on both sides",
    evidence="keras-team/keras#19291, root-project/root#21737",
    seen="half of the kernel is not what SAME pads before: stride 2 and an even size, or an even kernel",
    about=lambda problem: (
        _same(problem) and any(k // 2 != pair[0] for k, pair in zip(problem.kernel_extent, problem.pads, strict=True))
    ),
)
def _same_symmetric(question: Question) -> Array:
    """Pad half of the kernel on both sides for SAME, whatever size and stride are."""
    return question.bent(pads=tuple((extent // 2, extent // 2) for extent in question.problem.kernel_extent))


@fault(
    "SAME as if the stride were 1",
    evidence="a relative of keras-team/keras#19291: pads computed once, before the stride is known",
    seen="the stride is above 1, and saves a cell of pads before the axis",
    about=lambda problem: _same(problem) and moved(problem, _unstrided(problem)),
)
def _same_unstrided(question: Question) -> Array:
    """Pad for SAME what a stride of 1 would need."""
    return question.bent(pads=_unstrided(question.problem))


@fault(
    "SAME as if the size were a multiple of the stride",
    evidence="a relative of keras-team/keras#19291: the pads are kernel minus stride",
    seen="the stride does not divide the size, and that changes the pads before the axis",
    about=lambda problem: _same(problem) and moved(problem, _divisible(problem)),
)
def _same_divisible(question: Question) -> Array:
    """Pad for SAME the kernel's extent less the stride, which is right of sizes that the stride divides."""
    return question.bent(pads=_divisible(question.problem))


@fault(
    "SAME overlooks dilation",
    evidence="microsoft/onnxscript#3037, onnx/onnx#2043",
    seen="the dilation is above 1 on an axis with two taps or more",
    about=lambda problem: _same(problem) and moved(problem, _undilated(problem)),
)
def _same_undilated(question: Question) -> Array:
    """Compute the pads of SAME from the kernel's taps, without the gaps of dilation."""
    return question.bent(pads=_undilated(question.problem))


@fault(
    "SAME resets the dilation",
    evidence="a relative of onnx/onnx#2043: what SAME computes is dense, pads and all",
    seen="padding is SAME and the dilation above 1 on an axis with two taps or more",
    about=lambda problem: _same(problem) and problem.kernel_extent != problem.kernel_size,
)
def _same_dense(question: Question) -> Array:
    """Compute SAME without any dilation."""
    problem = question.problem
    return question.bent(pads=_undilated(problem), dilation=(1,) * problem.rank)


@fault(
    "SAME pads one cell",
    evidence="mezzoblue/PaintbrushJS#3",
    seen="SAME pads no cell before, or two and more: any kernel but 3 at stride 1",
    about=lambda problem: _same(problem) and any(before != 1 for before, _ in problem.pads),
)
def _same_one(question: Question) -> Array:
    """Pad one cell before every axis for SAME, as a kernel of three taps needs."""
    return question.bent(pads=((1, 1),) * question.problem.rank)


@fault(
    "SAME pads the tail alone",
    evidence="a relative of keras-team/keras#22876: windows begin at the first cell, zeros stand behind the last",
    seen="SAME pads a cell before an axis",
    about=lambda problem: _same(problem) and any(before for before, _ in problem.pads),
)
def _same_tail(question: Question) -> Array:
    """Put all pads of SAME behind the axis."""
    return question.bent(pads=tuple((0, sum(pair)) for pair in question.problem.pads))


@fault(
    "SAME pads the head alone",
    evidence="a relative of keras-team/keras#22876: SAME padded as causal convolutions are",
    seen="SAME pads a cell behind an axis",
    about=lambda problem: _same(problem) and any(after for _, after in problem.pads),
)
def _same_before(question: Question) -> Array:
    """Put all pads of SAME before the axis."""
    return question.bent(pads=tuple((sum(pair), 0) for pair in question.problem.pads))


@fault(
    "SAME pads the width as the height",
    evidence="Oldpan/Faceswap-Deepfake-Pytorch#1",
    seen="the axes need different pads before them",
    about=lambda problem: _same(problem) and uneven([before for before, _ in problem.pads]),
)
def _same_first_axis(question: Question) -> Array:
    """Use the pads that SAME needs on the first axis for every axis."""
    return question.bent(pads=question.problem.pads[:1] * question.problem.rank)


@fault(
    "SAME rounds the output down",
    evidence="plaidml/plaidml#1780",
    seen="the stride does not divide the size",
    about=lambda problem: (
        _same(problem)
        and problem.padding_mode == "zeros"
        and any(size % s for size, s in zip(problem.spatial, problem.strides, strict=True))
    ),
)
def _same_floor(question: Question) -> Array:
    """Give size / stride outputs for SAME, rounded down for up."""
    problem = question.problem
    return sized(question, [size // s for size, s in zip(problem.spatial, problem.strides, strict=True)])


@fault(
    "causal pads the end",
    evidence="a relative of keras-team/keras#5489: the future is seen instead of the past",
    seen="padding is causal and the kernel has two taps or more",
    about=lambda problem: _causal(problem) and problem.kernel_extent[0] > 1,
)
def _causal_end(question: Question) -> Array:
    """Put causal pads behind the signal."""
    return question.bent(pads=((0, question.problem.pads[0][0]),))


@fault(
    "causal overlooks dilation",
    evidence="a relative of microsoft/onnxscript#3037: pads from the kernel's taps",
    seen="padding is causal and the dilation above 1",
    about=lambda problem: _causal(problem) and problem.kernel_extent != problem.kernel_size,
)
def _causal_undilated(question: Question) -> Array:
    """Pad a causal convolution as if its kernel were not dilated."""
    return question.bent(pads=((question.problem.kernel_size[0] - 1, 0),))


@fault(
    "causal taken for SAME",
    evidence="a relative of tensorflow/models#10081: causal convolutions padded as SAME",
    seen="padding is causal and the kernel has two taps or more",
    about=lambda problem: _causal(problem) and problem.kernel_extent[0] > 1,
)
def _causal_same(question: Question) -> Array:
    """Pad a causal convolution on both sides, as SAME does."""
    return question.bent(pads=halved([question.problem.pads[0][0]]))


@fault(
    "causal hides the present",
    evidence="a relative of keras-team/keras#5489: output t is described as of the inputs before t alone",
    seen="padding is causal",
    about=_causal,
)
def _causal_late(question: Question) -> Array:
    """Shift causal windows by a cell, so that an output does not see the cell at its own place."""
    return question.bent(pads=((question.problem.pads[0][0] + 1, 0),))


@fault(
    "causal pads less by the stride",
    evidence="a relative of keras-team/keras#19291: the pads of SAME's total, all before",
    seen="padding is causal and the stride above 1",
    about=lambda problem: _causal(problem) and problem.strides[0] > 1,
)
def _causal_strided(question: Question) -> Array:
    """Pad a causal convolution with its extent less the stride."""
    return question.bent(pads=((max(question.problem.kernel_extent[0] - question.problem.strides[0], 0), 0),))
