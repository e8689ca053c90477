"""Reports merged: the result is the report of one run, and what is no part of it is refused."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from by_hand import header, verdict
from commands import HERE, python

from convformance.tests.conformance.corpus import corpus_id, load
from convformance.tests.conformance.options import chosen_cases
from convformance.tests.conformance.photo import digest
from convformance.tests.conformance.report import words
from convformance.tests.conformance.report.merge.merging import MergeError, merge
from convformance.tests.conformance.report.reading import Report, read_report
from convformance.tests.conformance.report.writing import ReportWriter
from convformance.tests.conformance.sizes import size_of
from convformance.tests.conformance.verdicts import Verdict

SMALL = sorted(load("quick"), key=size_of)
CASES = [case for case in SMALL if case.endswith("forward.exact")][:400:20]
"""Twenty small cases, which stand for a tier."""
ENTRY = {
    "name": "one-grouped",
    "adapter": "one",
    "where": "rank >= 1",
    "verdicts": ["wrong"],
    "kind": "by design",
    "holds": "sometimes",
    "owner": "one",
    "reason": "it is so",
    "address": "nowhere",
    "smallest": CASES[0],
    "note": "by hand",
}


def exact(adapter: str, case: str) -> Verdict:
    return verdict("exact", case, adapter)


def written(  # noqa: PLR0917
    folder: Path,
    adapters: Sequence[str] = ("one",),
    shard: str | None = None,
    verdicts: Callable[[str, str], Verdict] = exact,
    cases: Sequence[str] = CASES,
    footer: Mapping[str, Any] | None = None,
    change: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Path:
    """Write the report of a run that judged a shard of some cases."""
    folder.mkdir(parents=True)
    mine = list(chosen_cases("quick", list(cases), shard))
    ids = {"corpus": corpus_id(mine, digest()), "tier_corpus": corpus_id(cases, digest())}
    head = header(*adapters)
    head["adapters"] = [{**one, **(change or {})} for one in head["adapters"]]
    writer = ReportWriter(folder, {**head, "cases": len(mine), "shard": shard, **ids, **fields})
    for case in reversed(mine):
        for adapter in adapters:
            writer.add(verdicts(adapter, case))
    seconds = {"seconds": 2.0, "judging_seconds": 1.0, "framework_seconds": 0.5}
    writer.finish({**seconds, "stale": [], **(footer or {})}, complete=True)
    return folder


def merged(folder: Path, *parts: Path, **options: Any) -> Report:
    folder.mkdir(exist_ok=True)
    return read_report(merge([(part, read_report(part)) for part in parts], folder, **options))


def diagnosis(adapter: str, fault: str | None, cases: int, smallest: str, **fields: Any) -> dict[str, Any]:
    return {
        "adapter": adapter,
        "fault": fault,
        "description": f"what {fault} does",
        "cases": cases,
        "smallest": smallest,
        "minimal": None,
        "reproducer": None,
        "missing": None,
        **fields,
    }


def entries(file: Path, table: Mapping[str, Any]) -> Path:
    """Write an expected file of one entry."""
    lines = [f"{name} = {value if name == 'expires' else json.dumps(value)}" for name, value in table.items()]
    # An inline table is all that TOML writes otherwise than JSON here.
    file.write_text("\n".join(["[[nonconformance]]", *lines]).replace('": ', '" = ') + "\n", encoding="utf-8")
    return file


def lines_of(report: Report) -> list[str]:
    """The verdicts' lines, but for what a clock says."""
    plain = (replace(one, framework_seconds=0.0, suite_seconds=0.0) for one in report.verdicts)
    return [json.dumps(one.to_record()) for one in plain]


# What one run would have written.


def pytest_run(folder: Path, adapters: Iterable[str], shard: str | None = None) -> Path:
    words = [f"--convformance-adapter={one}" for one in adapters] + [f"--convformance-case={one}" for one in CASES]
    words += [] if shard is None else [f"--convformance-shard={shard}"]
    folder.mkdir()
    suite = ("-m", "pytest", "-q", "--pyargs", "convformance.tests.conformance", f"--convformance-report={folder}")
    done = python(*suite, *words, cwd=folder)
    assert done.returncode in (0, 1), done.stdout
    return folder


def test_adapters_and_shards_that_ran_apart_make_the_report_of_one_run(tmp_path: Path) -> None:
    honest, flipped = f"{HERE / 'honest.py'}:Honest", "reference+kernel-flipped"
    whole = read_report(pytest_run(tmp_path / "whole", [honest, flipped]))
    parts = [
        pytest_run(tmp_path / "flipped-2", [flipped], "2/2"),
        pytest_run(tmp_path / "honest", [honest]),
        pytest_run(tmp_path / "flipped-1", [flipped], "1/2"),
    ]
    report = merged(tmp_path / "merged", *parts)
    assert sorted(lines_of(report)) == sorted(lines_of(whole))
    assert {"wrong", "exact"} == {one.verdict for one in report.verdicts}
    for name in ("tier", "cases", "corpus", "tier_corpus", "shard", "expected", "packages", "machine"):
        assert report.header[name] == whole.header[name], name
    assert report.footer["counts"] == whole.footer["counts"]
    by_name = {one["name"]: one for one in whole.header["adapters"]}
    assert {one["name"]: one for one in report.header["adapters"]} == by_name
    (found,), (once,) = report.footer["diagnoses"], whole.footer["diagnoses"]
    assert {**found, "minimal": None} == {**once, "minimal": None}
    script = tmp_path / "merged" / found["reproducer"]
    assert script.read_text() in {(part / found["reproducer"]).read_text() for part in (parts[0], parts[2])}
    assert report.why_red == whole.why_red


def test_the_order_in_which_parts_are_named_does_not_matter(tmp_path: Path) -> None:
    parts = [written(tmp_path / f"part-{index}", shard=f"{index}/3") for index in (1, 2, 3)]
    reports = [merged(tmp_path / f"merged-{n}", *order) for n, order in enumerate(permutations(parts))]
    assert {tuple(lines_of(report)) for report in reports} == {tuple(lines_of(reports[0]))}
    assert {json.dumps({**one.header, "sources": []}) for one in reports} == {
        json.dumps({**reports[0].header, "sources": []})
    }


def test_verdicts_come_in_the_order_of_the_corpus_then_of_the_adapters(tmp_path: Path) -> None:
    apart = [written(tmp_path / name, [name]) for name in ("two", "one")]
    report = merged(tmp_path / "merged", *apart)
    order = [case for case in load("quick") if case in CASES]
    assert [(one.case, one.adapter) for one in report.verdicts] == [
        (case, name) for case in order for name in ("two", "one")
    ]


def test_a_merged_report_says_what_it_was_made_of(tmp_path: Path) -> None:
    first = written(tmp_path / "a", shard="1/2", date="2026-01-02T00:00:00+00:00", packages={"numpy": "2.4"})
    second = written(tmp_path / "b", shard="2/2", date="2026-01-03T00:00:00+00:00", packages={"numpy": "2.3"})
    report = merged(tmp_path / "merged", first, second)
    assert report.header["date"] == "2026-01-03T00:00:00+00:00"
    assert report.header["shard"] is None
    assert report.header["corpus"] == report.header["tier_corpus"] == corpus_id(CASES, digest())
    assert report.header["cases"] == len(CASES)
    assert report.header["expected"] is None
    assert [(one["file"], one["shard"], one["packages"]) for one in report.header["sources"]] == [
        (str(first), "1/2", {"numpy": "2.4"}),
        (str(second), "2/2", {"numpy": "2.3"}),
    ]
    assert (report.footer["seconds"], report.footer["judging_seconds"], report.footer["framework_seconds"]) == (4, 2, 1)
    assert report.why_red is None


def test_merged_reports_are_merged_again(tmp_path: Path) -> None:
    parts = [written(tmp_path / f"part-{index}", shard=f"{index}/3") for index in (1, 2, 3)]
    two = tmp_path / "two"
    merged(two, *parts[:2], partial=True)
    report = merged(tmp_path / "three", two, parts[2], written(tmp_path / "other", ["other"]))
    once = merged(tmp_path / "once", *parts, tmp_path / "other")
    assert lines_of(report) == lines_of(once)
    assert report.header == once.header
    assert report.footer == {**once.footer, "digest": report.footer["digest"]}


def test_a_report_alone_stays_what_it_is(tmp_path: Path) -> None:
    part = written(tmp_path / "part")
    assert sorted(lines_of(merged(tmp_path / "merged", part))) == sorted(lines_of(read_report(part)))


def test_a_report_may_replace_one_of_its_parts(tmp_path: Path) -> None:
    scripts = []
    for index in (1, 2):
        smallest = next(iter(chosen_cases("quick", CASES, f"{index}/2")))
        found = diagnosis("one", None, 1, smallest, reproducer="reproducers/one-1.py")
        part = written(tmp_path / f"{index}", shard=f"{index}/2", footer={"diagnoses": [found]})
        (part / "reproducers").mkdir()
        (part / "reproducers" / "one-1.py").write_text(f"script of {index}")
        scripts.append(part / "reproducers" / "one-1.py")
    report = merged(tmp_path / "2", tmp_path / "1", tmp_path / "2")
    assert len(report.verdicts) == len(CASES)
    kept = [(tmp_path / "2" / one["reproducer"]).read_text() for one in report.footer["diagnoses"]]
    assert kept == ["script of 1", "script of 2"]
    assert sorted(path.name for path in (tmp_path / "2").iterdir()) == ["reproducers", "verdicts.jsonl"]


def test_what_is_refused_leaves_the_former_report(tmp_path: Path) -> None:
    part = written(tmp_path / "part", shard="1/2")
    with pytest.raises(MergeError):
        merged(part, part)
    assert [path.name for path in part.iterdir()] == ["verdicts.jsonl"]
    assert read_report(part).header["shard"] == "1/2"


# What can't be one report.


def refusal(folder: Path, *parts: Path, **options: Any) -> str:
    with pytest.raises(MergeError) as caught:
        merged(folder / "merged", *parts, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_nothing_is_refused(tmp_path: Path) -> None:
    assert "nothing to merge" in refusal(tmp_path)


def test_a_missing_shard_is_refused_and_named(tmp_path: Path) -> None:
    parts = [written(tmp_path / f"part-{index}", shard=f"{index}/4") for index in (1, 2, 4)]
    assert "adapter 'one' lacks shard 3/4 of the tier" in refusal(tmp_path, *parts)
    assert "adapter 'one' lacks shards 2/4, 3/4, 4/4 of the tier" in refusal(tmp_path, parts[0])


def test_an_adapter_that_lacks_a_shard_that_another_has_is_named(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole", ["two"])
    assert "adapter 'one' lacks shard 2/2" in refusal(tmp_path, whole, written(tmp_path / "part", shard="1/2"))


def test_a_partial_report_says_so_and_is_red(tmp_path: Path) -> None:
    parts = [written(tmp_path / f"part-{index}", ["one", "two"], shard=f"{index}/4") for index in (4, 1, 2)]
    report = merged(tmp_path / "merged", *parts, partial=True)
    assert report.header["shard"] == "1,2,4/4"
    assert report.header["missing"] == ["3/4"]
    assert len(report.verdicts) == 2 * report.header["cases"]
    assert report.header["corpus"] == corpus_id({one.case for one in report.verdicts}, digest())
    assert report.why_red == "it was merged without shard 3/4: nothing is known of these cases"


def test_a_partial_report_is_whole_when_the_rest_comes(tmp_path: Path) -> None:
    parts = [written(tmp_path / f"part-{index}", shard=f"{index}/3") for index in (1, 2, 3)]
    merged(tmp_path / "two", *parts[:2], partial=True)
    report = merged(tmp_path / "all", tmp_path / "two", parts[2])
    assert report.header["shard"] is None
    assert "missing" not in report.header
    assert report.why_red is None


def test_a_partial_report_has_the_same_cases_for_each_adapter(tmp_path: Path) -> None:
    parts = [written(tmp_path / "whole", ["two"]), written(tmp_path / "part", shard="1/2")]
    said = refusal(tmp_path, *parts, partial=True)
    assert "adapter 'two' lacks nothing and adapter 'one' shard 2/2" in said


def test_partial_makes_nothing_partial_that_is_whole(tmp_path: Path) -> None:
    parts = [written(tmp_path / f"part-{index}", shard=f"{index}/2") for index in (1, 2)]
    assert merged(tmp_path / "merged", *parts, partial=True).header["shard"] is None


def test_other_cases_are_refused_with_both_ids_and_dates(tmp_path: Path) -> None:
    one = written(tmp_path / "a", ["one"], date="2026-01-02", packages={"convformance": "0.1.0"})
    two = written(tmp_path / "b", ["two"], cases=CASES[1:])
    said = refusal(tmp_path, one, two)
    for word in (str(one), str(two), corpus_id(CASES, digest()), corpus_id(CASES[1:], digest()), "2026-01-02", "0.1.0"):
        assert word in said


def test_another_version_of_the_judge_is_refused(tmp_path: Path) -> None:
    parts = [written(tmp_path / name, [name], packages={"convformance": name}) for name in ("one", "two")]
    assert "were judged by different versions" in refusal(tmp_path, *parts)


def test_a_case_judged_twice_is_refused_with_both_files(tmp_path: Path) -> None:
    parts = [written(tmp_path / "a", shard="1/2"), written(tmp_path / "b", shard="1/2")]
    said = refusal(tmp_path, *parts, partial=True)
    assert f"in {parts[0]} and in {parts[1]}: give each part once" in said
    assert "adapter 'one' has a verdict on conv" in said


@pytest.mark.parametrize(
    "change",
    [
        {"version": "2.0"},
        {"data_layout": "channels_first"},
        {"filter_layouts": {"conv": "OI*"}},
        {"accumulators": {"float16": "float32"}},
        {"flushes_subnormals": ["float32"]},
    ],
)
def test_an_adapter_that_changed_between_parts_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    parts = [written(tmp_path / "a", shard="1/2"), written(tmp_path / "b", shard="2/2", change=change)]
    (name, value), *_ = change.items()
    said = refusal(tmp_path, *parts)
    assert f"adapter 'one' is not the same in {parts[0]} and {parts[1]}: {name} " in said
    assert repr(value) in said


def test_an_adapter_may_be_spelled_otherwise_elsewhere(tmp_path: Path) -> None:
    other = {"spelling": "/there/one.py:One"}
    parts = [written(tmp_path / "a", shard="1/2"), written(tmp_path / "b", shard="2/2", change=other)]
    assert merged(tmp_path / "merged", *parts).header["adapters"] == header("one")["adapters"]


def test_a_report_that_does_not_name_its_tier_is_refused(tmp_path: Path) -> None:
    part = written(tmp_path / "part")
    report = read_report(part)
    old = Report(
        {name: value for name, value in report.header.items() if name != "tier_corpus"}, report.verdicts, report.footer
    )
    with pytest.raises(MergeError, match=r"does not say which tier it is a part of \(tier_corpus\): run it again"):
        merge([(part, old)], tmp_path)


def test_cases_that_are_not_those_of_the_header_are_refused(tmp_path: Path) -> None:
    parts = [written(tmp_path / "a", shard="1/2"), written(tmp_path / "b", shard="2/2", corpus="f" * 16)]
    assert f"{parts[1]} holds other cases than its header names (corpus {'f' * 16})" in refusal(tmp_path, *parts)


def test_shards_of_different_sizes_are_refused(tmp_path: Path) -> None:
    parts = [written(tmp_path / "a", shard="1/2"), written(tmp_path / "b", shard="2/4")]
    assert "adapter 'one' ran in shards of different sizes: 1/2, 2/4" in refusal(tmp_path, *parts, partial=True)


def test_a_shard_that_calls_itself_whole_is_refused(tmp_path: Path) -> None:
    part = written(tmp_path / "a", shard="1/1", tier_corpus="0" * 16)
    assert "all 1 shards of adapter 'one' are there, but not the whole tier" in refusal(tmp_path, part)
    other = written(tmp_path / "b", tier_corpus="0" * 16)
    assert f"{other}: shard None of a tier that is not whole" in refusal(tmp_path, other)


# Expected entries.


def test_stale_and_expired_entries_of_whole_parts_are_kept(tmp_path: Path) -> None:
    footers = [
        {"stale": ["a", "old"], "expired": {"old": "2026-01-01"}, "expiring": {"soon": "2026-12-01"}},
        {"stale": ["b", "old"], "expired": {"old": "2026-01-01"}},
    ]
    parts = [
        written(tmp_path / name, [name], footer=footer) for name, footer in zip(("one", "two"), footers, strict=True)
    ]
    report = merged(tmp_path / "merged", *parts)
    assert report.footer["stale"] == ["a", "b", "old"]
    assert report.footer["expired"] == {"old": "2026-01-01"}
    assert report.footer["expiring"] == {"soon": "2026-12-01"}
    assert report.why_red is not None


def shards(folder: Path, verdicts: Callable[[str, str], Verdict] = exact, **fields: Any) -> list[Path]:
    given = {"expected": "e.toml", **fields}
    return [written(folder / f"part-{index}", shard=f"{index}/2", verdicts=verdicts, **given) for index in (1, 2)]


def test_an_entry_that_no_shard_needed_is_found_by_the_whole(tmp_path: Path) -> None:
    file = entries(tmp_path / "e.toml", ENTRY)
    report = merged(tmp_path / "merged", *shards(tmp_path), expected=file)
    assert report.footer["stale"] == ["one-grouped"]
    assert report.header["expected"] == str(file)
    assert report.why_red is not None
    assert merged(tmp_path / "without", *(tmp_path / f"part-{n}" for n in (1, 2))).footer["stale"] == []


def test_an_entry_that_one_shard_needed_is_needed(tmp_path: Path) -> None:
    def known(adapter: str, case: str) -> Verdict:
        return verdict("wrong", case, adapter, expected="one-grouped") if case == CASES[3] else exact(adapter, case)

    report = merged(tmp_path / "merged", *shards(tmp_path, known), expected=entries(tmp_path / "e.toml", ENTRY))
    assert report.footer["stale"] == []
    assert report.why_red is None


def test_of_a_part_of_a_tier_nobody_can_tell_what_is_not_needed(tmp_path: Path) -> None:
    part, _ = shards(tmp_path)
    file = entries(tmp_path / "e.toml", ENTRY)
    assert merged(tmp_path / "merged", part, expected=file, partial=True).footer["stale"] == []


@pytest.mark.parametrize(
    ("condition", "stale"),
    [
        ({"versions": {"torch": ">=2"}}, []),
        ({"versions": {"torch": "<2"}}, []),
        ({"expires": "2026-06-30"}, ["one-grouped"]),
        ({"expires": "2025-12-31"}, []),
        ({"versions": {"torch": ">=1"}}, ["one-grouped"]),
        ({"machine": ["avx512f"]}, []),
        ({"machine": ["avx2"]}, ["one-grouped"]),
    ],
)
def test_only_an_entry_that_applied_wherever_the_adapter_ran_is_missed(
    condition: dict[str, Any], stale: list[str], tmp_path: Path
) -> None:
    machine = header("one")["machine"]
    parts = [
        written(
            tmp_path / f"{index}",
            shard=f"{index}/2",
            expected="e.toml",
            packages={"torch": f"{index}.0"},
            machine={**machine, "flags": flags},
        )
        for index, flags in ((1, ["avx2"]), (2, ["avx2", "avx512f"]))
    ]
    file = entries(tmp_path / "e.toml", {**ENTRY, **condition})
    assert merged(tmp_path / "merged", *parts, expected=file).footer["stale"] == stale


def test_single_cases_look_at_no_entry(tmp_path: Path) -> None:
    file = entries(tmp_path / "e.toml", ENTRY)
    assert merged(tmp_path / "merged", *shards(tmp_path, tier="cases"), expected=file).footer["stale"] == []


def test_a_part_may_do_without_a_file_that_has_nothing_about_its_adapters(tmp_path: Path) -> None:
    file = entries(tmp_path / "e.toml", {**ENTRY, "adapter": "two"})
    assert merged(tmp_path / "merged", *shards(tmp_path, expected=None), expected=file).footer["stale"] == []


def test_an_entry_about_a_package_that_headers_do_not_list_is_no_other_file(tmp_path: Path) -> None:
    def known(adapter: str, case: str) -> Verdict:
        return verdict("wrong", case, adapter, expected="one-grouped")

    file = entries(tmp_path / "e.toml", {**ENTRY, "versions": {"my-engine": ">=1"}})
    assert merged(tmp_path / "merged", *shards(tmp_path, known), expected=file).why_red == (
        merged(tmp_path / "without", tmp_path / "part-1", tmp_path / "part-2").why_red
    )


def test_a_file_that_a_part_was_not_judged_with_is_refused(tmp_path: Path) -> None:
    file = entries(tmp_path / "e.toml", ENTRY)
    parts = shards(tmp_path, expected=None)
    said = refusal(tmp_path, *parts, expected=file)
    assert f"{parts[0]} was judged without --expected, and {file} has entries about adapter 'one'" in said


def test_an_entry_that_the_file_no_longer_has_is_refused(tmp_path: Path) -> None:
    def known(adapter: str, case: str) -> Verdict:
        return verdict("wrong", case, adapter, expected="removed")

    file = entries(tmp_path / "e.toml", ENTRY)
    said = refusal(tmp_path, *shards(tmp_path, known), expected=file)
    assert f"adapter 'one' was judged with an entry 'removed' that {file} does not have" in said


# Failures, and their scripts.


def with_failures(folder: Path, number: int, *found: dict[str, Any], scripts: Mapping[str, str] | None = None) -> Path:
    part = written(folder / f"part-{number}", ["one"], shard=f"{number}/2", footer={"diagnoses": list(found)})
    for name, text in (scripts or {}).items():
        (part / name).parent.mkdir(parents=True, exist_ok=True)
        (part / name).write_text(text)
    return part


def test_a_fault_of_several_parts_is_one_with_the_script_of_the_smallest_case(tmp_path: Path) -> None:
    small, large = sorted(CASES, key=lambda case: (size_of(case), case))[::19]
    script = "reproducers/one-1.py"
    parts = [
        with_failures(
            tmp_path, 1, diagnosis("one", "flipped", 3, large, minimal="m1", reproducer=script), scripts={script: "1"}
        ),
        with_failures(
            tmp_path, 2, diagnosis("one", "flipped", 4, small, minimal="m2", reproducer=script), scripts={script: "2"}
        ),
    ]
    (found,) = merged(tmp_path / "merged", *parts).footer["diagnoses"]
    assert found == diagnosis("one", "flipped", 7, small, minimal="m2", reproducer=script)
    assert (tmp_path / "merged" / script).read_text() == "2"


def test_where_the_smallest_case_has_no_script_another_one_has(tmp_path: Path) -> None:
    small, large = sorted(CASES, key=lambda case: (size_of(case), case))[::19]
    script = "reproducers/one-1.py"
    parts = [
        with_failures(
            tmp_path, 1, diagnosis("one", "flipped", 3, large, minimal="m1", reproducer=script), scripts={script: "1"}
        ),
        with_failures(tmp_path, 2, diagnosis("one", "flipped", 4, small, minimal="m2", missing="not alone")),
    ]
    (found,) = merged(tmp_path / "merged", *parts).footer["diagnoses"]
    assert found == diagnosis("one", "flipped", 7, small, minimal="m1", reproducer=script)


def test_where_no_part_has_a_script_the_smallest_case_says_why(tmp_path: Path) -> None:
    small, large = sorted(CASES, key=lambda case: (size_of(case), case))[::19]
    parts = [
        with_failures(tmp_path, 1, diagnosis("one", "flipped", 3, large, missing="why 1")),
        with_failures(tmp_path, 2, diagnosis("one", "flipped", 4, small, missing="why 2")),
    ]
    (found,) = merged(tmp_path / "merged", *parts).footer["diagnoses"]
    assert found == diagnosis("one", "flipped", 7, small, missing="why 2")


def test_a_case_on_exact_numbers_is_smaller_than_one_on_real_numbers(tmp_path: Path) -> None:
    real = next(case for case in SMALL if case.endswith("forward.real"))
    exact = max(CASES, key=size_of)
    assert size_of(real) < size_of(exact)
    parts = [
        with_failures(tmp_path, number, diagnosis("one", "flipped", 1, case))
        for number, case in enumerate((real, exact), start=1)
    ]
    (found,) = merged(tmp_path / "merged", *parts).footer["diagnoses"]
    assert found["smallest"] == exact


def test_failures_come_adapter_by_adapter(tmp_path: Path) -> None:
    parts = [
        written(tmp_path / name, [name], footer={"diagnoses": [diagnosis(name, "flipped", cases, CASES[0])]})
        for name, cases in (("one", 1), ("two", 9))
    ]
    found = merged(tmp_path / "merged", *parts).footer["diagnoses"]
    assert [(one["adapter"], one["cases"]) for one in found] == [("one", 1), ("two", 9)]


def test_failures_without_a_name_stay_apart_and_keep_their_scripts(tmp_path: Path) -> None:
    script = "reproducers/one-1.py"
    parts = [
        with_failures(tmp_path, 1, diagnosis("one", None, 3, CASES[0], reproducer=script), scripts={script: "1"}),
        with_failures(tmp_path, 2, diagnosis("one", None, 4, CASES[1], reproducer=script), scripts={script: "2"}),
    ]
    found = merged(tmp_path / "merged", *parts).footer["diagnoses"]
    assert [(one["cases"], one["reproducer"]) for one in found] == [
        (4, "reproducers/one-1.py"),
        (3, "reproducers/one-2.py"),
    ]
    assert [(tmp_path / "merged" / one["reproducer"]).read_text() for one in found] == ["2", "1"]


@pytest.mark.parametrize(
    "name", ["reproducers/../../secret.py", "{tmp}/secret.py", "../secret.py", "reproducers/gone.py", "\0"]
)
def test_a_script_that_is_not_in_the_folder_of_its_report_is_not_copied(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("secret")
    named = name.format(tmp=tmp_path)
    part = with_failures(tmp_path, 1, diagnosis("one", "flipped", 3, CASES[0], reproducer=named))
    (found,) = merged(tmp_path / "merged", part, partial=True).footer["diagnoses"]
    assert found["reproducer"] is None
    assert found["missing"] == f"{named} is not in {part}"
    assert not (tmp_path / "merged" / "reproducers").exists()


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("secret")
    part = with_failures(tmp_path, 1, diagnosis("one", "flipped", 3, CASES[0], reproducer="reproducers/one-1.py"))
    (part / "reproducers").mkdir()
    (part / "reproducers" / "one-1.py").symlink_to(tmp_path / "secret.py")
    (found,) = merged(tmp_path / "merged", part, partial=True).footer["diagnoses"]
    assert found["reproducer"] is None


def test_an_adapter_with_a_path_for_a_name_gets_a_script_in_the_folder(tmp_path: Path) -> None:
    name, script = "../../one", "reproducers/x.py"
    found = diagnosis(name, None, 1, CASES[0], reproducer=script)
    part = written(tmp_path / "part", [name], footer={"diagnoses": [found]})
    (part / "reproducers").mkdir()
    (part / script).write_text("text")
    (found,) = merged(tmp_path / "merged", part).footer["diagnoses"]
    assert (tmp_path / "merged" / found["reproducer"]).parent == tmp_path / "merged" / "reproducers"
    assert (tmp_path / "merged" / found["reproducer"]).read_text() == "text"


def test_files_are_named_as_well_as_folders(tmp_path: Path) -> None:
    script = "reproducers/one-1.py"
    part = with_failures(tmp_path, 1, diagnosis("one", "f", 3, CASES[0], reproducer=script), scripts={script: "1"})
    report = merged(tmp_path / "merged", part / "verdicts.jsonl", partial=True)
    assert report.footer["diagnoses"][0]["reproducer"] == script
    assert report.header["sources"][0]["file"] == str(part / "verdicts.jsonl")


def test_a_few_shards_are_named_and_many_are_counted() -> None:
    assert words.shards([]) == "nothing"
    assert words.shards(["3/4"]) == "shard 3/4"
    assert words.shards(["1/8", "8/8"]) == "shards 1/8, 8/8"
    assert words.shards([f"{number}/80" for number in range(2, 81)]) == "79 of 80 shards, 2/80 to 80/80"
