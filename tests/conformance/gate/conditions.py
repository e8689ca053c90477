"""Conditions on cases: what the expression of an expected entry may say, and how long it may take to say it."""

import ast
import operator
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from simpleeval import DEFAULT_OPERATORS, EvalWithCompoundTypes

from convformance.reference.case import Case
from convformance.tests.conformance.report.harmless import visible

LONGEST: Final = 4000
"""Characters of an expression."""
NAMES: Final = (
    "kind", "rank", "batch", "spatial", "channels", "filters", "kernel_size", "strides", "padding", "pads", "dilation",
    "groups", "multiplier", "use_bias", "activation", "padding_mode", "output_padding", "dtype", "output_spatial",
    "numbers", "memory", "direction",
)  # fmt: skip
"""What an expression sees of a case."""

_OF_THE_CASE: Final = ("numbers", "memory", "direction")
_ALLOWED: Final = (
    ast.Expression, ast.Name, ast.Load, ast.Constant, ast.Tuple, ast.List, ast.Subscript, ast.Slice, ast.Call,
    ast.IfExp, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, ast.Add, ast.Sub,
    ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Compare, ast.Eq, ast.NotEq, ast.Gt, ast.Lt, ast.GtE, ast.LtE, ast.In,
    ast.NotIn, ast.Is, ast.IsNot,
)  # fmt: skip


class ConditionError(ValueError):
    """An expression that can't be evaluated; the message is one line."""


def evaluate(expression: str, case: Case) -> Any:
    """Evaluate an expression on a case.

    Comparisons, arithmetic, ``and``, ``or``, ``not``, ``in``, places of tuples, `FUNCTIONS` and `NAMES`: nothing that
    could take long, whatever it says.

    Parameters
    ----------
    expression : str
        Python's; it may go over several lines.
    case : Case
        The case.

    Returns
    -------
    object
        What it gives; False where it speaks of an axis that the problem does not have.

    Raises
    ------
    ConditionError
        When it is no such expression, or can't be evaluated on this case.
    """
    try:
        evaluator = _evaluator()
        evaluator.names = _Names(case)
        return evaluator.eval(expression, _parsed(expression))
    except IndexError:
        return False
    except Exception as error:
        # Evaluating what somebody wrote may raise anything.
        said = shortened(f"{type(error).__name__}: {error}")
        raise ConditionError(f"{shortened(expression)} can't be evaluated: {said}") from error


def shortened(text: str) -> str:
    """Give a text on one line that can be seen, cut where it is long.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    str
        Its first 200 characters.
    """
    return visible(" ".join(text.split()), 200)


class _Names:
    """The names of a case, each looked up when it is asked for."""

    def __init__(self, case: Case) -> None:
        self._case = case

    def __getitem__(self, name: str) -> object:
        if name not in NAMES:
            raise KeyError(name)
        return getattr(self._case if name in _OF_THE_CASE else self._case.problem, name)


def _of_numbers(act: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Keep an operation from text and tuples, of which it would make long ones."""

    def checked(one: Any, other: Any) -> Any:
        if not (isinstance(one, int | float) and isinstance(other, int | float)):
            raise TypeError("* and % are for numbers")
        return act(one, other)

    return checked


def _total(numbers: Sequence[Any]) -> Any:
    """Add up numbers; tuples could be added up to very long ones."""
    if not all(isinstance(number, int | float) for number in numbers):
        raise TypeError("sum() is for numbers")
    return sum(numbers)


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {"max": max, "min": min, "sum": _total, "len": len}
"""What an expression may call."""


@cache
def _evaluator() -> Any:
    """Make the evaluator, with narrower limits than simpleeval's own."""
    narrower = {ast.Mult: _of_numbers(operator.mul), ast.Mod: _of_numbers(operator.mod)}
    evaluator = EvalWithCompoundTypes(DEFAULT_OPERATORS | narrower)
    evaluator.functions = dict(FUNCTIONS)
    return evaluator


@cache
def _parsed(expression: str) -> ast.expr:
    """Parse, and refuse powers, attributes, formats, loops: what has no use here and no end."""
    if len(expression) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    # In brackets, so that it may go over several lines.
    tree = ast.parse(f"({expression}\n)", mode="eval")
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise TypeError(f"{type(node).__name__} is not allowed here")
    return tree.body
