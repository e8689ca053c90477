"""How a user of torch writes a convolution: the lines of a reproducer, with ``torch.nn.functional``."""

from convformance.adapters.spelling import call, unless
from convformance.reference.problem import Problem

_MODES = {"zeros": "constant"}
_LEAVES = {"dx": "x", "dfilters": "filters", "dbias": "bias"}


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
        Python that takes ``x``, ``filters``, ``bias`` and ``cotangent`` in torch's layouts, those that there are.
    """
    names = ["x", "filters", *(["bias"] if problem.use_bias else []), *(["cotangent"] if direction in _LEAVES else [])]
    narrow = ".bfloat16()" if problem.dtype == "bfloat16" else ""
    lines = ["import torch", "", *(f"{name} = torch.from_numpy({name}){narrow}" for name in names)]
    if direction in _LEAVES:
        lines.append(f"{_LEAVES[direction]}.requires_grad_()")
    lines += _layer(problem)
    back = ".float()" if narrow else ""
    if direction in _LEAVES:
        lines.append(f"(gradient,) = torch.autograd.grad(output, {_LEAVES[direction]}, cotangent)")
        lines.append(f"got = gradient{back}.numpy()")
    else:
        lines.append(f"got = output{back}.numpy()")
    return "\n".join(lines)


def _layer(problem: Problem) -> list[str]:
    """Pad, call, crop, activate, as the adapter does."""
    transposed, named = problem.kind == "transposed", isinstance(problem.padding, str) and problem.padding != "causal"
    pads = ((0, 0),) * problem.rank if problem.padding == "valid" and not transposed else problem.pads
    equal = all(before == after for before, after in pads)
    own = (transposed or problem.padding_mode == "zeros") and (equal or (named and not transposed))
    lines, padding, seen = [], None, "x"
    if own and not transposed and problem.padding == "same":
        padding = "same"
    elif own:
        padding = unless(tuple(before for before, _ in pads), (0,) * problem.rank)
    elif not transposed:
        cells = [cells for pair in pads[::-1] for cells in pair]
        mode = unless(_MODES.get(problem.padding_mode, problem.padding_mode), "constant")
        seen = "padded"
        lines.append(f"padded = {call('torch.nn.functional.pad', 'x', repr(cells), mode=mode)}")
    ones = (1,) * problem.rank
    function = f"torch.nn.functional.conv{'_transpose' * transposed}{problem.rank}d"
    spelled = call(
        function,
        seen,
        "filters",
        *(["bias"] if problem.use_bias else []),
        stride=unless(problem.strides, ones),
        padding=padding,
        output_padding=unless(problem.output_padding, (0,) * problem.rank) if transposed else None,
        dilation=unless(problem.dilation, ones),
        groups=unless(problem.groups, 1),
    )
    lines.append(f"output = {spelled}")
    if transposed and not equal:
        cut = ", ".join(f"{before}:{-after or None}".replace("None", "") for before, after in pads)
        lines.append(f"output = output[:, :, {cut}]")
    if problem.activation == "relu":
        lines.append("output = torch.relu(output)")
    return lines
