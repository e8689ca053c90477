"""How a report writes things: groups, seconds, bytes."""

from typing import Final

from convformance.benchmarks.report.reading import Group

_DIRECTIONS: Final = {"forward": "forward", "dx": "gradient in the input", "dfilters": "gradient in the filters"}

ORDER: Final = (
    *("limit", "oracle", "value+magnitude", "oracle transposed", "reference"),
    *("loops", "dots", "taps", "gather + GEMM"),
    *("torch", "torch channels_last", "tensorflow", "keras", "scipy.signal", "onnx.reference"),
)
"""The order of contenders in tables; others follow by name."""


def ordered(contenders: set[str]) -> list[str]:
    """Sort contenders as every table and chart shows them."""
    known = [name for name in ORDER if name in contenders]
    return known + sorted(contenders.difference(known))


def direction_of(name: str) -> str:
    """Write a direction in words."""
    return _DIRECTIONS[name]


def threads_of(threads: int) -> str:
    """Write a number of threads."""
    return f"{threads} thread" if threads == 1 else f"{threads} threads"


def conditions_of(group: Group) -> str:
    """Write everything of a group but its part and its layer."""
    return f"{direction_of(group.direction)}, {group.dtype}, batch {group.batch}, {threads_of(group.threads)}"


def group_of(group: Group) -> str:
    """Write a group in one line."""
    return f"{group.part}, {group.layer}, {conditions_of(group)}"


def contender_of(group: Group, contender: str) -> str:
    """Write a contender and its group in one line."""
    return f"{contender} ({group_of(group)})"


def number(value: float) -> str:
    """Write a positive number with three digits that count, and no exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    if value >= 1:
        return f"{value:.2f}"
    return f"{value:.3g}"


def fraction(value: float) -> str:
    """Write a fraction of the limit with two decimals, or with one digit that counts."""
    return f"{value:.2f}" if value >= 0.01 else f"{value:.1g}"


def duration(seconds: float | None) -> str:
    """Write seconds in the unit that suits them, or a dash."""
    if seconds is None:
        return "-"
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{number(seconds * factor)} {unit}"
    return f"{number(seconds * 1e9)} ns"


def size(count: int) -> str:
    """Write a number of bytes."""
    return f"{number(count / 2**30)} GiB" if count >= 2**30 else f"{number(count / 2**20)} MiB"


def starred(name: str, noisy: bool) -> str:
    """Mark the name of what was too noisy to judge."""
    return f"{name} *" if noisy else name


def further(more: int) -> str:
    """Say that there is more than is shown."""
    return f", and {more} more" if more > 0 else ""
