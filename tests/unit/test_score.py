"""The suite's score of itself, and the pages that say it."""

from io import StringIO
from pathlib import Path

import pytest
from commands import convformance
from rich.console import Console

from convformance.reference.elimination import Finding
from convformance.reference.faults import FAULTS
from convformance.tests.conformance.score.fault_list import (
    called,
    chosen,
    names_summary,
    print_names,
    read_counts,
    write_markdown,
)
from convformance.tests.conformance.score.mutation import main
from convformance.tests.conformance.score.recognising import Recognised, recognise_all
from convformance.tests.conformance.score.scoring import Score, score

FLIPPED = FAULTS["kernel flipped"]


def test_the_score_counts_the_cases_and_problems_that_expose_a_fault() -> None:
    (one,) = score("quick", 1, ["kernel of no cell taken"])
    assert one.caught
    assert one.problems >= 3
    assert one.cases >= one.problems
    assert one.verdicts == ("accepted",)
    assert "invalid-kernel-zero" in one.first


def test_enough_is_found_sooner_and_less_than_enough_is_not_caught() -> None:
    (one,) = score("quick", 2, ["kernel flipped"], enough=True)
    assert one.caught
    assert one.cases < 60
    assert not Score(FLIPPED, 5, 2, "", ("wrong",)).caught


def test_the_command_counts_names_and_writes_a_page(tmp_path: Path) -> None:
    page = tmp_path / "faults.md"
    done = convformance("faults", "no-group-taken", "stride-of-zero-taken", "--names", "--write", str(page))
    assert done.returncode == 0, done.stderr
    assert "2 of 2 faults are exposed by 3 problems or more of the quick tier (100.0%)" in done.stdout
    assert "2 of 2 faults are called by their name first (100.0%), 0 by a wrong name" in done.stdout
    text = page.read_text(encoding="utf-8")
    assert "| no group taken (`no-group-taken`) | " in text
    assert text.count(" | accepted | its name |") == 2
    assert read_counts(page).keys() == {"no group taken", "stride of zero taken"}
    assert min(read_counts(page).values()) >= 3


def test_the_command_lists_faults_without_judging() -> None:
    done = convformance("faults", "--list")
    assert done.returncode == 0
    for fault in FAULTS.values():
        assert fault.slug in done.stdout
    one = convformance("faults", "--list", "kernel flipped").stdout.splitlines()
    assert len(one) == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nope"], "no fault is called 'nope': convformance faults --list names them"),
        (["--tier", "slow"], "--tier must be one of quick, full: got 'slow'"),
        (["--jobs", "0"], "--jobs must be at least 1: got 0"),
    ],
)
def test_a_bad_word_ends_with_2(words: list[str], said: str) -> None:
    done = convformance("faults", *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_names_can_be_missing_wrong_or_several() -> None:
    here = Recognised("a", (Finding((("a",), ("b",)), ("1",)),))
    nobody = Recognised("b", (Finding((), ("1",)),))
    wrong = Recognised("c", (Finding((("d", "e"),), ("1",)),))
    none = Recognised("d", ())
    assert [one.right for one in (here, nobody, wrong, none)] == [True, False, False, False]
    assert [called(one) for one in (here, nobody, wrong)] == ["a or b", "not recognised", "called d and e"]
    assert called(Recognised("a", (Finding((("a",),), ("1",)),))) == "its name"
    assert (
        names_summary([here, nobody, wrong, none])
        == "1 of 4 faults are called by their name first (25.0%), 1 by a wrong name"
    )
    console = Console(file=StringIO(), width=200)
    print_names([here, nobody, wrong], console)
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue().splitlines()[:2] == ["b: not recognised", "c: called d and e"]


def test_a_page_without_names_leaves_them_out(tmp_path: Path) -> None:
    write_markdown([Score(FLIPPED, 0, 0, "", ())], "quick", tmp_path / "page.md")
    assert (tmp_path / "page.md").read_text(encoding="utf-8").endswith("| 0 | 0 |  |  |  |\n")


def test_all_faults_are_meant_where_none_is_named() -> None:
    assert chosen([]) == list(FAULTS.values())
    assert chosen(["kernel-flipped", "kernel flipped"]) == [FLIPPED, FLIPPED]


def test_several_are_recognised_in_processes() -> None:
    found = recognise_all(
        ["no group taken", "stride of zero taken"], ["conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-b-f32"], 2
    )
    assert [one.names for one in found] == [(), ()]


def test_the_mutants_have_a_command_and_a_page(tmp_path: Path) -> None:
    page = tmp_path / "mutants.md"
    assert main(["--count", "6", "--seed", "3", "--write", str(page)]) == 0
    assert "Of 6 mutants of seed 3" in page.read_text(encoding="utf-8")
