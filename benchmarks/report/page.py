"""The report as one HTML file that needs nothing else: styles and charts stand in it."""

from dataclasses import dataclass, field
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from convformance.benchmarks.report.changes import change_tables
from convformance.benchmarks.report.charts import ladder_charts, oracle_chart, roofline_charts
from convformance.benchmarks.report.comparison import Comparison
from convformance.benchmarks.report.details import entry_table, settings, untimed_table
from convformance.benchmarks.report.drawing import Chart
from convformance.benchmarks.report.facts import facts, noise
from convformance.benchmarks.report.maps import heat_charts
from convformance.benchmarks.report.reading import Run
from convformance.benchmarks.report.tables import (
    Table,
    costs_table,
    goals_table,
    ladder_tables,
    oracle_table,
    suite_table,
)
from convformance.benchmarks.report.trends import comparison_chart, suite_charts


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes
    ----------
    title, text : str
        Its heading, and what it is about.
    charts : list of Chart
        Shown side by side where there is room.
    tables : list of Table
        Shown under them.
    folded : list of Table
        Shown on demand.
    """

    title: str
    text: str
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    folded: list[Table] = field(default_factory=list)


def page(run: Run, comparison: Comparison | None) -> str:
    """Write the report of a run.

    Parameters
    ----------
    run : Run
        The run, the new one of a comparison.
    comparison : Comparison or None
        With an older one.

    Returns
    -------
    str
        HTML.
    """
    measured = [_compared(comparison), _oracle(run), _ladder(run), _frameworks(run), _suite(run), _untimed(run)]
    return _template().render(
        facts=facts(run),
        noise=noise(run),
        goals=goals_table(run) if oracle_chart(run) else None,
        sections=[section for section in measured if section is not None],
    )


def _compared(comparison: Comparison | None) -> Section | None:
    if comparison is None:
        return None
    before = comparison.before
    text = f"The run before: {before.when}, commit {before.commit}. {len(comparison.changes)} entries are in both, "
    text += f"{len(comparison.gone)} only in the run before, {comparison.new} only in this one. "
    text += (
        "Times are compared in units of the reference or the limit of the same rounds, so that a slow machine cancels."
    )
    if comparison.other_machine:
        text += f" The two machines differ in {comparison.other_machine}: the ratios may move with it."
    chart = comparison_chart(comparison)
    return Section("After against before", text, [chart] if chart else [], change_tables(comparison))


def _oracle(run: Run) -> Section | None:
    chart = oracle_chart(run)
    if chart is None:
        return None
    text = (
        "How near the oracle comes to the machine's limit: the rate of NumPy's own matrix product in the same process."
    )
    rooflines = [one for one in roofline_charts(run) if one.title.startswith("Oracle")]
    folded = [entry_table("oracle", setting, run) for setting in settings("oracle", run)]
    return Section("The oracle", text, [chart, *rooflines], [oracle_table(run), costs_table(run)], folded)


def _ladder(run: Run) -> Section | None:
    charts = ladder_charts(run)
    text = "The same convolution from the definition's nested loops to the oracle: what each step buys."
    return Section("The hot loop, step by step", text, charts, ladder_tables(run)) if charts else None


def _frameworks(run: Run) -> Section | None:
    maps = heat_charts(run)
    if not maps:
        return None
    text = "Each cell is the time over that of the fastest of its row: light is fast, dark is slow (8 times or more). "
    text += "A verdict stands where nothing was timed; * marks rows too noisy to judge. Each contender runs in its own "
    text += "process, in rounds that take turns; layout conversion and the first call are in the tables."
    rooflines = [one for one in roofline_charts(run) if one.title.startswith("Frameworks")]
    folded = [entry_table("frameworks", setting, run) for setting in settings("frameworks", run)]
    return Section("Frameworks side by side", text, [*maps.values(), *rooflines], [], folded)


def _suite(run: Run) -> Section | None:
    if not run.suite:
        return None
    text = "How long the conformance suite itself takes, and where the time goes."
    return Section("The suite's own speed", text, suite_charts(run), [suite_table(run)])


def _untimed(run: Run) -> Section | None:
    table = untimed_table(run)
    if not table.rows:
        return None
    return Section("What has no time", "Only what conforms in this very run is timed.", [], [table])


@cache
def _template() -> Template:
    loader = PackageLoader("convformance.benchmarks.report", "")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html.jinja")
