"""Honest arithmetic never raises an alarm, whatever its order of summation: on all cases there are."""

import inspect
from typing import cast

import honest
import pytest
from honest import Honest

from convformance.adapters.contract import Adapter
from convformance.reference.case import parse_case
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.runner import judge_case
from convformance.tests.conformance.verdicts import Verdict

VARIANTS = [
    variant
    for _, variant in inspect.getmembers(honest, inspect.isclass)
    if issubclass(variant, Honest) and variant is not honest.Rearranged
]
OTHERS = [variant for variant in VARIANTS if variant is not honest.FiltersOutermost]
PARTS = 8


def test_the_variants_have_names_of_their_own() -> None:
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS) >= 7


@pytest.mark.parametrize("part", range(PARTS))
def test_no_case_raises_a_false_alarm(part: int) -> None:
    """Every case meets plain float32 and one of the other variants, by turns."""
    plain, others = honest.FiltersOutermost(), [variant() for variant in OTHERS]
    for place, text in enumerate(list(load("full"))[part::PARTS]):
        case = parse_case(text)
        # A case on exact numbers and its twin on real ones meet the same variant.
        for adapter in (plain, others[place // 2 % len(others)]):
            if adapter.unsupported(case.problem) is None:
                verdict = judge_case(cast(Adapter, adapter), case)
                assert verdict.conforms, verdict


def worst(part: int) -> list[Verdict]:
    """Judge the variant that rounds most on the real numbers of the quick tier."""
    adapter = honest.OneProductAtATime()
    texts = [text for text in load("quick") if ".real" in text]
    return [judge_case(cast(Adapter, adapter), parse_case(text)) for text in texts[part::7]]


def test_the_worst_honest_errors_are_well_inside_bound_and_spread() -> None:
    verdicts = worst(3)
    fractions = [verdict.fraction for verdict in verdicts if verdict.fraction is not None]
    spreads = [verdict.spread for verdict in verdicts if verdict.spread is not None]
    assert 0 < max(fractions) < 1
    assert len(spreads) > 10
    assert 0 < max(spreads) < 0.5
