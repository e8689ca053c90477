"""A picture as an HTML file of its own."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from convformance.reference.case import Case
from convformance.tests.conformance.report.words import numbers_in_words, problem_in_words, question_in_words


def page(case: Case, svg: str) -> str:
    """Put a picture into a page.

    Parameters
    ----------
    case : Case
        What it shows.
    svg : str
        As `convformance.tests.conformance.picture.drawing.picture` gives it.

    Returns
    -------
    str
        HTML.
    """
    return _template().render(
        case=str(case),
        problem="; ".join(problem_in_words(case)),
        question=question_in_words(case),
        numbers="; ".join(numbers_in_words(case)),
        svg=Markup(svg),  # noqa: S704 - drawn by this package, which escapes all text of others
    )


@cache
def _template() -> Template:
    loader = PackageLoader("convformance.tests.conformance.picture", "")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.jinja")
