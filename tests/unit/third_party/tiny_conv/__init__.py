"""An engine of some lines: images (N, C, H, W), filters (O, I, H, W), one tap after the other."""

from typing import Any

import numpy as np
import numpy.typing as npt

__version__ = "0.7.2"

Array = npt.NDArray[Any]


def convolve(x: Array, filters: Array, strides: tuple[int, ...], pads: Any, dilation: tuple[int, ...]) -> Array:
    if x.dtype != np.float32 or x.shape[1] != filters.shape[1]:
        raise ValueError("tiny_conv knows float32 alone, and no groups")
    inside = np.pad(np.ones(x.shape[2:], bool), pads)
    x = np.pad(x, ((0, 0), (0, 0), *pads))
    sizes = [
        (cells - (taps - 1) * step - 1) // stride + 1
        for cells, taps, stride, step in zip(x.shape[2:], filters.shape[2:], strides, dilation, strict=True)
    ]
    result = np.zeros((x.shape[0], filters.shape[0], *sizes), x.dtype)
    for tap in np.ndindex(*filters.shape[2:]):
        places = tuple(
            slice(at * step, at * step + (size - 1) * stride + 1, stride)
            for at, size, stride, step in zip(tap, sizes, strides, dilation, strict=True)
        )
        products = np.einsum("nchw,oc->nohw", x[:, :, *places], filters[:, :, *tap])
        # The pads make no product: zero times an infinite weight would not be zero.
        result += np.where(inside[places], products, np.float32(0))
    return result
