"""Charts of the suite's own speed, and of what changed between two runs."""

from math import log
from typing import Final

from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from convformance.benchmarks.report.comparison import Comparison, mean_change
from convformance.benchmarks.report.drawing import INK, PAGE, SERIES, Chart, drawn, logarithmic, look_of, to_svg
from convformance.benchmarks.report.naming import ordered
from convformance.benchmarks.report.reading import Run, Suite

SHARES: Final = ("framework", "oracle", "judge", "numbers", "pytest", "starting", "diagnosis", "other")
"""Where the suite's time can go, in the order it is drawn."""


def largest_suites(run: Run) -> list[Suite]:
    """Give, for each tier, adapter and number of jobs, the measurement of most cases."""
    largest: dict[tuple[str, str, int], Suite] = {}
    for one in run.suite:
        key = (one.tier, one.adapter, one.jobs)
        if key not in largest or one.cases > largest[key].cases:
            largest[key] = one
    return list(largest.values())


def shares_of(suite: Suite) -> dict[str, float]:
    """Give each share of a suite's time as a fraction of all of them together."""
    whole = sum(suite.shares.values()) or 1.0
    names = [*SHARES, *sorted(set(suite.shares).difference(SHARES))]
    return {name: suite.shares[name] / whole for name in names if name in suite.shares}


def suite_name(suite: Suite) -> str:
    """Name what was run."""
    return f"{suite.tier}, {suite.adapter}, {suite.jobs} job{'s' if suite.jobs > 1 else ''}"


def suite_charts(run: Run) -> list[Chart]:
    """Draw where the suite's time goes, and how it grows with the cases.

    Parameters
    ----------
    run : Run
        One run.

    Returns
    -------
    list of Chart
        Two, or none where the suite was not measured.
    """
    return [_where(largest_suites(run)), _growth(run)] if run.suite else []


def _where(suites: list[Suite]) -> Chart:
    shares = [shares_of(one) for one in suites]
    names = [*SHARES, *sorted({name for each in shares for name in each}.difference(SHARES))]
    with drawn(120 + 34 * len(suites)) as (figure, axes):
        lefts = [0.0] * len(suites)
        for place, name in enumerate(name for name in names if any(each.get(name) for each in shares)):
            widths = [100 * each.get(name, 0.0) for each in shares]
            color = SERIES[place % len(SERIES)]
            axes.barh(range(len(suites)), widths, left=lefts, height=0.66, color=color, edgecolor=PAGE, label=name)
            for row, width in enumerate(widths):
                if width >= 8:
                    where = (lefts[row] + width / 2, row)
                    axes.annotate(f"{width:.0f}", where, ha="center", va="center", color=PAGE, weight="bold")
            lefts = [left + width for left, width in zip(lefts, widths, strict=True)]
        axes.set_yticks(range(len(suites)), [suite_name(one) for one in suites])
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        axes.set_xlabel("share of the time (%)")
        figure.legend(loc="outside upper left", ncols=4)
        first = shares[0]
        most = max(first, key=lambda name: first[name])
        title = f"Where the suite's time goes: {first[most]:.0%} in {most} ({suite_name(suites[0])})"
        return Chart(title, to_svg(figure, title), "The largest selection of each; shares below 8 % have no number.")


def _growth(run: Run) -> Chart:
    lines: dict[tuple[str, str, int], list[Suite]] = {}
    for one in sorted(run.suite, key=lambda suite: suite.cases):
        lines.setdefault((one.tier, one.adapter, one.jobs), []).append(one)
    with drawn(400) as (figure, axes):
        for place, suites in enumerate(lines.values()):
            points = ([one.cases for one in suites], [one.seconds for one in suites])
            axes.plot(
                *points,
                color=SERIES[place % len(SERIES)],
                linestyle="--" if suites[0].jobs > 1 else "-",
                marker="osD^vPX<"[place % 8],
                markersize=7,
                label=suite_name(suites[0]),
            )
        logarithmic(axes, "x", min(one.cases for one in run.suite), max(one.cases for one in run.suite))
        logarithmic(axes, "y", min(one.seconds for one in run.suite), max(one.seconds for one in run.suite))
        axes.set_xlabel("cases (log)")
        axes.set_ylabel("time of the whole run (s, log)")
        axes.grid()
        figure.legend(loc="outside upper left", ncols=2)
        title = f"How the suite's time grows with its cases: {_grown(list(lines.values()))}"
        return Chart(
            title,
            to_svg(figure, title),
            "Dashed: more than one job. What a run takes before its first case flattens a line on the left.",
        )


def _grown(lines: list[list[Suite]]) -> str:
    longest = max(lines, key=len)
    few, many = longest[0], longest[-1]
    if few.cases == many.cases:
        return f"{few.cases_per_second:.0f} cases a second ({suite_name(few)})"
    cost = (many.seconds - few.seconds) / (many.cases - few.cases)
    return f"{1000 * cost:.1f} ms for each further case ({suite_name(many)})"


def comparison_chart(comparison: Comparison) -> Chart | None:
    """Draw each change as a mark, in a row for its part, its direction and its contender.

    Parameters
    ----------
    comparison : Comparison
        Two runs.

    Returns
    -------
    Chart or None
        None where nothing can be compared.
    """
    changes = comparison.changes
    if not changes:
        return None
    contenders = ordered({change.contender for change in changes})
    rows = {
        (change.group.part, contender): None
        for part in ("oracle", "ladder", "frameworks")
        for contender in contenders
        for change in changes
        if (change.group.part, change.contender) == (part, contender)
    }
    places = {row: place for place, row in enumerate(rows)}
    with drawn(110 + 26 * len(rows)) as (figure, axes):
        for contender in contenders:
            color, marker = look_of(contender, contenders)
            for noisy, face in ((False, color), (True, "none")):
                mine = [change for change in changes if (change.contender, change.noisy) == (contender, noisy)]
                # A little up and down in turn, so that marks lie apart.
                spots = [places[one.group.part, contender] + 0.1 * (turn % 5 - 2) for turn, one in enumerate(mine)]
                ratios = [one.ratio for one in mine]
                axes.scatter(ratios, spots, s=26, marker=marker, facecolor=face, edgecolor=color, alpha=0.8, zorder=3)
        reach = max(1.1, *(max(change.ratio, 1 / change.ratio) for change in changes))
        axes.axvline(1, color=INK, linewidth=1.2)
        axes.set_yticks(range(len(rows)), [f"{part}: {contender}" for part, contender in rows])
        axes.invert_yaxis()
        logarithmic(axes, "x", 1 / reach, reach)
        ticks = [tick for tick in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(1 / reach, reach) if tick > 0]
        axes.xaxis.set_major_locator(FixedLocator(ticks))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.2f}"))
        axes.set_xlabel("time after over time before (log)")
        axes.grid()
        mean = mean_change(changes)
        title = f"After against before: {abs(mean - 1):.1%} {'slower' if mean > 1 else 'faster'} on the geometric mean"
        if abs(log(mean)) < 0.005:
            title = "After against before: unchanged on the geometric mean"
        note = "In units of the reference or the limit: right of 1.00 is slower. Hollow: too noisy to judge."
        return Chart(title, to_svg(figure, title), note)
