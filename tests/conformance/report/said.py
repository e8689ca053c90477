"""What every rendering says of a report besides its matrix: reasons, and how long judging took."""

import re
from collections import Counter

from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.verdicts import Verdict


def reason_of(verdict: Verdict) -> str:
    """Give the reason of what is unsupported, the same for all problems that a law leads on to.

    Parameters
    ----------
    verdict : Verdict
        Unsupported.
    """
    return re.sub(r"leads to [^:]*:", "leads on to:", verdict.detail)


def unsupported(report: Report) -> list[tuple[str, str, int]]:
    """Give the reasons of what is not supported, most frequent first, so that no cell is empty without one.

    Parameters
    ----------
    report : Report
        Any.

    Returns
    -------
    list of (str, str, int)
        Adapter, reason, and how many cases.
    """
    reasons: Counter[tuple[str, str]] = Counter()
    for verdict in report.verdicts:
        if verdict.verdict == "unsupported":
            reasons[verdict.adapter, reason_of(verdict)] += 1
    return [(*key, cases) for key, cases in reasons.most_common()]


def speed(report: Report) -> list[str]:
    """Say how long judging took, which share of it was the suite's own, and what had outputs enough for the spread.

    Parameters
    ----------
    report : Report
        Any.

    Returns
    -------
    list of str
        Sentences; empty for a report that took no time.
    """
    judging = report.footer["judging_seconds"]
    if judging <= 0:
        return []
    share = 1 - report.footer["framework_seconds"] / judging
    judged = [verdict for verdict in report.verdicts if verdict.verdict == "within_bound"]
    spread = sum(verdict.spread is not None for verdict in judged)
    outputs = (
        f"Of {len(judged):,} verdicts within_bound, {spread:,} have the 1000 outputs that the spread is judged over."
    )
    seconds = (
        f"{len(report.verdicts):,} verdicts in {report.footer['seconds']:.0f} s; judging took {judging:.0f} s of all "
        f"workers together without imports, {share:.0%} of it the suite's own."
    )
    return [outputs, seconds]
