"""Call an adapter: count its seconds, and turn whatever it raises into something that can be judged."""

import time
import warnings
from collections.abc import Callable
from typing import TypeVar

from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.directions import FORWARD, GRADIENTS
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
    try:
        said = str(error)
    except Exception:  # noqa: BLE001 - an exception of somebody else's may not even be readable
        said = "its message can't be read"
    line = " ".join(f"{type(error).__name__}: {said}".split())
    return shortened(line)


def shortened(text: str) -> str:
    """Give at most 500 characters of what an adapter says, and say that there were more."""
    return text if len(text) <= 500 else f"{text[:500]}..."


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
    accumulators = claimed_accumulators(adapter)
    dtype = case.problem.dtype
    name = accumulators.get(f"{dtype} {case.direction}", accumulators.get(dtype))
    return Claim(PRECISIONS[name] if name is not None else None, dtype in flushed_dtypes(adapter))


def claimed_accumulators(adapter: Adapter) -> dict[str, str]:
    """Give the accumulators that an adapter claims.

    Parameters
    ----------
    adapter : Adapter
        May have `accumulators`.

    Returns
    -------
    dict of str to str
        By dtype, or by dtype and direction.

    Raises
    ------
    ValueError
        For a word that is none, saying what is allowed.
    """
    claimed = dict(getattr(adapter, "accumulators", None) or {})
    for key, accumulator in claimed.items():
        dtype, _, direction = key.partition(" ")
        fine = dtype in PRECISIONS and accumulator in PRECISIONS and direction in ("", FORWARD, *GRADIENTS)
        if not fine or PRECISIONS[accumulator].significand_bits < PRECISIONS[dtype].significand_bits:
            raise ValueError(
                f"accumulators must map a dtype ({', '.join(PRECISIONS)}), or a dtype and a direction "
                f"({', '.join((FORWARD, *GRADIENTS))}), to a dtype that is no narrower: got {key!r}: {accumulator!r}"
            )
    return claimed


def flushed_dtypes(adapter: Adapter) -> list[str]:
    """Name the dtypes in which an adapter may take subnormal numbers for zeros."""
    flushes = getattr(adapter, "flushes_subnormals", ())
    if isinstance(flushes, bool):
        return list(PRECISIONS) if flushes else []
    return [dtype for dtype in PRECISIONS if dtype in flushes]
