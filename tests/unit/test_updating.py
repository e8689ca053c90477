"""Entries written for what fails now: they list all of it and nothing else, and wait for a person."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from by_hand import header
from expected_files import ENTRY, LATER
from expected_files import write as write_expected
from rich.console import Console

from convformance.reference.case import Case, parse_case
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.gate.conditions import evaluate
from convformance.tests.conformance.gate.conjunction import Separator
from convformance.tests.conformance.gate.entry import Entry
from convformance.tests.conformance.gate.expected import ExpectedError, load_expected, read_entries
from convformance.tests.conformance.gate.updating import as_toml, update, what_to_update
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.verdicts import Verdict, VerdictName

TODAY = date(2026, 11, 23)
CASES = [text for text in load("quick") if text.endswith((".exact", ".real", ".view"))][::7]
PARSED = {text: parse_case(text) for text in CASES}
FAILS = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f32.forward.exact"


def verdicts_of(
    fails: Callable[[Case], bool], adapter: str = "one", verdict: VerdictName = "wrong", fault: str | None = None
) -> list[Verdict]:
    """Verdicts on many cases, of which some fail."""
    found = []
    for text, case in PARSED.items():
        failing = fails(case)
        name: VerdictName = verdict if failing else "exact"
        detail = "3 of 4 elements differ" if failing else ""
        found.append(Verdict(adapter, text, name, case.direction, [], detail, fault=fault if failing else None))
    return found


def report_of(verdicts: Sequence[Verdict], *, diagnoses: Sequence[Mapping[str, Any]] = (), **changes: Any) -> Report:
    """A report of a whole tier."""
    names = dict.fromkeys(verdict.adapter for verdict in verdicts)
    first = {**header(*names), "cases": len({verdict.case for verdict in verdicts}), **changes}
    return Report(first, tuple(verdicts), {"stale": [], "diagnoses": list(diagnoses)})


def updated(report: Report, file: Path) -> str:
    """Update and give what was printed."""
    said = StringIO()
    assert update(report, file, Console(file=said, width=200), TODAY) == 0
    return said.getvalue()


def filled(file: Path) -> None:
    """Review a file: no TODO is left."""
    file.write_text(file.read_text(encoding="utf-8").replace("TODO:", "Seen to:"), encoding="utf-8")


def require_listed(report: Report, file: Path) -> None:
    """Require that all that fails is listed and nothing is stale."""
    expected = load_expected(file, (), packages={}, today=TODAY)
    weighed = [replace(verdict) for verdict in report.verdicts]
    for verdict in weighed:
        expected.weigh(verdict, parse_case(verdict.case))
        assert not verdict.fails, verdict
    assert expected.unused(weighed) == []


SECRETS: Mapping[str, Callable[[Case], bool]] = {
    "groups > 1": lambda case: case.problem.groups > 1,
    "batch == 0": lambda case: case.problem.batch == 0,
    "max(strides) > 1 and max(dilation) > 1": lambda case: (
        max(case.problem.strides) > 1 and max(case.problem.dilation) > 1
    ),
    "direction == 'dx' and dtype == 'float64'": lambda case: case.direction == "dx" and case.problem.dtype == "float64",
    "padding == 'same' and use_bias and groups > 1": lambda case: (
        case.problem.padding == "same" and case.problem.use_bias and case.problem.groups > 1
    ),
    "padding not in ('valid', 'same', 'causal') and direction == 'forward'": lambda case: (
        not isinstance(case.problem.padding, str) and case.direction == "forward"
    ),
}


@pytest.mark.parametrize("secret", SECRETS)
def test_a_simple_cause_is_found_as_one_condition(secret: str, tmp_path: Path) -> None:
    verdicts = verdicts_of(SECRETS[secret])
    (draft,) = what_to_update(report_of(verdicts), tmp_path / "x.toml", TODAY).drafts
    assert draft.entry.where is not None
    assert draft.entry.where.count(" and ") <= secret.count(" and ")
    assert draft.cases == sum(not verdict.conforms for verdict in verdicts) > 0
    for verdict in verdicts:
        assert draft.entry.covers(PARSED[verdict.case]) == (not verdict.conforms)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_fails_is_listed_and_nothing_that_conforms(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    secrets = chance.sample(list(SECRETS.values()), 1 + seed % 4)
    chosen = set(chance.sample(CASES, 1 + seed * 3))
    verdicts = verdicts_of(lambda case: str(case) in chosen or any(fails(case) for fails in secrets))
    for verdict in verdicts:
        if not verdict.conforms:
            verdict.fault = chance.choice(["kernel flipped", "groups interleaved", None, None])
            verdict.verdict = chance.choice(["wrong", "wrong", "imprecise", "rejected"])
    report = report_of(verdicts)
    file = tmp_path / "expected.toml"
    updated(report, file)
    filled(file)
    require_listed(report, file)


def test_what_has_no_condition_is_listed_case_by_case(tmp_path: Path) -> None:
    likely = [text for text in CASES if ".forward.exact" in text and text.startswith("conv2d")]
    chosen = set(random.Random(0).sample(likely, len(likely) // 2))  # noqa: S311 - no secret
    (draft,) = what_to_update(
        report_of(verdicts_of(lambda case: str(case) in chosen)), tmp_path / "x.toml", TODAY
    ).drafts
    assert draft.entry.where is None
    assert set(draft.entry.cases) == chosen


def test_where_everything_fails_the_condition_is_everything(tmp_path: Path) -> None:
    (draft,) = what_to_update(report_of(verdicts_of(lambda _: True)[:9]), tmp_path / "x.toml", TODAY).drafts
    assert draft.entry.where == "rank >= 1"


@pytest.mark.parametrize("condition", ["groups > 1 and channels == 2", "kernel_size[-1] % 2 == 0", "min(spatial) > 4"])
def test_a_condition_means_what_was_searched(condition: str) -> None:
    cases = list(PARSED.values())
    wanted = [place for place, case in enumerate(cases) if evaluate(condition, case)]
    others = [place for place in range(len(cases)) if place not in wanted]
    found = Separator(cases).condition(wanted, others)
    assert found is not None
    assert [place for place, case in enumerate(cases) if evaluate(found, case)] == wanted


def test_each_fault_and_each_way_to_fail_is_an_entry_of_its_own(tmp_path: Path) -> None:
    verdicts = verdicts_of(lambda case: case.problem.groups > 1, fault="groups interleaved")
    for verdict in verdicts:
        if verdict.conforms and PARSED[verdict.case].problem.batch == 0:
            verdict.verdict, verdict.detail = "rejected", "ValueError: no image"
    second = verdicts_of(lambda case: case.direction == "dx", "two")
    drafts = what_to_update(report_of([*verdicts, *second]), tmp_path / "x.toml", TODAY).drafts
    found = {draft.entry.name.split("-cases")[0]: draft.entry for draft in drafts}
    assert found["one-groups-interleaved"].verdicts == ["wrong"]
    assert found["one-groups-interleaved"].where == "groups > 1"
    assert found["two-wrong-gradients"].where == "direction == 'dx'"
    assert any(name.startswith("one-rejected") for name in found)
    assert {entry.adapter for entry in found.values()} == {"one", "two"}


DIAGNOSIS = {
    "adapter": "one",
    "fault": "groups interleaved",
    "description": "Give filter f the channels f, f + G, ... [somewhere#1]",
    "cases": 3,
    "smallest": FAILS,
    "minimal": "conv2d-n1-i1x1-c2-f2-k1x1-s1x1-pvalid-d1x1-g2-f32.forward.exact",
    "reproducer": "reproducers/one-1.py",
    "missing": None,
}


def test_an_entry_says_what_is_known_and_what_a_person_must_say(tmp_path: Path) -> None:
    verdicts = verdicts_of(lambda case: case.problem.groups > 1, fault="groups interleaved")
    file = tmp_path / "expected.toml"
    said = updated(report_of(verdicts, diagnoses=[DIAGNOSIS]), file)
    (entry,) = read_entries(file)
    assert (entry.kind, entry.holds, entry.expires) == ("bug", "always", date(2027, 2, 21))
    assert entry.reason.startswith("TODO:")
    assert "groups interleaved: Give filter f the channels f, f + G, ... [somewhere#1]" in entry.reason
    assert "3 of 4 elements differ" in entry.note
    assert str(DIAGNOSIS["minimal"]) in entry.note
    assert "reproducers/one-1.py" in entry.note
    assert all(getattr(entry, field).lstrip().startswith("TODO:") for field in ("owner", "reason", "address", "note"))
    assert "1 entry written to " in said
    assert "groups > 1" in said
    assert "next: review one-groups-interleaved: " in said
    with pytest.raises(ExpectedError, match=r"entry one-groups-interleaved: \w+ was written by"):
        load_expected(file, ())
    filled(file)
    assert load_expected(file, (), today=TODAY).entries


def test_what_the_file_holds_stays_as_it_is_to_the_byte(tmp_path: Path) -> None:
    file = write_expected(tmp_path, ENTRY | {"adapter": "another"})
    former = b"# a comment,\r\n#   kept\t\r\n\n" + file.read_bytes() + b"  # no newline at the end"
    file.write_bytes(former)
    updated(report_of(verdicts_of(lambda case: case.problem.groups > 1)), file)
    assert file.read_bytes().startswith(former + b"\n\n[[nonconformance]]\n")
    assert [entry.adapter for entry in read_entries(file)] == ["another", "one"]


def test_what_is_listed_or_drafted_is_not_written_again(tmp_path: Path) -> None:
    report = report_of(verdicts_of(lambda case: case.problem.groups > 1))
    file = tmp_path / "expected.toml"
    updated(report, file)
    former = file.read_bytes()
    said = updated(report, file)
    assert "nothing to write" in said
    assert "next: review one-wrong" in said
    filled(file)
    again = updated(report, file)
    assert "next: " not in again
    assert file.read_bytes() == former.replace(b"TODO:", b"Seen to:")


def test_a_report_in_which_nothing_fails_makes_no_file(tmp_path: Path) -> None:
    file = tmp_path / "expected.toml"
    assert "nothing to write" in updated(report_of(verdicts_of(lambda _: False)), file)
    assert not file.exists()


def test_what_an_expired_entry_lists_is_for_a_person_to_look_at(tmp_path: Path) -> None:
    file = write_expected(tmp_path, ENTRY | {"expires": date(2026, 11, 22)})
    former = file.read_bytes()
    said = updated(report_of(verdicts_of(lambda case: case.problem.groups > 1)), file)
    assert "expired: liar-groups counted until 2026-11-22: look at it again" in said
    assert file.read_bytes() == former


def test_entries_that_no_longer_hold_are_named_and_left_to_a_person(tmp_path: Path) -> None:
    unneeded = {"name": "idle", "where": "batch > 1", "holds": "sometimes"}
    file = write_expected(tmp_path, ENTRY, ENTRY | unneeded, ENTRY | {"name": "of-another", "adapter": "another"})
    former = file.read_bytes()
    said = updated(report_of(verdicts_of(lambda _: False)), file)
    assert "no longer true: liar-groups: remove its entry" in said
    assert "no longer true: idle: remove its entry" in said
    assert "of-another" not in said
    assert file.read_bytes() == former


def test_a_shard_does_not_tell_which_entries_nobody_needs_and_says_what_it_is(tmp_path: Path) -> None:
    file = write_expected(tmp_path, ENTRY | {"name": "idle", "where": "batch > 1", "holds": "sometimes"})
    said = updated(report_of(verdicts_of(lambda case: case.problem.batch == 0), shard="1/7"), file)
    assert "idle" not in said
    assert "their conditions rest on shard 1/7 alone" in said


def test_single_cases_are_called_what_they_are(tmp_path: Path) -> None:
    said = updated(report_of(verdicts_of(lambda _: True)[:1], tier="cases"), tmp_path / "expected.toml")
    assert "their conditions rest on 1 single cases alone" in said


def test_a_report_with_missing_parts_is_refused(tmp_path: Path) -> None:
    report = report_of(verdicts_of(lambda _: True), missing=["one 2/4"])
    with pytest.raises(ExpectedError, match="parts of this report are missing"):
        updated(report, tmp_path / "expected.toml")


def test_a_false_declaration_can_not_be_listed(tmp_path: Path) -> None:
    verdict = Verdict("one", FAILS, "unsupported", "forward", [], "no groups", stale="declared unsupported, but")
    file = tmp_path / "expected.toml"
    said = updated(report_of([verdict]), file)
    assert "1 case is declared unsupported, but computed: no entry can list that" in said
    assert not file.exists()


PACKAGES = {"torch": "2.13.0+cpu", "keras": "3.15.1", "tensorflow-cpu": "2.21.0", "numpy": "2.4.0"}


@pytest.mark.parametrize(
    ("names", "pins"),
    [
        (["torch"], {"torch": "==2.13.*"}),
        (["keras", "tensorflow-cpu"], {"keras": "==3.15.*", "tensorflow-cpu": "==2.21.*"}),
        ([], {}),
    ],
)
def test_an_entry_is_for_the_packages_that_were_there(names: list[str], pins: dict[str, str], tmp_path: Path) -> None:
    report = report_of(verdicts_of(lambda case: case.problem.groups > 1), packages=PACKAGES)
    report.header["adapters"][0]["packages"] = {name: PACKAGES[name] for name in names}
    (draft,) = what_to_update(report, tmp_path / "x.toml", TODAY).drafts
    assert draft.entry.versions == pins


def source(version: str, flags: Sequence[str] = ()) -> dict[str, Any]:
    first = header("one")
    first["adapters"][0]["packages"] = {"torch": version}
    return {**first, "file": version, "packages": {"torch": version}, "machine": {**first["machine"], "flags": flags}}


def merged(verdicts: Sequence[Verdict], *sources: dict[str, Any]) -> Report:
    return report_of(verdicts, sources=list(sources), adapters=sources[0]["adapters"])


def test_a_merged_report_pins_what_all_of_its_parts_had(tmp_path: Path) -> None:
    verdicts = verdicts_of(lambda case: case.problem.groups > 1)
    for versions, pins in ((("2.13.0", "2.13.1"), {"torch": "==2.13.*"}), (("2.13.0", "2.14.0"), {})):
        (draft,) = what_to_update(merged(verdicts, *map(source, versions)), tmp_path / "x.toml", TODAY).drafts
        assert draft.entry.versions == pins


def test_in_a_merged_report_an_entry_lists_where_it_applies_and_is_stale_where_it_applies_everywhere(
    tmp_path: Path,
) -> None:
    file = write_expected(tmp_path, ENTRY | {"machine": ["avx512f"], "expires": LATER})
    failing = verdicts_of(lambda case: case.problem.groups > 1)
    conforming = verdicts_of(lambda _: False)
    here, there = source("2.13.0", ["avx512f"]), source("2.13.0")
    assert not what_to_update(merged(failing, here, there), file, TODAY).drafts
    assert what_to_update(merged(failing, there, there), file, TODAY).drafts
    assert what_to_update(merged(conforming, here, here), file, TODAY).stale == ("liar-groups",)
    assert what_to_update(merged(conforming, here, there), file, TODAY).stale == ()


HOSTILE = 'a"\n]]\n[[nonconformance]]\nname = \'x\' """ \\ \x1b[2J \u202e <script> TODO: # [red]'


def test_what_adapters_say_stays_inside_its_field(tmp_path: Path) -> None:
    verdicts = verdicts_of(lambda case: case.problem.groups > 1, adapter=HOSTILE, fault=HOSTILE)
    for verdict in verdicts:
        verdict.detail = HOSTILE * 1000
    file = tmp_path / "expected.toml"
    diagnosis = DIAGNOSIS | {"adapter": HOSTILE, "fault": HOSTILE, "description": HOSTILE, "reproducer": HOSTILE}
    said = updated(report_of(verdicts, diagnoses=[diagnosis]), file)
    (entry,) = read_entries(file)
    assert entry.adapter == HOSTILE
    assert set(entry.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(file.read_text(encoding="utf-8")) < 8000
    assert "\x1b" not in said + file.read_text(encoding="utf-8")
    assert "\u202e" not in said


def test_a_name_that_no_file_can_hold_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "expected.toml"
    with pytest.raises(ExpectedError, match="can't hold what the report says") as refusal:
        updated(report_of(verdicts_of(lambda case: case.problem.groups > 1, adapter="\ud800")), file)
    assert "\n" not in str(refusal.value)
    assert not file.exists()


def test_a_file_that_entries_can_not_be_added_to_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "expected.toml"
    report = report_of(verdicts_of(lambda case: case.problem.groups > 1))
    for content, said in (("nonconformance = []", "is not TOML"), ("title = 1", "tables only"), ("x", "is not TOML")):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(ExpectedError, match=said):
            updated(report, file)
        assert file.read_text(encoding="utf-8") == content
    with pytest.raises(ExpectedError, match="can't be written: No such file"):
        updated(report, tmp_path / "no" / "expected.toml")


def test_an_entry_survives_being_written(tmp_path: Path) -> None:
    file = tmp_path / "expected.toml"
    changes = {"note": 'first \'"\nsecond \\ """', "versions": {"torch": ">=2"}, "machine": ("avx2",), "expires": LATER}
    entry = Entry(**(ENTRY | changes))
    other = replace(entry, name="other", where=None, cases=[FAILS, *CASES[:20]], kind="by design", expires=None)
    file.write_text(as_toml(entry) + "\n" + as_toml(other), encoding="utf-8")
    read = [replace(one, machine=tuple(one.machine)) for one in read_entries(file)]
    assert read == [entry, other]
