"""The rows of the matrix say of a case what is true of it."""

import pytest

from convformance.reference.case import parse_case
from convformance.tests.conformance.corpus import NETWORKS, load
from convformance.tests.conformance.features import FEATURES, ROWS, features_of


@pytest.mark.parametrize(
    ("text", "features"),
    [
        (
            "conv2d-n2-i9x8-c4-f6-k3x3-s1x1-pvalid-d1x1-g1-f32.forward.exact",
            ["conv2d", "padding valid", "exact numbers"],
        ),
        (
            "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32.forward.real.view",
            [
                "conv2d",
                "padding same",
                "stride",
                "dilation",
                "stride with dilation",
                "groups",
                "kernel even",
                "bias",
                "relu",
                "real numbers",
                "memory view",
            ],
        ),
        (
            "conv2d-n1-i9x8-c4-f8-k1x1-s2x3-p1+1x2+2-d1x1-g4-f32.forward.exact",
            [
                "conv2d",
                "padding equal",
                "stride",
                "stride above kernel",
                "groups",
                "groups depthwise",
                "kernel 1x1",
                "batch of one",
                "exact numbers",
            ],
        ),
        (
            "conv2d-n1-i9x3-c1-f1-k7x3-s1x1-p0+1x0+0-d1x1-g1-f32.forward.exact",
            [
                "conv2d",
                "padding unequal",
                "kernel large",
                "output one wide",
                "one channel",
                "one filter",
                "batch of one",
                "exact numbers",
            ],
        ),
        (
            "depthwise1d-n2-i9-c3-f6-k3-s1-pcausal-d1-g3-f32.forward.exact",
            ["conv1d", "depthwise", "padding causal", "groups", "groups depthwise", "exact numbers"],
        ),
        (
            "conv3d-n2-i9x8x7-c3-f6-k3x3x3-s1x1x1-psame-d1x1x1-g1-f32.forward.real",
            ["conv3d", "padding same", "real numbers"],
        ),
        (
            "conv2d-n2-i9x8-c3-f6-k3x3-s1x1-pvalid-d1x1-g1-f32.forward.photo",
            ["conv2d", "padding valid", "photograph"],
        ),
    ],
)
def test_the_features_of_a_case(text: str, features: list[str]) -> None:
    assert features_of(parse_case(text), None) == features


def test_a_network_is_a_feature_and_another_origin_is_not() -> None:
    case = parse_case("conv2d-n2-i9x8-c4-f6-k3x3-s1x1-pvalid-d1x1-g1-f32.forward.exact")
    assert features_of(case, "resnet-50")[-1] == "resnet-50"
    assert features_of(case, "covering") == features_of(case, None)


@pytest.mark.parametrize("feature", FEATURES)
def test_the_full_tier_has_several_cases_of_every_feature(feature: str) -> None:
    assert sum(FEATURES[feature](parse_case(text)) for text in load("full")) >= 8


def test_the_rows_are_features_and_networks() -> None:
    assert (*FEATURES, *NETWORKS) == ROWS
