from dataclasses import replace
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from problems import rounded

from convformance.adapters.numpy_reference import compute
from convformance.reference.fingerprint import Array, Ask, Fingerprint, measure, narrow_accumulator
from convformance.reference.meetings import meetings
from convformance.reference.operands import Operands
from convformance.reference.oracle import evaluate
from convformance.reference.precision import PRECISIONS, default_accumulator
from convformance.reference.problem import Problem

PROBLEM = Problem(batch=2, spatial=(19, 18), channels=4, filters=6, kernel_size=(3, 2), padding="same", use_bias=True)
TRANSPOSED = Problem(kind="transposed", batch=2, spatial=(5, 4), channels=6, filters=4, kernel_size=(3, 2), groups=2)


def honest(problem: Problem, given: Operands) -> Array:
    return compute(problem, given, "forward")


def honest_of(direction: str, problem: Problem, given: Operands) -> Array:
    return compute(problem, given, direction)


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


SMALL = {
    "conv": Problem(batch=3, spatial=(3, 2), channels=6, filters=2, kernel_size=(2, 3), padding="same", groups=2),
    "depthwise": Problem(
        kind="depthwise", batch=3, spatial=(4, 3), channels=2, filters=6, kernel_size=(2, 2), dilation=(2, 1), groups=2
    ),
    "transposed": Problem(
        kind="transposed", batch=3, spatial=(3, 2), channels=3, filters=3, kernel_size=(3, 2), strides=(1, 2)
    ),
}
NARROW = [("float16", "float16"), ("float16", "bfloat16"), ("bfloat16", "bfloat16"), ("bfloat16", "float16"),
          ("float32", "float16"), ("float64", "float32")]  # fmt: skip


def one_by_one(direction: str, dtype: str) -> Ask:
    """Adds up one product after the other; each sum is rounded to a dtype, the last one to that of the problem."""
    accumulator = PRECISIONS[dtype].numpy_dtype

    factors = {"forward": ("x", "filters"), "dx": ("cotangent", "filters"), "dfilters": ("x", "cotangent")}

    def compute(problem: Problem, given: Operands) -> Array:
        total: Any = np.zeros(evaluate(problem, given, direction).value.shape, accumulator)
        arrays: Any = {"x": given.x, "filters": given.filters, "cotangent": given.cotangent}
        for cell, tap, output in meetings(problem) if direction != "dbias" else ():
            where = {"x": cell, "filters": tap, "cotangent": output}
            target = {"forward": output, "dx": cell, "dfilters": tap}[direction]
            first, second = (np.float64(arrays[name][where[name]]) for name in factors[direction])
            total[target] = total[target] + first * second
        for output in np.ndindex(problem.output_shape) if direction == "dbias" else ():
            total[output[-1]] = total[output[-1]] + np.float64(arrays["cotangent"][output])
        rounded_once: Array = total.astype(problem.precision.numpy_dtype)
        return rounded_once

    return compute


@pytest.mark.parametrize(("dtype", "accumulator"), NARROW)
@pytest.mark.parametrize("direction", ["forward", "dx", "dfilters", "dbias"])
@pytest.mark.parametrize("kind", SMALL)
def test_a_narrow_accumulator_is_told_from_a_rounded_output(
    kind: str, direction: str, dtype: str, accumulator: str
) -> None:
    problem = replace(SMALL[kind], dtype=dtype, use_bias=True)
    wide = default_accumulator(problem.precision).name
    assert narrow_accumulator(problem, one_by_one(direction, wide), direction) is None
    assert narrow_accumulator(problem, one_by_one(direction, accumulator), direction) == PRECISIONS[accumulator]
    assert narrow_accumulator(problem, lambda *given: honest_of(direction, *given), direction) is None


def test_a_gradient_is_said_to_be_rounded() -> None:
    problem = replace(SMALL["conv"], dtype="float16")
    found = measure(problem, one_by_one("dfilters", "float16"), "dfilters")
    assert found == Fingerprint(None, None, None, None, PRECISIONS["float16"])
    assert found.words(problem) == ["float16 sums rounded to float16: 2**11 + 1 - 2**11 is not 1 in every order"]
    wider = replace(problem, dtype="float32")
    assert found.words(wider)[0].startswith("float32 sums rounded to TF32 or float16: ")


@pytest.mark.parametrize("accumulator", ["float16", "float32"])
def test_sums_of_blocks_are_measured_in_blocks_and_across(accumulator: str) -> None:
    """Four filters' worth of channels are added up in float16, the blocks in another format, or the reverse."""
    inner, outer = (PRECISIONS[name].numpy_dtype for name in ("float16", accumulator))

    def blocked(problem: Problem, given: Operands) -> Array:
        products = given.x[:, 0].astype(np.float64)[..., None] * given.filters[0]
        blocks = np.zeros((problem.batch, 2, problem.filters), inner)
        for channel in range(problem.channels):
            blocks[:, channel // 4] = blocks[:, channel // 4] + products[:, channel]
        total = blocks[:, 0].astype(outer) + blocks[:, 1].astype(outer)
        output: Array = total[:, None].astype(problem.precision.numpy_dtype)
        return output

    problem = Problem(batch=1, spatial=(1,), channels=8, filters=2, kernel_size=(1,), dtype="float16")
    assert narrow_accumulator(problem, blocked) == PRECISIONS["float16"]


def test_what_is_no_sum_of_three_is_not_taken_for_a_rounded_one() -> None:
    problem = replace(SMALL["conv"], dtype="float16")
    nothing: dict[str, Ask] = {
        "another number": lambda problem, given: compute(problem, given, "forward") * np.float16(3),
        "only zeros": lambda problem, _: np.zeros(problem.output_shape, "float16"),
        "no answer": lambda *_: None,
        "another shape": lambda *_: np.ones(3, "float16"),
    }
    for ask in nothing.values():
        assert narrow_accumulator(problem, ask) is None


def test_a_cell_that_stands_in_pads_too_is_not_measured_with_what_else_it_meets() -> None:
    problem = replace(SMALL["conv"], padding=((1, 1), (1, 1)), padding_mode="reflect", dtype="float16")
    for direction in ("forward", "dx"):
        assert narrow_accumulator(problem, one_by_one(direction, "float32"), direction) is None
    assert narrow_accumulator(problem, one_by_one("forward", "float16")) == PRECISIONS["float16"]


@pytest.mark.parametrize(
    "problem",
    [
        replace(SMALL["conv"], batch=0),
        Problem(batch=2, spatial=(3,), channels=2, filters=1, kernel_size=(1,)),
        Problem(batch=1, spatial=(1,), channels=1, filters=1, kernel_size=(1,), padding=((3, 3),), strides=(7,)),
    ],
    ids=str,
)
def test_where_no_three_products_meet_nothing_is_measured(problem: Problem) -> None:
    for direction in ("forward", "dx"):
        assert (
            narrow_accumulator(replace(problem, dtype="float16"), one_by_one(direction, "bfloat16"), direction) is None
        )
