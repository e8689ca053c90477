"""Spell a call of a framework's function as a line of Python, for scripts that people read."""

from typing import Any, Final

_WIDTH: Final = 104


def call(function: str, *arguments: str, **options: Any) -> str:
    """Spell a call.

    Parameters
    ----------
    function : str
        Its name, with the module.
    *arguments : str
        Expressions.
    **options
        Values; those that are None are left out.

    Returns
    -------
    str
        One line, or where it would be too long, one for each argument.
    """
    parts = [*arguments, *(f"{name}={_value(value)}" for name, value in options.items() if value is not None)]
    line = f"{function}({', '.join(parts)})"
    return line if len(line) <= _WIDTH else f"{function}(\n    " + ",\n    ".join(parts) + ",\n)"


def unless(value: Any, usual: Any) -> Any:
    """Give a value to spell, or None where it is the usual one that a call need not name."""
    return None if value == usual else value


def _value(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
