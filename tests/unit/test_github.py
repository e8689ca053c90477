"""What GitHub's runners are told: one annotation for each kind of failure, and a summary that is never too large."""

import re
from pathlib import Path

import pytest
from by_hand import CASES, diagnosis, report, said
from hostile import SHORT, TEXT, unseen_in

from convformance.tests.conformance.report.cutting import CUT
from convformance.tests.conformance.report.github import (
    ANNOTATIONS,
    SUMMARY_BYTES,
    annotations,
    append_summary,
    artifact_address,
)
from convformance.tests.conformance.report.reading import Report


def read(line: str) -> tuple[str, dict[str, str], str]:
    """Read a workflow command as the runner does: its name, properties and message."""
    found = re.fullmatch(r"::(\w+)(?: ([^\n]*?))?::([^\n]*)", line)
    assert found is not None
    pairs = [pair.partition("=") for pair in (found[2] or "").split(",")]
    return found[1], {key: plain(value, "%3A:", "%2C,") for key, _, value in pairs}, plain(found[3])


def plain(text: str, *more: str) -> str:
    for pair in ("%0D\r", "%0A\n", *more, "%25%"):
        text = text.replace(pair[:3], pair[3:])
    return text


def test_each_kind_of_failure_is_one_error() -> None:
    verdicts = [said("wrong", n, detail=f"{n} of 9 elements differ", fault="kernel flipped") for n in (1, 2)]
    what = report(
        *verdicts, said("rejected", 3, "two", detail="KeyError: 50%"), diagnoses=(diagnosis("kernel flipped"),)
    )
    first, second = map(read, annotations(what))
    title = {"title": "kernel flipped: one, 2 cases"}
    assert first == ("error", title, f"It is described.\nconvformance case {CASES[1]} --adapter one")
    assert second[1] == {"title": "KeyError: 50%: two, 1 case"}
    assert second[2].startswith("KeyError: 50%\n")


def test_what_is_known_or_unsupported_is_no_error() -> None:
    assert not annotations(report(said("exact"), said("wrong", 1, expected="bug-1", detail="x")))


@pytest.mark.parametrize("kinds", [ANNOTATIONS, ANNOTATIONS + 1, 40])
def test_no_more_are_given_than_are_shown_and_the_rest_is_counted(kinds: int) -> None:
    found = annotations(report(*(said("rejected", n, detail=f"E{'x' * n}: x") for n in range(kinds))))
    assert len(found) == ANNOTATIONS
    more = kinds - (ANNOTATIONS - 1)
    assert (read(found[-1])[2] == f"{more} more kinds of nonconformance stand in the report.") == (kinds > ANNOTATIONS)


@pytest.mark.parametrize("what", [report(said("exact"), stale=["a"]), report(said("unsupported", detail="no"))])
def test_a_red_run_without_a_failing_verdict_says_why(what: Report) -> None:
    (line,) = annotations(what)
    assert read(line)[2] == what.why_red


def test_hostile_text_adds_no_command_and_no_property() -> None:
    verdicts = said("wrong", 0, SHORT, detail=TEXT, fault=SHORT), said("crashed", 1, "two", detail=TEXT)
    what = report(*verdicts, diagnoses=(diagnosis(SHORT, adapter=SHORT, description=TEXT),))
    for adapter in what.header["adapters"]:
        adapter["spelling"] = SHORT
    lines = annotations(what)
    assert len(lines) == 2
    for line in lines:
        assert not unseen_in(line)
        assert "\n" not in line
        assert "##[" not in line
        name, properties, message = read(line)
        assert name == "error"
        assert list(properties) == ["title"]
        assert len(message) < 5_000


def test_a_summary_is_appended_behind_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    append_summary("# one\n", path)
    append_summary("# two\n", path)
    assert path.read_text(encoding="utf-8") == "# one\n\n# two\n"
    path.write_text("unfinished", encoding="utf-8")
    append_summary("# two\n", path)
    assert path.read_text(encoding="utf-8") == "unfinished\n\n# two\n"


@pytest.mark.parametrize(
    "held", [0, 1, 500_000, SUMMARY_BYTES - 400, SUMMARY_BYTES - 20, SUMMARY_BYTES, SUMMARY_BYTES + 5]
)
def test_a_summary_never_passes_githubs_limit(tmp_path: Path, held: int) -> None:
    path = tmp_path / "summary.md"
    path.write_text("x" * held, encoding="utf-8")
    append_summary("größer\n\n" * 200_000, path)
    content = path.read_bytes()
    assert len(content) <= max(SUMMARY_BYTES, held)
    assert content.startswith(b"x" * held)
    text = content.decode("utf-8")
    assert text.endswith(f"{CUT}\n") == (held < SUMMARY_BYTES - 100)
    if held <= 500_000:
        assert len(content) > SUMMARY_BYTES - 100


def test_the_artifact_is_that_of_the_run_of_the_workflow() -> None:
    environ = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/r", "GITHUB_RUN_ID": "7"}
    assert artifact_address(environ) == "https://github.com/o/r/actions/runs/7#artifacts"
    assert artifact_address({**environ, "GITHUB_RUN_ID": ""}) is None
    assert artifact_address({}) is None
