"""The story of docs/gate.md, played to the letter with an engine that lies, through the command line."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from commands import convformance, records
from documents import ROOT, blocks

from convformance.reference.case import parse_case
from convformance.tests.conformance.gate.expected import read_entries
from convformance.tests.conformance.gate.updating import as_toml

PAGE = ROOT / "docs" / "gate.md"
SHORT = ("--shard", "1/80")
"""The page judges whole tiers."""
QUICK = ("--no-diagnosis",)
"""What fails is named in the first run, whose report entries are made from."""
ENGINE = '''\
"""An engine, and the bugs it has today."""

from convformance.adapters.numpy_reference import Reference

LIES = {lies!r}


class Engine(Reference):
    name = "my-engine"

    def convolve(self, problem, x, filters, bias):
        found = super().convolve(problem, x, filters, bias)
        lies = {{"groups": problem.groups > 1, "dilation": max(problem.dilation) > 1}}
        return found + 1 if any(lies[lie] for lie in LIES) else found
'''


class Story:
    """What happens in a folder, command after command of the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.expected = folder / "expected.toml"
        self.summary = folder / "summary-of-the-job.md"
        self._steps = self._read()

    def is_told(self) -> bool:
        """Tell whether the page has no further command."""
        return next(self._steps, None) is None

    def engine(self, *lies: str) -> None:
        """Write the engine anew."""
        (self.folder / "engine.py").write_text(ENGINE.format(lies=lies), encoding="utf-8")

    def goes_on(self, words: str) -> str:
        """Run the next command of the page, and give what it printed: its exit code and lines are those of the page."""
        command, code, said = next(self._steps)
        assert command.startswith(f"convformance {words}"), command
        given = shlex.split(command)[1:]
        if words == "run":
            given += [*SHORT, *(QUICK if self.expected.exists() else [])]
        runner = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(self.summary)}
        done = convformance(*given, cwd=self.folder, environment=runner)
        printed = " ".join((done.stdout + done.stderr).split())
        assert done.returncode == code, f"{command}\n{done.stdout}{done.stderr}"
        for line in said:
            assert " ".join(line.split()) in printed, f"{line}\nis not in\n{done.stdout}{done.stderr}"
        return printed

    def is_reviewed(self) -> None:
        """Do to the entries what the page shows as a difference."""
        (shown,) = blocks(PAGE, "diff")
        entries = read_entries(self.expected)
        written = as_toml(entries[0]).splitlines()
        for line in re.findall("^-(.*)$", shown, re.MULTILINE):
            assert any(one.startswith(line.removesuffix("...")) for one in written), f"{line} was not written"
        answers = tomllib.loads("\n".join(re.findall(r"^\+(.*)$", shown, re.MULTILINE)))
        reviewed = "".join(as_toml(replace(entry, **answers)) for entry in entries)
        self.expected.write_text(reviewed, encoding="utf-8")

    def expires(self, day: date) -> None:
        """Set the last day of all entries."""
        text = self.expected.read_text(encoding="utf-8")
        self.expected.write_text(re.sub(r"(?m)^expires = .*$", f"expires = {day}", text), encoding="utf-8")

    def verdicts(self, **wanted: str) -> list[dict[str, object]]:
        """Give the verdicts of the last run that have some values."""
        lines = records(self.folder / "convformance-report")[1:-1]
        return [line for line in lines if all(line[name] == value for name, value in wanted.items())]

    @staticmethod
    def _read() -> Iterator[tuple[str, int, list[str]]]:
        for block in blocks(PAGE, "console"):
            if found := re.fullmatch(r"\$ (.+)\nexit code (\d)\n((?:.+\n)*)", block):
                yield found[1], int(found[2]), found[3].splitlines()


def artifact() -> str:
    """Give the folder that the page's first workflow uploads, whose step is a command of the story."""
    workflow, _ = blocks(PAGE, "yaml")
    (command,) = re.findall(r"- run: (convformance run .*)$", workflow, re.MULTILINE)
    assert f"$ {command}\nexit code 0\n" in PAGE.read_text(encoding="utf-8")
    (folder,) = re.findall(r"path: ([\w-]+)", workflow)
    return str(folder)


@pytest.mark.heavy
def test_from_nothing_to_green_to_red(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.engine("groups")
    story.goes_on("run")
    failing = story.verdicts(verdict="wrong")
    assert len(failing) > 5
    said = story.goes_on("expected update")
    assert "written to expected.toml" in said
    # Few cases may make more of it than one thing.
    entry, *others = read_entries(story.expected)
    assert entry.name == "my-engine-wrong-forward"
    assert entry.where is not None
    assert "groups > 1" in entry.where
    assert len(others) < 4
    story.goes_on("run")

    story.is_reviewed()
    story.goes_on("run")
    known = {line["case"] for line in story.verdicts() if line["expected"]}
    assert known == {line["case"] for line in failing}

    story.engine("groups", "dilation")
    story.summary.unlink()
    said = story.goes_on("run")
    new = [line for line in story.verdicts(verdict="wrong") if line["expected"] is None]
    assert new
    assert all(max(parse_case(str(line["case"])).problem.dilation) > 1 for line in new)
    assert {line["case"] for line in story.verdicts() if line["expected"]} == known
    assert "::error title=" in said
    summary = story.summary.read_text(encoding="utf-8")
    assert any(str(line["case"]) in summary for line in new)
    assert all((tmp_path / artifact() / name).stat().st_size for name in ("index.html", "junit.xml"))

    story.engine()
    story.goes_on("run")
    assert {line["case"] for line in story.verdicts() if line["stale"]} == known

    story.engine("groups")
    story.expires(datetime.now(UTC).date() - timedelta(days=1))
    story.goes_on("run")
    assert story.is_told()

    # What the page says in words: a new date, or the entry removed where nothing is wrong, and it is green again.
    story.expires(datetime.now(UTC).date() + timedelta(days=90))
    again = ("run", "--adapter", "engine.py:Engine", "--expected", "expected.toml", *SHORT, *QUICK)
    assert convformance(*again, cwd=tmp_path).returncode == 0
    story.engine()
    story.expected.write_text("", encoding="utf-8")
    assert convformance(*again, cwd=tmp_path).returncode == 0


@pytest.mark.heavy
def test_the_shards_of_the_workflow_are_put_together(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.engine()
    story.expected.write_text("", encoding="utf-8")
    _, workflow = blocks(PAGE, "yaml")
    (judge,) = re.findall(r"- run: (convformance run .*) \|\| test \$\? -eq 1$", workflow, re.MULTILINE)
    (merge,) = re.findall(r"- run: (convformance report merge .*)$", workflow, re.MULTILINE)
    (parts,) = re.findall(r"part: \[(.*)\]", workflow)
    assert f"/{len(parts.split(', '))} " in judge
    for part in parts.split(", ")[:2]:
        command = judge.replace("${{ matrix.part }}", part).replace("/4 ", "/300 ")
        assert convformance(*shlex.split(command)[1:], cwd=tmp_path).returncode == 0
    folders = [f"{folder}/" for folder in sorted(tmp_path.glob("part-*"))]
    words = [word for one in shlex.split(merge)[1:] for word in (folders if one == "part-*/" else [one])]
    missing = convformance(*words, cwd=tmp_path)
    assert missing.returncode == 2
    done = convformance(*words, "--partial", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    cases = [line["case"] for folder in folders for line in records(tmp_path / folder)[1:-1]]
    assert sorted(line["case"] for line in records(tmp_path / "all")[1:-1]) == sorted(cases)
