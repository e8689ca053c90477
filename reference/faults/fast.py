"""Faults of fast algorithms: right in norm, but not element by element, and wrong where they are not meant for."""

from typing import Any

import numpy as np

from convformance.reference.faults.arithmetic import TF32, cut, finished, padded
from convformance.reference.faults.fault import fault
from convformance.reference.faults.question import Array, Question
from convformance.reference.problem import Problem

_TWO = (
    np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]),
    np.array([[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [0, 0, 1]]),
    np.array([[1, 1, 1, 0], [0, 1, -1, -1]]),
)
"""Transforms of input, kernel and output for tiles of two outputs, from the points 0, 1, -1 and infinity."""
_FOUR = (
    np.array(
        [
            [4, 0, -5, 0, 1, 0],
            [0, -4, -4, 1, 1, 0],
            [0, 4, -4, -1, 1, 0],
            [0, -2, -1, 2, 1, 0],
            [0, 2, -1, -2, 1, 0],
            [0, 4, 0, -5, 0, 1],
        ]
    ),
    np.array(
        [
            [1 / 4, 0, 0],
            [-1 / 6, -1 / 6, -1 / 6],
            [-1 / 6, 1 / 6, -1 / 6],
            [1 / 24, 1 / 12, 1 / 6],
            [1 / 24, -1 / 12, 1 / 6],
            [0, 0, 1],
        ]
    ),
    np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]),
)
"""The same for four outputs, from the points 0, 1, -1, 2, -2 and infinity."""


def _three_by_three(problem: Problem) -> bool:
    """Tell whether Winograd's algorithm is for a problem."""
    ones = (1, 1)
    return (
        problem.kind == "conv"
        and problem.dtype == "float32"
        and problem.kernel_size == (3, 3)
        and problem.strides == problem.dilation == ones
        and problem.groups == 1
    )


def _winograd(question: Question, transforms: tuple[Array, Array, Array], keep: Any = lambda array: array) -> Array:
    """Compute by Winograd's algorithm in float32; what `keep` makes of both transforms is multiplied."""
    of_input, of_kernel, of_output = (matrix.astype(np.float32) for matrix in transforms)
    tile, size = of_output.shape
    problem = question.problem
    rows, columns = (-(-outputs // tile) for outputs in problem.output_spatial)
    x = padded(question)
    whole = np.zeros((x.shape[0], rows * tile + 2, columns * tile + 2, x.shape[-1]), np.float32)
    whole[:, : x.shape[1], : x.shape[2]] = x
    cells = np.lib.stride_tricks.sliding_window_view(whole, (size, size), (1, 2))[:, ::tile, ::tile]
    with np.errstate(invalid="ignore", over="ignore"):
        inputs = keep(of_input @ cells @ of_input.T).astype(np.float32)
        kernels = keep(of_kernel @ np.moveaxis(question.given.filters, (0, 1), (2, 3)) @ of_kernel.T)
        maps = np.matmul(
            np.moveaxis(inputs, (4, 5), (0, 1)).reshape(size, size, -1, problem.channels),
            np.moveaxis(kernels.astype(np.float32), (2, 3), (0, 1)),
        )
        outputs = of_output @ np.moveaxis(maps, (0, 1), (2, 3)) @ of_output.T
    tiles = outputs.reshape(problem.batch, rows, columns, problem.filters, tile, tile)
    every = tiles.transpose(0, 1, 4, 2, 5, 3).reshape(problem.batch, rows * tile, columns * tile, problem.filters)
    height, width = problem.output_spatial
    return finished(question, every[:, :height, :width])


@fault(
    "Winograd by tiles of two",
    evidence="a relative of uxlfoundation/oneDNN#748: the smaller tile",
    seen="a 3x3 kernel without stride, dilation and groups",
    about=_three_by_three,
)
def _winograd_two(question: Question) -> Array:
    """Compute 3x3 kernels by Winograd's F(2x2, 3x3) in float32."""
    return _winograd(question, _TWO)


@fault(
    "Winograd by tiles of four",
    evidence="uxlfoundation/oneDNN#748",
    seen="a 3x3 kernel without stride, dilation and groups",
    about=_three_by_three,
)
def _winograd_four(question: Question) -> Array:
    """Compute 3x3 kernels by Winograd's F(4x4, 3x3) in float32."""
    return _winograd(question, _FOUR)


@fault(
    "Winograd multiplies in TF32",
    evidence="ml-explore/mlx#4242",
    seen="a 3x3 kernel without stride, dilation and groups",
    about=_three_by_three,
)
def _winograd_tf32(question: Question) -> Array:
    """Round the transforms of Winograd's F(4x4, 3x3) to TF32."""
    return _winograd(question, _FOUR, lambda array: cut(array, TF32))


@fault(
    "Winograd keeps its transforms in float16",
    evidence="ROCm/rocm-libraries#3508",
    seen="a 3x3 kernel without stride, dilation and groups",
    about=_three_by_three,
)
def _winograd_float16(question: Question) -> Array:
    """Store the transforms of Winograd's F(4x4, 3x3) in float16; large ones become infinite."""
    return _winograd(question, _FOUR, lambda array: array.astype(np.float16))


@fault(
    "Fourier transform",
    evidence="a relative of uxlfoundation/oneDNN#748: the other fast algorithm, which leaks into exact zeros",
    seen="a kernel on at least four cells along each axis",
    about=lambda problem: (
        problem.kind in {"conv", "depthwise"} and problem.dtype == "float32" and min(problem.spatial) > 3
    ),
)
def _fourier(question: Question) -> Array:
    """Multiply float32 spectra of image and kernel."""
    plain = question.problem.as_grouped
    axes, x = tuple(range(1, plain.rank + 1)), padded(question)
    if 0 in x.shape:
        return question.honest()
    dilated = np.zeros((*plain.kernel_extent, *plain.filters_shape[-2:]), np.float32)
    dilated[tuple(slice(None, None, step) for step in plain.dilation)] = question.given.filters.reshape(
        plain.filters_shape
    )
    with np.errstate(invalid="ignore", over="ignore"):
        image = np.fft.rfftn(x, axes=axes)
        kernel = np.conj(np.fft.rfftn(dilated, x.shape[1:-1], axes=tuple(range(plain.rank))))
        image = image.reshape(*image.shape[:-1], plain.groups, -1)
        kernel = kernel.reshape(*kernel.shape[:-1], plain.groups, -1)
        spectrum = np.einsum("...gc,...cgf->...gf", image, kernel).reshape(*image.shape[:-2], plain.filters)
        sums = np.fft.irfftn(spectrum, x.shape[1:-1], axes=axes)
    places = (slice(0, (size - 1) * s + 1, s) for size, s in zip(plain.output_spatial, plain.strides, strict=True))
    return finished(question, sums[:, *places])
