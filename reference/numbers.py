"""Numbers that can tell a wrong convolution from a right one: raw bits and integer arithmetic make all of them."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from convformance.reference.bits import raw_bits
from convformance.reference.case import Case
from convformance.reference.directions import COTANGENT_LAWS
from convformance.reference.exact import exact_numbers
from convformance.reference.operands import Operands

Array = npt.NDArray[Any]


def operands(case: Case, *, photo: Array | None = None, attempt: int = 0) -> Operands:
    """Make the numbers of a case.

    Parameters
    ----------
    case : Case
        Its text is the key: the same text gives the same bits.
    photo : array of uint8, shape ``(N, *spatial, C_in)``, optional
        The pixels that take the place of the input; needed by cases on ``photo`` numbers.
    attempt : int, optional
        Exact numbers get smaller and fewer with each, until their sums fit the budget.

    Returns
    -------
    Operands
        Input, filters and bias; a cotangent where a gradient is asked for; pointwise filters where there are any.
    """
    problem = case.problem
    dtype = problem.precision.numpy_dtype
    shapes = {
        "x": problem.input_shape,
        "filters": problem.filters_shape,
        "bias": (problem.filters,) if problem.use_bias else None,
        "cotangent": problem.output_shape if case.is_gradient or case.direction in COTANGENT_LAWS else None,
        "pointwise": (problem.channels * problem.multiplier, problem.filters) if problem.kind == "separable" else None,
    }
    arrays: dict[str, Array | None] = {}
    for role, shape in shapes.items():
        if shape is None:
            arrays[role] = None
        elif case.numbers == "real":
            arrays[role] = _real(case, role, shape).astype(dtype)
        elif role == "x" and case.numbers == "photo":
            if photo is None:
                raise ValueError(f"a case on photo numbers needs the pixels: got none for {case}")
            arrays[role] = photo.astype(dtype)
        else:
            arrays[role] = exact_numbers(case, role, shape, attempt).astype(dtype)
    if case.memory == "broadcast" and arrays["x"] is not None:
        arrays["x"] = np.broadcast_to(arrays["x"][:1], problem.input_shape)
    return Operands(**arrays)  # type: ignore[arg-type] # x and filters are always there


def _real(case: Case, role: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Zero-mean numbers, close to normal with a variance of 4/3: sums of four uniform 32-bit integers (Irwin-Hall)."""
    words = raw_bits(case, role, 4 * math.prod(shape)).reshape(4, *shape)
    total = words[0].astype(np.int64)
    for word in words[1:]:
        total += word
    total -= 2 * (2**32 - 1)
    numbers: npt.NDArray[np.float64] = total * 2.0**-31
    return numbers
