"""How a user of Keras writes a convolution: the lines of a reproducer, with a layer and ``tf.GradientTape``."""

from convformance.adapters.spelling import call, unless
from convformance.adapters.tensorflow_script import LEAVES, asked, gathered, tensors
from convformance.reference.problem import Problem

_LAYERS = {
    "conv": "Conv{}D",
    "depthwise": "DepthwiseConv{}D",
    "separable": "SeparableConv{}D",
    "transposed": "Conv{}DTranspose",
}


def script(problem: Problem, direction: str) -> str:
    """Write the lines that compute ``got`` from NumPy arrays, with Keras on the TensorFlow backend.

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
    separable = problem.kind == "separable"
    weights = ["filters", *(["pointwise"] if separable else []), *(["bias"] if problem.use_bias else [])]
    names = ["x", *(["cotangent"] if direction in LEAVES else [])]
    wrapped = direction in LEAVES or problem.dtype == "bfloat16"
    lines = [*(["import tensorflow as tf"] if wrapped else []), "import keras", ""]
    lines += tensors(problem, names) if wrapped else []
    lines += [
        f"layer = {_built(problem)}",
        f"layer.build({(None, *(None,) * problem.rank, problem.channels)})",
        f"layer.set_weights([{', '.join(weights)}])",
    ]
    kernel, pointwise = ("depthwise_kernel", "pointwise_kernel") if separable else ("kernel", "")
    leaf = {
        "dx": "x",
        "dfilters": f"layer.{kernel}.value",
        "dpointwise": f"layer.{pointwise}.value",
        "dbias": "layer.bias.value",
    }.get(direction, "")
    return "\n".join([*lines, *asked(problem, direction, _called(problem), leaf)])


def _built(problem: Problem) -> str:
    """Spell the layer."""
    kind, ones = problem.kind, (1,) * problem.rank
    apart, explicit = kind in ("depthwise", "separable"), not isinstance(problem.padding, str)
    word = problem.padding if not explicit and problem.padding_mode == "zeros" else "valid"
    return call(
        f"keras.layers.{_LAYERS[kind].format(problem.rank)}",
        filters=None if kind == "depthwise" else problem.filters,
        kernel_size=problem.kernel_size,
        strides=unless(problem.strides, ones),
        padding=unless(word, "valid"),
        depth_multiplier=unless(problem.multiplier, 1) if apart else None,
        output_padding=problem.output_padding if kind == "transposed" and explicit else None,
        dilation_rate=unless(problem.dilation, ones),
        groups=unless(problem.groups, 1) if kind == "conv" else None,
        activation=problem.activation,
        use_bias=None if problem.use_bias else False,
        kernel_initializer="zeros" if problem.precision.is_integer else None,
        dtype=unless(problem.dtype, "float32"),
    )


def _called(problem: Problem) -> list[str]:
    """Pad, call, crop, as the adapter does."""
    lines, seen = [], "x"
    pads = problem.pads if problem.rank > 1 else problem.pads[0]
    options = {"dtype": unless(problem.dtype, "float32")}
    explicit = not isinstance(problem.padding, str)
    if problem.padding_mode == "reflect":
        seen = "padded"
        lines.append(f'padded = keras.ops.pad(x, {[(0, 0), *problem.pads, (0, 0)]}, mode="reflect")')
    elif problem.padding_mode != "zeros":
        lines, seen = gathered(problem, "keras.ops.take")
    elif explicit and problem.kind != "transposed" and any(map(any, problem.pads)):
        seen = "padded"
        lines.append(f"padded = {call(f'keras.layers.ZeroPadding{problem.rank}D', repr(pads), **options)}(x)")
    lines.append(f"output = layer({seen})")
    if explicit and problem.kind == "transposed" and any(map(any, problem.pads)):
        lines.append(f"output = {call(f'keras.layers.Cropping{problem.rank}D', repr(pads), **options)}(output)")
    return lines
