"""A case that can't tell is rejected loudly, whichever way it is blind."""

from dataclasses import replace

import numpy as np
import pytest
from problems import Array

from convformance.reference.case import Case, parse_case
from convformance.reference.errors import BlindCaseError
from convformance.reference.numbers import operands
from convformance.reference.operands import Operands
from convformance.reference.oracle import Evaluation, evaluate
from convformance.reference.telling import require_telling, symmetric_kernels

EXACT = parse_case("conv2d-n2-i6x5-c2-f3-k2x2-s1x1-pvalid-d1x1-g1-b-f32")
REAL = replace(EXACT, numbers="real")
PHOTO = replace(EXACT, numbers="photo")
RELU = parse_case("conv2d-n2-i6x5-c2-f3-k2x2-s1x1-pvalid-d1x1-g1-b-relu-f32")


def evaluated(case: Case, numbers: Operands) -> Evaluation:
    return evaluate(case.problem, numbers, case.direction if case.is_gradient else "forward")


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
        # Two real numbers of few bits may well be equal; all of them must not be.
        bias[:] = bias[:] if case is EXACT else bias[0]
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


def gradient(direction: str, dtype: str = "f32") -> Case:
    return parse_case(f"conv2d-n2-i6x5-c2-f3-k2x2-s1x1-pvalid-d1x1-g1-b-{dtype}.{direction}.exact")


INPUT = "the input has no odd integer too wide for a narrower format"
FILTER = "a filter has no odd integer too wide for a narrower format"
COTANGENT = "the cotangent has no odd integer too wide for a narrower format"


@pytest.mark.parametrize(
    ("direction", "reasons"),
    [
        ("dx", {"x": None, "filters": FILTER, "cotangent": COTANGENT}),
        ("dfilters", {"x": INPUT, "filters": None, "cotangent": COTANGENT}),
        ("dbias", {"x": None, "filters": None, "cotangent": COTANGENT}),
    ],
)
def test_what_a_gradient_multiplies_needs_wide_numbers(direction: str, reasons: dict[str, str | None]) -> None:
    case = gradient(direction)
    numbers = operands(case)
    for role, reason in reasons.items():
        array = getattr(numbers, role)
        # Halves of two numbers next to each other are still two.
        narrow = replace(
            numbers, **{role: np.where(np.abs(array) > 2048, np.sign(array) * 10 + array - array // 2 * 2, array)}
        )
        if role == "filters":
            narrow = replace(narrow, filters=np.arange(2 * 2 * 2 * 3).reshape(array.shape).astype(array.dtype) + 1)
        if reason is None:
            require_telling(case, narrow, evaluated(case, narrow))
        else:
            assert blindness(case, narrow) == reason


def test_a_gradient_need_not_be_more_than_the_bias() -> None:
    case = gradient("dbias")
    numbers = operands(case)
    evaluation = evaluated(case, numbers)
    assert numbers.bias is not None
    require_telling(case, numbers, replace(evaluation, magnitude=np.abs(numbers.bias.astype(np.float64))))


def test_in_float16_the_filters_alone_are_wide() -> None:
    case = parse_case("conv2d-n2-i6x5-c2-f3-k2x2-s1x1-pvalid-d1x1-g1-f16")
    numbers = operands(case)
    ones = replace(numbers, x=np.sign(numbers.x))
    require_telling(case, ones, evaluated(case, ones))
    filters = np.where(np.abs(numbers.filters) > 255, np.sign(numbers.filters) * 2, numbers.filters)
    assert blindness(case, replace(numbers, filters=filters)) == FILTER


def test_in_bfloat16_nothing_is_wide() -> None:
    case = parse_case("conv2d-n2-i6x5-c2-f3-k2x2-s1x1-pvalid-d1x1-g1-b-bf16")
    numbers = operands(case)
    require_telling(case, numbers, evaluated(case, numbers))
    too_large = replace(numbers, x=numbers.x * 64)
    assert blindness(case, too_large).endswith("exceeds the exact budget 256")


def test_a_separable_convolution_needs_something_wide_anywhere() -> None:
    case = parse_case("separable2d-n2-i6x5-c3-f3-x2-k2x2-s1x1-pvalid-d1x1-g3-b-f32")
    numbers = operands(case)
    require_telling(case, numbers, evaluated(case, numbers))
    assert numbers.pointwise is not None
    narrow = replace(numbers, x=np.sign(numbers.x), pointwise=np.sign(numbers.pointwise))
    small = np.where(np.abs(narrow.filters) > 2048, np.sign(narrow.filters) * 2, narrow.filters)
    assert blindness(case, replace(narrow, filters=small)) == "nothing in it is too wide for a narrower format"
    half = parse_case(str(case).replace("-f32", "-f16").replace("-b-", "-"))
    numbers = operands(half)
    tiny = replace(numbers, filters=np.where(np.abs(numbers.filters) > 255, 8, numbers.filters))
    require_telling(half, tiny, evaluated(half, tiny))


def test_an_empty_batch_has_nothing_to_tell() -> None:
    case = parse_case("conv2d-n0-i6x5-c2-f3-k2x2-s1x1-pvalid-d1x1-g1-b-f32")
    numbers = operands(case)
    require_telling(case, numbers, evaluated(case, numbers))


def special(numbers: str, *value: float) -> tuple[Case, Operands, Evaluation]:
    case = parse_case(f"conv1d-n1-i3-c1-f1-k1-s1-pvalid-d1-g1-b-f32.forward.{numbers}")
    values = np.array(value).reshape(1, -1, 1)
    return case, operands(case), Evaluation(values, np.abs(values), 2, (values,))


@pytest.mark.parametrize("numbers", ["nan-x", "inf-x", "overflow", "inf-filters", "nan-bias"])
def test_a_special_value_shows_in_an_output(numbers: str) -> None:
    require_telling(*special(numbers, 1, np.inf, np.nan))
    case, given, evaluation = special(numbers, 1, 2, 3)
    assert blindness(case, given, evaluation) == f"its {numbers} shows in no output"


@pytest.mark.parametrize("numbers", ["nan-x", "inf-x", "overflow", "inf-filters"])
def test_a_special_value_does_not_show_everywhere(numbers: str) -> None:
    case, given, evaluation = special(numbers, np.inf, np.inf, np.nan)
    reason = f"its {numbers} shows in every output: nothing tells whether it leaked"
    assert blindness(case, given, evaluation) == reason


def test_a_special_bias_may_show_everywhere() -> None:
    require_telling(*special("inf-bias", np.inf, np.inf, np.inf))


def test_a_subnormal_case_has_a_subnormal_output() -> None:
    require_telling(*special("subnormal", 2.0**-149, 2.0**-130, -(2.0**-127)))
    case, given, evaluation = special("subnormal", 0, 2.0**-126, 1)
    assert blindness(case, given, evaluation) == "its subnormal shows in no output"


def test_a_case_on_negative_zeros_has_an_output_that_is_none() -> None:
    require_telling(*special("negative-zero", 0, 0, 3))
    case, given, evaluation = special("negative-zero", 0, -0.0, 0)
    assert blindness(case, given, evaluation) == "its negative-zero shows in no output"
