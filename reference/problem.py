"""A problem: a convolution with everything but the numbers."""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, get_args

from convformance.reference import rules
from convformance.reference.axes import PaddingMode, same_pads
from convformance.reference.precision import PRECISIONS, Precision
from convformance.reference.spelling import spell

Kind: TypeAlias = Literal["conv", "depthwise", "separable", "transposed"]
Axes: TypeAlias = tuple[int, ...]
Pads: TypeAlias = tuple[tuple[int, int], ...]
Padding: TypeAlias = Literal["valid", "same", "causal"] | Pads
Activation: TypeAlias = Literal["relu"] | None

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """All shapes and parameters of one convolution layer, validated; no numbers.

    Deep-learning convolution is cross-correlation: the kernel is not flipped. With x~ the padded input, output
    position p and kernel tap t (one entry per spatial axis), filter f of group g and C/G channels per group::

        y[n, p, f] = bias[f] + sum over t, c of  x~[n, p * stride + t * dilation, g * C/G + c] * filters[t, c, f]

    A **depthwise** convolution keeps the channels apart: kernel m of channel c gives output channel ``c * M + m``, with
    M the multiplier. It is the grouped convolution of as many groups as channels, its filters lying in memory alike.

    A **separable** convolution is a depthwise one without bias and activation, followed by a pointwise one, whose
    ``filters`` filters of one cell see all of its ``C * M`` maps.

    A **transposed** convolution is the adjoint of a convolution: every input cell adds its number times the kernel to
    the output, ``y[n, p * stride + t * dilation - before, f] += x[n, p, c] * filters[t, f, c]``, cropped to the output.

    Parameters
    ----------
    kind : "conv", "depthwise", "separable" or "transposed", optional
        What kind of convolution this is.
    batch : int
        N, the number of images; may be 0.
    spatial : tuple of int
        The size of the input along each spatial axis; its length is the rank (1, 2 or 3).
    channels : int
        C_in.
    filters : int
        How many filters the layer has: its output channels.
    multiplier : int, optional
        M, how many kernels a channel of a separable convolution has. Of a depthwise one it follows from the filters,
        and is 1 for the other kinds.
    kernel_size : tuple of int
        The size of the kernel along each spatial axis.
    strides, dilation : tuple of int, optional
        One entry per spatial axis; left out, 1 on every axis.
    padding : "valid", "same", "causal" or tuple of (before, after), optional
        "same" gives ``ceil(size / stride)`` outputs along an axis; of an odd total pad the larger half goes after
        (the convention of TensorFlow, Keras and torch). "causal", at rank 1, pads before only, so that no output
        sees what comes later. Explicit pads are cells per spatial axis. A transposed convolution is cropped by them:
        "same" gives ``size * stride`` outputs, "valid" what its adjoint's "valid" takes to see every input, at least
        ``size * stride``.
    output_padding : tuple of int, optional
        Of a transposed convolution with explicit pads, how many cells more it has at the end of each axis, below the
        stride: they are computed as all others.
    padding_mode : "zeros", "reflect", "replicate" or "circular", optional
        What stands in the pads.
    groups : int, optional
        Channels and filters are split into so many groups that do not see each other. A depthwise or separable
        convolution has as many as channels.
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
    V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, sections 2, 4
    and 5.1.
    """

    kind: Kind = "conv"
    batch: int
    spatial: Axes
    channels: int
    filters: int
    multiplier: int = 0
    kernel_size: Axes
    strides: Axes = ()
    padding: Padding = "valid"
    output_padding: Axes = ()
    padding_mode: PaddingMode = "zeros"
    dilation: Axes = ()
    groups: int = 1
    use_bias: bool = False
    activation: Activation = None
    dtype: str = "float32"

    def __post_init__(self) -> None:
        """Fill in the ones that were left out, then validate."""
        rules.require_rank(self)
        for name in ("strides", "dilation"):
            if getattr(self, name) == ():
                object.__setattr__(self, name, (1,) * self.rank)
        rules.require_numbers(self)
        if self.multiplier == 0:
            object.__setattr__(self, "multiplier", self.filters // self.channels if self.kind == "depthwise" else 1)
        rules.require_groups(self)
        rules.require_padding(self)
        if self.output_padding == ():
            object.__setattr__(self, "output_padding", self._natural_output_padding())
        rules.require_output_padding(self)
        rules.require_choices(self)
        rules.require_fitting_kernel(self)

    def _natural_output_padding(self) -> Axes:
        """Give the cells that "valid" and "same" have behind the last tap when the stride is above the kernel."""
        if self.kind != "transposed" or not isinstance(self.padding, str):
            return (0,) * self.rank
        return tuple(max(s - extent, 0) for s, extent in zip(self.strides, self.kernel_extent, strict=True))

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
        """The (before, after) cells of padding along each axis, or of a transposed convolution's crop."""
        if not isinstance(self.padding, str):
            return self.padding
        if self.padding == "valid":
            return ((0, 0),) * self.rank
        if self.padding == "causal":
            return ((self.kernel_extent[0] - 1, 0),)
        if self.kind == "transposed":
            totals = (max(extent - s, 0) for extent, s in zip(self.kernel_extent, self.strides, strict=True))
            return tuple((total // 2, total - total // 2) for total in totals)
        return tuple(map(same_pads, self.spatial, self.strides, self.kernel_extent))

    @property
    def output_spatial(self) -> Axes:
        """The size of the output along each spatial axis."""
        axes = zip(self.spatial, self.pads, self.kernel_extent, self.strides, self.output_padding, strict=True)
        if self.kind == "transposed":
            return tuple((size - 1) * s + extent + more - sum(crop) for size, crop, extent, s, more in axes)
        return tuple((size + sum(pair) - extent) // s + 1 for size, pair, extent, s, _ in axes)

    @property
    def input_shape(self) -> Axes:
        """``(N, *spatial, C_in)``."""
        return (self.batch, *self.spatial, self.channels)

    @property
    def filters_shape(self) -> Axes:
        """The canonical shape of the filters.

        ``(*kernel, C_in / groups, filters)``; of a depthwise convolution and the first stage of a separable one
        ``(*kernel, C_in, M)``; of a transposed one ``(*kernel, filters / groups, C_in)``.
        """
        if self.kind in ("depthwise", "separable"):
            return (*self.kernel_size, self.channels, self.multiplier)
        if self.kind == "transposed":
            return (*self.kernel_size, self.filters // self.groups, self.channels)
        return (*self.kernel_size, self.channels // self.groups, self.filters)

    @property
    def output_shape(self) -> Axes:
        """``(N, *output_spatial, filters)``."""
        return (self.batch, *self.output_spatial, self.filters)

    @property
    def as_grouped(self) -> "Problem":
        """The equal grouped convolution of a depthwise one; any other problem is its own."""
        return replace(self, kind="conv", multiplier=0) if self.kind == "depthwise" else self

    @property
    def adjoint(self) -> "Problem":
        """The convolution whose adjoint a transposed convolution is: from its output back to its input.

        Its filters are the same array, its channels the filters. Bias and activation do not belong to it.
        """
        pads = tuple(
            (before, max(after - more, 0)) for (before, after), more in zip(self.pads, self.output_padding, strict=True)
        )
        return replace(
            self,
            kind="conv",
            spatial=self.output_spatial,
            channels=self.filters,
            filters=self.channels,
            padding=pads,
            output_padding=(),
            use_bias=False,
            activation=None,
        )

    @property
    def stages(self) -> tuple["Problem", "Problem"]:
        """The depthwise and the pointwise convolution that a separable one is made of."""
        maps = self.channels * self.multiplier
        depthwise = replace(self, kind="depthwise", filters=maps, multiplier=0, use_bias=False, activation=None)
        pointwise = Problem(
            batch=self.batch,
            spatial=self.output_spatial,
            channels=maps,
            filters=self.filters,
            kernel_size=(1,) * self.rank,
            use_bias=self.use_bias,
            activation=self.activation,
            dtype=self.dtype,
        )
        return depthwise, pointwise

    @property
    def products(self) -> int:
        """How many products are added up in one output, those with padded cells among them.

        Of a transposed convolution, how many meet in one cell at most if its strides were 1; of a separable one, the
        products of its first stage.
        """
        seen = 1 if self.kind == "separable" else self.channels // self.groups
        return math.prod(self.kernel_size) * seen

    @property
    def precision(self) -> Precision:
        """The number format of the problem's dtype."""
        return PRECISIONS[self.dtype]

    def __str__(self) -> str:
        """Spell the problem as one line, for example ``conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32``."""
        return spell(self)
