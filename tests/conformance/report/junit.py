"""The report as JUnit XML, in the parts that Jenkins, GitLab and the test reporters for GitHub all read.

No one specification exists. The elements are those of the schema of Jenkins' xUnit plugin ("junit-10.xsd") and of
pytest's own files (family ``xunit2``, with the properties of a case as ``record_property`` writes them).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from junitparser import Error, Failure, JUnitXml, Properties, Property, Skipped, TestCase, TestSuite

from convformance.tests.conformance.report.facts import facts
from convformance.tests.conformance.report.harmless import SHORT, for_xml
from convformance.tests.conformance.report.kinds import command
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.verdicts import NONCONFORMING, Verdict

ROOT: Final = "convformance"


def junit(report: Report) -> str:
    """Write a report as JUnit XML.

    Parameters
    ----------
    report : Report
        Read back from its file.

    Returns
    -------
    str
        A test suite for each adapter, a test case for each verdict. What is known not to conform and what is
        unsupported is skipped, with the reason. A run that is red though no verdict fails has a test case of its own.
    """
    root = JUnitXml(ROOT)
    for adapter in report.header["adapters"]:
        verdicts = [verdict for verdict in report.verdicts if verdict.adapter == adapter["name"]]
        root.add_testsuite(_suite(report, f"{ROOT}.{adapter['name']}", map(_Cases(report, adapter), verdicts)))
    if report.why_red is not None and not any(verdict.fails for verdict in report.verdicts):
        case = TestCase("the run", ROOT, 0.0)
        case.append(Failure(for_xml(report.why_red, SHORT), "red"))
        root.add_testsuite(_suite(report, ROOT, [case]))
    root.update_statistics()
    return str(root.tostring(), "utf-8")


class _Cases:
    """Makes the test cases of one adapter."""

    def __init__(self, report: Report, adapter: Mapping[str, Any]) -> None:
        self._report = report
        self._class = for_xml(f"{ROOT}.{adapter['name']}")

    def __call__(self, verdict: Verdict) -> TestCase:
        seconds = verdict.framework_seconds + verdict.suite_seconds
        case = TestCase(for_xml(verdict.case), self._class, round(seconds, 6))
        case.append(_properties(verdict))
        result = self._result(verdict)
        if result is not None:
            case.append(result)
        return case

    def _result(self, verdict: Verdict) -> Failure | Error | Skipped | None:
        """Say what is wrong, or why nothing is said; None for what conforms."""
        if verdict.stale is not None:
            return self._failing(Failure, verdict, verdict.stale, "no longer true")
        if verdict.verdict == "unsupported":
            return Skipped(for_xml(verdict.detail, SHORT), "unsupported")
        if verdict.verdict not in NONCONFORMING:
            return None
        if verdict.expected is not None:
            said = f"known: {verdict.expected}: {verdict.verdict}: {verdict.detail}"
            return Skipped(for_xml(said, SHORT), "known")
        said = ": ".join(filter(None, (verdict.fault or verdict.title, verdict.detail)))
        return self._failing(Error if verdict.verdict == "crashed" else Failure, verdict, said, verdict.verdict)

    def _failing(self, way: type[Failure | Error], verdict: Verdict, said: str, kind: str) -> Failure | Error:
        result = way(for_xml(said, SHORT), kind)
        again = command(self._report, verdict.adapter, verdict.case)
        result.text = f"{for_xml(said, SHORT)}\n{for_xml(again)}"
        return result


def _suite(report: Report, name: str, cases: Iterable[TestCase]) -> TestSuite:
    """Make a test suite, with what ran where as its properties."""
    suite = TestSuite(for_xml(name))
    # Jenkins' schema allows no zone; all dates here are UTC.
    suite.timestamp = for_xml(report.header["date"].removesuffix("+00:00"))
    for key, value in facts(report.header):
        suite.add_property(key, for_xml(value, SHORT))
    suite.add_testcases(list(cases))
    return suite


def _properties(verdict: Verdict) -> Properties:
    """Give what a verdict says besides, in words and figures; what it does not say is left out."""
    properties = Properties()
    said = {
        "verdict": verdict.verdict,
        "direction": verdict.direction,
        "features": ", ".join(verdict.features),
        "fraction": verdict.fraction,
        "spread": verdict.spread,
        "fault": verdict.fault,
        "title": verdict.title,
        "expected": verdict.expected,
        "stale": verdict.stale,
    }
    for name, value in said.items():
        if value is not None:
            properties.add_property(Property(name, for_xml(str(value), SHORT)))
    return properties
