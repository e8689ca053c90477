"""`verdicts.jsonl`: what is written is valid and read back as it was; what is damaged is refused with its line."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from by_hand import header, write
from commands import Run, adapter, run
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from problems import REPEATABLE

from convformance.tests.conformance.report import reading
from convformance.tests.conformance.report.reading import (
    DamagedLineError,
    EmptyReportError,
    ReportError,
    TruncatedReportError,
    UnreadableReportError,
    read_report,
    schema,
)
from convformance.tests.conformance.report.writing import ReportWriter
from convformance.tests.conformance.verdicts import CONFORMING, NONCONFORMING, VERDICTS, Verdict, VerdictName

CASE = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f32.forward.exact"


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Run:
    names = [adapter("honest", "Honest"), "--adapter=reference+kernel-flipped"]
    return run(tmp_path_factory.mktemp("report"), *names, "--shard=11/141")


def test_every_line_of_a_real_report_is_valid(real: Run) -> None:
    Draft202012Validator.check_schema(schema())
    validator = Draft202012Validator(schema())
    for line in real.lines:
        validator.validate(line)


def test_a_real_report_says_what_ran_where(real: Run) -> None:
    first, *between, last = real.lines
    assert first["record"] == "header"
    assert [one["name"] for one in first["adapters"]] == ["honest", "reference+kernel-flipped"]
    assert first["packages"]["numpy"]
    assert first["machine"]["flags"]
    assert first["shard"] == "11/141"
    assert {line["record"] for line in between} == {"verdict"}
    assert len(between) == 2 * first["cases"]
    assert {"record", "adapter", "case", "verdict", "direction", "features", "detail"} <= set(between[0])
    assert last["record"] == "footer"
    assert last["complete"] is True
    assert last["seconds"] > 0
    assert sum(last["counts"]["honest"].values()) == first["cases"]


def test_a_real_report_is_read_back(real: Run) -> None:
    report = read_report(real.folder)
    assert report == read_report(real.folder / "verdicts.jsonl")
    assert [verdict.to_record() for verdict in report.verdicts] == real.lines[1:-1]


numbers = st.none() | st.floats(0, allow_nan=False, allow_infinity=False)
texts = st.text()


@given(
    st.builds(
        Verdict,
        adapter=texts,
        case=st.just(CASE),
        verdict=st.sampled_from(VERDICTS),
        direction=st.just("forward"),
        features=st.lists(texts, max_size=3),
        detail=texts,
        fraction=numbers,
        spread=numbers,
        stale=st.none() | texts,
        expected=st.none() | texts,
        framework_seconds=st.floats(0, 1e9),
        suite_seconds=st.floats(0, 1e9),
    )
)
@REPEATABLE
def test_a_verdict_survives_its_line_of_text(tmp_path_factory: pytest.TempPathFactory, verdict: Verdict) -> None:
    report = read_report(write(tmp_path_factory.mktemp("round"), verdict))
    assert report.verdicts == (verdict,)


def test_a_number_that_json_does_not_have_is_not_written(tmp_path: Path) -> None:
    writer = ReportWriter(tmp_path, header("one"))
    with pytest.raises(ValueError, match="not JSON compliant"):
        writer.add(Verdict("one", CASE, "wrong", "forward", [], fraction=float("nan")))
    writer.abandon()


def test_every_verdict_conforms_or_does_not_or_is_unsupported() -> None:
    assert set(VERDICTS) == set(get_args(VerdictName)) == CONFORMING | NONCONFORMING | {"unsupported"}
    assert not CONFORMING & NONCONFORMING
    for name in VERDICTS:
        verdict = Verdict("one", CASE, name, "forward", [])
        assert verdict.conforms == (name in CONFORMING)
        assert verdict.fails == (name in NONCONFORMING)
        assert not replace(verdict, expected="known").fails
        assert replace(verdict, stale="no longer").fails


GOOD = Verdict("one", CASE, "exact", "forward", ["stride"])


def lines_of(folder: Path) -> list[str]:
    return write(folder, GOOD).read_text(encoding="utf-8").splitlines()


def changed(line: str, **fields: Any) -> str:
    return json.dumps({**json.loads(line), **fields})


def refused(file: Path, content: str) -> ReportError:
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ReportError) as refusal:
        read_report(file)
    assert "\n" not in str(refusal.value)
    assert str(file) in str(refusal.value)
    return refusal.value


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableReportError, match="can't be read: No such file"):
        read_report(tmp_path)


def test_bytes_that_are_no_text_are_unreadable(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableReportError, match="line 1: not UTF-8 text"):
        read_report(file)


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path / "verdicts.jsonl", ""), EmptyReportError)


@pytest.mark.parametrize("cut", [1, 2])
def test_a_report_without_its_footer_is_truncated(cut: int, tmp_path: Path) -> None:
    lines = lines_of(tmp_path)[:-cut]
    refusal = refused(tmp_path / "cut.jsonl", "\n".join(lines))
    assert isinstance(refusal, TruncatedReportError)
    assert f"line {len(lines)}: " in str(refusal)


def test_a_run_that_was_not_complete_is_truncated(tmp_path: Path) -> None:
    with pytest.raises(TruncatedReportError, match="line 3: the report ends without a complete footer"):
        read_report(write(tmp_path, GOOD, complete=False))


@pytest.mark.parametrize(
    ("number", "fields", "said"),
    [
        (1, {"schema": 2}, "schema must be 1: got 2"),
        (1, {"record": "heading"}, "record must be header, verdict or footer: got 'heading'"),
        (1, {"cases": 0}, "cases: 0 is less than the minimum of 1"),
        (2, {"record": "header"}, "schema must be 1: got None"),
        (2, {"case": "conv2d"}, "case: "),
        (2, {"direction": "dx"}, "direction: 'dx' is not that of conv2d"),
        (2, {"adapter": "another"}, "the header names no adapter 'another'"),
        (2, {"detail": "edited"}, "line 3: the lines are not those that the footer was written for"),
        (2, {"verdict": "fine"}, "verdict: 'fine' is not one of"),
        (2, {"features": "stride"}, "features: 'stride' is not of type 'array'"),
        (2, {"fraction": -1}, "fraction: -1 is less than the minimum of 0"),
        (3, {"counts": {"one": {"exact": 2}}}, "the footer's counts are not those of the lines"),
        (3, {"complete": "yes"}, "complete: 'yes' is not of type 'boolean'"),
    ],
)
def test_a_damaged_line_is_named(number: int, fields: dict[str, Any], said: str, tmp_path: Path) -> None:
    lines = lines_of(tmp_path)
    lines[number - 1] = changed(lines[number - 1], **fields)
    refusal = refused(tmp_path / "damaged.jsonl", "\n".join(lines))
    assert isinstance(refusal, DamagedLineError)
    assert f"line {3 if 'line 3' in said else number}: " in str(refusal)
    assert said in str(refusal)


def test_a_field_that_is_missing_is_named(tmp_path: Path) -> None:
    lines = lines_of(tmp_path)
    record = json.loads(lines[1])
    del record["detail"]
    lines[1] = json.dumps(record)
    assert "line 2: verdict: 'detail' is a required property" in str(refused(tmp_path / "x.jsonl", "\n".join(lines)))


@pytest.mark.parametrize("line", ["[]", "3", '"header"', "null", "{}"])
def test_json_that_is_no_record_is_named(line: str, tmp_path: Path) -> None:
    lines = lines_of(tmp_path)
    lines[1] = line
    assert "line 2: record must be" in str(refused(tmp_path / "x.jsonl", "\n".join(lines)))


def test_an_abandoned_report_is_none(tmp_path: Path) -> None:
    writer = ReportWriter(tmp_path, header("one"))
    writer.add(GOOD)
    writer.abandon()
    with pytest.raises(TruncatedReportError):
        read_report(tmp_path)


def test_a_line_that_is_there_twice_is_named_with_the_first(tmp_path: Path) -> None:
    lines = lines_of(tmp_path)
    refusal = refused(tmp_path / "x.jsonl", "\n".join([*lines[:2], lines[1], lines[2]]))
    assert "line 3: adapter 'one' has its verdict on conv2d-" in str(refusal)
    assert str(refusal).endswith("in line 2")


def test_a_line_that_was_taken_out_is_missed(tmp_path: Path) -> None:
    lines = lines_of(tmp_path)
    refusal = refused(tmp_path / "x.jsonl", "\n".join([lines[0], lines[2]]))
    assert "line 2: the header announces 1 verdicts, and 0 stand here" in str(refusal)


def test_reports_one_behind_the_other_are_not_one(tmp_path: Path) -> None:
    lines = lines_of(tmp_path)
    assert "line 4: a header stands behind the footer" in str(refused(tmp_path / "x.jsonl", "\n".join(lines * 2)))


def test_a_second_header_is_named(tmp_path: Path) -> None:
    lines = lines_of(tmp_path)
    refusal = refused(tmp_path / "x.jsonl", "\n".join([lines[0], *lines]))
    assert "line 2: a header stands among the verdicts" in str(refusal)


def test_a_verdict_before_the_header_is_named(tmp_path: Path) -> None:
    assert "line 1: a header must come first" in str(refused(tmp_path / "x.jsonl", lines_of(tmp_path)[1]))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"record": "verdict", "fraction": NaN}', "not JSON: NaN is no number"),
        ('{"record": "verdict", "fraction": -Infinity}', "not JSON: -Infinity is no number"),
        ('{"record": "verdict", "fraction": ' + "1" * 5000 + "}", "not JSON: "),
        ("[" * 100_000, "not JSON: "),
        ('{"record": "verdict",', "not JSON: "),
        ("", "not JSON: Expecting value at column 1"),
        ("\x00", "not JSON: "),
        (json.dumps({"record": "x" * 100_000}), "record must be"),
        (json.dumps({"record": "header", "schema": "\n" * 1000}), "schema must be 1"),
    ],
)
def test_a_line_that_no_writer_wrote_is_named_in_a_short_line(line: str, said: str, tmp_path: Path) -> None:
    lines = lines_of(tmp_path)
    refusal = str(refused(tmp_path / "x.jsonl", "\n".join([lines[0], line, lines[2]])))
    assert f"line 2: {said}" in refusal
    assert len(refusal) < len(str(tmp_path)) + 300


def test_a_line_without_end_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_LINE", 5000)
    lines = lines_of(tmp_path)
    lines[1] = changed(lines[1], detail="x" * 5000)
    assert "line 2: longer than 5000 bytes" in str(refused(tmp_path / "x.jsonl", "\n".join(lines)))


def test_an_adapter_that_the_header_names_twice_is_refused(tmp_path: Path) -> None:
    lines = lines_of(tmp_path)
    record = json.loads(lines[0])
    lines[0] = changed(lines[0], adapters=record["adapters"] * 2)
    assert "line 1: the header names an adapter twice: 'one', 'one'" in str(
        refused(tmp_path / "x.jsonl", "\n".join(lines))
    )


def test_what_is_known_later_is_written_before_the_digest_is_made(tmp_path: Path) -> None:
    wrong = Verdict("one", CASE, "wrong", "forward", [], "3 of 4 elements")
    writer = ReportWriter(tmp_path, header("one"))
    writer.add(wrong)
    wrong.fault = "kernel flipped"
    writer.finish(
        {"seconds": 1.0, "judging_seconds": 1.0, "framework_seconds": 0.5, "stale": []}, [wrong], complete=True
    )
    assert read_report(tmp_path).verdicts == (wrong,)
