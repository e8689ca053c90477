"""Numbers are the same bits everywhere, and can tell a wrong convolution from a right one."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from problems import REPEATABLE, SIGNIFICANDS, Array, problems, rounded

from convformance.reference.bits import raw_bits
from convformance.reference.case import Case, Memory, Numbers, parse_case
from convformance.reference.exact import FIRST_BIAS, FIRST_TAP, filters_as_columns, is_narrow, is_wide
from convformance.reference.numbers import operands
from convformance.reference.operands import Operands
from convformance.reference.oracle import Evaluation, evaluate
from convformance.reference.precision import PRECISIONS
from convformance.reference.problem import Kind, Problem
from convformance.reference.telling import require_telling, symmetric_kernels

EXAMPLE = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32"
LARGE = [
    "conv2d-n2-i13x11-c3-f8-k7x5-s2x1-psame-d1x1-g1-b-relu-f32",
    "conv2d-n2-i5x4-c512-f24-k3x3-s1x1-psame-d1x1-g1-b-f32",
    "conv2d-n2-i3x2-c2048-f30-k1x1-s1x1-pvalid-d1x1-g1-f32",
    "conv2d-n2-i9x8-c96-f96-k3x3-s1x1-psame-d1x1-g96-b-f32",
    "conv3d-n2-i6x5x4-c64-f16-k3x3x3-s1x2x1-psame-d1x1x1-g1-b-f64",
    "conv1d-n2-i40-c300-f50-k25-s1-pvalid-d1-g1-b-f32",
]
GOLDEN = [
    (
        "conv1d-n2-i9-c3-f5-k3-s1-pvalid-d1-g1-b-f32.forward.exact",
        "afa72b16fbece9b828d319e787574abb168c705f8a9b69681c637f9d3be088b5",
        "eb0dd32dc090decea6f550e25dff18eae549ab271bcdc4fa85c0d6bd42d7e2f1",
        "2f1a1a6212213d5b98400212314e3e201682d0db6c4f951071d2790c3f07d575",
    ),
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32.forward.exact",
        "c7dd3fda1070f8ba63ab5f95a5fddfeac1d8a85c83df4d0cd7dad66e212939a0",
        "d72a3b5833ca66405d1e6618bf4d7e4bccffcf1c872d27ee3601067b6dab4492",
        "5a6afe9bddf0b2f10d57a6df3e529e1a001d6269011d3717f538e2fe989952a9",
    ),
    (
        "conv3d-n2-i5x4x3-c4-f6-k3x2x1-s1x1x1-pvalid-d1x1x1-g2-b-f64.forward.exact",
        "880cb6e4ce91e261be6114f2e06ced7909fc36afdc82f887d18741c4cf155013",
        "1ac90816701825eb32f6835e47cc158aeb5afdd3a088737b061ccb679982698c",
        "1ccd32bcd972c67e001ae0c21f94ecb6126a9cd89c8ec3f68aa11b73ee83901f",
    ),
    (
        "conv1d-n2-i9-c3-f5-k3-s1-pvalid-d1-g1-b-f64.forward.real",
        "75bac6c5b03dc1d1ca01bfefc0a60e40ad309247167a378e01b6b63f2b051d7e",
        "5da29f8861cd2c525ad2abbd0dac546a2152cd573499429a018adfd0e760a9b7",
        "b2e8819b4fcd3047d68c2de023fade6d2cabf99fa220732f1627640c9cb001ab",
    ),
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32.forward.real",
        "c69ff9adf482df05a26b2148bb6c279c3909606d3dac684e70298c71cdb752b8",
        "b0d380cf3c9e59f61e823f10fb6c96bc84f3cb78a41db3dbfbe2d8eec81df12c",
        "581b2fcd2662e073cc39d3d9bd1301801ae9690222bf0e9ef540accc1c360652",
    ),
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32.forward.exact.view",
        "c7f6b5667047ed73bb300965227b6afe34bb01361498cab93573696aa1f6f647",
        "bbad58f5c9e26774f1e583826172aab0083a101745a8be8ea3b323b65cfeefdf",
        "a851da6906502bcad8befef168bdf72aa12ab61fa7e0ebdc01f61bf980601c8a",
    ),
    (
        "conv3d-n2-i5x4x3-c4-f6-k3x2x1-s1x1x1-pvalid-d1x1x1-g2-b-f32.forward.real",
        "85c41dbfca5a98d04d4d44fa1cf91ad46815e8bede19587775514bfa2e6cab4e",
        "a6ab979a4342c377d60d1539c8e6f13796605053ee7db32ba6a4959f064f1f3d",
        "c3e59898ad65ca6989795534f21d77b9a5d5e28d19ed7d1eed0a4c66b714bc10",
    ),
]


ONE_STAGE: tuple[Kind, ...] = ("conv", "depthwise", "transposed")
WIDE = ("float32", "float64", "int32", "int64")
"""Formats with bits enough for wide numbers on both sides of a product."""
NEW_GOLDEN = [
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f16.forward.exact",
        "82950fe7b465bc49 2358a1e43d413273 b97d221667bfe5b2 - -",
    ),
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-bf16.forward.exact",
        "89a6d5687c68967a edbdc2a77be72cbc d2944da309bbb51f - -",
    ),
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f16.forward.real",
        "7394a488f7dc452f 795770d618a307c4 a821a59d0d8b87b2 - -",
    ),
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-bf16.forward.real",
        "058766a39fa7481c 09200701a281da9f 5adea14876e76a9b - -",
    ),
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-i32.forward.exact",
        "ec88a7c4da807acc d6c6ae924158bd11 9841c62118535e14 - -",
    ),
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-i64.forward.exact",
        "48dba53c52496e2a aa86ef1c096e7090 919cc44f61455234 - -",
    ),
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-mreflect-d1x2-g2-b-relu-f32.dx.exact",
        "1f7f3473f9f8f1f4 485b199e785f6a5a a66c3776c86ba28c 5bb6998e03345515 -",
    ),
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-mcircular-d1x2-g2-b-f32.dfilters.real",
        "41a8d3d3c11badd6 6e81f99d2738d7be 44dbb86c012428f4 b10ac1560b1b61ba -",
    ),
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f64.dbias.exact",
        "9f59e4f51413e71c 39b26cb0eef7d060 1d0a7bdc1d688b16 364483be427733d3 -",
    ),
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-pvalid-d1x2-g2-b-f32.law-adjoint.exact",
        "acf0861f4bdcfcc3 0394ec038d3a63bd fd6f37128d2a0be6 4eea60b0af564e3f -",
    ),
    (
        "depthwise1d-n2-i9-c3-f6-k3-s1-pcausal-d2-g3-b-f32.forward.exact",
        "6aa52be4ebb331fc 15671cbfec310bfa edae28b68b8e05b1 - -",
    ),
    (
        "transposed2d-n2-i4x3-c4-f6-k3x2-s2x2-p1+0x0+1-o1x0-d1x1-g2-b-f32.forward.exact",
        "fc588f88bd08bb0d e4ddc091488ee5ff 58bb952e922989f3 - -",
    ),
    (
        "transposed2d-n2-i4x3-c4-f6-k3x2-s2x2-psame-d1x1-g2-b-f32.dfilters.exact",
        "1045f00918fd7485 cd1de5837a643bc4 118cbd758a484293 b4fda7d96b45ffa1 -",
    ),
    (
        "separable2d-n2-i6x5-c4-f5-x2-k3x3-s1x2-psame-d1x1-g4-b-f32.forward.exact",
        "34df231023484573 8addcfebbbffdb43 535d91bb79ca40d1 - d277b08e0943687d",
    ),
    (
        "separable2d-n2-i6x5-c4-f5-x2-k3x3-s1x2-psame-d1x1-g4-b-f32.dpointwise.exact",
        "bfbb3c05db569c28 c7f5d2c2f8558ede 249218218bd382fe 1a7076b62a6436b5 389865aff51e7182",
    ),
    (
        "separable2d-n2-i6x5-c4-f5-x2-k3x3-s1x2-psame-d1x1-g4-f16.forward.exact",
        "f3d2ca816bb768e1 8c32b2adfdeb248c - - f16e9af4df67828e",
    ),
    (
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f32.forward.exact.broadcast",
        "1770dce16a95dce4 1a24f7e5da1c7bf8 e0fcbde6271cbe36 - -",
    ),
    (
        "conv1d-n0-i9-c3-f5-k3-s1-pvalid-d1-g1-b-f32.forward.exact",
        "e3b0c44298fc1c14 4534080e2d1dabc0 4ef98632e1fbcf14 - -",
    ),
]


def evaluated(case: Case, numbers: Operands) -> Evaluation:
    return evaluate(case.problem, numbers, case.direction if case.is_gradient else "forward")


def digest(array: Array | None) -> str:
    assert array is not None
    return hashlib.sha256(array.astype(array.dtype.newbyteorder("<")).tobytes()).hexdigest()


def narrowed(values: Array, narrower: str) -> Array:
    return values.astype(np.float32) if narrower == "float32" else rounded(values, SIGNIFICANDS[narrower])


@pytest.mark.parametrize(("text", "x", "filters", "bias"), GOLDEN, ids=[entry[0] for entry in GOLDEN])
def test_the_bits_are_the_same_on_every_machine_and_numpy_version(text: str, x: str, filters: str, bias: str) -> None:
    numbers = operands(parse_case(text))
    assert (digest(numbers.x), digest(numbers.filters), digest(numbers.bias)) == (x, filters, bias)


@pytest.mark.parametrize(("text", "expected"), NEW_GOLDEN, ids=[entry[0] for entry in NEW_GOLDEN])
def test_so_are_those_of_all_kinds_dtypes_and_directions(text: str, expected: str) -> None:
    numbers = operands(parse_case(text))
    arrays = (numbers.x, numbers.filters, numbers.bias, numbers.cotangent, numbers.pointwise)
    assert " ".join("-" if array is None else digest(array)[:16] for array in arrays) == expected


def test_the_words_of_the_generator_are_philox_keyed_by_text_and_role() -> None:
    case = parse_case(EXAMPLE)
    key = hashlib.sha256(f"{EXAMPLE}.forward.exact/x".encode()).digest()[:16]
    words = np.random.Philox(key=int.from_bytes(key, "little")).random_raw(3).tolist()
    halves = [half for word in words for half in (word % 2**32, word // 2**32)]
    assert raw_bits(case, "x", 6).tolist() == halves
    assert raw_bits(case, "x", 5).tolist() == halves[:5]
    assert raw_bits(case, "filters", 6).tolist() != halves


def test_every_text_has_numbers_of_its_own() -> None:
    cases = [
        Case(
            parse_case(EXAMPLE.replace("-b-relu", ending).replace("-s2x1", strides)).problem, "forward", numbers, memory
        )
        for ending in ("", "-b", "-relu", "-b-relu")
        for strides in ("-s2x1", "-s1x2")
        for numbers in ("exact", "real")
        for memory in ("dense", "view", "fortran", "strided")
    ]
    assert len({digest(operands(case).x) for case in cases}) == len(cases)
    assert len({digest(operands(case).filters) for case in cases}) == len(cases)


@pytest.mark.parametrize("numbers", ["exact", "real"])
@pytest.mark.parametrize("memory", ["dense", "view"])
def test_the_same_text_has_the_same_numbers(numbers: str, memory: Memory) -> None:
    text = f"{EXAMPLE}.forward.{numbers}" + (".view" if memory == "view" else "")
    once, again = operands(parse_case(text)), operands(parse_case(text))
    assert digest(once.x) == digest(again.x)
    assert digest(once.filters) == digest(again.filters)
    assert digest(once.bias) == digest(again.bias)


@settings(REPEATABLE, max_examples=200)
@given(problem=problems(dtypes=tuple(PRECISIONS), batches=(0, 1, 2)))
def test_the_arrays_have_the_problems_shapes_and_dtype(problem: Problem) -> None:
    integer = problem.precision.is_integer
    exact = ("forward", "law-transposed", "law-adjoint", "law-batch")
    asked: list[tuple[str, Numbers]] = [(direction, "exact") for direction in exact]
    asked += [] if integer else [("forward", "real"), ("dx", "exact"), ("dfilters", "real")]
    for direction, kind in asked:
        numbers = operands(Case(problem, direction, kind))
        shapes = {
            "x": problem.input_shape,
            "filters": problem.filters_shape,
            "bias": (problem.filters,) if problem.use_bias else None,
            "cotangent": None if direction in {"forward", "law-batch"} else problem.output_shape,
            "pointwise": (problem.channels * problem.multiplier, problem.filters)
            if problem.kind == "separable"
            else None,
        }
        for role, shape in shapes.items():
            array = getattr(numbers, role)
            assert (array is None) == (shape is None)
            if array is not None:
                assert array.shape == shape
                assert array.dtype == problem.precision.numpy_dtype


@settings(REPEATABLE, max_examples=200)
@given(problem=problems(dtypes=tuple(PRECISIONS)))
def test_exact_numbers_are_numbers_of_their_format(problem: Problem) -> None:
    """Their dtype rounded nothing: the integers are small enough."""
    numbers = operands(Case(problem, "law-adjoint"))
    for array in (numbers.x, numbers.filters, numbers.bias, numbers.cotangent, numbers.pointwise):
        if array is not None and problem.precision.is_integer:
            assert np.abs(array).max() < 2**problem.precision.significand_bits
        elif array is not None:
            assert np.abs(array.astype(np.float64)).max() <= problem.precision.exact_budget


def require_the_exact_recipe(problem: Problem) -> None:
    numbers = operands(Case(problem))
    for array in (numbers.x, numbers.filters, numbers.bias):
        if array is not None:
            assert (array == np.rint(array)).all()
            assert (array != 0).all()
    assert is_wide(numbers.x, problem.precision).any()
    by_filter = filters_as_columns(numbers.filters, problem)
    assert is_wide(by_filter, problem.precision).any(axis=0).all()
    assert symmetric_kernels(numbers.filters) == 0
    assert len({tuple(one) for one in by_filter.T.tolist()}) == problem.filters
    if numbers.bias is not None:
        assert np.unique(np.abs(numbers.bias)).size == problem.filters
        assert (numbers.bias % 2 == 1).all()
        assert (np.abs(numbers.bias) > 2**8).all()


@settings(REPEATABLE, max_examples=400)
@given(problem=problems(kinds=ONE_STAGE, dtypes=WIDE))
def test_exact_numbers_are_integers_without_zero_or_symmetry_and_no_two_filters_are_equal(problem: Problem) -> None:
    require_the_exact_recipe(problem)


@pytest.mark.parametrize("text", LARGE)
def test_exact_numbers_of_large_layers_are_so_too(text: str) -> None:
    require_the_exact_recipe(parse_case(text).problem)


@pytest.mark.parametrize("text", LARGE)
def test_exact_numbers_have_both_signs_and_two_wide_ones_in_every_filter(text: str) -> None:
    problem = parse_case(text).problem
    numbers = operands(Case(problem))
    for array in (numbers.x, numbers.filters):
        assert set(np.unique(np.sign(array)).tolist()) == {-1, 1}
        assert 0.4 < (array > 0).mean() < 0.6
    wide = is_wide(filters_as_columns(numbers.filters, problem), problem.precision).sum(axis=0)
    assert wide.tolist() == [2] * problem.filters


@pytest.mark.parametrize("kernel", [(1, 1), (2, 2), (3, 3), (1, 3), (2, 2, 2), (3, 3, 3), (3, 1, 3), (2,), (3,)])
def test_no_kernel_is_symmetric_in_many_filters(kernel: tuple[int, ...]) -> None:
    spatial = (9,) * len(kernel)
    problem = Problem(batch=1, spatial=spatial, channels=40, filters=60, kernel_size=kernel)
    for memory in ("dense", "view"):
        assert symmetric_kernels(operands(Case(problem, memory=memory)).filters) == 0


@settings(REPEATABLE, max_examples=400)
@given(problem=problems(kinds=ONE_STAGE, dtypes=WIDE))
def test_exact_numbers_can_tell_whenever_an_output_is_not_zero(problem: Problem) -> None:
    case = Case(problem)
    numbers = operands(case)
    evaluation = evaluated(case, numbers)
    assert evaluation.magnitude.max() <= problem.precision.exact_budget
    if evaluation.value.any() and (evaluation.magnitude > np.abs(0 if numbers.bias is None else numbers.bias)).any():
        require_telling(case, numbers, evaluation)


@pytest.mark.parametrize("numbers", ["exact", "real"])
@pytest.mark.parametrize("text", LARGE)
def test_the_numbers_of_large_layers_can_tell(text: str, numbers: str) -> None:
    case = parse_case(f"{text}.forward.{numbers}")
    values = operands(case)
    require_telling(case, values, evaluated(case, values))


@settings(REPEATABLE, max_examples=150)
@given(problem=problems(kinds=ONE_STAGE))
def test_a_narrower_format_of_input_or_filters_changes_the_exact_result(problem: Problem) -> None:
    """Every input is under a tap and no output is cut off, so that nothing but a narrower format can hide."""
    spatial = tuple(extent + 2 for extent in problem.kernel_extent)
    open_problem = replace(
        problem,
        spatial=spatial,
        strides=(),
        padding="valid",
        padding_mode="zeros",
        output_padding=(),
        activation=None,
    )
    case = Case(open_problem)
    numbers = operands(case)
    value = evaluated(case, numbers).value
    for narrower in SIGNIFICANDS if problem.dtype == "float32" else ("float32",):
        for changed in (
            replace(numbers, x=narrowed(numbers.x, narrower)),
            replace(numbers, filters=narrowed(numbers.filters, narrower)),
        ):
            assert (evaluated(case, changed).value != value).any()


@pytest.mark.parametrize("text", LARGE)
def test_a_narrower_format_changes_the_exact_result_of_large_layers(text: str) -> None:
    case = parse_case(text)
    numbers = operands(case)
    value = evaluated(case, numbers).value
    for narrower in SIGNIFICANDS if case.problem.dtype == "float32" else ("float32",):
        narrow_x = replace(numbers, x=narrowed(numbers.x, narrower))
        narrow_filters = replace(numbers, filters=narrowed(numbers.filters, narrower))
        assert (evaluated(case, narrow_x).value != value).any()
        assert (evaluated(case, narrow_filters).value != value).any(axis=tuple(range(value.ndim - 1))).all()


def test_wide_means_odd_and_too_long_for_the_narrower_formats() -> None:
    assert is_wide(np.array([1, 257, 2047, 2048, 2049, -2049, 2050, 2051]), PRECISIONS["float32"]).tolist() == [
        *(False, False, False, False),
        *(True, True, False, True),
    ]
    assert is_wide(np.array([255, 256, 257, 258]), PRECISIONS["float16"]).tolist() == [False, False, True, False]
    assert is_wide(np.array([2**14 - 1, 2**14 + 1]), PRECISIONS["int32"]).tolist() == [False, True]
    assert is_wide(np.array([2**30 - 1, 2**30 + 1]), PRECISIONS["int64"]).tolist() == [False, True]
    assert is_wide(np.array([2049.0, 2**25 - 1, 2**25, 2**25 + 1]), PRECISIONS["float64"]).tolist() == [
        *(False, False, False, True)
    ]


@pytest.mark.parametrize(("role", "kernel"), [("x", (1, 1)), ("filters", (100, 100))])
def test_real_numbers_are_close_to_normal_with_zero_mean_and_a_variance_of_four_thirds(
    role: str, kernel: tuple[int, int]
) -> None:
    problem = Problem(batch=1, spatial=(100, 100), channels=10, filters=1, kernel_size=kernel)
    values = getattr(operands(Case(problem, numbers="real")), role)
    count = values.size
    # Six standard deviations; a sum of four uniform numbers has a kurtosis of 2.7.
    assert abs(values.mean(dtype=np.float64)) <= 6 * np.sqrt(4 / 3 / count)
    assert abs(values.var(dtype=np.float64) - 4 / 3) <= 6 * 4 / 3 * np.sqrt(1.7 / count)
    assert np.abs(values).max() < 4
    # The 13 bits that TF32 drops are all in use; ties to even leave the last of them set a little less often.
    low_bits = values.view(np.uint32).ravel()[:, np.newaxis] >> np.arange(13, dtype=np.uint32) & 1
    assert np.abs(low_bits.mean(axis=0) - 0.5).max() < 0.02


def test_real_numbers_need_all_bits_of_float64_that_a_sum_of_32_bit_integers_has() -> None:
    problem = Problem(batch=1, spatial=(1000,), channels=1, filters=1, kernel_size=(1,), dtype="float64")
    steps = operands(Case(problem, numbers="real")).x * 2.0**31
    assert (steps == np.rint(steps)).all()
    assert 0 < (steps % 2 == 1).mean() < 1


def test_pixels_are_the_input_as_they_are() -> None:
    case = parse_case(f"{EXAMPLE}.forward.photo")
    pixels = np.arange(2 * 9 * 8 * 4, dtype=np.uint8).reshape(case.problem.input_shape)
    numbers = operands(case, photo=pixels)
    assert numbers.x.dtype == np.float32
    assert numbers.x.tolist() == pixels.tolist()
    assert is_wide(numbers.filters, case.problem.precision).any()
    require_telling(case, numbers, evaluated(case, numbers))


def test_photo_numbers_without_pixels_are_refused() -> None:
    case = parse_case(f"{EXAMPLE}.forward.photo")
    with pytest.raises(ValueError, match="pixels") as refusal:
        operands(case)
    assert str(refusal.value) == f"a case on photo numbers needs the pixels: got none for {EXAMPLE}.forward.photo"


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_two_wide_integers_have_a_product_too_wide_for_the_float_format_of_as_many_bits(dtype: str) -> None:
    precision = PRECISIONS[dtype]
    problem = Problem(batch=1, spatial=(40,), channels=3, filters=5, kernel_size=(3,), dtype=dtype)
    numbers = operands(Case(problem))
    smallest = [int(np.abs(array[is_wide(array, precision)]).min()) for array in (numbers.x, numbers.filters)]
    mantissa = PRECISIONS[dtype.replace("int", "float")].exact_budget
    assert mantissa < smallest[0] * smallest[1] <= precision.exact_budget


def test_formats_of_16_bits_are_narrow() -> None:
    assert [name for name, precision in PRECISIONS.items() if is_narrow(precision)] == ["float16", "bfloat16"]


@settings(REPEATABLE, max_examples=150)
@given(problem=problems(kinds=ONE_STAGE, dtypes=("float16",), modes=("zeros",)))
def test_filters_in_float16_have_one_number_too_wide_for_bfloat16_each_and_nothing_else_has(problem: Problem) -> None:
    numbers = operands(Case(problem))
    wide = is_wide(filters_as_columns(numbers.filters, problem), problem.precision)
    assert wide.sum(axis=0).tolist() == [1] * problem.filters
    assert np.abs(numbers.x.astype(int)).max() <= 3
    assert symmetric_kernels(numbers.filters) == 0


@settings(REPEATABLE, max_examples=150)
@given(problem=problems(dtypes=("bfloat16",)))
def test_numbers_in_bfloat16_are_small_and_kernels_without_symmetry(problem: Problem) -> None:
    numbers = operands(Case(problem))
    assert set(np.abs(numbers.x.astype(int)).ravel().tolist()) <= {1, 2, 3}
    assert set(np.abs(numbers.filters.astype(int)).ravel().tolist()) <= {1, 2, *range(FIRST_TAP, 8)}
    assert symmetric_kernels(numbers.filters) == 0
    if numbers.bias is not None:
        assert np.unique(np.abs(numbers.bias.astype(int))).tolist() == list(range(1, 2 * problem.filters, 2))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_each_attempt_has_smaller_and_fewer_numbers_in_16_bits(dtype: str) -> None:
    case = Case(Problem(batch=1, spatial=(5000,), channels=1, filters=2, kernel_size=(3,), dtype=dtype))
    tries = [np.abs(operands(case, attempt=attempt).x.astype(int)) for attempt in range(5)]
    assert [int(values.max()) for values in tries] == [3, 1, 1, 1, 1]
    shares = [float((values != 0).mean()) for values in tries]
    assert shares[:2] == [1, 1]
    assert np.allclose(shares[2:], [1 / 2, 1 / 4, 1 / 8], atol=0.03)
    filters = [operands(case, attempt=attempt).filters.tolist() for attempt in range(2)]
    assert filters[0] == filters[1]


@pytest.mark.parametrize("dtype", WIDE)
def test_each_attempt_has_fewer_wide_numbers_in_wide_formats(dtype: str) -> None:
    case = Case(Problem(batch=1, spatial=(5000,), channels=1, filters=2, kernel_size=(3,), dtype=dtype))
    shares = [float(is_wide(operands(case, attempt=attempt).x, case.problem.precision).mean()) for attempt in range(4)]
    assert np.allclose(shares, [1 / 4, 1 / 8, 1 / 16, 1 / 32], atol=0.02)
    assert is_wide(operands(case, attempt=11).x, case.problem.precision).any()


@settings(REPEATABLE, max_examples=150)
@given(problem=problems(kinds=("separable",), dtypes=WIDE))
def test_no_product_of_a_separable_convolution_has_two_wide_factors(problem: Problem) -> None:
    numbers = operands(Case(problem, "law-adjoint"))
    assert numbers.pointwise is not None
    x = np.asarray(is_wide(numbers.x, problem.precision).any(axis=tuple(range(problem.rank + 1))))
    filters = np.asarray(is_wide(numbers.filters, problem.precision).any(axis=(*range(problem.rank), -1)))
    by_channel = numbers.pointwise.reshape(problem.channels, -1)
    pointwise = np.asarray(is_wide(by_channel, problem.precision).any(axis=-1))
    for channel in range(problem.channels):
        assert not (x[channel] and channel % 3 != 0)
        assert not (filters[channel] and channel % 3 != 1)
        assert pointwise[channel] == (channel % 3 == 2)


def test_a_transposed_filter_has_its_wide_numbers_among_its_own() -> None:
    """A column of `filters_as_columns` is what meets one output channel."""
    problem = Problem(kind="transposed", batch=1, spatial=(4,), channels=6, filters=4, kernel_size=(3,), groups=2)
    filters = np.arange(3 * 2 * 6).reshape(problem.filters_shape)
    columns = filters_as_columns(filters, problem)
    # Output 3 is the second of group 1, whose inputs are channels 3 to 5.
    assert columns[:, 3].tolist() == filters[:, 1, 3:].ravel().tolist()
    assert columns[:, 0].tolist() == filters[:, 0, :3].ravel().tolist()


@pytest.mark.parametrize("numbers", ["exact", "real"])
def test_a_broadcast_input_is_one_image_that_takes_no_step_from_the_next(numbers: Numbers) -> None:
    case = Case(parse_case(EXAMPLE).problem, numbers=numbers, memory="broadcast")
    x = operands(case).x
    assert x.shape == case.problem.input_shape
    assert x.strides[0] == 0
    assert x[0].tolist() == x[1].tolist()


def test_what_a_law_weighs_outputs_with_is_small() -> None:
    numbers = operands(parse_case(f"{EXAMPLE.replace('-relu', '')}.law-adjoint.exact"))
    assert numbers.cotangent is not None
    assert set(np.abs(numbers.cotangent).ravel().tolist()) == {1, 2, 3}


@pytest.mark.parametrize("direction", ["dx", "dfilters", "dbias"])
def test_a_gradients_cotangent_is_wide_in_a_few_places(direction: str) -> None:
    case = parse_case(f"{EXAMPLE}.{direction}.exact")
    cotangent = operands(case).cotangent
    assert cotangent is not None
    wide = is_wide(cotangent, case.problem.precision)
    assert 0 < wide.mean() < 0.1
    assert set(np.abs(cotangent[~wide]).ravel().tolist()) == {1, 2, 3}


def test_the_smallest_bias_is_too_wide_for_bfloat16_by_one() -> None:
    assert PRECISIONS["bfloat16"].exact_budget + 1 == FIRST_BIAS
