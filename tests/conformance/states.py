"""Judge how an adapter behaves over several calls: one layer fed several sizes, other threads, compiled."""

from dataclasses import replace
from typing import Any

import numpy as np

from convformance.adapters.call import arrange, canonical_answer
from convformance.adapters.claims import posed
from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.comparison import NonconformanceError
from convformance.reference.judge import check_exact, check_form
from convformance.reference.numbers import operands
from convformance.reference.operands import Operands
from convformance.reference.oracle import evaluate
from convformance.tests.conformance.calling import Stopwatch
from convformance.tests.conformance.verdicts import Verdict

THREADS = (1, 2)


def judge_state(adapter: Any, case: Case, numbers: Operands, watch: Stopwatch, verdict: Verdict) -> None:
    """Judge one behaviour on exact numbers.

    Parameters
    ----------
    adapter : Adapter
        Has what the case needs.
    case : Case
        Its direction is the behaviour.
    numbers : Operands
        Exact numbers.
    watch : Stopwatch
        Counts the adapter's seconds.
    verdict : Verdict
        Is set to ``exact``.

    Raises
    ------
    NonconformanceError
        Where an answer is not the exact one.
    """
    given = arrange(adapter, case, numbers)
    problem = posed(adapter, case.problem)
    if case.direction == "state-sizes":
        layer = watch.call(lambda: adapter.layer(problem, given.filters, given.bias))
        larger = replace(case.problem, spatial=tuple(size + 3 for size in case.problem.spatial))
        other = replace(numbers, x=operands(Case(larger)).x)
        other_x = arrange(adapter, Case(larger), other).x
        _require_exact(adapter, case, numbers, watch.call(lambda: layer(given.x)), "size A")
        _require_exact(adapter, Case(larger), other, watch.call(lambda: layer(other_x)), "size B")
        _require_exact(adapter, case, numbers, watch.call(lambda: layer(given.x)), "size A again")
        # A layer that keeps answers by size gives an old one.
        turned = replace(numbers, x=np.ascontiguousarray(numbers.x[::-1, ::-1]))
        turned_x = arrange(adapter, case, turned).x
        _require_exact(adapter, case, turned, watch.call(lambda: layer(turned_x)), "size A of other numbers")
    elif case.direction == "state-threads":
        for count in THREADS:
            with adapter.threads(count):
                answer = watch.call(lambda: adapter.convolve(problem, given.x, given.filters, given.bias))
            _require_exact(adapter, case, numbers, answer, f"{count} threads")
    else:
        answer = watch.call(lambda: adapter.compiled(problem, given.x, given.filters, given.bias))
        _require_exact(adapter, case, numbers, answer, "compiled")
    verdict.verdict = "exact"


def _require_exact(adapter: Adapter, case: Case, numbers: Operands, answer: object, when: str) -> None:
    """Require the exact output, naming in which of the calls it was missing."""
    evaluation = evaluate(case.problem, numbers)
    # What a layer gives belongs to the caller: a copy would hide that the next call changes it.
    try:
        form = check_form(canonical_answer(adapter, case, answer), evaluation.value.shape, case.problem.precision)
        check_exact(np.asarray(form), evaluation)
    except NonconformanceError as error:
        raise NonconformanceError(error.verdict, f"{when}: {error.detail}") from error
