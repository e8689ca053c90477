"""Faults of padding: the wrong side, the wrong amount, the wrong content."""

from convformance.reference.faults.fault import fault, plain
from convformance.reference.faults.question import Array, Question


@fault(
    "SAME pads the head",
    evidence="keras-team/keras#22876",
    seen="the total pad of SAME is odd: kernel 3 or 5 with stride 2 and an even size, kernel 2 with stride 1",
    about=lambda problem: plain(problem) and problem.padding == "same" and any(a != b for a, b in problem.pads),
)
def _same_head(question: Question) -> Array:
    """Put the odd cell of SAME before the axis instead of behind it."""
    return question.bent(pads=tuple((after, before) for before, after in question.problem.pads))
