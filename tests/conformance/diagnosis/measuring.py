"""What can be measured of failures that no named fault explains: what has one cause is one failure.

Wrong values in any direction have one where sums are rounded on the way. Refusals of whatever words have one where only
one dtype meets them: the same questions are answered in `TWIN`, so what is missing is a kernel for the dtype.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.adapters.call import arrange, ask, canonical_answer
from convformance.adapters.claims import posed
from convformance.adapters.contract import Adapter
from convformance.reference.case import Case, Memory, parse_case
from convformance.reference.comparison import NonconformanceError
from convformance.reference.directions import FORWARD, GRADIENTS
from convformance.reference.elimination import Hypothesis
from convformance.reference.fingerprint import Ask, measure, narrow_accumulator, rounded_sums
from convformance.reference.judge import judge
from convformance.reference.operands import Operands
from convformance.reference.precision import default_accumulator
from convformance.reference.problem import Problem
from convformance.tests.conformance.calling import claim_of
from convformance.tests.conformance.diagnosis.asking import Asker
from convformance.tests.conformance.diagnosis.laboratory import LARGEST
from convformance.tests.conformance.report.words import counted
from convformance.tests.conformance.runner import judge_case, prepare
from convformance.tests.conformance.sizes import looked_at_first, parsed, size_of
from convformance.tests.conformance.verdicts import Verdict

Array = npt.NDArray[Any]

LOOKED_AT: Final = 8
"""So many cases of a failure are asked again."""
TWIN: Final = "float32"
"""What is refused in another dtype is asked in this one, which every framework knows best."""


@dataclass(frozen=True)
class Group:
    """Cases of one cause.

    Attributes
    ----------
    cases : list of str
        Not empty.
    hypotheses : tuple
        The faults that explain them; empty where none does.
    title : str
        What was seen of them, where no fault explains them.
    measured : bool
        Whether the title says what was measured, and not only what each verdict says.
    said : str
        What was measured besides.
    """

    cases: list[str]
    hypotheses: tuple[Hypothesis, ...] = ()
    title: str = ""
    measured: bool = False
    said: str = ""


def by_cause(asker: Asker, groups: Sequence[Group], failing: dict[str, Verdict]) -> list[Group]:
    """Put together what has one cause that can be measured.

    Parameters
    ----------
    asker : Asker
        Asks the adapter.
    groups : sequence of Group
        Cases that no fault explains, by what was seen of them.
    failing : dict of str to Verdict
        The verdicts by case.

    Returns
    -------
    list of Group
        The same cases, in other groups where a cause was found.
    """
    rounded: defaultdict[str, list[str]] = defaultdict(list)
    refused: defaultdict[str, list[Group]] = defaultdict(list)
    left = []
    for group in groups:
        found = {case: asker.ask(_rounded_sums, case) for case in group.cases if _may_round(failing[case])}
        for case, title in found.items():
            if title is not None:
                rounded[title].append(case)
        rest = replace(group, cases=[case for case in group.cases if found.get(case) is None])
        dtype = _refused_dtype(asker, [failing[case] for case in rest.cases])
        if dtype is not None:
            refused[dtype].append(rest)
        elif rest.cases:
            left.append(rest)
    left += [Group(cases, title=title, measured=True) for title, cases in rounded.items()]
    return left + [_one_refusal(dtype, members) for dtype, members in refused.items()]


def measured(adapter: Adapter, text: str) -> list[str]:
    """Measure the arithmetic of a case's problem.

    Parameters
    ----------
    adapter : Adapter
        In its own process.
    text : str
        A case of an output or a gradient, of floating-point numbers and not separable.

    Returns
    -------
    list of str
        As `convformance.reference.fingerprint.Fingerprint.words` gives it.
    """
    case = parse_case(text)
    problem = posed(adapter, case.problem)
    return measure(problem, _computing(adapter, case), case.direction).words(problem)


def measurable(case: Case) -> bool:
    """Tell whether the arithmetic of a case can be measured.

    Parameters
    ----------
    case : Case
        Any.
    """
    plain = case.problem.kind != "separable" and not case.problem.precision.is_integer
    return plain and case.direction in (FORWARD, *GRADIENTS) and size_of(str(case)) <= LARGEST


def judged(adapter: Adapter, case: str) -> Verdict:
    """Judge a case in the adapter's process.

    Parameters
    ----------
    adapter : Adapter
        In its own process.
    case : str
        Its text.
    """
    return judge_case(adapter, parse_case(case))


def _may_round(verdict: Verdict) -> bool:
    """Tell whether a narrower accumulator may be all that is wrong: the answer is near, and can be measured."""
    return verdict.verdict == "imprecise" and measurable(parsed(verdict.case))


def _rounded_sums(adapter: Adapter, text: str) -> str | None:
    """Say to what sums are rounded in the adapter's process, where that explains the answer; None elsewhere.

    An answer that such an accumulator explains lies within its bound.
    """
    case = parse_case(text)
    narrow = narrow_accumulator(posed(adapter, case.problem), _computing(adapter, case), case.direction)
    claim = claim_of(adapter, case)
    claimed = claim.accumulator or default_accumulator(case.problem.precision)
    if narrow is None or narrow.significand_bits >= claimed.significand_bits:
        return None
    prepared = prepare(case)
    answer = canonical_answer(adapter, case, ask(adapter, case, arrange(adapter, case, prepared.operands)))
    try:
        judge(answer, prepared.evaluation, case, replace(claim, accumulator=narrow))
    except NonconformanceError:
        return None
    return rounded_sums(case.problem, narrow)


def _refused_dtype(asker: Asker, verdicts: Sequence[Verdict]) -> str | None:
    """Name the dtype that is all that is refused: every case has it, and the same questions in `TWIN` are answered."""
    cases = sorted((verdict.case for verdict in verdicts), key=looked_at_first)
    dtypes = {parsed(case).problem.dtype for case in cases}
    if len(dtypes) != 1 or TWIN in dtypes or any(verdict.verdict != "rejected" for verdict in verdicts):
        return None
    twins = [replace(case, problem=replace(case.problem, dtype=TWIN)) for case in map(parsed, cases[:LOOKED_AT])]
    # The numbers of a twin are others, and may not be able to tell right from wrong: then it is not judged.
    found = [verdict for twin in twins if (verdict := asker.ask(judged, str(twin))) is not None]
    answered = all(verdict.verdict not in ("rejected", "unsupported") for verdict in found)
    return dtypes.pop() if answered and any(verdict.conforms for verdict in found) else None


def _one_refusal(dtype: str, members: Sequence[Group]) -> Group:
    """Make one failure of refusals that only one dtype meets: it has no kernel, whatever each check names."""
    members = sorted(members, key=lambda group: -len(group.cases))
    title = f"only in {dtype}: {members[0].title}" + ", and other refusals" * (len(members) > 1)
    said = [f"in {TWIN} the same questions are answered"]
    if len(members) > 1:
        said += [f'refused with "{group.title}": {counted(len(group.cases), "case")}' for group in members]
    cases = [case for group in members for case in group.cases]
    return Group(cases, title=title, measured=True, said="; ".join(said))


def _computing(adapter: Adapter, case: Case) -> Ask:
    """Let the adapter answer a case's question with other numbers, in its process."""
    memory: Memory = "dense" if case.memory == "broadcast" else case.memory

    def compute(problem: Problem, given: Operands) -> Array | None:
        question = Case(problem, direction=case.direction, memory=memory)
        answer = canonical_answer(adapter, question, ask(adapter, question, arrange(adapter, question, given)))
        return answer if isinstance(answer, np.ndarray) else None

    return compute
