"""The backend test cases that the `onnx` package ships: nodes of Conv and ConvTranspose, and models of one of them."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.reference.axes import same_pads
from convformance.reference.errors import ProblemError
from convformance.reference.problem import Axes, Padding, Problem
from convformance.tests.conformance.score.peers.record import Peer, PeerCase, from_channels_first, spellings

Array = npt.NDArray[Any]

KINDS: Final = {"Conv": "conv", "ConvTranspose": "transposed"}
"""The operators that are convolutions of floating-point numbers, and the kind that each is here."""


def onnx_nodes() -> Peer:
    """Rebuild the node cases of Conv and ConvTranspose.

    Returns
    -------
    Peer
        With the tolerance that each case carries.
    """
    peer = Peer("ONNX nodes", importlib.import_module("onnx").__version__)
    loader: Any = importlib.import_module("onnx.backend.test.loader")
    with np.errstate(all="ignore"):  # it makes the cases of all operators, those that overflow among them
        tests = loader.load_node_model_tests()
    for test in tests:
        inputs, outputs = test.data_sets[0]
        _add(peer, test, list(test.model.graph.node), list(inputs), outputs[0])
    return peer


def onnx_models() -> Peer:
    """Rebuild the models of one convolution that were converted from torch.

    Returns
    -------
    Peer
        With the tolerance that each case carries.
    """
    onnx: Any = importlib.import_module("onnx")
    loader: Any = importlib.import_module("onnx.backend.test.loader")
    peer = Peer("ONNX models", onnx.__version__)
    for kind in ("pytorch-converted", "pytorch-operator"):
        for test in sorted(loader.load_model_tests(kind=kind), key=lambda test: str(test.name)):
            if test.model_dir is None:
                continue
            folder = Path(test.model_dir)
            graph = onnx.load(folder / "model.onnx").graph
            known = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
            data = folder / "test_data_set_0"
            given = [known.get(value.name) for value in graph.input]
            fed = iter(sorted(data.glob("input_*.pb")))
            inputs = [_read(onnx, next(fed)) if array is None else array for array in given]
            _add(peer, test, list(graph.node), inputs, _read(onnx, data / "output_0.pb"))
    return peer


def problem_of(  # noqa: PLR0913 - what a node has
    operator: str, attributes: Mapping[str, Any], x: Axes, filters: Axes, *, bias: bool, dtype: str
) -> Problem:
    """Say a node as a problem.

    Parameters
    ----------
    operator : str
        ``"Conv"`` or ``"ConvTranspose"``.
    attributes : mapping
        The node's, as Python values.
    x, filters : tuple of int
        The shapes, channels first.
    bias : bool
        Whether the node has a third input.
    dtype : str
        Of the arrays.

    Returns
    -------
    Problem
        The same convolution.

    Raises
    ------
    ProblemError
        When it is none that a problem can say.

    References
    ----------
    https://onnx.ai/onnx/operators/onnx__Conv.html, https://onnx.ai/onnx/operators/onnx__ConvTranspose.html
    """
    rank, groups = len(x) - 2, attributes.get("group", 1)
    ones = [1] * rank
    kernel, strides = filters[2:], tuple(attributes.get("strides", ones))
    dilation = tuple(attributes.get("dilations", ones))
    extents = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
    transposed = operator == "ConvTranspose"
    more = tuple(attributes.get("output_padding", [0] * rank))
    flat = attributes.get("pads", [0] * 2 * rank)
    padding: Padding = tuple(zip(flat[:rank], flat[rank:], strict=True))
    auto = attributes.get("auto_pad", b"NOTSET").decode()
    if auto == "VALID" or (auto == "NOTSET" and not any(flat) and not any(more)):
        padding = "valid"
    elif auto.startswith("SAME"):
        if transposed:
            pads = tuple((max(e - s, 0) // 2, -(-max(e - s, 0) // 2)) for e, s in zip(extents, strides, strict=True))
        else:
            pads = tuple(map(same_pads, x[2:], strides, extents))
        even = all(before == after for before, after in pads)
        padding = "same" if auto == "SAME_UPPER" or even else tuple(pair[::-1] for pair in pads)
    if "output_shape" in attributes:
        padding, more = _towards(attributes["output_shape"], x[2:], strides, extents, more)
    elif transposed and padding == "valid" and any(s > e for s, e in zip(strides, extents, strict=True)):
        padding = ((0, 0),) * rank  # a word would fill the stride up
    return Problem(
        kind="transposed" if transposed else "conv",
        batch=x[0],
        spatial=x[2:],
        channels=x[1],
        filters=filters[1] * groups if transposed else filters[0],
        kernel_size=kernel,
        strides=strides,
        padding=padding,
        output_padding=() if isinstance(padding, str) else more,
        dilation=dilation,
        groups=groups,
        use_bias=bias,
        dtype=dtype,
    )


def _towards(wanted: Axes, sizes: Axes, strides: Axes, extents: Axes, more: Axes) -> tuple[Padding, Axes]:
    """Find the crop, or the output padding, that gives an output shape; the odd cell is cropped before."""
    natural = [(n - 1) * s + e + m for n, s, e, m in zip(sizes, strides, extents, more, strict=True)]
    crops = [has - size for has, size in zip(natural, wanted, strict=True)]
    padding = tuple((max(crop, 0) - max(crop, 0) // 2, max(crop, 0) // 2) for crop in crops)
    return padding, tuple(m + max(-crop, 0) for m, crop in zip(more, crops, strict=True))


def _add(peer: Peer, test: Any, nodes: list[Any], inputs: list[Array], output: Array) -> None:
    """Take a test's one convolution, or say why not; models without any are none of the peer's."""
    operators = [node.op_type for node in nodes]
    if not any(operator in KINDS for operator in operators):
        if any("conv" in operator.lower() for operator in operators):
            peer.skipped[test.name] = f"the operator {operators[0]} is another one"
        return
    if len(nodes) > 1:
        peer.skipped[test.name] = "a convolution inside another operator"
        return
    helper: Any = importlib.import_module("onnx.helper")
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in nodes[0].attribute}
    x, filters, *rest = inputs
    bias = rest[0] if rest else None
    try:
        problem = problem_of(
            operators[0], attributes, x.shape, filters.shape, bias=bias is not None, dtype=x.dtype.name
        )
    except ProblemError as error:
        peer.skipped[test.name] = str(error)
        return
    assert problem.output_shape == tuple(np.moveaxis(output, 1, -1).shape), test.name
    for same, operands in spellings(problem, from_channels_first(problem, x, filters, bias)):
        peer.cases.append(PeerCase(test.name, same, operands, "forward", test.rtol, test.atol))


def _read(onnx: Any, path: Path) -> Array:
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    array: Array = onnx.numpy_helper.to_array(tensor)
    return array
