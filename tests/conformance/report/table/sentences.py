"""What the table says in both of its renderings."""

from typing import Final

from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.table.overview import Engine, Overview
from convformance.tests.conformance.report.words import counted

TITLE: Final = "One corpus, every engine"
FACT: Final = 2000
"""So many characters of a fact are shown: engines that ran on many machines have long ones."""
CELLS: Final = (
    "Features down, engines across. A cell says how many of the claimed cases conform; what an engine declares "
    "unsupported is not claimed. Where nothing is claimed, the number leads to the reason that was declared, the most "
    "frequent one where there are several."
)
COST: Final = (
    "Seconds inside the engine's own calls: all of them, attempts at what it declares unsupported too. The times of "
    "a case are those of claimed cases that came to an end; most cases call the engine twice or more. Each case has "
    "another shape, so an engine that compiles for a shape pays for that: this is not how fast it computes."
)
HOW: Final = (
    "convformance run --adapter ENGINE --report ENGINE    # once for each, in its own environment",
    "convformance report merge ENGINE ... --report all",
    "convformance report table all --html FILE --markdown FILE",
)


def result(report: Report, table: Overview) -> str:
    """Give the one-line result of the table.

    Parameters
    ----------
    report : Report
        Of which it was made.
    table : Overview
        What is shown.

    Returns
    -------
    str
        How many engines conform, fail and are missing.
    """
    present = table.present
    fail = sum(engine.total.failing > 0 for engine in present)
    known = sum(engine.total.state == "known" for engine in present)
    conform = sum(engine.total.state == "conforms" for engine in present)
    idle = sum(not engine.total.claimed and not engine.total.failing for engine in present)
    absent = len(table.engines) - len(present)
    counts = [
        (conform, "conforming in all that is claimed"),
        (known, "conforming but for what is known"),
        (fail, "failing"),
        (idle, "claiming nothing"),
        (absent, "without a report"),
    ]
    said = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"{counted(len(table.engines), 'engine')}, {counted(report.header['cases'], 'case')} for each: {said}"


def counts_of(engine: Engine) -> tuple[tuple[str, int, bool], ...]:
    """Give the counts of an engine.

    Parameters
    ----------
    engine : Engine
        One that a report tells of.

    Returns
    -------
    tuple of (str, int, bool)
        What is counted, how many, and whether it makes the table red.
    """
    total = engine.total
    return (
        ("conforming", total.conforming, False),
        ("failing", total.unlisted, total.unlisted > 0),
        ("no longer true", total.stale, total.stale > 0),
        ("known", total.known, False),
        ("unsupported", total.unsupported, False),
    )


def unlisted(table: Overview) -> str:
    """Say how many reasons are left out.

    Parameters
    ----------
    table : Overview
        What is shown.
    """
    stand = "stands" if table.unlisted == 1 else "stand"
    return f"{counted(table.unlisted, 'more reason')} {stand} in the reports; each empty cell has its own here."
