"""The oracle against its limit and against others in float64: what is called, on one layer, in one process."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from convformance.adapters.find import find
from convformance.benchmarks.contenders import DIRECTIONS
from convformance.benchmarks.layers import PLAIN, Layer, bytes_moved, flops
from convformance.benchmarks.limit import LIMIT, limit_entry, product
from convformance.benchmarks.worker import Ready, first_call, make
from convformance.reference import engine
from convformance.reference.case import Case
from convformance.reference.operands import Operands
from convformance.reference.oracle import evaluate
from convformance.reference.posing import Posed, pose
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]
Call = Callable[[], object]

FRAMEWORKS: Final = ("torch", "tensorflow")
LIMIT_SIZE: Final = 2048


@dataclass(frozen=True)
class Asked:
    """One contender on one layer in one direction, judged.

    Attributes
    ----------
    contender, direction : str
        Who, and what is computed.
    call : callable or None
        What is timed; None where the answer does not conform.
    entry : dict
        What the JSON says of it.
    """

    contender: str
    direction: str
    call: Call | None
    entry: dict[str, Any]


@contextmanager
def one_thread() -> Iterator[None]:
    """Let NumPy, torch and TensorFlow compute with one thread; TensorFlow takes that for ever."""
    os.environ["TF_NUM_INTRAOP_THREADS"] = "1"
    os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    with ExitStack() as stack:
        stack.enter_context(threadpool_limits(1))
        stack.enter_context(find("torch").threads(1))  # type: ignore[attr-defined]
        yield


def asked(layer: Layer, *, limit_size: int) -> Iterator[Asked]:
    """Give everybody who is timed on a layer, the limit first.

    Parameters
    ----------
    layer : Layer
        One image, in float64.
    limit_size : int
        Rows of the square matrices whose product is the limit.

    Yields
    ------
    Asked
        Judged on integers, where any order of summation gives the same bits.
    """
    problem = replace(layer.problem, dtype="float64")
    yield _limit(layer, problem, limit_size)
    for direction in DIRECTIONS:
        case = Case(problem, direction)
        posed = pose(case)
        for name, call, answer in _ours(problem, posed.operands, direction):
            yield _judged(layer, name, case, posed, call, answer)
        if direction != "forward":
            continue
        for name in FRAMEWORKS:
            run, ready = make(find(name), case, posed, "dense")
            yield Asked(name, direction, run if ready.conforms else None, _entry(layer, problem, name, case, ready))
        if layer in PLAIN:
            for name, build in OTHERS.items():
                call = build(problem, posed.operands)
                yield _judged(layer, name, case, posed, call, np.asarray)
    transposed = _transposed(problem)
    case = Case(transposed)
    posed = pose(case)
    given = posed.operands
    plain = transposed.adjoint
    call = partial(engine.input_from, plain, given.x, given.filters.reshape(plain.filters_shape))
    yield _judged(layer, "oracle transposed", case, posed, call, np.asarray)


def _transposed(problem: Problem) -> Problem:
    """Give the transposed convolution of the same size: from the layer's output back to the size of its input."""
    plain = problem.as_grouped
    after = [
        size - ((count - 1) * s + extent - sum(pair))
        for size, count, s, extent, pair in zip(
            plain.spatial, plain.output_spatial, plain.strides, plain.kernel_extent, plain.pads, strict=True
        )
    ]
    return replace(
        plain,
        kind="transposed",
        spatial=plain.output_spatial,
        channels=plain.filters,
        filters=plain.channels,
        padding=plain.pads,
        output_padding=tuple(after),
    )


def _ours(problem: Problem, given: Operands, direction: str) -> list[tuple[str, Call, Callable[[Any], Array]]]:
    """Give what the oracle computes, and what of it is judged."""
    plain = problem.as_grouped
    filters = given.filters.reshape(plain.filters_shape)
    if direction == "forward":
        return [
            ("oracle", partial(engine.output, plain, given.x, filters), np.asarray),
            ("value+magnitude", partial(evaluate, problem, given), lambda evaluation: evaluation.value),
        ]
    assert given.cotangent is not None
    if direction == "dx":
        return [("oracle", partial(engine.input_from, plain, given.cotangent, filters), np.asarray)]
    shape = problem.filters_shape
    call = partial(engine.filters_from, plain, given.x, given.cotangent)
    return [("oracle", call, lambda answer: answer.reshape(shape))]


def _scipy(problem: Problem, given: Operands) -> Call:
    """Correlate the padded image with one filter after the other, over channels too; leave out what strides skip."""
    from scipy.signal import correlate  # noqa: PLC0415 - of this contender alone

    every = (slice(None), *(slice(None, None, stride) for stride in problem.strides))
    pads = ((0, 0), *problem.pads, (0, 0))

    def call() -> Array:
        (image,) = np.pad(given.x, pads)
        maps = [
            correlate(image, given.filters[..., index], mode="valid", method="direct")
            for index in range(problem.filters)
        ]
        return np.concatenate(maps, axis=-1)[np.newaxis][every]

    return call


def _onnx(problem: Problem, given: Operands) -> Call:
    """Run a model of one Conv node, as ONNX lays arrays out, through ONNX's reference implementation."""
    from onnx import TensorProto, helper  # noqa: PLC0415 - of this contender alone
    from onnx.reference import ReferenceEvaluator  # noqa: PLC0415

    befores, afters = zip(*problem.pads, strict=True)
    node = helper.make_node(
        "Conv",
        ["x", "w"],
        ["y"],
        strides=problem.strides,
        dilations=problem.dilation,
        group=problem.groups,
        pads=[*befores, *afters],
    )
    values = {name: helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in "xwy"}
    graph = helper.make_graph([node], "convolution", [values["x"], values["w"]], [values["y"]])
    evaluator = ReferenceEvaluator(helper.make_model(graph))
    feeds = {
        "x": np.ascontiguousarray(np.moveaxis(given.x, -1, 1)),
        "w": np.ascontiguousarray(np.moveaxis(given.filters, (-1, -2), (0, 1))),
    }

    def call() -> Array:
        (found,) = evaluator.run(None, feeds)
        return np.moveaxis(np.asarray(found), 1, -1)

    return call


OTHERS: Final[dict[str, Callable[[Problem, Operands], Call]]] = {"scipy.signal": _scipy, "onnx.reference": _onnx}


def _judged(  # noqa: PLR0913, PLR0917 - all that a verdict needs
    layer: Layer, name: str, case: Case, posed: Posed, call: Call, answer: Callable[[Any], Array]
) -> Asked:
    """Call once and judge."""
    ready = first_call(call, answer, case, posed)
    entry = _entry(layer, case.problem, name, case, ready)
    return Asked(name, case.direction, call if ready.conforms else None, entry)


def _entry(layer: Layer, problem: Problem, name: str, case: Case, ready: Ready) -> dict[str, Any]:
    return {
        "part": "oracle",
        "layer": layer.name,
        "problem": str(problem),
        "contender": name,
        "direction": case.direction,
        "dtype": "float64",
        "batch": problem.batch,
        "threads": 1,
        "flops": flops(problem),
        "bytes": bytes_moved(problem, 8),
        "first_call_seconds": ready.first_call_seconds,
        "conversion_seconds": ready.conversion_seconds,
        "verdict": ready.verdict,
        "detail": ready.detail,
    }


def _limit(layer: Layer, problem: Problem, size: int) -> Asked:
    """Give NumPy's product of two square matrices."""
    entry = _entry(layer, problem, LIMIT, Case(problem), Ready("")) | limit_entry(size, problem.dtype)
    return Asked(LIMIT, "forward", product(size, problem.dtype), entry)
