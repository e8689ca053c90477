"""What was found is told: each engine has its page, each bug its story, its entry and its script."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from documents import ROOT

from convformance.adapters.find import registered
from convformance.reference.case import parse_case
from convformance.tests.conformance.gate.expected import load_expected

ENGINES = ROOT / "docs" / "engines"
FINDINGS = ROOT / "docs" / "findings.md"
SCRIPTS = sorted((ROOT / "docs" / "reproducers").glob("*.py"))
FILES = [ROOT / "expected.toml", *sorted(ENGINES.glob("*.toml"))]
PAGES = [FINDINGS, ROOT / "docs" / "reproducers" / "README.md", *sorted(ENGINES.glob("*.md"))]
HEADINGS = [
    "What is called",
    "Layouts",
    "What is claimed",
    "What is unsupported, and why",
    "Arithmetic",
    "Cost per shape",
    "How to run it",
    "Nonconformances",
]
# What a finding is, the gravest first.
KINDS = [
    "writes memory that is not its own",
    "reads memory that is not its own",
    "gives what lay in memory",
    "ends the process",
    "wrong numbers",
    "wrong shape",
    "no answer",
    "takes nonsense",
]
# What the engines of a script's name are imported as.
MODULES: Mapping[str, tuple[str, ...]] = {
    "jax": ("jax",),
    "keras": ("keras", "tensorflow"),
    "keras-torch": ("keras",),
    "litert": ("ai_edge_litert", "tensorflow"),
    "mlx": ("mlx",),
    "mnn": ("MNN",),
    "ncnn": ("ncnn",),
    "onnx-reference": ("onnx",),
    "onnxruntime": ("onnx", "onnxruntime"),
    "opencv": ("cv2",),
    "openvino": ("openvino",),
    "paddle": ("paddle",),
    "tensorflow": ("tensorflow",),
    "tinygrad": ("tinygrad",),
    "torch": ("torch",),
}


def engines() -> list[str]:
    return [name for name in registered() if name != "reference"]


def entries(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["nonconformance"]
    return found


def engine_of(script: Path) -> str:
    return max((name for name in MODULES if script.stem.startswith(f"{name}-")), key=len)


def sources(script: Path) -> Iterator[ast.Module]:
    """Give the script, and what it has a child run."""
    yield (tree := ast.parse(script.read_text(encoding="utf-8")))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CHILD":
            assert isinstance(node.value, ast.Constant)
            yield ast.parse(re.sub(r"\{\w+\}", "x", str(node.value.value)))


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module).partition(".")[0])
    return names


def anchors(page: Path) -> set[str]:
    """Give the anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("engine", engines())
def test_each_engine_has_its_page(engine: str) -> None:
    page = (ENGINES / f"{engine}.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == HEADINGS
    assert f'nox -s "conformance({engine})"' in page
    assert f"[{engine}]({engine}.md)" in (ENGINES / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_entry_is_about_its_engine_and_can_be_read(path: Path) -> None:
    load_expected(path, [])
    for entry in entries(path):
        assert path.name == "expected.toml" or entry["adapter"] == path.stem
        assert entry["adapter"] in engines()
        parse_case(entry["smallest"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_entry_stands_on_its_page_and_each_bug_has_its_story(path: Path) -> None:
    findings = FINDINGS.read_text(encoding="utf-8")
    for entry in entries(path):
        page = (ENGINES / f"{entry['adapter']}.md").read_text(encoding="utf-8")
        assert f"| {entry['name']} |" in page
        assert entry["kind"] != "bug" or f"`{entry['name']}`" in findings, entry["name"]


def test_no_story_or_page_names_an_entry_that_is_gone() -> None:
    names = {entry["name"] for path in FILES for entry in entries(path)}
    told = [name for line in _paragraphs(FINDINGS, "- **Entry:**") for name in re.findall(r"`([\w-]+)`", line)]
    assert told
    assert set(told) <= names
    for engine in engines():
        page = (ENGINES / f"{engine}.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| ([\w-]+) \| (?:bug|limitation|by design)", page, re.MULTILINE)
        assert set(rows) <= names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_addresses_are_safe_ones_or_say_that_there_is_none(path: Path) -> None:
    for entry in entries(path):
        address = entry["address"]
        assert "http://" not in address
        assert "https://" in address or re.match(r"not (?:reported|found) .*as of \d{4}-\d\d-\d\d", address), address


def test_each_script_is_told_of() -> None:
    findings = FINDINGS.read_text(encoding="utf-8")
    told = set(re.findall(r"\]\(reproducers/([\w.-]+\.py)\)", findings))
    assert told == {script.name for script in SCRIPTS}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_each_script_needs_its_engine_and_numpy_alone(script: Path) -> None:
    allowed = {"numpy", "ml_dtypes", *MODULES[engine_of(script)]}
    for tree in sources(script):
        assert imported(tree) - set(sys.stdlib_module_names) <= allowed
    compile(script.read_text(encoding="utf-8"), script.name, "exec")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_each_script_says_what_it_saw_and_ends_by_that(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    said = ast.get_docstring(ast.parse(text))
    assert said
    assert re.search(r"^Seen (?:on|with) ", said, re.MULTILINE)
    assert re.search(r"raise SystemExit\(.*\b1\b.*\)", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        assert not target.startswith("http:")
        if not target.startswith("https:"):
            path, _, anchor = target.partition("#")
            there = (page.parent / path).resolve() if path else page
            assert there.exists(), target
            assert not anchor or anchor in anchors(there), target


def test_the_table_of_findings_has_every_story_newest_first_and_the_gravest_of_a_day() -> None:
    text = FINDINGS.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d{4}-\d\d-\d\d) \| \[(.+)\]\(#\S+\) \| ([^|]+) \|", text, re.MULTILINE)
    stories = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert sorted(title for _, title, _ in rows) == sorted(set(stories) - {"Scripts of limitations"})
    assert [day for day, _, _ in rows] == sorted((day for day, _, _ in rows), reverse=True)
    for day in {day for day, _, _ in rows}:
        grave = [KINDS.index(kind) for there, _, kind in rows if there == day]
        assert grave == sorted(grave)


def _paragraphs(page: Path, start: str) -> list[str]:
    """Give the items that begin with some words, each with its continuing lines."""
    items = re.split(r"\n(?=- |\n|#)", page.read_text(encoding="utf-8"))
    return [item for item in items if item.lstrip().startswith(start)]
