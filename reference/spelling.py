"""Spell a problem as one line; `convformance.reference.text` reads it back."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convformance.reference.problem import Problem


def spell(problem: "Problem") -> str:
    """Give the text of a problem.

    Parameters
    ----------
    problem : Problem
        Any problem.

    Returns
    -------
    str
        Its fields in a fixed order; those that only some kinds have, and flags, where they say something.
    """
    explicit = not isinstance(problem.padding, str)
    padding = "x".join(f"{before}+{after}" for before, after in problem.pads) if explicit else problem.padding
    more = problem.kind == "transposed" and explicit and any(problem.output_padding)
    return "-".join(
        (
            problem.kind_and_rank,
            f"n{problem.batch}",
            f"i{_axes(problem.spatial)}",
            f"c{problem.channels}",
            f"f{problem.filters}",
            *([f"x{problem.multiplier}"] if problem.kind == "separable" else []),
            f"k{_axes(problem.kernel_size)}",
            f"s{_axes(problem.strides)}",
            f"p{padding}",
            *([f"o{_axes(problem.output_padding)}"] if more else []),
            *([f"m{problem.padding_mode}"] if problem.padding_mode != "zeros" else []),
            f"d{_axes(problem.dilation)}",
            f"g{problem.groups}",
            *(["b"] if problem.use_bias else []),
            *([problem.activation] if problem.activation else []),
            problem.precision.short,
        )
    )


def _axes(values: tuple[int, ...]) -> str:
    return "x".join(map(str, values))
