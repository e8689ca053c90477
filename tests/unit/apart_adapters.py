"""Adapters that end or hold up their process when they are asked what is no convolution."""

import atexit
import multiprocessing.util
import os
import time

from honest import Honest
from problems import Array

from convformance.reference.problem import Problem


class DiesAtAStrideOfZero(Honest):
    """Ends its process without a word."""

    name = "dies-at-a-stride-of-zero"

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if 0 in problem.strides:
            os._exit(3)
        if 0 in problem.dilation:
            time.sleep(100)
        if min(min(pair) for pair in problem.pads) < 0:
            atexit.register(os._exit, 4)
            multiprocessing.util.Finalize(None, os._exit, args=(4,), exitpriority=1)
        return super().convolve(problem, x, filters, bias)
