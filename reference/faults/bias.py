"""Faults of what comes behind the sum: bias and ReLU."""

from dataclasses import replace

import numpy as np

from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.geometry import taps
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem


def _biased(problem: Problem) -> bool:
    """Tell whether a plain or depthwise convolution has a bias."""
    return plain(problem) and problem.use_bias


def _bias(question: Question) -> Array:
    """Give the bias of a problem that has one."""
    assert question.given.bias is not None
    return question.given.bias


@fault(
    "bias missing",
    evidence="pytorch/pytorch#36173, sony/nnabla#691",
    seen="there is a bias",
    about=_biased,
)
def _missing(question: Question) -> Array:
    """Add no bias."""
    return question.again(bias=np.zeros_like(_bias(question)))


@fault(
    "bias added per tap",
    evidence="a relative of kraiskil/onnx2c#40: the bias is added within a loop",
    seen="there is a bias, and the kernel has two taps or more",
    about=lambda problem: _biased(problem) and taps(problem) > 1,
)
def _per_tap(question: Question) -> Array:
    """Add the bias once for every tap of the kernel."""
    return question.again(bias=_bias(question) * _bias(question).dtype.type(taps(question.problem)))


@fault(
    "bias added per channel",
    evidence="a relative of kraiskil/onnx2c#40: the bias is added within a loop",
    seen="there is a bias, and a filter sees two channels or more",
    about=lambda problem: _biased(problem) and problem.channels > problem.groups,
)
def _per_channel(question: Question) -> Array:
    """Add the bias once for every channel that a filter sees."""
    bias, channels = _bias(question), question.problem.channels // question.problem.groups
    return question.again(bias=bias * bias.dtype.type(channels))


@fault(
    "bias added twice",
    evidence="a relative of kraiskil/onnx2c#40: fused into the sum, and added again behind it",
    seen="there is a bias",
    about=_biased,
)
def _twice(question: Question) -> Array:
    """Add the bias twice."""
    return question.again(bias=_bias(question) + _bias(question))


@fault(
    "bias subtracted",
    evidence="a relative of kraiskil/onnx2c#40: the sign of what is added",
    seen="there is a bias",
    about=_biased,
)
def _subtracted(question: Question) -> Array:
    """Subtract the bias."""
    return question.again(bias=-_bias(question))


@fault(
    "bias of the first group for all",
    evidence="robertknight/rten#1408",
    seen="there is a bias, and two groups or more",
    about=lambda problem: _biased(problem) and problem.groups > 1,
)
def _first_group(question: Question) -> Array:
    """Give every group the bias of the first."""
    problem = question.problem
    return question.again(bias=np.tile(_bias(question)[: problem.filters // problem.groups], problem.groups))


@fault(
    "bias of the first filter for all",
    evidence="a relative of robertknight/rten#1408: one number read for all",
    seen="there is a bias, and two filters or more",
    about=lambda problem: _biased(problem) and problem.filters > 1,
)
def _first_filter(question: Question) -> Array:
    """Give every filter the bias of the first."""
    return question.again(bias=np.repeat(_bias(question)[:1], question.problem.filters))


@fault(
    "bias of a depthwise convolution per channel",
    evidence="a relative of SonySemiconductorSolutions/mct-model-optimization#142: a bias and a multiplier",
    seen="a depthwise convolution has a bias and a multiplier of two or more",
    about=lambda problem: _biased(problem) and problem.kind == "depthwise" and problem.multiplier > 1,
)
def _by_channel(question: Question) -> Array:
    """Give all maps of a channel the bias of that channel's number."""
    problem = question.problem
    return question.again(bias=np.repeat(_bias(question)[: problem.channels], problem.multiplier))


@fault(
    "bias for the first image alone",
    evidence="a relative of tensorflow/tensorflow#1299: the result depends on the place in the batch",
    seen="there is a bias, and two images or more",
    about=lambda problem: _biased(problem) and problem.batch > 1,
)
def _first_image(question: Question) -> Array:
    """Add the bias to the first image of a batch only."""
    output = question.again(bias=np.zeros_like(_bias(question)))
    output[:1] = question.honest()[:1]
    return output


@fault(
    "bias along the last axis",
    evidence="a relative of keras-team/keras#22876: a bias of channels_first data broadcast as channels_last",
    seen="there is a bias, and the output is as wide as there are filters, two or more",
    about=lambda problem: _biased(problem) and problem.filters > 1 and problem.output_spatial[-1] == problem.filters,
)
def _along_the_width(question: Question) -> Array:
    """Add the bias along the width of the output, where that is as long as the bias."""
    bias = _bias(question)
    columns = [question.again(bias=np.repeat(number, bias.size))[..., i, :] for i, number in enumerate(bias)]
    return np.stack(columns, axis=-2)


@fault(
    "ReLU missing",
    evidence="a relative of larq/compute-engine#177: an activation to be fused",
    seen="the activation is ReLU",
    about=lambda problem: plain(problem) and problem.activation == "relu",
)
def _no_relu(question: Question) -> Array:
    """Let negative outputs stay negative."""
    return question.again(replace(question.problem, activation=None))


@fault(
    "ReLU before the bias",
    evidence="microsoft/onnxruntime#15837",
    seen="the activation is ReLU and there is a bias",
    about=lambda problem: _biased(problem) and problem.activation == "relu",
)
def _relu_first(question: Question) -> Array:
    """Add the bias behind the ReLU."""
    output = question.again(bias=np.zeros_like(_bias(question)))
    return output + _bias(question)


@fault(
    "ReLU cut at six",
    evidence="a relative of larq/compute-engine#177: ReLU6 fused for ReLU",
    seen="the activation is ReLU",
    about=lambda problem: plain(problem) and problem.activation == "relu",
)
def _relu_six(question: Question) -> Array:
    """Cut outputs at six, as ReLU6 does."""
    output = question.honest()
    return np.asarray(np.minimum(output, output.dtype.type(6)))


@fault(
    "ReLU where none is",
    evidence="a relative of GPUOpen-ProfessionalCompute-Libraries/amdovx-modules#202: bias and ReLU fused together",
    seen="there is a bias and no activation",
    about=lambda problem: _biased(problem) and problem.activation is None,
)
def _relu_too(question: Question) -> Array:
    """Apply a ReLU wherever there is a bias."""
    return question.again(replace(question.problem, activation="relu"))
