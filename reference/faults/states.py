"""Faults of behaviour: layers that remember too much, threads that race, compilers that drop something."""

from dataclasses import replace
from typing import Final

import numpy as np

from convformance.reference.faults.arithmetic import TF32, cut, narrowed
from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem

_JUNK: Final = 113
"""What an unwritten cell holds."""


def _one_sided(problem: Problem) -> bool:
    """Tell whether it matters on which side the pads are."""
    named = isinstance(problem.padding, str) and problem.padding_mode == "zeros"
    return plain(problem) and named and any(before != after for before, after in problem.pads)


@fault(
    "layer keeps its first size",
    evidence="a relative of openvinotoolkit/openvino#12496: the sizes of the first image are part of the layer",
    seen="a layer is given a larger image than its first",
    about=plain,
)
def _first_size(question: Question) -> Array:
    """Cut every image to the size of the layer's first."""
    first = question.layer_memory.setdefault("size", question.problem.spatial)
    if any(size < kept for size, kept in zip(question.problem.spatial, first, strict=True)):
        return question.honest()
    cut_off = question.given.x[:, *(slice(kept) for kept in first)]
    return question.again(replace(question.problem, spatial=first), x=cut_off)


@fault(
    "layer keeps its first pads",
    evidence="tensorflow/tensorflow#23019",
    seen="a layer with SAME and a stride is given images whose sizes leave other remainders",
    about=lambda problem: plain(problem) and problem.padding == "same" and problem.padding_mode == "zeros",
)
def _first_pads(question: Question) -> Array:
    """Pad every image as the layer's first, however large it is."""
    return question.bent(pads=question.layer_memory.setdefault("pads", question.problem.pads))


@fault(
    "layer keeps its first output",
    evidence="a relative of pytorch/pytorch#24341: the output of the call before is not written again",
    seen="a layer is called twice",
)
def _first_output(question: Question) -> Array:
    """Give the answer to the layer's last image but one from the second call on."""
    if question.way != "layer":
        return question.honest()
    answers = question.layer_memory.setdefault("answers", [])
    answers.append(question.honest())
    return np.asarray(answers[max(0, len(answers) - 2)])


@fault(
    "layer adds its bias again",
    evidence="a relative of ggml-org/ggml#591: the bias of a layer grows with its use",
    seen="a layer with a bias is called twice",
    about=lambda problem: problem.use_bias,
)
def _growing_bias(question: Question) -> Array:
    """Add the bias of a layer once more at every call."""
    assert question.given.bias is not None
    return question.again(bias=question.given.bias * (question.calls + 1))


@fault(
    "layer turns its kernels at every call",
    evidence="a relative of hpi-xnor/BMXNet#30: what is prepared for a call is not put back",
    seen="a layer with kernels of two taps or more is called twice",
    about=lambda problem: problem.kernel_size != (1,) * problem.rank,
)
def _turned(question: Question) -> Array:
    """Flip the kernels of a layer at every other call."""
    if question.calls % 2 == 0:
        return question.honest()
    return question.again(filters=np.flip(question.given.filters, question.kernel_axes))


@fault(
    "answer kept by shape",
    evidence="a relative of tensorflow/tensorflow#56218: what is kept is known by too little",
    seen="the same problem is asked with other numbers",
    remembers=True,
)
def _kept_answer(question: Question) -> Array:
    """Give the answer before this one when the problem is the same."""
    problem, answer = question.memory.get("answer", (None, None))
    if problem != question.problem or answer is None:
        answer = question.honest()
    question.memory["answer"] = question.problem, answer.copy()
    return np.asarray(answer)


@fault(
    "filters kept by shape",
    evidence="tensorflow/tensorflow#56150, uxlfoundation/oneDNN#1113",
    seen="the same problem is asked with other filters",
    remembers=True,
)
def _kept_filters(question: Question) -> Array:
    """Use the filters of the call before when the problem is the same."""
    problem, filters = question.memory.get("filters", (None, None))
    if problem != question.problem:
        filters = question.given.filters.copy()
    question.memory["filters"] = question.problem, filters
    return question.again(filters=filters)


@fault(
    "bias kept by shape",
    evidence="a relative of tensorflow/tensorflow#56150: the bias is prepared with the filters",
    seen="the same problem is asked with another bias",
    about=lambda problem: problem.use_bias,
    remembers=True,
)
def _kept_bias(question: Question) -> Array:
    """Use the bias of the call before when the problem is the same."""
    problem, bias = question.memory.get("bias", (None, None))
    if problem != question.problem:
        assert question.given.bias is not None
        bias = question.given.bias.copy()
    question.memory["bias"] = question.problem, bias
    return question.again(bias=bias)


@fault(
    "first call differs",
    evidence="vllm-project/vllm-ascend#17009",
    seen="a batch of several images, asked twice",
    about=lambda problem: problem.batch > 1,
    remembers=True,
)
def _first_call(question: Question) -> Array:
    """Leave the first element unwritten in the first call for a problem."""
    output = question.honest().copy()
    if question.memory.get("problem") != question.problem and output.size:
        output.flat[0] = _JUNK
    question.memory["problem"] = question.problem
    return output


@fault(
    "second call differs",
    evidence="pytorch/pytorch#194281",
    seen="the same numbers are asked twice",
    remembers=True,
)
def _second_call(question: Question) -> Array:
    """Leave the last element unwritten when the same input comes again."""
    output, x = question.honest().copy(), question.given.x
    former = question.memory.get("x")
    again = former is not None and former.shape == x.shape and former.dtype == x.dtype and bool((former == x).all())
    if again and output.size:
        output.flat[-1] = _JUNK
    question.memory["x"] = x.copy()
    return output


@fault(
    "one thread leaves the last row",
    evidence="a relative of FluxML/NNlib.jl#763: the path of one thread is another one",
    seen="one thread computes",
)
def _one_thread(question: Question) -> Array:
    """Leave the last row of the output at zero when one thread computes."""
    output = question.honest().copy()
    if question.threads == 1:
        output[:, -1] = 0
    return output


@fault(
    "second thread's rows lost",
    evidence="a relative of FluxML/NNlib.jl#763: the work is split and one part is not waited for",
    seen="two threads compute",
)
def _second_thread(question: Question) -> Array:
    """Leave the second half of the rows at zero when two threads compute."""
    output = question.honest().copy()
    if question.threads is not None and question.threads > 1:
        output[:, -(output.shape[1] // -2) :] = 0
    return output


@fault(
    "threads add to a row twice",
    evidence="a relative of tensorflow/tensorflow#23318: two threads add to the row where their shares meet",
    seen="two threads compute",
)
def _seam(question: Question) -> Array:
    """Count the middle row of the output twice when two threads compute."""
    output = question.honest().copy()
    if question.threads is not None and question.threads > 1:
        output[:, output.shape[1] // 2] *= 2
    return output


@fault(
    "compiled without bias",
    evidence="a relative of pytorch/pytorch#173902: fusing loses what comes behind the sums",
    seen="a compiled layer has a bias",
    about=lambda problem: problem.use_bias,
)
def _compiled_bias(question: Question) -> Array:
    """Add no bias in a compiled layer."""
    if question.way != "compiled" or question.given.bias is None:
        return question.honest()
    return question.again(bias=np.zeros_like(question.given.bias))


@fault(
    "compiled without activation",
    evidence="a relative of pytorch/pytorch#173902: fusing loses what comes behind the sums",
    seen="a compiled layer has an activation",
    about=lambda problem: problem.activation is not None,
)
def _compiled_activation(question: Question) -> Array:
    """Leave the activation of a compiled layer out."""
    if question.way != "compiled":
        return question.honest()
    return question.again(replace(question.problem, activation=None))


@fault(
    "compiled pads the other side",
    evidence="a relative of pytorch/pytorch#189895: the compiler has pads of its own",
    seen="the pads of SAME are odd, or they are causal, in a compiled layer",
    about=_one_sided,
)
def _compiled_pads(question: Question) -> Array:
    """Exchange the pads before and behind in a compiled layer."""
    if question.way != "compiled":
        return question.honest()
    return question.bent(pads=tuple((after, before) for before, after in question.problem.pads))


@fault(
    "compiled in TF32",
    evidence="pytorch/pytorch#175854",
    seen="float32 numbers have more than 11 significant bits in a compiled layer",
    about=lambda problem: problem.dtype == "float32",
)
def _compiled_tf32(question: Question) -> Array:
    """Round input and filters of a compiled layer to TF32."""
    if question.way != "compiled":
        return question.honest()
    return narrowed(question, lambda array: cut(array, TF32))


@fault(
    "compiled leaves the last row",
    evidence="pytorch/pytorch#194281, pytorch/pytorch#173902",
    seen="a compiled layer",
)
def _compiled_row(question: Question) -> Array:
    """Leave the last row of a compiled layer's output unwritten."""
    output = question.honest().copy()
    if question.way == "compiled":
        output[:, -1:] = _JUNK
    return output
