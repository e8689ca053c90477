"""What adapters write for engines to read: a graph of ONNX, a param file of ncnn, pads and crops in their words."""

from typing import Any

import numpy as np
import onnx
import pytest

from convformance.adapters import onnx_model
from convformance.adapters.flax_nnx import _padding
from convformance.adapters.model_threads import ModelThreads
from convformance.adapters.ncnn_net import _param
from convformance.adapters.pads import both_sides_alike, crops
from convformance.reference.case import parse_case
from convformance.reference.problem import Problem


def asked(text: str) -> Problem:
    return parse_case(text).problem


def built(problem: Problem) -> Any:
    """Build the model of a problem whose filters lie as ONNX has them, and have ONNX check it."""
    inputs, outputs = problem.channels, problem.filters
    shape = (outputs, inputs // problem.groups, *problem.kernel_size)
    if problem.kind == "transposed":
        shape = (inputs, outputs // problem.groups, *problem.kernel_size)
    dtype = np.dtype(problem.dtype)
    filters, bias = np.ones(shape, dtype), np.ones(outputs, dtype) if problem.use_bias else None
    image = (problem.batch, inputs, *problem.spatial)
    model = onnx_model.model(onnx, problem, image, filters, bias, dtype)
    onnx.checker.check_model(model, full_check=True)
    return model


def graph(problem: Problem) -> Any:
    """Build the model and have ONNX infer its shapes."""
    return onnx.shape_inference.infer_shapes(built(problem)).graph


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("conv1d-n2-i9-c4-f6-k3-s2-pvalid-d1-g2-b-f32", ["Conv"]),
        ("conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x1-g2-b-relu-f32", ["Conv", "Relu"]),
        ("conv2d-n2-i9x8-c4-f6-k3x2-s2x1-p1+2x0+3-d2x1-g1-f32", ["Conv"]),
        ("conv2d-n2-i9x8-c4-f6-k3x2-s2x1-p1+2x0+3-mcircular-d2x1-g1-f32", ["Constant", "Pad", "Conv"]),
        ("conv3d-n2-i5x6x7-c4-f6-k3x2x1-s1x2x1-p1+0x0+1x2+1-d1x1x1-g1-b-f32", ["Conv"]),
        ("transposed1d-n2-i7-c4-f6-k3-s2-pvalid-d1-g2-b-f32", ["ConvTranspose"]),
        ("transposed2d-n2-i5x4-c4-f3-k3x2-s2x1-psame-d1x1-g1-relu-f32", ["ConvTranspose", "Relu"]),
        ("transposed2d-n2-i5x4-c4-f3-k3x2-s2x3-p1+0x0+1-o1x2-d1x2-g1-b-f32", ["ConvTranspose"]),
    ],
)
def test_onnx_reads_its_model_and_infers_the_outputs_shape(text: str, nodes: list[str]) -> None:
    problem = asked(text)
    found = graph(problem)
    assert [node.op_type for node in found.node] == nodes
    sizes = [axis.dim_value for axis in found.output[0].type.tensor_type.shape.dim]
    assert sizes == [problem.batch, problem.filters, *problem.output_spatial]
    assert [tensor.name for tensor in found.initializer] == ["filters", *(["bias"] if problem.use_bias else [])]


@pytest.mark.parametrize(
    ("text", "opset"),
    [
        ("conv1d-n1-i9-c1-f1-k3-s1-pvalid-d1-g1-f32", 11),
        ("transposed1d-n1-i9-c1-f1-k3-s1-psame-d1-g1-b-relu-f64", 11),
        ("conv1d-n1-i9-c1-f1-k3-s1-p1+2-mreflect-d1-g1-f32", 11),
        ("conv1d-n1-i9-c1-f1-k3-s1-p1+2-mcircular-d1-g1-f32", 19),
        ("conv1d-n1-i9-c1-f1-k3-s1-pvalid-d1-g1-bf16", 22),
    ],
)
def test_a_model_is_as_old_as_it_can_be_so_that_old_releases_read_it(text: str, opset: int) -> None:
    assert [one.version for one in built(asked(text)).opset_import] == [opset]


def attributes(node: Any) -> dict[str, Any]:
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def test_onnx_has_pads_of_all_axes_before_then_after() -> None:
    (node,) = graph(asked("conv2d-n2-i9x8-c4-f6-k3x2-s2x1-p1+2x0+3-d2x1-g2-f32")).node
    assert attributes(node) == {
        "kernel_shape": [3, 2],
        "strides": [2, 1],
        "dilations": [2, 1],
        "group": 2,
        "pads": [1, 0, 2, 3],
    }


def test_onnx_has_words_for_same_and_valid() -> None:
    for word, name in (("same", b"SAME_UPPER"), ("valid", b"VALID")):
        (node,) = graph(asked(f"conv1d-n1-i9-c1-f1-k3-s2-p{word}-d1-g1-f32")).node
        assert attributes(node)["auto_pad"] == name
        assert "pads" not in attributes(node)


def test_ncnn_has_the_width_first_and_groups_in_the_layers_name() -> None:
    text = _param(asked("conv2d-n2-i9x8-c4-f6-k3x2-s2x1-p1+2x0+3-d1x2-g2-b-relu-f32"), 72)
    magic, counts, image, layer = text.splitlines()
    assert (magic, counts, image) == ("7767517", "2 2", "Input x 0 1 x")
    operator, name, *words = layer.split()
    assert (operator, name, words[:4]) == ("ConvolutionDepthWise", "layer", ["1", "1", "x", "y"])
    assert set(words[4:]) == {
        *("0=6", "5=1", "6=72", "7=2", "9=1"),  # filters, bias, numbers, groups, ReLU
        *("1=2", "2=2", "3=1", "4=0", "15=3"),  # the width: kernel, dilation, stride, pads before and after
        *("11=3", "12=1", "13=2", "14=1", "16=2"),  # the height
    }


def test_ncnn_has_one_axis_of_a_signal_and_three_of_a_volume() -> None:
    signal = _param(asked("conv1d-n2-i9-c4-f6-k3-s2-psame-d1-g1-f32"), 72).splitlines()[-1].split()
    assert signal[0] == "Convolution1D"
    assert set(signal[6:]) == {"0=6", "5=0", "6=72", "9=0", "1=3", "2=1", "3=2", "4=-233", "15=-233"}
    volume = _param(asked("transposed3d-n2-i3x4x2-c4-f3-k2x3x1-s2x3x4-p1+0x0+1x0+0-o1x2x3-d1x1x1-g1-f32"), 72)
    words = volume.splitlines()[-1].split()
    assert words[0] == "Deconvolution3D"
    assert {"21=2", "11=3", "1=1", "23=2", "13=3", "3=4", "24=1", "14=0", "17=0", "16=1"} <= set(words)
    assert {"20=1", "19=2", "18=3"} <= set(words)  # output padding


@pytest.mark.parametrize(
    ("padding", "own"),
    [
        ("psame-d1", "SAME"),
        ("pcausal-d1", "CAUSAL"),
        ("p1+2-d1", ((1, 2),)),
        ("p1+2-mreflect-d1", "REFLECT"),
        ("p1+2-mcircular-d1", "CIRCULAR"),
        ("p2+1-mcircular-d1", None),
        ("p1+2-mreplicate-d1", None),
    ],
)
def test_flax_pads_by_itself_where_it_has_a_word(padding: str, own: object) -> None:
    assert _padding(asked(f"conv1d-n1-i9-c1-f1-k4-s1-{padding}-g1-f32")) == own


def test_flax_counts_the_cells_around_a_spread_input() -> None:
    # A kernel of three taps, two apart, reaches four cells over each end; what is cropped is not put there.
    assert _padding(asked("transposed1d-n1-i9-c1-f1-k3-s2-p1+2-o1-d2-g1-f32")) == [(3, 3)]


def test_crops_leave_what_is_between_them() -> None:
    problem = asked("transposed2d-n1-i5x4-c1-f1-k3x3-s1x1-p1+0x0+2-d1x1-g1-f32")
    assert crops(problem, (7, 6)) == (slice(1, 7), slice(0, 4))
    assert not both_sides_alike(problem)
    assert both_sides_alike(asked("transposed2d-n1-i5x4-c1-f1-k3x3-s1x1-p1+1x0+0-d1x1-g1-f32"))


def test_models_have_their_own_threads_again_afterwards() -> None:
    models = ModelThreads()
    with models.threads(3), models.threads(2):
        assert models._threads == 2
    with pytest.raises(ValueError, match="broken"), models.threads(3):
        raise ValueError("broken")
    assert models._threads == 0
