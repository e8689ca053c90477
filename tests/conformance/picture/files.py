"""``convformance case CASE --picture FILE``: a picture, or a page with one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from convformance.reference.case import parse_case
from convformance.reference.errors import ProblemError, TextError
from convformance.tests.conformance.options import UsageError
from convformance.tests.conformance.picture.drawing import PictureError, picture, picture_page

SUFFIXES: Final = (".svg", ".html")


def require_drawable(text: str, file: str) -> None:
    """Refuse what can't be drawn or written before anybody is asked.

    Raises
    ------
    UsageError
        For a file of another kind or in a folder that is not there, and for a case that has no picture.
    """
    _require_writable(file)
    _drawn(text, file, {})


def draw(text: str, file: str, answers: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    """Write the picture of a case.

    Parameters
    ----------
    text : str
        The case.
    file : str
        Ends with one of `SUFFIXES`.
    answers : mapping of str to mapping
        What adapters answered: `convformance.tests.conformance.verdicts.Verdict.answer` by their names.
    console : rich.console.Console
        Is told where the picture is.

    Raises
    ------
    UsageError
        As `require_drawable` does, for an answer that does not belong to the case, and when the file can't be written.
    """
    _require_writable(file)
    drawn = _drawn(text, file, answers)
    try:
        Path(file).write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--picture {file} can't be written: {error.strerror}") from error
    console.print(f"picture: {escape(file)}", highlight=False, soft_wrap=True)


def _require_writable(file: str) -> None:
    path = Path(file)
    if path.suffix not in SUFFIXES:
        raise UsageError(f"--picture must end with {' or '.join(SUFFIXES)}: got {file}")
    if not path.parent.is_dir():
        raise UsageError(f"--picture {file} can't be written: there is no folder {path.parent}")


def _drawn(text: str, file: str, answers: Mapping[str, Mapping[str, Any]]) -> str:
    try:
        case = parse_case(text)
        return picture(case, answers) if file.endswith(".svg") else picture_page(case, answers)
    except (TextError, ProblemError, PictureError) as error:
        raise UsageError(str(error)) from error
