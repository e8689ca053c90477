"""Keras' own tests of its convolutions, their parameters and numbers rebuilt."""

import itertools
import math
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.reference.operands import Operands
from convformance.reference.problem import Axes, Kind, Padding, Problem
from convformance.reference.text import parse_problem
from convformance.tests.conformance.score.peers.keras_refusals import refusals
from convformance.tests.conformance.score.peers.keras_tables import CORRECT, SHAPES, VERSION
from convformance.tests.conformance.score.peers.record import Peer, PeerCase

Array = npt.NDArray[Any]

DEFAULT: Final = (1e-6, 1e-6)
"""The tolerances of the tests' own assertion, relative and absolute."""

WORDS: Final[tuple[Padding, ...]] = ("valid", "same")


def keras_tests() -> Peer:
    """Rebuild the tests of the layers and of the operations below them.

    Returns
    -------
    Peer
        With the tolerance of each test.
    """
    peer = Peer("Keras", VERSION)
    for name, rtol, atol, texts in CORRECT:
        for problem in map(parse_problem, texts):
            peer.cases.append(PeerCase(name, problem, normal(problem), "forward", rtol, atol))
    for name, texts in SHAPES:
        for problem in map(parse_problem, texts):
            peer.cases.append(PeerCase(name, problem, normal(problem), "forward", math.inf, 0))
    peer.cases += _transposed_consistency()
    peer.cases += _operations()
    peer.refusals = list(refusals())
    peer.skipped["strides with dilation"] = "the layers refuse them, but they are a convolution"
    peer.skipped["symbolic shapes of keras.ops"] = "no arrays are computed"
    peer.skipped["serialization, LoRA, constraints"] = "not about what a convolution computes"
    return peer


def normal(problem: Problem) -> Operands:
    """Make normal numbers for all arrays of a problem, keyed by its text.

    Parameters
    ----------
    problem : Problem
        Any problem of floating-point numbers.

    Returns
    -------
    Operands
        Without a cotangent.
    """
    numbers = np.random.default_rng(zlib.crc32(str(problem).encode()))

    def array(shape: Axes) -> Array:
        return numbers.standard_normal(shape).astype(problem.dtype)

    separable = problem.kind == "separable"
    return Operands(
        array(problem.input_shape),
        array(problem.filters_shape),
        array((problem.filters,)) if problem.use_bias else None,
        None,
        array((problem.channels * problem.multiplier, problem.filters)) if separable else None,
    )


def counted(problem: Problem) -> Operands:
    """Fill the arrays of a problem with 0, 1, 2, 3, ...

    Parameters
    ----------
    problem : Problem
        Any problem without a bias.

    Returns
    -------
    Operands
        Without a cotangent.
    """

    def array(shape: Axes) -> Array:
        return np.arange(math.prod(shape)).reshape(shape).astype(problem.dtype)

    separable = problem.kind == "separable"
    return Operands(
        array(problem.input_shape),
        array(problem.filters_shape),
        None,
        None,
        array((problem.channels * problem.multiplier, problem.filters)) if separable else None,
    )


def crop(taps: int, more: int) -> tuple[int, int]:
    """Give the crop of Keras' transposed "same" where an output padding is asked for.

    Parameters
    ----------
    taps, more : int
        Of the axis: the kernel's size and the output padding.

    Returns
    -------
    tuple of int
        Cells before and after, of an axis that `more` cells were added to.

    References
    ----------
    The outputs are ``(size - 1) * stride + taps % 2 + more``: ``keras/src/backend/common/backend_utils.py``.
    """
    odd = taps % 2
    before = max(taps - 1 - -(-(taps + odd - 2 + more) // 2), 0)
    return before, taps - odd - before


def _transposed_consistency() -> Iterator[PeerCase]:
    """Ask what ``test_conv1d_transpose_consistency`` does: three ones, and a kernel that counts from 1."""
    for taps, stride, word, more in itertools.product(range(1, 5), range(1, 5), WORDS, (None, 1, 2, 3)):
        if more is not None and more >= stride:
            continue
        problem = Problem(
            kind="transposed", batch=1, spatial=(3,), channels=1, filters=1, kernel_size=(taps,), strides=(stride,),
            padding=word, use_bias=True,
        )  # fmt: skip
        if more is not None:
            pads = (crop(taps, more) if word == "same" else (0, 0),)
            problem = replace(problem, padding=pads, output_padding=(more,))
        kernel = np.arange(1, taps + 1, dtype=np.float32).reshape(problem.filters_shape)
        operands = Operands(np.ones(problem.input_shape, np.float32), kernel, np.zeros(1, np.float32))
        yield PeerCase(
            "ConvTransposeCorrectnessTest.test_conv1d_transpose_consistency", problem, operands, "forward", 1e-6, 1e-5
        )


def _operations() -> Iterator[PeerCase]:
    """Ask what ``NNOpsCorrectnessTest`` does, in float64 as its arrays are."""
    for stride, word, dilation in itertools.product((1, 2, 3), WORDS, (1, 2)):
        if stride == 1 or dilation == 1:
            yield _operation("test_conv_1d", "conv", (20,), 3, 2, (4,), (stride,), word, (dilation,))
    for plane, word in itertools.product(((1, 1), (2, 2), (1, 2)), WORDS):
        yield _operation("test_conv_2d", "conv", (10, 10), 3, 2, (2, 2), plane, word, (1, 1))
    for plane, dilated in itertools.product(((1, 1), (2, 2)), ((1, 1), (2, 1))):
        case = _operation("test_conv_2d_group_2", "conv", (10, 10), 4, 6, (2, 2), plane, "same", dilated, groups=2)
        yield replace(case, operands=case.operands.map(np.ones_like))
    for stride, word in itertools.product((1, 2), WORDS):
        case = _operation("test_conv_3d", "conv", (8, 8, 8), 3, 2, (3, 3, 3), (stride,) * 3, word, (1, 1, 1))
        case = replace(case, rtol=1e-5, atol=1e-5)
        for lying in (case, _moved(case)):
            yield lying
            yield replace(lying, direction="state-compiled")
    for rank, stride, word, dilation in itertools.product((1, 2), (1, 2), WORDS, (1, 2)):
        axes = ((2,) * rank, (stride,) * rank, word, (dilation,) * rank)
        case = _operation(f"test_depthwise_conv_{rank}d", "depthwise", (10,) * rank, 3, 6, *axes)
        yield from (case, _moved(case))
        case = _operation(f"test_separable_conv_{rank}d", "separable", (10,) * rank, 3, 12, *axes, multiplier=2)
        yield from (case, _moved(case))
    for word in WORDS:
        yield _operation("test_conv_transpose_1d", "transposed", (4,), 3, 5, (2,), (2,), word, (1,))
        yield _operation("test_conv_transpose_2d", "transposed", (4, 4), 3, 5, (2, 2), (2, 2), word, (1, 1))


def _operation(  # noqa: PLR0913, PLR0917 - the parameters of a convolution
    name: str,
    kind: Kind,
    spatial: Axes,
    channels: int,
    filters: int,
    kernel: Axes,
    strides: Axes,
    padding: Padding,
    dilation: Axes,
    *,
    groups: int = 1,
    multiplier: int = 0,
) -> PeerCase:
    """Make a case of two images and numbers that count."""
    problem = Problem(
        kind=kind,
        batch=2,
        spatial=spatial,
        channels=channels,
        filters=filters,
        kernel_size=kernel,
        strides=strides,
        padding=padding,
        dilation=dilation,
        groups=channels if kind in ("depthwise", "separable") else groups,
        multiplier=multiplier,
        dtype="float64",
    )
    return PeerCase(f"NNOpsCorrectnessTest.{name}", problem, counted(problem), "forward", *DEFAULT)


def _moved(case: PeerCase) -> PeerCase:
    """Give the case whose input counts with the channels first."""
    shape = case.problem.input_shape
    x = np.moveaxis(case.operands.x.reshape(shape[0], shape[-1], *shape[1:-1]), 1, -1)
    return replace(case, name=f"{case.name} channels first", operands=replace(case.operands, x=x))
