"""What a faulty layer is asked, and the honest one that it may ask in its turn."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from convformance.reference.laws import Compute
from convformance.reference.operands import Operands
from convformance.reference.padding import folded, padded
from convformance.reference.problem import Axes, Pads, Problem

Array: TypeAlias = npt.NDArray[Any]
Way: TypeAlias = Literal["once", "layer", "compiled"]


@dataclass
class Question:
    """One call of a layer, as it reaches a fault.

    Attributes
    ----------
    compute : callable
        An honest convolution: takes a problem, canonical operands and a direction, gives a new canonical array.
    problem : Problem
        Everything but the numbers; valid.
    given : Operands
        Canonical arrays: views of what was handed over, so writing to them changes the caller's arrays.
    direction : str
        ``"forward"`` or a gradient.
    raw : Operands
        What was handed over, in the caller's layouts, lying in memory as it does.
    canonical : callable
        Views such arrays in canonical layout.
    alone : bool
        Whether the gradient is asked for alone.
    way : "once", "layer" or "compiled"
        How the layer is called.
    calls : int
        How often this layer object was called before.
    threads : int or None
        How many threads were asked for.
    memory : dict
        What the faulty adapter remembers from call to call.
    layer_memory : dict
        What the layer object remembers.
    """

    compute: Compute
    problem: Problem
    given: Operands
    direction: str
    raw: Operands
    canonical: Callable[[Operands], Operands] = lambda raw: raw
    alone: bool = False
    way: Way = "once"
    calls: int = 0
    threads: int | None = None
    memory: dict[Any, Any] = field(default_factory=dict)
    layer_memory: dict[Any, Any] = field(default_factory=dict)

    @property
    def kernel_axes(self) -> Axes:
        """The axes of the filters that belong to the kernel."""
        return tuple(range(self.problem.rank))

    def honest(self) -> Array:
        """Give the right answer."""
        return self.compute(self.problem, self.given, self.direction)

    def again(self, problem: Problem | None = None, **arrays: Array | None) -> Array:
        """Give the right answer to another problem, or of other arrays.

        Parameters
        ----------
        problem : Problem, optional
            Another problem.
        **arrays : array or None
            Fields of `Operands` that differ.

        Returns
        -------
        array
            Of the other problem's output shape.
        """
        return self.compute(problem or self.problem, replace(self.given, **arrays), self.direction)  # type: ignore[arg-type]

    def bent(
        self,
        *,
        strides: Axes | None = None,
        pads: Pads | None = None,
        dilation: Axes | None = None,
        **arrays: Array | None,
    ) -> Array:
        """Give the answer with other strides, pads or dilation, in the shape that the problem's own has.

        Parameters
        ----------
        strides, pads, dilation : optional
            What differs. Of the pads those before an axis count: what lies behind follows from the shape. Negative ones
            cut cells off.
        **arrays : array or None
            Fields of `Operands` that differ.

        Returns
        -------
        array
            The output or a gradient of a plain, depthwise or transposed convolution.
        """
        if self.direction != "forward" and self.problem.activation is not None:
            return self.linear().bent(strides=strides, pads=pads, dilation=dilation, **arrays)
        problem, given = self.problem, replace(self.given, **arrays)  # type: ignore[arg-type]
        if self.direction == "dbias":
            return self.compute(problem, given, self.direction)
        strides, dilation = strides or problem.strides, dilation or problem.dilation
        befores = [before for before, _ in (pads or problem.pads)]
        extents = [(k - 1) * d + 1 for k, d in zip(problem.kernel_size, dilation, strict=True)]
        if problem.kind == "transposed" and self.direction == "forward":
            return self._bent_transposed(given, strides, befores, dilation)
        if problem.kind == "transposed":
            return self._bent_adjoint(given, strides, pads or problem.pads, dilation)
        x = given.x
        if problem.padding_mode != "zeros":
            x = padded(problem, x)
            befores = [new - old for new, (old, _) in zip(befores, problem.pads, strict=True)]
        afters = [
            (count - 1) * s + extent - before - size
            for count, s, extent, before, size in zip(
                problem.output_spatial, strides, extents, befores, x.shape[1:-1], strict=True
            )
        ]
        seen = (
            slice(None),
            *(
                slice(max(-b, 0), max(size - max(-a, 0), 0))
                for b, a, size in zip(befores, afters, x.shape[1:-1], strict=True)
            ),
        )
        cut = x[seen]
        if 0 in cut.shape[1:-1]:
            # No window sees a cell: what is left is a convolution of zeros.
            cut, seen = np.zeros_like(x[:, *(slice(1),) * problem.rank]), ()
            befores = [0] * problem.rank
            afters = [
                (count - 1) * s + extent - 1
                for count, s, extent in zip(problem.output_spatial, strides, extents, strict=True)
            ]
        bent = replace(
            problem,
            spatial=cut.shape[1:-1],
            strides=strides,
            dilation=dilation,
            padding=tuple((max(b, 0), max(a, 0)) for b, a in zip(befores, afters, strict=True)),
            padding_mode="zeros",
        )
        found = self.compute(bent, replace(given, x=cut), self.direction)
        if self.direction != "dx":
            return found
        whole = np.zeros(x.shape, found.dtype)
        if seen:
            whole[seen] = found
        return whole if problem.padding_mode == "zeros" else folded(problem, whole)

    def linear(self) -> "Question":
        """Ask the same of the layer before its activation.

        Returns
        -------
        Question
            Of a gradient with a cotangent that is zero where the honest output is not above zero, so that a lie about
            the layer does not change what the activation lets through.
        """
        plain, given = replace(self.problem, activation=None), self.given
        if self.problem.activation == "relu" and given.cotangent is not None:
            lit = self.compute(plain, replace(given, cotangent=None), "forward") > 0
            given = replace(given, cotangent=np.where(lit, given.cotangent, np.zeros_like(given.cotangent)))
        return replace(self, problem=plain, given=given)

    def _bent_transposed(self, given: Operands, strides: Axes, befores: list[int], dilation: Axes) -> Array:
        """Compute what no crop cuts, then cut it to the shape of the problem's own output."""
        problem = self.problem
        whole = replace(
            problem,
            strides=strides,
            dilation=dilation,
            padding=((0, 0),) * problem.rank,
            output_padding=(0,) * problem.rank,
        )
        full = self.compute(whole, given, self.direction)
        output = np.zeros(problem.output_shape, full.dtype)
        if given.bias is not None:
            output += np.maximum(given.bias, 0) if problem.activation == "relu" else given.bias
        source, target = [slice(None)], [slice(None)]
        for before, size, there in zip(befores, problem.output_spatial, full.shape[1:-1], strict=True):
            first, last = max(before, 0), min(before + size, there)
            source.append(slice(first, max(last, first)))
            target.append(slice(first - before, max(last, first) - before))
        output[tuple(target)] = full[tuple(source)]
        return output

    def _bent_adjoint(self, given: Operands, strides: Axes, pads: Pads, dilation: Axes) -> Array:
        """Compute a gradient of a transposed convolution with the plain one that it is the adjoint of."""
        assert given.cotangent is not None
        plain = replace(self, problem=self.problem.adjoint)
        if self.direction == "dx":
            plain.given, plain.direction = Operands(given.cotangent, given.filters), "forward"
        else:
            plain.given = Operands(given.cotangent, given.filters, None, given.x)
        return plain.bent(strides=strides, pads=pads, dilation=dilation)
