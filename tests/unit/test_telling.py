"""A case that can't tell is rejected loudly, whichever way it is blind."""

from dataclasses import replace

import numpy as np
import pytest
from problems import Array

from convformance.reference.case import Case, parse_case
from convformance.reference.errors import BlindCaseError
from convformance.reference.numbers import Operands, operands
from convformance.reference.oracle import Evaluation, evaluate
from convformance.reference.telling import require_telling, symmetric_kernels

EXACT = parse_case("conv2d-n2-i6x5-c2-f3-k2x2-s1x1-pvalid-d1x1-g1-b-f32")
REAL = replace(EXACT, numbers="real")
PHOTO = replace(EXACT, numbers="photo")
RELU = parse_case("conv2d-n2-i6x5-c2-f3-k2x2-s1x1-pvalid-d1x1-g1-b-relu-f32")


def evaluated(case: Case, numbers: Operands) -> Evaluation:
    return evaluate(case.problem, numbers.x, numbers.filters, numbers.bias)


def with_kernel(kernel: object) -> Operands:
    """The numbers of `EXACT` with one other kernel."""
    numbers = operands(EXACT)
    filters = numbers.filters.copy()
    filters[..., 1, 2] = kernel
    return replace(numbers, filters=filters)


def photographed(pixel: int) -> Operands:
    pixels = np.full(PHOTO.problem.input_shape, pixel, dtype=np.uint8)
    return operands(PHOTO, photo=pixels)


def blindness(case: Case, numbers: Operands, evaluation: Evaluation | None = None) -> str:
    with pytest.raises(BlindCaseError) as rejection:
        require_telling(case, numbers, evaluation or evaluated(case, numbers))
    start, end = f"{case} could not tell: ", ". This is a defect of the suite, not of the framework"
    message = str(rejection.value)
    assert message.startswith(start)
    assert message.endswith(end)
    return message.removeprefix(start).removesuffix(end)


@pytest.mark.parametrize("case", [EXACT, REAL, RELU])
def test_the_numbers_of_the_recipes_pass(case: Case) -> None:
    numbers = operands(case)
    require_telling(case, numbers, evaluated(case, numbers))


def test_a_magnitude_of_the_budget_passes_and_one_more_does_not() -> None:
    numbers = operands(EXACT)
    evaluation = evaluated(EXACT, numbers)
    magnitude = evaluation.magnitude.copy()
    magnitude[1, 2, 3, 1] = 2**24
    require_telling(EXACT, numbers, replace(evaluation, magnitude=magnitude))
    magnitude[1, 2, 3, 1] = 2**24 + 1
    over = replace(evaluation, magnitude=magnitude)
    assert blindness(EXACT, numbers, over) == "the magnitude 16777217 exceeds the exact budget 16777216"


def test_the_budget_is_the_one_of_the_dtype() -> None:
    case = parse_case(str(EXACT).replace("f32", "f64"))
    numbers = operands(case)
    evaluation = evaluated(case, numbers)
    require_telling(case, numbers, replace(evaluation, magnitude=np.full_like(evaluation.magnitude, 2.0**53)))
    over = replace(evaluation, magnitude=np.full_like(evaluation.magnitude, 2.0**54))
    assert blindness(case, numbers, over) == "the magnitude 18014398509481984 exceeds the exact budget 9007199254740992"


@pytest.mark.parametrize(("factor", "offset"), [(1, 1), (2.0**-11, 0)], ids=["even", "narrow"])
def test_each_filter_needs_a_wide_odd_integer(factor: float, offset: int) -> None:
    numbers = operands(EXACT)
    filters = numbers.filters.copy()
    one = filters[..., 1]
    one[...] = np.where(np.abs(one) > 2**11, np.rint(one * factor) + offset, one)
    assert blindness(EXACT, replace(numbers, filters=filters)) == (
        "a filter has no odd integer too wide for a narrower format"
    )


def test_the_input_needs_a_wide_odd_integer() -> None:
    numbers = operands(EXACT)
    small = replace(numbers, x=np.sign(numbers.x))
    assert blindness(EXACT, small) == "the input has no odd integer too wide for a narrower format"


def test_pixels_are_not_wide_and_need_not_be_but_the_filters_do() -> None:
    numbers = photographed(200)
    require_telling(PHOTO, numbers, evaluated(PHOTO, numbers))
    small = replace(numbers, filters=np.sign(numbers.filters))
    assert blindness(PHOTO, small) == "a filter has no odd integer too wide for a narrower format"


def test_a_bound_wider_than_the_values_sees_nothing() -> None:
    numbers = operands(REAL)
    evaluation = evaluated(REAL, numbers)
    hidden = replace(evaluation, value=evaluation.value * 2.0**-24)
    assert blindness(REAL, numbers, hidden) == "the error bound is wider than the values"


def test_biases_differ() -> None:
    for case in (EXACT, REAL):
        numbers = operands(case)
        assert numbers.bias is not None
        bias = numbers.bias.copy()
        bias[2] = bias[0]
        assert blindness(case, replace(numbers, bias=bias)) == "two filters have the same bias"


@pytest.mark.parametrize(
    "kernel",
    [
        [[2049, 3], [2049, 3]],  # upside down it is the same
        [[2049, 2049], [3, 3]],  # so is this from left to right
        [[2049, 3], [3, 2049]],  # and this turned half around
        [[2049, 3], [3, 2051]],  # and this transposed
    ],
)
def test_a_symmetric_kernel_hides_a_flip_or_a_transpose(kernel: list[list[int]]) -> None:
    assert blindness(EXACT, with_kernel(kernel)) == "1 kernels equal a flip or the transpose of themselves"


def test_outputs_that_relu_has_all_cut_off_show_nothing() -> None:
    numbers = operands(RELU)
    cut_off = replace(numbers, bias=np.array([-16000001, -16000003, -16000005], dtype=np.float32))
    evaluation = evaluated(RELU, cut_off)
    evaluation = replace(evaluation, magnitude=np.minimum(evaluation.magnitude, 2.0**24))
    assert not evaluation.value.any()
    assert blindness(RELU, cut_off, evaluation) == "every output is zero"


def test_a_black_photograph_shows_nothing() -> None:
    case = replace(PHOTO, problem=replace(PHOTO.problem, use_bias=False))
    black = np.zeros(case.problem.input_shape, dtype=np.uint8)
    assert blindness(case, operands(case, photo=black)) == "every output is zero"


def test_outputs_of_nothing_but_bias_show_no_convolution() -> None:
    # Along the second axis the kernel stands at the cells -3, -1 and 1 of an input that has cell 0 alone.
    case = parse_case("conv2d-n1-i7x1-c6-f6-k3x1-s3x2-p0+1x3+2-d2x2-g3-b-f32")
    numbers = operands(case)
    evaluation = evaluated(case, numbers)
    assert numbers.bias is not None
    assert (evaluation.value == numbers.bias).all()
    with pytest.raises(BlindCaseError):
        require_telling(case, numbers, evaluation)


def kernels(*stack: object) -> Array:
    """Filters of one channel each, one per kernel."""
    return np.stack([np.asarray(kernel) for kernel in stack], axis=-1)[..., np.newaxis, :]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (kernels([5]), 0),  # a single tap has no flip
        (kernels([[5]]), 0),
        (kernels([1, 2]), 0),
        (kernels([2, 2]), 1),
        (kernels([1, 2, 1], [1, 2, 3], [4, 4, 4]), 2),
        (kernels([[1, 2, 3]]), 0),
        (kernels([[1, 2, 1]]), 1),
        (kernels([[1, 2], [3, 4]]), 0),
        (kernels([[1, 2], [2, 4]]), 1),
        (kernels([[1, 2], [3, 4], [1, 2]]), 1),
        (kernels([[1, 2], [3, 3], [2, 1]]), 1),
        (kernels([[1, 2], [3, 4], [5, 6]]), 0),
        (kernels(np.arange(8).reshape(2, 2, 2)), 0),
        (kernels(np.array([1, 2, 3, 4, 4, 3, 2, 1]).reshape(2, 2, 2)), 1),  # turned along all three axes
        (kernels(np.array([1, 2, 3, 4, 2, 1, 4, 3]).reshape(2, 2, 2)), 1),  # flipped along the first and the last
        (kernels(np.array([1, 2, 3, 4, 2, 5, 4, 6]).reshape(2, 2, 2)), 1),  # the first and the last exchanged
        (kernels(np.array([1, 2, 3, 4, 3, 4, 5, 6]).reshape(2, 2, 2)), 1),  # the first two exchanged
    ],
)
def test_symmetric_kernels_are_counted(filters: Array, count: int) -> None:
    assert symmetric_kernels(filters) == count


def test_every_channel_of_every_filter_is_a_kernel() -> None:
    assert symmetric_kernels(np.ones((3, 4, 5))) == 20
