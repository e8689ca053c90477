"""What the documents show is run, to the letter."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from commands import convformance, python
from documents import ROOT, blocks

from convformance.adapters.find import registered
from convformance.adapters.processor import LEVELS, TRAITS
from convformance.tests.conformance.corpus import TIERS, load
from convformance.tests.conformance.gate.expected import load_expected, parse_proven, read_entries
from convformance.tests.conformance.report.html.page import page
from convformance.tests.conformance.report.junit import junit
from convformance.tests.conformance.report.markdown import markdown
from convformance.tests.conformance.report.reading import read_report

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])


@pytest.mark.heavy
def test_the_page_on_adapters_does_what_it_says(tmp_path: Path) -> None:
    page = ROOT / "docs" / "write-an-adapter.md"
    engine, mend, _ = blocks(page, "python")
    (tmp_path / "my_engine.py").write_text(engine, encoding="utf-8")
    (tmp_path / "mend.py").write_text(mend, encoding="utf-8")
    install, *consoles = blocks(page, "console")
    assert install == "$ python -m pip install ./convformance\n"
    steps = [
        (command, int(code))
        for console in consoles
        for command, code in re.findall(r"^\$ (.+)\nexit code (\d)$", console, re.MULTILINE)
    ]
    assert len(steps) == 4
    for command, code in steps:
        words = command.replace("convformance", f"{sys.executable} -m convformance.tests.conformance.cli", 1)
        words = re.sub(r"^python ", f"{sys.executable} ", words)
        done = subprocess.run(words.split(), cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
        if command.endswith("--shard 1/8"):
            assert "declared unsupported, but an answer came back" in done.stdout
            rows = [line.split("│")[1:3] for line in done.stdout.splitlines() if line.startswith("│ padding")]
            claimed = {name.strip(): re.search(r"(\d+)/(\d+)", counts) for name, counts in rows}
            assert {name: found and found[1] == found[2] for name, found in claimed.items()} == {
                "padding valid": True,
                "padding same": False,
                "padding causal": None,
                "padding equal": True,
                "padding unequal": True,
            }


def test_what_the_page_on_adapters_prepares_is_what_it_convolves(tmp_path: Path) -> None:
    engine, mend, racing = blocks(ROOT / "docs" / "write-an-adapter.md", "python")
    for name, code in (("my_engine", engine), ("mend", mend), ("racing", racing)):
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    python("mend.py", cwd=tmp_path)
    judged = (
        "from pathlib import Path\n"
        "from convformance.adapters.find import find\n"
        "from convformance.benchmarks.worker import make\n"
        "from convformance.reference.case import parse_case\n"
        "from convformance.reference.posing import pose\n"
        "case = parse_case('conv2d-n2-i9x8-c3-f6-k3x2-s1x2-psame-d1x1-g1-f32.forward.real')\n"
        "_, ready = make(find('racing:Racing'), case, pose(case), 'dense')\n"
        "print(ready.verdict, ready.conversion_seconds is not None)"
    )
    done = python("-c", judged, cwd=tmp_path)
    assert done.stdout == "within_bound True\n", done.stderr


def test_the_page_on_gates_shows_an_entry_that_can_be_read(tmp_path: Path) -> None:
    (entry,) = blocks(ROOT / "docs" / "gate.md", "toml")
    file = tmp_path / "expected.toml"
    file.write_text(entry, encoding="utf-8")
    expected = load_expected(file, [])
    assert expected.skipped == ("torch-grouped-strides: this machine has no avx512f",)


def test_the_expected_file_of_the_project_can_be_read() -> None:
    load_expected(ROOT / "expected.toml", [])


def test_no_list_of_the_project_ends_on_a_day() -> None:
    for file in (ROOT / "expected.toml", *(ROOT / "docs" / "engines").glob("*.toml")):
        assert [entry.name for entry in read_entries(file) if entry.expires is not None] == []


def test_the_page_on_processors_has_the_levels_that_the_list_is_proven_on() -> None:
    file = ROOT / "expected.toml"
    text = (ROOT / "docs" / "processors.md").read_text(encoding="utf-8")
    rows = [f"| {' | '.join(map(str, one.values()))} |" for one in parse_proven(file.read_text(encoding="utf-8"), file)]
    assert "\n".join(["|---|---|---|---|", *rows, "", "A run on another level"]) in text
    assert {trait for trait in TRAITS if f"`{trait}`" not in text} == set()
    assert {level for level in LEVELS if f"`{level}`" not in text} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_that_are_named_exist(page: Path) -> None:
    for path in re.findall(r"`((?:reference|adapters|tests|docs)/[\w./-]+)`", page.read_text(encoding="utf-8")):
        assert (ROOT / path).exists(), path


def test_the_documents_count_the_cases_right() -> None:
    counts = {tier: f"{len(load(tier)):,}" for tier in TIERS}
    # The table of engines is of the corpus that it names.
    pages = [page for page in [*PAGES, ROOT / "CHANGELOG.md"] if page != ROOT / "docs" / "engines.md"]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    assert set(re.findall(r"(\d+,\d+) cases", text)) <= set(counts.values())
    assert counts["quick"] in text
    assert counts["full"] in text


def test_the_readme_names_every_adapter_and_session() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").lower()
    for name in registered():
        assert name in readme
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for session in ("tests", "lint", "types", "conformance", "corpus"):
        assert re.search(rf"nox -s [\w ]*{session}", contributing), session


def test_the_page_on_python_does_what_it_says(tmp_path: Path) -> None:
    judging, reading = blocks(ROOT / "docs" / "use-from-python.md", "python")
    done = python("-c", judging, cwd=tmp_path)
    assert re.fullmatch(r"Counter\({'wrong': \d+, .*}\)\nconv2d-.*-psame-.* elements .*\n", done.stdout), done.stderr
    assert len([line for line in judging.splitlines() if line]) <= 10
    convformance("run", "--adapter=reference", "--shard=1/300", cwd=tmp_path)
    done = python("-c", reading, cwd=tmp_path)
    assert done.stdout.startswith("green\nall {'reference': '"), done.stderr


def test_the_sample_is_what_is_rendered_today() -> None:
    folder = ROOT / "docs" / "sample"
    report = read_report(folder)
    assert page(report, folder) == (folder / "index.html").read_text(encoding="utf-8"), "nox -s sample writes it anew"
    assert markdown(report) == (folder / "summary.md").read_text(encoding="utf-8")
    assert junit(report) == (folder / "junit.xml").read_text(encoding="utf-8")


def test_the_readme_tells_of_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    said = python("-m", "convformance.tests.conformance.cli", "--help").stdout
    (names,) = re.findall(r"usage: convformance .*?(run \|[a-z |]+?) \.\.\.", " ".join(said.split()))
    for name in names.split(" | "):
        assert f"`convformance {name}" in readme, name
