"""The table of all engines as one HTML file that needs nothing else, not even a script."""

from pathlib import Path
from typing import Final

from markupsafe import Markup

from convformance.tests.conformance.report.cost import duration
from convformance.tests.conformance.report.harmless import SHORT, visible
from convformance.tests.conformance.report.html.page import SIGNS, words
from convformance.tests.conformance.report.html.templates import environment, text_of
from convformance.tests.conformance.report.kinds import command
from convformance.tests.conformance.report.matrix import ALL
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.table import scale
from convformance.tests.conformance.report.table.links import page_of
from convformance.tests.conformance.report.table.overview import Overview, Square
from convformance.tests.conformance.report.table.sentences import (
    CELLS,
    COST,
    FACT,
    HOW,
    TITLE,
    counts_of,
    result,
    unlisted,
)
from convformance.tests.conformance.report.words import counted

SHOWN_NAME: Final = 40
SHOWN_WHY: Final = 120
"""So many characters of a reason stand in the title of a cell; the list of reasons has more."""
KINDS: Final = 20
"""So many kinds of failure of each engine are shown."""


def table_page(report: Report, table: Overview, folder: Path | None = None) -> str:
    """Write the table as HTML.

    Parameters
    ----------
    report : Report
        Of which the table was made.
    table : Overview
        What is shown.
    folder : Path, optional
        Where the file will lie: pages of engines beside it are linked.

    Returns
    -------
    str
        The whole file.
    """
    spent = [engine.cost for engine in table.engines if engine.cost is not None]
    template = environment().get_template("table/table.html.jinja")
    return template.render(
        report=report,
        table=table,
        result=result(report, table),
        title=TITLE,
        cells=CELLS,
        cost_note=COST,
        unlisted=unlisted(table),
        how="\n".join(HOW),
        counts_of=counts_of,
        failing=[engine for engine in table.engines if engine.failing],
        known=[engine for engine in table.engines if engine.known],
        links={engine.name: page_of(engine.name, folder) for engine in table.engines},
        scale=scale.scale_of(spent),
        picture=scale,
        spent=sorted(spent, key=lambda cost: -cost.seconds),
        signs=SIGNS,
        square_words=square_words,
        duration=duration,
        command=command,
        counted=counted,
        kinds=KINDS,
        all_row=ALL,
        longest=SHORT,
        fact=FACT,
        shown_name=SHOWN_NAME,
        cut=visible,
        style=Markup(text_of("page.css") + text_of("table.css", __package__)),  # noqa: S704 - our own
    )


def square_words(square: Square) -> str:
    """Say a cell for who does not see it, and why some of it is not answered.

    Parameters
    ----------
    square : Square
        Any.
    """
    cell = square.cell
    said = words(cell)
    if square.reason is not None and not cell.asked:
        return visible(square.reason.text, SHOWN_WHY)
    if not square.why:
        return said
    count = "" if cell.state == "unsupported" else f"; {cell.unsupported:,} unsupported"
    more = f", and {counted(square.others, 'more reason')}" if square.others else ""
    return f"{said}{count}: {visible(square.why, SHOWN_WHY)}{more}"
