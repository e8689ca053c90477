"""What dies or hangs in a process beside this one is a verdict here."""

from pathlib import Path

import pytest
from commands import HERE, python, records

from convformance.reference.case import parse_case
from convformance.tests.conformance.apart import Apart

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
    words = ["--pyargs", "convformance.tests.conformance", "--convformance-adapter", ADAPTER]
    done = python(
        "-m", "pytest", "-q", *words, *cases, "--convformance-timeout=3", f"--convformance-report={folder}", cwd=folder
    )
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


def test_one_process_serves_until_it_is_closed(tmp_path: Path) -> None:
    # The adapter's file imports a module beside it; the tests' own folder is on the path here.
    apart = Apart()
    case = parse_case(f"{PROBLEM}.invalid-groups-zero.exact")
    try:
        first = apart.judge(ADAPTER, "dies-at-a-stride-of-zero", case, None, 60)
        again = apart.judge(ADAPTER, "dies-at-a-stride-of-zero", case, "validation", 60)
    finally:
        apart.close()
    assert first.verdict == again.verdict == "refused"
    assert first.case == str(case)
    assert not list(tmp_path.iterdir())
