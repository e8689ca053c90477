"""Red or green: whether anything became slower than allowed, in units of the reference and the limit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from convformance.benchmarks.report.comparison import Change, Comparison, Unmatched, compare
from convformance.benchmarks.report.naming import contender_of
from convformance.benchmarks.report.reading import read_run

_SHOWN = 20


@dataclass(frozen=True)
class Outcome:
    """What the gate says.

    Attributes
    ----------
    code : int
        0: nothing is slower than allowed. 1: something is, or is gone. 3: nothing is, but not all could be judged.
    lines : list of str
        Why, the verdict in the first line.
    """

    code: Literal[0, 1, 3]
    lines: list[str]


def gate(after: Path, before: Path, fail_above: float) -> Outcome:
    """Compare two benchmark files and say whether the new one is slower than allowed.

    Parameters
    ----------
    after, before : Path
        The new file and the one it is compared with.
    fail_above : float
        How much slower is allowed: 0.25 for 25 %. Not negative.

    Returns
    -------
    Outcome
        The code and the reasons.

    Raises
    ------
    BenchmarkFileError
        For a file that can't be read or compared.
    ValueError
        For a negative or infinite `fail_above`.
    """
    if not 0 <= fail_above < float("inf"):
        raise ValueError(f"fail_above must be a fraction that is not negative, such as 0.25 for 25 %: got {fail_above}")
    comparison = compare(read_run(before), read_run(after))
    judged = [change for change in comparison.changes if not change.noisy]
    unjudged = [change for change in comparison.changes if change.noisy]
    slower = sorted((one for one in judged if one.ratio > 1 + fail_above), key=lambda one: -one.ratio)
    red = [*map(_slower, slower), *_gone(comparison)]
    details = [*red, *_shortened([*map(_unjudged, unjudged)]), *_warnings(comparison)]
    counts = f"{len(judged)} judged, {len(slower)} slower by more than {fail_above:.0%}, {len(comparison.gone)} gone, "
    counts += f"{len(unjudged)} too noisy"
    if red:
        return Outcome(1, [f"red: {counts}", *details])
    if unjudged or not judged:
        return Outcome(3, [f"can't tell: {counts}", *details])
    return Outcome(0, [f"green: {counts}", *details])


def _slower(change: Change) -> str:
    by = ", ".join(f"{ratio - 1:+.1%} by the {yardstick}" for yardstick, ratio in change.by_yardstick.items())
    return f"slower: {contender_of(change.group, change.contender)}: {by}"


def _unjudged(change: Change) -> str:
    return f"too noisy: {contender_of(change.group, change.contender)}"


def _gone(comparison: Comparison) -> list[str]:
    """Say what is gone: a whole part in one line, else each contender."""
    parts = {entry.group.part for entry in comparison.after.entries}
    lines, whole = [], dict[str, list[Unmatched]]()
    for one in comparison.gone:
        if one.group.part in parts:
            lines.append(f"gone: {contender_of(one.group, one.contender)}: {one.why}")
        else:
            whole.setdefault(one.group.part, []).append(one)
    for part, gone in whole.items():
        lines.append(f"gone: the whole part {part}, {len(gone)} entries: the new run has no time of it")
    return lines


def _shortened(lines: list[str]) -> list[str]:
    if len(lines) <= _SHOWN:
        return lines
    return [*lines[:_SHOWN], f"... and {len(lines) - _SHOWN} more that are too noisy"]


def _warnings(comparison: Comparison) -> list[str]:
    if not comparison.other_machine:
        return []
    return [
        f"note: the two files come from machines that differ in {comparison.other_machine}: ratios may move with it"
    ]
