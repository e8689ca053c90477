"""The suite under pytest itself: its options, its shards, its exit codes."""

import json
from pathlib import Path

import pytest
from commands import HERE, python, records

from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.options import chosen_cases

CASE = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f32"
PYTEST = (
    "--pyargs",
    "convformance.tests.conformance",
    "--convformance-adapter",
    f"{HERE / 'honest.py'}:Honest",
)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_shards_part_the_tier(count: int) -> None:
    parts = [list(chosen_cases("quick", [], f"{index}/{count}")) for index in range(1, count + 1)]
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert sorted(case for part in parts for case in part) == sorted(load("quick"))


def test_a_shard_is_what_is_judged(tmp_path: Path) -> None:
    words = (f"--convformance-report={tmp_path}", "--convformance-shard=11/141")
    python("-m", "pytest", "-q", *PYTEST, *words, cwd=tmp_path)
    judged = [line["case"] for line in records(tmp_path)[1:-1]]
    assert judged == list(chosen_cases("quick", [], "11/141"))


@pytest.mark.parametrize("jobs", [[], ["-n", "2"]], ids=["alone", "two processes"])
def test_pytest_runs_the_suite(jobs: list[str], tmp_path: Path) -> None:
    few = ("--convformance-shard=11/141", f"--convformance-report={tmp_path / 'report'}")
    done = python("-m", "pytest", *PYTEST, *few, *jobs, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    lines = records(tmp_path / "report")
    assert lines[-1]["complete"]
    assert len(lines) == lines[0]["cases"] + 2
    assert f"{lines[0]['cases']} passed" in done.stdout


def test_pytest_fails_with_a_liar(tmp_path: Path) -> None:
    words = ["--pyargs", "convformance.tests.conformance", "--convformance-adapter", "reference+bias-missing"]
    case = f"--convformance-case={CASE}"
    done = python("-m", "pytest", *words, case, cwd=tmp_path)
    assert done.returncode == 1
    assert "wrong: " in done.stdout
    assert json.loads((tmp_path / "convformance-report" / "verdicts.jsonl").read_text().splitlines()[1])["case"]


def test_pytest_without_an_adapter_names_the_option(tmp_path: Path) -> None:
    done = python("-m", "pytest", "--pyargs", "convformance.tests.conformance", cwd=tmp_path)
    assert done.returncode not in {0, 5}
    assert "needs at least one --convformance-adapter" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--convformance-adapter", "nonesuch"], 4, "unknown adapter 'nonesuch'"),
        (["--convformance-adapter", "nowhere.py:X"], 3, "adapter file nowhere.py can't be read"),
        ([*PYTEST[2:], "--convformance-tier", "medium"], 4, "--tier must be one of"),
    ],
)
def test_pytest_with_bad_options_says_so(words: list[str], code: int, said: str, tmp_path: Path) -> None:
    done = python("-m", "pytest", "--pyargs", "convformance.tests.conformance", *words, cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
