"""What a run ends with: everything that is written beside `verdicts.jsonl`, from it alone, and shown."""

import json
import os
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Final

from rich.console import Console

from convformance.tests.conformance.options import UsageError
from convformance.tests.conformance.report.badge import badge, badge_name
from convformance.tests.conformance.report.compare.difference import DifferenceError, in_both
from convformance.tests.conformance.report.github import annotations, append_summary, artifact_address
from convformance.tests.conformance.report.html.page import PAGE, write_page
from convformance.tests.conformance.report.junit import junit
from convformance.tests.conformance.report.markdown import markdown
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.terminal import render, say

SUMMARY: Final = "summary.md"
JUNIT: Final = "junit.xml"
BADGES: Final = "badges"


def clear(folder: Path) -> None:
    """Remove what was rendered from a former report: a run that ends early must not leave a page that looks whole.

    Parameters
    ----------
    folder : Path
        The report's folder.
    """
    for name in (PAGE, SUMMARY, JUNIT):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / BADGES, ignore_errors=True)


def write_all(report: Report, folder: Path, *, baseline: Report | None = None, artifact: str | None = None) -> Path:
    """Write the page, the summary in Markdown, JUnit's XML, and a badge for each adapter.

    Parameters
    ----------
    report : Report
        Read back from its file.
    folder : Path
        Where it lies, and where all of it is written.
    baseline : Report, optional
        A former one: the summary says which nonconformances are new since then, and which are gone.
    artifact : str, optional
        The address under which the folder can be had.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    UsageError
        Where one of them can't be written, and for a baseline that has none of the adapters.
    """
    require_comparable(baseline, [adapter["name"] for adapter in report.header["adapters"]])
    try:
        return _write(report, folder, baseline, artifact)
    except OSError as error:
        raise UsageError(f"{error.filename or folder} can't be written: {error.strerror}") from error


def _write(report: Report, folder: Path, baseline: Report | None, artifact: str | None) -> Path:
    clear(folder)
    (folder / SUMMARY).write_text(markdown(report, baseline=baseline, artifact=artifact), encoding="utf-8")
    (folder / JUNIT).write_text(junit(report), encoding="utf-8")
    badges = folder / BADGES
    badges.mkdir()
    for adapter in report.header["adapters"]:
        name = adapter["name"]
        (badges / badge_name(name)).write_text(json.dumps(badge(report, name)) + "\n", encoding="utf-8")
    return write_page(report, folder)


def require_comparable(baseline: Report | None, names: Collection[str]) -> None:
    """Refuse a baseline that says nothing about any of the adapters: all that fails would be called new.

    Parameters
    ----------
    baseline : Report or None
        A former report, if there is one.
    names : collection of str
        The adapters of the new one.

    Raises
    ------
    UsageError
        When none is in both.
    """
    if baseline is None:
        return
    try:
        in_both(baseline, names)
    except DifferenceError as error:
        raise UsageError(f"--baseline: {error}") from error


def publish(report: Report, folder: Path, console: Console, *, baseline: Report | None = None) -> Path:
    """Show a report that was just written, write everything beside it, and tell GitHub's runner where one runs.

    Parameters
    ----------
    report : Report
        Read back from its file.
    folder : Path
        Where it lies.
    console : rich.console.Console
        Where the person looks.
    baseline : Report, optional
        As `write_all` takes it.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    UsageError
        As `write_all` does.
    """
    require_comparable(baseline, [adapter["name"] for adapter in report.header["adapters"]])
    render(report, console, folder)
    page = write_all(report, folder, baseline=baseline, artifact=artifact_address(os.environ))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        try:
            append_summary((folder / SUMMARY).read_text(encoding="utf-8"), Path(summary))
        except OSError as error:
            say(console, f"the summary can't be written to GITHUB_STEP_SUMMARY: {error.strerror}")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in annotations(report):
            # As it is: the runner reads its commands from the standard output.
            print(line)  # noqa: T201
    return page
