"""What changed between two reports: each kind of change is found, put together, and told without believing any text."""

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from by_hand import header, verdict, write
from rich.console import Console

from convformance.reference.case import parse_case
from convformance.tests.conformance.features import features_of
from convformance.tests.conformance.report.compare.case_changes import CHANGES, change_of
from convformance.tests.conformance.report.compare.difference import Difference, DifferenceError, difference
from convformance.tests.conformance.report.compare.text import difference_markdown, print_difference, summary
from convformance.tests.conformance.report.matrix import ALL
from convformance.tests.conformance.report.reading import Report, read_report
from convformance.tests.conformance.verdicts import VERDICTS, Verdict, VerdictName

CASES = [
    verdict("exact").case,
    "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f32.forward.real",
    "conv1d-n1-i7-c2-f3-k3-s1-pvalid-d1-g1-f32.forward.real",
    "conv1d-n1-i9-c2-f3-k3-s1-pvalid-d1-g1-bf16.forward.real",
]
SMALL = CASES[2]


def report(*verdicts: Verdict, **fields: Any) -> Report:
    names = dict.fromkeys(one.adapter for one in verdicts)
    diagnoses = fields.pop("diagnoses", [])
    cases = {one.case for one in verdicts}
    head = {**header(*names), "cases": len(cases), "corpus": str(hash(frozenset(cases))), **fields}
    return Report(head, verdicts, {"stale": [], "diagnoses": diagnoses})


def both(old: Verdict, new: Verdict) -> Difference:
    return difference(report(old), report(new))


def shown(found: Difference, width: int = 200) -> str:
    stream = StringIO()
    print_difference(found, Console(file=stream, width=width))
    return stream.getvalue()


# What happened to a case.

UNSUPPORTED = verdict("unsupported", detail="no groups")
WRONG = verdict("wrong", detail="2 of 9 elements differ")


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (verdict("exact"), WRONG, "no longer conforms"),
        (verdict("exact"), replace(WRONG, expected="known"), "no longer conforms"),
        (verdict("within_bound"), verdict("imprecise"), "no longer conforms"),
        (verdict("refused"), verdict("accepted"), "no longer conforms"),
        (verdict("exact"), UNSUPPORTED, "no longer conforms"),
        (WRONG, verdict("exact"), "conforms now"),
        (replace(WRONG, expected="known"), verdict("exact", stale="the expected nonconformance"), "conforms now"),
        (UNSUPPORTED, verdict("exact"), "newly claimed"),
        (UNSUPPORTED, WRONG, "newly claimed"),
        (WRONG, UNSUPPORTED, "newly unsupported"),
        (WRONG, verdict("rejected"), "fails otherwise"),
        (WRONG, replace(WRONG, fault="kernel flipped"), "fails otherwise"),
        (WRONG, replace(WRONG, expected="known"), "fails otherwise"),
        (WRONG, replace(WRONG, detail="3 of 9 elements differ"), None),
        (UNSUPPORTED, replace(UNSUPPORTED, stale="declared, but"), "no longer true"),
        (replace(UNSUPPORTED, stale="declared, but"), UNSUPPORTED, "true again"),
        (verdict("exact"), verdict("exact", stale="the expected nonconformance"), "no longer true"),
        (verdict("exact"), verdict("exact"), None),
        (UNSUPPORTED, replace(UNSUPPORTED, detail="no groups at all"), None),
    ],
)
def test_what_happened_to_a_case_has_one_name(old: Verdict, new: Verdict, change: str | None) -> None:
    assert change_of(old, new) == change
    found = both(old, new)
    assert [(group.change, len(group.pairs)) for group in found.groups] == ([] if change is None else [(change, 1)])


@pytest.mark.parametrize("before", VERDICTS)
@pytest.mark.parametrize("after", VERDICTS)
def test_only_what_conformed_and_no_longer_does_is_a_regression(before: VerdictName, after: VerdictName) -> None:
    old, new = verdict(before), verdict(after)
    found = both(old, new)
    assert found.regressed == (old.conforms and not new.conforms)
    changed = before != after and not (old.conforms and new.conforms)
    assert {group.change for group in found.groups} <= set(CHANGES)
    assert bool(found.groups) == changed


def test_nothing_changed_between_a_report_and_itself() -> None:
    one = report(verdict("exact"), replace(WRONG, case=CASES[1]), verdict("unsupported", SMALL))
    found = difference(one, one)
    assert (found.groups, found.cells, found.errors, found.facts) == ((), (), (), ())
    assert not found.regressed
    assert summary(found) == "nothing changed, of 3 verdicts that both reports have"


# What is compared.


def test_adapters_are_compared_by_name_and_others_are_said() -> None:
    old = report(verdict("exact"), verdict("exact", adapter="gone"))
    new = report(verdict("exact", adapter="added"), WRONG)
    found = difference(old, new)
    assert (found.adapters, found.gone, found.added) == (("one",), ("gone",), ("added",))
    assert found.compared == 1
    assert found.facts == ()
    text = shown(found)
    assert "only in the old report, so not compared: gone" in text
    assert "only in the new report, so not compared: added" in text


def test_cases_of_different_corpora_are_counted_and_only_common_ones_are_compared() -> None:
    old = report(*(verdict("within_bound", case) for case in CASES[1:3]))
    new = report(*(verdict("wrong", case) for case in CASES[2:]), verdict("exact"))
    found = difference(old, new)
    assert (found.corpora.both, found.corpora.only_old, found.corpora.only_new) == (1, 1, 2)
    assert [group.smallest[1].case for group in found.groups] == [SMALL]
    assert all(cell.old.asked == cell.new.asked == 1 for cell in found.cells)
    text = shown(found)
    assert f"corpus {old.header['corpus']} and corpus {new.header['corpus']}" in text
    assert "1 case; 1 only in the old report and 2 only in the new one are not" in text
    assert "corpus" in difference_markdown(found)


def test_equal_corpora_are_said_to_be_equal() -> None:
    assert "both asked the same 1 case: corpus" in shown(both(verdict("exact"), verdict("exact")))


def test_reports_without_a_common_adapter_or_case_can_not_be_compared() -> None:
    with pytest.raises(DifferenceError, match=r"no adapter is in both reports.*'one'.*'two'"):
        difference(report(verdict("exact")), report(verdict("exact", adapter="two")))
    with pytest.raises(DifferenceError, match="no case is in both reports"):
        difference(report(verdict("exact")), report(verdict("exact", SMALL)))


def test_what_differs_of_where_they_ran_is_said() -> None:
    machine = header("one")["machine"]
    blas = {"library": "openblas", "version": "0.3", "threads": 2}
    old = report(
        verdict("exact"),
        machine={**machine, "flags": ["apic", "avx2", "avx512f", "sse4_2"], "blas": [{**blas, "kernel": "SkylakeX"}]},
        packages={"numpy": "2.3", "convformance": "0.1.0"},
    )
    new = report(
        verdict("exact"),
        machine={**machine, "cpu": "two", "flags": ["avx2", "sse4_2"], "blas": [{**blas, "kernel": "Haswell"}]},
        packages={"numpy": "2.4", "convformance": "0.1.0"},
    )
    new.header["adapters"][0].update(version="2.0", accumulators={"float16": "float32"})
    facts = {fact.name: (fact.old, fact.new) for fact in difference(old, new).facts}
    assert facts["one"] == ("1.0", "2.0")
    assert facts["claims of one"] == ("", "float16 added up in float32")
    assert facts["package numpy"] == ("2.3", "2.4")
    assert facts["instruction sets only there"] == ("avx512f", "")
    assert ["one" in facts["processor"][0], "two" in facts["processor"][1]] == [True, True]
    assert ["SkylakeX" in facts["BLAS"][0], "Haswell" in facts["BLAS"][1]] == [True, True]
    assert not {"package convformance", "layouts of one", "system", "date"} & set(facts)


def test_a_merged_report_ran_wherever_its_parts_did() -> None:
    plain = report(verdict("exact"), packages={"numpy": "2.3"})
    machine = {**plain.header["machine"], "flags": ["avx2"]}
    changes = [{"packages": {"numpy": "2.3"}}, {"packages": {"numpy": "2.4"}}, {"machine": machine}]
    sources = [{**plain.header, "file": "part", **change} for change in changes]
    new = report(verdict("exact"), packages={"numpy": "2.3"}, sources=sources)
    assert {fact.name: fact.new for fact in difference(plain, new).facts} == {
        "package numpy": "2.3 and 2.4",
        "instruction sets only there": "avx2",
    }


# Groups, cells, errors.


def test_cases_of_one_reason_are_one_group_with_its_smallest_case() -> None:
    old = report(*(verdict("within_bound", case) for case in CASES[1:]))
    failing = [verdict("wrong", case, fault="kernel flipped", detail=f"{n} of 9") for n, case in enumerate(CASES[1:])]
    named = {
        "adapter": "one",
        "fault": "kernel flipped",
        "description": "Flip the kernel.",
        "smallest": SMALL,
        "cases": 3,
    }
    (group,) = difference(old, report(*failing, diagnoses=[named])).groups
    assert (group.name, group.text, len(group.pairs)) == ("kernel flipped", "Flip the kernel.", 3)
    assert group.smallest[1].case == SMALL
    assert group.steps == ["within_bound -> wrong"]
    assert "real numbers" in group.common_features
    assert "bias" not in group.common_features


def test_reasons_are_told_apart_and_the_most_frequent_comes_first() -> None:
    old = report(*(verdict("within_bound", case) for case in CASES[1:]))
    details = ("KeyError: bias", "ValueError: rank", "ValueError: rank")
    new = report(*(verdict("rejected", case, detail=said) for case, said in zip(CASES[1:], details, strict=True)))
    groups = difference(old, new).groups
    assert [len(group.pairs) for group in groups] == [2, 1]
    assert len({group.text for group in groups}) == 2


def test_where_all_is_well_now_what_was_wrong_is_told() -> None:
    old = verdict("wrong", fault="kernel flipped", detail="2 of 9 elements differ")
    text = shown(both(old, verdict("exact")))
    assert "conforms now one, 1 case: was kernel flipped" in text
    assert "2 of 9 elements differ" in text
    assert "newly claimed one, 1 case: was unsupported\n  no groups" in shown(both(UNSUPPORTED, verdict("exact")))


def test_what_was_wrong_is_told_though_the_new_verdict_has_something_to_say() -> None:
    known = verdict("wrong", expected="known-1", detail="2 of 9 elements differ")
    (group,) = both(known, verdict("exact", stale="no longer holds")).groups
    assert (group.change, group.name, group.text) == ("conforms now", "was wrong", "known: known-1")
    (group,) = both(replace(UNSUPPORTED, stale="declared, but"), UNSUPPORTED).groups
    assert (group.change, group.text) == ("true again", "declared, but")


def test_what_has_no_description_is_told_by_what_was_seen_of_its_smallest_case() -> None:
    other = {"adapter": "one", "fault": None, "description": "of others", "smallest": CASES[3], "cases": 1}
    new = report(verdict("wrong", SMALL, detail="2 of 9 elements differ"), diagnoses=[other])
    (group,) = difference(report(verdict("within_bound", SMALL)), new).groups
    assert (group.name, group.text) == ("wrong values in the output", "2 of 9 elements differ")


def test_a_change_comes_with_the_command_of_the_new_report() -> None:
    new = report(WRONG)
    new.header["adapters"][0]["spelling"] = "my engine.py:One"
    found = difference(report(verdict("exact")), new)
    command = f"convformance case {CASES[0]} --adapter 'my engine.py:One'"
    assert command in shown(found)
    assert f"```console\n{command}\n```" in difference_markdown(found)


def test_many_groups_are_cut_and_counted() -> None:
    old = report(*(verdict("exact", adapter=f"a{n}") for n in range(25)))
    new = report(*(verdict("rejected", adapter=f"a{n}", detail="x") for n in range(25)))
    found = difference(old, new)
    assert shown(found).count("no longer conforms a") == 20
    assert "5 more groups of cases changed" in shown(found)
    assert "5 more groups of cases changed" in difference_markdown(found)


def test_cells_whose_counts_changed_are_listed_old_and_new() -> None:
    found = both(verdict("exact"), WRONG)
    first, *others = found.cells
    assert (first.row, first.adapter) == (ALL, "one")
    assert (first.old.conforming, first.new.conforming) == (1, 0)
    assert {cell.row for cell in others} == set(features_of(parse_case(CASES[0]), None))
    row = next(line for line in shown(found).splitlines() if " padding valid " in line and "│" in line)
    assert "1/1" in row
    assert "0/1, 1 fail" in row
    assert "| padding valid | one | 1/1 | 0/1, 1 fail |" in difference_markdown(found)


def test_cells_that_lost_most_come_first() -> None:
    old = report(*(verdict("within_bound", case) for case in CASES[1:]), verdict("exact"))
    new = report(
        *(verdict("within_bound", case) for case in CASES[1:2]),
        *(verdict("wrong", case) for case in CASES[2:]),
        verdict("exact"),
    )
    cells = difference(old, new).cells
    assert cells[0].row == ALL
    lost = [cell.old.conforming - cell.new.conforming for cell in cells[1:]]
    assert lost == sorted(lost, reverse=True)
    assert len(set(lost)) > 1


def test_errors_inside_their_bounds_change_no_cell() -> None:
    assert both(verdict("within_bound", SMALL, fraction=0.1), verdict("within_bound", SMALL, fraction=0.9)).cells == ()


def test_features_that_were_not_told_before_are_no_change() -> None:
    old = verdict("exact")
    old.features = ["conv2d"]
    assert both(old, verdict("exact")).cells == ()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (0.2, 0.26, True),
        (0.26, 0.2, True),
        (0.2, 0.24, False),
        (0.49, 0.51, True),
        (0.495, 0.505, False),
        (0.91, 0.86, True),
        (0.6, 0.7, False),
        (0.001, 0.01, False),
        (0.0, 0.05, True),
    ],
)
def test_worst_errors_that_moved_noticeably_are_told(old: float, new: float, told: bool) -> None:
    found = both(verdict("within_bound", SMALL, fraction=old), verdict("within_bound", SMALL, fraction=new))
    worst = [change for change in found.errors if change.figure == "worst error / bound"]
    assert [(one.adapter, one.dtype, one.old, one.new, one.at) for one in worst] == (
        [("one", "float32", old, new, SMALL)] if told else []
    )


def test_spread_and_median_are_told_too() -> None:
    pairs = [(0.1, 0.2), (0.1, 0.3), (0.9, 0.9)]
    old = report(
        *(
            verdict("within_bound", case, fraction=was, spread=0.2)
            for case, (was, _) in zip(CASES[1:], pairs, strict=True)
        )
    )
    new = report(
        *(
            verdict("within_bound", case, fraction=now, spread=0.4)
            for case, (_, now) in zip(CASES[1:], pairs, strict=True)
        )
    )
    found = {(one.dtype, one.figure): (one.old, one.new, one.cases) for one in difference(old, new).errors}
    assert found == {
        ("float32", "worst error / bound"): (0.1, 0.3, 2),
        ("float32", "median error / bound"): (0.1, 0.25, 2),
        ("float32", "worst spread / limit"): (0.2, 0.4, 2),
        ("bfloat16", "worst spread / limit"): (0.2, 0.4, 1),
    }


def test_a_case_that_left_its_bound_moves_no_figure() -> None:
    inside, outside = verdict("within_bound", SMALL, fraction=0.9), verdict("imprecise", SMALL, fraction=3.0)
    assert both(inside, outside).errors == ()
    assert both(outside, inside).errors == ()


def test_a_small_median_that_moved_by_the_factor_is_told() -> None:
    def figures(old: float, new: float) -> list[str]:
        found = both(verdict("within_bound", SMALL, fraction=old), verdict("within_bound", SMALL, fraction=new))
        return [one.figure for one in found.errors]

    assert figures(0.01, 0.013) == ["median error / bound"]
    assert figures(0.01, 0.012) == []
    assert figures(0.0, 0.0) == []


# Words.


def test_the_summary_counts_each_kind() -> None:
    old = report(verdict("exact"), verdict("within_bound", CASES[1]), verdict("wrong", SMALL))
    new = report(WRONG, verdict("rejected", CASES[1]), verdict("within_bound", SMALL))
    said = "2 no longer conform, 1 conform now, of 3 verdicts that both reports have"
    assert summary(difference(old, new)) == said
    assert f"❌ **{said}**" in difference_markdown(difference(old, new))
    assert "✅ **1 no longer conform" not in difference_markdown(difference(new, old))


def test_what_matters_most_comes_first() -> None:
    old = report(verdict("wrong", SMALL), verdict("wrong", CASES[1]), verdict("exact"))
    new = report(verdict("within_bound", SMALL), verdict("within_bound", CASES[1]), WRONG)
    assert [group.change for group in difference(old, new).groups] == ["no longer conforms", "conforms now"]


HOSTILE = "\x1b[2J[red]x[/red] <script>alert(1)</script> | `a` ](http://evil.example) @someone ::error:: \u202e\n# big"


def test_text_of_adapters_is_harmless() -> None:
    old = report(verdict("exact", adapter=HOSTILE), verdict("exact", adapter="gone" + HOSTILE))
    new = report(verdict("rejected", adapter=HOSTILE, detail=HOSTILE), verdict("exact", adapter="new" + HOSTILE))
    for one, word in ((old, "a"), (new, "b")):
        one.header["adapters"][0].update(version=word + HOSTILE, spelling=HOSTILE)
        one.header["machine"]["cpu"] = word + HOSTILE
        one.header["packages"]["numpy"] = word + HOSTILE
    found = difference(old, new)
    text = shown(found)
    assert "[red]x[/red]" in text
    for sign in ("\x1b", "\u202e"):
        assert sign not in text
        assert sign not in difference_markdown(found)
    assert not any(line.lstrip().startswith(("::", "# big")) for line in text.splitlines())
    outside = "\n".join(difference_markdown(found).split("```")[::2])
    for markup in ("<script>", "](http", "`a`", "@someone", "\n# big"):
        assert markup not in outside
    tables = [line for line in outside.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} <= {4, 5, 8}


def test_real_files_are_compared(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("old", "new")]
    for folder, one in zip(folders, (verdict("exact"), WRONG), strict=True):
        folder.mkdir()
        write(folder, one)
    assert difference(*map(read_report, folders)).regressed
