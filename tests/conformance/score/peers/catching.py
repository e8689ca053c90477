"""Count which faults a peer's cases would notice."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.adapters.call import arrange, ask, canonical_answer
from convformance.adapters.contract import Adapter
from convformance.adapters.faulty import Faulty
from convformance.adapters.numpy_reference import Reference, compute
from convformance.reference.case import Case
from convformance.reference.faults import Fault
from convformance.reference.operands import Operands
from convformance.tests.conformance.score.peers.record import Peer, PeerCase, Refusal

Array = npt.NDArray[Any]

COMPILED: Final = "state-compiled"


@dataclass
class Catch:
    """What one fault meets in one peer.

    Attributes
    ----------
    reached : int
        Cases in which the fault may show, by its own condition.
    caught : int
        Those of them that come out wrong beyond the peer's tolerance.
    """

    reached: int = 0
    caught: int = 0


def catches(peer: Peer, faults: Iterable[Fault]) -> dict[str, Catch]:
    """Put every fault in front of the reference, and ask it all that a peer asks, in the peer's order.

    Parameters
    ----------
    peer : Peer
        The tests.
    faults : iterable of Fault
        The lies.

    Returns
    -------
    dict of str to Catch
        By the fault's name.
    """
    liars = [(fault, Faulty(Reference(), fault), Catch()) for fault in faults]
    for case in peer.cases:
        direction = "forward" if case.direction == COMPILED else case.direction
        reached = [liar for liar in liars if liar[0].applies(case.problem, direction)]
        right = compute(case.problem, case.operands, direction) if reached else np.zeros(0)
        for _, adapter, catch in reached:
            catch.reached += 1
            catch.caught += notices(peer, case, adapter, right)
    for refusal in peer.refusals:
        for fault, adapter, catch in liars:
            if fault.takes is not None:
                catch.reached += 1
                catch.caught += accepted(adapter, refusal)
    return {fault.name: catch for fault, _, catch in liars}


def notices(peer: Peer, case: PeerCase, adapter: Adapter, right: Array) -> bool:
    """Tell whether a peer's comparison fails.

    Parameters
    ----------
    peer : Peer
        Says how often it asks and whether it looks at its input again.
    case : PeerCase
        The question.
    adapter : Adapter
        Who is asked; of the reference's layouts.
    right : array
        The true answer.

    Returns
    -------
    bool
        Also where an exception comes back.
    """
    question = Case(case.problem, "forward" if case.direction == COMPILED else case.direction, memory=case.memory)
    given = arrange(adapter, question, case.operands)
    before = given.map(np.copy)
    for _ in range(peer.calls):
        try:
            answer = _asked(adapter, case, question, given)
        except Exception:  # noqa: BLE001 - a fault may raise anything, and every peer would see it
            return True
        if differs(canonical_answer(adapter, question, answer), right, case.rtol, case.atol):
            return True
        if peer.watches_inputs and _touched(before, given, answer):
            return True
    return False


def differs(answer: object, right: Array, rtol: float, atol: float) -> bool:
    """Tell whether an answer is wrong to a peer.

    Parameters
    ----------
    answer : object
        What came back, in canonical layout.
    right : array
        The true answer.
    rtol, atol : float
        An infinite `rtol` compares shape and dtype alone.

    Returns
    -------
    bool
        True for anything of another shape or dtype.
    """
    if not isinstance(answer, np.ndarray) or answer.shape != right.shape or answer.dtype != right.dtype:
        return True
    if np.isinf(rtol):
        return False
    wide = np.float64
    return not np.allclose(answer.astype(wide), right.astype(wide), rtol=rtol, atol=atol, equal_nan=True)


def accepted(adapter: Adapter, refusal: Refusal) -> bool:
    """Tell whether an adapter gives an answer to what a peer wants refused.

    Parameters
    ----------
    adapter : Adapter
        Who is asked.
    refusal : Refusal
        The question.

    Returns
    -------
    bool
        Whether no exception came.
    """
    problem, given = refusal.problem, refusal.operands
    convolve: Any = adapter.convolve
    try:
        if given.pointwise is not None:
            convolve = adapter.separable  # type: ignore[attr-defined] # the reference offers it
            convolve(problem, given.x, given.filters, given.pointwise, given.bias)
        else:
            convolve(problem, given.x, given.filters, given.bias)
    except Exception:  # noqa: BLE001 - any error is a refusal
        return False
    return True


def _asked(adapter: Adapter, case: PeerCase, question: Case, given: Operands) -> object:
    """Ask once, compiled where the peer does."""
    if case.direction != COMPILED:
        return ask(adapter, question, given)
    compiled: Any = adapter.compiled  # type: ignore[attr-defined] # the reference offers it
    return compiled(case.problem, given.x, given.filters, given.bias)


def _touched(before: Operands, given: Operands, answer: object) -> bool:
    """Tell whether a call has changed its input, or gives memory of it as its output."""
    pairs = [(getattr(before, name), getattr(given, name)) for name in Operands.__dataclass_fields__]
    return any(
        not np.array_equal(old, new) or (isinstance(answer, np.ndarray) and np.shares_memory(answer, new))
        for old, new in pairs
        if old is not None
    )
