"""Draw a case: the channels of its input, the kernels of one filter, the map that each makes, their sum, the output."""

from collections.abc import Mapping
from typing import Any

from convformance.reference.case import Case
from convformance.tests.conformance.picture.composition import composed
from convformance.tests.conformance.picture.page import page
from convformance.tests.conformance.picture.scene import PictureError, scene

__all__ = ["PictureError", "picture", "picture_page"]


def picture(case: Case, answers: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """Draw a case as SVG that stands alone or in a page beside others.

    Parameters
    ----------
    case : Case
        An output or a gradient.
    answers : mapping of str to mapping, optional
        What adapters gave, by their names: `convformance.tests.conformance.verdicts.Verdict.answer`.

    Returns
    -------
    str
        One ``<svg>`` element without identifiers, scripts or addresses of anything else. It is about the worst element
        of the first wrong answer, or one near the middle.

    Raises
    ------
    PictureError
        When the case is about something else than one sum, has no numbers, or is too large; when an answer does not
        belong to it.
    """
    return composed(scene(case, answers or {}))


def picture_page(case: Case, answers: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """Draw a case as an HTML page.

    Parameters
    ----------
    case, answers
        As `picture` takes them.

    Returns
    -------
    str
        A whole file that needs no other.

    Raises
    ------
    PictureError
        As `picture` does.
    """
    return page(case, picture(case, answers))
