"""The page on merging and comparing: its commands are run, one after the other, and end as it says."""

import re
from pathlib import Path

import pytest
from commands import python
from documents import ROOT, blocks

from convformance.tests.conformance.report.compare.error_changes import FACTOR, MARKS, STEP
from convformance.tests.conformance.report.reading import read_report

PAGE = ROOT / "docs" / "compare.md"
SMALL_TIER = """
from convformance.tests.conformance import corpus
corpus.TIERS["quick"] = ("covering",)
"""


@pytest.mark.heavy
def test_the_commands_of_the_page_end_as_it_says(tmp_path: Path) -> None:
    engine, mend, _ = blocks(ROOT / "docs" / "write-an-adapter.md", "python")
    (tmp_path / "my_engine.py").write_text(engine, encoding="utf-8")
    (tmp_path / "mend.py").write_text(mend, encoding="utf-8")
    # Every Python that is started here finds a tier of few cases.
    (tmp_path / "sitecustomize.py").write_text(SMALL_TIER, encoding="utf-8")
    text = "\n".join(blocks(PAGE, "console"))
    steps = re.findall(r"^\$ (.+)\nexit code (\d)$", text, re.MULTILINE)
    assert len(steps) == text.count("$ ") == 10
    said = {}
    for command, code in steps:
        words = command.replace("convformance", "-m convformance.tests.conformance.cli", 1).removeprefix("python ")
        done = python(*words.split(), cwd=tmp_path, environment={"PYTHONPATH": str(tmp_path)})
        assert done.returncode == int(code), f"{command}\n{done.stdout}\n{done.stderr}"
        said[command] = done.stdout + done.stderr
    before = read_report(tmp_path / "before")
    assert [adapter["name"] for adapter in before.header["adapters"]] == ["my-engine", "reference"]
    assert before.header["shard"] is None
    assert len(before.header["sources"]) == 3
    assert "lacks shard 2/2" in said["convformance report merge part-1 reference --report all"]
    assert read_report(tmp_path / "all").header["missing"] == ["2/2"]
    assert "conform now" in said["convformance report diff before after --markdown changes.md"]
    assert "no longer conforms my-engine" in said["convformance report diff after before"]
    assert "conform now" in (tmp_path / "changes.md").read_text(encoding="utf-8")


def test_the_page_gives_the_rule_for_errors_as_it_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"by {STEP} or more and by a factor of {FACTOR} or across {' or '.join(map(str, MARKS))}" in text
