"""What the oracle's speed has to be, and whether it is."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from convformance.benchmarks.layers import LAYERS, PLAIN
from convformance.benchmarks.report.figures import cost_ratio, mean_fraction, noisy_groups, time_ratio
from convformance.benchmarks.report.reading import Entry, Run

FRACTION: Final = 0.90
"""Geometric mean of the oracle's fraction of the limit, over the plain layers, at least."""

MAGNITUDE: Final = 2.1
"""Value and magnitude together over the value alone, at most."""

RELATED: Final = 1.5
"""A gradient, or the transposed convolution, over the forward one of the same size, at most."""

RIVALS: Final = ("torch", "tensorflow", "scipy.signal", "onnx.reference")
"""None of them may be faster than the oracle in float64, on any plain layer."""


@dataclass(frozen=True)
class Goal:
    """A goal and how the run stands to it.

    Attributes
    ----------
    text, wanted : str
        What is measured, and what is asked of it.
    measured : str
        What the run says.
    reached : bool or None
        None where nothing was measured.
    short : str
        By how much it is missed, and where; or what the answer leaves open.
    """

    text: str
    wanted: str
    measured: str
    reached: bool | None
    short: str


@dataclass(frozen=True)
class OracleLayer:
    """What was measured of one layer: entries by contender, for each direction."""

    forward: Mapping[str, Entry]
    gradients: Mapping[str, Entry]

    def magnitude(self) -> float | None:
        """Give the time of value and magnitude over that of the value."""
        return self._forward("value+magnitude")

    def transposed(self) -> float | None:
        """Give the time of the transposed convolution over that of the forward one."""
        return self._forward("oracle transposed")

    def gradient(self, direction: str) -> float | None:
        """Give the time of a gradient over that of the forward convolution, each in units of its own limit."""
        if direction in self.gradients and "oracle" in self.forward:
            return cost_ratio(self.gradients[direction], self.forward["oracle"])
        return None

    def against(self, rival: str) -> float | None:
        """Give the oracle's time over the rival's."""
        if rival in self.forward and "oracle" in self.forward:
            return time_ratio(self.forward["oracle"], self.forward[rival])
        return None

    def _forward(self, contender: str) -> float | None:
        if contender in self.forward and "oracle" in self.forward:
            return time_ratio(self.forward[contender], self.forward["oracle"])
        return None


def oracle_layers(run: Run) -> dict[str, OracleLayer]:
    """Give what the part `oracle` measured, by layer."""
    groups = run.groups("oracle")
    layers: dict[str, OracleLayer] = {}
    for key, group in groups.items():
        layer = layers.get(key.layer, OracleLayer({}, {}))
        if key.direction == "forward":
            layers[key.layer] = OracleLayer(group, layer.gradients)
        elif "oracle" in group:
            layers[key.layer] = OracleLayer(layer.forward, {**layer.gradients, key.direction: group["oracle"]})
    return layers


def goals(run: Run) -> list[Goal]:
    """Compare the oracle's speed with its goals.

    Parameters
    ----------
    run : Run
        One run.

    Returns
    -------
    list of Goal
        All of them, also those that nothing was measured for.
    """
    layers = oracle_layers(run)
    noisy = {key.layer for key in noisy_groups(run) if key.part == "oracle"}
    plain = {layer.name: layers[layer.name] for layer in PLAIN if layer.name in layers}
    known = {layer.name: layers[layer.name] for layer in LAYERS if layer.name in layers}
    ratios: list[tuple[str, float, int, dict[str, float | None]]] = [
        *(
            (f"time over that of {rival}, plain layers", 1.0, len(PLAIN), _each(plain, rival, OracleLayer.against))
            for rival in RIVALS
        ),
        ("value and magnitude over the value", MAGNITUDE, len(LAYERS), _all(known, OracleLayer.magnitude)),
        ("gradient in the input over forward", RELATED, len(LAYERS), _each(known, "dx", OracleLayer.gradient)),
        ("gradient in the filters over forward", RELATED, len(LAYERS), _each(known, "dfilters", OracleLayer.gradient)),
        ("transposed over forward", RELATED, len(LAYERS), _all(known, OracleLayer.transposed)),
    ]
    return [_fraction(plain, noisy), *(_at_most(*ratio, noisy) for ratio in ratios)]


def _all(layers: Mapping[str, OracleLayer], ratio: Callable[[OracleLayer], float | None]) -> dict[str, float | None]:
    return {name: ratio(layer) for name, layer in layers.items()}


def _each(
    layers: Mapping[str, OracleLayer], what: str, ratio: Callable[[OracleLayer, str], float | None]
) -> dict[str, float | None]:
    return {name: ratio(layer, what) for name, layer in layers.items()}


def _fraction(layers: Mapping[str, OracleLayer], noisy: Collection[str]) -> Goal:
    """Judge the geometric mean of the fractions of the limit."""
    text, wanted = "fraction of the limit, geometric mean of the plain layers", f"at least {FRACTION:.2f}"
    entries = {name: layer.forward["oracle"] for name, layer in layers.items() if "oracle" in layer.forward}
    if not entries:
        return Goal(text, wanted, "not measured", None, "")
    mean = mean_fraction(entries.values())
    least = min(entries, key=lambda name: entries[name].fraction)
    reached = mean >= FRACTION
    missed = "" if reached else f"missed by {FRACTION - mean:.3f}: least on {least}, {entries[least].fraction:.2f}"
    return Goal(text, wanted, f"{mean:.3f}", reached, _notes(missed, entries, len(PLAIN), noisy))


def _at_most(text: str, allowed: float, of: int, measured: Mapping[str, float | None], noisy: Collection[str]) -> Goal:
    """Judge a ratio that no layer may exceed."""
    wanted = f"at most {allowed:.2f}"
    ratios = {name: ratio for name, ratio in measured.items() if ratio is not None}
    if not ratios:
        return Goal(text, wanted, "not measured", None, "")
    missing = sorted((name for name in ratios if ratios[name] > allowed), key=lambda name: -ratios[name])
    missed = ", ".join(f"{name} by {ratios[name] / allowed - 1:.1%} ({ratios[name]:.2f})" for name in missing)
    if missed:
        missed = f"missed on {len(missing)} of {len(ratios)}: {missed}"
    return Goal(text, wanted, f"{max(ratios.values()):.2f} at worst", not missing, _notes(missed, ratios, of, noisy))


def _notes(missed: str, layers: Collection[str], of: int, noisy: Collection[str]) -> str:
    """Add to what is missed how many of the layers it speaks of, and which of them were too noisy."""
    notes = [missed] if missed else []
    if len(layers) < of:
        notes.append(f"measured on {len(layers)} of {of} layers")
    if unsure := [name for name in layers if name in noisy]:
        notes.append(f"too noisy: {', '.join(unsure)}")
    return "; ".join(notes)
