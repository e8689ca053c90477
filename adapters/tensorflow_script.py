"""How a user of TensorFlow writes a convolution: the lines of a reproducer, with ``tf.nn`` and ``tf.GradientTape``."""

from convformance.adapters.spelling import call, unless
from convformance.reference.axes import source
from convformance.reference.problem import Pads, Problem

LEAVES = {"dx": "x", "dfilters": "filters", "dpointwise": "pointwise", "dbias": "bias"}
"""Which array each gradient is of."""


def script(problem: Problem, direction: str) -> str:
    """Write the lines that compute ``got`` from NumPy arrays.

    Parameters
    ----------
    problem : Problem
        The question; may be none that is valid.
    direction : str
        A gradient, or anything else for the output.

    Returns
    -------
    str
        Python that takes ``x``, ``filters``, ``pointwise``, ``bias`` and ``cotangent``, those that there are.
    """
    names = ["x", "filters"]
    names += ["pointwise"] * (problem.kind == "separable") + ["bias"] * problem.use_bias
    names += ["cotangent"] * (direction in LEAVES)
    lines = ["import tensorflow as tf", "", *tensors(problem, names)]
    computed = _layer(problem, differentiated=direction in LEAVES)
    return "\n".join([*lines, *asked(problem, direction, computed, LEAVES.get(direction, ""))])


def tensors(problem: Problem, names: list[str]) -> list[str]:
    """Write the lines that make tensors of arrays; NumPy has no bfloat16 of its own."""
    if problem.dtype == "bfloat16":
        return [f"{name} = tf.cast({name}, tf.bfloat16)" for name in names]
    return [f"{name} = tf.constant({name})" for name in names]


def asked(problem: Problem, direction: str, computed: list[str], leaf: str) -> list[str]:
    """Write the lines that compute ``output`` and take ``got`` from it, or from a gradient.

    Parameters
    ----------
    problem : Problem
        The question.
    direction : str
        A gradient, or anything else for the output.
    computed : list of str
        The lines that compute the output.
    leaf : str
        What the gradient is of.

    Returns
    -------
    list of str
        Lines.
    """
    lines, found = computed, "output"
    if direction in LEAVES:
        inner = [f"    {line}" for text in computed for line in text.splitlines()]
        lines = ["with tf.GradientTape() as tape:", f"    tape.watch({leaf})", *inner]
        lines.append(f"gradient = tape.gradient(output, {leaf}, output_gradients=cotangent)")
        found = "gradient"
    taken = f"tf.cast({found}, tf.float32)" if problem.dtype == "bfloat16" else found
    return [*lines, f"got = {taken}.numpy()"]


def gathered(problem: Problem, function: str) -> tuple[list[str], str]:
    """Write the lines that pad with copies of cells, one axis after another.

    Parameters
    ----------
    problem : Problem
        The question; its padding mode says which cells are copied.
    function : str
        Takes cells of an array along an axis.

    Returns
    -------
    tuple of list of str, and str
        Lines, and the name of what is padded then.
    """
    lines, seen = [], "x"
    for axis, (size, (before, after)) in enumerate(zip(problem.spatial, problem.pads, strict=True), start=1):
        if before or after:
            cells = [source(cell, size, problem.padding_mode) for cell in range(-before, size + after)]
            lines.append(f"padded = {call(function, seen, repr(cells), axis=axis)}")
            seen = "padded"
    return lines, seen


def all_axes(pads: Pads) -> list[list[int]]:
    """Give pads for all axes, batch and channels among them."""
    return [[0, 0], *map(list, pads), [0, 0]]


def _layer(problem: Problem, *, differentiated: bool) -> list[str]:
    transposed = problem.kind == "transposed"
    lines = _transposed(problem) if transposed else _plain(problem, differentiated=differentiated)
    if problem.use_bias:
        lines.append("output = tf.nn.bias_add(output, bias)")
    if problem.activation == "relu":
        lines.append("output = tf.nn.relu(output)")
    return lines


def _plain(problem: Problem, *, differentiated: bool) -> list[str]:
    """Pad where the function can't, then call it, as the adapter does."""
    lines, seen = [], "x"
    padding: object = "VALID"
    refused = differentiated and (max(problem.dilation) > 1 or problem.groups > 1) and problem.kind == "conv"
    if problem.padding_mode == "reflect":
        seen = "padded"
        lines.append(f'padded = tf.pad(x, {all_axes(problem.pads)}, mode="REFLECT")')
    elif problem.padding_mode != "zeros":
        lines, seen = gathered(problem, "tf.gather")
    elif isinstance(problem.padding, str) and problem.padding != "causal":
        padding = problem.padding.upper()
    elif problem.rank == 2 and not refused:
        padding = all_axes(problem.pads)
    else:
        seen = "padded"
        lines.append(f"padded = tf.pad(x, {all_axes(problem.pads)})")
    strides, dilations = problem.strides, unless(problem.dilation, (1,) * problem.rank)
    if problem.rank == 3:
        strides, dilations = (1, *strides, 1), dilations and (1, *dilations, 1)
    elif problem.kind in ("depthwise", "separable"):
        strides = (1, *strides, 1)
    prefix = {"depthwise": "depthwise_", "separable": "separable_"}.get(problem.kind, "")
    weights = ["filters", "pointwise"] if problem.kind == "separable" else ["filters"]
    name = "stride" if problem.rank == 1 else "strides"
    options = {name: _listed(strides), "padding": padding, "dilations": _listed(dilations)}
    return [*lines, f"output = {call(f'tf.nn.{prefix}conv{problem.rank}d', seen, *weights, **options)}"]


def _transposed(problem: Problem) -> list[str]:
    """Call the function with the output's shape, crop what it can't."""
    shape, explicit = list(problem.output_spatial), not isinstance(problem.padding, str)
    if explicit:
        shape = [size + sum(pair) for size, pair in zip(shape, problem.pads, strict=True)]
    strides, dilations = problem.strides, unless(problem.dilation, (1,) * problem.rank)
    if problem.rank == 3:
        strides, dilations = (1, *strides, 1), dilations and (1, *dilations, 1)
    spelled = call(
        f"tf.nn.conv{problem.rank}d_transpose",
        "x",
        "filters",
        output_shape=[problem.batch, *shape, problem.filters],
        strides=_listed(strides),
        padding="SAME" if problem.padding == "same" else "VALID",
        dilations=_listed(dilations),
    )
    lines = [f"output = {spelled}"]
    if explicit and any(map(any, problem.pads)):
        cut = ", ".join(f"{before}:{size - after}" for size, (before, after) in zip(shape, problem.pads, strict=True))
        lines.append(f"output = output[:, {cut}]")
    return lines


def _listed(values: tuple[int, ...] | None) -> list[int] | None:
    return None if values is None else list(values)
