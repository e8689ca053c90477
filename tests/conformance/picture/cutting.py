"""Cut the maps of a scene into panels, as large as the picture has room for."""

from typing import Final

from convformance.tests.conformance.picture.arithmetic import spelled
from convformance.tests.conformance.picture.columns import Column, Columns
from convformance.tests.conformance.picture.panels import View
from convformance.tests.conformance.picture.scene import Scene
from convformance.tests.conformance.picture.windows import Plane
from convformance.tests.conformance.picture.words import Words

WIDEST: Final = 1450
"""Of a picture, in pixels, as long as that leaves something around the window."""
_COLUMNS: Final = (10, 9, 8, 7, 6, 5, 4)
_ROWS: Final = {1: 10, 2: 10, 3: 8, 4: 7, 5: 6}
_FEWEST: Final = 5


def columns_of(scene: Scene, words: Words) -> Columns:
    """Cut every map that is drawn.

    Parameters
    ----------
    scene : Scene
        What is drawn.
    words : Words
        How it is called.

    Returns
    -------
    Columns
        Of maps cut smaller the more there are, and the wider their numbers.
    """
    addends = len(scene.shown) + (scene.rest is not None)
    rows = _ROWS.get(addends, _FEWEST)
    for most in _COLUMNS:
        columns = _cut(scene, words, (rows, most))
        if columns.width <= WIDEST:
            break
    return columns


def _cut(scene: Scene, words: Words, most: tuple[int, int]) -> Columns:
    addends = scene.addends
    source, slides, _ = addends.planes
    multiplier = scene.case.problem.multiplier
    chosen = [(place, addends.names[place]) for place in scene.shown]
    seen = _met(scene, source, most)
    sources = Column(
        [
            seen.panel(addends.sources[place], words.source_of.format(name, name // multiplier))
            for place, name in chosen
        ],
        words.source,
    )
    weights = None
    if addends.weights is not None:
        slid = _met(scene, slides, most)
        weights = Column(
            [slid.panel(addends.weights[place], words.weights_of.format(name)) for place, name in chosen], words.weights
        )
    view = _made(scene, most)
    maps = [view.panel(array, words.made_of.format(name)) for array, (_, name) in zip(scene.maps, chosen, strict=True)]
    if scene.rest is not None:
        maps.append(view.panel(scene.rest, "the sum of their maps"))
    behind = []
    if scene.bias is not None:
        behind.append(f"+ bias {spelled(scene.bias)}")
    if scene.relu:
        behind.append("then ReLU")
    answer = None
    if behind:
        answer = Column([view.panel(scene.value, "")], (f"output channel {scene.at[-1]}", ", ".join(behind)))
    return Columns(
        sources, weights, Column(maps, words.made), Column([view.panel(scene.total, "")], words.total), answer
    )


def _met(scene: Scene, plane: Plane, most: tuple[int, int]) -> View:
    """View a plane of what meets in the chosen cell."""
    marked = [sorted({int(getattr(one, plane)) for one in axis}) for axis in scene.window]
    return View(scene.addends.plain, plane, marked, most=most, padded=True, depth=_depth(scene, plane))


def _made(scene: Scene, most: tuple[int, int]) -> View:
    """View the plane of the chosen cell itself."""
    plane = scene.addends.planes[2]
    marked = [[index] for index in scene.cell]
    return View(scene.addends.plain, plane, marked, most=most, padded=False, depth=_depth(scene, plane))


def _depth(scene: Scene, plane: Plane) -> int | None:
    return None if scene.depth is None else scene.depth[plane]
