"""Ask for convolutions that are none: the right answer is an error, and it must not be the end of the process.

The problem reaches the adapter as it was asked for, past the reference's own rules. It is never asked in the process
that writes the report: under pytest-xdist a worker judges, elsewhere `convformance.tests.conformance.apart`.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.directions import INVALID
from convformance.reference.layouts import CANONICAL_DATA, convert, data_layout, lay_filters
from convformance.reference.numbers import operands
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem
from convformance.tests.conformance.calling import AnswerError, Stopwatch
from convformance.tests.conformance.verdicts import Verdict

Array = npt.NDArray[Any]
Asked = tuple[Problem, Operands]


def judge_invalid(adapter: Adapter, case: Case, numbers: Operands, watch: Stopwatch, verdict: Verdict) -> None:
    """Judge the answer to an invalid problem: ``refused`` with an error, or ``accepted``.

    Parameters
    ----------
    adapter : Adapter
        Claims the valid problem that the invalid one is made of.
    case : Case
        Its direction says what is invalid.
    numbers : Operands
        Exact numbers of the valid problem.
    watch : Stopwatch
        Counts the adapter's seconds.
    verdict : Verdict
        Is set.
    """
    problem, given = invalid_question(adapter, case, numbers)
    try:
        answer = watch.call(lambda: adapter.convolve(problem, given.x, given.filters, given.bias))
    except AnswerError as error:
        verdict.verdict, verdict.detail = "refused", str(error)
    else:
        shape = getattr(answer, "shape", None)
        verdict.verdict = "accepted"
        verdict.detail = f"{INVALID[case.direction]}: an answer of shape {shape} came back"


def invalid(case: Case, numbers: Operands) -> Asked:
    """Make the invalid problem and its arrays out of the valid ones.

    Parameters
    ----------
    case : Case
        Its direction says what is invalid.
    numbers : Operands
        Canonical arrays of the valid problem.

    Returns
    -------
    tuple of Problem and Operands
        A problem that no rule has seen, and canonical arrays; of an axis less where that is what is wrong.
    """
    return _MAKERS[case.direction](case.problem, numbers)


def invalid_problem(case: Case) -> Problem:
    """Make the invalid problem of a case, for scripts that have the arrays.

    Parameters
    ----------
    case : Case
        Its direction says what is invalid.

    Returns
    -------
    Problem
        One that no rule has seen.
    """
    return invalid(case, operands(case))[0]


def invalid_question(adapter: Adapter, case: Case, numbers: Operands) -> Asked:
    """Make the invalid problem of a case, its arrays in the layouts of an adapter.

    Parameters
    ----------
    adapter : Adapter
        Declares its layouts.
    case : Case
        Its direction says what is invalid.
    numbers : Operands
        Canonical arrays of the valid problem.

    Returns
    -------
    tuple of Problem and Operands
        An array that has too few axes for a layout stays as it is. Filters that lie group by group do so in the groups
        of the valid problem: those of the invalid one may be none.
    """
    problem, given = invalid(case, numbers)
    kind, groups = case.problem.kind, case.problem.groups
    x, filters = given.x, given.filters
    if x.ndim >= 3:
        x = convert(x, CANONICAL_DATA, data_layout(adapter.data_layout))
    if filters.ndim >= 3:
        filters = lay_filters(filters, kind, adapter.filter_layouts[kind], groups)
    return problem, _with(given, x=np.array(x, order="C"), filters=np.array(filters, order="C"))


def _unchecked(problem: Problem, **changes: Any) -> Problem:
    """Copy a problem with changes, past all rules."""
    other = object.__new__(Problem)
    for name in Problem.__dataclass_fields__:
        object.__setattr__(other, name, changes.get(name, getattr(problem, name)))
    return other


def _first(values: tuple[int, ...], value: int) -> tuple[int, ...]:
    return (value, *values[1:])


def _numbers(shape: tuple[int, ...], dtype: Any) -> Array:
    return (np.arange(1, math.prod(shape) + 1) % 5 + 1).reshape(shape).astype(dtype)


def _with_kernel(problem: Problem, given: Operands, kernel_size: tuple[int, ...]) -> Asked:
    shape = (*kernel_size, *given.filters.shape[-2:])
    return _unchecked(problem, kernel_size=kernel_size), _with(given, filters=_numbers(shape, given.filters.dtype))


def _with(given: Operands, **arrays: Array) -> Operands:
    return Operands(**{name: getattr(given, name) for name in Operands.__dataclass_fields__} | arrays)


def _too_large(problem: Problem, given: Operands) -> Asked:
    padded = [size + sum(pair) for size, pair in zip(problem.spatial, problem.pads, strict=True)]
    return _with_kernel(problem, given, _first(problem.kernel_size, padded[0] // problem.dilation[0] + 2))


def _field(name: str, value: int) -> Callable[[Problem, Operands], Asked]:
    """Put a value into a field, into its first axis where it has axes."""

    def make(problem: Problem, given: Operands) -> Asked:
        former = getattr(problem, name)
        changed = _first(former, value) if isinstance(former, tuple) else value
        return _unchecked(problem, **{name: changed}), given

    return make


def _channels_by_groups(problem: Problem, given: Operands) -> Asked:
    groups = problem.channels - 1 if problem.channels > 2 else problem.channels + 1
    return _unchecked(problem, groups=groups), given


def _filters_by_groups(problem: Problem, given: Operands) -> Asked:
    """Take one filter more than the groups divide; each has its channels."""
    filters = given.filters
    more = np.concatenate([filters, filters[..., :1]], axis=-1)
    bias = None if given.bias is None else np.append(given.bias, given.bias[:1])
    changed = _unchecked(problem, filters=problem.filters + 1)
    return changed, Operands(given.x, more, bias)


def _filters_channels(problem: Problem, given: Operands) -> Asked:
    return problem, _with(given, filters=np.concatenate([given.filters, given.filters[..., :1, :]], axis=-2))


def _pads_negative(problem: Problem, given: Operands) -> Asked:
    return _unchecked(problem, padding=((-1, -1), *((0, 0),) * (problem.rank - 1))), given


def _mixed(problem: Problem, given: Operands) -> Asked:
    other = np.float64 if problem.dtype == "float32" else np.float32
    return problem, _with(given, filters=given.filters.astype(other))


def _bias(length: Callable[[int], int]) -> Callable[[Problem, Operands], Asked]:
    def make(problem: Problem, given: Operands) -> Asked:
        bias = _numbers((length(problem.filters),), given.x.dtype)
        return _unchecked(problem, use_bias=True), _with(given, bias=bias)

    return make


_MAKERS: Final[dict[str, Callable[[Problem, Operands], Asked]]] = {
    "invalid-kernel-too-large": _too_large,
    "invalid-kernel-zero": lambda p, g: _with_kernel(p, g, _first(p.kernel_size, 0)),
    "invalid-stride-zero": _field("strides", 0),
    "invalid-stride-negative": _field("strides", -1),
    "invalid-dilation-zero": _field("dilation", 0),
    "invalid-dilation-negative": _field("dilation", -1),
    "invalid-groups-zero": _field("groups", 0),
    "invalid-groups-negative": _field("groups", -1),
    "invalid-channels-by-groups": _channels_by_groups,
    "invalid-filters-by-groups": _filters_by_groups,
    "invalid-filters-channels": _filters_channels,
    "invalid-filters-rank": lambda p, g: (p, _with(g, filters=g.filters[0])),
    "invalid-bias-length": _bias(lambda filters: filters + 1),
    "invalid-bias-short": _bias(lambda _: 1),
    "invalid-dtype-mixed": _mixed,
    "invalid-pads-negative": _pads_negative,
    "invalid-input-rank": lambda p, g: (p, _with(g, x=g.x[0])),
}
