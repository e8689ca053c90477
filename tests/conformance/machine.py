"""What a run ran on: versions, processor, and the kernel that NumPy's matrix products use."""

import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import cpuinfo
import numpy as np
from threadpoolctl import threadpool_info

PACKAGES: Final = ("convformance", "numpy", "pytest", "keras", "tensorflow", "tensorflow-cpu", "torch")
TELLING: Final = frozenset(
    {
        *("sse4_2", "avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512dq"),
        *("avx512vnni", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16", "amx_fp16"),
        *("neon", "asimd", "asimddp", "asimdhp", "i8mm", "bf16", "sve", "sve2", "vsx", "vx", "rvv"),
    }
)
"""Instruction sets that change how, and how fast, a matrix product is computed."""


def packages(others: Iterable[str] = ()) -> dict[str, str]:
    """Give the versions of the installed packages that matter, and of others, without importing them."""
    found = {}
    for name in dict.fromkeys((*PACKAGES, *others)):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Describe the machine.

    Returns
    -------
    dict
        ``cpu``, ``flags`` (instruction sets, sorted), ``cores``, ``system``, ``python`` and ``blas``: for each BLAS
        that NumPy loaded its name, version, kernel and threads.
    """
    information = cpuinfo.get_cpu_info()
    np.dot(np.ones((2, 2)), np.ones((2, 2)))
    blas = [
        {
            "library": library["internal_api"],
            "version": library["version"],
            "kernel": library.get("architecture"),
            "threads": library["num_threads"],
        }
        for library in threadpool_info()
        if library["user_api"] == "blas"
    ]
    return {
        "cpu": information.get("brand_raw", platform.processor() or "unknown"),
        "flags": sorted(information.get("flags", [])),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "blas": blas,
    }
