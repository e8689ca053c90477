"""A real RGB photograph for the layers that see one: its pixels are integers, so the verdict on them is exact.

It is the portrait of Grace Hopper (United States Navy, 1984, public domain) that matplotlib ships as sample data.
"""

import hashlib
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.cbook import get_sample_data
from PIL import Image

from convformance.reference.bits import raw_bits
from convformance.reference.case import Case
from convformance.reference.errors import BlindCaseError

Pixels = npt.NDArray[np.uint8]


@cache
def photograph() -> Pixels:
    """Read the photograph.

    Returns
    -------
    array of uint8, shape ``(600, 512, 3)``
        Rows, columns, RGB; not to be written to.
    """
    file: Any = get_sample_data("grace_hopper.jpg")
    with file, Image.open(file) as image:
        pixels = np.asarray(image.convert("RGB"))
    pixels.flags.writeable = False
    return pixels


def digest() -> str:
    """Give the SHA-256 of the pixels: a JPEG decoder that gives others makes another corpus."""
    return hashlib.sha256(photograph().tobytes()).hexdigest()


def crops(case: Case) -> Pixels:
    """Cut the input of a case out of the photograph, at places that its text chooses.

    Parameters
    ----------
    case : Case
        Two-dimensional, on three channels.

    Returns
    -------
    array of uint8, shape ``(N, height, width, 3)``
        One crop an image.

    Raises
    ------
    BlindCaseError
        When the case is not one that a photograph fits.
    """
    problem, pixels = case.problem, photograph()
    if (
        problem.rank != 2
        or problem.channels != 3
        or problem.batch == 0
        or any(size > limit for size, limit in zip(problem.spatial, pixels.shape, strict=False))
    ):
        raise BlindCaseError(f"photo numbers need conv2d on 3 channels of at most {pixels.shape[:2]} cells: got {case}")
    height, width = problem.spatial
    bits = raw_bits(case, "crops", 2 * problem.batch).reshape(problem.batch, 2)
    room = np.array([pixels.shape[0] - height + 1, pixels.shape[1] - width + 1], dtype=np.uint64)
    corners = (bits % room).astype(int)
    return np.stack([pixels[top : top + height, left : left + width] for top, left in corners])
