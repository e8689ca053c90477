"""The sum at the chosen cell, written out: a line for each addend, and one for all of them."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import numpy as np

from convformance.tests.conformance.picture.scene import Scene
from convformance.tests.conformance.picture.words import Words

TERMS: Final = 9
"""So many products stand in a line; of more, the first and how many they are."""
LENGTH: Final = 110
"""In so many characters."""


def arithmetic(scene: Scene, words: Words) -> list[str]:
    """Write the sum out.

    Parameters
    ----------
    scene : Scene
        What is drawn.
    words : Words
        How its maps are called.

    Returns
    -------
    list of str
        A line for each addend that is drawn, a line for the others, and their sum with bias and ReLU.
    """
    names = [words.made_of.format(scene.addends.names[place]) for place in scene.shown]
    lines = []
    for place, name, made in zip(scene.shown, names, scene.maps, strict=True):
        lines.append((name, f"{_products(scene, place)} = {spelled(made[scene.cell])}"))
    if scene.rest is not None:
        lines.append((f"{len(scene.addends) - len(scene.shown)} more", spelled(scene.rest[scene.cell])))
    parts = [*(made[scene.cell] for made in scene.maps), *([] if scene.rest is None else [scene.rest[scene.cell]])]
    terms = [_factor(part) for part in parts]
    if scene.bias is not None:
        terms.append(f"bias {_factor(scene.bias)}")
    result = spelled(scene.value[scene.cell])
    if len(terms) > 1 or scene.relu:
        total = " + ".join(terms)
        lines.append(("sum", f"max(0, {total}) = {result}" if scene.relu else f"{total} = {result}"))
    width = max(len(name) for name, _ in lines)
    return [f"{name:<{width}}  {line}" for name, line in lines]


def spelled(value: Any) -> str:
    """Write a number: whole ones in full, others with four digits."""
    number = float(value)
    if np.isfinite(number) and number == int(number) and abs(number) < 1e16:
        return str(int(number))
    return f"{number:.4g}"


def _factor(value: Any) -> str:
    text = spelled(value)
    return f"({text})" if text.startswith("-") else text


def _products(scene: Scene, place: int) -> str:
    """Write the products of one addend, as many as fit a line."""
    terms: list[str] = []
    for one, other in islice(_pairs(scene, place), TERMS):
        term = _factor(one) if other is None else f"{_factor(one)}*{_factor(other)}"
        if len(" + ".join([*terms, term])) > LENGTH:
            break
        terms.append(term)
    if scene.products > len(terms):
        terms.append(f"... ({scene.products - len(terms)} more)")
    text = " + ".join(terms) or "nothing meets there"
    factors = scene.addends.factors
    return text if factors is None else f"({text}) * {_factor(factors[place])}"


def _pairs(scene: Scene, place: int) -> Iterator[tuple[Any, Any]]:
    """Give what is multiplied in the chosen cell."""
    source, weights, _ = scene.addends.planes
    for meeting in scene.pairs:
        index = {
            plane: tuple(int(getattr(one, "cell" if plane == "input" else plane)) for one in meeting)
            for plane in (source, weights)
        }
        other = None if scene.addends.weights is None else scene.addends.weights[place][index[weights]]
        yield scene.addends.sources[place][index[source]], other
