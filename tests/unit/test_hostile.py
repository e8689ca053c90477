"""An adapter that says what is hostile wherever it can is really run: the run is whole, and all of it is only text."""

import ast
import json
import re
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import by_hand
import pytest
from commands import Run, adapter, ask, convformance, run
from hostile import SHORT, TEXT, commands_in, found_by_github, rendered, unseen_in
from rich.console import Console

from convformance.tests.conformance.report.badge import badge
from convformance.tests.conformance.report.github import annotations
from convformance.tests.conformance.report.junit import junit
from convformance.tests.conformance.report.markdown import markdown
from convformance.tests.conformance.report.reading import Report, read_report
from convformance.tests.conformance.report.terminal import render

SHARD = "--shard=11/141"
HOSTILE = adapter("hostile", "Hostile")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("plain"), HOSTILE, SHARD, "--no-diagnosis")


@pytest.fixture(scope="module")
def diagnosed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("diagnosed"), HOSTILE, SHARD)


@pytest.fixture(params=["plain", "diagnosed"])
def done(request: pytest.FixtureRequest) -> Run:
    found: Run = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def report(done: Run) -> Report:
    return read_report(done.folder)


def test_the_run_is_whole_and_red(done: Run) -> None:
    assert done.code == 1
    assert not done.stderr
    assert done.complete
    assert {"unsupported", "rejected", "wrong"} <= {one["verdict"] for one in done.verdicts["Hostile"]}


def test_the_report_holds_what_was_said_as_it_was_said(done: Run) -> None:
    assert done.lines[0]["adapters"][0]["version"] == TEXT
    assert any("<script>alert(1)</script>" in one["detail"] for one in done.red("Hostile"))
    (file,) = done.folder.glob("*.jsonl")
    assert file.read_bytes().isascii()


def test_the_terminal_shows_text(done: Run) -> None:
    assert not unseen_in(done.stdout)
    assert not commands_in(done.stdout)
    for text in ("[red]x[/red] [/]", ":smile:", r"\x1b[31m", r"\u202e", "<script>", "more characters"):
        assert text in done.stdout
    assert len(done.stdout) < 60_000
    assert re.search(r"^red: \d+ cases do not conform", done.stdout, re.MULTILINE)


def test_the_terminal_shows_text_of_a_report_that_somebody_wrote(tmp_path: Path) -> None:
    words = {"detail": TEXT, "features": [SHORT]}
    what = by_hand.report(
        by_hand.said("wrong", 0, SHORT, fault=SHORT, **words),
        by_hand.said("crashed", 1, "two", **words),
        by_hand.said("wrong", 2, "two", expected=SHORT, **words),
        by_hand.said("unsupported", 3, "two", stale=TEXT, **words),
        diagnoses=(by_hand.diagnosis(SHORT, adapter=SHORT, description=TEXT, reproducer=SHORT, minimal=SHORT),),
        stale=[SHORT],
        expired={SHORT: SHORT},
        expiring={SHORT: SHORT},
    )
    for one in what.header["adapters"]:
        one.update(version=TEXT, spelling=SHORT, accumulators={SHORT: SHORT}, flushes_subnormals=[SHORT])
    stream = StringIO()
    render(what, Console(file=stream, width=200), tmp_path)
    shown = stream.getvalue()
    assert not unseen_in(shown)
    assert not commands_in(shown)
    assert shown.count("[red]x[/red] [/]") > 10
    assert len(shown) < 60_000


def test_markdown_shows_text(report: Report) -> None:
    text = markdown(report)
    shown = rendered(text)
    assert not unseen_in(text.replace("⚠️", ""))
    assert not shown.links
    assert set(shown.tags) <= {"<span>", "</span>", "<details>", "</details>", "<summary>", "</summary>"}
    assert set(shown.rows) == {2}
    assert "<script>alert(1)</script>" in shown.words
    prose = "\n".join(line for line in text.splitlines() if "`" not in line and not line.startswith("convformance"))
    assert not found_by_github(rendered(prose).words)
    assert len(text) < 60_000


def test_junit_is_well_formed_and_counts_all(done: Run, report: Report) -> None:
    root = ET.fromstring(junit(report))  # noqa: S314 - written here
    assert int(root.attrib["tests"]) == len(root.findall(".//testcase")) == len(done.verdicts["Hostile"])
    assert int(root.attrib["failures"]) == len(done.red("Hostile"))


def test_annotations_are_ours_alone(report: Report) -> None:
    lines = annotations(report)
    assert lines
    assert commands_in("\n".join(lines)) == lines
    assert all(line.startswith("::error title=") for line in lines)
    assert not unseen_in("".join(lines))


def test_the_badge_is_json(report: Report) -> None:
    assert json.loads(json.dumps(badge(report, "Hostile")))["color"] == "red"


def test_scripts_say_the_version_and_do_nothing_more(diagnosed: Run) -> None:
    scripts = sorted(diagnosed.folder.glob("reproducers/*"))
    assert scripts
    for script in scripts:
        assert script.parent == diagnosed.folder / "reproducers"
        text = script.read_text(encoding="utf-8")
        assert not unseen_in(text)
        told = ast.get_docstring(ast.parse(text))
        assert told is not None
        assert r"\x1b[31m" in told
        assert "Found by convformance: " in told


def test_pytest_itself_shows_text(plain: Run, tmp_path: Path) -> None:
    said = {one["verdict"]: one["case"] for one in plain.verdicts["Hostile"] if "<script>" in one["detail"]}
    assert {"rejected", "unsupported"} <= set(said)
    done = ask(tmp_path, [("hostile", "Hostile")], list(said.values()), jobs=1)
    assert done.code == 1
    assert done.complete
    assert not unseen_in(done.stdout + done.stderr)
    assert not commands_in(done.stdout + done.stderr)
    assert "<script>" in done.stdout
    assert len(done.stdout) < 100_000


@pytest.mark.parametrize(
    ("name", "said"), [("Nameless", "name must be letters"), ("LongName", "at most 100 characters")]
)
def test_a_name_that_is_more_than_a_name_is_refused_in_one_line(tmp_path: Path, name: str, said: str) -> None:
    done = convformance("run", "--report", str(tmp_path / "report"), adapter("hostile", name), SHARD)
    assert done.returncode == 3
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not unseen_in(done.stderr)
    assert len(done.stderr) < 1_000
    assert not (tmp_path / "report" / "verdicts.jsonl").exists()


@pytest.mark.parametrize("name", ["RaisesAtOnce", "VersionRaises"])
def test_what_it_says_when_it_cannot_be_loaded_is_text(tmp_path: Path, name: str) -> None:
    done = convformance("run", "--report", str(tmp_path / "report"), adapter("hostile", name), SHARD)
    assert done.returncode == 3
    assert r"\x1b[31m" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not unseen_in(done.stderr)
    assert not commands_in(done.stderr)
    assert len(done.stderr) < 3_000


def test_an_adapter_that_changes_its_name_is_called_as_it_was_at_first(tmp_path: Path) -> None:
    done = run(tmp_path / "report", adapter("hostile", "Restless"), SHARD, "--no-diagnosis")
    assert done.complete
    assert list(done.verdicts) == ["Restless"]
    assert "Restless 1.0: " in done.stdout
