"""The report as one HTML file that needs nothing else: styles, script, verdicts and pictures stand in it."""

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup

from convformance.reference.precision import PRECISIONS
from convformance.tests.conformance.report.cost import cost_in_words, costs
from convformance.tests.conformance.report.entries import known_entries
from convformance.tests.conformance.report.facts import SOURCE_COLUMNS, claims, facts, sources
from convformance.tests.conformance.report.harmless import visible
from convformance.tests.conformance.report.html import plots
from convformance.tests.conformance.report.html.packing import pack, script_safe
from convformance.tests.conformance.report.html.pictures import draw_pictures, read_script
from convformance.tests.conformance.report.html.templates import environment, text_of
from convformance.tests.conformance.report.kinds import Kind, command, kinds
from convformance.tests.conformance.report.levels import news
from convformance.tests.conformance.report.matrix import ALL, Cell, Matrix, matrix
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.said import speed, unsupported
from convformance.tests.conformance.sizes import parsed
from convformance.tests.conformance.verdicts import VERDICTS

PAGE: Final = "index.html"
CARDS: Final = 12
"""So many kinds of failure are shown at once; more of them are folded."""
FOLDED: Final = 100
"""So many are folded; the list of cases has all."""
REASONS: Final = 200
"""So many reasons of what is unsupported are shown."""
SIGNS: Final = {"conforms": "\u2713", "known": "!", "fails": "\u2717", "unsupported": "\u25cb", "no case": "\u2013"}
"""What stands beside the colour, for who does not see it."""
_SCRIPTS: Final = ("elements.js", "data.js", "list.js", "case.js", "page.js")


def write_page(report: Report, folder: Path) -> Path:
    """Write a report's page into its folder.

    Parameters
    ----------
    report : Report
        Read back from its file.
    folder : Path
        Where it lies, and where the page is written.

    Returns
    -------
    Path
        The page.
    """
    path = folder / PAGE
    # The browser would not run a script whose ends of line are not those that were digested.
    path.write_text(page(report, folder), encoding="utf-8", newline="\n")
    return path


def page(report: Report, folder: Path | None = None) -> str:
    """Write a report as HTML.

    Parameters
    ----------
    report : Report
        Read back from its file.
    folder : Path, optional
        Where it lies, for the reproducers that it names; without it they are left out.

    Returns
    -------
    str
        The whole file.
    """
    groups = kinds(report)
    scripts = [read_script(kind, folder) for kind in groups]
    data = pack(report, groups, scripts, draw_pictures(report, groups))
    script = _script()
    cells = matrix(report)
    failing = [kind for kind in groups if kind.state != "known"]
    template = environment().get_template("html/page.html.jinja")
    return template.render(
        report=report,
        news=news(report),
        facts=facts(report.header),
        sources=sources(report.header),
        source_columns=SOURCE_COLUMNS,
        claims=[(one["name"], claims(one)) for one in report.header["adapters"] if claims(one)],
        cards=[_card(report, kind, place, scripts[place]) for place, kind in enumerate(failing[:CARDS])],
        folded=[
            _card(report, kind, place, scripts[place])
            for place, kind in enumerate(failing[CARDS : CARDS + FOLDED], start=CARDS)
        ],
        unsaid=max(0, len(failing) - CARDS - FOLDED),
        expired=report.footer.get("expired", {}),
        expiring=report.footer.get("expiring", {}),
        known=known_entries(groups),
        rows=cells.rows,
        words=words,
        signs=SIGNS,
        all_row=ALL,
        unsupported=unsupported(report),
        reasons=REASONS,
        speed=speed(report),
        costs=[(name, cost_in_words(cost)) for name, cost in costs(report).items()],
        distributions=_distributions(report),
        plots=plots,
        kinds=groups,
        options=_options(report, cells),
        link=link,
        data=Markup(script_safe(data)),  # noqa: S704 - nothing in it can close the element
        script=Markup(script),  # noqa: S704 - our own
        style=Markup(text_of("page.css")),  # noqa: S704 - our own
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def link(**chosen: str) -> str:
    """Give the part of an address that opens a case, or the list of cases with some filters set.

    Parameters
    ----------
    **chosen : str
        ``case`` as ``ADAPTER/CASE``, or the filters by name.

    Returns
    -------
    str
        From its ``#``.
    """
    return "#" + "&".join(f"{name}={quote(visible(value), safe='/+')}" for name, value in chosen.items())


def words(cell: Cell) -> str:
    """Say a cell of the matrix for who does not see it.

    Parameters
    ----------
    cell : Cell
        Any.
    """
    if cell.state == "no case":
        return "no case"
    if cell.state == "unsupported":
        return f"all {cell.asked:,} unsupported"
    said = {"fails": "fails", "known": "known nonconformances", "conforms": "conforms"}[cell.state]
    worst = f", worst error {cell.worst:.2f} of its bound" if cell.worst else ""
    stale = f", {cell.stale:,} no longer true" if cell.stale else ""
    return f"{said}: {cell.conforming:,} of {cell.claimed:,} claimed cases conform{worst}{stale}"


def _card(report: Report, kind: Kind, place: int, script: str | None) -> dict[str, Any]:
    """Give what the card of a kind of failure says."""
    first = kind.smallest
    return {
        "kind": kind,
        "place": place,
        "first": first,
        "detail": first.stale or first.detail,
        "command": command(report, kind.adapter, first.case),
        "script": script,
    }


def _distributions(report: Report) -> list[tuple[str, str, list[plots.Plot]]]:
    """Give the histograms with their titles."""
    errors = (
        "How large the worst error of a case is in units of its proven bound, for cases on real numbers. Right of the "
        "line, which is 1, a case does not conform. Honest errors grow slower than the bound."
    )
    spread = (
        "The root mean square of the errors of a case in units of its limit, where at least 1000 outputs count. Right "
        "of the line a case does not have the precision that is claimed."
    )
    drawn = [
        ("Error over bound", errors, plots.plots(report, "fraction")),
        ("Spread over limit", spread, plots.plots(report, "spread")),
    ]
    return [one for one in drawn if one[2]]


def _options(report: Report, cells: Matrix) -> dict[str, list[tuple[str, str]]]:
    """Give what each filter can be set to: the value, and what is shown."""
    found = {verdict.verdict for verdict in report.verdicts}
    dtypes = {parsed(verdict.case).problem.dtype for verdict in report.verdicts}
    directions = sorted({verdict.direction for verdict in report.verdicts}, key=lambda name: ("-" in name, name))
    states = {"fails": "fails: makes the run red", "known": "known nonconformance", "conforms": "conforms"}
    return {
        "adapter": _same(adapter["name"] for adapter in report.header["adapters"]),
        "feature": _same(row for row in cells.rows if row != ALL),
        "dtype": _same(name for name in PRECISIONS if name in dtypes),
        "direction": _same(directions),
        "verdict": [*states.items(), *_same(name for name in VERDICTS if name in found)],
    }


def _same(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in map(visible, names)]


@cache
def _script() -> str:
    """Give the script of the page: its parts share one scope that nothing outside sees."""
    parts = "\n".join(map(text_of, _SCRIPTS))
    return f'"use strict";\n(() => {{\n{parts}}})();\n'
