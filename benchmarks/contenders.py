"""Who is timed side by side, and what each is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from convformance.adapters.catalogue import installed
from convformance.benchmarks.layers import LAYERS, Layer, flops
from convformance.reference.case import Case, Memory
from convformance.reference.problem import Problem

DIRECTIONS: Final = ("forward", "dx", "dfilters")
BATCHES: Final = (1, 8)
QUICK_LAYERS: Final = ("ResNet-50 conv2 3x3", "ResNet-50 conv5 3x3", "MobileNetV2 depthwise 3x3")
MOST_FLOPS: Final = 20_000_000_000
"""A call of more operations would take a large part of the time that all measurements have."""

REFERENCE: Final = "reference"


@dataclass(frozen=True)
class Contender:
    """An adapter, and how the arrays lie that it is given.

    Attributes
    ----------
    name : str
        What the report calls it.
    spelling : str
        The adapter, as on the command line.
    memory : "dense" or "view"
        In its own layout; or as transposed views of the other one, which torch calls channels_last.
    """

    name: str
    spelling: str
    memory: Memory = "dense"

    def refuses(self, problem: Problem) -> str | None:
        """Say what the contender, and not its framework, has no words for."""
        if self.memory == "view" and problem.rank == 1:
            return "channels_last is a memory format of images and volumes, not of sequences"
        return None


CHANNELS_LAST: Final = Contender("torch channels_last", "torch", "view")


@dataclass(frozen=True)
class Question:
    """One call that all contenders are timed on.

    Attributes
    ----------
    layer : Layer
        The convolution on one image.
    direction : str
        One of `DIRECTIONS`.
    batch, threads : int
        How many images, and how many threads compute.
    """

    layer: Layer
    direction: str
    batch: int
    threads: int

    @property
    def problem(self) -> Problem:
        """The problem with its real batch."""
        return replace(self.layer.problem, batch=self.batch)

    @property
    def case(self) -> Case:
        """The case that the answers are judged on: real numbers, as those of the corpus's layers."""
        return Case(self.problem, self.direction, "real")

    @property
    def too_large(self) -> str | None:
        """Why the question is left out, where it is."""
        operations = flops(self.problem)
        if operations <= MOST_FLOPS:
            return None
        return f"{operations / 1e9:.0f} GFLOP a call: more than {MOST_FLOPS / 1e9:.0f} would take too long"

    def __str__(self) -> str:
        """Give the id of the test."""
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"{self.layer.name}, {self.direction}, batch {self.batch}, {threads}"


def contenders(added: Sequence[str] = ()) -> list[Contender]:
    """List who is timed.

    Parameters
    ----------
    added : sequence of str
        Adapters beside the built-in ones, as on the command line.

    Returns
    -------
    list of Contender
        The reference first, then the registered adapters whose framework is installed, then those added.
    """
    found = [Contender(REFERENCE, REFERENCE)]
    for name in installed():
        found.append(Contender(name, name))
        if name == CHANNELS_LAST.spelling:
            found.append(CHANNELS_LAST)
    known = {contender.spelling for contender in found}
    new = [spelling for spelling in dict.fromkeys(added) if spelling not in known]
    # Of `path/to/file.py:Attribute` the attribute says enough, where nobody else is called so.
    short = [spelling.rpartition(":")[2] for spelling in new]
    for spelling, name in zip(new, short, strict=True):
        found.append(Contender(name if short.count(name) == 1 and name not in known else spelling, spelling))
    return found


def questions(threads: int, *, quick: bool) -> Iterator[Question]:
    """List what is asked, one thread first: only processes of one number of threads live at a time.

    Parameters
    ----------
    threads : int
        How many there may be.
    quick : bool
        Whether to ask a few only: `QUICK_LAYERS`, one image, one thread.

    Yields
    ------
    Question
        Each.
    """
    for count in [1] if quick else sorted({1, threads}):
        for layer in LAYERS:
            if quick and layer.name not in QUICK_LAYERS:
                continue
            for batch in BATCHES[:1] if quick else BATCHES:
                for direction in DIRECTIONS:
                    yield Question(layer, direction, batch, count)
