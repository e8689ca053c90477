"""Where a mutant differs: for which problems, and for which of what meets there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.axes import PADDING_MODES
from convformance.reference.mutants.tables import COLUMNS
from convformance.reference.precision import PRECISIONS
from convformance.reference.problem import KINDS, Problem

Mask: TypeAlias = npt.NDArray[np.bool_]
Group: TypeAlias = Literal["frame", "axes", "channels", "batch", "numbers"]

BLOCKS: Final = (4, 8, 16, 32)
"""The block lengths of vector instructions."""
AXES: Final = {
    0: "images",
    -1: "channels",
    -2: "the last spatial axis",
    -3: "the last but one",
    -4: "the last but two",
}
"""The axes that a mutant may speak of, by their place in `convformance.reference.mutants.tables.axes_of`."""


@dataclass(frozen=True)
class Trait:
    """Something that a problem may have.

    Attributes
    ----------
    group : str
        Which of its parameters that depends on: kind, rank and padding mode; the spatial axes; channels, filters and
        groups; the batch; dtype, bias and activation.
    has : callable
        Tells of a problem and an amount whether it has it.
    amounts : tuple
        The amounts that are asked for.
    """

    group: Group
    has: Callable[[Problem, Any], bool]
    amounts: tuple[Any, ...] = (None,)


TRAITS: Final[dict[str, Trait]] = {
    "the kind is {}": Trait(
        "frame", lambda p, kind: p.kind == kind, tuple(kind for kind in KINDS if kind != "separable")
    ),
    "the rank is {}": Trait("frame", lambda p, rank: p.rank == rank, (1, 2, 3)),
    "the padding mode is {}": Trait("frame", lambda p, mode: p.padding_mode == mode, PADDING_MODES),
    "a stride is above 1": Trait("axes", lambda p, _: max(p.strides) > 1),
    "a stride is {}": Trait("axes", lambda p, stride: stride in p.strides, (2, 3)),
    "a stride is above the kernel": Trait("axes", lambda p, _: any(map(int.__gt__, p.strides, p.kernel_size))),
    "the strides differ": Trait("axes", lambda p, _: len(set(p.strides)) > 1),
    "all strides are 1": Trait("axes", lambda p, _: max(p.strides) == 1),
    "the kernel is dilated": Trait("axes", lambda p, _: max(p.dilation) > 1),
    "a dilation is {}": Trait("axes", lambda p, dilation: dilation in p.dilation, (2, 3)),
    "the dilations differ": Trait("axes", lambda p, _: len(set(p.dilation)) > 1),
    "it is strided and dilated": Trait("axes", lambda p, _: max(p.strides) > 1 and max(p.dilation) > 1),
    "a kernel axis is even": Trait("axes", lambda p, _: any(size % 2 == 0 for size in p.kernel_size)),
    "all kernel axes are odd": Trait("axes", lambda p, _: all(size % 2 for size in p.kernel_size)),
    "the kernel has one tap": Trait("axes", lambda p, _: max(p.kernel_size) == 1),
    "the kernel is 3 on all axes": Trait("axes", lambda p, _: set(p.kernel_size) == {3}),
    "a kernel axis is above {}": Trait("axes", lambda p, size: max(p.kernel_size) > size, (3, 5)),
    "a kernel is larger than the input": Trait("axes", lambda p, _: any(map(int.__gt__, p.kernel_size, p.spatial))),
    "the pads of an axis are unequal": Trait("axes", lambda p, _: any(before != after for before, after in p.pads)),
    "a pad is there": Trait("axes", lambda p, _: any(map(any, p.pads))),
    "no pad is there": Trait("axes", lambda p, _: not any(map(any, p.pads))),
    "the padding is same": Trait("axes", lambda p, _: p.padding == "same"),
    "the padding is causal": Trait("axes", lambda p, _: p.padding == "causal"),
    "cells are added at the end": Trait("axes", lambda p, _: max(p.output_padding) > 0),
    "the output is one wide": Trait("axes", lambda p, _: p.output_spatial[-1] == 1),
    "the output is one high": Trait("axes", lambda p, _: p.output_spatial[0] == 1),
    "the output is above {} wide": Trait("axes", lambda p, size: p.output_spatial[-1] > size, BLOCKS),
    "the input is above {} wide": Trait("axes", lambda p, size: p.spatial[-1] > size, BLOCKS),
    "there is one channel": Trait("channels", lambda p, _: p.channels == 1),
    "there is one filter": Trait("channels", lambda p, _: p.filters == 1),
    "there are above {} channels": Trait("channels", lambda p, count: p.channels > count, BLOCKS),
    "there are above {} filters": Trait("channels", lambda p, count: p.filters > count, BLOCKS),
    "the channels are odd": Trait("channels", lambda p, _: p.channels % 2 == 1),
    "there are more filters than channels": Trait("channels", lambda p, _: p.filters > p.channels),
    "there are groups": Trait("channels", lambda p, _: p.groups > 1),
    "there are no groups": Trait("channels", lambda p, _: p.groups == 1),
    "there are groups of several channels": Trait("channels", lambda p, _: 1 < p.groups < p.channels),
    "every channel is a group": Trait("channels", lambda p, _: 1 < p.groups == p.channels),
    "there is one image": Trait("batch", lambda p, _: p.batch == 1),
    "there are above {} images": Trait("batch", lambda p, count: p.batch > count, (1, 2, 4)),
    "there is a bias": Trait("numbers", lambda p, _: p.use_bias),
    "there is no bias": Trait("numbers", lambda p, _: not p.use_bias),
    "there is a ReLU": Trait("numbers", lambda p, _: p.activation == "relu"),
    "the dtype is {}": Trait("numbers", lambda p, dtype: p.dtype == dtype, tuple(PRECISIONS)),
}
"""What may be asked of a problem before a mutant differs there."""


@dataclass(frozen=True)
class Guard:
    """A condition on the problem.

    Attributes
    ----------
    name : str
        A key of `TRAITS`.
    amount : object
        One of its amounts.
    """

    name: str
    amount: Any = None

    @property
    def group(self) -> Group:
        """The parameters that it depends on."""
        return TRAITS[self.name].group

    def opens(self, problem: Problem) -> bool:
        """Tell whether the problem has it."""
        return TRAITS[self.name].has(problem, self.amount)

    def __str__(self) -> str:
        """Say it in words."""
        return self.name.format(self.amount)


SHARES: Final[dict[str, Callable[[npt.NDArray[np.int64], int, int], Mask]]] = {
    "the first": lambda which, _size, _block: which == 0,
    "the last": lambda which, size, _block: which == size - 1,
    "all but the first": lambda which, _size, _block: which > 0,
    "neither first nor last": lambda which, size, _block: (which > 0) & (which < size - 1),
    "every other one": lambda which, _size, _block: which % 2 == 1,
    "what full blocks of {} leave over": lambda which, size, block: (which >= size // block * block) & (size > block),
    "inside of full blocks of {}": lambda which, size, block: which < size // block * block,
    "from number {} on": lambda which, _size, block: which >= block,
}
"""Which of the numbers along an axis may be chosen, given its size and a block length."""


@dataclass(frozen=True)
class Choice:
    """A condition on what meets: the rows of one table where one column is in a share of its axis.

    Attributes
    ----------
    axis : int
        A key of `AXES`.
    column : int
        The output, the input or the weight.
    share : str
        A key of `SHARES`.
    block : int
        Its block length; 0 where it has none.
    """

    axis: int
    column: int
    share: str
    block: int = 0

    def among(self, rows: npt.NDArray[np.int64], sizes: tuple[int, int, int]) -> Mask:
        """Tell which rows of a table are chosen."""
        return SHARES[self.share](rows[:, self.column], sizes[self.column], self.block)

    def __str__(self) -> str:
        """Say it in words."""
        return f"the {COLUMNS[self.column]} index along {AXES[self.axis]} is {self.share.format(self.block)}"
