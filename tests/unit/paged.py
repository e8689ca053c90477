"""Reports to show on a page, and text that must do nothing there."""

from collections.abc import Mapping, Sequence
from typing import Any

from by_hand import header

from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.verdicts import Verdict

ANSWER = {"at": [0, 1, 1, 0], "begin": [0, 0], "map": [[1, 2, 3], [4, 5, 6]]}
HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '"onmouseover="alert(1)',
    "'><svg onload=alert(1)>",
    "javascript:alert(1)",
    "<!--<script>",
    "{{ 7 * 7 }}{% raw %}",
    "]]>&lt;b&gt;",
)


def report(*verdicts: Verdict, diagnoses: Sequence[Mapping[str, Any]] = (), **fields: Any) -> Report:
    names = dict.fromkeys(verdict.adapter for verdict in verdicts)
    footer: dict[str, Any] = {"seconds": 3.0, "judging_seconds": 2.0, "framework_seconds": 1.0, "stale": []}
    return Report({**header(*names), **fields}, verdicts, {**footer, "diagnoses": list(diagnoses)})


def diagnosis(verdict: Verdict, fault: str | None = "kernel flipped", **fields: Any) -> dict[str, Any]:
    found = {"adapter": verdict.adapter, "fault": fault, "description": "Flip the kernel.", "cases": 1}
    return {**found, "smallest": verdict.case, "minimal": None, "reproducer": None, "missing": None, **fields}
