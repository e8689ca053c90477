"""What a case asks, in words: a clause for each thing that somebody who meets its text for the first time must know."""

from collections.abc import Sequence
from typing import Final

from convformance.reference.case import Case, Memory, Numbers
from convformance.reference.directions import GRADIENTS, INVALID, LAWS, STATES
from convformance.reference.problem import Axes, Problem

_FEW_SHARDS: Final = 8
_ONE_IMAGE: Final = {1: "signal", 2: "image", 3: "volume"}
_SPECIAL: Final = "exact numbers, and among them "
_NUMBERS: Final[dict[Numbers, str]] = {
    "exact": "integers so small that every order of summation gives the same bits",
    "real": "zero-mean real numbers, whose sums every order of summation rounds otherwise",
    "photo": "a crop of a photograph, and integers for the filters: every order of summation gives the same bits",
    "nan-x": f"{_SPECIAL}one NaN in the input",
    "inf-x": f"{_SPECIAL}one infinity in the input",
    "minus-inf-x": f"{_SPECIAL}one negative infinity in the input",
    "nan-filters": f"{_SPECIAL}one NaN in a kernel",
    "inf-filters": f"{_SPECIAL}one infinity in a kernel",
    "nan-bias": f"{_SPECIAL}one NaN in the bias",
    "inf-bias": f"{_SPECIAL}one infinity in the bias",
    "negative-zero": f"{_SPECIAL}zeros with the sign -",
    "subnormal": "numbers so small that they are subnormal",
    "overflow": "numbers so large that a sum of them is an infinity",
}
_MEMORY: Final[dict[Memory, str]] = {
    "dense": "the arrays lie densely in memory, in the adapter's own layout",
    "view": "the arrays are transposed views of arrays in the other layout",
    "fortran": "the arrays lie in memory with their axes in reverse order",
    "strided": "the arrays are every other cell of larger ones",
    "broadcast": "the batch is one image seen several times, with stride 0 in memory",
}


def problem_in_words(case: Case) -> tuple[str, ...]:
    """Say what a case's problem is.

    Parameters
    ----------
    case : Case
        The question.

    Returns
    -------
    tuple of str
        Clauses, to be joined: the input, the filters, each parameter that is not the default, and the output.
    """
    problem = case.problem
    clauses = [_input(problem), _filters(problem)]
    if max(problem.strides) > 1:
        clauses.append(f"strides {axes(problem.strides)}")
    if max(problem.dilation) > 1:
        clauses.append(f"dilation {axes(problem.dilation)}")
    clauses.append(_padding(problem))
    if any(problem.output_padding):
        clauses.append(f"output padding {axes(problem.output_padding)}")
    clauses.append("with a bias" if problem.use_bias else "without bias")
    if problem.activation == "relu":
        clauses.append("ReLU behind the sum")
    output = f"the output has {axes(problem.output_spatial)} cells with {_channels(problem.filters)}"
    clauses += [problem.dtype, output]
    return tuple(clauses)


def question_in_words(case: Case) -> str:
    """Say what is asked of a case's problem.

    Parameters
    ----------
    case : Case
        The question.
    """
    if case.direction in INVALID:
        return f"made invalid: {INVALID[case.direction]}; the right answer is an error"
    if case.direction in LAWS:
        return f"a law, which needs no reference: {LAWS[case.direction]}"
    if case.direction in STATES:
        return f"how several calls behave: {STATES[case.direction]}"
    return GRADIENTS.get(case.direction, "the output")


def numbers_in_words(case: Case) -> tuple[str, ...]:
    """Say what the numbers of a case are, and how they lie in memory.

    Parameters
    ----------
    case : Case
        The question.
    """
    return _NUMBERS[case.numbers], _MEMORY[case.memory]


def axes(sizes: Axes) -> str:
    """Spell a size for each axis.

    Parameters
    ----------
    sizes : tuple of int
        One for each spatial axis.
    """
    return "x".join(map(str, sizes))


def counted(count: int, one: str) -> str:
    """Spell a number of things.

    Parameters
    ----------
    count : int
        How many.
    one : str
        What one of them is called.
    """
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def shards(missing: Sequence[str]) -> str:
    """Name shards of a tier, or count them where they are many.

    Parameters
    ----------
    missing : sequence of str
        Each ``i/n``.
    """
    if len(missing) > _FEW_SHARDS:
        return f"{len(missing)} of {missing[0].partition('/')[2]} shards, {missing[0]} to {missing[-1]}"
    return f"shard{'s' if len(missing) > 1 else ''} {', '.join(missing)}" if missing else "nothing"


def _channels(count: int) -> str:
    return counted(count, "channel")


def _input(problem: Problem) -> str:
    images = counted(problem.batch, _ONE_IMAGE[problem.rank]) if problem.batch else "a batch of no image"
    return f"{images} of {axes(problem.spatial)} cells with {_channels(problem.channels)}"


def _filters(problem: Problem) -> str:
    kernel = axes(problem.kernel_size)
    if problem.kind == "depthwise":
        each = counted(problem.multiplier, f"kernel of {kernel}") if problem.multiplier == 1 else ""
        each = each or f"{problem.multiplier:,} kernels of {kernel}"
        return f"depthwise: each channel has {each} of its own, and the maps are not added up"
    if problem.kind == "separable":
        maps = problem.channels * problem.multiplier
        first = f"{problem.multiplier:,} kernel{'s' * (problem.multiplier > 1)} of {kernel} for each channel"
        return f"separable: first {first}, then {counted(problem.filters, 'filter')} of one cell over the {maps:,} maps"
    seen = problem.channels // problem.groups
    transposed = problem.kind == "transposed"
    each = f"{'each ' * (problem.filters > 1)}of {counted(seen, 'kernel')} of {kernel}"
    groups = f" ({problem.groups:,} groups: a filter sees {seen:,} of the {problem.channels:,} channels)"
    said = f"{'transposed: ' * transposed}{counted(problem.filters, 'filter')}, {each}"
    said += groups if problem.groups > 1 else ""
    return f"{said}, every input cell adding its number times the kernel to the output" if transposed else said


def _padding(problem: Problem) -> str:
    pads = " by ".join(f"{before}+{after}" for before, after in problem.pads)
    name = f'padding "{problem.padding}"' if isinstance(problem.padding, str) else "explicit padding"
    if not any(map(any, problem.pads)):
        return f"{name}: no pads"
    if problem.kind == "transposed":
        return f"{name}: {pads} cells (before+after) are cut off the output"
    kind = "zeros" if problem.padding_mode == "zeros" else f"mode {problem.padding_mode}"
    return f"{name}: {pads} cells (before+after) around the input, {kind}"
