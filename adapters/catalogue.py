"""List the registered adapters without importing a framework."""

import importlib
import importlib.util
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, version

from convformance.adapters.contract import OFFERS
from convformance.adapters.find import registered


@dataclass(frozen=True)
class Listed:
    """What can be said of an adapter before it is made.

    Attributes
    ----------
    name : str
        As given to ``--adapter``.
    version : str or None
        The installed version of its framework; None where it is not installed, or the adapter does not say which it is.
    missing : bool
        Whether the framework is known not to be installed. One that is registered but broken is not missing.
    declares : str
        Its layouts and what it offers besides `convolve`, or what is wrong with it.
    opt_in : bool
        Whether it is judged only where it is named.
    """

    name: str
    version: str | None
    missing: bool
    declares: str
    opt_in: bool = False


def catalogue() -> list[Listed]:
    """List the registered adapters.

    An adapter class may name the module of its framework in an attribute ``framework``; then its version is known, and
    whether it is installed.

    Returns
    -------
    list of Listed
        Sorted by name.
    """
    return [_look(name, place) for name, place in registered().items()]


def installed() -> list[str]:
    """Name the registered adapters whose framework is installed, or not known to be missing; not who is `opt_in`."""
    return [listed.name for listed in catalogue() if not listed.missing and not listed.opt_in]


def _look(name: str, place: str) -> Listed:
    module, _, attribute = place.partition(":")
    try:
        adapter = getattr(importlib.import_module(module), attribute)
        layouts = ", ".join(f"{kind} {layout}" for kind, layout in adapter.filter_layouts.items())
        offers = [offer for offer in OFFERS if getattr(adapter, offer, None) is not None]
        declares = "; ".join(
            [adapter.data_layout, f"filters {layouts}", *([f"offers {', '.join(offers)}"] if offers else [])]
        )
    except Exception as error:  # noqa: BLE001 - somebody else's package may raise anything
        return Listed(name, None, missing=False, declares=f"can't be loaded: {type(error).__name__}: {error}")
    framework = getattr(adapter, "framework", None)
    if framework is None:
        return Listed(name, None, missing=False, declares=declares)
    if importlib.util.find_spec(framework) is None:
        return Listed(name, None, missing=True, declares=declares)
    opt_in = bool(getattr(adapter, "opt_in", False))
    return Listed(name, _version(framework), missing=False, declares=declares, opt_in=opt_in)


def _version(module: str) -> str | None:
    for distribution in (module, *packages_distributions().get(module, ())):
        try:
            return version(distribution)
        except PackageNotFoundError:
            continue
    return None
