"""`torch`: the convolution modules of ``torch.nn``."""

from typing import Final

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem


class Torch:
    """``torch.nn.Conv2d``: "same" and "valid" by name, equal pads in the layer, unequal ones by ``F.pad`` first.

    A view of channels_last memory reaches the layer as torch's channels_last memory format, since ``torch.from_numpy``
    keeps strides.
    """

    name: Final = "torch"
    framework: Final = "torch"
    data_layout: Final = "channels_first"
    filter_layouts: Final = {"conv": "OI*"}

    def __init__(self) -> None:
        self._torch = import_framework("torch", extra="torch")

    def version(self) -> str:
        """Give the version of torch."""
        return str(self._torch.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Say that torch refuses "same" with strides, as it does."""
        if problem.padding == "same" and max(problem.strides) > 1:
            return "torch: padding='same' is not supported for strided convolutions"
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute with ``torch.nn.Conv{rank}d``."""
        torch = self._torch
        image = torch.from_numpy(x)
        padding: str | int | tuple[int, ...] = 0
        if problem.padding in ("valid", "same"):
            padding = problem.padding
        elif all(before == after for before, after in problem.pads):
            padding = tuple(before for before, _ in problem.pads)
        else:
            # F.pad takes the pairs of the last axis first.
            image = torch.nn.functional.pad(image, [cells for pair in problem.pads[::-1] for cells in pair])
        # On the meta device no weights are drawn that the next line would throw away.
        layer = getattr(torch.nn, f"Conv{problem.rank}d")(
            problem.channels,
            problem.filters,
            problem.kernel_size,
            stride=problem.strides,
            padding=padding,
            dilation=problem.dilation,
            groups=problem.groups,
            bias=problem.use_bias,
            device="meta",
        )
        weights = {"weight": filters} if bias is None else {"weight": filters, "bias": bias}
        layer.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()}, assign=True)
        with torch.inference_mode():
            output = layer(image)
            if problem.activation == "relu":
                output = torch.relu(output)
        result: Array = output.numpy()
        return result
