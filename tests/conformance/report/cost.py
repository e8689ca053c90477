"""What judging cost in each engine: an engine that compiles pays for every shape, and here it shows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.words import counted
from convformance.tests.conformance.verdicts import Verdict


@dataclass(frozen=True)
class Cost:
    """How long the calls of one adapter took. A case calls its engine at least twice, mostly.

    Attributes
    ----------
    adapter : str
        Whose.
    seconds : float
        Of all cases, attempts at what is declared unsupported among them.
    share : float
        Of the seconds of all adapters.
    timed : int
        Claimed cases that came to an end.
    middle, high : float
        The median of their seconds, and what 95 of 100 of them do not exceed.
    slowest : Verdict
        The one of them that took longest.
    """

    adapter: str
    seconds: float
    share: float
    timed: int
    middle: float
    high: float
    slowest: Verdict


def costs(report: Report) -> Mapping[str, Cost]:
    """Count what judging cost in each engine.

    Parameters
    ----------
    report : Report
        Any.

    Returns
    -------
    mapping of str to Cost
        By adapter, in the order of the header; without those in which nothing was timed. A case in which the process
        died or hung has no time.
    """
    verdicts: defaultdict[str, list[Verdict]] = defaultdict(list)
    for verdict in report.verdicts:
        verdicts[verdict.adapter].append(verdict)
    whole = sum(verdict.framework_seconds for verdict in report.verdicts)
    found = {name: _cost(name, verdicts[name], whole) for name in (one["name"] for one in report.header["adapters"])}
    return {name: cost for name, cost in found.items() if cost is not None}


def cost_in_words(cost: Cost) -> str:
    """Say what judging cost in one engine.

    Parameters
    ----------
    cost : Cost
        Of one adapter.

    Returns
    -------
    str
        One sentence, without the adapter's name.
    """
    slowest = f"{duration(cost.slowest.framework_seconds)} in {cost.slowest.case}"
    return (
        f"{cost.seconds:,.1f} s in its calls; of {counted(cost.timed, 'claimed case')} the median took "
        f"{duration(cost.middle)}, 95 % at most {duration(cost.high)}, the slowest {slowest}."
    )


def duration(seconds: float) -> str:
    """Spell a time with three figures or all before the point: in milliseconds below ten seconds.

    Parameters
    ----------
    seconds : float
        At least 0.
    """
    if seconds >= 10:
        return f"{seconds:,.1f} s"
    thousandths = seconds * 1000
    places = 0 if thousandths >= 100 else 1 if thousandths >= 10 else 2
    return f"{thousandths:,.{places}f} ms"


def _cost(name: str, verdicts: Sequence[Verdict], whole: float) -> Cost | None:
    seconds = sum(verdict.framework_seconds for verdict in verdicts)
    timed = [verdict for verdict in verdicts if verdict.verdict not in ("unsupported", "crashed")]
    if not timed or not seconds:
        return None
    ordered = sorted(timed, key=lambda verdict: verdict.framework_seconds)
    # The nearest rank: the smallest time that 95 of 100 do not exceed.
    high = ordered[-(-95 * len(ordered) // 100) - 1].framework_seconds
    middle = median(verdict.framework_seconds for verdict in ordered)
    return Cost(name, seconds, seconds / whole, len(timed), middle, high, ordered[-1])
