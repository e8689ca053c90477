"""Every step of the ladder is the same convolution."""

import numpy as np
import pytest

from convformance.benchmarks.ladder import STEPS, STEPS_OF
from convformance.benchmarks.layers import Layer
from convformance.benchmarks.limit import product
from convformance.reference.case import Case
from convformance.reference.judge import judge
from convformance.reference.posing import pose
from convformance.reference.problem import Problem

LOPSIDED = Problem(
    batch=2,
    spatial=(11, 9),
    channels=3,
    filters=4,
    kernel_size=(3, 2),
    strides=(2, 1),
    padding=((2, 0), (0, 1)),
    dilation=(1, 3),
    dtype="float64",
)
CASE = Case(LOPSIDED)
POSED = pose(CASE)


@pytest.mark.parametrize("name", STEPS)
def test_a_step_gives_the_exact_answer(name: str) -> None:
    answer = STEPS[name](LOPSIDED, POSED.operands.x, POSED.operands.filters)
    assert judge(answer, POSED.evaluation, CASE).verdict == "exact"


@pytest.mark.parametrize("layer", STEPS_OF, ids=lambda layer: layer.name)
def test_the_layers_are_what_the_steps_take(layer: Layer) -> None:
    problem = layer.problem
    plain = Problem(
        batch=1,
        spatial=problem.spatial,
        channels=problem.channels,
        filters=problem.filters,
        kernel_size=problem.kernel_size,
        padding="same",
    )
    assert problem == plain


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_limit_is_one_product_of_its_dtype(dtype: str) -> None:
    found = product(3, dtype)()
    assert isinstance(found, np.ndarray)
    assert found.dtype == dtype
    one, other = (np.random.default_rng(seed).standard_normal((3, 3)).astype(dtype) for seed in (1, 2))
    np.testing.assert_allclose(found, one @ other, rtol=1e-5)
