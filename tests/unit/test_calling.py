"""Calling an adapter: what it raises, how long it takes, what it claims."""

from types import SimpleNamespace
from typing import Any

import pytest

from convformance.reference.case import parse_case
from convformance.reference.precision import PRECISIONS
from convformance.tests.conformance.calling import (
    AnswerError,
    Stopwatch,
    claim_of,
    claimed_accumulators,
    describe,
    flushed_dtypes,
)

PROBLEM = "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-b"


def adapter(**attributes: Any) -> Any:
    return SimpleNamespace(**attributes)


def accumulator(which: Any, short: str, direction: str) -> str | None:
    claimed = claim_of(which, parse_case(f"{PROBLEM}-{short}.{direction}.real")).accumulator
    return None if claimed is None else claimed.name


def test_without_a_claim_the_default_holds() -> None:
    assert accumulator(adapter(), "bf16", "forward") is None
    assert accumulator(adapter(accumulators=None), "bf16", "forward") is None
    assert not claim_of(adapter(), parse_case(f"{PROBLEM}-f32.forward.real")).flushes_subnormals


def test_a_claim_may_speak_of_one_direction() -> None:
    claims = adapter(accumulators={"bfloat16": "float32", "bfloat16 dbias": "bfloat16"})
    assert accumulator(claims, "bf16", "dx") == "float32"
    assert accumulator(claims, "bf16", "dbias") == "bfloat16"
    assert accumulator(claims, "f16", "dbias") is None


@pytest.mark.parametrize(
    ("text", "direction", "sums"),
    [
        ("conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-b-f16", "forward", "float32"),
        ("conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-b-f16", "dx", "float16"),
        ("conv3d-n2-i5x6x7-c4-f6-k3x2x1-s1x1x1-pvalid-d1x1x1-g1-f16", "forward", "float16"),
        ("conv3d-n2-i5x6x7-c4-f6-k3x2x1-s1x1x1-pvalid-d1x1x1-g1-b-f16", "dbias", "float32"),
        ("depthwise2d-n2-i9x8-c3-f6-k3x2-s1x1-pvalid-d1x1-g3-b-f16", "forward", "float16"),
        # Two keys of as many words: the narrower format counts.
        ("depthwise2d-n2-i9x8-c3-f6-k3x2-s1x1-pvalid-d1x1-g3-b-f16", "dbias", "float16"),
        ("transposed2d-n2-i5x4-c4-f3-k3x2-s1x1-pvalid-d1x1-g1-b-f16", "dx", "float32"),
        ("transposed3d-n2-i3x4x2-c4-f3-k2x3x1-s1x1x1-pvalid-d1x1x1-g1-b-f16", "dx", "float16"),
    ],
)
def test_the_claim_with_most_words_counts(text: str, direction: str, sums: str) -> None:
    claims = {"float16": "float32", "float16 dx": "float16", "float16 depthwise": "float16"}
    more = {"float16 dbias": "float32", "float16 conv3d forward": "float16", "float16 transposed2d dx": "float32"}
    case = parse_case(f"{text}.{direction}.real")
    claimed = claim_of(adapter(accumulators={**claims, **more}), case).accumulator
    assert claimed is not None
    assert claimed.name == sums


@pytest.mark.parametrize(
    ("claims", "dtypes"),
    [(True, list(PRECISIONS)), (False, []), (("bfloat16",), ["bfloat16"]), ({"float32", "other"}, ["float32"])],
)
def test_flushing_is_claimed_for_all_dtypes_or_for_some(claims: Any, dtypes: list[str]) -> None:
    which = adapter(flushes_subnormals=claims)
    assert flushed_dtypes(which) == dtypes
    flushes = claim_of(which, parse_case(f"{PROBLEM}-bf16.forward.subnormal")).flushes_subnormals
    assert flushes == ("bfloat16" in dtypes)


@pytest.mark.parametrize(
    "claims",
    [
        {"half": "float32"},
        {"float32": "quad"},
        {"float32 backwards": "float64"},
        {"float32 conv4d": "float64"},
        {"": "float64"},
        {"float32": "float16"},
    ],
)
def test_a_claim_that_means_nothing_is_an_error(claims: dict[str, str]) -> None:
    ((key, value),) = claims.items()
    with pytest.raises(ValueError, match=rf"got '{key}': '{value}'$"):
        claimed_accumulators(adapter(accumulators=claims))


@pytest.mark.parametrize("error", [ValueError("two\nlines"), SystemExit(3)])
def test_whatever_is_raised_is_an_answer_of_one_line(error: BaseException) -> None:
    def call() -> None:
        raise error

    watch = Stopwatch()
    with pytest.raises(AnswerError) as raised:
        watch.call(call)
    assert str(raised.value) == describe(error)
    assert "\n" not in str(raised.value)
    assert watch.seconds > 0


def test_a_long_message_is_cut() -> None:
    assert len(describe(ValueError("x" * 10_000))) < 600
