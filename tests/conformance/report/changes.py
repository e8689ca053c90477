"""Which failures of a report are new since a former one, which are still there, and which are gone."""

from dataclasses import dataclass

from convformance.tests.conformance.report.kinds import Kind, kinds
from convformance.tests.conformance.report.reading import Report


@dataclass(frozen=True)
class Changes:
    """Failures by what became of them; what an expected file lists is no failure.

    Attributes
    ----------
    date : str
        That of the former report.
    corpus : str or None
        Where the two did not ask the same cases, a sentence that says so.
    new, still : list of Kind
        Of the new report: what fails and did not, or was not asked; what failed and does.
    unasked : int
        How many of the new cases the former report did not ask.
    gone, lost : list of Kind
        Of the former report: what failed and no longer does; what is now declared unsupported or not asked.
    """

    date: str
    corpus: str | None
    new: list[Kind]
    still: list[Kind]
    unasked: int
    gone: list[Kind]
    lost: list[Kind]


def changes(old: Report, new: Report) -> Changes:
    """Compare the failures of two reports, case by case.

    Parameters
    ----------
    old, new : Report
        Read back from their files.

    Returns
    -------
    Changes
        Grouped by kind.
    """
    before = {(verdict.adapter, verdict.case): verdict for verdict in old.verdicts}
    after = {(verdict.adapter, verdict.case): verdict for verdict in new.verdicts}
    failed = {key for key, verdict in before.items() if verdict.fails}
    fails = {key for key, verdict in after.items() if verdict.fails}
    answered = {key for key in failed - fails if key in after and after[key].verdict != "unsupported"}
    return Changes(
        date=old.header["date"],
        corpus=_corpus(old, new),
        new=kinds(new, [verdict for key, verdict in after.items() if key in fails - failed]),
        still=kinds(new, [verdict for key, verdict in after.items() if key in fails & failed]),
        unasked=len(fails - before.keys()),
        gone=kinds(old, [verdict for key, verdict in before.items() if key in answered]),
        lost=kinds(old, [verdict for key, verdict in before.items() if key in failed - fails - answered]),
    )


def _corpus(old: Report, new: Report) -> str | None:
    """Say that the cases are not the same ones, where they are not."""
    ids = old.header["corpus"], new.header["corpus"]
    return None if ids[0] == ids[1] else f"Not the same cases were asked: corpus {ids[0]} then, {ids[1]} now."
