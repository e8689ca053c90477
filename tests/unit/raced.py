"""Adapters for the benchmarks: one that prepares wrong answers, one that dies, one that prepares nothing."""

import os
from typing import Any

import numpy as np

from convformance.adapters.numpy_reference import Reference


class Lies(Reference):
    name = "lies"

    def prepare(self, *arguments: Any) -> Any:
        load, run, fetch = super().prepare(*arguments)
        return load, run, lambda answer: fetch(answer) * np.float32(1.5)


class Raises(Reference):
    name = "raises"

    def prepare(self, *arguments: Any) -> Any:
        raise RuntimeError(f"nothing for {len(arguments)} arguments")


class Dies(Reference):
    name = "dies"

    def prepare(self, *arguments: Any) -> Any:
        del arguments
        os.write(2, b"out of luck\n")
        os.abort()


class DiesLater(Reference):
    name = "dies-later"

    def prepare(self, *arguments: Any) -> Any:
        load, run, fetch = super().prepare(*arguments)
        steps = iter([run, run])

        def run_twice() -> Any:
            return next(steps, os.abort)()

        return load, run_twice, fetch


class Refuses(Reference):
    name = "refuses"

    def unsupported(self, problem: Any) -> str:
        return f"no {problem.kind}"


class Whole(Reference):
    name = "whole"
    prepare: Any = None
