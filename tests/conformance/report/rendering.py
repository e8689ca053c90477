"""Everything that is written beside `verdicts.jsonl`, from it alone; and what GitHub's runners are told."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from convformance.tests.conformance.report.badge import badge, badge_name
from convformance.tests.conformance.report.github import annotations, append_summary, artifact_address
from convformance.tests.conformance.report.html.page import write_page
from convformance.tests.conformance.report.junit import junit
from convformance.tests.conformance.report.markdown import markdown
from convformance.tests.conformance.report.reading import Report

PAGE: Final = "index.html"
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
    """
    clear(folder)
    (folder / SUMMARY).write_text(markdown(report, baseline=baseline, artifact=artifact), encoding="utf-8")
    (folder / JUNIT).write_text(junit(report), encoding="utf-8")
    badges = folder / BADGES
    badges.mkdir()
    for adapter in report.header["adapters"]:
        name = adapter["name"]
        (badges / badge_name(name)).write_text(json.dumps(badge(report, name)) + "\n", encoding="utf-8")
    return write_page(report, folder)


def tell_github(
    report: Report,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    *,
    baseline: Report | None = None,
) -> None:
    """Append the summary to the job's page, and say what does not conform as annotations, on GitHub's runners.

    Parameters
    ----------
    report : Report
        Read back from its file.
    environ : mapping of str to str
        The process's: ``GITHUB_STEP_SUMMARY`` names the file of the job's page, ``GITHUB_ACTIONS`` says whether
        somebody reads annotations.
    say : callable
        Writes a line as it is to the standard output, where the runner looks for annotations.
    baseline : Report, optional
        As `write_all` takes it.
    """
    page = environ.get("GITHUB_STEP_SUMMARY")
    if page:
        try:
            append_summary(markdown(report, baseline=baseline, artifact=artifact_address(environ)), Path(page))
        except OSError as error:
            say(f"the summary can't be written to GITHUB_STEP_SUMMARY: {error.strerror}")
    if environ.get("GITHUB_ACTIONS") == "true":
        for line in annotations(report):
            say(line)
