"""Writes the table of all engines into the files that were asked for."""

from collections.abc import Sequence
from pathlib import Path

from convformance.tests.conformance.options import UsageError
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.table.overview import MissingError, overview
from convformance.tests.conformance.report.table.page import table_page
from convformance.tests.conformance.report.table.text import table_markdown


def write_table(report: Report, *, html: str | None, markdown: str | None, missing: Sequence[str] = ()) -> list[Path]:
    """Write the table of a report.

    Parameters
    ----------
    report : Report
        Read back from its file.
    html, markdown : str or None
        The files; one at least.
    missing : sequence of str, optional
        Engines without a report, each as ``NAME=REASON``.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    UsageError
        When no file is named, one can't be written, or an engine is not missing.
    """
    if html is None and markdown is None:
        raise UsageError("report table writes what is named: --html FILE, --markdown FILE, or both")
    try:
        made = overview(report, _missing(missing))
    except MissingError as error:
        raise UsageError(f"--missing: {error}") from error
    written = []
    for option, name, render in (("--html", html, table_page), ("--markdown", markdown, table_markdown)):
        if name is None:
            continue
        file = Path(name)
        try:
            file.write_text(render(report, made, file.parent), encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(f"{option} {name} can't be written: {error.strerror}") from error
        written.append(file)
    return written


def _missing(given: Sequence[str]) -> dict[str, str]:
    """Take names and reasons apart."""
    found: dict[str, str] = {}
    for one in given:
        name, _, reason = (part.strip() for part in one.partition("="))
        if not name or not reason:
            raise UsageError(f"--missing must be NAME=REASON: got {one!r}")
        if name in found:
            raise UsageError(f"--missing names {name} twice")
        found[name] = reason
    return found
