"""The rows of the matrix say of a case what is true of it."""

from collections import Counter

import pytest

from convformance.reference.case import parse_case
from convformance.reference.directions import INVALID, LAWS, STATES
from convformance.tests.conformance.corpus import NETWORKS, load
from convformance.tests.conformance.features import FEATURES, ROWS, features_of


@pytest.mark.parametrize(
    ("text", "features"),
    [
        (
            "conv2d-n2-i9x8-c4-f6-k3x3-s1x1-pvalid-d1x1-g1-f32.forward.exact",
            "conv2d, forward, padding valid, float32, exact numbers",
        ),
        (
            "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32.forward.real.view",
            (
                "conv2d, forward, padding same, stride, dilation, stride with dilation, groups, kernel even, bias, "
                "relu, float32, real numbers, memory view"
            ),
        ),
        (
            "conv2d-n1-i9x8-c4-f8-k1x1-s2x3-p1+1x2+2-d1x1-g4-f32.forward.exact",
            (
                "conv2d, forward, padding equal, pads as large as kernel, stride, stride above kernel, groups, "
                "groups depthwise, kernel 1x1, batch of one, float32, exact numbers"
            ),
        ),
        (
            "conv2d-n1-i9x3-c1-f1-k7x3-s1x1-p0+1x0+0-d1x1-g1-f32.forward.exact",
            (
                "conv2d, forward, padding unequal, kernel large, kernel as large as input, output one wide, "
                "one channel, one filter, batch of one, float32, exact numbers"
            ),
        ),
        (
            "depthwise1d-n2-i9-c3-f6-k3-s1-pcausal-d1-g3-f32.dfilters.exact.fortran",
            (
                "depthwise1d, dfilters, padding causal, groups, groups depthwise, multiplier, float32, exact numbers, "
                "memory fortran"
            ),
        ),
        (
            "conv3d-n2-i9x8x7-c3-f6-k3x3x3-s1x1x1-p1+1x1+1x1+1-mreflect-d1x1x1-g1-b-f64.dbias.real.broadcast",
            "conv3d, dbias, padding equal, pads reflect, bias, float64, real numbers, memory broadcast",
        ),
        (
            "conv2d-n2-i9x8-c3-f6-k3x3-s1x1-pvalid-d1x1-g1-f32.forward.photo",
            "conv2d, forward, padding valid, float32, photograph",
        ),
        (
            "transposed2d-n2-i4x5-c4-f6-k3x3-s3x2-p1+0x0+1-o2x1-d1x1-g1-bf16.dx.exact.strided",
            "transposed2d, dx, padding unequal, output padding, stride, bfloat16, exact numbers, memory strided",
        ),
        (
            "separable2d-n0-i9x8-c4-f1-x3-k3x3-s1x1-psame-d1x1-g4-f16.dpointwise.exact",
            (
                "separable2d, dpointwise, padding same, groups, groups depthwise, multiplier, one filter, "
                "batch of none, float16, exact numbers"
            ),
        ),
        (
            "conv1d-n2-i50000-c2-f3-k3-s1-pvalid-d1-g1-f32.forward.nan-filters",
            "conv1d, forward, padding valid, input huge, float32, nan-filters",
        ),
        (
            "conv2d-n2-i1x8-c2-f3-k1x3-s1x1-pvalid-d1x1-g1-i32.law-batch.exact",
            (
                "conv2d, padding valid, kernel as large as input, input one wide, output one wide, int32, "
                "exact numbers, law-batch"
            ),
        ),
        (
            "conv2d-n2-i9x8-c2-f3-k3x3-s1x1-pvalid-d1x1-g1-i64.invalid-groups-zero.exact",
            "conv2d, padding valid, int64, exact numbers, invalid-groups-zero",
        ),
        (
            "conv2d-n2-i9x8-c2-f3-k3x3-s1x1-pvalid-d1x1-g1-f32.state-threads.exact",
            "conv2d, padding valid, float32, exact numbers, state-threads",
        ),
    ],
)
def test_the_features_of_a_case(text: str, features: str) -> None:
    assert features_of(parse_case(text), None) == features.split(", ")


def test_a_network_is_a_feature_and_another_origin_is_not() -> None:
    case = parse_case("conv2d-n2-i9x8-c4-f6-k3x3-s1x1-pvalid-d1x1-g1-f32.forward.exact")
    assert features_of(case, "resnet-50")[-1] == "resnet-50"
    assert features_of(case, "covering") == features_of(case, None)


def test_the_full_tier_has_several_cases_of_every_feature() -> None:
    counts = Counter(name for text in load("full") for name in features_of(parse_case(text), None))
    # No framework has separable layers of volumes; of laws, states and refusals there are as many as problems.
    few = {"separable3d", *LAWS, *STATES, *INVALID}
    assert [name for name in FEATURES if counts[name] < 8 and name not in few] == []
    assert [name for name in FEATURES if counts[name] == 0] == ["separable3d"]


def test_the_rows_are_features_and_networks() -> None:
    assert (*FEATURES, *NETWORKS) == ROWS
