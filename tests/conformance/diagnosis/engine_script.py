"""Ask an adapter that has no script of its own from a reproducer: load its file, or else find it through the suite."""

from pathlib import Path
from textwrap import wrap
from typing import Final

from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.problem import Problem

_FIELDS: Final = (
    "kind", "rank", "batch", "spatial", "channels", "filters", "multiplier", "kernel_size", "strides", "padding",
    "pads", "output_padding", "padding_mode", "dilation", "groups", "use_bias", "activation", "dtype", "output_spatial",
    "output_shape",
)  # fmt: skip


def engine_script(adapter: Adapter, problem: Problem, case: Case, spelling: str) -> str:
    """Write the lines that compute ``got`` with an adapter.

    Parameters
    ----------
    adapter : Adapter
        The adapter.
    problem : Problem
        As it is posed to it.
    case : Case
        The question.
    spelling : str
        ``path/to/file.py:Attribute`` is loaded without the suite; any other name is found through it.

    Returns
    -------
    str
        Python that takes the arrays in the adapter's layouts.
    """
    place, _, attribute = spelling.rpartition(":")
    # A fault in front of an adapter (file.py:Engine+kernel-flipped) is known to the suite alone.
    if place.endswith(".py") and attribute.isidentifier():
        fields = ", ".join(f"{name}={getattr(problem, name)!r}" for name in _FIELDS)
        lines = [
            "import runpy",
            "from types import SimpleNamespace",
            f"engine = runpy.run_path({str(Path(place).resolve())!r})[{attribute!r}]",
            "engine = engine() if isinstance(engine, type) else engine",
            "problem = SimpleNamespace(",
            *wrap(fields, 100, initial_indent="    ", subsequent_indent="    "),
            ")",
        ]
    elif case.is_invalid:
        # The text of what is no problem is refused, as it should be: the suite makes it of a valid one.
        lines = [
            "from convformance.adapters.find import find",
            "from convformance.reference.case import parse_case",
            "from convformance.tests.conformance.validation import invalid_problem",
            f"engine = find({spelling!r})",
            f"problem = invalid_problem(parse_case({str(case)!r}))",
        ]
    else:
        lines = [
            "from convformance.adapters.find import find",
            "from convformance.reference.text import parse_problem",
            f"engine = find({spelling!r})",
            f"problem = parse_problem({str(problem)!r})",
        ]
    names = ["x", "filters", "bias"]
    if problem.dtype == "bfloat16":
        lines.append("import ml_dtypes")
        arrays = ["x", "filters", *(["bias"] if problem.use_bias else []), *(["cotangent"] if case.is_gradient else [])]
        arrays += ["pointwise"] if problem.kind == "separable" else []
        lines += [f"{name} = {name}.astype(ml_dtypes.bfloat16)" for name in arrays]
    if not problem.use_bias:
        lines.append("bias = None")
    method = "convolve"
    if problem.kind == "separable":
        names, method = ["x", "filters", "pointwise", "bias"], "separable"
    if case.is_gradient:
        names.append("cotangent")
    arguments = ", ".join(["problem", *names])
    if not case.is_gradient:
        lines.append(f"got = engine.{method}({arguments})")
    elif problem.kind != "separable" and getattr(adapter, "gradient", None) is not None:
        lines.append(f'got = engine.gradient({arguments}, "{case.direction}")')
    else:
        several = "separable_gradients" if problem.kind == "separable" else "gradients"
        middle = ["dpointwise"] if problem.kind == "separable" else []
        which = ["dx", "dfilters", *middle, "dbias"].index(case.direction)
        lines.append(f"got = engine.{several}({arguments})[{which}]")
    if problem.dtype == "bfloat16":
        lines += ["returned = got.dtype.name", 'got = got.astype("float32")']
    return "\n".join(lines)
