"""The limit: the rate of NumPy's product of two square matrices, which no convolution through products exceeds."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import numpy as np

LIMIT: Final = "limit"
"""What the contender is called that is the limit."""


@lru_cache
def product(size: int, dtype: str) -> Callable[[], object]:
    """Give what multiplies once.

    Parameters
    ----------
    size : int
        Rows and columns of both matrices.
    dtype : str
        A floating-point dtype.

    Returns
    -------
    callable
        ``2 * size**3`` operations a call.
    """
    one, other = (np.random.default_rng(seed).standard_normal((size, size)).astype(dtype) for seed in (1, 2))
    result = np.empty((size, size), dtype)
    return lambda: np.matmul(one, other, out=result)


def limit_entry(size: int, dtype: str) -> dict[str, Any]:
    """Say what the JSON says of the limit and of no other contender.

    Parameters
    ----------
    size, dtype
        As `product` takes them.

    Returns
    -------
    dict
        Its name, its work, and no verdict: it is no convolution.
    """
    return {
        "contender": LIMIT,
        "problem": f"product of {size} x {size} matrices",
        "flops": 2 * size**3,
        "bytes": 3 * size**2 * np.dtype(dtype).itemsize,
        "first_call_seconds": None,
        "conversion_seconds": None,
        "verdict": None,
        "detail": "",
    }
