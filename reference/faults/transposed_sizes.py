"""Faults of transposed convolutions: where an output begins and ends, strides, dilation, output padding."""

from dataclasses import replace

import numpy as np

from convformance.reference.faults.fault import explicit, fault
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem


def _transposed(problem: Problem) -> bool:
    return problem.kind == "transposed"


def _widened(problem: Problem) -> bool:
    return _transposed(problem) and max(problem.output_padding) > 0


def _same(problem: Problem) -> bool:
    return _transposed(problem) and problem.padding == "same"


@fault(
    "output padding appended as zeros",
    evidence="apache/tvm#5758, llvm/torch-mlir#2026",
    seen="there is output padding, and a crop or a bias: otherwise nothing but zeros stands there",
    about=_widened,
)
def _appended(question: Question) -> Array:
    """Append the output padding of a transposed convolution as zeros that no kernel touches."""
    output = question.honest()
    for axis, more in enumerate(question.problem.output_padding, start=1):
        np.moveaxis(output, axis, 0)[output.shape[axis] - more :] = 0
    return output


@fault(
    "output padding at the head",
    evidence="a relative of apache/tvm#5758: the cells are added at the wrong end",
    seen="there is output padding",
    about=_widened,
)
def _at_the_head(question: Question) -> Array:
    """Put the output padding of a transposed convolution before the output."""
    problem = question.problem
    pads = zip(problem.pads, problem.output_padding, strict=True)
    return question.bent(pads=tuple((before - more, after + more) for (before, after), more in pads))


@fault(
    "output padding split over both ends",
    evidence="llvm/torch-mlir#4650",
    seen="output padding along an axis that is cropped",
    about=lambda problem: _widened(problem) and explicit(problem),
)
def _split(question: Question) -> Array:
    """Crop what the output padding leaves of a transposed convolution's crop in equal halves."""
    pads = []
    for (before, after), more in zip(question.problem.pads, question.problem.output_padding, strict=True):
        left = max(before + after - more, 0)
        pads.append((left // 2, left - left // 2) if more else (before, after))
    return question.bent(pads=tuple(pads))


@fault(
    "output padding ignored",
    evidence="apache/tvm#18635",
    seen="there is output padding: the output is smaller without it",
    about=lambda problem: (
        _widened(problem)
        and all(size > more for size, more in zip(problem.output_spatial, problem.output_padding, strict=True))
    ),
)
def _no_output_padding(question: Question) -> Array:
    """Leave the output padding of a transposed convolution out: its output is too small."""
    problem = question.problem
    return question.again(replace(problem, padding=problem.pads, output_padding=(0,) * problem.rank))


@fault(
    "transposed pads the input",
    evidence="Samsung/TICO#420",
    seen="a crop is given",
    about=lambda problem: _transposed(problem) and max(map(max, problem.pads)) > 0,
)
def _pads_the_input(question: Question) -> Array:
    """Put pads around the input of a transposed convolution where its output should be cropped."""
    problem = question.problem
    # So many cells before the input are so many strides before the output.
    pads = zip(problem.pads, problem.strides, strict=True)
    return question.bent(pads=tuple((-before * s, -after * s) for (before, after), s in pads))


@fault(
    "transposed crop shifts the other way",
    evidence="a relative of Samsung/TICO#420: pads of the output where it should be cropped",
    seen="a crop is given at the head",
    about=lambda problem: _transposed(problem) and max(before for before, _ in problem.pads) > 0,
)
def _pads_the_output(question: Question) -> Array:
    """Put cells before the output of a transposed convolution where as many should be cropped."""
    return question.bent(pads=tuple((-before, -after) for before, after in question.problem.pads))


@fault(
    "transposed SAME crops the head",
    evidence="microsoft/onnxruntime#9370, keras-team/keras#22876",
    seen="the total crop of SAME is odd: kernel 3 with stride 2",
    about=lambda problem: _same(problem) and any(before != after for before, after in problem.pads),
)
def _same_head(question: Question) -> Array:
    """Crop the odd cell of SAME from the head of a transposed convolution's output."""
    return question.bent(pads=tuple((after, before) for before, after in question.problem.pads))


@fault(
    "transposed SAME crops as if the stride were 1",
    evidence="a relative of keras-team/keras#19291: half of the kernel whatever the stride is",
    seen="SAME with a stride, and a kernel of three taps or more",
    about=lambda problem: _same(problem) and max(problem.strides) > 1,
)
def _same_stride_one(question: Question) -> Array:
    """Crop half of the kernel from the head of a transposed convolution's output, whatever the stride is."""
    return question.bent(pads=tuple(((e - 1) // 2, e - 1 - (e - 1) // 2) for e in question.problem.kernel_extent))


@fault(
    "transposed SAME forgets dilation",
    evidence="a relative of microsoft/onnxscript#3037: the kernel's size taken for its extent",
    seen="SAME with dilation",
    about=lambda problem: _same(problem) and max(problem.dilation) > 1,
)
def _same_undilated(question: Question) -> Array:
    """Crop for SAME as much from a transposed convolution's output as its kernel would need without dilation."""
    return question.bent(pads=replace(question.problem, dilation=(), output_padding=()).pads)


@fault(
    "transposed SAME crops nothing",
    evidence="microsoft/onnxruntime#4086",
    seen="SAME with a kernel wider than the stride: the output is larger without the crop",
    about=lambda problem: _same(problem) and max(map(max, problem.pads)) > 0,
)
def _same_as_valid(question: Question) -> Array:
    """Take SAME for VALID in a transposed convolution: its output is too large."""
    return question.again(replace(question.problem, padding="valid", output_padding=()))


@fault(
    "transposed SAME pads in another order",
    evidence="robertknight/rten#1399",
    seen="SAME on several axes whose crops differ",
    about=lambda problem: _same(problem) and problem.rank > 1,
)
def _same_order(question: Question) -> Array:
    """Read the crop (top, bottom, left, right) of SAME as (top, left, bottom, right)."""
    flat, rank = [cells for pair in question.problem.pads for cells in pair], question.problem.rank
    return question.bent(pads=tuple(zip(flat[:rank], flat[rank:], strict=True)))


@fault(
    "transposed crop's head and tail exchanged",
    evidence="a relative of tinygrad/tinygrad#840, ARM-software/ComputeLibrary#743: wrong where the crop is asymmetric",
    seen="explicit pads that differ before and after an axis",
    about=lambda problem: _transposed(problem) and explicit(problem) and any(a != b for a, b in problem.pads),
)
def _head_and_tail(question: Question) -> Array:
    """Crop from the head of a transposed convolution's output what belongs to the tail, and the reverse."""
    return question.bent(pads=tuple((after, before) for before, after in question.problem.pads))


@fault(
    "transposed VALID loses its tail",
    evidence="a relative of openvinotoolkit/openvino#32608: a length of size times stride whatever the padding is",
    seen="VALID with a kernel wider than the stride",
    about=lambda problem: (
        _transposed(problem)
        and problem.padding == "valid"
        and any(e > s for e, s in zip(problem.kernel_extent, problem.strides, strict=True))
    ),
)
def _no_tail(question: Question) -> Array:
    """Leave what reaches beyond the last cell's stride at zero in a transposed convolution with VALID."""
    problem, output = question.problem, question.honest()
    for axis, (size, stride) in enumerate(zip(problem.spatial, problem.strides, strict=True), start=1):
        np.moveaxis(output, axis, 0)[size * stride :] = 0
    return output


@fault(
    "transposed extent is k + d - 1",
    evidence="microsoft/onnxruntime#2518",
    seen="dilation with a kernel of three taps or more: the output is too small",
    about=lambda problem: _transposed(problem) and explicit(problem) and min(_shortened(problem)) > 0,
)
def _extent(question: Question) -> Array:
    """Take k + d - 1 for the cells that a dilated kernel covers: the output ends too early."""
    return question.honest()[:, *map(slice, _shortened(question.problem))]


def _shortened(problem: Problem) -> tuple[int, ...]:
    """Give the output's size with a kernel of the wrong extent."""
    axes = zip(problem.output_spatial, problem.kernel_size, problem.dilation, strict=True)
    return tuple(size - max(k - 2, 0) * (d - 1) for size, k, d in axes)


@fault(
    "transposed stride leaves one cell too many",
    evidence="a relative of mlpack/mlpack#1493: zeros put between the cells of the input, one too many",
    seen="a stride above 1, and two cells or more along its axis",
    about=lambda problem: _transposed(problem) and max(problem.strides) > 1,
)
def _zeros(question: Question) -> Array:
    """Put as many zeros between the cells of a transposed convolution's input as the stride is, one too many."""
    return question.bent(strides=tuple(s + (s > 1) for s in question.problem.strides))


@fault(
    "transposed strides exchanged",
    evidence="a relative of PaddlePaddle/Paddle#20997: the stride of another axis",
    seen="strides that differ",
    about=lambda problem: _transposed(problem) and problem.strides != problem.strides[::-1],
)
def _strides(question: Question) -> Array:
    """Take the strides of a transposed convolution in reverse order of the axes."""
    return question.bent(strides=question.problem.strides[::-1])


@fault(
    "transposed dilation exchanged",
    evidence="a relative of tenstorrent/tt-metal#19542: the dilation of another axis",
    seen="dilations that differ",
    about=lambda problem: _transposed(problem) and problem.dilation != problem.dilation[::-1],
)
def _dilations(question: Question) -> Array:
    """Take the dilation of a transposed convolution in reverse order of the axes."""
    return question.bent(dilation=question.problem.dilation[::-1])


@fault(
    "transposed dilation ignored",
    evidence="a relative of pytorch/pytorch#14272: sizes computed as if there were none",
    seen="dilation, with two taps or more along its axis",
    about=lambda problem: _transposed(problem) and max(problem.dilation) > 1,
)
def _undilated(question: Question) -> Array:
    """Leave no cells between the taps of a transposed convolution's kernel."""
    return question.bent(dilation=(1,) * question.problem.rank)


@fault(
    "transposed stride and dilation exchanged",
    evidence="a relative of huggingface/candle#2337: the same in the gradient",
    seen="stride and dilation differ",
    about=lambda problem: _transposed(problem) and problem.strides != problem.dilation,
)
def _stride_for_dilation(question: Question) -> Array:
    """Take the strides of a transposed convolution for its dilation, and the reverse."""
    return question.bent(strides=question.problem.dilation, dilation=question.problem.strides)


@fault(
    "transposed misplaces taps where strided and dilated",
    evidence="apache/mxnet#11203, apache/mxnet#13876",
    seen="stride and dilation are both above 1",
    about=lambda problem: (
        _transposed(problem) and any(s > 1 < d for s, d in zip(problem.strides, problem.dilation, strict=True))
    ),
)
def _strided_and_dilated(question: Question) -> Array:
    """Put the taps of a transposed convolution's kernel one cell apart along strided axes that are dilated."""
    problem = question.problem
    return question.bent(
        dilation=tuple(1 if s > 1 else d for s, d in zip(problem.strides, problem.dilation, strict=True))
    )
