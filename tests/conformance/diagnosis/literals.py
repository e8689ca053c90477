"""Spell arrays as Python that a person reads: short lists, or what makes them."""

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

SHORT: Final = 64
"""So many numbers are spelled one by one; more are, where it is possible, made by a formula."""
_FEW: Final = 8
_WIDTH: Final = 102


def spelled(name: str, array: Array) -> list[str]:
    """Write the lines that make an array.

    Parameters
    ----------
    name : str
        Of the variable.
    array : array
        Of any dtype; bfloat16 is spelled as float32.

    Returns
    -------
    list of str
        Assignments.
    """
    dtype = "float32" if array.dtype.name == "bfloat16" else array.dtype.name
    flat = array.astype(dtype).ravel()
    shape = array.shape
    if not array.size:
        return [f'{name} = np.zeros({shape}, "{dtype}")']
    if array.size > SHORT or counts(array):
        formula = _formula(flat, shape, dtype)
        if formula is not None:
            return [f"{name} = {formula}"]
        places = np.flatnonzero(flat)
        if places.size <= 4:
            cells = [np.unravel_index(place, shape) for place in places]
            inside = [
                f"{name}[{', '.join(map(str, cell))}] = {number(flat[p])}"
                for cell, p in zip(cells, places, strict=True)
            ]
            return [f'{name} = np.zeros({shape}, "{dtype}")', *inside]
    return _wrapped(f"{name} = np.array(", nested(array.astype(dtype)), f', "{dtype}")')


def counts(array: Array) -> bool:
    """Tell whether an array counts from 1 and is too long to be read number by number."""
    return array.size > _FEW and bool((array.ravel() == np.arange(1, array.size + 1)).all())


def nested(array: Array) -> str:
    """Spell an array as nested lists."""
    if array.ndim == 0:
        return number(array)
    return f"[{', '.join(map(nested, array))}]"


def number(value: Any) -> str:
    """Spell a number: whole ones without a point."""
    value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "np.inf", -math.inf: "-np.inf"}.get(value, "np.nan")
    whole = value == int(value) and str(value) != "-0.0"
    return str(int(value)) if whole else repr(value)


def _formula(flat: Array, shape: tuple[int, ...], dtype: str) -> str | None:
    """Find the formula of an array: one number throughout, or counting, perhaps again and again."""
    if (flat == flat[0]).all():
        return f'np.full({shape}, {number(flat[0])}, "{dtype}")'
    places = np.arange(flat.size)
    falls = np.flatnonzero(np.diff(flat) != 1)
    cycle = int(falls[0]) + 1 if falls.size else flat.size
    if not (flat == places % cycle + flat[0]).all():
        return None
    first = number(flat[0])
    if cycle == flat.size:
        return f'np.arange({first}, {number(flat[-1] + 1)}, dtype="{dtype}").reshape{shape}'
    return f'(np.arange({flat.size}) % {cycle} + {first}).reshape{shape}.astype("{dtype}")'


def _wrapped(head: str, text: str, tail: str) -> list[str]:
    """Break a line between numbers where it is too long."""
    lines, line = [], head
    for part in text.split(", "):
        if len(line) + len(part) > _WIDTH:
            lines.append(line.rstrip())
            line = "    "
        line += f"{part}, "
    return [*lines, line.removesuffix(", ") + tail]
