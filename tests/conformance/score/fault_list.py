"""``convformance faults``: the named faults, and how many cases expose each, on the terminal and as Markdown."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from convformance.reference.faults import FAULTS, Fault
from convformance.tests.conformance.score.recognising import Recognised
from convformance.tests.conformance.score.scoring import INDEPENDENT, LARGEST, Score

PAGE: Final = """\
# Faults

Named wrong convolutions, each a small transformation of the reference, and the suite's own score: how many cases
expose each. `nox -s faults` writes this page. {summary}.
Counted are the cases of at most {largest:,} multiplications; problems are what cases ask of: two cases of one problem,
on other numbers or lying otherwise in memory, are not independent.

Any of them can be put in front of any adapter: `convformance run --adapter reference+kernel-flipped`, or
`torch+kernel-flipped`. `convformance faults --list` says what they are.

The last column says what a run of every fourth case calls a fault of which it knows nothing but the verdicts; further
cases are asked where two names are left. Faults that remember what was asked before give other answers in another
order of cases, and may have no name.

| fault | computed instead | seen in | visible | cases | problems | first case | verdict | a run calls it |
|---|---|---|---|---|---|---|---|---|
"""


def print_faults(faults: Sequence[Fault], console: Console) -> None:
    """Print what is written down of each fault.

    Parameters
    ----------
    faults : sequence of Fault
        Which.
    console : rich.console.Console
        Where to.
    """
    for fault in faults:
        console.print(f"[bold]{escape(fault.name)}[/]  (reference+{fault.slug})", highlight=False, soft_wrap=True)
        for line in (fault.sentence, f"Seen: {fault.evidence}.", f"Visible: {fault.seen}."):
            console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)


def print_scores(scores: Sequence[Score], tier: str, console: Console) -> None:
    """Print how many cases expose each fault.

    Parameters
    ----------
    scores : sequence of Score
        From `convformance.tests.conformance.score.scoring.score`.
    tier : str
        Of which tier.
    console : rich.console.Console
        Where to.
    """
    table = Table(title=f"faults and the cases of the {tier} tier that expose them", title_justify="left")
    for heading in ("fault", "cases", "problems", "verdict", "first case"):
        table.add_column(heading, overflow="fold", justify="right" if heading in ("cases", "problems") else "left")
    for score in scores:
        colour = "green" if score.caught else "red"
        table.add_row(
            escape(score.fault.name),
            f"[{colour}]{score.cases}[/]",
            f"[{colour}]{score.problems}[/]",
            ", ".join(score.verdicts),
            escape(score.first),
        )
    console.print(table)
    console.print(summary(scores, tier), highlight=False, soft_wrap=True)


def print_names(recognised: Sequence[Recognised], console: Console) -> None:
    """Print which faults a run does not call by their name, and why not.

    Parameters
    ----------
    recognised : sequence of Recognised
        From `convformance.tests.conformance.score.recognising.recognise_all`.
    console : rich.console.Console
        Where to.
    """
    for one in recognised:
        if not one.right or one.wrong_names:
            console.print(f"{escape(one.fault)}: {escape(called(one))}", highlight=False, soft_wrap=True)
    console.print(names_summary(recognised), highlight=False, soft_wrap=True)


def called(one: Recognised) -> str:
    """Say what a run calls a fault."""
    if one.wrong_names:
        return f"called {' or '.join(one.wrong_names)}"
    if not one.right:
        return "not recognised"
    return "its name" if len(one.names) == 1 else " or ".join(one.names)


def names_summary(recognised: Sequence[Recognised]) -> str:
    """Say in one line how many faults are called by their names."""
    right = sum(one.right for one in recognised)
    wrong = sum(bool(one.wrong_names) for one in recognised)
    return (
        f"{right} of {len(recognised)} faults are called by their name first ({right / len(recognised):.1%}), "
        f"{wrong} by a wrong name"
    )


def summary(scores: Sequence[Score], tier: str) -> str:
    """Say in one line how the suite fares."""
    caught = sum(score.caught for score in scores)
    return (
        f"{caught} of {len(scores)} faults are exposed by {INDEPENDENT} problems or more of the {tier} tier "
        f"({caught / len(scores):.1%})"
    )


def write_markdown(scores: Sequence[Score], tier: str, path: Path, recognised: Sequence[Recognised] = ()) -> None:
    """Write the faults and their scores as a page.

    Parameters
    ----------
    scores : sequence of Score
        Of all faults.
    tier : str
        Of which tier.
    path : Path
        The file.
    recognised : sequence of Recognised, optional
        What a run calls them.
    """
    names = {one.fault: called(one) for one in recognised}
    said = [summary(scores, tier), *([names_summary(recognised)] if recognised else [])]
    head = PAGE.format(summary=".\n".join(said), largest=LARGEST)
    rows = []
    for score in scores:
        fault = score.fault
        cells = (
            f"{fault.name} (`{fault.slug}`)",
            fault.sentence,
            fault.evidence,
            fault.seen,
            str(score.cases),
            str(score.problems),
            f"`{score.first}`" if score.first else "",
            ", ".join(score.verdicts),
            names.get(fault.name, ""),
        )
        rows.append(" | ".join(cell.replace("|", r"\|") for cell in cells))
    path.write_text(head + "".join(f"| {row} |\n" for row in rows), encoding="utf-8")


def read_counts(path: Path) -> dict[str, int]:
    """Read from the page how many cases expose each fault.

    Parameters
    ----------
    path : Path
        As `write_markdown` wrote it.

    Returns
    -------
    dict of str to int
        By the fault's name.
    """
    rows = [line.split(" | ") for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return {row[0].removeprefix("| ").rpartition(" (`")[0]: int(row[4]) for row in rows[1:]}


def chosen(names: Sequence[str]) -> list[Fault]:
    """Find faults by their names, or the words of a command line.

    Parameters
    ----------
    names : sequence of str
        Names or slugs; all faults where there is none.

    Returns
    -------
    list of Fault
        In the order given.

    Raises
    ------
    KeyError
        For a name that is none.
    """
    if not names:
        return list(FAULTS.values())
    known = {name: fault for fault in FAULTS.values() for name in (fault.name, fault.slug)}
    return [known[name] for name in names]
