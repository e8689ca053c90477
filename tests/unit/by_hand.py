"""Reports that no run wrote: their verdicts are made here, so that each test sees the few that it is about."""

from typing import Any

from test_report import header

from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.verdicts import Verdict

CASES = [f"conv2d-n2-i9x8-c4-f{filters}-k3x2-s2x1-psame-d1x2-g2-b-f32.forward.exact" for filters in range(2, 100, 2)]


def said(name: Any, case: int = 0, adapter: str = "one", **fields: Any) -> Verdict:
    """A verdict on one of `CASES`, the larger the later."""
    features = fields.pop("features", ["bias", "stride"])
    return Verdict(adapter, CASES[case], name, "forward", features, **fields)


def diagnosis(fault: str | None, smallest: int = 0, **fields: Any) -> dict[str, Any]:
    """An entry of the footer."""
    said = {"adapter": "one", "description": "It is described.", "cases": 1, "minimal": None, "missing": None}
    return {**said, "fault": fault, "smallest": CASES[smallest], "reproducer": "reproducers/one-1.py", **fields}


def report(*verdicts: Verdict, diagnoses: tuple[dict[str, Any], ...] = (), **footer: Any) -> Report:
    """A report of verdicts, its adapters those that the verdicts name."""
    head = {"record": "header", **header(*dict.fromkeys(verdict.adapter for verdict in verdicts))}
    foot = {"seconds": 3.0, "judging_seconds": 2.0, "framework_seconds": 1.0, "stale": [], "diagnoses": list(diagnoses)}
    return Report(head, verdicts, {"record": "footer", **foot, **footer})
