"""What varies in the covering arrays: for each parameter its values, table by table."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Table = Mapping[str, Sequence[Any]]

SMALL: Final[Table] = {
    "spatial": ((9, 8), (8, 11), (13, 7), (7, 10), (6, 5)),
    "kernel_size": ((1, 1), (3, 2), (2, 3), (5, 1), (1, 4), (3, 3), (4, 5)),
    "strides": ((1, 1), (2, 1), (1, 3), (3, 2), (2, 4)),
    "padding": ("valid", "same", ((1, 1), (2, 2)), ((0, 2), (1, 0)), ((3, 1), (0, 2)), ((2, 3), (4, 1))),
    "dilation": ((1, 1), (1, 2), (3, 1), (2, 3)),
    "channels_per_group": (1, 2, 3, 5),
    "groups": (1, 2, 3, 4),
    "filters_per_group": (1, 2, 3, 5),
    "batch": (1, 2, 3),
    "use_bias": (False, True),
    "activation": (None, "relu"),
    "memory": ("dense", "view"),
}
"""What varies. Height and width, and all else that could be confused, differ wherever they can."""

LARGE: Final[Table] = {
    **SMALL,
    "spatial": ((15, 12), (11, 16), (14, 17), (10, 19), (21, 13)),
    "kernel_size": ((7, 2), (2, 6), (5, 4), (3, 8), (6, 1), (1, 7), (4, 4)),
    "strides": ((1, 1), (4, 1), (1, 5), (3, 4), (2, 2)),
    "padding": ("valid", "same", ((3, 3), (1, 1)), ((0, 5), (4, 1)), ((6, 2), (0, 3)), ((2, 7), (8, 0))),
    "dilation": ((1, 1), (2, 1), (1, 4), (3, 3)),
    "channels_per_group": (1, 4, 6, 7),
    "groups": (1, 2, 5, 6),
    "filters_per_group": (1, 3, 4, 6),
    "batch": (1, 2, 4),
}
"""Larger kernels, strides and pads."""

BLOCKS: Final[Table] = {
    **SMALL,
    "spatial": ((5, 8), (9, 6), (4, 17), (16, 5), (8, 8)),
    "kernel_size": ((1, 1), (3, 3), (2, 3), (3, 1), (2, 2), (1, 5)),
    "strides": ((1, 1), (2, 2), (1, 2), (3, 1)),
    "padding": ("valid", "same", ((1, 1), (1, 1)), ((0, 1), (2, 0)), ((1, 0), (1, 0))),
    "dilation": ((1, 1), (2, 2), (1, 2), (3, 3)),
    "channels_per_group": (1, 4, 7, 8, 17),
    "groups": (1, 3, 4, 8),
    "filters_per_group": (1, 4, 8, 9, 16),
    "batch": (1, 4, 5),
}
"""Channels around the block lengths of 8 and 16, and equal strides and dilations, as fast paths like them."""

UNDILATED: Final[Table] = {**BLOCKS, "dilation": ((1, 1),)}
"""Without dilation: everything that Keras takes."""

RANK_1: Final[Table] = {
    **SMALL,
    "spatial": ((9,), (12,), (17,), (8,)),
    "kernel_size": ((1,), (2,), (3,), (5,)),
    "strides": ((1,), (2,), (3,), (6,)),
    "padding": ("valid", "same", "causal", ((2, 2),), ((0, 3),), ((4, 1),)),
    "dilation": ((1,), (2,), (3,)),
}
"""Signals."""

RANK_3: Final[Table] = {
    **SMALL,
    "spatial": ((5, 6, 7), (7, 4, 6), (6, 8, 5)),
    "kernel_size": ((1, 1, 1), (3, 2, 1), (1, 3, 2), (2, 1, 3), (3, 3, 3)),
    "strides": ((1, 1, 1), (2, 1, 3), (1, 2, 1), (3, 4, 2)),
    "padding": ("valid", "same", ((1, 1), (0, 0), (2, 2)), ((0, 2), (1, 0), (3, 1)), ((2, 0), (3, 4), (0, 1))),
    "dilation": ((1, 1, 1), (2, 1, 1), (1, 2, 3)),
    "channels_per_group": (1, 2, 3),
    "filters_per_group": (1, 2, 3),
    "groups": (1, 2, 3),
}
"""Volumes."""

DEPTHWISE: Final[Table] = {
    **SMALL,
    "kind": ("depthwise",),
    "strides": ((1, 1), (2, 2), (2, 1), (1, 3)),
    "channels_per_group": (1,),
    "groups": (1, 2, 3, 5, 8),
    "filters_per_group": (1, 2, 3),
}
"""Depthwise images; the filters of a group are the multiplier."""

LENGTHS: Final = ("spatial", "kernel_size", "padding", "dilation", "strides")
"""The parameters that have a number for each axis."""

DEPTHWISE_1: Final[Table] = {**DEPTHWISE, **{name: RANK_1[name] for name in LENGTHS}}
"""Depthwise signals."""

DIRECTIONS: Final[Table] = {"direction": ("forward", "dx", "dfilters", "dbias"), "numbers": ("exact", "real")}
GRADIENTS: Final[Table] = {"direction": ("dx", "dfilters", "dbias"), "numbers": ("exact", "real")}

GRADIENTS_1: Final[Table] = {**RANK_1, **GRADIENTS}
GRADIENTS_2: Final[Table] = {**SMALL, **GRADIENTS}
GRADIENTS_3: Final[Table] = {**RANK_3, **GRADIENTS, "batch": (1, 2)}
GRADIENTS_DEPTHWISE_1: Final[Table] = {**DEPTHWISE_1, **GRADIENTS}
GRADIENTS_DEPTHWISE_2: Final[Table] = {**DEPTHWISE, **GRADIENTS}
"""The gradients of what is asked forward elsewhere."""

TRANSPOSED_2: Final[Table] = {
    **SMALL,
    **DIRECTIONS,
    "kind": ("transposed",),
    "spatial": ((5, 4), (4, 6), (3, 7), (1, 5)),
    "kernel_size": ((1, 1), (3, 2), (2, 3), (5, 1), (1, 4), (3, 3)),
    "strides": ((1, 1), (2, 1), (1, 3), (3, 2), (2, 4)),
    "padding": ("valid", "same", ((0, 0), (0, 0)), ((1, 1), (0, 0)), ((0, 1), (2, 0)), ((1, 0), (1, 3))),
    "output_padding": ("none", "one", "most"),
}
"""Transposed images: overlap and none, crops on either side, output padding of none, one, and stride - 1 cells."""

TRANSPOSED_1: Final[Table] = {
    **TRANSPOSED_2,
    "spatial": ((7,), (4,), (9,)),
    "kernel_size": ((1,), (2,), (3,), (5,)),
    "strides": ((1,), (2,), (3,), (6,)),
    "padding": ("valid", "same", ((0, 0),), ((1, 1),), ((0, 2),), ((3, 1),)),
    "dilation": ((1,), (2,), (3,)),
}
"""Transposed signals."""

TRANSPOSED_3: Final[Table] = {
    **TRANSPOSED_2,
    "spatial": ((3, 4, 2), (2, 3, 5)),
    "kernel_size": ((1, 1, 1), (3, 2, 1), (1, 3, 2), (2, 1, 3)),
    "strides": ((1, 1, 1), (2, 1, 3), (1, 2, 1), (3, 2, 2)),
    "padding": ("valid", "same", ((1, 1), (0, 0), (0, 0)), ((0, 1), (1, 0), (0, 2))),
    "dilation": ((1, 1, 1), (2, 1, 1), (1, 2, 3)),
    "channels_per_group": (1, 2, 3),
    "filters_per_group": (1, 2, 3),
    "groups": (1, 2, 3),
    "batch": (1, 2),
}
"""Transposed volumes."""

SEPARABLE_2: Final[Table] = {
    **DEPTHWISE,
    "kind": ("separable",),
    "direction": ("forward", "dx", "dfilters", "dpointwise", "dbias"),
    "numbers": ("exact", "real"),
    "dilation": ((1, 1), (2, 2), (1, 3)),
    "groups": (1, 3, 4, 6),
    "filters_per_group": (1,),
    "filters": (1, 2, 5),
    "multiplier": (1, 2, 3),
}
"""Separable images: filters counted by themselves, since they see all maps."""

SEPARABLE_1: Final[Table] = {
    **SEPARABLE_2,
    **{name: RANK_1[name] for name in LENGTHS},
    "padding": tuple(padding for padding in RANK_1["padding"] if padding != "causal"),
}
"""Separable signals."""

DTYPES: Final[Table] = {
    **SMALL,
    "kind": ("conv", "depthwise", "transposed"),
    "dtype": ("float64", "float16", "bfloat16", "int32", "int64"),
    "direction": ("forward", "dx", "dfilters", "dbias"),
    "numbers": ("exact", "real"),
    "spatial": ((5, 4), (4, 6), (3, 7)),
    "kernel_size": ((1, 1), (3, 2), (1, 3), (2, 2)),
    "strides": ((1, 1), (2, 2), (1, 3)),
    "padding": ("valid", "same", ((1, 1), (0, 0)), ((0, 2), (1, 0))),
    "dilation": ((1, 1), (2, 1)),
    "channels_per_group": (1, 2, 3),
    "groups": (1, 2, 3),
    "filters_per_group": (1, 2),
}
"""The number formats, small enough for the exact budgets of 16 bits."""

DTYPES_1: Final[Table] = {**DTYPES, **{name: TRANSPOSED_1[name] for name in LENGTHS}}
DTYPES_3: Final[Table] = {**DTYPES, **{name: TRANSPOSED_3[name] for name in LENGTHS}}
"""The same for signals and volumes."""

MODES_2: Final[Table] = {
    **SMALL,
    **DIRECTIONS,
    "kind": ("conv", "depthwise"),
    "padding_mode": ("reflect", "replicate", "circular"),
    "spatial": ((5, 4), (4, 6), (6, 7)),
    "kernel_size": ((1, 1), (3, 2), (2, 3), (3, 5)),
    "strides": ((1, 1), (2, 1), (2, 3)),
    "padding": ("same", ((1, 1), (2, 2)), ((0, 3), (1, 0)), ((3, 2), (2, 3)), ((4, 0), (0, 4))),
    "dilation": ((1, 1), (1, 2)),
    "channels_per_group": (1, 2, 3),
    "filters_per_group": (1, 2, 3),
}
"""What stands in the pads of images."""

MODES_1: Final[Table] = {
    **MODES_2,
    "spatial": ((5,), (4,), (9,)),
    "kernel_size": ((1,), (2,), (3,), (5,)),
    "strides": ((1,), (2,), (3,)),
    "padding": ("same", ((1, 1),), ((0, 3),), ((3, 2),), ((4, 0),)),
    "dilation": ((1,), (2,)),
}
MODES_3: Final[Table] = {
    **MODES_2,
    "spatial": ((3, 4, 5), (4, 3, 2)),
    "kernel_size": ((1, 1, 1), (3, 2, 1), (1, 3, 2)),
    "strides": ((1, 1, 1), (2, 1, 3)),
    "padding": ("same", ((1, 1), (2, 2), (0, 0)), ((0, 2), (1, 0), (1, 1)), ((2, 0), (0, 3), (2, 1))),
    "dilation": ((1, 1, 1), (1, 2, 1)),
    "batch": (1, 2),
}
"""The same for signals and volumes."""

MEMORY: Final[Table] = {
    **SMALL,
    **DIRECTIONS,
    "kind": ("conv", "depthwise", "transposed"),
    "memory": ("view", "fortran", "strided", "broadcast"),
    "dtype": ("float32", "float64", "bfloat16"),
    "spatial": ((5, 4), (4, 6), (3, 7)),
    "kernel_size": ((1, 1), (3, 2), (1, 3), (2, 2)),
    "strides": ((1, 1), (2, 2), (1, 3)),
    "padding": ("valid", "same", ((1, 1), (0, 0)), ((0, 2), (1, 0))),
    "dilation": ((1, 1), (2, 1)),
    "channels_per_group": (1, 2, 3),
    "groups": (1, 2, 3),
    "filters_per_group": (1, 2),
}
"""How arrays lie in memory."""
