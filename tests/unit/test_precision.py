"""The number formats are the ones that the machine has."""

import numpy as np
import pytest

from convformance.reference.precision import ORACLE, PRECISIONS


@pytest.mark.parametrize("name", PRECISIONS)
def test_the_format_is_what_numpy_finds_on_the_machine(name: str) -> None:
    precision, machine = PRECISIONS[name], np.finfo(name)
    assert precision.name == name
    assert precision.numpy_dtype == np.dtype(name)
    assert precision.unit_roundoff == machine.eps / 2
    assert precision.smallest_subnormal == machine.smallest_subnormal
    assert 2.0**precision.minimum_exponent == machine.smallest_normal


def test_the_figures_of_ieee_754() -> None:
    single, double = PRECISIONS["float32"], PRECISIONS["float64"]
    assert (single.short, single.unit_roundoff, single.smallest_subnormal) == ("f32", 2.0**-24, 2.0**-149)
    assert (double.short, double.unit_roundoff, double.smallest_subnormal) == ("f64", 2.0**-53, 2.0**-1074)
    assert (single.exact_budget, double.exact_budget) == (16777216, 9007199254740992)


@pytest.mark.parametrize("name", PRECISIONS)
def test_the_budget_is_the_last_integer_before_the_first_gap(name: str) -> None:
    budget, number = PRECISIONS[name].exact_budget, np.dtype(name).type
    assert int(number(budget - 1)) == budget - 1
    assert int(number(budget)) == budget
    assert int(number(budget + 1)) != budget + 1


def test_the_reference_computes_in_float64() -> None:
    assert ORACLE is PRECISIONS["float64"]


def test_no_two_formats_share_a_token() -> None:
    assert len({precision.short for precision in PRECISIONS.values()}) == len(PRECISIONS)
