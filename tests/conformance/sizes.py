"""How much there is to compute in a case."""

import math
from functools import cache

from convformance.reference.case import parse_case


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
    problem = parse_case(case).problem
    return math.prod(problem.output_shape) * problem.products
