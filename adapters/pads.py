"""Pads and crops in words that the functions of several engines take."""

from collections.abc import Sequence
from typing import Final

from convformance.reference.problem import Problem

NUMPY_MODES: Final = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""What ``numpy.pad`` calls each padding mode, and with it JAX, MLX, ONNX and OpenVINO."""


def both_sides_alike(problem: Problem) -> bool:
    """Tell whether each axis is padded, or cropped, by the same number before and after.

    Parameters
    ----------
    problem : Problem
        Any.
    """
    return all(before == after for before, after in problem.pads)


def crops(problem: Problem, sizes: Sequence[int]) -> tuple[slice, ...]:
    """Give what is kept of the spatial axes of a transposed convolution's output that was not cropped.

    Parameters
    ----------
    problem : Problem
        Its pads are the crops.
    sizes : sequence of int
        The output's, of the spatial axes.
    """
    return tuple(slice(before, size - after) for (before, after), size in zip(problem.pads, sizes, strict=True))
