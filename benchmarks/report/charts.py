"""Charts of the oracle, the roofline, and the ladder from nested loops to the limit."""

from statistics import median
from typing import Final

from convformance.benchmarks.layers import PLAIN
from convformance.benchmarks.limit import LIMIT
from convformance.benchmarks.report.drawing import GOAL, INK, PAGE, SERIES, Chart, drawn, logarithmic, look_of, to_svg
from convformance.benchmarks.report.figures import OTHER_WORK, mean_fraction, too_noisy
from convformance.benchmarks.report.goals import FRACTION, RIVALS, oracle_layers
from convformance.benchmarks.report.naming import number, ordered, starred, threads_of
from convformance.benchmarks.report.reading import Entry, Run

_ROW: Final = 30
_PLAIN_NAMES: Final = frozenset(layer.name for layer in PLAIN)


def oracle_chart(run: Run) -> Chart | None:
    """Draw the oracle's fraction of the limit as a bar for each layer, and its rivals as marks on it.

    Parameters
    ----------
    run : Run
        One run.

    Returns
    -------
    Chart or None
        None where the oracle was not measured.
    """
    layers = {name: one.forward for name, one in oracle_layers(run).items() if "oracle" in one.forward}
    if not layers:
        return None
    names = list(layers)
    shown = [rival for rival in RIVALS if any(rival in group for group in layers.values())]
    with drawn(100 + _ROW * len(names)) as (figure, axes):
        places = range(len(names))
        fractions = [group["oracle"].fraction for group in layers.values()]
        axes.barh(places, fractions, height=0.62, color=SERIES[0], alpha=0.6, label="oracle")
        for rival in shown:
            color, marker = look_of(rival, shown)
            rows = [place for place, group in enumerate(layers.values()) if rival in group]
            rates = [group[rival].fraction for group in layers.values() if rival in group]
            axes.scatter(rates, rows, s=60, color=color, edgecolor=PAGE, marker=marker, label=rival, zorder=3)
        axes.axvline(1, color=INK, linewidth=1.2, linestyle=":", label="limit")
        axes.axvline(FRACTION, color=GOAL, linewidth=1.6, linestyle="--", label=f"goal {FRACTION:.2f}")
        axes.set_yticks(places, [starred(name, too_noisy(layers[name])) for name in names])
        axes.invert_yaxis()
        axes.set_xlim(left=0)
        axes.set_xlabel("GFLOP/s over those of the GEMM limit (fraction)")
        axes.grid(axis="x")
        figure.legend(loc="outside upper left", ncols=4)
        plain = [group["oracle"] for name, group in layers.items() if name in _PLAIN_NAMES]
        title = "The oracle's fraction of the limit"
        if plain:
            title = (
                f"The oracle runs at {mean_fraction(plain):.2f} of the limit on the plain layers (goal {FRACTION:.2f})"
            )
        return Chart(
            title,
            to_svg(figure, title),
            "Forward, float64, one thread. The limit is NumPy's own matrix product in the same rounds. "
            "A mark to the right of its bar is faster than the oracle.",
        )


def roofline_charts(run: Run) -> list[Chart]:
    """Draw rates against operations a byte, one chart for each part, number type, batch and number of threads.

    Parameters
    ----------
    run : Run
        One run.

    Returns
    -------
    list of Chart
        Forward convolutions of the parts `oracle` and `frameworks`.
    """
    panels: dict[tuple[str, str, int, int], list[Entry]] = {}
    for entry in run.entries:
        key = entry.group
        if key.direction == "forward" and key.part in {"oracle", "frameworks"} and entry.contender not in OTHER_WORK:
            panels.setdefault((key.part, key.dtype, key.batch, key.threads), []).append(entry)
    return [_roofline(*setting, entries) for setting, entries in panels.items()]


def _roofline(part: str, dtype: str, batch: int, threads: int, entries: list[Entry]) -> Chart:
    roof = median(entry.limit_gflops for entry in entries)
    contenders = ordered({entry.contender for entry in entries})
    best = max(entries, key=lambda entry: entry.gflops)
    with drawn(380) as (figure, axes):
        for name in contenders:
            color, marker = look_of(name, contenders)
            mine = [entry for entry in entries if entry.contender == name]
            points = ([entry.intensity for entry in mine], [entry.gflops for entry in mine])
            axes.scatter(*points, s=50, color=color, edgecolor=PAGE, marker=marker, label=name, zorder=3)
        axes.axhline(roof, color=INK, linewidth=1.6)
        logarithmic(axes, "x", min(entry.intensity for entry in entries), max(entry.intensity for entry in entries))
        logarithmic(axes, "y", min(entry.gflops for entry in entries), 1.3 * max(roof, best.gflops))
        axes.annotate(
            f"GEMM limit {number(roof)} GFLOP/s",
            (0.01, roof),
            (0, 4),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
        )
        axes.set_xlabel("arithmetic intensity (FLOP for each byte that must move, log)")
        axes.set_ylabel("rate (GFLOP/s, log)")
        axes.grid()
        figure.legend(loc="outside upper left", ncols=3)
        note = "Forward; each column of marks is a layer."
        if "reference" in contenders:
            note += " The reference computes in float64 whatever it is given: its own limit is lower."
        title = f"{part.capitalize()}, {dtype}, batch {batch}, {threads_of(threads)}: "
        title += f"{best.contender} reaches most, {best.gflops / roof:.2f} of the roof on {best.group.layer}"
        return Chart(
            title,
            to_svg(figure, title),
            note,
        )


def ladder_charts(run: Run) -> list[Chart]:
    """Draw the same convolution in ever better ways, one chart for each layer, on a logarithmic axis.

    Parameters
    ----------
    run : Run
        One run.

    Returns
    -------
    list of Chart
        One for each layer of the part `ladder`.
    """
    layers: dict[str, dict[str, dict[str, Entry]]] = {}
    for key, group in run.groups("ladder").items():
        layers.setdefault(key.layer, {})[key.dtype] = group
    return [_ladder(layer, dtypes) for layer, dtypes in layers.items()]


def _ladder(layer: str, dtypes: dict[str, dict[str, Entry]]) -> Chart:
    found = {name for group in dtypes.values() for name in group}
    climb = ("loops", "dots", "taps", "gather + GEMM", "oracle")
    steps = [name for name in climb if name in found] + sorted(found.difference(climb, {LIMIT}))
    steps += [LIMIT] if LIMIT in found else []
    thick = 0.8 / len(dtypes)
    with drawn(110 + 24 * len(steps) * len(dtypes)) as (figure, axes):
        rates = [entry.gflops for group in dtypes.values() for entry in group.values()]
        for row, (dtype, group) in enumerate(dtypes.items()):
            color = SERIES[row % len(SERIES)]
            for place, step in enumerate(steps):
                if step not in group:
                    continue
                rate = group[step].gflops
                where = place + (row - (len(dtypes) - 1) / 2) * thick
                axes.barh(where, rate, height=0.9 * thick, color=color, label=dtype if step == steps[-1] else None)
                axes.annotate(number(rate), (rate, where), (4, 0), textcoords="offset points", va="center")
        noisy = any(too_noisy(group) for group in dtypes.values())
        axes.set_yticks(range(len(steps)), [starred(step, noisy) for step in steps])
        axes.invert_yaxis()
        logarithmic(axes, "x", min(rates) / 3, max(rates) * 8)
        axes.set_xlabel("rate (GFLOP/s, log)")
        axes.grid(axis="x")
        figure.legend(loc="outside upper left", ncols=2)
        title = f"{layer}: {_climb(dtypes, steps)}"
        return Chart(
            title, to_svg(figure, title), "One thread. Each step is the same convolution, bit for bit on integers."
        )


def _climb(dtypes: dict[str, dict[str, Entry]], steps: list[str]) -> str:
    """Say how much faster the last step before the limit is than the first."""
    for dtype, group in reversed(dtypes.items()):
        climbed = [step for step in steps if step in group and step != LIMIT]
        if len(climbed) > 1:
            first, last = group[climbed[0]], group[climbed[-1]]
            return f"from {climbed[0]} to {climbed[-1]}, {number(last.gflops / first.gflops)} times faster in {dtype}"
    return "how fast each way is"
