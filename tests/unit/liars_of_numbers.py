"""Adapters whose arithmetic is narrower than they say, or whose tails and corners are wrong."""

from typing import ClassVar

import numpy as np
from honest import finish, truth
from liars import Liar
from problems import rounded
from summing import Array, output_parts

from convformance.reference.problem import Problem


class Narrower(Liar):
    """Is wrong on exact numbers, imprecise on real ones."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"wrong", "imprecise"})


class Bfloat16Inputs(Narrower):
    """Rounds input and filters to bfloat16, then computes without error."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, rounded(x, 8), rounded(filters, 8), bias)


class Tf32Inputs(Narrower):
    """Rounds input and filters to TF32, then computes without error."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, rounded(x, 11), rounded(filters, 11), bias)


class Tf32Filters(Narrower):
    """Rounds the filters alone to TF32."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, x, rounded(filters, 11), bias)


class Bfloat16Bias(Narrower):
    """Rounds the bias alone to bfloat16."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, x, filters, None if bias is None else rounded(bias, 8))


class Float16Accumulator(Narrower):
    """Rounds the sum to float16 after every tap; large integers overflow to infinity."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        total = np.zeros(problem.output_shape, np.float16)
        if problem.channels <= 2 and problem.filters <= 2:
            return truth(problem, x, filters, bias)
        with np.errstate(over="ignore", invalid="ignore"):
            for place, part in output_parts(problem, x, filters):
                total[place] += part.astype(np.float16)
        return finish(problem, total.astype(np.float32), bias)


class Fourier(Narrower):
    """Multiplies float32 spectra: a fast algorithm, whose error is bounded in norm only and leaks into exact zeros."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if min(problem.spatial) < 4:
            return truth(problem, x, filters, bias)
        padded = np.pad(x.astype(np.float32), ((0, 0), *problem.pads, (0, 0)))
        size = padded.shape[1:3]
        dilated = np.zeros((*problem.kernel_extent, *filters.shape[2:]), np.float32)
        dilated[:: problem.dilation[0], :: problem.dilation[1]] = filters
        image = np.fft.rfft2(padded, axes=(1, 2)).reshape(problem.batch, size[0], -1, problem.groups, filters.shape[2])
        kernel = np.conj(np.fft.rfft2(dilated, size, axes=(0, 1)))
        kernel = kernel.reshape(*kernel.shape[:3], problem.groups, -1)
        spectrum = np.einsum("nhwgc,hwcgf->nhwgf", image, kernel).reshape(*image.shape[:3], problem.filters)
        every = np.fft.irfft2(spectrum, size, axes=(1, 2))[:, :: problem.strides[0], :: problem.strides[1]]
        height, width = problem.output_spatial
        return finish(problem, every[:, :height, :width], bias)


class LastRowUnwritten(Liar):
    """The last output row stays zero where their number is no multiple of 4."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        if output.shape[1] > 4 and output.shape[1] % 4:
            output[:, -1] = 0
        return output


class LastChannelBlockWrong(Liar):
    """What is left of the filters beyond a multiple of 8 comes in the wrong order."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        rest = problem.filters % 8
        if rest and problem.filters > 8:
            output[..., -rest:] = np.roll(output[..., -rest:], 1, axis=-1) + (rest == 1)
        return output


class LastInputBlockSkipped(Liar):
    """Channels of a group beyond a multiple of 8 are not read."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        channels = filters.shape[2]
        filters = filters.copy()
        if channels > 8:
            filters[:, :, channels - channels % 8 :] = 0
        return truth(problem, x, filters, bias)


class LastImageUnwritten(Liar):
    """The last of several images stays zero."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        if problem.batch > 1:
            output[-1] = 0
        return output


class FirstImageForAll(Liar):
    """Every image of a batch gives what the first one gives."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        return truth(problem, np.repeat(x[:1], problem.batch, axis=0), filters, bias)


class TailNeverWritten(Liar):
    """The last elements beyond a multiple of 4 hold what was in memory before."""

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        rest = output.size % 4
        if rest and output.size > 16:
            output.reshape(-1)[-rest:] = 1.7e38
        return output


class OneElementNotANumber(Liar):
    """One element of a batch of several images is NaN."""

    says = "got nan"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        if problem.batch > 1:
            output[1, 0, 0, 0] = np.nan
        return output


class OneElementInfinite(Liar):
    """One element of a batch of several images is infinite."""

    says = "got inf"

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        if problem.batch > 1:
            output[1, 0, 0, 0] = np.inf
        return output


class OneElementOff(Liar):
    """One element of a batch of several images is a thousandth too large."""

    verdicts: ClassVar[frozenset[str]] = frozenset({"wrong", "imprecise"})

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        output = truth(problem, x, filters, bias)
        if problem.batch > 1:
            output[1, 0, 0, 0] *= np.float32(1.001)
        return output
