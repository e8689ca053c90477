"""The matrix of a report as data: features down, adapters across, in each cell how the claimed cases fare."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from convformance.tests.conformance.features import ROWS
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.verdicts import Verdict

ALL: Final = "all"
"""The row of every case."""

State: TypeAlias = Literal["conforms", "known", "fails", "unsupported", "no case"]


@dataclass(frozen=True)
class Cell:
    """How one adapter fares in the cases of one feature.

    Attributes
    ----------
    asked, claimed, conforming : int
        All cases; those that are not declared unsupported; those of them that conform.
    failing : int
        Those that make the run red, declarations and expectations that no longer hold among them.
    known : int
        Nonconformances that the expected file lists.
    stale : int
        Declarations and expectations that no longer hold.
    worst : float or None
        The worst error over its bound of those that conform, where one was judged by a bound.
    """

    asked: int = 0
    claimed: int = 0
    conforming: int = 0
    failing: int = 0
    known: int = 0
    stale: int = 0
    worst: float | None = None

    @property
    def unsupported(self) -> int:
        """Cases that are declared unsupported."""
        return self.asked - self.claimed

    @property
    def unlisted(self) -> int:
        """Nonconformances that no expected file lists, those aside that are about what is no longer true."""
        return self.failing - self.stale

    @property
    def state(self) -> State:
        """Say in one word: never ``conforms`` where nothing was claimed."""
        if not self.asked:
            return "no case"
        if self.failing:
            return "fails"
        if not self.claimed:
            return "unsupported"
        return "known" if self.conforming < self.claimed else "conforms"


@dataclass(frozen=True)
class Matrix:
    """The cells of a report.

    Attributes
    ----------
    adapters : tuple of str
        The columns, in the order of the header.
    rows : mapping of str to mapping of str to Cell
        By feature, `ALL` first, then by adapter; features that no case has are left out.
    """

    adapters: tuple[str, ...]
    rows: Mapping[str, Mapping[str, Cell]]


def matrix(report: Report) -> Matrix:
    """Count a report's verdicts by feature and adapter."""
    adapters = tuple(adapter["name"] for adapter in report.header["adapters"])
    verdicts: defaultdict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for verdict in report.verdicts:
        for row in (ALL, *verdict.features):
            verdicts[row, verdict.adapter].append(verdict)
    rows = {
        row: {adapter: _cell_of(verdicts[row, adapter]) for adapter in adapters}
        for row in (ALL, *ROWS)
        if row == ALL or any((row, adapter) in verdicts for adapter in adapters)
    }
    return Matrix(adapters, rows)


def totals(report: Report) -> dict[str, Cell]:
    """Count a report's verdicts by adapter: the first row of the matrix alone."""
    verdicts: defaultdict[str, list[Verdict]] = defaultdict(list)
    for verdict in report.verdicts:
        verdicts[verdict.adapter].append(verdict)
    return {adapter["name"]: _cell_of(verdicts[adapter["name"]]) for adapter in report.header["adapters"]}


def _cell_of(verdicts: Sequence[Verdict]) -> Cell:
    """Count some verdicts of one adapter."""
    claimed = [verdict for verdict in verdicts if verdict.verdict != "unsupported"]
    fractions = [verdict.fraction for verdict in claimed if verdict.fraction is not None and verdict.conforms]
    return Cell(
        asked=len(verdicts),
        claimed=len(claimed),
        conforming=sum(verdict.conforms for verdict in claimed),
        failing=sum(verdict.fails for verdict in verdicts),
        known=sum(verdict.expected is not None for verdict in verdicts),
        stale=sum(verdict.stale is not None for verdict in verdicts),
        worst=max(fractions, default=None),
    )
