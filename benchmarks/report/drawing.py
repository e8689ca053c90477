"""What all charts share: one size, colours that follow the page's light or dark scheme, and SVG that stands in HTML."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from io import StringIO
from typing import Any, Final, Literal
from zlib import crc32

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

WIDTH: Final = 520
"""Of a chart, in pixels where nothing is scaled: wide enough for a column of a desk, and readable on a telephone."""

# matplotlib can't write a CSS variable, so it draws in these colours and `to_svg` puts the variables in their place.
_VARIABLES: Final = {
    "#000001": "var(--ink)",
    "#000002": "var(--grid)",
    "#000003": "var(--page)",
    "#000004": "var(--goal)",
    **{f"#0000{16 + place:02x}": f"var(--series-{place})" for place in range(8)},
}
INK, GRID, PAGE, GOAL, *SERIES = _VARIABLES

_CONTENDERS: Final = {
    "oracle": (0, "D"),
    "reference": (0, "D"),
    "torch": (1, "o"),
    "torch channels_last": (5, "v"),
    "tensorflow": (2, "s"),
    "keras": (3, "^"),
    "scipy.signal": (4, "P"),
    "onnx.reference": (6, "X"),
}
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "convformance",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 12,
    "axes.labelsize": 12,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.facecolor": "none",
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": GRID,
    "ytick.color": GRID,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.minor.size": 0,
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Chart:
    """A picture with the words beside it.

    Attributes
    ----------
    title : str
        What one learns from it.
    svg : str
        To be put into HTML as it is.
    note : str
        How to read it.
    """

    title: str
    svg: str
    note: str = ""


@contextmanager
def drawn(height: float, width: float = WIDTH) -> Iterator[tuple[Figure, Axes]]:
    """Give a figure and its axes in the common style.

    Parameters
    ----------
    height, width : float
        In pixels.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width / 72, height / 72), layout="constrained")
        yield figure, figure.add_subplot()


def look_of(contender: str, others: list[str]) -> tuple[str, str]:
    """Give the colour and the marker that a contender has in every chart.

    Parameters
    ----------
    contender : str
        Who.
    others : list of str
        All contenders of the chart; those that have no look of their own are told apart by their place among them.
    """
    if contender in _CONTENDERS:
        series, marker = _CONTENDERS[contender]
        return SERIES[series], marker
    strangers = [name for name in others if name not in _CONTENDERS]
    return SERIES[7], "<>phd*"[strangers.index(contender) % 6]


def logarithmic(axes: Axes, which: Literal["x", "y"], low: float, high: float) -> None:
    """Make an axis logarithmic, from a little below `low` to a little above `high`, with plain numbers beside it."""
    limits = (low / 1.25, high * 1.25)
    if which == "x":
        axes.set_xscale("log")
        axes.set_xlim(*limits)
    else:
        axes.set_yscale("log")
        axes.set_ylim(*limits)
    axis = axes.xaxis if which == "x" else axes.yaxis
    subs = (1.0,) if limits[1] / limits[0] > 1000 else (1.0, 2.0, 5.0)
    axis.set_major_locator(LogLocator(subs=subs, numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def to_svg(figure: Figure, description: str) -> str:
    """Write a figure as SVG that can stand in a page beside others.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn with the colours of this module.
    description : str
        What a screen reader says.

    Returns
    -------
    str
        One element without width, height, namespaces or addresses, its identifiers its own.
    """
    out = StringIO()
    with mpl.rc_context(_STYLE):
        figure.savefig(
            out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}, dpi=72
        )
    whole = out.getvalue()
    inner = whole[whole.index(">", whole.index("<svg")) + 1 :]
    chart = f"chart-{crc32(inner.encode()):08x}-"  # charts of one page must not share identifiers
    inner = re.sub(r'\bid="', f'id="{chart}', inner)
    inner = inner.replace("url(#", f"url(#{chart}").replace('xlink:href="#', f'href="#{chart}')
    for colour, variable in _VARIABLES.items():
        inner = inner.replace(colour, variable)
    # The page's fonts: the chart was laid out for a wide one, so that any of them fits.
    inner = re.sub(r"font-family: ?[^;\"]*;?|font: ?[\d.]+px [^;\"]*", _font, inner)
    width, height = figure.get_size_inches() * 72
    label = escape(description, quote=True)
    return f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{label}">{inner}'


def _font(found: re.Match[str]) -> str:
    size = re.search(r"[\d.]+px", found.group())
    return f"font-size: {size.group()}" if size else ""
