"""Write down which faults each peer would have caught."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from convformance.tests.conformance.score.peers.catching import Catch
from convformance.tests.conformance.score.peers.record import Peer

Catches = Mapping[str, Catch]

COMMAND: Final = "nox -s peers"

INTRODUCTION: Final = """\
# What other tests would catch

Each named fault (`reference/faults/`) is put in front of the NumPy reference, and the faulty convolution is asked what
others test a convolution with. `12/40` means: the fault's own condition holds in 40 of their cases, and 12 of them
come out wrong beyond their own tolerance. A dot: in no case of theirs can the fault show.
"""

SUITE: Final = "Under *this suite* stands how many cases of its quick tier catch the fault.\n"

METHOD: Final = """\
## How it is counted

The peers' cases are rebuilt as problems of this project with the peers' own numbers, or where a test draws them anew,
with normal numbers from a fixed seed. A fault is caught in a case when the answer has another shape or dtype than the
right one, is further from it than the peer's tolerance, or is an error; and where the peer wants an error, when there
is none. What a peer wants refused counts as reached by every fault of validation. One faulty adapter goes through all
cases of a peer in their order, so that what it remembers from one call can show in a later one.

- **ONNX nodes**: the backend node cases of Conv and ConvTranspose that the `onnx` package makes, with the tolerance
  that they carry (rtol 1e-3, atol 1e-7).
- **ONNX models**: the backend cases in the same package that were once converted from torch and are one convolution.
- **torch OpInfo**: the samples of `nn.functional.conv1d` to `conv_transpose3d` and the error inputs, from the wheel's
  `torch.testing._internal`, under the default tolerances of `torch.testing.assert_close`.
- **Keras**: the parameters of the tests of its layers and of `keras.ops`, with the tolerance of each. Where a test
  compares shapes alone, so does the count.

What is generous here:

- Every answer is compared with the true value. For OpInfo that is more than torch does: it gives its transposed
  convolutions a reference, torch's own gradient of the convolution, and the plain ones none. Those are compared with
  themselves called in other ways (strided, compiled, by another name), and gradcheck compares gradients with
  differences of the same convolution's outputs: one that is wrong in both passes. What else torch's repository tests
  is not in the wheel.
- OpInfo's samples are asked in every dtype that both sides know, dense, strided and compiled, and in float32 and
  float64 for all gradients; each is asked twice, and a changed input, or an output in the input's memory, counts as
  seen. The other peers ask once, forward, with dense arrays; one test of Keras also asks compiled.
- A convolution in which each channel is a group of its own is asked as a grouped and as a depthwise one.
- What is refused when a layer is made, or for a symbolic shape, is asked here with arrays.
- But for the fault the answer is the reference's, rounded once: a tolerance too tight for an honest framework costs
  the peer nothing.
"""


def render(peers: Sequence[tuple[Peer, Catches]], suite: Mapping[str, int] | None = None) -> str:
    """Give the page.

    Parameters
    ----------
    peers : sequence of Peer and what it catches
        One column each.
    suite : mapping of str to int, optional
        By a fault's name, how many cases of this suite's quick tier catch it: the first column.

    Returns
    -------
    str
        Markdown.
    """
    names = list(peers[0][1])
    heads = ["fault", *([] if suite is None else ["this suite"]), *(peer.name for peer, _ in peers)]
    lines = [_row(heads), _row(["---", *("---:" for _ in heads[1:])])]
    own = [] if suite is None else [f"**{sum(suite.get(name, 0) > 0 for name in names)}**"]
    lines.append(_row([f"**caught, of {len(names)}**", *own, *(f"**{_caught(found)}**" for _, found in peers)]))
    own = [] if suite is None else [""]
    lines.append(_row(["can show in some case", *own, *(str(_reached(found)) for _, found in peers)]))
    lines.append(_row(["cases and refusals", *own, *(f"{len(p.cases)} + {len(p.refusals)}" for p, _ in peers)]))
    for name in names:
        own = [] if suite is None else [str(suite.get(name, 0))]
        lines.append(_row([name, *own, *(_cell(found[name]) for _, found in peers)]))
    written = f"`{COMMAND}` wrote this page, with\n{_versions(peers)}.\n"
    before = [INTRODUCTION, *([] if suite is None else [SUITE]), written]
    return "\n".join((*before, *lines, "", METHOD, _left_out(peers)))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(catch: Catch) -> str:
    return f"{catch.caught}/{catch.reached}" if catch.reached else "·"


def _caught(found: Catches) -> int:
    return sum(catch.caught > 0 for catch in found.values())


def _reached(found: Catches) -> int:
    return sum(catch.reached > 0 for catch in found.values())


def _versions(peers: Sequence[tuple[Peer, Catches]]) -> str:
    """Name the packages, each once."""
    packages = {f"{peer.name.split()[0]} {peer.version}": None for peer, _ in peers}
    return ", ".join(packages)


def _left_out(peers: Sequence[tuple[Peer, Catches]]) -> str:
    """List what no problem says, by reason."""
    lines = ["What is left out:", ""]
    for peer, _ in peers:
        firsts: dict[str, str] = {}
        for name, reason in peer.skipped.items():
            firsts.setdefault(reason, name)
        for reason, count in Counter(peer.skipped.values()).items():
            more = f" and {count - 1} more" if count > 1 else ""
            lines.append(f"- {peer.name}, {firsts[reason]}{more}: {reason}.")
    return "\n".join(lines) + "\n"
