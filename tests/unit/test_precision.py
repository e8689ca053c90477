"""The number formats are the ones that the machine has."""

import ml_dtypes
import numpy as np
import pytest

from convformance.reference.precision import ORACLE, PRECISIONS, default_accumulator

FLOATS = [name for name, precision in PRECISIONS.items() if not precision.is_integer]


@pytest.mark.parametrize("name", FLOATS)
def test_the_format_is_what_the_machine_has(name: str) -> None:
    precision, machine = PRECISIONS[name], ml_dtypes.finfo(name)  # type: ignore[no-untyped-call]
    assert precision.name == name
    assert precision.numpy_dtype == machine.dtype
    assert precision.unit_roundoff == float(machine.eps) / 2
    assert precision.smallest_subnormal == float(machine.smallest_subnormal)
    assert precision.smallest_normal == 2.0**precision.minimum_exponent == float(machine.smallest_normal)


def test_the_figures_of_ieee_754() -> None:
    half, single, double = PRECISIONS["float16"], PRECISIONS["float32"], PRECISIONS["float64"]
    assert (half.short, half.unit_roundoff, half.smallest_subnormal) == ("f16", 2.0**-11, 2.0**-24)
    assert (single.short, single.unit_roundoff, single.smallest_subnormal) == ("f32", 2.0**-24, 2.0**-149)
    assert (double.short, double.unit_roundoff, double.smallest_subnormal) == ("f64", 2.0**-53, 2.0**-1074)
    assert [one.exact_budget for one in (half, single, double)] == [2048, 16777216, 9007199254740992]


def test_bfloat16_has_the_exponents_of_float32_and_eight_bits() -> None:
    brain = PRECISIONS["bfloat16"]
    assert (brain.short, brain.unit_roundoff, brain.exact_budget) == ("bf16", 2.0**-8, 256)
    assert brain.smallest_normal == PRECISIONS["float32"].smallest_normal
    assert brain.smallest_subnormal == 2.0**-133


@pytest.mark.parametrize("name", FLOATS)
def test_the_budget_is_the_last_integer_before_the_first_gap(name: str) -> None:
    budget, number = PRECISIONS[name].exact_budget, PRECISIONS[name].numpy_dtype.type
    assert int(number(budget - 1)) == budget - 1
    assert int(number(budget)) == budget
    assert int(number(budget + 1)) != budget + 1


@pytest.mark.parametrize(("name", "short"), [("int32", "i32"), ("int64", "i64")])
def test_integers_never_round(name: str, short: str) -> None:
    precision = PRECISIONS[name]
    assert precision.is_integer
    assert (precision.name, precision.short, precision.numpy_dtype) == (name, short, np.dtype(name))
    assert (precision.unit_roundoff, precision.smallest_subnormal) == (0, 0)
    assert precision.significand_bits == np.iinfo(name).bits - 1


def test_the_budget_of_integers_is_their_largest_and_leaves_the_reference_room() -> None:
    assert PRECISIONS["int32"].exact_budget == np.iinfo(np.int32).max
    assert PRECISIONS["int64"].exact_budget == 2**62


def test_the_reference_computes_in_float64() -> None:
    assert ORACLE is PRECISIONS["float64"]


def test_formats_of_16_bits_are_added_up_in_float32_and_all_others_in_themselves() -> None:
    assert {name: default_accumulator(precision).name for name, precision in PRECISIONS.items()} == {
        "float16": "float32",
        "bfloat16": "float32",
        "float32": "float32",
        "float64": "float64",
        "int32": "int32",
        "int64": "int64",
    }


def test_no_two_formats_share_a_token() -> None:
    assert len({precision.short for precision in PRECISIONS.values()}) == len(PRECISIONS)
