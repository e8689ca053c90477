"""Reports of several kinds of processors: what is said where a level was never proven, and the table of levels."""

from dataclasses import replace
from pathlib import Path

import pytest
from by_hand import SMALL, report, verdict
from commands import convformance, records, run
from rich.console import Console

from convformance.tests.conformance.report.html.page import page
from convformance.tests.conformance.report.level_table import levels_markdown
from convformance.tests.conformance.report.levels import news
from convformance.tests.conformance.report.markdown import markdown
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.terminal import render
from convformance.tests.conformance.sizes import size_of

PROVEN = "[[proven]]\nlevel = 'haswell'\ndate = 2026-12-01\nprocessor = 'x'\nhow = 'y'\n"
ENTRY = {
    "name": "known",
    "adapter": "one",
    "kind": "bug",
    "owner": "us",
    "reason": "r",
    "address": "a",
    "expires": None,
}


def on(level: str, *names: str, proven: tuple[str, ...] | None = None) -> Report:
    """A report of some verdicts on a machine of some level."""
    made = report(*(verdict(name, f"{SMALL}.{way}.exact") for name, way in zip(names, ("forward", "dx"), strict=False)))
    machine = {**made.header["machine"], "level": level.split(), "limits": {}, "traits": []}
    more = {} if proven is None else {"proven": list(proven)}
    return replace(made, header={**made.header, "machine": machine, "expected": "list.toml", **more})


@pytest.mark.parametrize("level", ["avx512-fp16", "haswell no-onednn", "aarch64"])
def test_an_unproven_level_is_said_first(level: str) -> None:
    shown = on(level, "wrong", proven=("haswell", "amx"))
    said = news(shown)
    assert said is not None
    assert f"never proven on a machine of this level ({level}), only on haswell, amx: see docs/processors.md" in said
    assert "convformance expected update --report DIR --expected list.toml" in said
    console = Console(record=True, width=200)
    render(shown, console)
    lines = [line for line in console.export_text().splitlines() if line.strip()]
    assert lines[0].startswith("unproven level: list.toml was never proven")
    assert lines[-2].startswith("unproven level: ")
    assert lines[-1].startswith("red: ")
    assert markdown(shown).startswith("> Unproven level: ")
    html = page(shown)
    assert html.index("unproven level") < html.index("<strong>red</strong>")


@pytest.mark.parametrize("proven", [None, ("haswell", "no-onednn")])
def test_a_proven_level_needs_no_words(proven: tuple[str, ...] | None) -> None:
    shown = on("haswell no-onednn", "wrong", proven=proven)
    assert news(shown) is None
    assert "nproven level" not in markdown(shown) + page(shown)


def test_a_merged_report_tells_of_the_part_that_is_not_proven() -> None:
    parts = [on("haswell", "exact", proven=("haswell",)), on("amx", "exact", proven=("haswell",))]
    merged = replace(parts[0], header={**parts[0].header, "sources": [part.header for part in parts]})
    assert "of this level (amx), only on haswell" in str(news(merged))


def test_variables_that_make_no_real_machine_are_named() -> None:
    shown = on("haswell onednn limited", "wrong", proven=("haswell",))
    shown.header["machine"]["limits"] = {"ONEDNN_MAX_CPU_ISA": "AVX2"}
    said = str(news(shown))
    assert said.startswith("ONEDNN_MAX_CPU_ISA=AVX2 make a machine that is like no real one")
    assert "unset them" in said


def test_a_run_on_a_level_that_nobody_has_proven_says_so(tmp_path: Path) -> None:
    expected = tmp_path / "list.toml"
    expected.write_text(PROVEN, encoding="utf-8")
    # On every processor these variables make a machine that none is.
    variables = {"TF_ENABLE_ONEDNN_OPTS": "0", "ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"}
    words = ("--adapter=reference+groups-interleaved", "--shard=1/300", "--no-diagnosis", f"--expected={expected}")
    done = run(tmp_path / "report", *words, environment=variables)
    assert done.code == 1
    said = done.stdout.index("unproven level: ")
    assert said < done.stdout.index("convolution: cases that conform") < done.stdout.index("red: ")
    header = done.lines[0]
    assert header["proven"] == ["haswell"]
    assert header["machine"]["limits"].items() >= variables.items()
    assert set(header["machine"]["level"]) - {"haswell"}
    assert (done.folder / "summary.md").read_text(encoding="utf-8").startswith("> Unproven level: ")


def test_only_cheap_cases_are_asked(tmp_path: Path) -> None:
    done = run(tmp_path, "--adapter=reference", "--max-work=500", "--shard=1/20")
    assert done.code == 0
    header, *verdicts, _ = done.lines
    assert header["max_work"] == 500
    assert len(verdicts) == header["cases"] > 20
    assert max(size_of(line["case"]) for line in verdicts) <= 500
    assert "at most 500 multiplications" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_table_has_a_column_for_each_level() -> None:
    known = on("haswell", "exact", "wrong")
    known.verdicts[1].expected = "known"
    red = on("amx", "exact", "wrong")
    unsupported = on("avx512-core", "unsupported", "unsupported")
    for one in unsupported.verdicts:
        one.detail = "no | kernel"
    text = levels_markdown([known, red, unsupported], {"sandybridge": "no emulator"})
    assert "| feature | haswell | amx | avx512-core |" in text
    assert "| all | 1/2, 1 expected | 1/2, 1 fail | unsupported (2) |" in text
    assert "- sandybridge was not judged: no emulator" in text
    assert "| no &#124; kernel | 0 | 0 | 2 |" in text
    assert "| known | 1 | 0 | 0 |" in text
    row = next(line for line in text.splitlines() if line.startswith("| amx | one |"))
    assert "tier quick: 1 case for each adapter" in row
    assert row.endswith("| red: 1 case does not conform |")


def test_the_command_writes_the_table_and_is_red_where_one_report_is(tmp_path: Path) -> None:
    words = ("--shard=1/300", "--no-diagnosis")
    for name, adapter in (("green", "reference"), ("red", "reference+groups-interleaved")):
        run(tmp_path / name, f"--adapter={adapter}", *words)
    file = tmp_path / "levels.md"
    done = convformance("report", "levels", str(tmp_path / "green"), str(tmp_path / "red"), f"--markdown={file}")
    assert done.returncode == 1, done.stderr
    assert "green" in done.stdout
    assert "red: " in done.stdout
    level = " ".join(records(tmp_path / "green")[0]["machine"]["level"])
    assert f"| feature | {level} |" in file.read_text(encoding="utf-8")
    alone = convformance(
        "report", "levels", str(tmp_path / "green"), f"--markdown={file}", "--missing=amx=it is not here"
    )
    assert alone.returncode == 0
    assert "amx was not judged: it is not here" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere", "--markdown=x.md"), "nowhere"),
        (("--markdown=x.md",), "PART"),
        (("{here}",), "--markdown"),
        (("{here}", "--markdown={here}"), "can't be written"),
        (("{here}", "--markdown=x.md", "--missing=amx"), "--missing must be LEVEL=REASON: got 'amx'"),
    ],
)
def test_usage_errors_exit_2(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    run(tmp_path, "--adapter=reference", "--shard=1/1000", "--no-diagnosis")
    done = convformance("report", "levels", *(word.format(here=tmp_path) for word in words), cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
