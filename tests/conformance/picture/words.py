"""What the picture of each kind and direction says: its headings, and what is to be seen."""

from dataclasses import dataclass, replace
from typing import Final

from convformance.reference.axes import PaddingMode
from convformance.tests.conformance.picture.scene import Scene

_PADS: Final[dict[PaddingMode, str]] = {
    "zeros": "zeros",
    "reflect": "the cells mirrored at the edge, which itself is not repeated",
    "replicate": "copies of the cell at the edge",
    "circular": "the cells of the other side",
}


@dataclass(frozen=True)
class Words:
    """The words of a picture.

    Attributes
    ----------
    source, weights, made, total : tuple of str
        Heading and subheading of each column.
    source_of, weights_of, made_of : str
        The label of each map, with ``{0}`` for the number of its channel, filter or image, and ``{1}`` for that of the
        channel that a map of a first stage comes from.
    more : tuple of str
        What several sources and weights are called.
    sentences : list of str
        What is to be seen.
    box : bool
        Whether the weights are what is called a filter, and get a box of their own.
    """

    source: tuple[str, str]
    weights: tuple[str, str]
    made: tuple[str, str]
    total: tuple[str, str]
    source_of: str
    weights_of: str
    made_of: str
    more: tuple[str, str]
    sentences: list[str]
    box: bool = False


def words_for(scene: Scene) -> Words:
    """Choose the words of a picture.

    Parameters
    ----------
    scene : Scene
        What is drawn.

    Returns
    -------
    Words
        In terms of kernels, filters, channels and images.
    """
    chosen = {"forward": _forward, "dx": _dx, "dfilters": _dfilters, "dpointwise": _dpointwise, "dbias": _dbias}
    words = chosen[scene.case.direction](scene)
    return replace(words, sentences=[*words.sentences, *_gate(scene), *_slices(scene)])


def legend(mode: PaddingMode | None) -> str:
    """Say what colours and dashes mean.

    Parameters
    ----------
    mode : str or None
        What stands in the pads that are drawn, where some are.
    """
    colours = "Orange is above 0, blue below."
    return colours if mode is None else f"{colours} Dashed cells are pads: {_PADS[mode]}."


def _forward(scene: Scene) -> Words:
    problem, count, which = scene.case.problem, len(scene.addends), scene.at[-1]
    if problem.kind == "separable":
        return _separable(scene)
    sees = _number(count, "its only channel", f"its {count} channels")
    if count < problem.channels:
        sees = f"{count} of its {problem.channels} channels"
    return Words(
        source=(f"input, image {scene.at[0]}", sees),
        weights=(f"filter {which}", _number(count, "its only kernel", f"{count} kernels, one per channel")),
        made=(_number(count, "feature map", "feature maps"), "one per kernel"),
        total=_total(scene, f"output channel {which}"),
        source_of="channel {0}",
        weights_of="kernel for channel {0}",
        made_of="map of channel {0}",
        more=("channels", "kernels"),
        sentences=[_kernel(scene), _filter(scene), _layer(scene)],
        box=True,
    )


def _kernel(scene: Scene) -> str:
    problem = scene.case.problem
    begin = f"A kernel is one small array of {' x '.join(map(str, problem.kernel_size))} weights."
    if problem.kind == "transposed":
        return (
            f"{begin} Each cell of one channel adds its number times the whole kernel to one feature map; outlined are "
            "the cells that reach the chosen cell, and the weights with which they do."
        )
    return f"{begin} It slides over one channel, without being flipped, and makes one feature map."


def _filter(scene: Scene) -> str:
    problem, count = scene.case.problem, len(scene.addends)
    if count == 1:
        return (
            "A filter is the collection of its kernels, one per channel that it sees. This one sees one channel, so it "
            "has one kernel, and nothing is added up."
        )
    groups = f" With {problem.groups} groups, a filter sees {count} of the {problem.channels} channels."
    return (
        f"A filter is the collection of all {count} kernels, one per channel: their {count} maps are added up into one "
        f"output channel.{groups if problem.groups > 1 else ''}"
    )


def _layer(scene: Scene) -> str:
    filters, count = scene.case.problem.filters, len(scene.addends)
    return (
        f"The layer has {_number(filters, '1 filter', f'{filters} filters')}, so "
        f"{_number(filters, '1 output channel', f'{filters} output channels')} and {filters} * {count} = "
        f"{_number(filters * count, '1 kernel', f'{filters * count} kernels')}."
    )


def _separable(scene: Scene) -> Words:
    problem, count, which = scene.case.problem, len(scene.addends), scene.at[-1]
    return Words(
        source=(f"input, image {scene.at[0]}", "the channel of each kernel"),
        weights=(f"{count} kernels", f"{problem.multiplier} per channel, shared by all filters"),
        made=("feature maps", f"each times its weight in filter {which}"),
        total=_total(scene, f"output channel {which}"),
        source_of="channel {1}",
        weights_of="kernel {0}",
        made_of="map {0}, weighed",
        more=("kernels' channels", "kernels"),
        sentences=[
            (
                f"A kernel of the first stage slides over one channel and makes one feature map; nothing is added up "
                f"there. The first stage has {problem.channels} * {problem.multiplier} = {count} kernels."
            ),
            (
                f"A filter of the second stage has one weight per map, a kernel of one cell: the {count} maps, each "
                "times its weight, are added up into one output channel."
            ),
            f"The layer has {_number(problem.filters, '1 filter', f'{problem.filters} filters')} over these maps.",
        ],
    )


def _dx(scene: Scene) -> Words:
    channel, count = scene.at[-1], len(scene.addends)
    between = scene.case.problem.kind == "separable"
    what = "map" if between else "filter"
    kernels = _number(count, "1 kernel", f"{count} kernels")
    together = "One kernel has to do with this channel, so nothing is added up."
    if count > 1:
        together = (
            f"These {count} kernels are no filter: a filter is the collection of kernels that one output channel is "
            f"made with. Here stands the one kernel that each filter has for channel {channel}."
        )
        if between:
            together = f"These are the {count} kernels of channel {channel}, each of which makes a map of its own."
    return Words(
        source=(
            f"cotangent, image {scene.at[0]}",
            "what each map of the first stage counts" if between else "what each output counts",
        ),
        weights=(f"kernels for channel {channel}", f"{kernels}, one of each {what} that sees it"),
        made=("what goes back", f"through each {what}"),
        total=(f"dx, channel {channel}", "their sum" if count > 1 else ""),
        source_of="map {0} of the first stage" if between else "output channel {0}",
        weights_of="kernel {0}" if between else f"of filter {{0}}, channel {channel}",
        made_of=f"through {what} {{0}}",
        more=("channels", "kernels"),
        sentences=[
            (
                f"A number of the input met weights of every kernel that has to do with channel {channel}: its "
                "gradient is the sum of these weights, each times what the output counts that it went to."
            ),
            together,
        ],
    )


def _dfilters(scene: Scene) -> Words:
    problem = scene.case.problem
    last, inner = scene.at[-1], scene.at[-2]
    seen, per_group = problem.channels // problem.groups, problem.filters // problem.groups
    cotangent = ("cotangent", "what each output counts")
    slid = (("input", "what the kernel slid over"), cotangent)
    if problem.kind == "transposed":
        which = last // seen * per_group + inner
        slid = (cotangent, ("input", "what was spread"))
        kernel, channels = (
            f"kernel for channel {last} of filter {which}",
            (f", output channel {which}", f", channel {last}"),
        )
    elif problem.kind == "conv":
        channel = last // per_group * seen + inner
        kernel, channels = f"kernel for channel {channel} of filter {last}", (f", channel {channel}", "")
    else:
        kernel, channels = f"kernel {last} of channel {inner}", (f", channel {inner}", "")
    return Words(
        source=slid[0],
        weights=slid[1],
        made=("what each image adds", "an array like the kernel"),
        total=("dfilters", f"of the {kernel}"),
        source_of=f"image {{0}}{channels[0]}",
        weights_of=f"image {{0}}{channels[1]}",
        made_of="image {0}",
        more=("images", "images"),
        sentences=[
            (
                f"One kernel is looked at: the {kernel}. Each weight of it met a cell of one map for each cell of the "
                "other: its gradient is the sum of these pairs, multiplied."
            ),
            (
                "Every image adds an array as large as the kernel; their sum is the gradient of the kernel. The "
                "gradient of a filter is one such array for each of its kernels."
            ),
        ],
    )


def _dpointwise(scene: Scene) -> Words:
    place, which = scene.at
    return Words(
        source=(f"map {place} of the first stage", "what the weight was multiplied with"),
        weights=("cotangent", f"what each cell of output channel {which} counts"),
        made=("what each image adds", "one number"),
        total=("dpointwise", f"of the weight of filter {which} for map {place}"),
        source_of="image {0}",
        weights_of="image {0}",
        made_of="image {0}",
        more=("images", "images"),
        sentences=[
            (
                f"A filter of the second stage has one weight per map. The weight of filter {which} for map {place} "
                "met every cell of that map: its gradient is the sum of all cells, each times what the output above it "
                "counts, over all images."
            )
        ],
    )


def _dbias(scene: Scene) -> Words:
    which = scene.at[0]
    return Words(
        source=("cotangent", f"what each cell of output channel {which} counts"),
        weights=("", ""),
        made=("what each image adds", "one number"),
        total=("dbias", f"of the bias of filter {which}"),
        source_of="image {0}",
        weights_of="",
        made_of="image {0}",
        more=("images", ""),
        sentences=[
            (
                f"The bias of filter {which} was added to every cell of output channel {which}: its gradient is the "
                "sum of what they count, over all images."
            )
        ],
    )


def _total(scene: Scene, answer: str) -> tuple[str, str]:
    """Head the sum: the answer itself, where nothing comes behind it."""
    several = len(scene.addends) > 1
    if scene.bias is None and not scene.relu:
        return answer, "the sum of the maps" if several else "the map itself"
    return ("their sum", "") if several else ("the map", "")


def _gate(scene: Scene) -> list[str]:
    """Say what ReLU does to a gradient."""
    if scene.case.problem.activation is None or scene.relu:
        return []
    return ["Where ReLU made an output 0, nothing flows back: there the cotangent is 0."]


def _slices(scene: Scene) -> list[str]:
    """Say that of three axes only a part is drawn."""
    plain = scene.addends.plain
    if scene.depth is None or max(plain.spatial[0], plain.kernel_size[0], plain.output_spatial[0]) == 1:
        return []
    return ["Along the first of three axes, one slice of each map is drawn; the sum in numbers goes over all of them."]


def _number(count: int, one: str, several: str) -> str:
    return one if count == 1 else several
