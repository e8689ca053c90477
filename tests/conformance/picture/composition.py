"""Compose a picture: the columns side by side, below them the sum in numbers, what is to be seen, what came back."""

import math
from collections.abc import Iterator
from html import escape
from textwrap import wrap
from typing import Final

from convformance.tests.conformance.picture.arithmetic import arithmetic
from convformance.tests.conformance.picture.columns import EDGE, Columns
from convformance.tests.conformance.picture.connections import lines, signs
from convformance.tests.conformance.picture.cutting import columns_of
from convformance.tests.conformance.picture.painting import STYLE, largest_of, numbers, painted, text
from convformance.tests.conformance.picture.returned import returned
from convformance.tests.conformance.picture.scene import Scene
from convformance.tests.conformance.picture.words import Words, legend, words_for

ADAPTERS: Final = 4
"""So many adapters' answers are drawn."""
_NARROWEST: Final = 820
_LINE: Final = 19
_LETTER: Final = 6.3
_DIGIT: Final = 7.6
_LEADS: Final = ("A kernel", "A filter", "The layer")


def composed(scene: Scene) -> str:
    """Draw a scene.

    Parameters
    ----------
    scene : Scene
        What is drawn.

    Returns
    -------
    str
        One ``<svg>`` element.
    """
    words = words_for(scene)
    columns = columns_of(scene, words)
    sums = [f"{scene.element}, outlined:", *arithmetic(scene, words)]
    width = max(columns.width, _NARROWEST, *(len(line) * _DIGIT + 2 * EDGE for line in sums))
    elements = list(_diagram(scene, words, columns))
    y = max(columns.bottom, *(one.bottom for one in columns.placed())) + 32
    for line in sums:
        y += _LINE
        elements.append(text(line, EDGE, y, "sum"))
    pads = any(panel.pads.any() for panel in columns.sources.panels)
    mode = scene.addends.plain.padding_mode if pads else None
    y += _LINE / 2
    for sentence in (*words.sentences, legend(mode)):
        lead = next((lead for lead in _LEADS if sentence.startswith(lead)), "")
        for line in wrap(sentence, int((width - 2 * EDGE) / _LETTER)):
            y += _LINE
            elements.append(text(line, EDGE, y, lead=lead))
            lead = ""
    for answered in scene.answered[:ADAPTERS]:
        drawn, wide, y = returned(answered, y + 16)
        elements += drawn
        width = max(width, wide)
    if len(scene.answered) > ADAPTERS:
        y += _LINE
        elements.append(text(f"and {len(scene.answered) - ADAPTERS} more adapters", EDGE, y, "sub"))
    return _framed(scene, elements, math.ceil(width), math.ceil(y + EDGE), " ".join(words.sentences))


def _framed(scene: Scene, elements: list[str], width: int, height: int, sentences: str) -> str:
    """Put elements into a picture that says what it is."""
    return (
        f'<svg class="conv-picture" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'style="max-width:100%;height:auto" role="img" aria-label="{escape(f"{scene.case}: {sentences}")}">'
        f"<title>{escape(str(scene.case))}</title><style>{STYLE}</style>"
        f'<rect class="back" width="{width}" height="{height}"/>{"".join(elements)}</svg>\n'
    )


def _diagram(scene: Scene, words: Words, columns: Columns) -> Iterator[str]:
    """Draw the columns: what lies behind first."""
    weights = columns.weights
    if words.box and weights is not None:
        wide, high = weights.width + 20, columns.bottom + 14
        yield f'<path class="box" d="M{weights.x - 10:g} 6h{wide:g}v{high:g}h-{wide:g}z"/>'
    yield from lines(columns)
    for column in columns.all:
        yield text(column.head[0], column.x, 26, "head own" if words.box and column is weights else "head")
        yield text(column.head[1], column.x, 44, "sub")
    largest = _largest(columns)
    for one in columns.placed():
        if one.panel.label:
            yield text(one.panel.label, one.column.x, one.top - 7)
        yield from painted(one.panel, one.column.x, one.top, one.column.cells, largest[id(one.column)])
        yield from numbers(one.panel, one.column.x, one.top, one.column.cells)
        if one.panel.note:
            yield text(one.panel.note, one.column.x, one.bottom + 13, "note")
    if scene.rest is not None:
        y = columns.tops[-1] + columns.heights[-1] / 2
        for column, what in zip(columns.addends, words.more, strict=False):
            yield text(f"and {len(scene.addends) - columns.rows} more {what}", column.x, y, "sub")
    yield from signs(columns)


def _largest(columns: Columns) -> dict[int, float]:
    """Choose what is shaded darkest: one number for a column, and one for the maps, their sum and the answer."""
    shared = [column for column in columns.all if column not in (columns.sources, columns.weights)]
    alike = largest_of([panel for column in shared for panel in column.panels])
    return {id(column): alike if column in shared else largest_of(column.panels) for column in columns.all}
