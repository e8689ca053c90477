"""A failure without a name is called by what was seen; what says the same is one failure, and nothing else is."""

from collections.abc import Sequence

import pytest
from by_hand import CASES, SMALL, report, said, verdict

from convformance.tests.conformance.report.kinds import kinds
from convformance.tests.conformance.report.seen import LONGEST, own_words, title_of, titles
from convformance.tests.conformance.verdicts import Verdict

DILATION = "Current CPU implementations do not yet support dilation rates larger than 1"
GROUPS = "Gradients for grouped convolutions are not supported on CPU"
STRIDES = "Current implementation only supports equal length strides in the row and column dimensions"
DEVICE = "device_/job:localhost/replica:0/task:0/device:CPU:0"


def node(operation: str, words: str, end: str = "") -> str:
    """What TensorFlow says, in its wrapping."""
    return f"{{{{function_node __wrapped__{operation}_{DEVICE}}}}} {words} [Op:{operation}]{end}"


def tensorflow(operation: str, words: str) -> str:
    """The detail of a refusal of TensorFlow."""
    return f"InvalidArgumentError: {node(operation, words, ' name:')}"


def keras(layer: str, operation: str, words: str, escape: str = "\x1b") -> str:
    """The detail of a refusal of TensorFlow in a layer of Keras."""
    return (
        f"InvalidArgumentError: Exception encountered when calling {layer}.call(). {escape}[1m{node(operation, words)}"
        f"{escape}[0m Arguments received by {layer}.call(): \u2022 inputs=tf.Tensor(shape=(2, 3, 7, 3), dtype=float16)"
    )


DILATED = (
    tensorflow("Conv2DBackpropInput", f"{DILATION}."),
    tensorflow(
        "Conv3DBackpropInputV2", "Current CPU implementation does not yet support dilation rates larger than 1."
    ),
    tensorflow("Conv3D", "CPU implementation of Conv3D currently only supports dilated rates of 1."),
    keras("Conv2DTranspose", "Conv2DBackpropInput", f"{DILATION}."),
)
GROUPED = tuple(
    tensorflow(
        "Conv2DBackpropInput",
        f"{GROUPS}. Please file a feature request if you run into this issue. Computed input depth {depth} doesn't "
        "match filter input depth 2",
    )
    for depth in (6, 15)
)
STRIDED = (
    tensorflow("DepthwiseConv2dNative", f"{STRIDES}."),
    keras("DepthwiseConv2D", "DepthwiseConv2dNative", f"{STRIDES}.", escape=""),
)


def refused(*details: str) -> list[str]:
    """The title of each refusal of one adapter."""
    found = titles([said("rejected", number, detail=detail) for number, detail in enumerate(details)])
    return [found["one", CASES[number]] for number in range(len(details))]


def test_refusals_that_say_the_same_are_one_failure_and_others_are_not() -> None:
    verdicts = [said("rejected", n, detail=detail) for n, detail in enumerate((*DILATED, *GROUPED, *STRIDED))]
    found = {kind.name: len(kind.verdicts) for kind in kinds(report(*verdicts))}
    assert found == {
        DILATION: 4,
        GROUPS: 2,
        STRIDES: 2,
    }


def test_an_adapter_is_not_taken_for_another() -> None:
    assert len(kinds(report(*(said("rejected", 0, name, detail=DILATED[0]) for name in ("one", "two"))))) == 2


@pytest.mark.parametrize(
    "details",
    [
        ("RuntimeError: groups above 1 are not supported by this kernel on CPU",
         "RuntimeError: dilation above 1 is not supported by this kernel on CPU"),
        ("NotImplementedError: padding mode reflect is not supported",
         "NotImplementedError: padding mode circular is not supported"),
        ("KeyError: 'conv'", "KeyError: 'bias'"),
        ("KeyError: conv", "TypeError: conv"),
        ("RuntimeError: could not create a primitive", "RuntimeError: could not execute the plan"),
        ("", "x"),
    ],
)  # fmt: skip
def test_refusals_of_different_things_stay_apart(details: Sequence[str]) -> None:
    assert len(set(refused(*details))) == 2


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        (DILATED[0], DILATION),
        (DILATED[3], DILATION),
        ("RuntimeError: Given groups=2, expected weight to be at least 2. Got [1, 3].",
         "Given groups=2, expected weight to be at least 2"),
        ("ValueError: No. The kernel is larger than the image. Sorry.", "No. The kernel is larger than the image"),
        ("KeyError: 'x'", "KeyError: 'x'"),
        ("  ", ""),
        ("{{node", "{{node"),
        ("[Op:", "[Op:"),
        ("Arguments received by", "Arguments received by"),
        ("unsupported() raised KeyError: 'x'", "unsupported() raised KeyError: 'x'"),
    ],
)  # fmt: skip
def test_the_words_are_cut_out_of_known_wrapping_and_unknown_one_stays(detail: str, words: str) -> None:
    assert own_words(detail) == words


def test_a_long_sentence_is_cut_between_words() -> None:
    words = own_words("RuntimeError: " + "several words " * 50)
    assert len(words) <= LONGEST + 3
    assert words.endswith(("several...", "words..."))


def test_nothing_but_wrapping_is_called_by_its_verdict() -> None:
    assert refused("{{function_node a}} [Op:Conv2D] name:") == ["rejected"]


def test_many_refusals_that_never_say_the_same_cost_little() -> None:
    words = [f"Error: {chr(97 + n // 676)}{chr(97 + n // 26 % 26)}{chr(97 + n % 26)}zzz" for n in range(5000)]
    verdicts = [Verdict("one", str(n), "rejected", "forward", [], detail) for n, detail in enumerate(words)]
    assert len(set(titles(verdicts).values())) == 5000


@pytest.mark.parametrize(
    ("name", "case", "detail", "title"),
    [
        ("wrong", "forward.exact", "2 of 9 elements differ from the exact value; first at (0) got 1",
         "wrong values in the output"),
        ("imprecise", "dfilters.real", "1 of 9 elements lie outside the proven bound; first at (0)",
         "wrong values in dfilters"),
        ("imprecise", "dx.real", "the mean of the errors of 1200 elements is 8 times", "wrong values in dx"),
        ("wrong", "dx.exact", "right together with the other gradients, but asked alone: 3 of 9 elements differ",
         "wrong values in dx asked alone"),
        ("wrong", "forward.exact", "the answer changes when asked again: 2 of 9 elements differ",
         "the answer changes when asked again"),
        ("wrong", "forward.exact", "shape: got (1,), expected (2,)", "output of the wrong shape"),
        ("wrong", "dx.exact", "dtype: got int8, expected float32", "dx of the wrong dtype"),
        ("wrong", "law-batch.exact", "a batch of N images is N batches of one: 3 of 9 elements differ",
         "does not hold: a batch of N images is N batches of one"),
        ("wrong", "forward.exact", "the output lies in the memory of the input",
         "the output lies in the memory of the input"),
        ("accepted", "invalid-stride-zero.exact", "a stride of 0: an answer of shape (1,) came back",
         "an answer where an error is right: a stride of 0"),
        ("crashed", "forward.exact", "the process died while computing", "a process crash"),
        ("crashed", "forward.exact", "no answer within the time limit of 60 s (--timeout)",
         "no answer within the time limit"),
        ("wrong", "forward.exact", "", "wrong"),
    ],
)  # fmt: skip
def test_a_title_says_what_was_seen(name: str, case: str, detail: str, title: str) -> None:
    one = verdict(name, f"{SMALL}.{case}", detail=detail)
    assert title_of(one) == title
    assert titles([one]) == {(one.adapter, one.case): title}


def test_what_was_measured_counts_more_than_what_was_said() -> None:
    assert title_of(verdict("rejected", title="measured", detail="KeyError: x")) == "measured"
