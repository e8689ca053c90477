"""Known nonconformances: what an entry must say, what it covers, and when it no longer holds."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from commands import adapter, convformance, run

from convformance.reference.case import parse_case
from convformance.tests.conformance.expected import Expected, ExpectedError, load_expected
from convformance.tests.conformance.verdicts import Verdict, VerdictName

SMALLEST = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f32.forward.exact"
PLAIN = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g1-b-f32.forward.exact"
ENTRY: dict[str, Any] = {
    "name": "liar-groups",
    "adapter": "one",
    "where": "groups > 1",
    "verdicts": ["wrong"],
    "kind": "bug",
    "owner": "us",
    "reason": "it lies",
    "address": "https://example.org/1",
    "smallest": SMALLEST,
    "note": "1 + 1",
}


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}" = {toml(one)}' for name, one in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def write(folder: Path, *entries: dict[str, Any]) -> Path:
    file = folder / "expected.toml"
    tables = ("\n".join(["[[nonconformance]]", *(f"{n} = {toml(v)}" for n, v in entry.items())]) for entry in entries)
    file.write_text("\n\n".join(tables), encoding="utf-8")
    return file


def load(folder: Path, *, flags: tuple[str, ...] = (), **changes: Any) -> Expected:
    return load_expected(write(folder, ENTRY | changes), flags)


def weighed(expected: Expected, verdict: VerdictName, case: str = SMALLEST, name: str = "one") -> Verdict:
    found = Verdict(name, case, verdict, "forward", [])
    expected.weigh(found, parse_case(case))
    return found


@pytest.mark.parametrize("field", list(ENTRY))
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
        ("title = 'x'", "holds [[nonconformance]] tables only: got title"),
        ("nonconformance = 3", "holds [[nonconformance]] tables only"),
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


@pytest.mark.parametrize(("flags", "applies"), [((), False), (("avx2",), False), (("avx2", "fma"), True)])
def test_an_entry_speaks_of_its_machines_only(flags: tuple[str, ...], applies: bool, tmp_path: Path) -> None:
    assert bool(load(tmp_path, machine=["avx2", "fma"], flags=flags).entries) is applies


def test_a_condition_sees_problem_numbers_and_memory(tmp_path: Path) -> None:
    where = "max(strides) > 1 and padding == 'same' and numbers == 'exact' and memory == 'dense' and rank == 2"
    assert load(tmp_path, where=where).entries


LIAR = adapter("liars", "RaisesOnGroups")
LISTED = ENTRY | {"adapter": "RaisesOnGroups", "verdicts": ["rejected"]}
FEW = "--shard=1/90"


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
