from dataclasses import replace

import numpy as np
import pytest

from convformance.reference.case import Case, parse_case
from convformance.reference.description import PROPERTIES, Mask, Wrong, describe_cases, describe_elements
from convformance.reference.problem import Problem

PROBLEM = Problem(
    batch=3, spatial=(9, 8), channels=4, filters=10, kernel_size=(3, 2), padding=((1, 2), (0, 1)), groups=2
)


def wrong(mark: tuple[object, ...], problem: Problem = PROBLEM, direction: str = "forward") -> Wrong:
    shape = {"forward": problem.output_shape, "dx": problem.input_shape, "dfilters": problem.filters_shape}[direction]
    mask: Mask = np.zeros(shape, bool)
    mask[mark] = True  # type: ignore[index]
    return Wrong(Case(problem, direction), mask)


every = slice(None)


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ((every,), "every element is wrong"),
        ((slice(1, None),), "wrong are exactly those of the images after the first"),
        ((-1,), "wrong are exactly those of the last image"),
        ((every, -1), "wrong are exactly those of the last row"),
        ((every, every, 0), "wrong are exactly those of the first column"),
        (
            (every, every, every, slice(8, None)),
            "wrong are exactly those of the channels beyond the last multiple of 8",
        ),
        ((every, every, every, slice(5, None)), "wrong are exactly the outputs of the groups after the first"),
        ((every, every, every, slice(None, 5)), "wrong are exactly the outputs of the first group"),
        ((1, 2, 3, 9), "all wrong elements are among those of the last channel"),
        ((0, 0, 0, 0), "all wrong elements are among those of the first row"),
        ((every, [0, 9]), "all wrong elements are among the outputs whose windows reach into the pads"),
        ((every, [0, 8, 9]), "all wrong elements are among the outputs whose windows reach into the pads"),
    ],
)
def test_where_outputs_are_wrong(mark: tuple[object, ...], said: str) -> None:
    assert describe_elements([wrong(mark)]) == said


def test_the_narrowest_words_that_hold_for_all_failures() -> None:
    other = replace(PROBLEM, batch=2, filters=4)
    failures = [wrong((slice(1, None),)), wrong((1,), other)]
    assert describe_elements(failures) == "wrong are exactly those of the images after the first"
    said = "all wrong elements are among the outputs of the first group"
    assert describe_elements([wrong((0, 3, 3, 3)), wrong((2, 4, 4, 4))]) == said


def test_where_gradients_are_wrong() -> None:
    assert describe_elements([wrong((every, -1), direction="dx")]) == "wrong are exactly those of the last row"
    said = "wrong are exactly those of the last row of a kernel"
    assert describe_elements([wrong((-1,), direction="dfilters")]) == said
    said = "wrong are exactly those of the filters beyond the last multiple of 8"
    assert describe_elements([wrong((every, every, every, slice(8, None)), direction="dfilters")]) == said


def test_nothing_is_said_where_nothing_holds() -> None:
    dbias = Wrong(Case(replace(PROBLEM, use_bias=True), "dbias"), np.array([True, False] * 5))
    assert describe_elements([dbias]) == ""


def cases(*texts: str) -> list[Case]:
    return [parse_case(text) for text in texts]


WIDE = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-pvalid-d1x1-g1-f32.forward.exact"
PLAIN = "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-f32.forward.exact"
NARROW = "conv2d-n2-i9x2-c4-f6-k3x2-s2x1-pvalid-d1x1-g1-f32.forward.exact"
ONE_CHANNEL = "conv2d-n2-i9x2-c1-f6-k3x2-s2x1-pvalid-d1x1-g1-f32.forward.exact"


def test_what_the_failing_cases_have_in_common() -> None:
    said = "it fails in the one case with a stride above 1, and in no other"
    assert describe_cases(cases(WIDE), cases(PLAIN)) == said
    said = "it fails in all 2 cases with an output one wide, and in no other"
    assert describe_cases(cases(NARROW, ONE_CHANNEL), cases(WIDE, PLAIN)) == said
    assert describe_cases(cases(WIDE), []) == "it fails in the one case asked"
    assert describe_cases(cases(WIDE), cases(WIDE)) == "it fails in 1 of 2 cases"
    said = "it fails in 1 of 3 cases; all have a stride above 1, as 1 of the others"
    assert describe_cases(cases(WIDE), cases(WIDE, PLAIN)) == said


def test_several_properties_are_joined() -> None:
    said = describe_cases(cases(ONE_CHANNEL), cases(NARROW, PLAIN, WIDE.replace("c4", "c1")))
    assert said == "it fails in the one case with one channel and an output one wide, and in no other"


def test_every_property_holds_of_some_case_and_not_of_another() -> None:
    some = cases(
        WIDE, PLAIN, NARROW, ONE_CHANNEL,
        "conv1d-n1-i39-c37-f33-k5-s7-pcausal-d2-g1-b-relu-f16.forward.exact.view",
        "conv3d-n0-i4x5x6-c2-f1-k1x1x1-s1x1x1-psame-d1x1x1-g1-f64.dfilters.real.fortran",
        "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-p1+0x0+1-mreflect-d1x1-g2-bf16.dx.exact.strided",
        "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-p1+0x0+1-mreplicate-d1x1-g2-b-f32.dbias.exact",
        "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-p1+0x0+1-mcircular-d1x1-g2-i32.forward.exact.broadcast",
        "depthwise2d-n2-i9x32-c32-f64-k3x2-s1x1-psame-d1x1-g32-i64.forward.exact",
        "separable2d-n2-i9x8-c4-f8-x2-k3x2-s1x1-psame-d1x1-g4-f32.dpointwise.exact",
        "transposed2d-n2-i9x8-c4-f8-k3x2-s2x1-p1+0x0+1-o1x0-d1x1-g4-f32.forward.exact",
    )  # fmt: skip
    for name, holds in PROPERTIES.items():
        assert {holds(case) for case in some} == {True, False}, name


def test_what_a_problem_does_not_have_is_not_named() -> None:
    plain = Problem(batch=1, spatial=(9, 8), channels=4, filters=6, kernel_size=(3, 2))
    assert describe_elements([wrong((0, 0), plain)]) == "wrong are exactly those of the first row"
    all_in_the_pads = Problem(batch=3, spatial=(1, 1), channels=2, filters=3, kernel_size=(3, 3), padding="same")
    said = describe_elements([wrong((1, 0, 0, 1), all_in_the_pads)])
    assert said.startswith("all wrong elements are among those of the ")
