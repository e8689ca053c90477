"""What makes parameters a convolution: each rule raises `ProblemError`, saying what was given and what is allowed."""

from typing import TYPE_CHECKING, Final

from convformance.reference.axes import PADDING_MODES, largest_pad
from convformance.reference.errors import ProblemError
from convformance.reference.precision import PRECISIONS

if TYPE_CHECKING:
    from convformance.reference.problem import Problem

RANKS: Final = (1, 2, 3)
PADDING_NAMES: Final = ("valid", "same", "causal")


def require_rank(problem: "Problem") -> None:
    """Require one size per spatial axis, and a kind that there is."""
    if not isinstance(problem.spatial, tuple) or len(problem.spatial) not in RANKS:
        raise ProblemError(f"spatial must be a tuple of 1, 2 or 3 sizes, one per spatial axis: got {problem.spatial!r}")
    _require_choice(problem, "kind", ("conv", "depthwise", "separable", "transposed"))


def require_numbers(problem: "Problem") -> None:
    """Require sizes and counts to be integers of at least 1; a batch, and a multiplier left out, may be 0."""
    for name in ("batch", "channels", "filters", "groups", "multiplier"):
        least = 0 if name in ("batch", "multiplier") else 1
        value = getattr(problem, name)
        if type(value) is not int or value < least:
            allowed = "an integer of at least 0" if least == 0 else "a positive integer"
            raise ProblemError(f"{name} must be {allowed}: got {value!r} for {problem.kind_and_rank}")
    for name in ("spatial", "kernel_size", "strides", "dilation"):
        values = getattr(problem, name)
        fine = isinstance(values, tuple) and all(type(value) is int and value > 0 for value in values)
        if not fine or len(values) != problem.rank:
            raise ProblemError(
                f"{name} must be positive, one per spatial axis: got {values!r} for {problem.kind_and_rank}"
            )


def require_groups(problem: "Problem") -> None:
    """Require groups to divide channels and filters, and to be as many as channels where each is apart."""
    apart = problem.kind in ("depthwise", "separable")
    if apart and problem.groups != problem.channels:
        raise ProblemError(
            f"a {problem.kind} convolution has as many groups as channels: got groups={problem.groups} and "
            f"channels={problem.channels} for {problem.kind_and_rank}"
        )
    for name in ("channels",) if problem.kind == "separable" else ("channels", "filters"):
        if getattr(problem, name) % problem.groups:
            raise ProblemError(
                f"{name} must be divisible by groups: got {name}={getattr(problem, name)} and "
                f"groups={problem.groups} for {problem.kind_and_rank}"
            )
    natural = {"depthwise": problem.filters // problem.channels, "separable": problem.multiplier}.get(problem.kind, 1)
    if problem.multiplier != natural:
        raise ProblemError(
            f"multiplier must be {natural} for {problem.kind_and_rank} of {problem.channels} channels and "
            f"{problem.filters} filters: got {problem.multiplier}"
        )


def require_padding(problem: "Problem") -> None:
    """Require a known word or one pair of non-negative ints per spatial axis."""
    padding = problem.padding
    if isinstance(padding, str):
        fine = padding in PADDING_NAMES and (
            padding != "causal" or (problem.rank == 1 and problem.kind != "transposed")
        )
    else:
        fine = (
            isinstance(padding, tuple)
            and len(padding) == problem.rank
            and all(isinstance(pair, tuple) and len(pair) == 2 for pair in padding)
            and all(type(cells) is int and cells >= 0 for pair in padding for cells in pair)
        )
    if not fine:
        raise ProblemError(
            "padding must be 'valid', 'same', 'causal' (at rank 1, not transposed) or one (before, after) pair of "
            f"non-negative integers per spatial axis: got {padding!r} for {problem.kind_and_rank}"
        )


def require_output_padding(problem: "Problem") -> None:
    """Require it where it means something: explicit pads of a transposed convolution, each below the stride."""
    values = problem.output_padding
    fine = isinstance(values, tuple) and all(type(value) is int and value >= 0 for value in values)
    if not fine or len(values) != problem.rank:
        raise ProblemError(
            f"output_padding must be non-negative, one per spatial axis: got {values!r} for {problem.kind_and_rank}"
        )
    if problem.kind == "transposed" and not isinstance(problem.padding, str):
        fine = all(value < stride for value, stride in zip(values, problem.strides, strict=True))
        allowed = f"below the strides {problem.strides}"
    else:
        natural = problem._natural_output_padding()  # noqa: SLF001 - the problem's own rule
        fine, allowed = (
            values == natural,
            f"left out, or {natural}: only explicit pads of a transposed one may have more",
        )
    if not fine:
        raise ProblemError(f"output_padding must be {allowed}: got {values!r} for {problem.kind_and_rank}")


def require_choices(problem: "Problem") -> None:
    """Require the fields that have one of a few values to have one of them."""
    _require_choice(problem, "padding_mode", PADDING_MODES)
    _require_choice(problem, "use_bias", (False, True))
    _require_choice(problem, "activation", (None, "relu"))
    _require_choice(problem, "dtype", tuple(PRECISIONS))
    if problem.padding_mode == "zeros":
        return
    if problem.kind == "transposed" or problem.padding in ("valid", "causal"):
        raise ProblemError(
            f"padding_mode must be 'zeros' for {problem.kind_and_rank} with padding {problem.padding!r}: got "
            f"{problem.padding_mode!r}; the other modes need pads around the input"
        )
    for size, pair in zip(problem.spatial, problem.pads, strict=True):
        limit = largest_pad(size, problem.padding_mode)
        if limit is not None and max(pair) > limit:
            raise ProblemError(
                f"padding_mode {problem.padding_mode!r} has at most {limit} cells to show beside an axis of {size}: "
                f"got pads {pair} for {problem.kind_and_rank}"
            )


def require_fitting_kernel(problem: "Problem") -> None:
    """Require at least one position for the kernel, or of a transposed convolution one cell that the crop leaves."""
    if problem.kind == "transposed":
        if min(problem.output_spatial) < 1:
            raise ProblemError(
                f"the crop must leave an output: got a size of {problem.output_spatial} ({problem.kind_and_rank}); "
                "use smaller pads, or a larger kernel or input"
            )
        return
    padded = tuple(size + sum(pair) for size, pair in zip(problem.spatial, problem.pads, strict=True))
    if any(extent > size for extent, size in zip(problem.kernel_extent, padded, strict=True)):
        raise ProblemError(
            f"the dilated kernel must fit into the padded input: got an extent of {problem.kernel_extent} for an "
            f"input of {padded} ({problem.kind_and_rank}); use a smaller kernel or dilation, or more padding"
        )


def _require_choice(problem: "Problem", name: str, choices: tuple[object, ...]) -> None:
    """Raise unless the field has one of a few values, of the same type: 1 is not True here."""
    value = getattr(problem, name)
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        allowed = " or ".join(map(repr, choices))
        raise ProblemError(f"{name} must be {allowed}: got {value!r} for {problem.kind}{problem.rank}d")
