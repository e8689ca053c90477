"""Call an adapter: count its seconds, and turn whatever it raises into something that can be judged."""

import time
import warnings
from collections.abc import Callable
from typing import Final, TypeVar

from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.directions import FORWARD, GRADIENTS
from convformance.reference.judge import Claim
from convformance.reference.precision import PRECISIONS
from convformance.reference.problem import KINDS

Result = TypeVar("Result")
_CLAIMED_WORDS: Final = {FORWARD, *GRADIENTS, *KINDS, *(f"{kind}{rank}d" for kind in KINDS for rank in (1, 2, 3))}


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
        Its dtype, kind, rank and direction count, as far as the claim tells them apart.

    Returns
    -------
    Claim
        With the default accumulator where nothing is claimed.
    """
    accumulators = claimed_accumulators(adapter)
    problem, dtype = case.problem, case.problem.dtype
    words = {dtype, case.direction, problem.kind, f"{problem.kind}{problem.rank}d"}
    fitting = [key for key in accumulators if words.issuperset(key.split())]
    # The key that says most counts, of two that say as much the narrower format.
    name = min(
        (accumulators[key] for key in fitting if len(key.split()) == max(len(one.split()) for one in fitting)),
        key=lambda one: PRECISIONS[one].significand_bits,
        default=None,
    )
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
        By dtype, or by dtype with a kind, a kind with its rank, or a direction.

    Raises
    ------
    ValueError
        For a word that is none, saying what is allowed.
    """
    claimed = dict(getattr(adapter, "accumulators", None) or {})
    for key, accumulator in claimed.items():
        dtype, *others = key.split() or [""]
        fine = dtype in PRECISIONS and accumulator in PRECISIONS and set(others) <= _CLAIMED_WORDS
        if not fine or PRECISIONS[accumulator].significand_bits < PRECISIONS[dtype].significand_bits:
            raise ValueError(
                f"accumulators must map a dtype ({', '.join(PRECISIONS)}), which a kind (conv, conv3d) and a direction "
                f"({', '.join((FORWARD, *GRADIENTS))}) may follow, to a dtype that is no narrower: got {key!r}: "
                f"{accumulator!r}"
            )
    return claimed


def flushed_dtypes(adapter: Adapter) -> list[str]:
    """Name the dtypes in which an adapter may take subnormal numbers for zeros."""
    flushes = getattr(adapter, "flushes_subnormals", ())
    if isinstance(flushes, bool):
        return list(PRECISIONS) if flushes else []
    return [dtype for dtype in PRECISIONS if dtype in flushes]
