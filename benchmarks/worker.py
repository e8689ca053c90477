"""The process that a contender lives in: it makes what is timed, judges that very thing, and takes samples of it."""

import os
import pickle
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

import numpy as np

from convformance.adapters.call import arrange, ask, canonical_answer
from convformance.adapters.claims import not_claimed, posed
from convformance.adapters.contract import Adapter, AdapterError, Prepared
from convformance.adapters.find import find
from convformance.benchmarks.limit import product
from convformance.benchmarks.rounds import sampler
from convformance.reference.case import Case, Memory, parse_case
from convformance.reference.comparison import NonconformanceError
from convformance.reference.judge import judge
from convformance.reference.layouts import CANONICAL_DATA, convert, data_layout, lay_filters
from convformance.reference.operands import Operands
from convformance.reference.posing import Posed
from convformance.tests.conformance.calling import claim_of, describe
from convformance.tests.conformance.verdicts import CONFORMING

CONVERSIONS = 3
"""So often a conversion is measured; the median counts."""


@dataclass(frozen=True)
class Prepare:
    """Asks for all that one case needs, and for the verdict on it.

    Attributes
    ----------
    case : str
        The case's text.
    numbers : Path
        Its numbers and evaluation, made once for all contenders: a pickled `Posed`.
    """

    case: str
    numbers: Path


@dataclass(frozen=True)
class Product:
    """Asks for the seconds of so many products of two square matrices of so many rows."""

    size: int
    dtype: str
    calls: int


@dataclass(frozen=True)
class Sample:
    """Asks for the seconds of so many calls of what was made last."""

    calls: int


Request: TypeAlias = Prepare | Product | Sample


@dataclass(frozen=True)
class Ready:
    """What can be said of a callable before it is timed.

    Attributes
    ----------
    verdict : str
        Of its answer.
    detail : str
        The judge's words, and what else a reader has to know of the timing.
    first_call_seconds : float or None
        Making the callable and calling it once.
    conversion_seconds : float or None
        From arrays with channels last to what the framework computes on, and back.
    """

    verdict: str
    detail: str = ""
    first_call_seconds: float | None = None
    conversion_seconds: float | None = None

    @property
    def conforms(self) -> bool:
        """Whether it may be timed."""
        return self.verdict in CONFORMING


def serve(end: Connection, spelling: str | None, memory: Memory, log: Path) -> None:
    """Answer requests until there are no more.

    Parameters
    ----------
    end : Connection
        Where requests come from and answers go to; the first answer, before any request, is None, or why the adapter
        can't be loaded.
    spelling : str or None
        The adapter; None where only products are asked for.
    memory : Memory
        How the arrays lie that it is given.
    log : Path
        Where the process writes what it prints: libraries are talkative when they are loaded, and when they abort.
    """
    printed = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(printed, stream)
    warnings.simplefilter("ignore")  # what a framework tells its users is not what is measured
    try:
        adapter = None if spelling is None else find(spelling)
    except AdapterError as error:
        end.send(str(error))
        return
    end.send(None)
    call: Callable[[], object] = tuple
    while True:
        try:
            request: Request = end.recv()
        except EOFError:
            return
        if isinstance(request, Sample):
            end.send(sampler(call)(request.calls))
        elif isinstance(request, Product):
            end.send(sampler(product(request.size, request.dtype))(request.calls))
        else:
            assert adapter is not None
            call = tuple  # let go of the last case before the next is made
            with request.numbers.open("rb") as file:
                pose: Posed = pickle.load(file)  # noqa: S301 - written by the process that started this one
            call, ready = make(adapter, parse_case(request.case), pose, memory)
            del pose
            end.send(ready)


def first_call(call: Callable[[], Any], answer: Callable[[Any], object], case: Case, pose: Posed) -> Ready:
    """Call what computes in this process for the first time, and judge.

    Parameters
    ----------
    call : callable
        What will be timed.
    answer : callable
        Takes what it gives to the canonical answer.
    case : Case
        The question.
    pose : Posed
        The case's numbers and evaluation.
    """
    begin = time.perf_counter()
    result = call()
    seconds = time.perf_counter() - begin
    try:
        return Ready(judge(answer(result), pose.evaluation, case).verdict, "", seconds)
    except NonconformanceError as error:
        return Ready(error.verdict, error.detail, seconds)


def make(adapter: Adapter, case: Case, pose: Posed, memory: Memory) -> tuple[Callable[[], object], Ready]:
    """Make what is timed, call it for the first time, judge its answer, measure the conversions.

    Parameters
    ----------
    adapter : Adapter
        Who computes.
    case : Case
        What.
    pose : Posed
        The case's numbers and evaluation.
    memory : Memory
        How the arrays lie that the adapter is given.

    Returns
    -------
    callable
        One call of it is one computation; only where the verdict conforms.
    Ready
        The verdict, and what was measured on the way.
    """
    unmade: Callable[[], object] = tuple
    try:
        reason = not_claimed(adapter, case)
        if reason is not None:
            return unmade, Ready("unsupported", reason)
        given = arrange(adapter, replace(case, memory=memory), pose.operands)
        begin = time.perf_counter()
        (load, run, fetch), remark = _callables(adapter, case, given)
        result = run()
        first_seconds = time.perf_counter() - begin
        answer = canonical_answer(adapter, case, fetch(result))
        conformance = judge(answer, pose.evaluation, case, claim_of(adapter, case))
        conversion = None
        if not remark:
            layouts = _layouts(adapter, case, pose.operands) if memory == "dense" else tuple
            conversion = median(_conversion(adapter, case, layouts, load, fetch, result) for _ in range(CONVERSIONS))
    except NonconformanceError as error:
        return unmade, Ready(error.verdict, error.detail)
    except Exception as error:  # noqa: BLE001 - an adapter may raise anything, and it is a verdict
        return unmade, Ready("rejected", describe(error))
    seen = conformance.seen or f"worst error {conformance.fraction:.2g} of its bound"
    return run, Ready(conformance.verdict, "; ".join(filter(None, (seen, remark))), first_seconds, conversion)


def _callables(adapter: Adapter, case: Case, given: Operands) -> tuple[Prepared, str]:
    """Give what the adapter prepares, or its whole call, and what has to be said of that."""
    prepare = getattr(adapter, "prepare", None)
    if prepare is not None:
        arrays = (given.x, given.filters, given.bias, given.cotangent)
        prepared: Prepared = prepare(posed(adapter, case.problem), case.direction, *arrays)
        return prepared, ""
    alone = case.is_gradient and getattr(adapter, "gradient", None) is not None
    whole = (tuple, lambda: ask(adapter, case, given, alone=alone), lambda answer: answer)
    every = ", all gradients together" if case.is_gradient and not alone else ""
    return whole, f"the whole call is timed{every}: the adapter has no `prepare`"


def _layouts(adapter: Adapter, case: Case, canonical: Operands) -> Callable[[], object]:
    """Give what brings canonical arrays to the adapter's layouts; one that lies there already is not copied."""
    problem = posed(adapter, case.problem)
    filters = canonical.filters.reshape(problem.filters_shape)
    kind = problem.kind
    data = [array for array in (canonical.x, canonical.cotangent) if array is not None]

    def convert_all() -> object:
        return (
            [np.ascontiguousarray(convert(each, CANONICAL_DATA, data_layout(adapter.data_layout))) for each in data],
            np.ascontiguousarray(lay_filters(filters, kind, adapter.filter_layouts[kind], problem.groups)),
        )

    return convert_all


def _conversion(  # noqa: PLR0913, PLR0917 - the steps of one way there and back
    adapter: Adapter,
    case: Case,
    layouts: Callable[[], object],
    load: Callable[[], object],
    fetch: Callable[[Any], Any],
    result: Any,
) -> float:
    """Measure the way from NumPy arrays with channels last to the framework, and back."""
    begin = time.perf_counter()
    layouts()
    load()
    np.ascontiguousarray(canonical_answer(adapter, case, fetch(result)))
    return time.perf_counter() - begin
