"""How much there is to compute in a case, and cases parsed once for everything that asks about them."""

import math
from functools import cache

from convformance.reference.case import Case, parse_case


@cache
def parsed(case: str) -> Case:
    """Rebuild a case; a report is gone through many times.

    Parameters
    ----------
    case : str
        Its text.

    Returns
    -------
    Case
        As `convformance.reference.case.parse_case` gives it.
    """
    return parse_case(case)


def looked_at_first(case: str) -> tuple[bool, int, str]:
    """Order failing cases: exact numbers before real ones, small cases before large ones.

    Parameters
    ----------
    case : str
        Its text.

    Returns
    -------
    tuple
        The key to sort by.
    """
    return parsed(case).numbers == "real", size_of(case), case


@cache
def size_of(case: str) -> int:
    """Count the multiplications of a case's output.

    Parameters
    ----------
    case : str
        Its text.

    Returns
    -------
    int
        Outputs times products.
    """
    problem = parsed(case).problem
    return math.prod(problem.output_shape) * problem.products
