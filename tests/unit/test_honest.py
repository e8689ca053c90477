"""Honest arithmetic never raises an alarm, whatever its order of summation: on all cases there are."""

import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from typing import cast

import honest
import pytest
from honest import Honest
from summing import Array

from convformance.adapters.claims import not_offered, posed
from convformance.adapters.contract import Adapter
from convformance.reference.case import MEMORIES, Case, parse_case
from convformance.reference.directions import INVALID
from convformance.reference.problem import Problem
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.runner import judge_case
from convformance.tests.conformance.smoke import smoke
from convformance.tests.conformance.verdicts import Verdict

VARIANTS: list[type[Honest]] = [
    variant
    for _, variant in inspect.getmembers(honest, inspect.isclass)
    if issubclass(variant, Honest) and variant is not honest.Float32
]
OTHERS = [variant for variant in VARIANTS if variant is not honest.FiltersOutermost]
SPECIAL_OF: dict[type[Honest], Callable[[Case], bool]] = {
    honest.StepByStep: lambda case: case.problem.dtype in ("float16", "bfloat16") or case.problem.kind == "separable",
    honest.FlushesSubnormals: lambda case: case.numbers == "subnormal",
    honest.ImageByImage: lambda case: case.is_gradient,
}
"""What a variant does in its own way; the others do all things alike."""
PARTS = 8


def test_the_variants_have_names_of_their_own() -> None:
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS) >= 10


@pytest.mark.parametrize("variant", [*VARIANTS, honest.Plain], ids=lambda variant: variant.name)
def test_the_variants_fulfil_the_contract(variant: type[Honest]) -> None:
    assert isinstance(variant(), Adapter)
    assert smoke(cast(Adapter, variant())) is None


def facing(case: Case, place: int) -> Iterator[type[Honest]]:
    """Give the variants that face a case: plain float32 all of them, one of the others by turns those on real numbers.

    On exact numbers every order of summation gives the same bits, so there the turn of the others comes every
    eleventh case only.
    """
    yield honest.FiltersOutermost
    if case.numbers not in ("exact", "photo") or place % 11 == 0:
        fit = [variant for variant in OTHERS if apt(variant, case)]
        yield fit[place % len(fit)]


@pytest.mark.heavy
@pytest.mark.parametrize("part", range(PARTS))
def test_no_case_raises_a_false_alarm_or_is_blind(part: int) -> None:
    """Judging poses each case and raises where it could not tell right from wrong, so this is the check of that too."""
    adapters = {variant: variant() for variant in VARIANTS}
    for place, text in enumerate(list(load("full"))[part::PARTS]):
        case = parse_case(text)
        for variant in facing(case, place):
            adapter = cast(Adapter, adapters[variant])
            verdict = judge_case(adapter, case)
            if variant is honest.FiltersOutermost or not declared(adapter, case):
                assert verdict.conforms, verdict
            else:
                assert verdict.verdict == "unsupported", verdict
            assert verdict.stale is None, verdict
            assert (verdict.verdict == "refused") == case.is_invalid or verdict.verdict == "unsupported", verdict


@pytest.mark.heavy
@pytest.mark.parametrize("variant", [variant for variant in VARIANTS if variant not in SPECIAL_OF])
def test_no_variant_is_alarmed_by_laws_states_and_invalid_problems(variant: type[Honest]) -> None:
    adapter = cast(Adapter, variant())
    for text, origin in load("quick").items():
        if origin in ("laws", "states", "validation"):
            verdict = judge_case(adapter, parse_case(text), origin)
            assert verdict.conforms or (verdict.verdict == "unsupported" and declared(adapter, parse_case(text))), (
                verdict
            )


def declared(adapter: Adapter, case: Case) -> bool:
    """Tell whether an adapter declares that it does not compute a case, or lacks what it needs."""
    problem = posed(adapter, case.problem)
    refuses = adapter.unsupported(problem)
    if refuses is None and (case.is_gradient or case.direction == "law-adjoint"):
        refuses = cast(Honest, adapter).unsupported_gradients(problem)
    return refuses is not None or not_offered(adapter, case) is not None


@pytest.mark.heavy
@pytest.mark.parametrize("variant", OTHERS, ids=lambda variant: variant.name)
def test_every_variant_faces_cases_of_every_question_and_number_format(variant: type[Honest]) -> None:
    cases = [case for text in list(load("full"))[::17] if apt(variant, case := parse_case(text))]
    computed = [case for case in cases if not declared(cast(Adapter, variant()), case)]
    if variant is honest.FlushesSubnormals:
        assert {case.problem.dtype for case in computed} >= {"float32"}
        return
    for what in ("dx", "dfilters", "dbias"):
        assert sum(case.direction == what for case in computed) > 20
    dtypes = {case.problem.dtype for case in computed}
    assert dtypes >= {"bfloat16", "float16"}


def apt(variant: type[Honest], case: Case) -> bool:
    return variant not in SPECIAL_OF or SPECIAL_OF[variant](case)


def test_filters_that_lie_group_by_group_raise_no_alarm_in_grouped_transposed_cases() -> None:
    adapter = cast(Adapter, honest.GroupByGroup())
    asked = []
    for text, origin in load("quick").items():
        case = parse_case(text)
        if case.problem.kind == "transposed" and case.problem.groups > 1:
            verdict = judge_case(adapter, case, origin)
            assert verdict.verdict in ("exact", "within_bound"), verdict
            asked.append(case)
    counts = Counter(case.direction for case in asked)
    assert min(counts[direction] for direction in ("forward", "dx", "dfilters", "dbias")) > 50
    assert {(case.direction, case.memory) for case in asked} >= set(product(["forward", "dfilters"], MEMORIES))


@pytest.mark.parametrize("direction", sorted(INVALID.keys() - {"invalid-kernel-too-large"}))
def test_filters_that_lie_group_by_group_are_handed_over_in_what_is_no_convolution(direction: str) -> None:
    case = parse_case(f"transposed2d-n2-i5x4-c4-f6-k3x2-s2x1-pvalid-d1x1-g2-b-f32.{direction}.exact")
    assert judge_case(cast(Adapter, honest.GroupByGroup()), case).verdict == "refused"

    class Accepts(honest.GroupByGroup):
        def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
            del problem, filters, bias
            return x

    assert judge_case(cast(Adapter, Accepts()), case).verdict == "accepted"


@pytest.mark.heavy
def test_an_adapter_that_only_computes_outputs_is_judged_by_nothing_else() -> None:
    plain = cast(Adapter, honest.Plain())
    for text in list(load("quick"))[::9]:
        case = parse_case(text)
        verdict = judge_case(plain, case)
        more = case.is_gradient or case.direction == "law-adjoint" or case.direction.startswith("state-")
        expected = case.problem.kind == "separable" or more
        assert (verdict.verdict == "unsupported") == expected, verdict
        assert verdict.conforms == (not expected), verdict


def worst(part: int) -> list[Verdict]:
    """Judge the variant that rounds most on the real numbers of the quick tier."""
    adapter = honest.OneProductAtATime()
    texts = [text for text in load("quick") if ".forward.real" in text]
    return [judge_case(cast(Adapter, adapter), parse_case(text)) for text in texts[part::7]]


@pytest.mark.heavy
def test_the_worst_honest_errors_are_well_inside_bound_and_spread() -> None:
    verdicts = worst(3)
    fractions = [verdict.fraction for verdict in verdicts if verdict.fraction is not None]
    spreads = [verdict.spread for verdict in verdicts if verdict.spread is not None]
    assert 0 < max(fractions) < 1
    assert len(spreads) > 10
    assert 0 < max(spreads) < 0.5
