from dataclasses import replace

import numpy as np
import pytest
from problems import integers

from convformance.reference.errors import ProblemError
from convformance.reference.operands import require_fitting
from convformance.reference.problem import Problem

PROBLEM = Problem(batch=2, spatial=(5, 4), channels=2, filters=3, kernel_size=(2, 2), use_bias=True)
NUMBERS = integers(PROBLEM, 1)


def test_arrays_that_fit_are_let_through() -> None:
    require_fitting(PROBLEM, NUMBERS.map(lambda array: array.astype(np.float32)))


def test_what_does_not_fit_is_named_with_what_it_has_and_must_have() -> None:
    fitting = NUMBERS.map(lambda array: array.astype(np.float32))
    with pytest.raises(ProblemError, match=r"x must have the shape \(2, 5, 4, 2\) .*: got one of shape \(1, 5, 4, 2\)"):
        require_fitting(PROBLEM, replace(fitting, x=fitting.x[:1]))
    with pytest.raises(ProblemError, match=r"bias must have the shape \(3,\) .*: got none"):
        require_fitting(PROBLEM, replace(fitting, bias=None))
    with pytest.raises(ProblemError, match="bias must have none"):
        require_fitting(replace(PROBLEM, use_bias=False), fitting)
    with pytest.raises(ProblemError, match=r"filters must be float32 .*: got float64"):
        require_fitting(PROBLEM, replace(fitting, filters=fitting.filters.astype(np.float64)))
