from dataclasses import replace
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from problems import rounded

from convformance.adapters.numpy_reference import compute
from convformance.reference.fingerprint import Array, Fingerprint, measure
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem

PROBLEM = Problem(batch=2, spatial=(19, 18), channels=4, filters=6, kernel_size=(3, 2), padding="same", use_bias=True)
TRANSPOSED = Problem(kind="transposed", batch=2, spatial=(5, 4), channels=6, filters=4, kernel_size=(3, 2), groups=2)


def honest(problem: Problem, given: Operands) -> Array:
    return compute(problem, given, "forward")


def through(array: Array, dtype: Any) -> Array:
    return array.astype(dtype).astype(array.dtype)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("problem", [PROBLEM, TRANSPOSED], ids=str)
def test_honest_arithmetic_keeps_all_bits(problem: Problem, dtype: str) -> None:
    problem = replace(problem, dtype=dtype)
    found = measure(problem, honest)
    bits = problem.precision.significand_bits
    assert found == Fingerprint(bits, bits, bits if problem.kind == "conv" else None, None)
    assert found.words(problem) == []


def test_a_narrower_input_is_measured() -> None:
    found = measure(PROBLEM, lambda problem, given: honest(problem, replace(given, x=rounded(given.x, 8))))
    assert found.words(PROBLEM) == ["numbers of the input keep 8 of 24 bits, as in bfloat16"]


def test_narrower_filters_are_measured() -> None:
    found = measure(PROBLEM, lambda problem, given: honest(problem, replace(given, filters=rounded(given.filters, 11))))
    assert found.words(PROBLEM) == ["numbers of the filters keep 11 of 24 bits, as in TF32 or float16"]


def test_a_narrower_output_is_not_taken_for_narrower_operands() -> None:
    found = measure(PROBLEM, lambda problem, given: through(honest(problem, given), ml_dtypes.bfloat16))
    assert found.words(PROBLEM) == ["outputs keep 8 of 24 bits, as in bfloat16"]


def test_a_format_without_a_name_is_said_by_its_bits() -> None:
    found = measure(PROBLEM, lambda problem, given: honest(problem, replace(given, x=rounded(given.x, 17))))
    assert found.words(PROBLEM) == ["numbers of the input keep 17 of 24 bits, as in a format of 17"]


def test_a_narrower_accumulator_is_measured() -> None:
    def added_up(problem: Problem, given: Operands) -> Array:
        total = np.zeros(problem.output_shape, np.float32)
        for channel in range(problem.channels):
            alone = np.zeros_like(given.filters)
            alone[..., channel, :] = given.filters[..., channel, :]
            part = honest(problem, replace(given, filters=alone))
            if part.any():
                total = part if not total.any() else rounded(total + part, 11)
        return total

    assert measure(PROBLEM, added_up).words(PROBLEM) == ["sums keep 11 of 24 bits, as in TF32 or float16"]


def test_what_a_transform_spreads_is_found_far_from_the_kernel() -> None:
    def spread(problem: Problem, given: Operands) -> Array:
        output = honest(problem, given)
        output[0, 0, 0] += np.float32(1e-7)
        return output

    assert measure(PROBLEM, spread).leaks == 8
    assert "up to 8 places beyond the kernel" in measure(PROBLEM, spread).words(PROBLEM)[0]


def test_where_nothing_comes_back_nothing_is_measured() -> None:
    assert measure(PROBLEM, lambda *_: None) == Fingerprint(None, None, None, None)
    assert measure(PROBLEM, lambda problem, _: np.zeros(problem.output_shape, "float32")).words(PROBLEM) == []


def test_what_is_no_rounding_is_not_measured() -> None:
    def doubled(problem: Problem, given: Operands) -> Array:
        return honest(problem, given) * np.float32(2)

    def far_away(problem: Problem, given: Operands) -> Array:
        output = honest(problem, given)
        output[0, 0, 0] += 1
        return output

    assert measure(PROBLEM, doubled) == Fingerprint(None, None, None, None)
    assert measure(PROBLEM, far_away).leaks is None


def test_a_depthwise_convolution_is_measured() -> None:
    depthwise = Problem(
        kind="depthwise", batch=2, spatial=(9, 8), channels=4, filters=8, kernel_size=(3, 2), padding="same", groups=4
    )
    assert measure(depthwise, honest) == Fingerprint(24, 24, None, None)
