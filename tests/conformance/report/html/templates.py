"""What the pages of reports share: their style, and templates in which text of others stays text."""

from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import escape

from convformance.tests.conformance.report.harmless import visible

_PACKAGE: Final = "convformance.tests.conformance.report"


@cache
def text_of(name: str, package: str = f"{_PACKAGE}.html") -> str:
    """Give the text of a file of ours.

    Parameters
    ----------
    name : str
        Of the file.
    package : str, optional
        Where it lies.
    """
    return (files(package) / name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Make the templates of reports: all text is escaped, and first made harmless, unless it is marked as ours.

    Returns
    -------
    Environment
        Its templates are found from the folder of `convformance.tests.conformance.report`.
    """
    made = Environment(
        loader=PackageLoader(_PACKAGE, ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["lines"] = escape  # the lines of a script, harmless already, stay lines
    return made


def _finalize(value: object) -> object:
    """Make text harmless before it is escaped; what is marked as safe is ours."""
    return visible(value) if type(value) is str else value
