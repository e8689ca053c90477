"""What a peer is: its cases, what it wants refused, and what of it can't be said here."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy.typing as npt

from convformance.reference.case import Memory
from convformance.reference.layouts import convert
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class PeerCase:
    """One comparison that a peer makes.

    Attributes
    ----------
    name : str
        The test or sample that it is.
    problem : Problem
        Everything but the numbers.
    operands : Operands
        The peer's numbers in canonical layout.
    direction : str
        ``"forward"``, a gradient, or ``"state-compiled"``.
    rtol, atol : float
        An answer counts as right within ``atol + rtol * |right|``. An infinite `rtol` compares shape and dtype alone.
    memory : str
        How the arrays lie, as `convformance.reference.case.Case` has it.
    """

    name: str
    problem: Problem
    operands: Operands
    direction: str
    rtol: float
    atol: float
    memory: Memory = "dense"


@dataclass(frozen=True)
class Refusal:
    """Something that a peer wants an error for.

    Attributes
    ----------
    name : str
        The test that it is.
    problem : Problem
        Past all rules, from `unruled`.
    operands : Operands
        Arrays in canonical layout, or as they are where an axis is missing.
    """

    name: str
    problem: Problem
    operands: Operands


@dataclass
class Peer:
    """A set of tests.

    Attributes
    ----------
    name : str
        What heads its column.
    version : str
        Of the package that they come from.
    cases : list of PeerCase
        What it compares, in its order.
    refusals : list of Refusal
        What it wants refused.
    skipped : dict
        What can't be said as a problem, and why.
    calls : int
        How often it asks the same and compares again.
    watches_inputs : bool
        Whether it notices a changed input, or an output that lies in an input's memory.
    """

    name: str
    version: str
    cases: list[PeerCase] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    calls: int = 1
    watches_inputs: bool = False


def from_channels_first(problem: Problem, x: Array, filters: Array, bias: Array | None) -> Operands:
    """View arrays as ONNX and torch lay them out, in canonical layout.

    Parameters
    ----------
    problem : Problem
        A plain or transposed convolution.
    x : array, shape ``(N, C_in, *spatial)``
        The input.
    filters : array
        ``(filters, C_in / groups, *kernel)``, of a transposed convolution ``(C_in, filters / groups, *kernel)``.
    bias : array or None
        One number per filter.

    Returns
    -------
    Operands
        Views.
    """
    source, target = ("IO*", "*OI") if problem.kind == "transposed" else ("OI*", "*IO")
    return Operands(convert(x, "NC*", "N*C"), convert(filters, source, target), bias)


def spellings(problem: Problem, operands: Operands) -> Iterator[tuple[Problem, Operands]]:
    """Give a convolution as it is and, where each channel is a group of its own, as the depthwise one that it equals.

    Parameters
    ----------
    problem : Problem
        Any problem.
    operands : Operands
        Its arrays.

    Yields
    ------
    tuple of Problem and Operands
        One question or two.
    """
    yield problem, operands
    if problem.kind == "conv" and problem.groups == problem.channels > 1:
        depthwise = replace(problem, kind="depthwise", multiplier=0)
        yield depthwise, replace(operands, filters=operands.filters.reshape(depthwise.filters_shape))


def unruled(**fields: Any) -> Problem:
    """Make a problem past all rules.

    Parameters
    ----------
    **fields
        Those of `Problem`; strides and dilation must be there.

    Returns
    -------
    Problem
        It need not be a convolution.
    """
    problem = object.__new__(Problem)
    rank = len(fields["spatial"])
    for name, known in Problem.__dataclass_fields__.items():
        value = fields.get(name, None if known.default is dataclasses.MISSING else known.default)
        object.__setattr__(problem, name, value)
    if "output_padding" not in fields:
        object.__setattr__(problem, "output_padding", (0,) * rank)
    if "multiplier" not in fields:
        object.__setattr__(problem, "multiplier", 1)
    return problem
