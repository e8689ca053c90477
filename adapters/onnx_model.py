"""How ONNX writes a convolution: a graph of one Conv or ConvTranspose, what pads before it and activates behind it."""

from collections.abc import Sequence
from typing import Any, Final

from convformance.adapters.contract import Array
from convformance.adapters.pads import NUMPY_MODES
from convformance.reference.problem import Problem

OPSETS: Final = {"bfloat16": 22, "circular": 19}
"""The first version of ONNX with bfloat16 for Conv, and with the mode "wrap" for Pad."""

OPSET: Final = 11
"""The first that has all the rest: the older a model, the older the releases that can read it."""


def model(  # noqa: PLR0913, PLR0917 - what a file of a model says
    onnx: Any, problem: Problem, shape: Sequence[int | str], filters: Array, bias: Array | None, dtype: Any
) -> Any:
    """Build a model with the weights inside, as an exporter does.

    Parameters
    ----------
    onnx : module
        The onnx package, with its helper and numpy_helper.
    problem : Problem
        Becomes attributes as it was asked for: "same" and "valid" by ``auto_pad``, all other pads as numbers.
    shape : sequence of int or str
        The input's, where a name stands for a size that is not known before.
    filters, bias : array
        In ONNX's layouts; they become initializers.
    dtype : dtype
        The input's.

    Returns
    -------
    onnx.ModelProto
        Its input is ``x``, its output ``y``.
    """
    helper, transposed = onnx.helper, problem.kind == "transposed"
    element = helper.np_dtype_to_tensor_dtype(dtype)
    weights = {"filters": filters} if bias is None else {"filters": filters, "bias": bias}
    nodes, seen = [], "x"
    attributes: dict[str, Any] = {
        "kernel_shape": problem.kernel_size,
        "strides": problem.strides,
        "dilations": problem.dilation,
        "group": problem.groups,
    }
    if problem.padding_mode != "zeros":
        starts, ends = zip(*((0, 0), (0, 0), *problem.pads), strict=True)
        constant = helper.make_tensor("cells", onnx.TensorProto.INT64, (2 * len(starts),), (*starts, *ends))
        nodes.append(helper.make_node("Constant", [], ["pads"], value=constant))
        nodes.append(helper.make_node("Pad", ["x", "pads"], ["padded"], mode=NUMPY_MODES[problem.padding_mode]))
        seen = "padded"
    elif problem.padding in ("valid", "same"):
        attributes["auto_pad"] = "VALID" if problem.padding == "valid" else "SAME_UPPER"
    else:
        attributes["pads"] = [cells for side in zip(*problem.pads, strict=True) for cells in side]
    if transposed:
        attributes["output_padding"] = problem.output_padding
    name = "ConvTranspose" if transposed else "Conv"
    output = "sum" if problem.activation == "relu" else "y"
    nodes.append(helper.make_node(name, [seen, *weights], [output], **attributes))
    if problem.activation == "relu":
        nodes.append(helper.make_node("Relu", ["sum"], ["y"]))
    graph = helper.make_graph(
        nodes,
        "convolution",
        [helper.make_tensor_value_info("x", element, shape)],
        [helper.make_tensor_value_info("y", element, [None] * len(shape))],
        [onnx.numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    versions = [helper.make_opsetid("", max(OPSETS.get(word, OPSET) for word in (problem.dtype, problem.padding_mode)))]
    return helper.make_model(graph, opset_imports=versions, ir_version=helper.find_min_ir_version_for(versions))
