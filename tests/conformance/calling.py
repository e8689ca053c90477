"""Call an adapter: count its seconds, and turn whatever it raises into something that can be judged."""

import time
import warnings
from collections.abc import Callable
from typing import TypeVar

from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.judge import Claim
from convformance.reference.precision import PRECISIONS

Result = TypeVar("Result")


class AnswerError(Exception):
    """The adapter raised instead of answering."""


class Stopwatch:
    """Counts the seconds inside the adapter's calls.

    Attributes
    ----------
    seconds : float
        So far.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def call(self, function: Callable[[], Result]) -> Result:
        """Call once; the warnings a framework gives its users are not what is judged here.

        Raises
        ------
        AnswerError
            Whatever was raised, described.
        """
        begin = time.perf_counter()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return function()
        except (Exception, SystemExit) as error:
            raise AnswerError(describe(error)) from error
        finally:
            self.seconds += time.perf_counter() - begin


def describe(error: BaseException) -> str:
    """Give an exception as one line of bounded length."""
    line = " ".join(f"{type(error).__name__}: {error}".split())
    return line if len(line) <= 500 else f"{line[:500]}..."


def claim_of(adapter: Adapter, case: Case) -> Claim:
    """Give what an adapter claims of its arithmetic in a case.

    Parameters
    ----------
    adapter : Adapter
        May have `accumulators` and `flushes_subnormals`.
    case : Case
        Its dtype counts, and where the claim tells them apart (``"bfloat16 dbias"``), its direction.

    Returns
    -------
    Claim
        With the default accumulator where nothing is claimed.
    """
    accumulators = getattr(adapter, "accumulators", None) or {}
    dtype = case.problem.dtype
    name = accumulators.get(f"{dtype} {case.direction}", accumulators.get(dtype))
    return Claim(PRECISIONS[name] if name is not None else None, bool(getattr(adapter, "flushes_subnormals", False)))
