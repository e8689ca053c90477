"""What a run ran on: versions, processor, and the kernel that NumPy's matrix products use."""

import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_info

from convformance.adapters.processor import INSTRUCTION_SETS, cpu_info, processor

PACKAGES: Final = ("convformance", "numpy", "pytest", "keras", "tensorflow", "tensorflow-cpu", "torch")


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
        that NumPy loaded its name, version, kernel and threads. As the frameworks see it: ``traits``, ``level`` and
        ``limits`` of `convformance.adapters.processor.Processor`.
    """
    information, seen = cpu_info(), processor()
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
        "traits": list(seen.traits),
        "level": list(seen.level),
        "limits": dict(seen.limits),
    }


def traits_of(machine: Mapping[str, Any]) -> list[str]:
    """Give what an expected failure may ask of a machine.

    Parameters
    ----------
    machine : mapping
        The header's; one of a report written before ``traits`` has ``flags`` alone.
    """
    flags = machine.get("flags", ())
    if "traits" not in machine:
        return list(flags)
    # No variable hides the others, and no emulator is known to.
    return [*machine["traits"], *(flag for flag in flags if flag not in INSTRUCTION_SETS)]
