"""Small benchmark files by hand, in the form that the benchmarks write."""

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FLOPS = 4_500_000_000


def group(part: str, layer: str, contender: str, **changed: Any) -> dict[str, Any]:
    """What an entry is about: forward, batch 1 and one thread, unless changed."""
    about = {"part": part, "layer": layer, "problem": "conv2d", "contender": contender, "direction": "forward"}
    return {**about, "dtype": "float64", "batch": 1, "threads": 1, **changed}


def bench(
    part: str,
    layer: str,
    contender: str,
    fraction: float = 1.0,
    *,
    limit: float = 50.0,
    samples: Sequence[float] = (),
    verdict: str | None = "exact",
    detail: str = "",
    first: float | None = None,
    conversion: float | None = None,
    **changed: Any,
) -> dict[str, Any]:
    """An entry of 4.5e9 operations and 1e8 bytes, at a fraction of the limit, or with samples of its own."""
    data = list(samples) or [FLOPS / (fraction * limit * 1e9)] * 3
    quartiles = statistics.quantiles(data, n=4, method="inclusive")
    return {
        "name": contender,
        "extra_info": {
            **group(part, layer, contender, **changed),
            "flops": FLOPS,
            "bytes": 100_000_000,
            "limit_gflops": limit,
            "first_call_seconds": first,
            "conversion_seconds": conversion,
            "verdict": verdict,
            "detail": detail,
        },
        "stats": {"median": statistics.median(data), "iqr": quartiles[2] - quartiles[0], "data": data},
    }


def untimed(part: str, layer: str, contender: str, verdict: str, detail: str, **changed: Any) -> dict[str, Any]:
    """An entry without a time; in float32, as the frameworks are."""
    changed = {"dtype": "float64" if part == "oracle" else "float32", **changed}
    return {**group(part, layer, contender, **changed), "verdict": verdict, "detail": detail}


def suite(cases: int, jobs: int, seconds: float) -> dict[str, Any]:
    """The speed of the suite on torch."""
    return {
        "tier": "quick",
        "adapter": "torch",
        "cases": cases,
        "jobs": jobs,
        "seconds": seconds,
        "cases_per_second": cases / seconds,
        "shares": {"framework": 0.5 * seconds, "oracle": 0.3 * seconds, "other": 0.2 * seconds},
        "peak_bytes": 2**30,
        "shard": "1/12",
        "tier_seconds": 12 * seconds,
    }


def whole(
    benchmarks: list[dict[str, Any]],
    *,
    quick: bool = False,
    untimed: Sequence[dict[str, Any]] = (),
    suite: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """A file."""
    machine = {
        "cpu": "AMD & Sons",
        "flags": ["avx2", "fma", "mmx"],
        "cores": 2,
        "system": "Linux",
        "python": "3.11",
        "blas": [{"library": "openblas", "version": "0.3", "kernel": "Haswell", "threads": 2}],
        "packages": {"numpy": "2.0"},
        "threads": 2,
        "governor": None,
        "load_before": [0.1, 0.2, 0.3],
        "load_after": [1.0, 0.5, 0.4],
        "OPENBLAS_CORETYPE": "Haswell",
    }
    return {
        "datetime": "2026-01-02T03:04:05+00:00",
        "commit_info": {"id": "0123456789abcdef", "dirty": True},
        "benchmarks": benchmarks,
        "convformance": {
            "schema": 1,
            "quick": quick,
            "machine": machine,
            "untimed": list(untimed),
            "suite": list(suite),
        },
    }


def write(folder: Path, content: dict[str, Any], name: str = "benchmarks.json") -> Path:
    """Write a file and give its path."""
    file = folder / name
    file.write_text(json.dumps(content), encoding="utf-8")
    return file
