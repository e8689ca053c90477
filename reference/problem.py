"""A problem: a convolution with everything but the numbers."""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, get_args

from convformance.reference.errors import ProblemError
from convformance.reference.precision import PRECISIONS, Precision

Kind: TypeAlias = Literal["conv", "depthwise"]
Axes: TypeAlias = tuple[int, ...]
Pads: TypeAlias = tuple[tuple[int, int], ...]
Padding: TypeAlias = Literal["valid", "same", "causal"] | Pads
Activation: TypeAlias = Literal["relu"] | None

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
RANKS: Final = (1, 2, 3)
PADDING_NAMES: Final = ("valid", "same", "causal")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """All shapes and parameters of one convolution layer, validated; no numbers.

    Deep-learning convolution is cross-correlation: the kernel is not flipped. With x~ the padded input, output
    position p and kernel tap t (one entry per spatial axis), filter f of group g and C/G channels per group::

        y[n, p, f] = bias[f] + sum over t, c of  x~[n, p * stride + t * dilation, g * C/G + c] * filters[t, c, f]

    A depthwise convolution keeps the channels apart: kernel m of channel c gives output channel ``c * M + m``, with M
    the multiplier. It is the grouped convolution of as many groups as channels, its filters lying in memory alike.

    Parameters
    ----------
    kind : "conv" or "depthwise", optional
        What kind of convolution this is.
    batch : int
        N, the number of images.
    spatial : tuple of int
        The size of the input along each spatial axis; its length is the rank (1, 2 or 3).
    channels : int
        C_in.
    filters : int
        How many filters the layer has: its output channels.
    kernel_size : tuple of int
        The size of the kernel along each spatial axis.
    strides, dilation : tuple of int, optional
        One entry per spatial axis; left out, 1 on every axis.
    padding : "valid", "same", "causal" or tuple of (before, after), optional
        "same" gives ``ceil(size / stride)`` outputs along an axis; of an odd total pad the larger half goes after
        (the convention of TensorFlow, Keras and torch). "causal", at rank 1, pads before only, so that no output
        sees what comes later. Explicit pads are cells of zeros per spatial axis.
    groups : int, optional
        Channels and filters are split into so many groups that do not see each other. A depthwise convolution has as
        many as channels.
    use_bias : bool, optional
        Whether each filter has a bias.
    activation : "relu" or None, optional
        What is applied to the sum.
    dtype : str, optional
        The number format of input, filters, bias and output.

    Raises
    ------
    ProblemError
        When the parameters are not a convolution; the message says what was given and what is allowed.

    References
    ----------
    V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, sections 2, 5.1.
    """

    kind: Kind = "conv"
    batch: int
    spatial: Axes
    channels: int
    filters: int
    kernel_size: Axes
    strides: Axes = ()
    padding: Padding = "valid"
    dilation: Axes = ()
    groups: int = 1
    use_bias: bool = False
    activation: Activation = None
    dtype: str = "float32"

    def __post_init__(self) -> None:
        """Fill in the ones that were left out, then validate."""
        if not isinstance(self.spatial, tuple) or len(self.spatial) not in RANKS:
            raise ProblemError(
                f"spatial must be a tuple of 1, 2 or 3 sizes, one per spatial axis: got {self.spatial!r}"
            )
        self._require_choice("kind", KINDS)
        for name in ("strides", "dilation"):
            if getattr(self, name) == ():
                object.__setattr__(self, name, (1,) * self.rank)
        for name in ("batch", "channels", "filters", "groups"):
            self._require_positive(name, (getattr(self, name),), "a positive integer")
        for name in ("spatial", "kernel_size", "strides", "dilation"):
            self._require_positive(name, getattr(self, name), "positive, one per spatial axis", per_axis=True)
        for name in ("channels", "filters"):
            if getattr(self, name) % self.groups:
                raise ProblemError(
                    f"{name} must be divisible by groups: got {name}={getattr(self, name)} and groups={self.groups} "
                    f"for {self.kind_and_rank}"
                )
        if self.kind == "depthwise" and self.groups != self.channels:
            raise ProblemError(
                f"a depthwise convolution has as many groups as channels: got groups={self.groups} and "
                f"channels={self.channels} for {self.kind_and_rank}"
            )
        self._require_padding()
        self._require_choice("use_bias", (False, True))
        self._require_choice("activation", (None, "relu"))
        self._require_choice("dtype", tuple(PRECISIONS))
        self._require_fitting_kernel()

    def _require_positive(self, name: str, values: object, allowed: str, *, per_axis: bool = False) -> None:
        """Raise unless ``values`` is a tuple of positive ints, of the rank's length where it is given per axis."""
        fine = isinstance(values, tuple) and all(type(value) is int and value > 0 for value in values)
        if not fine or (per_axis and isinstance(values, tuple) and len(values) != self.rank):
            given = values if per_axis or not isinstance(values, tuple) else values[0]
            raise ProblemError(f"{name} must be {allowed}: got {given!r} for {self.kind_and_rank}")

    def _require_choice(self, name: str, choices: tuple[object, ...]) -> None:
        """Raise unless the field has one of a few values, of the same type: 1 is not True here."""
        value = getattr(self, name)
        if not any(type(value) is type(choice) and value == choice for choice in choices):
            allowed = " or ".join(map(repr, choices))
            raise ProblemError(f"{name} must be {allowed}: got {value!r} for {self.kind_and_rank}")

    def _require_padding(self) -> None:
        """Raise unless the padding is a known word or one pair of non-negative ints per spatial axis."""
        if isinstance(self.padding, str):
            fine = self.padding in PADDING_NAMES and (self.padding != "causal" or self.rank == 1)
        else:
            fine = (
                isinstance(self.padding, tuple)
                and len(self.padding) == self.rank
                and all(isinstance(pair, tuple) and len(pair) == 2 for pair in self.padding)
                and all(type(cells) is int and cells >= 0 for pair in self.padding for cells in pair)
            )
        if not fine:
            raise ProblemError(
                "padding must be 'valid', 'same', 'causal' (at rank 1) or one (before, after) pair of non-negative "
                f"integers per spatial axis: got {self.padding!r} for {self.kind_and_rank}"
            )

    def _require_fitting_kernel(self) -> None:
        """Raise when the dilated kernel is larger than the padded input: there is no position to put it at."""
        padded = tuple(size + sum(pair) for size, pair in zip(self.spatial, self.pads, strict=True))
        if any(extent > size for extent, size in zip(self.kernel_extent, padded, strict=True)):
            raise ProblemError(
                f"the dilated kernel must fit into the padded input: got an extent of {self.kernel_extent} for an "
                f"input of {padded} ({self.kind_and_rank}); use a smaller kernel or dilation, or more padding"
            )

    @property
    def padding_mode(self) -> Literal["zeros"]:
        """What the padded cells hold."""
        return "zeros"

    @property
    def output_padding(self) -> Axes:
        """Extra cells at the end of each axis of a transposed convolution; none for a plain one."""
        return (0,) * self.rank

    @property
    def rank(self) -> int:
        """How many spatial axes there are."""
        return len(self.spatial)

    @property
    def kind_and_rank(self) -> str:
        """The kind with its rank, as it begins the text: ``conv2d``."""
        return f"{self.kind}{self.rank}d"

    @property
    def kernel_extent(self) -> Axes:
        """The cells from the first tap to the last along each axis: ``(k - 1) * dilation + 1``."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.kernel_size, self.dilation, strict=True))

    @property
    def pads(self) -> Pads:
        """The (before, after) cells of zeros along each axis, whatever way the padding was asked for."""
        if not isinstance(self.padding, str):
            return self.padding
        if self.padding == "valid":
            return ((0, 0),) * self.rank
        if self.padding == "causal":
            return ((self.kernel_extent[0] - 1, 0),)
        pads = []
        for size, stride, extent in zip(self.spatial, self.strides, self.kernel_extent, strict=True):
            total = max((math.ceil(size / stride) - 1) * stride + extent - size, 0)
            pads.append((total // 2, total - total // 2))
        return tuple(pads)

    @property
    def output_spatial(self) -> Axes:
        """The size of the output along each spatial axis."""
        return tuple(
            (size + sum(pair) - extent) // stride + 1
            for size, pair, extent, stride in zip(
                self.spatial, self.pads, self.kernel_extent, self.strides, strict=True
            )
        )

    @property
    def input_shape(self) -> Axes:
        """``(N, *spatial, C_in)``."""
        return (self.batch, *self.spatial, self.channels)

    @property
    def multiplier(self) -> int:
        """M, how many kernels a channel of a depthwise convolution has."""
        return self.filters // self.channels

    @property
    def filters_shape(self) -> Axes:
        """``(*kernel, C_in / groups, filters)``; of a depthwise convolution ``(*kernel, C_in, M)``."""
        if self.kind == "depthwise":
            return (*self.kernel_size, self.channels, self.multiplier)
        return (*self.kernel_size, self.channels // self.groups, self.filters)

    @property
    def output_shape(self) -> Axes:
        """``(N, *output_spatial, filters)``."""
        return (self.batch, *self.output_spatial, self.filters)

    @property
    def products(self) -> int:
        """How many products are added up in one output, those with padded cells among them."""
        return math.prod(self.kernel_size) * (self.channels // self.groups)

    @property
    def as_grouped(self) -> "Problem":
        """The equal grouped convolution of a depthwise one; any other problem is its own."""
        return replace(self, kind="conv") if self.kind == "depthwise" else self

    @property
    def terms(self) -> int:
        """N of the error bounds: the products of one output, and one more for the bias."""
        return self.products + self.use_bias

    @property
    def precision(self) -> Precision:
        """The number format of the problem's dtype."""
        return PRECISIONS[self.dtype]

    def __str__(self) -> str:
        """Spell the problem as one line, for example ``conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32``."""
        padding = (
            self.padding
            if isinstance(self.padding, str)
            else "x".join(f"{before}+{after}" for before, after in self.padding)
        )
        return "-".join(
            (
                self.kind_and_rank,
                f"n{self.batch}",
                f"i{_spell(self.spatial)}",
                f"c{self.channels}",
                f"f{self.filters}",
                f"k{_spell(self.kernel_size)}",
                f"s{_spell(self.strides)}",
                f"p{padding}",
                f"d{_spell(self.dilation)}",
                f"g{self.groups}",
                *(["b"] if self.use_bias else []),
                *([self.activation] if self.activation else []),
                self.precision.short,
            )
        )


def _spell(values: Axes) -> str:
    return "x".join(map(str, values))
