"""Rebuild a problem from its text: the inverse of ``str(problem)``."""

import re
from typing import Final, cast

from convformance.reference.axes import PADDING_MODES, PaddingMode
from convformance.reference.errors import TextError
from convformance.reference.precision import PRECISIONS
from convformance.reference.problem import KINDS, Activation, Axes, Kind, Padding, Problem
from convformance.reference.rules import PADDING_NAMES

EXAMPLE: Final = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32"

_NUMBER = r"(?:0|[1-9][0-9]*)"
_AXES = rf"{_NUMBER}(?:x{_NUMBER})*"
_PAIR = rf"{_NUMBER}\+{_NUMBER}"
_FIELDS: Final = (
    # name, pattern, what a person should write
    ("kind", rf"(?:{'|'.join(KINDS)})[123]d", f"one of {', '.join(KINDS)} with its rank, like conv2d"),
    ("batch", rf"-n({_NUMBER})", "-n and the batch, like -n2"),
    ("spatial", rf"-i({_AXES})", "-i and the input's size, like -i9x8"),
    ("channels", rf"-c({_NUMBER})", "-c and the input channels, like -c4"),
    ("filters", rf"-f({_NUMBER})", "-f and the number of filters, like -f6"),
    ("multiplier", rf"(-x{_NUMBER})?(?=-)", "-x and the multiplier of a separable convolution, or the next field"),
    ("kernel_size", rf"-k({_AXES})", "-k and the kernel's size, like -k3x2"),
    ("strides", rf"-s({_AXES})", "-s and the strides, like -s2x1"),
    (
        "padding",
        rf"-p(valid|same|causal|{_PAIR}(?:x{_PAIR})*)",
        "-pvalid, -psame, -pcausal or -p and before+after, like -p1+2x0+1",
    ),
    (
        "output_padding",
        rf"(-o{_AXES})?(?=-)",
        "-o and the output padding of a transposed convolution, or the next field",
    ),
    ("padding_mode", rf"(-m(?:{'|'.join(PADDING_MODES[1:])}))?(?=-)", "-mreflect or the like, or the next field"),
    ("dilation", rf"-d({_AXES})", "-d and the dilation, like -d1x2"),
    ("groups", rf"-g({_NUMBER})", "-g and the groups, like -g2"),
    ("use_bias", r"(-b)?(?=-)", "-b or the next field"),
    ("activation", r"(-relu)?(?=-)", "-relu or the dtype"),
    ("dtype", rf"-({'|'.join(p.short for p in PRECISIONS.values())})\Z", "the dtype last, like -f32"),
)


def parse_problem(text: str) -> Problem:
    """Rebuild the problem that prints as ``text``.

    Parameters
    ----------
    text : str
        One line as ``str(problem)`` gives it; nothing may be left out or reordered, so that a problem has one text.

    Returns
    -------
    Problem
        The problem; ``str`` of it is ``text`` again.

    Raises
    ------
    TextError
        Where the text stops being one of a problem, with what should stand there.
    ProblemError
        When the text spells a problem that is not a convolution.
    """
    found: dict[str, str] = {}
    position = 0
    for name, pattern, wanted in _FIELDS:
        match = re.compile(pattern).match(text, position)
        if match is None:
            rest = text[position:] or "the end of the text"
            raise TextError(f"not the text of a problem: expected {wanted} at {rest!r} in {text!r}; like {EXAMPLE}")
        found[name] = match[1] or "" if match.re.groups else match[0]
        position = match.end()
    spatial = _axes(found["spatial"])
    kind, rank = found["kind"][:-2], found["kind"][-2]
    if str(len(spatial)) != rank:
        raise TextError(f"{found['kind']} takes {rank} spatial sizes: got {len(spatial)} in {text!r}")
    problem = Problem(
        kind=cast(Kind, kind),
        batch=int(found["batch"]),
        spatial=spatial,
        channels=int(found["channels"]),
        filters=int(found["filters"]),
        multiplier=int(found["multiplier"].removeprefix("-x") or 0),
        kernel_size=_axes(found["kernel_size"]),
        strides=_axes(found["strides"]),
        padding=_padding(found["padding"]),
        output_padding=_axes(found["output_padding"].removeprefix("-o")),
        padding_mode=cast(PaddingMode, found["padding_mode"].removeprefix("-m") or "zeros"),
        dilation=_axes(found["dilation"]),
        groups=int(found["groups"]),
        use_bias=bool(found["use_bias"]),
        activation=cast(Activation, found["activation"].removeprefix("-") or None),
        dtype=next(name for name, precision in PRECISIONS.items() if precision.short == found["dtype"]),
    )
    if str(problem) != text:
        raise TextError(f"not the text of a problem: {text!r} is spelled {str(problem)!r}")
    return problem


def _axes(text: str) -> Axes:
    return tuple(map(int, text.split("x"))) if text else ()


def _padding(text: str) -> Padding:
    if text in PADDING_NAMES:
        return cast(Padding, text)
    pairs = (pair.split("+") for pair in text.split("x"))
    return tuple((int(before), int(after)) for before, after in pairs)
