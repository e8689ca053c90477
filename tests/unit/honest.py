"""Adapters that compute convolution honestly, in one arithmetic or another: none of them may raise an alarm."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from summing import (
    Array,
    Bent,
    Part,
    extended,
    filters_parts,
    folded,
    input_parts,
    output_parts,
    plain,
    unpadded,
)

from convformance.reference.layouts import CANONICAL_DATA, canonical_filters, convert, data_layout, lay_filters
from convformance.reference.operands import Operands
from convformance.reference.problem import Axes, Pads, Problem


class Plain:
    """Adds up in float64, or int64, and rounds once; offers only what the contract asks for."""

    name: ClassVar[str] = "honest-plain"
    data_layout: ClassVar[str] = "channels_last"
    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "*IO", "depthwise": "*IM", "transposed": "*OI"}

    def version(self) -> str:
        return "1.0"

    def unsupported(self, problem: Problem) -> str | None:
        del problem
        return None

    def unsupported_gradients(self, problem: Problem) -> str | None:
        del problem
        return None

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        given = self.canonical(problem, x, filters, bias)
        return convert(self.output(problem, given), CANONICAL_DATA, data_layout(self.data_layout))

    # Layouts, and what is no convolution.

    def canonical(  # noqa: PLR0917 - the contract's
        self,
        problem: Problem,
        x: Array,
        filters: Array,
        bias: Array | None,
        cotangent: Array | None = None,
        pointwise: Array | None = None,
    ) -> Operands:
        """Refuse what is invalid or declared unsupported; give the rest as the reference has it."""
        problem = replace(problem)  # the reference's own rules, once more
        reason = self.unsupported(problem) or (self.unsupported_gradients(problem) if cotangent is not None else None)
        if reason is not None:
            raise NotImplementedError(reason)
        mine, kind = data_layout(self.data_layout), stage(problem)
        found = Operands(
            convert(x, mine, CANONICAL_DATA),
            self.read(problem, filters),
            bias,
            None if cotangent is None else convert(cotangent, mine, CANONICAL_DATA),
            None if pointwise is None else self.matrix(convert(pointwise, self.filter_layouts["conv"], "*IO")),
        )
        shapes = {
            "x": problem.input_shape,
            "filters": problem.filters_shape,
            "bias": (problem.filters,) if problem.use_bias else None,
            "cotangent": None if cotangent is None else problem.output_shape,
            "pointwise": (problem.channels * problem.multiplier, problem.filters) if kind != problem.kind else None,
        }
        for name, shape in shapes.items():
            array = getattr(found, name)
            if (None if array is None else array.shape) != shape:
                raise ValueError(f"{name} must have the shape {shape}")
            if array is not None and array.dtype != problem.precision.numpy_dtype:
                raise TypeError(f"{name} must be {problem.dtype}")
        return found

    def read(self, problem: Problem, filters: Array) -> Array:
        """Give filters in canonical layout."""
        kind = stage(problem)
        return canonical_filters(filters, kind, self.filter_layouts[kind], problem.groups)

    def written(self, problem: Problem, filters: Array) -> Array:
        """Give canonical filters in the adapter's own layout."""
        kind = stage(problem)
        return lay_filters(filters, kind, self.filter_layouts[kind], problem.groups)

    @staticmethod
    def matrix(pointwise: Array) -> Array:
        return pointwise.reshape(pointwise.shape[-2:])

    def laid(self, problem: Problem, array: Array, of: str) -> Array:
        """Give an answer in the adapter's own layout."""
        if of == "dbias":
            return array
        if of == "dfilters":
            return self.written(problem, array)
        if of == "dpointwise":
            return convert(array.reshape(*(1,) * problem.rank, *array.shape), "*IO", self.filter_layouts["conv"])
        return convert(array, CANONICAL_DATA, data_layout(self.data_layout))

    # The arithmetic, in canonical layouts.

    def output(self, problem: Problem, given: Operands) -> Array:
        """Give the output, in the problem's dtype."""
        total = self.before(problem, given)
        return rounded_to(problem, np.maximum(total, 0) if problem.activation == "relu" else total)

    def alone(self, problem: Problem, given: Operands, of: str) -> Array:
        """Give a gradient that is asked alone."""
        return self.derivative(problem, given, of)

    def derivative(self, problem: Problem, given: Operands, of: str) -> Array:
        """Give a gradient, in the problem's dtype."""
        assert given.cotangent is not None
        if problem.activation == "relu":
            given = replace(given, cotangent=np.where(self.before(problem, given) > 0, given.cotangent, 0))
        return rounded_to(problem, self.linear(problem, given, of))

    def before(self, problem: Problem, given: Operands) -> Array:
        """Give the sums before the activation, in the format of the sums."""
        if problem.kind == "separable":
            first, second = problem.stages
            return self.before(second, self.behind(problem, given, second, self.before(first, bare(given))))
        bias = None if given.bias is None else given.bias.astype(self.wide(problem))
        one = plain(problem)
        x, filters = (array.astype(self.wide(problem)) for array in (given.x, given.filters))
        filters = filters.reshape(one.filters_shape)
        if problem.kind == "transposed":
            return self.with_bias(problem, one.input_shape, input_parts(one, x, filters, self.products), bias)
        one, x = extended(one, x)
        return self.with_bias(problem, one.output_shape, output_parts(one, x, filters, self.products), bias)

    def linear(self, problem: Problem, given: Operands, of: str) -> Array:
        """Give a gradient behind the activation's, in the format of the sums."""
        assert given.cotangent is not None
        wide = self.wide(problem)
        cotangent = given.cotangent.astype(wide)
        if of == "dbias":
            return self.total(problem, cotangent)
        if problem.kind == "separable":
            return self.through_both(problem, given, of)
        one = plain(problem)
        x, filters = given.x.astype(wide), given.filters.astype(wide).reshape(one.filters_shape)
        if problem.kind == "transposed":
            if of == "dx":
                return self.add_up(one.output_shape, output_parts(one, cotangent, filters, self.products), wide)
            return self.add_up(one.filters_shape, filters_parts(one, cotangent, x, self.products), wide)
        if of == "dx":
            bigger = one if one.padding_mode == "zeros" else unpadded(one)
            spread = self.add_up(bigger.input_shape, input_parts(bigger, cotangent, filters, self.products), wide)
            return spread if bigger is one else folded(one, self.between(problem, spread))
        one, x = extended(one, x)
        found = self.add_up(one.filters_shape, filters_parts(one, x, cotangent, self.products), wide)
        return found.reshape(problem.filters_shape)

    def through_both(self, problem: Problem, given: Operands, of: str) -> Array:
        """Give a gradient through both stages of a separable convolution."""
        first, second = problem.stages
        maps = self.before(first, bare(given)) if of == "dpointwise" else np.zeros(second.input_shape)
        behind = self.behind(problem, given, second, maps)
        if of == "dpointwise":
            return self.matrix(self.linear(second, behind, "dfilters"))
        back = self.between(problem, self.linear(second, behind, "dx"))
        return self.linear(first, replace(bare(given), cotangent=back), of)

    def behind(self, problem: Problem, given: Operands, second: Problem, maps: Array) -> Operands:
        """Give what the second stage of a separable convolution sees."""
        assert given.pointwise is not None
        return Operands(
            self.between(problem, maps), given.pointwise.reshape(second.filters_shape), given.bias, given.cotangent
        )

    # What the variants differ in.

    def wide(self, problem: Problem) -> Any:
        """The format of the sums."""
        return np.int64 if problem.precision.is_integer else np.float64

    def products(self, rows: Array, columns: Array) -> Iterator[Array]:
        """Give the addends of a product of matrices."""
        yield rows @ columns

    def add_up(self, shape: tuple[int, ...], parts: Iterable[Part], wide: Any) -> Array:
        """Add parts up."""
        total = np.zeros(shape, wide)
        for place, part in parts:
            total[place] += part
        return total

    def with_bias(self, problem: Problem, shape: tuple[int, ...], parts: Iterable[Part], bias: Array | None) -> Array:
        """Add parts up, and the bias."""
        total = self.add_up(shape, parts, self.wide(problem))
        return total if bias is None else total + bias

    def total(self, problem: Problem, cotangent: Array) -> Array:
        """Add up the gradient of the bias."""
        del problem
        return np.asarray(cotangent.sum(axis=tuple(range(cotangent.ndim - 1))))

    def between(self, problem: Problem, array: Array) -> Array:
        """Give what one step hands to the next."""
        del problem
        return array


class Honest(Plain):
    """Offers everything that can be asked."""

    name = "honest"

    def gradients(
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array, Array, Array | None]:
        given = self.canonical(problem, x, filters, bias, cotangent)
        dx, dfilters = (self.laid(problem, self.derivative(problem, given, of), of) for of in ("dx", "dfilters"))
        return dx, dfilters, None if bias is None else self.derivative(problem, given, "dbias")

    def gradient(  # noqa: PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, bias: Array | None, cotangent: Array, of: str
    ) -> Array:
        given = self.canonical(problem, x, filters, bias, cotangent)
        return self.laid(problem, self.alone(problem, given, of), of)

    def separable(self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None) -> Array:
        given = self.canonical(problem, x, filters, bias, pointwise=pointwise)
        return self.laid(problem, self.output(problem, given), "forward")

    def separable_gradients(  # noqa: PLR0917 - the contract's
        self, problem: Problem, x: Array, filters: Array, pointwise: Array, bias: Array | None, cotangent: Array
    ) -> tuple[Array | None, ...]:
        given = self.canonical(problem, x, filters, bias, cotangent, pointwise)
        names = ("dx", "dfilters", "dpointwise")
        found = tuple(self.laid(problem, self.derivative(problem, given, of), of) for of in names)
        return (*found, None if bias is None else self.derivative(problem, given, "dbias"))

    def layer(self, problem: Problem, filters: Array, bias: Array | None) -> Callable[[Array], Array]:
        def call(x: Array) -> Array:
            sizes = convert(x, data_layout(self.data_layout), CANONICAL_DATA).shape[1:-1]
            return self.convolve(replace(problem, spatial=sizes), x, filters, bias)

        return call

    @contextmanager
    def threads(self, count: int) -> Iterator[None]:
        del count
        yield

    def compiled(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return self.convolve(problem, x, filters, bias)


def stage(problem: Problem) -> str:
    """Name the layout of a problem's filters."""
    return "depthwise" if problem.kind == "separable" else problem.kind


def bare(given: Operands) -> Operands:
    """Input and filters alone."""
    return Operands(given.x, given.filters)


def rounded_to(problem: Problem, array: Array) -> Array:
    """Round to the problem's dtype; what is too large becomes infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.array(array, dtype=problem.precision.numpy_dtype)


class ChannelsFirst(Honest):
    """Keeps images and filters as torch does; its answer is a view that is not contiguous."""

    name = "honest-channels-first"
    data_layout = "channels_first"
    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "OI*", "transposed": "IO*"}


class Float32(Honest):
    """Adds up in float32 what is no wider, and rounds between all steps."""

    name = "honest-float32"

    def wide(self, problem: Problem) -> Any:
        return super().wide(problem) if problem.dtype in ("float64", "int32", "int64") else np.float32

    def between(self, problem: Problem, array: Array) -> Array:
        return rounded_to(problem, array).astype(self.wide(problem))


class FiltersOutermost(Float32):
    """Keeps filters as TensorFlow Lite does, and adds up tap by tap in float32."""

    name = "honest-filters-outermost"
    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "O*I", "depthwise": "M*I", "transposed": "I*O"}


class GroupByGroup(Float32):
    """Keeps transposed filters as MLX does, and takes them apart and puts them together by itself."""

    name = "honest-group-by-group"
    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "O*I", "depthwise": "M*I", "transposed": "(GO)*I"}

    def read(self, problem: Problem, filters: Array) -> Array:
        if problem.kind != "transposed":
            return super().read(problem, filters)
        # The groups' filters stand one behind the other, their channels side by side.
        return np.moveaxis(np.concatenate(np.split(filters, problem.groups), axis=-1), 0, -2)

    def written(self, problem: Problem, filters: Array) -> Array:
        if problem.kind != "transposed":
            return super().written(problem, filters)
        return np.concatenate(np.split(np.moveaxis(filters, -2, 0), problem.groups, axis=-1))


class Backwards(Float32):
    """Begins with the bias and adds the taps from the last to the first."""

    name = "honest-backwards"

    def add_up(self, shape: tuple[int, ...], parts: Iterable[Part], wide: Any) -> Array:
        return super().add_up(shape, reversed(list(parts)), wide)

    def with_bias(self, problem: Problem, shape: tuple[int, ...], parts: Iterable[Part], bias: Array | None) -> Array:
        if bias is None:
            return super().with_bias(problem, shape, parts, None)
        every = (slice(None),) * len(shape)
        # Parts are added from the last to the first.
        return self.add_up(shape, [*parts, (every, np.broadcast_to(bias, shape))], self.wide(problem))

    def total(self, problem: Problem, cotangent: Array) -> Array:
        return super().total(problem, cotangent[::-1, ::-1])


class Pairwise(Float32):
    """Adds up the taps in pairs, then pairs of pairs."""

    name = "honest-pairwise"

    def add_up(self, shape: tuple[int, ...], parts: Iterable[Part], wide: Any) -> Array:
        layers = [super(Pairwise, self).add_up(shape, [part], wide) for part in parts]
        while len(layers) > 1:
            layers = [sum(layers[at : at + 2], np.zeros(shape, wide)) for at in range(0, len(layers), 2)]
        return layers[0] if layers else np.zeros(shape, wide)


class OneProductAtATime(Float32):
    """Rounds every product and every sum to float32, the channels from the last to the first: the worst there is."""

    name = "honest-one-product-at-a-time"

    def unsupported(self, problem: Problem) -> str | None:
        if problem.products * (np.prod(problem.output_shape) + np.prod(problem.input_shape)) > 2**19:
            return "so many products take minutes one at a time"
        return None

    def products(self, rows: Array, columns: Array) -> Iterator[Array]:
        for at in reversed(range(rows.shape[-1])):
            yield rows[..., [at]] * columns[..., [at], :]

    def total(self, problem: Problem, cotangent: Array) -> Array:
        del problem
        total = np.zeros(cotangent.shape[-1], cotangent.dtype)
        for row in cotangent.reshape(-1, cotangent.shape[-1]):
            total += row
        return total


class SignsApart(Float32):
    """Adds up the positive and the negative products apart: as much cancellation as can be."""

    name = "honest-signs-apart"

    def products(self, rows: Array, columns: Array) -> Iterator[Array]:
        if not (np.isfinite(rows).all() and np.isfinite(columns).all()):
            # The zeros put in here are no part of the question: times infinity they were not a number.
            whole = rows @ columns
            yield from (whole, *(np.zeros_like(whole),) * 3)
            return
        yield np.where(rows > 0, rows, 0) @ np.where(columns > 0, columns, 0)
        yield np.where(rows > 0, 0, rows) @ np.where(columns > 0, 0, columns)
        yield np.where(rows > 0, rows, 0) @ np.where(columns > 0, 0, columns)
        yield np.where(rows > 0, 0, rows) @ np.where(columns > 0, columns, 0)

    def add_up(self, shape: tuple[int, ...], parts: Iterable[Part], wide: Any) -> Array:
        signs = [np.zeros(shape, wide), np.zeros(shape, wide)]
        for number, (place, part) in enumerate(parts):
            signs[number % 4 // 2][place] += part
        return signs[0] + signs[1]


class ImageByImage(Float32):
    """Adds up the gradients of filters and bias image by image from the last, each from its last position."""

    name = "honest-image-by-image"

    def unsupported_gradients(self, problem: Problem) -> str | None:
        return "too many positions" if np.prod(problem.output_shape) * np.prod(problem.kernel_size) > 2**16 else None

    def linear(self, problem: Problem, given: Operands, of: str) -> Array:
        assert given.cotangent is not None
        if of != "dfilters" or problem.kind == "separable" or problem.batch == 0:
            return super().linear(problem, given, of)
        total = np.zeros(problem.filters_shape, self.wide(problem))
        for image in reversed(range(problem.batch)):
            alone = replace(given, x=given.x[[image]], cotangent=given.cotangent[[image]])
            total += super().linear(replace(problem, batch=1), alone, of)
        return total

    def products(self, rows: Array, columns: Array) -> Iterator[Array]:
        blocks = range(0, rows.shape[-1], 5)
        for at in reversed(blocks):
            yield rows[..., at : at + 5] @ columns[..., at : at + 5, :]

    def total(self, problem: Problem, cotangent: Array) -> Array:
        total = np.zeros(cotangent.shape[-1], self.wide(problem))
        for image in reversed(cotangent):
            total += image.reshape(-1, image.shape[-1])[::-1].sum(axis=0)
        return total


class StepByStep(Float32):
    """Rounds to 16 bits after every step: the sum before the bias, and all that is folded; claims a narrow dbias."""

    name = "honest-step-by-step"
    accumulators: ClassVar[Mapping[str, str]] = {"bfloat16 dbias": "bfloat16", "float16 dbias": "float16"}

    def with_bias(self, problem: Problem, shape: tuple[int, ...], parts: Iterable[Part], bias: Array | None) -> Array:
        total = rounded_to(problem, super().with_bias(problem, shape, parts, None))
        return total if bias is None else np.asarray(total + bias.astype(total.dtype))

    def between(self, problem: Problem, array: Array) -> Array:
        return rounded_to(problem, array)

    def total(self, problem: Problem, cotangent: Array) -> Array:
        total = np.zeros(problem.filters, problem.precision.numpy_dtype)
        for row in cotangent.reshape(-1, problem.filters):
            total = total + row.astype(total.dtype)
        return total


class FlushesSubnormals(Float32):
    """Takes subnormal numbers for zeros, as it declares."""

    name = "honest-flushes-subnormals"
    flushes_subnormals: ClassVar[bool] = True

    def output(self, problem: Problem, given: Operands) -> Array:
        flushed = given.map(lambda array: flush(problem, array))
        return flush(problem, super().output(problem, flushed))


def flush(problem: Problem, array: Array) -> Array:
    """Put zeros in the place of subnormal numbers."""
    if problem.precision.is_integer:
        return array
    small = np.abs(array.astype(np.float64)) < problem.precision.smallest_normal
    return np.where(small, np.zeros_like(array), array)


def truth(problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
    """The output of canonical arrays, added up in float64 and rounded once."""
    return Plain().output(problem, Operands(x, filters, bias))


def finish(problem: Problem, total: Array, bias: Array | None) -> Array:
    """Add the bias, apply the activation, round to the problem's dtype."""
    if bias is not None:
        total = total + bias.astype(total.dtype)
    return rounded_to(problem, np.maximum(total, 0) if problem.activation == "relu" else total)


def correlate(
    problem: Problem,
    x: Array,
    filters: Array,
    bias: Array | None,
    *,
    strides: Axes | None = None,
    pads: Pads | None = None,
    dilation: Axes | None = None,
) -> Array:
    """Compute with other strides, pads or dilation where asked; always of the problem's own output shape."""
    one = problem.as_grouped
    bent = Bent(one.output_spatial, strides or one.strides, pads or one.pads, dilation or one.dilation)
    weights = filters.astype(np.float64).reshape(one.filters_shape)
    total = np.zeros(one.output_shape)
    for place, part in output_parts(one, x.astype(np.float64), weights, bent=bent):
        total[place] += part
    return finish(problem, total, bias)
