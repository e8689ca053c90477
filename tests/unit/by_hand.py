"""Reports that no run wrote: their verdicts are made here, so that each test sees the few that it is about."""

from pathlib import Path
from typing import Any

from convformance.reference.case import parse_case
from convformance.tests.conformance.features import features_of
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.writing import ReportWriter
from convformance.tests.conformance.verdicts import Verdict

CASES = [f"conv2d-n2-i9x8-c4-f{filters}-k3x2-s2x1-psame-d1x2-g2-b-f32.forward.exact" for filters in range(2, 100, 2)]
SMALL = "conv2d-n1-i3x4-c1-f1-k2x2-s1x1-pvalid-d1x1-g1-f32"


def header(*names: str) -> dict[str, Any]:
    """A header of a run of some adapters."""
    return {
        "date": "2026-01-01T00:00:00+00:00",
        "tier": "quick",
        "cases": 1,
        "corpus": "0" * 16,
        "shard": None,
        "expected": None,
        "adapters": [
            {
                "name": name,
                "version": "1.0",
                "spelling": name,
                "data_layout": "channels_last",
                "filter_layouts": {"conv": "*IO"},
            }
            for name in names
        ],
        "packages": {},
        "machine": {"cpu": "one", "flags": [], "cores": 2, "system": "x", "python": "3", "blas": []},
    }


def write(folder: Path, *verdicts: Verdict, complete: bool = True) -> Path:
    """Write a report of verdicts."""
    names = dict.fromkeys(verdict.adapter for verdict in verdicts) or ["one"]
    writer = ReportWriter(folder, header(*names))
    for verdict in verdicts:
        writer.add(verdict)
    writer.finish({"seconds": 1.0, "judging_seconds": 1.0, "framework_seconds": 0.5, "stale": []}, complete=complete)
    return writer.path


def verdict(name: Any, case: str = f"{SMALL}.forward.exact", adapter: str = "one", **fields: Any) -> Verdict:
    """A verdict on any case, with the case's own direction and features."""
    parsed = parse_case(case)
    return Verdict(adapter, case, name, parsed.direction, features_of(parsed, None), **fields)


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
