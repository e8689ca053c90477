"""Array layouts by named axes: one small algebra for HWIO, OIHW, OHWI and the rest, at any rank.

A layout is a string with one character per axis, ``*`` standing for all spatial axes in their order. Filters have the
axes ``I`` (input channels per group) and ``O`` (filters): Keras and TensorFlow keep ``"*IO"`` (HWIO in two dimensions),
torch ``"OI*"`` (OIHW), TensorFlow Lite ``"O*I"`` (OHWI). Those of a depthwise convolution have ``M`` (multiplier) for
``O``. Data has ``N`` (batch) and ``C`` (channels): ``"channels_last"`` is ``"N*C"``, ``"channels_first"`` is ``"NC*"``.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

CANONICAL_DATA: Final = "N*C"
CANONICAL_FILTERS: Final = {"conv": "*IO", "depthwise": "*IM", "transposed": "*OI"}
DATA_LAYOUTS: Final = {"channels_last": "N*C", "channels_first": "NC*"}


def convert(array: npt.NDArray[Any], source: str, target: str) -> npt.NDArray[Any]:
    """View an array of one layout in another.

    Parameters
    ----------
    array : array
        Its axes are those of `source`; all axes that the letters leave over are spatial.
    source, target : str
        Layouts of the same letters, for example ``"*IO"`` and ``"OI*"``.

    Returns
    -------
    array
        A view with the axes of `target`; no element moves. Converting back gives the same array.

    Raises
    ------
    ValueError
        When the layouts do not name the same axes once each, or the array has fewer axes than letters.

    Examples
    --------
    A Keras kernel ``(k, k, C_in, filters)`` as torch keeps it, ``(filters, C_in, k, k)``:

    >>> convert(np.zeros((3, 3, 4, 8)), "*IO", "OI*").shape
    (8, 4, 3, 3)
    """
    if sorted(source) != sorted(target) or len(set(source)) != len(source) or source.count("*") != 1:
        raise ValueError(
            f"layouts must name the same axes once each, with one * for the spatial ones: got {source!r} and {target!r}"
        )
    spatial = array.ndim - (len(source) - 1)
    if spatial < 0:
        raise ValueError(f"layout {source!r} takes at least {len(source) - 1} axes: got shape {array.shape}")
    places: dict[str, range] = {}
    start = 0
    for letter in source:
        places[letter] = range(start, start + (spatial if letter == "*" else 1))
        start = places[letter].stop
    return np.transpose(array, [axis for letter in target for axis in places[letter]])


def data_layout(name: str) -> str:
    """Give the layout that ``"channels_last"`` or ``"channels_first"`` stands for.

    Raises
    ------
    ValueError
        For any other name.
    """
    if name not in DATA_LAYOUTS:
        raise ValueError(f"data_layout must be one of {', '.join(DATA_LAYOUTS)}: got {name!r}")
    return DATA_LAYOUTS[name]
