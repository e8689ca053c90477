"""The photograph: always the same pixels, cut where the case's text says."""

from dataclasses import replace

import numpy as np
import pytest

from convformance.reference.case import parse_case
from convformance.reference.errors import BlindCaseError
from convformance.tests.conformance.photo import crops, digest, photograph

CASE = parse_case("conv2d-n3-i224x200-c3-f6-k3x3-s1x1-pvalid-d1x1-g1-f32.forward.photo")


def test_the_photograph_is_rgb_and_can_not_be_written_to() -> None:
    pixels = photograph()
    assert pixels.shape == (600, 512, 3)
    assert pixels.dtype == np.uint8
    assert not pixels.flags.writeable
    assert pixels.min() == 0
    assert pixels.max() == 255


def test_its_pixels_are_the_golden_ones() -> None:
    assert digest() == "f7f982de68dd296af67ee51b2a95a2e5658f7bf064c6536520b66bae8d01fc34"


def test_each_image_of_a_batch_is_another_crop_of_it() -> None:
    cut = crops(CASE)
    assert cut.shape == (3, 224, 200, 3)
    assert cut.dtype == np.uint8
    assert len({image.tobytes() for image in cut}) == 3
    windows = np.lib.stride_tricks.sliding_window_view(photograph()[..., 0], (224, 200))
    for image in cut:
        corners = np.argwhere(windows[..., 0, 0] == image[0, 0, 0])
        assert any((photograph()[top : top + 224, left : left + 200] == image).all() for top, left in corners)


def test_the_text_chooses_the_crops() -> None:
    assert crops(CASE).tobytes() == crops(CASE).tobytes()
    assert crops(CASE).tobytes() != crops(replace(CASE, memory="view")).tobytes()


def test_the_whole_photograph_is_a_crop() -> None:
    case = parse_case("conv2d-n1-i600x512-c3-f6-k3x3-s1x1-pvalid-d1x1-g1-f32.forward.photo")
    assert (crops(case)[0] == photograph()).all()


@pytest.mark.parametrize(
    "text",
    [
        "conv2d-n1-i601x512-c3-f6-k3x3-s1x1-pvalid-d1x1-g1-f32.forward.photo",
        "conv2d-n1-i600x513-c3-f6-k3x3-s1x1-pvalid-d1x1-g1-f32.forward.photo",
        "conv2d-n1-i60x51-c4-f6-k3x3-s1x1-pvalid-d1x1-g1-f32.forward.photo",
        "conv1d-n1-i60-c3-f6-k3-s1-pvalid-d1-g1-f32.forward.photo",
    ],
)
def test_a_case_that_no_photograph_fits_is_rejected(text: str) -> None:
    with pytest.raises(BlindCaseError, match="photo numbers need conv2d on 3 channels"):
        crops(parse_case(text))
