"""List the registered adapters without importing a framework."""

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version

from packaging.requirements import Requirement

from convformance.adapters.contract import OFFERS
from convformance.adapters.find import contested, registered


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
    requires : tuple of str
        What pip has to be given for it.
    """

    name: str
    version: str | None
    missing: bool
    declares: str
    opt_in: bool = False
    requires: tuple[str, ...] = ()


def catalogue() -> list[Listed]:
    """List the registered adapters.

    An adapter class may name the module of its framework in an attribute ``framework``; then its version is known, and
    whether it is installed.

    Returns
    -------
    list of Listed
        Sorted by name. What several packages register says so; no package's word is taken for it.
    """
    listed = [_look(name, place) for name, place in registered().items()]
    listed += [Listed(name, None, missing=False, declares=said) for name, said in contested().items()]
    return sorted(listed, key=lambda one: one.name)


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
    framework, requires = getattr(adapter, "framework", None), tuple(getattr(adapter, "requires", ()))
    opt_in = bool(getattr(adapter, "opt_in", False))
    if framework is None:
        return Listed(name, None, missing=False, declares=declares, opt_in=opt_in, requires=requires)
    if not _is_here(framework):
        return Listed(name, None, missing=True, declares=declares, opt_in=opt_in, requires=requires)
    found = next(iter(packages_of(adapter).values()), None)
    return Listed(name, found, missing=False, declares=declares, opt_in=opt_in, requires=requires)


def packages_of(adapter: object) -> dict[str, str]:
    """Give the versions of the installed packages that an adapter stands on.

    Parameters
    ----------
    adapter : object
        An adapter, or its class: may have ``framework`` and ``requires``.

    Returns
    -------
    dict of str to str
        Name to version, those that bring its framework first; empty where it says nothing.
    """
    framework = str(getattr(adapter, "framework", None)).partition(".")[0]
    required = [Requirement(text).name for text in getattr(adapter, "requires", ())]
    found = {}
    for name in dict.fromkeys((*_providers().get(framework, ()), *required)):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def _providers() -> Mapping[str, list[str]]:
    return packages_distributions()


def _is_here(module: str) -> bool:
    """Say whether a module is installed, without importing it, or only the packages around it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
