"""What GitHub's runners are told: annotations, the page of the job, and where the artifact is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from convformance.tests.conformance.report.cutting import cut
from convformance.tests.conformance.report.harmless import for_workflow_command, for_workflow_property
from convformance.tests.conformance.report.kinds import Kind, command, kinds
from convformance.tests.conformance.report.reading import Report

SUMMARY_BYTES: Final = 1024 * 1024
"""GitHub drops the whole summary of a step that is larger ("Step isolation and limits" of "Adding a job summary")."""
ANNOTATIONS: Final = 10
"""So many errors of a step are shown ("Limitations" of "Problem Matchers" in GitHub's toolkit)."""


def annotations(report: Report) -> list[str]:
    """Say each kind of failure as an annotation.

    Parameters
    ----------
    report : Report
        Read back from its file.

    Returns
    -------
    list of str
        Lines for the standard output: workflow commands as `escapeData` and `escapeProperty` of GitHub's toolkit spell
        them, `ANNOTATIONS` at most; where there are more kinds, the last says how many. None where the run is green.
    """
    failing = [kind for kind in kinds(report) if kind.state != "known"]
    shown = failing if len(failing) <= ANNOTATIONS else failing[: ANNOTATIONS - 1]
    lines = [_annotation(report, kind) for kind in shown]
    if len(failing) > len(shown):
        more = f"{len(failing) - len(shown)} more kinds of nonconformance stand in the report."
        lines.append(_error("convformance", more))
    elif not failing and report.why_red is not None:
        lines.append(_error("convformance", report.why_red))
    return lines


def append_summary(text: str, path: Path) -> None:
    """Append Markdown to the page of a job, as much as GitHub takes.

    Parameters
    ----------
    text : str
        Markdown; it is cut where it does not fit behind what the file already holds.
    path : Path
        The file that ``GITHUB_STEP_SUMMARY`` names.

    Raises
    ------
    OSError
        When it can't be written.
    """
    held = path.read_bytes() if path.exists() else b""
    # Our first heading must not become a part of the paragraph before it.
    gap = b"" if not held or held.endswith(b"\n\n") else b"\n" if held.endswith(b"\n") else b"\n\n"
    fitting = cut(text, SUMMARY_BYTES - len(held) - len(gap)).encode("utf-8")
    if fitting:
        with path.open("ab") as file:
            file.write(gap + fitting)


def artifact_address(environ: Mapping[str, str]) -> str | None:
    """Give the address of the artifacts of the run of a workflow.

    Parameters
    ----------
    environ : mapping of str to str
        The process's: "Default environment variables" of GitHub's documentation.

    Returns
    -------
    str or None
        None elsewhere than on GitHub's runners.
    """
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (environ.get(name, "") for name in names)
    return f"{server}/{repository}/actions/runs/{run}#artifacts" if server and repository and run else None


def _annotation(report: Report, kind: Kind) -> str:
    title = f"{kind.name}: {kind.adapter}, {kind.cases}"
    smallest = kind.smallest
    text = kind.text if kind.diagnosis is not None or smallest.detail == kind.text else smallest.detail
    said = for_workflow_command(text)
    again = for_workflow_command(command(report, kind.adapter, smallest.case), longest=None)
    return f"::error title={for_workflow_property(title)}::{said}%0A{again}"


def _error(title: str, text: str) -> str:
    return f"::error title={for_workflow_property(title)}::{for_workflow_command(text)}"
