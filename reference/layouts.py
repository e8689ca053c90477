"""Array layouts by named axes: one small algebra for HWIO, OIHW, OHWI and the rest, at any rank.

A layout is a string with one character per axis, ``*`` standing for all spatial axes in their order. Filters have the
axes ``I`` (input channels per group) and ``O`` (filters): Keras and TensorFlow keep ``"*IO"`` (HWIO in two dimensions),
torch ``"OI*"`` (OIHW), TensorFlow Lite ``"O*I"`` (OHWI). Those of a depthwise convolution have ``M`` (multiplier) for
``O``. Data has ``N`` (batch) and ``C`` (channels): ``"channels_last"`` is ``"N*C"``, ``"channels_first"`` is ``"NC*"``.

Transposed filters are those of one group (``O``) over all channels (``I``): Keras keeps ``"*OI"``, torch ``"IO*"``.
Where ``"(GO)"`` stands for ``O`` they are all filters, group by group, over the channels of their group: MLX keeps
``"(GO)*I"``, ncnn ``"(GO)I*"``. Of one group that is the same; of several it is more than an order of axes.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

CANONICAL_DATA: Final = "N*C"
CANONICAL_FILTERS: Final = {"conv": "*IO", "depthwise": "*IM", "transposed": "*OI"}
DATA_LAYOUTS: Final = {"channels_last": "N*C", "channels_first": "NC*"}
GROUP_BY_GROUP: Final = "(GO)"
"""The axis of all filters of a transposed convolution, group by group."""


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


def axes_of(layout: str) -> str:
    """Give the layout of an array's axes alone, as `convert` takes it: ``"(GO)"`` is one axis, ``O``."""
    return layout.replace(GROUP_BY_GROUP, "O")


def lay_filters(filters: npt.NDArray[Any], kind: str, layout: str, groups: int) -> npt.NDArray[Any]:
    """Give canonical filters in a layout.

    With G groups, F filters and C channels of one group, filter f of group g keeps its number for channel c of that
    group and tap k at ``canonical[k, f, g * C + c]``, and at ``[g * F + f, k, c]`` in the layout ``"(GO)*I"``.

    Parameters
    ----------
    filters : array
        Canonical filters, of a shape that the problem need not have: an invalid one is laid out, too.
    kind : str
        One of `CANONICAL_FILTERS`.
    layout : str
        Of the same axes; of transposed filters ``"(GO)"`` may stand for ``O``.
    groups : int
        Of the problem.

    Returns
    -------
    array
        A view, or for ``"(GO)"`` a copy where it has to be one. Channels that the groups do not divide stay together
        there, as those of one group.

    Raises
    ------
    ValueError
        As `convert` does.

    Examples
    --------
    Two groups of three filters and two channels each, as MLX keeps them:

    >>> lay_filters(np.zeros((5, 3, 4)), "transposed", "(GO)*I", 2).shape
    (6, 5, 2)
    """
    canonical = CANONICAL_FILTERS[kind]
    if not _is_regrouped(kind, layout):
        return convert(filters, canonical, layout)
    *kernel, few, channels = filters.shape
    if groups > 0 and channels % groups == 0:
        apart = filters.reshape(*kernel, few, groups, channels // groups)
        filters = np.swapaxes(apart, -3, -2).reshape(*kernel, groups * few, channels // groups)
    return convert(filters, canonical, axes_of(layout))


def canonical_filters(laid: npt.NDArray[Any], kind: str, layout: str, groups: int) -> npt.NDArray[Any]:
    """Give filters, or their gradient, in canonical layout again: the inverse of `lay_filters`.

    Parameters
    ----------
    laid : array
        In the layout, of a shape that the problem need not have.
    kind, layout, groups
        As `lay_filters` takes them.

    Returns
    -------
    array
        A view, or for ``"(GO)"`` a copy where it has to be one. Filters that the groups do not divide get an axis too
        many there, ``(*kernel, filters, 1, channels)``: without it they could have the shape of right ones.

    Raises
    ------
    ValueError
        As `convert` does.
    """
    canonical = CANONICAL_FILTERS[kind]
    if not _is_regrouped(kind, layout):
        return convert(laid, layout, canonical)
    every = convert(laid, axes_of(layout), canonical)
    *kernel, filters, few = every.shape
    if groups < 1 or filters % groups != 0:
        return every[..., np.newaxis, :]
    apart = every.reshape(*kernel, groups, filters // groups, few)
    return np.swapaxes(apart, -3, -2).reshape(*kernel, filters // groups, groups * few)


def _is_regrouped(kind: str, layout: str) -> bool:
    return kind == "transposed" and GROUP_BY_GROUP in layout


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
