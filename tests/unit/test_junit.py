"""JUnit XML: a test case for each verdict, red exactly where the run is, and well-formed whatever adapters say."""

from typing import Any
from xml.etree import ElementTree as ET

import junitparser
import pytest
from by_hand import CASES, diagnosis, report, said
from commands import Run, adapter, run
from hostile import SHORT, TEXT

from convformance.tests.conformance.report.junit import junit
from convformance.tests.conformance.report.matrix import totals
from convformance.tests.conformance.report.reading import Report, read_report
from convformance.tests.conformance.verdicts import VERDICTS

MIXED = report(
    said("exact", 0, framework_seconds=0.25, suite_seconds=0.5),
    said("within_bound", 1, fraction=0.25, spread=0.5),
    said("wrong", 2, detail="7 of 9 elements differ", fault="kernel flipped", fraction=9.0),
    said("crashed", 3, detail="the process died"),
    said("unsupported", 4, detail="no groups"),
    said("imprecise", 5, detail="too coarse", expected="bug-1"),
    said("unsupported", 6, detail="no", stale="declared unsupported, but an answer came back"),
    said("rejected", 0, "two", detail="KeyError: x"),
    diagnoses=(diagnosis("kernel flipped", 2),),
)


def parsed(what: Report) -> ET.Element:
    """What a CI reads."""
    return ET.fromstring(junit(what))  # noqa: S314 - written here


def cases(root: ET.Element) -> dict[tuple[str, str], ET.Element]:
    return {(case.attrib["classname"], case.attrib["name"]): case for case in root.iter("testcase")}


def properties(case: ET.Element) -> dict[str, str]:
    return {one.attrib["name"]: one.attrib["value"] for one in case.iterfind("properties/property")}


def test_every_verdict_is_a_test_case_under_its_adapter() -> None:
    found = cases(parsed(MIXED))
    assert list(found) == [(f"convformance.{one.adapter}", one.case) for one in MIXED.verdicts]
    assert found["convformance.one", CASES[0]].attrib["time"] == "0.75"


@pytest.mark.parametrize(
    ("case", "way", "kind", "message"),
    [
        (2, "failure", "wrong", "kernel flipped: 7 of 9 elements differ"),
        (3, "error", "crashed", "the process died"),
        (4, "skipped", "unsupported", "no groups"),
        (5, "skipped", "known", "known: bug-1: imprecise: too coarse"),
        (6, "failure", "no longer true", "declared unsupported, but an answer came back"),
    ],
)
def test_what_a_verdict_means_to_a_ci(case: int, way: str, kind: str, message: str) -> None:
    (result,) = [child for child in cases(parsed(MIXED))["convformance.one", CASES[case]] if child.tag != "properties"]
    assert (result.tag, result.attrib["type"], result.attrib["message"]) == (way, kind, message)
    assert (f"convformance case {CASES[case]} --adapter one" in (result.text or "")) == (way != "skipped")


def test_what_conforms_has_no_result() -> None:
    assert [child.tag for child in cases(parsed(MIXED))["convformance.one", CASES[0]]] == ["properties"]


def test_the_properties_say_the_rest() -> None:
    found = cases(parsed(MIXED))
    known = {"verdict": "within_bound", "direction": "forward", "features": "bias, stride"}
    assert properties(found["convformance.one", CASES[1]]) == {**known, "fraction": "0.25", "spread": "0.5"}
    assert properties(found["convformance.one", CASES[2]])["fault"] == "kernel flipped"
    assert properties(found["convformance.one", CASES[5]])["expected"] == "bug-1"


def test_a_suite_says_its_counts_and_what_ran_where() -> None:
    one, two = parsed(MIXED).iterfind("testsuite")
    counts = {name: one.attrib[name] for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "7", "failures": "2", "errors": "1", "skipped": "2"}
    assert one.attrib["timestamp"] == "2026-01-01T00:00:00"
    assert properties(one)["processor"] == "one, 2 cores"
    assert (two.attrib["name"], two.attrib["failures"]) == ("convformance.two", "1")


@pytest.mark.parametrize(
    ("what", "red"),
    [
        (MIXED, True),
        (report(said("exact")), False),
        (report(said("wrong", expected="bug-1", detail="x")), False),
        (report(said("exact"), stale=["bug-2"]), True),
        (report(said("unsupported", detail="no")), True),
    ],
)
def test_it_is_red_exactly_where_the_run_is(what: Report, red: bool) -> None:
    root = parsed(what)
    assert (what.why_red is not None) == red
    assert bool(root.findall(".//failure") or root.findall(".//error")) == red
    assert (int(root.attrib["failures"]) + int(root.attrib["errors"]) > 0) == red


@pytest.mark.parametrize("name", VERDICTS)
def test_hostile_text_is_well_formed(name: str) -> None:
    said_so: dict[str, Any] = {"detail": TEXT, "stale": None, "expected": SHORT, "fault": SHORT, "features": [SHORT]}
    what = report(said(name, adapter=SHORT, **said_so), said(name, 1, SHORT, **{**said_so, "stale": TEXT}))
    what.header["date"] = SHORT  # type: ignore[index]
    what.header["adapters"][0].update(version=TEXT, spelling=TEXT)
    root = parsed(what)
    assert {element.tag for element in root.iter()} <= {
        *("testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped")
    }
    assert len(cases(root)) == 2
    (case, *_) = cases(root).values()
    assert properties(case)["features"].count("<script>alert(1)</script>") == 1


def test_a_real_report_is_read_by_a_library_with_the_same_counts(tmp_path_factory: pytest.TempPathFactory) -> None:
    names = [adapter("liars", "RaisesOnGroups"), "--adapter=reference+kernel-flipped"]
    done: Run = run(tmp_path_factory.mktemp("junit"), *names, "--shard=11/141", "--no-diagnosis")
    what = read_report(done.folder)
    file = done.folder / "by-hand.xml"
    file.write_text(junit(what), encoding="utf-8")
    suites = {suite.name.removeprefix("convformance."): suite for suite in junitparser.JUnitXml.fromfile(str(file))}
    assert list(suites) == ["RaisesOnGroups", "reference+kernel-flipped"]
    for name, suite in suites.items():
        cell = totals(what)[name]
        assert cell.failing > 0
        skipped = cell.asked - cell.claimed + cell.known
        assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (cell.asked, cell.failing, 0, skipped)
        assert len(list(suite)) == cell.asked
        assert suite.time == pytest.approx(
            sum(one.framework_seconds + one.suite_seconds for one in what.verdicts if one.adapter == name), abs=0.01
        )
