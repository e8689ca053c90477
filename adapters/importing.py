"""Import a framework only when its adapter is made, and say what to install where it is missing."""

import importlib
import platform
import shlex
from collections.abc import Sequence
from typing import Any, Final

from convformance.adapters.contract import AdapterError

TENSORFLOW: Final = ("tensorflow-cpu", "tensorflow")
"""The packages that bring TensorFlow: without GPU code on x86-64, and the only one where pip has none of these."""
TENSORFLOW_REQUIRES: Final = (f"{TENSORFLOW[platform.machine() not in ('x86_64', 'AMD64')]}>=2.18",)
"""What pip is given for TensorFlow on this machine."""


def import_framework(module: str, requires: Sequence[str]) -> Any:
    """Import a framework.

    Parameters
    ----------
    module : str
        What to import.
    requires : sequence of str
        What the adapter needs, as it is given to pip.

    Returns
    -------
    module
        The framework.

    Raises
    ------
    AdapterError
        When it is not installed, or does not import, with the cause and what to do.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = "is not installed" if error.name == module else f"does not import, {error.name} is missing"
        raise AdapterError(f"{module} {missing}: python -m pip install {shlex.join(requires)}") from error
    except ImportError as error:
        raise AdapterError(f"{module} is installed but does not import: {error}") from error
