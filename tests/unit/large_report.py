"""A report as large as one of the full tier, made without judging anything."""

import random
from dataclasses import replace
from typing import Any

from by_hand import header

from convformance.reference.case import parse_case
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.features import features_of
from convformance.tests.conformance.report.reading import Report, count
from convformance.tests.conformance.verdicts import Verdict, VerdictName

_REASONS = ("torch: padding='same' is not supported for strided convolutions", "no separable convolution")
_DETAIL = (
    "{} of 1872 elements lie outside the proven bound; first at (0, 3, 1, {}) got -10.3695717, expected 12.7523646, "
    "bound 5.33e-05; worst at (0, 0, 9, 1) got -11.8893442, expected 8.14760323, bound 3.4e-05"
)


def large_report(verdicts: int, *, failing: float = 0.05, names: tuple[str, ...] = ("one",)) -> Report:
    """Make a report of the full tier's cases, whose verdicts are drawn by lot."""
    lots = random.Random(verdicts)  # noqa: S311 - not for secrets
    said = []
    for text, origin in list(load("full").items())[: -(-verdicts // len(names))]:
        case = parse_case(text)
        features = features_of(case, origin)
        said += [_verdict(lots, name, text, features, case.direction, failing) for name in names]
    said = said[:verdicts]
    footer: dict[str, Any] = {
        "record": "footer",
        "counts": count(said),
        "seconds": 600.0,
        "judging_seconds": 900.0,
        "framework_seconds": 300.0,
        "stale": [],
        "complete": True,
    }
    return Report({**header(*names), "tier": "full"}, tuple(said), footer)


def _verdict(  # noqa: PLR0917 - the parts of one verdict
    lots: random.Random, name: str, text: str, features: list[str], direction: str, failing: float
) -> Verdict:
    verdict: VerdictName = "within_bound" if ".real" in text else "exact"
    made = Verdict(name, text, verdict, direction, features, framework_seconds=lots.random())
    lot = lots.random()
    if lot < failing:
        detail = _DETAIL.format(lots.randrange(1, 1872), lots.randrange(64))
        return replace(made, verdict="wrong", detail=detail, fraction=10 ** lots.uniform(0, 7))
    if lot < failing + 0.1:
        return replace(made, verdict="unsupported", detail=lots.choice(_REASONS))
    if verdict == "within_bound":
        return replace(made, fraction=lots.random(), spread=lots.random() / 2)
    return made
