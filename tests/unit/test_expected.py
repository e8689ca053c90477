"""Known nonconformances: what an entry must say, what it covers, and when it no longer holds."""

import json
import time
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from commands import adapter, convformance, run
from expected_files import ENTRY, SMALLEST, toml, write

from convformance.adapters.processor import INSTRUCTION_SETS
from convformance.reference.case import parse_case
from convformance.tests.conformance.gate.expected import Expected, ExpectedError, load_expected
from convformance.tests.conformance.machine import machine, traits_of
from convformance.tests.conformance.report.reading import read_report
from convformance.tests.conformance.verdicts import Verdict, VerdictName

PROVEN = "[[proven]]\nlevel = 'haswell'\ndate = 2026-12-01\nprocessor = 'x'\nhow = 'y'"
PLAIN = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g1-b-f32.forward.exact"


def load(folder: Path, *, flags: tuple[str, ...] = (), **changes: Any) -> Expected:
    options = {name: changes.pop(name) for name in ("today", "packages", "drafts") if name in changes}
    entry = {name: value for name, value in (ENTRY | changes).items() if value is not None}
    return load_expected(write(folder, entry), flags, **options)


def weighed(expected: Expected, verdict: VerdictName, case: str = SMALLEST, name: str = "one") -> Verdict:
    found = Verdict(name, case, verdict, "forward", [])
    expected.weigh(found, parse_case(case))
    return found


@pytest.mark.parametrize("field", [field for field in ENTRY if field != "expires"])
def test_every_field_must_be_there(field: str, tmp_path: Path) -> None:
    for entry in ({name: value for name, value in ENTRY.items() if name != field}, ENTRY | {field: ""}):
        with pytest.raises(ExpectedError, match=field):
            load_expected(write(tmp_path, entry), ())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"since": "2.0"}, "since"),
        ({"kind": "feature"}, "kind: 'feature'"),
        ({"holds": "never"}, "holds: 'never'"),
        ({"verdicts": ["exact"]}, "verdicts: "),
        ({"verdicts": "wrong"}, "verdicts: "),
        ({"where": "groups >"}, "can't be evaluated"),
        ({"where": "colour == 1"}, "can't be evaluated"),
        ({"where": "__import__('os')"}, "can't be evaluated"),
        ({"where": "groups > 'a'"}, "can't be evaluated"),
        ({"where": "groups / 0"}, "can't be evaluated"),
        ({"where": "strides[5] > 1"}, "is not true of its own smallest case"),
        ({"where": "groups > 2"}, "is not true of its own smallest case"),
        ({"smallest": "conv"}, "smallest: not the text of a problem"),
        ({"smallest": SMALLEST.replace("g2", "g3")}, "smallest: "),
        ({"versions": {"torch": "two"}}, "versions: "),
        ({"versions": "two"}, "versions"),
        ({"machine": "avx2"}, "machine"),
        ({"cases": [SMALLEST]}, "either where, an expression, or cases, texts of cases: got both"),
        ({"where": None}, "either where, an expression, or cases, texts of cases: got neither"),
        ({"where": None, "cases": []}, "cases: "),
        ({"where": None, "cases": ["conv"]}, "cases: not the text of a problem"),
        ({"where": None, "cases": [PLAIN]}, "cases do not hold its own smallest case"),
        ({"expires": None}, "expires: a bug needs the last day on which it counts"),
        ({"expires": None, "kind": "limitation"}, "expires: a limitation needs the last day"),
        (
            {"expires": "2027-05-31"},
            "expires must be a date without quotation marks, like 2027-05-31: got '2027-05-31'",
        ),
        ({"expires": datetime(2027, 5, 31, tzinfo=UTC)}, "expires must be a date"),
        ({"expires": 2027}, "expires must be a date"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_an_entry_that_can_not_be_used_says_why(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ExpectedError) as refusal:
        load(tmp_path, **changes)
    assert said in str(refusal.value)
    assert "entry 1 (liar-groups)" in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x = ", "is not TOML"),
        ("title = 'x'", "may have [[nonconformance]] and [[proven]] tables only: got title"),
        ("nonconformance = 3", "tables only: got one [nonconformance] in single brackets"),
        ("proven = 3", "tables only: got one [proven] in single brackets"),
        ("[[proven]]\nlevel = 'haswell'", "proven level 1: 'date' is a required property"),
        (PROVEN.replace("haswell", "avx512bf16"), "proven level 1: level must be one of amx, "),
        (PROVEN.replace("2026-12-01", "'2026-12-01'"), "date must be without quotation marks, like 2026-12-01"),
        ("[[proven]]\nlevel = ''\ndate = 2026-12-01\nprocessor = 'x'\nhow = 'y'", "proven level 1: level: "),
        ("nonconformance = [3]", "entry 1 (3): "),
    ],
)
def test_a_file_of_something_else_says_so(content: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ExpectedError) as refusal:
        load_expected(file, ())
    assert said in str(refusal.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ExpectedError, match="can't be read"):
        load_expected(file, ())


def test_a_listed_nonconformance_does_not_fail(tmp_path: Path) -> None:
    verdict = weighed(load(tmp_path), "wrong")
    assert verdict.expected == "liar-groups"
    assert not verdict.fails


@pytest.mark.parametrize(
    ("verdict", "case", "name"),
    [("imprecise", SMALLEST, "one"), ("wrong", PLAIN, "one"), ("wrong", SMALLEST, "other")],
    ids=["another verdict", "another case", "another adapter"],
)
def test_an_entry_excuses_only_what_it_lists(verdict: VerdictName, case: str, name: str, tmp_path: Path) -> None:
    assert weighed(load(tmp_path), verdict, case, name).fails


def test_an_entry_that_holds_always_is_stale_where_a_case_conforms(tmp_path: Path) -> None:
    verdict = weighed(load(tmp_path), "exact")
    assert verdict.stale == "the expected nonconformance 'liar-groups' no longer holds: remove or narrow its entry"
    assert verdict.fails
    assert not weighed(load(tmp_path), "exact", PLAIN).fails


def test_an_entry_that_holds_sometimes_is_not(tmp_path: Path) -> None:
    expected = load(tmp_path, holds="sometimes")
    assert not weighed(expected, "exact").fails
    assert weighed(expected, "wrong").expected == "liar-groups"


def test_an_entry_that_nobody_needed_is_named_where_a_case_of_it_was_judged(tmp_path: Path) -> None:
    expected = load(tmp_path, holds="sometimes")
    conforming = weighed(expected, "exact")
    assert expected.unused([conforming]) == ["liar-groups"]
    assert expected.unused([conforming, weighed(expected, "wrong")]) == []
    assert expected.unused([weighed(expected, "exact", PLAIN)]) == []
    assert expected.unused([Verdict("other", conforming.case, "exact", "forward", [])]) == []


def test_an_entry_of_a_crash_that_may_not_be_noticed_is_not_stale(tmp_path: Path) -> None:
    conforming = Verdict("one", SMALLEST, "exact", "forward", [])
    assert load(tmp_path, holds="sometimes", verdicts=["wrong"]).unused([conforming]) == ["liar-groups"]
    assert load(tmp_path, holds="sometimes", verdicts=["wrong", "crashed"]).unused([conforming]) == []


def test_what_may_crash_is_known_by_adapter_and_case(tmp_path: Path) -> None:
    listed = load(tmp_path, holds="sometimes", verdicts=["crashed"])
    assert listed.may_crash("one", parse_case(SMALLEST))
    assert not listed.may_crash("two", parse_case(SMALLEST))
    assert not listed.may_crash("one", parse_case(PLAIN))
    assert not load(tmp_path, verdicts=["wrong"]).may_crash("one", parse_case(SMALLEST))


@pytest.mark.parametrize(
    ("versions", "applies"),
    [
        ({"numpy": ">=2"}, True),
        ({"numpy": "<2"}, False),
        ({"numpy": f"=={version('numpy')}"}, True),
        ({"numpy": ">=2", "pytest": "<2"}, False),
        ({"no-such-package": ">=0"}, False),
    ],
)
def test_an_entry_speaks_of_its_versions_only(versions: dict[str, str], applies: bool, tmp_path: Path) -> None:
    assert bool(load(tmp_path, versions=versions).entries) is applies


@pytest.mark.parametrize(
    ("machine", "flags", "why"),
    [
        (["avx2", "fma"], (), "this machine has no avx2, no fma"),
        (["avx2", "fma"], ("avx2",), "this machine has no fma"),
        (["avx2", "fma"], ("avx2", "fma"), None),
        (["x86_64", "not tensorflow-onednn"], ("x86_64",), None),
        (["x86_64", "not tensorflow-onednn"], ("x86_64", "tensorflow-onednn"), "this machine has tensorflow-onednn"),
        (["aarch64", "asimdhp"], ("x86_64", "avx2"), "this machine has no aarch64, no asimdhp"),
    ],
)
def test_machine_condition(machine: list[str], flags: tuple[str, ...], why: str | None, tmp_path: Path) -> None:
    expected = load(tmp_path, machine=machine, flags=flags)
    assert bool(expected.entries) is (why is None)
    assert expected.skipped == (() if why is None else (f"liar-groups: {why}",))


def test_every_flag_of_the_system_can_be_asked_for() -> None:
    here = machine()
    assert set(here["flags"]) - set(INSTRUCTION_SETS) <= set(traits_of(here))
    limited = {**here, "flags": ["avx2", "avx512f", "sse2"], "traits": ["x86_64", "avx2"]}
    assert traits_of(limited) == ["x86_64", "avx2", "sse2"]
    assert traits_of({"flags": ["avx2"]}) == ["avx2"]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("not avx512fp16", "got 'not avx512fp16'; did you mean 'avx512_fp16'"),
        ("AVX512F", "got 'AVX512F'; did you mean 'avx512f'"),
        ("tensorflow_onednn", "did you mean 'tensorflow-onednn'"),
        ("not erms", "'not ' before those of docs/processors.md: got 'not erms'"),
        ("not", "got 'not'"),
        ("not ", "got 'not '"),
        ("", "got ''"),
        ("avx 512", "got 'avx 512'"),
        ("haswell", "'haswell' is a level: name the instruction sets"),
    ],
)
def test_a_word_that_no_machine_has_is_refused(condition: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ExpectedError, match="machine") as refusal:
        load(tmp_path, machine=[condition])
    assert said in str(refusal.value)


def test_other_flags_of_the_system_are_taken(tmp_path: Path) -> None:
    assert load(tmp_path, machine=["erms", "avx512_vbmi2"], flags=("erms", "avx512_vbmi2")).entries


@pytest.mark.parametrize(
    ("versions", "needs"),
    [
        ({}, True),
        ({"numpy": ">=2"}, True),
        ({"numpy": "!=2.0"}, True),
        ({"numpy": "==2.*", "pytest": ">=8"}, True),
        ({"numpy": "==2.4.*"}, False),
        ({"numpy": ">=1.17,<2.5", "pytest": "~=9.0"}, False),
    ],
)
def test_only_exact_releases_need_no_last_day(versions: dict[str, str], needs: bool, tmp_path: Path) -> None:
    if needs:
        with pytest.raises(ExpectedError, match="expires: a bug needs the last day on which it counts"):
            load(tmp_path, versions=versions, expires=None)
    else:
        assert load(tmp_path, versions=versions, expires=None, today=date(2999, 1, 1)).lapsed == ()


def test_an_entry_about_tensorflow_applies_to_each_of_its_packages(tmp_path: Path) -> None:
    for asked in ("tensorflow", "tensorflow-cpu"):
        for installed in ("tensorflow", "tensorflow-cpu"):
            expected = load(tmp_path, versions={asked: "==2.21.*"}, packages={installed: "2.21.0"})
            assert expected.entries, (asked, installed)
    assert not load(tmp_path, versions={"tensorflow": "==2.21.*"}, packages={"tensorflow-cpu": "2.20.0"}).entries


def test_an_unpredictable_entry_is_never_stale(tmp_path: Path) -> None:
    conforming = Verdict("one", SMALLEST, "exact", "forward", [])
    assert load(tmp_path, holds="sometimes").unused([conforming]) == ["liar-groups"]
    expected = load(tmp_path, holds="unpredictable")
    assert expected.unused([conforming]) == []
    assert weighed(expected, "exact").stale is None
    assert weighed(expected, "wrong").expected == "liar-groups"


def test_a_file_says_on_which_levels_it_was_proven(tmp_path: Path) -> None:
    assert load(tmp_path).proven is None
    file = write(tmp_path, ENTRY)
    proven = "\n[[proven]]\nlevel = 'haswell'\ndate = 2026-12-01\nprocessor = 'x'\nhow = 'y'\n"
    file.write_text(file.read_text(encoding="utf-8") + proven, encoding="utf-8")
    expected = load_expected(file, ())
    assert expected.proven == ("haswell",)
    assert len(expected.entries) == 1


def test_a_condition_sees_problem_numbers_and_memory(tmp_path: Path) -> None:
    where = "max(strides) > 1 and padding == 'same' and numbers == 'exact' and memory == 'dense' and rank == 2"
    assert load(tmp_path, where=where).entries


def test_a_condition_may_be_a_list_of_cases(tmp_path: Path) -> None:
    # The text of a problem alone stands for its forward case on exact numbers.
    expected = load(tmp_path, where=None, cases=[SMALLEST, PLAIN.removesuffix(".forward.exact")])
    assert weighed(expected, "wrong").expected == "liar-groups"
    assert weighed(expected, "wrong", PLAIN).expected == "liar-groups"
    assert weighed(expected, "wrong", PLAIN.replace("exact", "real")).fails
    assert weighed(expected, "exact", PLAIN).stale


def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExpectedError, match=r"entry 2 \(liar-groups\): its name is that of another entry"):
        load_expected(write(tmp_path, ENTRY, ENTRY), ())


DAY = date(2027, 5, 31)


def test_an_entry_counts_on_its_last_day_and_not_on_the_next(tmp_path: Path) -> None:
    last = load(tmp_path, expires=DAY, today=DAY)
    assert weighed(last, "wrong").expected == "liar-groups"
    assert last.expired(["one"]) == {}
    behind = load(tmp_path, expires=DAY, today=DAY + timedelta(days=1))
    assert behind.expired(["one", "two"]) == {"liar-groups": "2027-05-31"}
    assert behind.expired(["two"]) == {}
    verdict = weighed(behind, "wrong")
    assert verdict.fails
    assert "the entry 'liar-groups' that listed it expired on 2027-05-31" in verdict.detail


def test_an_expired_entry_says_nothing_of_what_it_did_not_list(tmp_path: Path) -> None:
    expected = load(tmp_path, expires=DAY, today=DAY + timedelta(days=1))
    for verdict in (weighed(expected, "exact"), weighed(expected, "wrong", PLAIN), weighed(expected, "crashed")):
        assert verdict.stale is None
        assert not verdict.detail
    assert expected.unused([weighed(expected, "exact")]) == []


def test_an_expired_entry_still_says_what_may_crash(tmp_path: Path) -> None:
    expected = load(tmp_path, expires=DAY, today=DAY + timedelta(days=1), verdicts=["crashed"])
    assert expected.may_crash("one", parse_case(SMALLEST))


@pytest.mark.parametrize(("days", "announced"), [(0, True), (30, True), (31, False)])
def test_an_entry_that_expires_within_30_days_is_announced(days: int, announced: bool, tmp_path: Path) -> None:
    expected = load(tmp_path, expires=DAY, today=DAY - timedelta(days=days))
    assert expected.expiring(["one"]) == ({"liar-groups": "2027-05-31"} if announced else {})
    assert expected.expiring(["two"]) == {}
    assert not weighed(expected, "wrong").fails


def test_today_is_the_day_where_none_is_given(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    assert load(tmp_path, expires=today - timedelta(days=2)).lapsed
    assert load(tmp_path, expires=today + timedelta(days=2)).entries


def test_what_is_by_design_need_not_expire(tmp_path: Path) -> None:
    expected = load(tmp_path, expires=None, kind="by design", today=date(9999, 12, 31))
    assert weighed(expected, "wrong").expected == "liar-groups"


def test_an_entry_of_other_versions_does_not_expire_here(tmp_path: Path) -> None:
    expected = load(tmp_path, expires=DAY, today=DAY + timedelta(days=1), versions={"numpy": "<2"})
    assert expected.expired(["one"]) == {}


@pytest.mark.parametrize(
    ("packages", "applies"),
    [({"Tensor_Flow": "2.21.3"}, True), ({"tensor-flow": "2.22.0"}, False), ({"numpy": "2.21.0"}, False)],
)
def test_versions_may_be_those_of_another_machine(packages: dict[str, str], applies: bool, tmp_path: Path) -> None:
    expected = load(tmp_path, versions={"tensor-flow": "==2.21.*"}, packages=packages)
    assert bool(expected.entries) is applies


@pytest.mark.parametrize("field", ["owner", "reason", "address", "note"])
def test_an_entry_that_nobody_reviewed_is_refused_and_says_what_is_missing(field: str, tmp_path: Path) -> None:
    changes: dict[str, Any] = {field: "\nTODO: somebody must say so"}
    with pytest.raises(ExpectedError) as refusal:
        load(tmp_path, **changes)
    said = f"entry liar-groups: {field} was written by `convformance expected update`, not yet reviewed: say "
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert load(tmp_path, drafts=True, **changes).entries


@pytest.mark.parametrize(
    "where",
    [
        "9**9**9",
        "9**3999999 > 1",
        "'a' * 2000000000",
        "(1,) * 2000000000",
        "'%2000000000d' % 1",
        "f'{1:>2000000000}'",
        "'a'.zfill(2000000000)",
        "[a for a in strides for b in strides]",
        "max((lambda: 1)())",
        "sum((strides, strides))",
        "1 << 2000000000",
        "kind.__class__",
        "(" * 500,
        "-" * 3500 + "1",
        "1); (2",
        "groups > 1 " + "or groups > 1 " * 1000,
        "colour\x1b[2J\n > 1",
    ],
    ids=lambda where: where[:12],
)
def test_a_hostile_condition_is_refused_at_once_in_one_line(where: str, tmp_path: Path) -> None:
    file = tmp_path / "expected.toml"
    file.write_text(f"nonconformance = [{{where = {json.dumps(where)}{rest_of_entry()}}}]", encoding="utf-8")
    begin = time.perf_counter()
    with pytest.raises(ExpectedError, match="can't be evaluated") as refusal:
        load_expected(file, ())
    assert time.perf_counter() - begin < 1
    assert str(refusal.value).startswith(f"expected file {file}, entry 1 (liar-groups): where: ")
    assert len(str(refusal.value)) < len(str(file)) + 600
    assert str(refusal.value).isprintable()


def rest_of_entry() -> str:
    return "".join(f", {name} = {toml(value)}" for name, value in ENTRY.items() if name != "where")


def test_a_condition_that_fails_on_another_case_names_its_entry(tmp_path: Path) -> None:
    expected = load(tmp_path, where="2 / (groups - 1) > 1")
    with pytest.raises(ExpectedError, match=r"'liar-groups', on conv2d-.*ZeroDivisionError"):
        weighed(expected, "wrong", PLAIN)


LIAR = adapter("liars", "RaisesOnGroups")
LISTED = ENTRY | {"adapter": "RaisesOnGroups", "verdicts": ["rejected"]}
FEW = "--shard=3/90"  # no invalid problem with groups, which an honest adapter refuses


def test_a_run_whose_nonconformances_are_listed_ends_with_0(tmp_path: Path) -> None:
    done = run(tmp_path / "report", LIAR, FEW, "--expected", str(write(tmp_path, LISTED)))
    assert done.code == 0, done.stdout
    known = [verdict for verdict in done.verdicts["RaisesOnGroups"] if verdict["expected"] == "liar-groups"]
    assert len(known) >= 3
    assert {verdict["verdict"] for verdict in known} == {"rejected"}
    assert run(tmp_path / "report", LIAR, FEW).code == 1


def test_a_run_with_an_entry_that_no_longer_holds_ends_with_1(tmp_path: Path) -> None:
    file = write(tmp_path, ENTRY | {"adapter": "honest"})
    done = run(tmp_path / "report", adapter("honest", "Honest"), FEW, "--expected", str(file))
    assert done.code == 1
    assert done.complete
    stale = done.red("honest")
    assert len(stale) >= 3
    assert all("'liar-groups' no longer holds" in verdict["stale"] for verdict in stale)


def test_a_run_says_which_entry_expired_and_ends_with_1(tmp_path: Path) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    # Of the second entry no case is asked; the third is of an adapter that is not judged.
    unasked = {"name": "unasked", "where": None, "cases": [f"{PLAIN}.view"], "smallest": f"{PLAIN}.view"}
    file = write(
        tmp_path,
        LISTED | {"expires": yesterday},
        {name: value for name, value in (LISTED | unasked | {"expires": yesterday}).items() if value is not None},
        LISTED | {"name": "of-another", "adapter": "another", "expires": yesterday},
    )
    done = run(tmp_path / "report", LIAR, FEW, "--expected", str(file))
    assert done.code == 1
    assert done.lines[-1]["expired"] == {"liar-groups": str(yesterday), "unasked": str(yesterday)}
    said = f"expired the expected nonconformance 'unasked' counted until {yesterday}: look at it again"
    assert said in done.stdout
    assert "of-another" not in done.stdout
    listed = [verdict for verdict in done.verdicts["RaisesOnGroups"] if verdict["verdict"] == "rejected"]
    assert listed
    assert all("that listed it expired on" in verdict["detail"] for verdict in listed)
    honest = write(tmp_path, ENTRY | {"adapter": "honest", "expires": yesterday})
    done = run(tmp_path / "honest", adapter("honest", "Honest"), FEW, "--expected", str(honest))
    assert done.code == 1
    assert "expected entries have expired or are no longer true: liar-groups" in done.stdout
    assert read_report(tmp_path / "honest").why_red


def test_a_run_announces_what_expires_soon_and_ends_with_0(tmp_path: Path) -> None:
    soon = datetime.now(UTC).date() + timedelta(days=20)
    done = run(tmp_path / "report", LIAR, FEW, "--expected", str(write(tmp_path, LISTED | {"expires": soon})))
    assert done.code == 0
    assert (
        f"expires soon the expected nonconformance 'liar-groups' counts until {soon}: look at it again" in done.stdout
    )


def test_a_case_and_a_crash_are_weighed_too(tmp_path: Path) -> None:
    for name, verdict in (("RaisesOnGroups", "rejected"), ("Exits", "crashed")):
        file = write(tmp_path, ENTRY | {"adapter": name, "verdicts": [verdict]})
        words = ("case", SMALLEST, adapter("liars", name))
        assert convformance(*words).returncode == 1
        assert convformance(*words, "--expected", str(file)).returncode == 0


def test_an_entry_that_can_not_be_used_is_a_bad_word(tmp_path: Path) -> None:
    file = write(tmp_path, ENTRY | {"kind": "x"})
    done = convformance("run", LIAR, "--expected", str(file), "--report", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
