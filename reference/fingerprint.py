"""Measure an arithmetic from outside: how many bits survive where, whatever the order of summation.

A sum of two numbers, ``2**k`` and 1, has only one order. Whether ``2**k + 1`` comes back tells the significand of what
it went through: of the input when it is a number of the input, of the filters, or of the accumulator when it is a sum
(W. J. Cody, "MACHAR: a subroutine to dynamically determine machine parameters", ACM TOMS 14, 1988; for matrix units
M. Fasi, N. J. Higham, M. Mikaitis and S. Pranesh, "Numerical behavior of NVIDIA tensor cores", PeerJ Computer Science
7:e330, 2021).
And where no number reaches an output, that is exactly zero, unless a transform has spread rounding errors.

What is rounded to 16 bits at the end tells nothing of the accumulator. Three products do, ``2**k``, 1 and ``-2**k``,
whose sum is 1: an accumulator of more than k bits gives 1 in every order, one of k bits loses the 1 in some (section 3
of Fasi, Higham, Mikaitis and Pranesh). Every number of it is one of the 16-bit format. So the gradients are measured,
too: their sums go over the batch and the positions.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.directions import FORWARD
from convformance.reference.meetings import meetings
from convformance.reference.operands import Operands
from convformance.reference.oracle import evaluate
from convformance.reference.precision import PRECISIONS, Precision, default_accumulator
from convformance.reference.problem import Problem

Array = npt.NDArray[Any]
Index: TypeAlias = tuple[int, ...]
Product: TypeAlias = Mapping[str, Index]
"""Where the numbers of a product stand, by the arrays that they are of: two, or the cotangent alone."""
Ask = Callable[[Problem, Operands], Array | None]

LOST: Final = 2.0
"""Rounding ``2**k + 1`` to k bits is off by 1 at most, and cutting it off as well; twice that is another function."""
SMALL: Final = 2.0**-8
"""What rounding leaves where a sum of numbers below 1 is zero: the unit roundoff of bfloat16 at most."""
FORMATS: Final = {8: "bfloat16", 11: "TF32 or float16", 24: "float32"}
"""Formats by the bits of their significands."""
ACCUMULATORS: Final = tuple(PRECISIONS[name] for name in ("bfloat16", "float16", "float32"))
"""Formats that may take the place of a wider accumulator, the narrowest first."""


@dataclass(frozen=True)
class Fingerprint:
    """What was measured.

    Attributes
    ----------
    x, filters, sums : int or None
        How many bits of a number of the input, of the filters, and of a sum of two products survive; None where the
        problem leaves no room to measure that.
    leaks : int or None
        How many places beyond the reach of the kernel an output that must be zero is not, at most; None where all are.
    accumulator : Precision or None
        As `narrow_accumulator` gives it.
    """

    x: int | None
    filters: int | None
    sums: int | None
    leaks: int | None
    accumulator: Precision | None = None

    def words(self, problem: Problem) -> list[str]:
        """Say what is not as the problem's dtype has it.

        Parameters
        ----------
        problem : Problem
            What was measured on.

        Returns
        -------
        list of str
            A clause each; empty where nothing was found.
        """
        whole = problem.precision.significand_bits
        parts = {"numbers of the input": self.x, "numbers of the filters": self.filters, "sums": self.sums}
        kept = {name: bits for name, bits in parts.items() if bits is not None and bits < whole}
        if len(kept) == sum(bits is not None for bits in parts.values()) > 1 and len(set(kept.values())) == 1:
            # What every number loses, it may have lost at the end.
            kept = {"outputs": min(kept.values())}
        clauses = [f"{name} keep {bits} of {whole} bits, as in {_named(bits)}" for name, bits in kept.items()]
        if self.accumulator is not None and "sums" not in kept:
            power = f"2**{self.accumulator.significand_bits}"
            clauses.append(f"{rounded_sums(problem, self.accumulator)}: {power} + 1 - {power} is not 1 in every order")
        if self.leaks is not None:
            clauses.append(
                f"outputs that no number reaches are not zero, up to {self.leaks} places beyond the kernel, as where a "
                "transform (Winograd, FFT) spreads its rounding"
            )
        return clauses


def measure(problem: Problem, ask: Ask, direction: str = FORWARD) -> Fingerprint:
    """Measure the arithmetic of a layer's output or of one of its gradients.

    Parameters
    ----------
    problem : Problem
        Where it was seen to stray: a plain, depthwise or transposed convolution in a floating-point dtype.
    ask : callable
        The implementation: canonical arrays in, the output in canonical layout out, or None where it gives none.
    direction : str, optional
        ``"forward"``, or the gradient that is asked for, of which the accumulator alone is measured.

    Returns
    -------
    Fingerprint
        From about 150 calls.
    """
    accumulator = narrow_accumulator(problem, ask, direction)
    if direction != FORWARD:
        return Fingerprint(None, None, None, None, accumulator)
    bare = replace(problem, use_bias=False, activation=None)
    return Fingerprint(
        _bits(bare, ask, _number_in_x),
        _bits(bare, ask, _number_in_filters),
        _bits(bare, ask, _sum_of_two) if bare.filters_shape[-2] > 1 and bare.kind == "conv" else None,
        _leaks(bare, ask),
        accumulator,
    )


def narrow_accumulator(problem: Problem, ask: Ask, direction: str = FORWARD) -> Precision | None:
    """Find the format to which sums are rounded on the way, by three products that are ``2**k``, 1 and ``-2**k``.

    They stand along the taps, along the channels that are added up, or in gradients along positions and the batch; far
    apart and side by side, in all six orders.

    Parameters
    ----------
    problem : Problem
        As `measure` takes it.
    ask : callable
        The implementation; of a gradient, the operands have a cotangent.
    direction : str, optional
        ``"forward"``, ``"dx"``, ``"dfilters"`` or ``"dbias"``.

    Returns
    -------
    Precision or None
        One of `ACCUMULATORS`, narrower than `convformance.reference.precision.default_accumulator`; None where no sum
        loses its 1, where an order gives what is no sum of the three, or where fewer than three products meet.
    """
    bare = replace(problem, use_bias=direction == "dbias", activation=None)
    whole = default_accumulator(problem.precision).significand_bits
    places = [place for place in _places(bare, direction) if _meet(bare, direction, *place)]
    for narrow in (one for one in ACCUMULATORS if one.significand_bits < whole):
        power = 2.0**narrow.significand_bits
        for target, products in places:
            sums: set[float | None] = set()
            for numbers in permutations((power, 1.0, -power)):
                got = ask(bare, _three(bare, direction, products, numbers))
                sums.add(None if got is None or got.ndim != len(target) else float(got[target]))
            # Rounded down or up, the 1 is lost or counts twice; where the powers meet first, it is kept.
            if 1 in sums and len(sums) > 1 and sums <= {0.0, 1.0, 2.0}:
                return narrow
    return None


def rounded_sums(problem: Problem, accumulator: Precision) -> str:
    """Say to which format sums are rounded.

    Parameters
    ----------
    problem : Problem
        Has the dtype.
    accumulator : Precision
        From `narrow_accumulator`.

    Returns
    -------
    str
        Like ``"float16 sums rounded to float16"``.
    """
    own = accumulator.name == problem.dtype
    return f"{problem.dtype} sums rounded to {accumulator.name if own else FORMATS[accumulator.significand_bits]}"


def _three(problem: Problem, direction: str, products: Sequence[Product], numbers: Sequence[float]) -> Operands:
    """Let three products be three numbers, and all others zero."""
    dtype = problem.precision.numpy_dtype
    given = Operands(
        np.zeros(problem.input_shape, dtype),
        np.zeros(problem.filters_shape, dtype),
        np.zeros(problem.filters, dtype) if problem.use_bias else None,
        None if direction == FORWARD else np.zeros(problem.output_shape, dtype),
    )
    for where, number in zip(products, numbers, strict=True):
        for factor, (role, place) in zip((number, 1.0), where.items(), strict=False):
            getattr(given, role)[place] = factor
    return given


def _meet(problem: Problem, direction: str, target: Index, products: Sequence[Product]) -> bool:
    """Tell whether three products are all that an element adds up: a cell that stands in pads too meets others."""
    found = evaluate(problem, _three(problem, direction, products, (2.0, 1.0, -2.0)), direction)
    return bool(found.value[target] == 1 and found.magnitude[target] == 5)


def _places(problem: Problem, direction: str) -> Iterator[tuple[Index, Sequence[Product]]]:
    """Give an element of the answer, and three of the products that it adds up: far apart, and side by side."""
    # Which cells, taps and positions meet does not depend on image, channel and filter.
    met = list(meetings(replace(problem, batch=1, channels=1, filters=1, groups=1, use_bias=False, multiplier=0)))
    if problem.batch == 0 or not met:
        return
    if direction == "dbias":
        target: Index = (0,)
        met = list({output: (cell, tap, output) for cell, tap, output in met}.values())
    else:
        role = ("dx", "dfilters", FORWARD).index(direction)
        counts = Counter(meeting[role] for meeting in met)
        most = [index for index, count in counts.items() if count == max(counts.values())]
        target = most[len(most) // 2]
        met = [meeting for meeting in met if meeting[role] == target]
    sizes = {FORWARD: problem.channels // problem.groups, "dx": problem.filters // problem.groups}
    size = sizes.get(direction, problem.batch)
    grid = [[_product(problem, direction, meeting, number) for number in range(size)] for meeting in met]
    lines = [row[0] for row in grid], grid[len(grid) // 2], [one for row in grid for one in row]
    for line in lines:
        count = len(line)
        for chosen in {(0, 1, 2), (0, count // 2, count - 1)} if count > 2 else ():
            yield target, [line[place] for place in chosen]


def _product(problem: Problem, direction: str, meeting: tuple[Index, Index, Index], number: int) -> Product:
    """Say where the factors of a product stand, the one that may be any number first."""
    cell, tap, output = meeting
    channel, which = (number if direction == name else 0 for name in (FORWARD, "dx"))
    maps = (which, channel) if problem.kind == "transposed" else (channel, which)
    filters = (*tap[:-2], *maps)
    if direction == FORWARD:
        return {"x": (*cell[:-1], channel), "filters": filters}
    if direction == "dx":
        return {"cotangent": (*output[:-1], which), "filters": filters}
    cotangent = {"cotangent": (number, *output[1:])}
    return cotangent if direction == "dbias" else {**cotangent, "x": (number, *cell[1:])}


def _bits(problem: Problem, ask: Ask, pose: Callable[[Problem, float], tuple[Operands, float]]) -> int | None:
    """Find the longest ``2**k + 1`` that comes back in every output it reaches."""
    bits = None
    # Beyond 2**15 numbers leave float16's range.
    for exponent in range(1, min(problem.precision.significand_bits, 15 if problem.dtype == "float16" else 64)):
        given, expected = pose(problem, 2.0**exponent)
        got = ask(problem, given)
        if got is None or not (got != 0).any():
            return None
        errors = np.abs(got[got != 0].astype(np.float64) - expected)
        if not (errors <= LOST).all():
            return None  # this is not rounding
        if errors.any():
            break
        bits = exponent + 1
    return bits


def _number_in_x(problem: Problem, power: float) -> tuple[Operands, float]:
    """Put one number everywhere in the input, and let one tap of one channel see it."""
    return _posed(problem, power + 1, [1.0]), power + 1


def _number_in_filters(problem: Problem, power: float) -> tuple[Operands, float]:
    """Put one number into one tap of every filter."""
    return _posed(problem, 1.0, [power + 1]), power + 1


def _sum_of_two(problem: Problem, power: float) -> tuple[Operands, float]:
    """Let every filter add up two channels, one weighed with a power of two; no other order is possible."""
    return _posed(problem, 1.0, [power, 1.0]), power + 1


def _posed(problem: Problem, number: float, weights: list[float]) -> Operands:
    dtype = problem.precision.numpy_dtype
    x, filters = np.full(problem.input_shape, number, dtype), np.zeros(problem.filters_shape, dtype)
    middle = tuple(size // 2 for size in problem.kernel_size)
    for channel, weight in enumerate(weights):
        # Axis by axis: the taps, the channels of a filter, the filters.
        where: tuple[slice | int, slice | int] = (channel, slice(None))
        if problem.kind == "transposed":
            # One channel of each group: with more, several numbers would meet.
            where = (slice(None), slice(None, None, problem.channels // problem.groups))
        elif problem.kind == "depthwise":
            where = (slice(None), slice(None))
        filters[middle][where] = weight
    return Operands(x, filters)


def _leaks(problem: Problem, ask: Ask) -> int | None:
    """Put numbers into one cell, and find the farthest output behind the kernel's reach that is not zero."""
    if problem.kind == "transposed" or problem.padding_mode != "zeros" or problem.batch == 0:
        return None
    dtype = problem.precision.numpy_dtype
    generator = np.random.Generator(np.random.Philox(key=1))
    x = np.zeros(problem.input_shape, dtype)
    cell = tuple(size // 2 for size in problem.spatial)
    x[(0, *cell)] = generator.uniform(0.5, 1, problem.channels).astype(dtype)
    filters = generator.uniform(0.5, 1, problem.filters_shape).astype(dtype)
    got = ask(problem, Operands(x, filters))
    if got is None or not np.isfinite(got.astype(np.float64)).all():
        return None
    farthest = 0
    for place in np.argwhere(got[0].any(axis=-1)):
        beyond = 0
        for axis, position in enumerate(place):
            first = int(position) * problem.strides[axis] - problem.pads[axis][0]
            last = first + problem.kernel_extent[axis] - 1
            beyond = max(beyond, first - cell[axis], cell[axis] - last)
        if beyond > 0 and np.abs(got[0][tuple(place)].astype(np.float64)).max() > SMALL:
            return None  # what rounding leaves is smaller
        farthest = max(farthest, beyond)
    return farthest or None


def _named(bits: int) -> str:
    return FORMATS.get(bits, f"a format of {bits}")
