"""The heat maps: layers against contenders, each cell how many times slower than the fastest of its row."""

from math import log
from textwrap import fill
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from convformance.benchmarks.limit import LIMIT
from convformance.benchmarks.report.drawing import GRID, INK, WIDTH, Chart, drawn, to_svg
from convformance.benchmarks.report.figures import ratios_to_fastest, too_noisy
from convformance.benchmarks.report.naming import direction_of, ordered, starred, threads_of
from convformance.benchmarks.report.reading import Group, Run

_DARKEST: Final = 8.0
"""From this ratio on a cell is as dark as it gets."""

Setting = tuple[str, str, int, int]


def setting_of(group: Group) -> Setting:
    """Give what a heat map has for all of its rows: direction, number type, batch, threads."""
    return group.direction, group.dtype, group.batch, group.threads


def heat_charts(run: Run) -> dict[Setting, Chart]:
    """Draw a heat map for each direction, number type, batch and number of threads.

    Parameters
    ----------
    run : Run
        One run.

    Returns
    -------
    dict
        By setting, of the part `frameworks`.
    """
    cells: dict[Setting, dict[str, dict[str, float | str]]] = {}
    noisy = set()
    for key, group in run.groups("frameworks").items():
        row = cells.setdefault(setting_of(key), {}).setdefault(key.layer, {})
        row.update(ratios_to_fastest(group))
        if too_noisy(group):
            noisy.add(key)
    for one in run.untimed:
        if one.group.part == "frameworks" and one.contender != LIMIT:
            cells.setdefault(setting_of(one.group), {}).setdefault(one.group.layer, {})[one.contender] = one.verdict
    return {
        setting: _heat(setting, rows, {key.layer for key in noisy if setting_of(key) == setting})
        for setting, rows in cells.items()
    }


def _heat(setting: Setting, rows: dict[str, dict[str, float | str]], noisy: set[str]) -> Chart:
    direction, dtype, batch, threads = setting
    names = ordered({name for row in rows.values() for name in row})
    with drawn(60 + 30 * len(rows), WIDTH + 62 * max(0, len(names) - 5)) as (figure, axes):
        for place, row in enumerate(rows.values()):
            for column, name in enumerate(names):
                _cell(axes, column, place, row.get(name))
        axes.set_xlim(0, len(names))
        axes.set_ylim(len(rows), 0)
        headings = [fill(name.replace("_", "_ "), 10).replace("_ ", "_") for name in names]
        axes.set_xticks([column + 0.5 for column in range(len(names))], headings)
        axes.set_yticks([place + 0.5 for place in range(len(rows))], [starred(one, one in noisy) for one in rows])
        axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False, labelsize=11)
        axes.spines[:].set_visible(False)
        title = (
            f"{direction_of(direction).capitalize()}, batch {batch}, {threads_of(threads)}, {dtype}: {_winner(rows)}"
        )
        return Chart(title, to_svg(figure, title))


def _cell(axes: Axes, column: int, place: int, content: float | str | None) -> None:
    if content is None:
        return
    middle = (column + 0.5, place + 0.5)
    if isinstance(content, str):
        # Outlined, not coloured: a verdict is not a speed.
        axes.add_patch(Rectangle((column + 0.03, place + 0.05), 0.94, 0.9, facecolor="none", edgecolor=GRID))
        axes.annotate(_short(content), middle, ha="center", va="center", fontsize=9, color=INK, style="italic")
        return
    shade = min(1.0, log(max(content, 1.0)) / log(_DARKEST))
    color = mpl.colormaps["cividis_r"](0.05 + 0.95 * shade)
    axes.add_patch(Rectangle((column + 0.03, place + 0.05), 0.94, 0.9, facecolor=color, edgecolor="none"))
    text = f"{content:.2f}" if content < 10 else f"{content:,.0f}"
    axes.annotate(text, middle, ha="center", va="center", color=_readable_on(color))


def _readable_on(color: tuple[float, float, float, float]) -> str:
    """Choose white or black, whichever has more contrast (WCAG 2.2, relative luminance)."""
    red, green, blue = (part**2.2 for part in color[:3])
    return "#ffffff" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.18 else "#000000"


def _short(verdict: str) -> str:
    """Write a verdict so that it fits a cell."""
    return {"unsupported": "unsup-\nported", "not run": "not\nrun", "within_bound": "within\nbound"}.get(
        verdict, verdict
    )


def _winner(rows: dict[str, dict[str, float | str]]) -> str:
    """Say who is fastest most often."""
    fastest = [name for row in rows.values() for name, content in row.items() if content == 1.0]
    if not fastest:
        return "nothing was timed"
    most = max(ordered(set(fastest)), key=fastest.count)
    return f"{most} is fastest on {fastest.count(most)} of {len(rows)} layers"
