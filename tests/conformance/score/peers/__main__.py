"""Say which faults other tests would have caught: ``python -m convformance.tests.conformance.score.peers``."""

import argparse
import multiprocessing
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Final

from convformance.reference.faults import FAULTS
from convformance.tests.conformance.score.fault_list import read_counts
from convformance.tests.conformance.score.peers.catching import Catch, catches
from convformance.tests.conformance.score.peers.keras_tests import keras_tests
from convformance.tests.conformance.score.peers.onnx_nodes import onnx_models, onnx_nodes
from convformance.tests.conformance.score.peers.opinfo import opinfo
from convformance.tests.conformance.score.peers.record import Peer
from convformance.tests.conformance.score.peers.table import render

PEERS: Final[tuple[Callable[[], Peer], ...]] = (onnx_nodes, onnx_models, opinfo, keras_tests)
PART: Final = 10
"""So many faults are counted at a time."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Count, and print the page or write it.

    Parameters
    ----------
    arguments : sequence of str, optional
        Of the command line.

    Returns
    -------
    int
        0, or 2 where a package is missing that brings a peer.
    """
    parser = argparse.ArgumentParser(prog="python -m convformance.tests.conformance.score.peers", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there instead of printing it")
    parser.add_argument("--suite", type=Path, metavar="FILE", help="show the counts of this page of faults beside them")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="how many processes count (2)")
    options = parser.parse_args(arguments)
    try:
        peers = [make() for make in PEERS]
    except ModuleNotFoundError as error:
        sys.stderr.write(f"{error.name} is missing: python -m pip install onnx expecttest 'convformance[torch]'\n")
        return 2
    found = count(list(FAULTS), options.jobs)
    suite = read_counts(options.suite) if options.suite else None
    page = render(list(zip(peers, found, strict=True)), suite)
    if options.write is None:
        sys.stdout.write(page)
    else:
        options.write.write_text(page, encoding="utf-8")
    return 0


def count(names: Sequence[str], jobs: int, places: Sequence[int] = range(len(PEERS))) -> list[dict[str, Catch]]:
    """Count what peers catch, in several processes.

    Parameters
    ----------
    names : sequence of str
        The faults.
    jobs : int
        How many processes.
    places : sequence of int, optional
        Which of `PEERS`; all where left out.

    Returns
    -------
    list of dict of str to Catch
        A dictionary for each of the peers, by the fault's name.
    """
    tasks = [(place, names[at : at + PART]) for place in places for at in range(0, len(names), PART)]
    found: dict[int, dict[str, Catch]] = {place: {} for place in places}
    method: Any = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, method) as pool:
        for (place, _), part in zip(tasks, pool.map(_part, tasks), strict=True):
            found[place] |= part
    return list(found.values())


@cache
def _peer(place: int) -> Peer:
    """Rebuild a peer once in a process."""
    return PEERS[place]()


def _part(task: tuple[int, Sequence[str]]) -> dict[str, Catch]:
    place, names = task
    return catches(_peer(place), [FAULTS[name] for name in names])


if __name__ == "__main__":
    # In a process of their own the functions are those of the module under its full name.
    from convformance.tests.conformance.score.peers import __main__ as named

    raise SystemExit(named.main())
