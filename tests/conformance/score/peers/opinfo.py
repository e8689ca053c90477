"""torch's OpInfo samples of the convolutions, which its wheel has, and the inputs that must be errors."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, Literal

import ml_dtypes
import numpy as np
import numpy.typing as npt

from convformance.adapters.numpy_reference import Reference
from convformance.reference.errors import ProblemError
from convformance.reference.operands import Operands
from convformance.reference.precision import PRECISIONS
from convformance.reference.problem import Axes, Problem
from convformance.tests.conformance.score.peers.record import (
    Peer,
    PeerCase,
    Refusal,
    from_channels_first,
    spellings,
    unruled,
)

Array = npt.NDArray[Any]

PREFIX: Final = "nn.functional.conv"
GRADIENT_DTYPES: Final = ("float32", "float64")
SEED: Final = 0


def opinfo() -> Peer:
    """Rebuild the samples in every dtype that both know, and the error inputs.

    Returns
    -------
    Peer
        Each sample forward, dense, strided and compiled; in float32 and float64 also its gradients.
    """
    torch: Any = importlib.import_module("torch")
    invocations: Any = importlib.import_module("torch.testing._internal.common_methods_invocations")
    peer = Peer("torch OpInfo", torch.__version__, calls=2, watches_inputs=True)
    for operator in invocations.op_db:
        if not operator.name.startswith(PREFIX):
            continue
        for dtype in sorted(operator.dtypes, key=str):
            name = str(dtype).removeprefix("torch.")
            if name in PRECISIONS:
                torch.manual_seed(SEED)
                rtol, atol = torch.testing._comparison.default_tolerances(dtype)  # noqa: SLF001 - nothing public says it
                for place, sample in enumerate(operator.sample_inputs("cpu", dtype)):
                    _add(peer, f"{operator.aten_name} {name} sample {place}", sample, (rtol, atol))
        if operator.error_inputs_func is not None:
            for place, error in enumerate(operator.error_inputs_func(operator, "cpu")):
                _add_refusal(peer, f"{operator.aten_name} error input {place}", error.sample_input)
    return peer


def _add(peer: Peer, name: str, sample: Any, tolerance: tuple[float, float]) -> None:
    """Take a sample in all directions, or say why not."""
    x, filters, bias = _arrays(sample)
    try:
        problem = Problem(**_fields(name, sample, x, filters, bias))
    except ProblemError as error:
        peer.skipped[name] = str(error)
        return
    for same, operands in spellings(problem, from_channels_first(problem, x, filters, bias)):
        peer.cases += _directions(name, same, operands, tolerance)


def _directions(name: str, problem: Problem, operands: Operands, tolerance: tuple[float, float]) -> Iterator[PeerCase]:
    yield PeerCase(name, problem, operands, "forward", *tolerance)
    yield PeerCase(name, problem, operands, "forward", *tolerance, memory="strided")
    yield PeerCase(name, problem, operands, "state-compiled", *tolerance)
    if problem.dtype not in GRADIENT_DTYPES:
        return
    numbers = np.random.default_rng(SEED).standard_normal(problem.output_shape)
    asked = replace(operands, cotangent=numbers.astype(problem.dtype))
    memory: Literal["dense", "strided"]
    for memory in ("dense", "strided"):
        for direction in ("dx", "dfilters", *(["dbias"] if problem.use_bias else [])):
            yield PeerCase(name, problem, asked, direction, *tolerance, memory=memory)


def _add_refusal(peer: Peer, name: str, sample: Any) -> None:
    """Take what torch must refuse, or say why not."""
    x, filters, bias = _arrays(sample)
    problem = unruled(**_fields(name, sample, x, filters, bias))
    given = from_channels_first(problem, x, filters, bias)
    try:
        Reference().convolve(problem, given.x, given.filters, given.bias)
    except ProblemError:
        peer.refusals.append(Refusal(name, problem, given))
    else:
        peer.skipped[name] = "torch refuses it, but it is a convolution"


def _arrays(sample: Any) -> tuple[Array, Array, Array | None]:
    """Give a sample's arrays; one without a batch axis becomes a batch of one."""
    x, filters = _numpy(sample.input), _numpy(sample.args[0])
    bias = None if sample.args[1] is None else _numpy(sample.args[1])
    return (x if x.ndim >= filters.ndim else x[None]), filters, bias


def _numpy(tensor: Any) -> Array:
    """Copy a tensor to NumPy, which has bfloat16 from elsewhere."""
    array: Array
    if str(tensor.dtype) == "torch.bfloat16":
        array = tensor.float().numpy().astype(ml_dtypes.bfloat16)
    else:
        array = tensor.numpy()
    return array


def _fields(name: str, sample: Any, x: Array, filters: Array, bias: Array | None) -> dict[str, Any]:
    """Give the fields of the problem that a sample poses, valid or not."""
    transposed, rank = name.startswith("conv_transpose"), x.ndim - 2
    given = sample.kwargs
    groups, padding = given.get("groups", 1), given.get("padding", 0)
    fields = {
        "kind": "transposed" if transposed else "conv",
        "batch": x.shape[0],
        "spatial": x.shape[2:],
        "channels": x.shape[1],
        "filters": filters.shape[1] * groups if transposed else filters.shape[0],
        "kernel_size": filters.shape[2:],
        "strides": _each(given.get("stride", 1), rank),
        "padding": padding if isinstance(padding, str) else tuple((cells, cells) for cells in _each(padding, rank)),
        "dilation": _each(given.get("dilation", 1), rank),
        "groups": groups,
        "use_bias": bias is not None,
        "dtype": x.dtype.name,
    }
    return fields | ({"output_padding": _each(given.get("output_padding", 0), rank)} if transposed else {})


def _each(value: int | Axes, rank: int) -> Axes:
    """Give a value to each axis where one stands for all."""
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * rank if len(values) == 1 else values
