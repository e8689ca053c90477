"""Where the page of an engine lies, beside the file that is written."""

from pathlib import Path
from typing import Final
from urllib.parse import quote

from convformance.tests.conformance.report.harmless import file_name

FOLDER: Final = "engines"


def page_of(name: str, folder: Path | None) -> str | None:
    """Give the relative address of an engine's own page.

    Parameters
    ----------
    name : str
        The engine's; one that is no file's name has no page.
    folder : Path or None
        Where the table is written.

    Returns
    -------
    str or None
        ``engines/NAME.md`` where that file is.
    """
    if folder is None or file_name(name) != name or not (folder / FOLDER / f"{name}.md").is_file():
        return None
    return f"{FOLDER}/{quote(name)}.md"
