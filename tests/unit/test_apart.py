"""What dies or hangs in a process beside this one is a verdict here."""

from typing import Any

import pytest
from commands import HERE, python, records

from convformance.reference.case import parse_case
from convformance.tests.conformance.apart import judge_apart

PROBLEM = "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-b-f32"
ADAPTER = f"{HERE / 'apart_adapters.py'}:DiesAtAStrideOfZero"


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Judge under pytest without workers: three invalid cases and one between them that is fine."""
    folder = tmp_path_factory.mktemp("apart")
    cases = [
        f"--convformance-case={PROBLEM}.{direction}.exact"
        for direction in ("invalid-stride-zero", "invalid-dilation-zero", "forward", "invalid-groups-zero")
    ]
    # Without a diagnosis: that would ask again what hangs.
    words = ["--pyargs", "convformance.tests.conformance", "--convformance-adapter", ADAPTER]
    words += ["--convformance-timeout=3", "--convformance-no-diagnosis", f"--convformance-report={folder}"]
    done = python("-m", "pytest", "-q", *words, *cases, cwd=folder)
    assert done.returncode == 1, done.stdout
    lines = records(folder)
    assert lines[-1]["complete"]
    return {line["direction"]: line for line in lines[1:-1]}


def test_a_process_that_dies_is_a_crash(verdicts: dict[str, dict[str, str]]) -> None:
    assert verdicts["invalid-stride-zero"]["verdict"] == "crashed"
    assert verdicts["invalid-stride-zero"]["detail"] == "the process died while computing"


def test_a_process_that_hangs_is_a_crash_too(verdicts: dict[str, dict[str, str]]) -> None:
    assert verdicts["invalid-dilation-zero"]["verdict"] == "crashed"
    assert verdicts["invalid-dilation-zero"]["detail"] == "no answer within the time limit of 3 s (--timeout)"


def test_the_run_goes_on_behind_both(verdicts: dict[str, dict[str, str]]) -> None:
    assert verdicts["forward"]["verdict"] == "exact"
    assert verdicts["invalid-groups-zero"]["verdict"] == "refused"


class Declares:
    """What the process beside is told of an adapter."""

    name = "dies-at-a-stride-of-zero"


@pytest.mark.parametrize("direction", ["invalid-groups-zero", "forward"])
def test_an_answer_travels_back_whole(direction: str) -> None:
    case = parse_case(f"{PROBLEM}.{direction}.exact")
    adapter: Any = Declares()
    verdict = judge_apart(ADAPTER, adapter, case, "validation", 60)
    assert verdict.verdict == ("exact" if direction == "forward" else "refused")
    assert verdict.case == str(case)
    assert verdict.direction == direction


def test_a_process_that_dies_behind_its_answer_has_damaged_its_memory() -> None:
    adapter: Any = Declares()
    case = parse_case(f"{PROBLEM}.invalid-pads-negative.exact")
    verdict = judge_apart(ADAPTER, adapter, case, None, 60)
    assert verdict.verdict == "crashed"
    assert verdict.detail.startswith("answered, and died afterwards")
