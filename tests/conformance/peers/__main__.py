"""Say which faults other tests would have caught: ``python -m convformance.tests.conformance.peers``."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from convformance.reference.faults import FAULTS
from convformance.tests.conformance.peers.catching import catches
from convformance.tests.conformance.peers.keras_tests import keras_tests
from convformance.tests.conformance.peers.onnx_nodes import onnx_models, onnx_nodes
from convformance.tests.conformance.peers.opinfo import opinfo
from convformance.tests.conformance.peers.record import Peer
from convformance.tests.conformance.peers.table import render

PEERS: Final[tuple[Callable[[], Peer], ...]] = (onnx_nodes, onnx_models, opinfo, keras_tests)


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
    parser = argparse.ArgumentParser(prog="python -m convformance.tests.conformance.peers", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there instead of printing it")
    parser.add_argument(
        "--suite", type=Path, metavar="FILE", help="JSON: how many cases of this suite catch each fault, by its name"
    )
    options = parser.parse_args(arguments)
    suite = None if options.suite is None else json.loads(options.suite.read_text(encoding="utf-8"))
    try:
        peers = [make() for make in PEERS]
    except ModuleNotFoundError as error:
        sys.stderr.write(f"{error.name} is missing: python -m pip install onnx expecttest 'convformance[torch]'\n")
        return 2
    page = render([(peer, catches(peer, FAULTS.values())) for peer in peers], suite)
    if options.write is None:
        sys.stdout.write(page)
    else:
        options.write.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
