"""What the benchmarks leave behind besides timings: what was not timed, the suite's own speed, and the machine."""

import os
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import pytest

from convformance.tests.conformance.machine import machine, packages

SCHEMA: Final = 1
"""The version of what stands under the key ``convformance`` of the JSON."""

_UNTIMED: Final = pytest.StashKey[list[dict[str, Any]]]()
_SUITE: Final = pytest.StashKey[list[dict[str, Any]]]()
_LOAD: Final = pytest.StashKey[list[float]]()
_GOVERNOR: Final = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_OTHERS: Final = ("scipy", "onnx", "pytest-benchmark")


def record_untimed(config: pytest.Config, entry: Mapping[str, Any]) -> None:
    """Record a contender that gets no number.

    Parameters
    ----------
    config : pytest.Config
        Of the run.
    entry : mapping
        ``part``, ``layer``, ``problem``, ``contender``, ``direction``, ``dtype``, ``batch``, ``threads``, ``verdict``
        and ``detail``: what it was asked and why it was not timed.
    """
    config.stash.setdefault(_UNTIMED, []).append(dict(entry))


def record_suite(config: pytest.Config, entry: Mapping[str, Any]) -> None:
    """Record how fast the conformance suite itself was.

    Parameters
    ----------
    config : pytest.Config
        Of the run.
    entry : mapping
        ``tier``, ``adapter``, ``cases``, ``jobs``, ``seconds``, ``cases_per_second``, ``shares`` and ``peak_bytes``.
    """
    config.stash.setdefault(_SUITE, []).append(dict(entry))


def is_quick(config: pytest.Config) -> bool:
    """Tell whether the run is the quick one (``--convformance-quick``)."""
    return bool(config.getoption("convformance_quick", default=False))


def all_threads() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def begin(config: pytest.Config) -> None:
    """Note how busy the machine is before anything is measured."""
    config.stash[_LOAD] = _load()


def has_records(config: pytest.Config) -> bool:
    """Tell whether anything was recorded."""
    return bool(config.stash.get(_UNTIMED, []) or config.stash.get(_SUITE, []))


def convformance_record(config: pytest.Config) -> dict[str, Any]:
    """Give what stands under the key ``convformance`` of the JSON.

    Parameters
    ----------
    config : pytest.Config
        Of the run.

    Returns
    -------
    dict
        ``schema``, ``quick``, ``machine``, ``untimed`` and ``suite``.
    """
    return {
        "schema": SCHEMA,
        "quick": is_quick(config),
        "machine": {
            **machine(),
            "packages": {**packages(), **_versions(_OTHERS)},
            "threads": all_threads(),
            "governor": _governor(),
            "load_before": config.stash.get(_LOAD, []),
            "load_after": _load(),
            "OPENBLAS_CORETYPE": os.environ.get("OPENBLAS_CORETYPE"),
        },
        "untimed": config.stash.get(_UNTIMED, []),
        "suite": config.stash.get(_SUITE, []),
    }


def _load() -> list[float]:
    """Give the load averages of the last 1, 5 and 15 minutes, where the system has them."""
    return list(os.getloadavg()) if hasattr(os, "getloadavg") else []


def _governor() -> str | None:
    """Give how the processor chooses its frequency, where that can be read."""
    try:
        return _GOVERNOR.read_text(encoding="ascii").strip()
    except OSError:
        return None


def _versions(names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
