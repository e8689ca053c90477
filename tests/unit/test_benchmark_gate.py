"""The gate on two benchmark runs: red, green, and what it can't tell."""

from pathlib import Path
from typing import Any

import pytest
from benchmark_files import FLOPS, bench, untimed, whole, write

from convformance.benchmarks.report import write_report
from convformance.benchmarks.report.comparison import NotComparableError
from convformance.benchmarks.report.gate import Outcome, gate

LAYER = "ResNet-50 conv2 3x3"
RATE = FLOPS / 1e9
"""GFLOP/s of a limit that takes a second."""


def frameworks(
    torch: float | None = 1.0, reference: float = 2.0, limit: float = 0.5, *, noisy: bool = False
) -> list[dict[str, Any]]:
    """A group of the frameworks, in seconds a call."""
    times = {"limit": limit, "reference": reference} | ({} if torch is None else {"torch": torch})
    swing = [1.0, 1.0, 1.5, 1.5] if noisy else [1.0] * 4
    return [
        bench("frameworks", LAYER, name, samples=[time * part for part in swing], limit=RATE / limit, dtype="float32")
        for name, time in times.items()
    ]


def judge(folder: Path, before: dict[str, Any], after: dict[str, Any], fail_above: float = 0.25) -> Outcome:
    return gate(write(folder, after, "after.json"), write(folder, before, "before.json"), fail_above)


def test_the_same_is_green(tmp_path: Path) -> None:
    outcome = judge(tmp_path, whole(frameworks()), whole(frameworks()), 0)
    assert outcome.code == 0
    assert outcome.lines == ["green: 2 judged, 0 slower by more than 0%, 0 gone, 0 too noisy"]


def test_slower_is_red_and_named(tmp_path: Path) -> None:
    outcome = judge(tmp_path, whole(frameworks()), whole(frameworks(torch=1.3)))
    assert outcome.code == 1
    assert outcome.lines[1] == (
        f"slower: torch (frameworks, {LAYER}, forward, float32, batch 1, 1 thread): "
        "+30.0% by the reference, +30.0% by the limit"
    )


@pytest.mark.parametrize(("fail_above", "code"), [(0.29, 1), (0.31, 0)])
def test_the_allowance_is_what_was_asked_for(tmp_path: Path, fail_above: float, code: int) -> None:
    assert judge(tmp_path, whole(frameworks()), whole(frameworks(torch=1.3)), fail_above).code == code


def test_a_slow_machine_is_green(tmp_path: Path) -> None:
    slow = frameworks(torch=3.0, reference=6.0, limit=1.5)
    assert judge(tmp_path, whole(frameworks()), whole(slow), 0.01).code == 0


def test_a_faster_reference_makes_nobody_slow(tmp_path: Path) -> None:
    assert judge(tmp_path, whole(frameworks()), whole(frameworks(reference=1.0))).code == 0


def test_a_slower_reference_hides_nobody_and_is_red_itself(tmp_path: Path) -> None:
    outcome = judge(tmp_path, whole(frameworks()), whole(frameworks(torch=2.0, reference=4.0)))
    assert outcome.code == 1
    assert any(line.startswith("slower: reference") and line.endswith("+100.0% by the limit") for line in outcome.lines)


def test_the_oracle_is_judged_by_the_limit(tmp_path: Path) -> None:
    def oracle(seconds: float, limit: float = 1.0) -> dict[str, Any]:
        # Gradients have no limit beside them, but know that of their rounds.
        return whole([bench("oracle", LAYER, "oracle", samples=[seconds] * 3, limit=RATE / limit, direction="dx")])

    assert judge(tmp_path, oracle(2.0), oracle(2.4)).code == 0
    assert judge(tmp_path, oracle(2.0), oracle(4.0, limit=2.0)).code == 0
    outcome = judge(tmp_path, oracle(2.0), oracle(2.6))
    assert outcome.code == 1
    assert outcome.lines[1].endswith(": +30.0% by the limit")


@pytest.mark.parametrize("which", ["before", "after"])
def test_noise_in_either_file_can_not_be_judged(tmp_path: Path, which: str) -> None:
    files = {"before": whole(frameworks()), "after": whole(frameworks(torch=5.0))}
    files[which] = whole(frameworks(torch=5.0 if which == "after" else 1.0, noisy=True))
    outcome = judge(tmp_path, files["before"], files["after"])
    assert outcome.code == 3
    assert outcome.lines[0].startswith("can't tell: 0 judged")
    assert sum(line.startswith("too noisy: ") for line in outcome.lines) == 2


def test_red_is_stronger_than_noise(tmp_path: Path) -> None:
    def both(oracle: float) -> dict[str, Any]:
        limit = bench("oracle", LAYER, "limit", samples=[1.0] * 3)
        return whole([*frameworks(noisy=True), limit, bench("oracle", LAYER, "oracle", samples=[oracle] * 3)])

    assert judge(tmp_path, both(1.0), both(1.0)).code == 3
    assert judge(tmp_path, both(1.0), both(2.0)).code == 1


def test_an_entry_that_is_gone_is_red(tmp_path: Path) -> None:
    outcome = judge(tmp_path, whole(frameworks()), whole(frameworks(torch=None)))
    assert outcome.code == 1
    assert outcome.lines[1].startswith("gone: torch (frameworks")
    assert outcome.lines[1].endswith("not in the new file")


def test_an_entry_that_no_longer_conforms_is_red_with_its_verdict(tmp_path: Path) -> None:
    now = [untimed("frameworks", LAYER, "torch", "wrong", "off by one")]
    outcome = judge(tmp_path, whole(frameworks()), whole(frameworks(torch=None), untimed=now))
    assert outcome.code == 1
    assert outcome.lines[1].endswith("now wrong: off by one")


def test_a_part_that_is_gone_takes_one_line(tmp_path: Path) -> None:
    other = whole([bench("oracle", LAYER, "oracle")])
    outcome = judge(tmp_path, whole(frameworks()), other)
    assert outcome.code == 1
    assert outcome.lines[1:] == ["gone: the whole part frameworks, 2 entries: the new run has no time of it"]


def test_a_long_list_is_cut(tmp_path: Path) -> None:
    noisy = whole([bench("oracle", LAYER, f"engine {number}", samples=[1, 1, 2, 2]) for number in range(25)])
    lines = judge(tmp_path, noisy, noisy).lines
    assert len(lines) == 22
    assert lines[-1] == "... and 5 more that are too noisy"


def test_another_machine_is_noted(tmp_path: Path) -> None:
    other = whole(frameworks())
    other["convformance"]["machine"]["cpu"] = "another"
    assert "differ in cpu" in judge(tmp_path, other, whole(frameworks())).lines[-1]
    page, _ = write_report(tmp_path / "after.json", tmp_path / "before.json", tmp_path)
    assert "The two machines differ in cpu" in page.read_text(encoding="utf-8")


def test_a_quick_run_is_not_compared_with_a_full_one(tmp_path: Path) -> None:
    with pytest.raises(NotComparableError, match=r"before\.json is a full run and .*after\.json a quick run"):
        judge(tmp_path, whole(frameworks()), whole(frameworks(), quick=True))


@pytest.mark.parametrize("fail_above", [-0.1, float("nan"), float("inf")])
def test_an_allowance_must_be_a_fraction(tmp_path: Path, fail_above: float) -> None:
    with pytest.raises(ValueError, match="fail_above must be a fraction"):
        judge(tmp_path, whole(frameworks()), whole(frameworks()), fail_above)


def test_the_comparison_is_shown(tmp_path: Path) -> None:
    before = write(tmp_path, whole(frameworks()), "before.json")
    page, text = write_report(write(tmp_path, whole(frameworks(torch=1.5, reference=1.0))), before, tmp_path)
    html, md = page.read_text(encoding="utf-8"), text.read_text(encoding="utf-8")
    # Torch takes 1.5 by the limit and 3 by the reference, so 1.5; the reference half: the geometric mean is 0.866.
    assert "After against before: 13.4% faster on the geometric mean" in html
    assert "+200.0%" in html
    assert "| +200.0% | +50.0% |" in md
    assert "What became faster most: 1 of 1" in md
    missing = write(tmp_path, whole(frameworks(torch=None)))
    page, text = write_report(missing, before, tmp_path)
    assert "After against before: unchanged on the geometric mean" in page.read_text(encoding="utf-8")
    assert "**not in the new file**" in text.read_text(encoding="utf-8")
