"""The only door: numbers that fit, weights that say something, and a refusal where there are none."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from problems import REPEATABLE, problems

from convformance.reference import bounds
from convformance.reference.case import Case, Numbers, parse_case
from convformance.reference.directions import LAWS
from convformance.reference.errors import BlindCaseError
from convformance.reference.numbers import operands
from convformance.reference.operands import Operands
from convformance.reference.oracle import evaluate
from convformance.reference.posing import ATTEMPTS, LAW_SHARE, pose
from convformance.reference.problem import Problem

EXAMPLE = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32"
SPOKEN_OF = {
    "law-channels": "conv1d-n2-i9-c4-f6-k3-s1-pvalid-d1-g1-b-{}",
    "law-filters": "transposed1d-n2-i9-c4-f6-k3-s2-p1+0-o1-d1-g1-b-{}",
    "law-impulse": "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-p1+1x1+1-d1x2-g2-b-{}",
    "law-shift": "depthwise1d-n2-i9-c4-f8-k3-s2-pvalid-d1-g4-b-{}",
    "law-stride": "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-pvalid-d1x1-g2-b-{}",
    "law-dilation": "conv1d-n2-i9-c4-f6-k3-s1-pvalid-d2-g1-b-{}",
    "law-groups": "conv1d-n2-i9-c4-f6-k3-s1-psame-d1-g2-b-{}",
    "law-pointwise": "conv2d-n2-i5x4-c3-f4-k1x1-s1x1-pvalid-d1x1-g1-b-{}",
    "law-linear-x": "conv1d-n2-i9-c4-f6-k3-s1-psame-mreflect-d1-g1-b-{}",
    "law-linear-filters": "conv1d-n2-i9-c4-f6-k3-s1-psame-d1-g1-b-{}",
    "law-adjoint": "conv1d-n2-i9-c4-f6-k3-s1-psame-d1-g1-b-{}",
    "law-transposed": "transposed1d-n2-i9-c4-f6-k3-s2-psame-d1-g1-b-{}",
    "law-batch": "separable1d-n2-i9-c4-f6-x2-k3-s1-psame-d1-g4-b-{}",
}


def equal(one: Operands, other: Operands) -> bool:
    names = ("x", "filters", "bias", "cotangent", "pointwise")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


@pytest.mark.parametrize("numbers", ["exact", "real"])
def test_numbers_are_posed_with_what_they_give(numbers: Numbers) -> None:
    case = parse_case(f"{EXAMPLE}.forward.{numbers}")
    posed = pose(case)
    assert equal(posed.operands, operands(case))
    assert posed.evaluation.value.tolist() == evaluate(case.problem, operands(case)).value.tolist()


@pytest.mark.parametrize("direction", ["dx", "dfilters", "dbias"])
def test_a_gradient_is_posed_with_the_gradient(direction: str) -> None:
    case = parse_case(f"{EXAMPLE}.{direction}.exact".replace("-relu", ""))
    posed = pose(case)
    shapes = {"dx": case.problem.input_shape, "dfilters": case.problem.filters_shape, "dbias": (6,)}
    assert posed.evaluation.value.shape == shapes[direction]
    assert posed.evaluation.value.tolist() == evaluate(case.problem, posed.operands, direction).value.tolist()


KINKED = "conv1d-n2-i400-c2-f5-k1-s1-pvalid-d1-g1-relu-{}.{}.{}"


@pytest.mark.parametrize("direction", ["dx", "dfilters"])
def test_an_exact_output_of_zero_has_no_weight_and_all_others_keep_theirs(direction: str) -> None:
    # One tap and no wide number: 4 a - 4 b is often zero.
    case = parse_case(KINKED.format("bf16", direction, "exact"))
    posed, made = pose(case).operands, None
    for attempt in range(ATTEMPTS):
        made = operands(case, attempt=attempt)
        if np.array_equal(made.x, posed.x):
            break
    before = evaluate(replace(case.problem, activation=None), posed).value
    assert made is not None
    assert made.cotangent is not None
    assert posed.cotangent is not None
    assert made.cotangent[before == 0].any()
    assert not posed.cotangent[before == 0].any()
    assert posed.cotangent[before != 0].tolist() == made.cotangent[before != 0].tolist()
    assert posed.cotangent.dtype == made.cotangent.dtype


@pytest.mark.parametrize("short", ["f16", "bf16", "f32", "f64"])
def test_a_real_output_has_no_weight_within_its_bound_of_zero(short: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "limit", lambda evaluation, _: np.full(evaluation.value.shape, 0.5))
    case = parse_case(KINKED.format(short, "dx", "real"))
    posed, made = pose(case).operands, operands(case)
    near = np.abs(evaluate(replace(case.problem, activation=None), made).value) <= 0.5
    assert 0.1 < near.mean() < 0.5
    assert made.cotangent is not None
    assert posed.cotangent is not None
    assert not posed.cotangent[near].any()
    assert posed.cotangent[~near].tolist() == made.cotangent[~near].tolist()
    assert posed.cotangent.dtype == case.problem.precision.numpy_dtype


def test_a_gradient_on_numbers_of_a_later_attempt_is_away_from_their_own_kink() -> None:
    case = parse_case("conv1d-n2-i20-c8-f3-k3-s1-pvalid-d1-g1-relu-bf16.dx.exact")
    posed = pose(case)
    before = evaluate(replace(case.problem, activation=None), posed.operands).value
    assert not equal(posed.operands, operands(case))
    assert posed.operands.cotangent is not None
    assert not posed.operands.cotangent[before == 0].any()


@pytest.mark.parametrize(
    "text",
    [
        "conv2d-n2-i9x8-c24-f6-k3x3-s1x1-psame-d1x1-g1-bf16.forward.exact",
        "conv2d-n2-i9x8-c96-f6-k3x3-s1x1-psame-d1x1-g1-f16.forward.exact",
        "conv2d-n1-i30x30-c4-f6-k3x3-s1x1-psame-d1x1-g1-f32.dfilters.exact",
    ],
)
def test_numbers_get_smaller_and_fewer_until_they_fit(text: str) -> None:
    case = parse_case(text)
    budget = case.problem.precision.exact_budget
    direction = case.direction
    largest = [
        evaluate(case.problem, operands(case, attempt=attempt), direction).magnitude.max()
        for attempt in range(ATTEMPTS)
    ]
    first = next(attempt for attempt, magnitude in enumerate(largest) if magnitude <= budget)
    assert first > 0
    assert equal(pose(case).operands, operands(case, attempt=first))


def test_numbers_that_never_fit_are_refused() -> None:
    # The biases are 1, 3, 5 and so on, and the last is above 256.
    case = parse_case("conv1d-n1-i9-c1-f200-k1-s1-pvalid-d1-g1-b-bf16")
    with pytest.raises(BlindCaseError) as refusal:
        pose(case)
    assert str(refusal.value) == f"{case} has no exact numbers: 12 attempts exceed the budget of its dtype"


def test_numbers_that_could_not_tell_are_refused() -> None:
    # Every tap stands beside the one cell there is.
    case = parse_case("conv1d-n1-i1-c1-f2-k1-s2-p1+0-d1-g1-b-f32")
    with pytest.raises(BlindCaseError, match="could not tell: no kernel touches the input: every output is its bias"):
        pose(case)


def test_real_numbers_and_photographs_are_not_tried_again() -> None:
    real = parse_case("conv2d-n1-i9x8-c96-f6-k3x3-s1x1-psame-d1x1-g1-f16.forward.real")
    assert equal(pose(real).operands, operands(real))
    photo = parse_case("conv2d-n1-i9x8-c3-f6-k3x3-s1x1-psame-d1x1-g1-f32.forward.photo")
    pixels = np.arange(216, dtype=np.uint8).reshape(photo.problem.input_shape)
    assert pose(photo, pixels).operands.x.tolist() == pixels.tolist()


def test_a_photograph_that_exceeds_the_budget_is_told_as_that() -> None:
    case = parse_case("conv2d-n1-i9x8-c3-f6-k3x3-s1x1-psame-d1x1-g1-f16.forward.photo")
    white = np.full(case.problem.input_shape, 255, dtype=np.uint8)
    with pytest.raises(BlindCaseError, match="exceeds the exact budget 2048"):
        pose(case, white)


@pytest.mark.parametrize("numbers", ["exact", "real"])
def test_a_broadcast_input_stays_one_image_of_stride_zero(numbers: Numbers) -> None:
    case = replace(parse_case(f"{EXAMPLE}.forward.{numbers}"), memory="broadcast")
    posed = pose(case)
    assert posed.operands.x.strides[0] == 0
    assert posed.evaluation.value[0].tolist() == posed.evaluation.value[1].tolist()


@pytest.mark.parametrize("dtype", ["float16", "float32", "int64"])
def test_an_empty_batch_is_posed(dtype: str) -> None:
    problem = Problem(batch=0, spatial=(9,), channels=2, filters=3, kernel_size=(3,), use_bias=True, dtype=dtype)
    for direction in ("forward", *(() if dtype == "int64" else ("dx", "dfilters", "dbias"))):
        posed = pose(Case(problem, direction))
        assert not posed.evaluation.value.any()


@pytest.mark.parametrize("law", ["law-channels", "law-linear-x", "law-linear-filters"])
def test_a_law_leaves_so_much_of_the_budget_free_that_sums_of_two_are_exact(law: str) -> None:
    assert LAW_SHARE > 1
    for short in ("bf16", "i32", "f64"):
        case = parse_case(f"{SPOKEN_OF[law].format(short).replace('-b', '', 1)}.{law}.exact")
        posed = pose(case)
        assert posed.evaluation.magnitude.max() * LAW_SHARE <= case.problem.precision.exact_budget


@pytest.mark.parametrize("short", ["f32", "f64", "i32", "i64"])
def test_each_law_has_numbers_in_every_wide_format(short: str) -> None:
    assert list(SPOKEN_OF) == list(LAWS)
    blind = []
    for law, text in SPOKEN_OF.items():
        if law == "law-adjoint" and short.startswith("i"):
            # Integers have no gradients.
            continue
        try:
            pose(parse_case(f"{text.format(short)}.{law}.exact"))
        except BlindCaseError as error:
            blind.append(str(error))
    assert blind == []


@pytest.mark.parametrize("short", ["f16", "bf16", "f32", "f64"])
def test_real_numbers_of_many_filters_can_be_posed_in_every_format(short: str) -> None:
    pose(parse_case(f"conv2d-n1-i5x4-c3-f128-k3x3-s1x1-psame-d1x1-g1-b-{short}.forward.real"))


@settings(REPEATABLE, max_examples=100)
@given(problem=problems(dtypes=("float16", "bfloat16", "float32", "float64", "int32", "int64"), largest=2))
def test_what_is_posed_fits_the_budget_or_is_refused(problem: Problem) -> None:
    try:
        posed = pose(Case(problem))
    except BlindCaseError:
        return
    assert posed.evaluation.magnitude.max() <= problem.precision.exact_budget
