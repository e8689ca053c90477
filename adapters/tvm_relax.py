"""`tvm`: the operators ``tvm.relax.op.nn.conv{1,2,3}d`` and ``conv{1,2,3}d_transpose``, compiled by LLVM."""

from typing import Any, Final

from convformance.adapters.contract import Array
from convformance.adapters.importing import import_framework
from convformance.reference.problem import Problem

_LAYOUTS: Final = {1: "W", 2: "HW", 3: "DHW"}
_CACHED: Final = 64


class Tvm:
    """A Relax function of one operator, built by ``tvm.compile`` for ``llvm``, run by Relax's virtual machine.

    The operators take pads before and after each axis, of a transposed convolution crops; "same" has no name there.
    Other modes than zeros go through ``relax.op.nn.pad`` first. Each problem is compiled anew, and the last ones are
    kept, as a user keeps a module.
    """

    name: Final = "tvm"
    framework: Final = "tvm"
    requires: Final = ("apache-tvm>=0.27",)
    data_layout: Final = "channels_first"
    filter_layouts: Final = {"conv": "OI*", "transposed": "IO*"}
    # out_dtype, which sums are added up in, is the dtype of the data where it is not given.
    accumulators: Final = {"float16": "float16", "bfloat16": "bfloat16"}

    def __init__(self) -> None:
        self._tvm = import_framework("tvm", self.requires)
        self._relax = import_framework("tvm.relax", self.requires)
        self._machines: dict[object, Any] = {}

    def version(self) -> str:
        """Give the version of TVM."""
        return str(self._tvm.__version__)

    def unsupported(self, problem: Problem) -> str | None:
        """Claim everything: the operators take all that a problem can have."""
        del problem
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compile the problem, unless it was, and run it."""
        arrays = [array for array in (x, filters, bias) if array is not None]
        key = (problem, *((array.shape, array.dtype) for array in arrays))
        if key not in self._machines:
            while len(self._machines) >= _CACHED:
                self._machines.pop(next(iter(self._machines)))
            self._machines[key] = self._compile(problem, arrays)
        found = self._machines[key]["main"](*map(self._tvm.runtime.tensor, arrays))
        result: Array = found.numpy()
        return result

    def _compile(self, problem: Problem, arrays: list[Array]) -> Any:
        """Build a function of the arrays' shapes."""
        tvm, relax = self._tvm, self._relax
        nn, axes = relax.op.nn, _LAYOUTS[problem.rank]
        variables = [
            relax.Var(name, relax.TensorType(array.shape, str(array.dtype)))
            for name, array in zip(("x", "filters", "bias"), arrays, strict=False)
        ]
        befores, afters = zip(*problem.pads, strict=True)
        options: dict[str, Any] = {
            "strides": problem.strides,
            "padding": (*befores, *afters),
            "dilation": problem.dilation,
            "groups": problem.groups,
            "data_layout": f"NC{axes}",
        }
        if problem.kind == "transposed":
            function, options["output_padding"] = getattr(nn, f"conv{problem.rank}d_transpose"), problem.output_padding
            options["kernel_layout"] = f"IO{axes}"
        else:
            function, options["kernel_layout"] = getattr(nn, f"conv{problem.rank}d"), f"OI{axes}"
        builder = relax.BlockBuilder()
        with builder.function("main", variables):
            image = variables[0]
            if problem.padding_mode != "zeros":
                cells = [0, 0, 0, 0, *(cells for pair in problem.pads for cells in pair)]
                image = builder.emit(nn.pad(image, cells, pad_mode=problem.padding_mode))
                options["padding"] = 0
            output = builder.emit(function(image, variables[1], **options))
            if problem.use_bias:
                bias = builder.emit(relax.op.reshape(variables[2], (1, -1, *(1,) * problem.rank)))
                output = builder.emit(relax.op.add(output, bias))
            if problem.activation == "relu":
                output = builder.emit(nn.relu(output))
            builder.emit_func_output(output)
        return relax.VirtualMachine(tvm.compile(builder.get(), target="llvm"), tvm.cpu())
