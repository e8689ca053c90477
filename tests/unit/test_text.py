"""A problem is one line of text, and the line is that problem alone."""

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import REPEATABLE, problems

from convformance.reference.errors import ProblemError, TextError
from convformance.reference.precision import PRECISIONS
from convformance.reference.problem import KINDS, Problem
from convformance.reference.text import EXAMPLE, parse_problem

EVERY = tuple(PRECISIONS)
NUMBER = "(?:[1-9]|1[0-9]|224)"


KIND = "one of conv, depthwise, separable, transposed with its rank, like conv2d"


def problem_texts(kind: str, rank: int) -> st.SearchStrategy[str]:
    """Lines spelled from the grammar, not by the code: large inputs, so that every kernel fits."""
    axes = "x".join([NUMBER] * rank)
    pads = "x".join([rf"{NUMBER}\+(?:0|{NUMBER})"] * rank)
    size = "x".join(["[5-9][0-9]{5}"] * rank)
    around = rf"s{axes}-p(?:valid|(?:same|{pads})(?:-m(?:reflect|replicate|circular))?)"
    more = "x".join(["[1-4]"] + ["[0-4]"] * (rank - 1))
    crop = rf"s{axes}-p(?:valid|same|{pads})|s{'x'.join('5' * rank)}-p{pads}-o{more}"
    middle = rf"k{axes}-(?:{crop if kind == 'transposed' else around})-d{axes}"
    channels = {
        "depthwise": rf"c4-f(?:4|12)-{middle}-g4",
        "separable": rf"c8-f[1-9]-x[1-9]-{middle}-g8",
    }.get(kind, rf"c(?:4|8|256)-f(?:4|12)-{middle}-g[124]")
    return st.from_regex(
        rf"{kind}{rank}d-n(?:0|{NUMBER})-i{size}-{channels}(?:-b)?(?:-relu)?-(?:f16|bf16|f32|f64|i32|i64)",
        fullmatch=True,
        alphabet=st.characters(codec="ascii"),
    )


def test_the_example_of_the_documentation() -> None:
    problem = Problem(
        batch=2,
        spatial=(9, 8),
        channels=4,
        filters=6,
        kernel_size=(3, 2),
        strides=(2, 1),
        padding="same",
        dilation=(1, 2),
        groups=2,
        use_bias=True,
        activation="relu",
    )
    assert str(problem) == "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32" == EXAMPLE
    assert parse_problem(EXAMPLE) == problem


def test_a_problem_without_bias_and_activation_says_neither() -> None:
    problem = Problem(
        batch=1, spatial=(5,), channels=1, filters=1, kernel_size=(3,), padding=((1, 2),), dtype="float64"
    )
    assert str(problem) == "conv1d-n1-i5-c1-f1-k3-s1-p1+2-d1-g1-f64"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("conv1d-n0-i9-c4-f6-k3-s1-pvalid-d1-g1-i64", {"batch": 0, "dtype": "int64"}),
        ("conv1d-n1-i9-c4-f6-k3-s1-psame-mreflect-d1-g1-bf16", {"padding_mode": "reflect", "dtype": "bfloat16"}),
        ("conv1d-n1-i9-c4-f6-k3-s1-pcausal-d2-g1-f16", {"padding": "causal", "dtype": "float16"}),
        ("depthwise1d-n1-i9-c4-f8-k3-s1-pvalid-d1-g4-i32", {"kind": "depthwise", "multiplier": 2, "dtype": "int32"}),
        ("separable1d-n1-i9-c4-f6-x3-k3-s1-pvalid-d1-g4-f32", {"kind": "separable", "multiplier": 3}),
        ("transposed1d-n1-i9-c4-f6-k3-s2-p1+0-o1-d1-g2-f32", {"kind": "transposed", "output_padding": (1,)}),
        ("transposed1d-n1-i9-c4-f6-k3-s5-psame-d1-g2-f32", {"padding": "same", "output_padding": (2,)}),
    ],
)
def test_what_only_some_problems_have_is_said_where_it_says_something(text: str, fields: dict[str, object]) -> None:
    problem = parse_problem(text)
    assert {name: getattr(problem, name) for name in fields} == fields
    assert str(problem) == text


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("transposed1d-n1-i9-c4-f6-k3-s2-p1+0-o0-d1-g2-f32", "transposed1d-n1-i9-c4-f6-k3-s2-p1+0-d1-g2-f32"),
        ("transposed1d-n1-i9-c4-f6-k3-s5-psame-o2-d1-g2-f32", "transposed1d-n1-i9-c4-f6-k3-s5-psame-d1-g2-f32"),
        ("conv1d-n1-i9-c4-f6-x1-k3-s2-psame-d1-g2-f32", "conv1d-n1-i9-c4-f6-k3-s2-psame-d1-g2-f32"),
        ("depthwise1d-n1-i9-c4-f8-x2-k3-s2-psame-d1-g4-f32", "depthwise1d-n1-i9-c4-f8-k3-s2-psame-d1-g4-f32"),
        ("separable1d-n1-i9-c4-f8-x0-k3-s2-psame-d1-g4-f32", "separable1d-n1-i9-c4-f8-x1-k3-s2-psame-d1-g4-f32"),
        ("separable1d-n1-i9-c4-f8-k3-s2-psame-d1-g4-f32", "separable1d-n1-i9-c4-f8-x1-k3-s2-psame-d1-g4-f32"),
    ],
)
def test_what_goes_without_saying_is_not_said(text: str, spelled: str) -> None:
    assert str(parse_problem(spelled)) == spelled
    with pytest.raises(TextError) as refusal:
        parse_problem(text)
    assert str(refusal.value) == f"not the text of a problem: {text!r} is spelled {spelled!r}"


def test_explicit_pads_have_a_pair_per_axis() -> None:
    text = "conv3d-n2-i9x8x7-c4-f6-k3x2x1-s2x1x3-p1+2x0+1x10+0-d1x2x1-g2-relu-f32"
    assert parse_problem(text).padding == ((1, 2), (0, 1), (10, 0))
    assert str(parse_problem(text)) == text


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_text_of_a_problem_gives_the_problem_back(rank: int) -> None:
    @settings(REPEATABLE, max_examples=300)
    @given(problem=problems(ranks=(rank,), dtypes=EVERY, batches=(0, 1, 2)))
    def check(problem: Problem) -> None:
        assert parse_problem(str(problem)) == problem

    check()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_problem_of_a_text_gives_the_text_back(kind: str, rank: int) -> None:
    @settings(REPEATABLE, max_examples=60)
    @given(text=problem_texts(kind, rank))
    def check(text: str) -> None:
        assert str(parse_problem(text)) == text

    check()


@settings(REPEATABLE, max_examples=300)
@given(problem=problems(dtypes=EVERY, batches=(0, 1, 2)))
def test_a_text_is_safe_in_a_shell_and_as_a_test_id(problem: Problem) -> None:
    text = str(problem)
    assert shlex.quote(text) == text
    assert not set(text) & set("[]: /\\\t\n'\"")
    assert text.isascii()


@settings(REPEATABLE, max_examples=300)
@given(one=problems(ranks=(1,), largest=2), other=problems(ranks=(1,), largest=2))
def test_different_problems_have_different_texts(one: Problem, other: Problem) -> None:
    assert (str(one) == str(other)) == (one == other)


START = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2"


@pytest.mark.parametrize(
    ("text", "wanted", "rest"),
    [
        ("", KIND, "the end of the text"),
        (" " + EXAMPLE, KIND, " " + EXAMPLE),
        ("conv4d-n2", KIND, "conv4d-n2"),
        ("Conv2d-n2", KIND, "Conv2d-n2"),
        ("conv2d", "-n and the batch, like -n2", "the end of the text"),
        ("conv2d-i9x8-n2", "-n and the batch, like -n2", "-i9x8-n2"),
        ("conv2d-n-i9x8", "-n and the batch, like -n2", "-n-i9x8"),
        ("conv2d-n02-i9x8", "-i and the input's size, like -i9x8", "2-i9x8"),
        ("conv2d-n+2-i9x8", "-n and the batch, like -n2", "-n+2-i9x8"),
        ("conv2d-n2-c4-i9x8", "-i and the input's size, like -i9x8", "-c4-i9x8"),
        ("conv2d-n2-i9x-c4", "-c and the input channels, like -c4", "x-c4"),
        ("conv2d-n2-i9x08-c4", "-c and the input channels, like -c4", "8-c4"),
        ("conv2d-n2-i9x8-f6", "-c and the input channels, like -c4", "-f6"),
        ("conv2d-n2-i9x8-c4-k3x2", "-f and the number of filters, like -f6", "-k3x2"),
        ("conv2d-n2-i9x8-c4-f6-s2x1", "-k and the kernel's size, like -k3x2", "-s2x1"),
        ("conv2d-n2-i9x8-c4-f6-k3x2-psame", "-s and the strides, like -s2x1", "-psame"),
        (
            "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-pfull",
            "-pvalid, -psame, -pcausal or -p and before+after, like -p1+2x0+1",
            "-pfull",
        ),
        (
            "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-p1x2",
            "-pvalid, -psame, -pcausal or -p and before+after, like -p1+2x0+1",
            "-p1x2",
        ),
        ("conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-g2", "-d and the dilation, like -d1x2", "-g2"),
        ("conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-b-f32", "-g and the groups, like -g2", "-b-f32"),
        (START, "-b or the next field", "the end of the text"),
        (START + "-b", "the dtype last, like -f32", "-b"),
        (START + "-b-relu", "the dtype last, like -f32", "-relu"),
        (START + "-relu-b-f32", "the dtype last, like -f32", "-b-f32"),
        (START + "-b-tanh-f32", "the dtype last, like -f32", "-tanh-f32"),
        (START + "-b-b-f32", "the dtype last, like -f32", "-b-f32"),
        (START + "-f8", "the dtype last, like -f32", "-f8"),
        (START + "-bf16-b", "the dtype last, like -f32", "-bf16-b"),
        ("transposed2d-n2-i9x8-c4-f6-k3x2-s2x1-p1+1x1+1-o-d1x1", "-d and the dilation, like -d1x2", "-o-d1x1"),
        ("conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-mzeros-d1x2", "-d and the dilation, like -d1x2", "-mzeros-d1x2"),
        ("separable2d-n2-i9x8-c4-f6-x-k3x2", "-k and the kernel's size, like -k3x2", "-x-k3x2"),
        (
            "conv2d-n2-i9x8-c4-f6",
            "-x and the multiplier of a separable convolution, or the next field",
            "the end of the text",
        ),
        (EXAMPLE + "-x", "the dtype last, like -f32", "-f32-x"),
        (EXAMPLE + " ", "the dtype last, like -f32", "-f32 "),
        (EXAMPLE + "0", "the dtype last, like -f32", "-f320"),
        (EXAMPLE + "\n", "the dtype last, like -f32", "-f32\n"),
        ("conv2d-n1\N{ARABIC-INDIC DIGIT TWO}-i9x8", "-i and the input's size, like -i9x8", "\u0662-i9x8"),
    ],
)
def test_a_bad_text_is_refused_with_what_should_stand_where(text: str, wanted: str, rest: str) -> None:
    with pytest.raises(TextError) as refusal:
        parse_problem(text)
    assert str(refusal.value) == (
        f"not the text of a problem: expected {wanted} at {rest!r} in {text!r}; "
        "like conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32"
    )


@settings(REPEATABLE, max_examples=50)
@given(problem=problems(dtypes=EVERY, batches=(0, 1, 2)))
def test_no_part_of_a_text_is_a_text(problem: Problem) -> None:
    text = str(problem)
    for end in range(len(text)):
        with pytest.raises(TextError):
            parse_problem(text[:end])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conv2d-n2-i9-c4-f6-k3-s2-psame-d1-g2-f32", "conv2d takes 2 spatial sizes: got 1 in "),
        ("conv1d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-f32", "conv1d takes 1 spatial sizes: got 2 in "),
        ("conv3d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-f32", "conv3d takes 3 spatial sizes: got 2 in "),
    ],
)
def test_the_rank_of_the_kind_is_the_number_of_sizes(text: str, message: str) -> None:
    with pytest.raises(TextError) as refusal:
        parse_problem(text)
    assert str(refusal.value) == f"{message}{text!r}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (EXAMPLE.replace("-g2", "-g0"), "groups must be a positive integer: got 0 for conv2d"),
        (EXAMPLE.replace("-g2", "-g3"), "channels must be divisible by groups"),
        (
            EXAMPLE.replace("-k3x2", "-k3"),
            "kernel_size must be positive, one per spatial axis: got [(]3,[)] for conv2d",
        ),
        (EXAMPLE.replace("-psame", "-p1+1"), "padding must be"),
        (EXAMPLE.replace("-psame", "-pvalid").replace("-k3x2", "-k10x2"), "the dilated kernel must fit"),
    ],
)
def test_a_well_spelled_problem_that_is_no_convolution_is_a_problem_error(text: str, message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        parse_problem(text)
