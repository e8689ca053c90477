"""Find an adapter by what a person writes on the command line."""

import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from functools import reduce
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Final

from convformance.adapters.contract import Adapter, AdapterError, UnknownAdapterError
from convformance.adapters.faulty import Faulty
from convformance.reference.faults import FAULTS, Fault, by_slug
from convformance.reference.layouts import CANONICAL_FILTERS, DATA_LAYOUTS, GROUP_BY_GROUP, axes_of

GROUP: Final = "convformance.adapters"
"""The entry-point group under which installed packages register adapters, this one among them."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_METHODS: Final = ("version", "unsupported", "convolve")


def registered() -> dict[str, str]:
    """List the adapters that installed packages register.

    Returns
    -------
    dict of str to str
        Name to ``module:attribute``, sorted by name, without those that `contested` names. Nothing is imported.
    """
    return {name: next(iter(places)) for name, places in _registrations().items() if len(places) == 1}


def contested() -> dict[str, str]:
    """Name what several packages register, each as something else: it is nobody's until one of them is meant.

    Returns
    -------
    dict of str to str
        Name to a sentence that says which packages they are, and what to do.
    """
    return {
        name: f"adapter {name!r} is registered by several packages: {', '.join(places.values())}; "
        "give the module:Attribute that is meant, or uninstall the others"
        for name, places in _registrations().items()
        if len(places) > 1
    }


def locate(spelling: str) -> tuple[str, str]:
    """Tell where an adapter is, without importing anything.

    Parameters
    ----------
    spelling : str
        A registered name, ``package.module:Attribute``, or ``path/to/file.py:Attribute``; behind it ``+fault`` for each
        fault that is put in front of it.

    Returns
    -------
    tuple of str
        The module or file, and the attribute in it.

    Raises
    ------
    UnknownAdapterError
        When the spelling is none of these, or a name that several packages register.
    """
    names = registered()
    spelling, _ = _faults_of(spelling)
    base, plus, word = spelling.rpartition("+")
    if plus and (base in names or ":" in base) and re.fullmatch(r"[a-z0-9-]*", word):
        near = get_close_matches(word, [fault.slug for fault in FAULTS.values()], n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        raise UnknownAdapterError(f"no fault is called {word!r}{meant}: convformance faults --list names them")
    if spelling in (disputed := contested()):
        raise UnknownAdapterError(disputed[spelling])
    place, separator, attribute = names.get(spelling, spelling).rpartition(":")
    if not separator or not place or not attribute.isidentifier():
        raise UnknownAdapterError(
            f"unknown adapter {spelling!r}: give one of {', '.join(names) or '(none registered)'}, "
            "package.module:Attribute, or path/to/file.py:Attribute"
        )
    return place, attribute


def find(spelling: str) -> Adapter:
    """Load an adapter.

    Parameters
    ----------
    spelling : str
        A registered name, ``package.module:Attribute``, or ``path/to/file.py:Attribute``; the attribute is a class
        made without arguments, or an instance. ``torch+kernel-flipped`` is torch with a fault in front of it
        (`convformance.reference.faults`).

    Returns
    -------
    Adapter
        Checked to have what the contract asks for.

    Raises
    ------
    UnknownAdapterError
        When the spelling is none of these, or a name that several packages register.
    AdapterError
        When it can't be loaded or lacks something, with the cause.
    """
    place, attribute = locate(spelling)
    base, faults = _faults_of(spelling)
    if faults:
        return reduce(Faulty, faults, find(base))
    module = _load_file(Path(place)) if place.endswith(".py") else _load_module(place)
    if not hasattr(module, attribute):
        raise AdapterError(f"adapter {spelling}: {place} has no attribute {attribute!r}")
    found = getattr(module, attribute)
    if inspect.isclass(found):
        try:
            found = found()
        except AdapterError as error:
            raise AdapterError(f"adapter {spelling}: {error}") from error
        except Exception as error:
            raise AdapterError(f"adapter {spelling} can't be made: {_cause(error)}") from error
    return _checked(found, spelling)


def _registrations() -> dict[str, dict[str, str]]:
    """Give for each registered name, sorted, its places, and for each place who registers it, in words."""
    found: dict[str, dict[str, str]] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        package = entry.dist.name if entry.dist is not None else "a package without a name"
        found.setdefault(entry.name, {}).setdefault(entry.value, f"{package} as {entry.value}")
    return found


def _faults_of(spelling: str) -> tuple[str, list[Fault]]:
    """Take the faults off the end of a spelling, as long as what stands behind a + is the name of one."""
    base, plus, word = spelling.rpartition("+")
    fault = by_slug(word) if plus else None
    if fault is None:
        return spelling, []
    base, faults = _faults_of(base)
    return base, [*faults, fault]


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise AdapterError(f"adapter file {path} can't be read: there is no such file")
    name = f"_convformance_adapter_{re.sub(r'[^A-Za-z0-9]', '_', str(path.resolve()))}"
    if name in sys.modules:
        return sys.modules[name]
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise AdapterError(f"adapter file {path} can't be loaded as Python")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise AdapterError(f"adapter file {path} can't be loaded: {_cause(error)}") from error
    return module


def _load_module(name: str) -> ModuleType:
    # Behind everything installed, so that a file here can't take the place of a package.
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise AdapterError(f"adapter module {name} can't be imported: {_cause(error)}") from error


def _checked(adapter: object, spelling: str) -> Adapter:
    """Require the contract, naming the first thing that is missing."""
    name = getattr(adapter, "name", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise AdapterError(f"adapter {spelling}: name must be letters, digits and . _ + -: got {name!r}")
    layout = getattr(adapter, "data_layout", None)
    if layout not in DATA_LAYOUTS:
        raise AdapterError(f"adapter {spelling}: data_layout must be one of {', '.join(DATA_LAYOUTS)}: got {layout!r}")
    layouts = getattr(adapter, "filter_layouts", None)
    for kind, canonical in CANONICAL_FILTERS.items():
        # Only plain convolution has to be there.
        given = layouts.get(kind, canonical if kind != "conv" else None) if isinstance(layouts, Mapping) else None
        axes = axes_of(given) if isinstance(given, str) and kind == "transposed" else given
        if not isinstance(axes, str) or sorted(axes) != sorted(canonical):
            only = f", {GROUP_BY_GROUP} in place of O for 'transposed' alone" if GROUP_BY_GROUP in str(given) else ""
            raise AdapterError(
                f"adapter {spelling}: filter_layouts must give {kind!r} a layout of {', '.join(canonical[:-1])} and "
                f"{canonical[-1]}, like {{{kind!r}: {canonical!r}}}{only}: got {layouts!r}"
            )
    for method in _METHODS:
        if not callable(getattr(adapter, method, None)):
            raise AdapterError(f"adapter {spelling}: the contract asks for a method {method!r}: there is none")
    assert isinstance(adapter, Adapter)
    return adapter


def _cause(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
