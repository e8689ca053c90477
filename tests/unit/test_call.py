"""What an adapter is handed: its own layouts, in the memory that the case asks for, and back again."""

from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import REPEATABLE, problems

from convformance.adapters.call import arrange, canonical_operands, canonical_output
from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.numbers import operands
from convformance.reference.problem import Problem

LAYOUTS = [("channels_last", "*IO"), ("channels_first", "OI*"), ("channels_last", "O*I"), ("channels_first", "IO*")]
MANY = Problem(batch=2, spatial=(5, 6), channels=3, filters=4, kernel_size=(2, 3), use_bias=True)


class Declares:
    """An adapter that only declares."""

    name = "layouts"

    def __init__(self, data_layout: str, filters: str) -> None:
        self.data_layout = data_layout
        self.filter_layouts = {"conv": filters}

    def version(self) -> str:
        return "1"

    def unsupported(self, problem: Problem) -> str | None:
        return str(problem)

    def convolve(self, problem: Problem, x: object, filters: object, bias: object) -> np.ndarray:
        raise NotImplementedError(problem, x, filters, bias)


def adapter_of(data_layout: str, filters: str) -> Adapter:
    return cast(Adapter, Declares(data_layout, filters))


@given(problems(ranks=(2,)), st.sampled_from(LAYOUTS), st.sampled_from(["dense", "view"]))
@REPEATABLE
def test_what_is_handed_over_comes_back_as_it_was(problem: Problem, layouts: tuple[str, str], memory: str) -> None:
    case = Case(problem, memory="view" if memory == "view" else "dense")
    adapter = adapter_of(*layouts)
    numbers = operands(case)
    given_numbers = arrange(adapter, case, numbers)
    back = canonical_operands(adapter, case, given_numbers)
    np.testing.assert_array_equal(back.x, numbers.x, strict=True)
    np.testing.assert_array_equal(back.filters, numbers.filters, strict=True)
    assert (back.bias is None) == (numbers.bias is None) == (not problem.use_bias)


@pytest.mark.parametrize("layouts", LAYOUTS)
def test_dense_arrays_are_contiguous_and_views_are_not(layouts: tuple[str, str]) -> None:
    adapter = adapter_of(*layouts)
    dense, view = Case(MANY), Case(MANY, memory="view")
    for array in (arrange(adapter, dense, operands(dense)).x, arrange(adapter, dense, operands(dense)).filters):
        assert array.flags.c_contiguous
    for array in (arrange(adapter, view, operands(view)).x, arrange(adapter, view, operands(view)).filters):
        assert not array.flags.c_contiguous
        assert array.flags.writeable


@pytest.mark.parametrize("memory", ["dense", "view"])
@pytest.mark.parametrize("layouts", LAYOUTS)
def test_writing_to_what_is_handed_over_changes_nobody_else(layouts: tuple[str, str], memory: str) -> None:
    case = Case(MANY, memory="view" if memory == "view" else "dense")
    numbers = operands(case)
    for name in ("x", "filters", "bias"):
        assert not np.shares_memory(getattr(arrange(adapter_of(*layouts), case, numbers), name), getattr(numbers, name))


def test_shapes_are_those_of_the_layouts() -> None:
    case = Case(MANY)
    handed = arrange(adapter_of("channels_first", "OI*"), case, operands(case))
    assert handed.x.shape == (2, 3, 5, 6)
    assert handed.filters.shape == (4, 3, 2, 3)
    handed = arrange(adapter_of("channels_last", "O*I"), case, operands(case))
    assert handed.x.shape == (2, 5, 6, 3)
    assert handed.filters.shape == (4, 2, 3, 3)


def test_an_answer_comes_back_in_canonical_layout() -> None:
    answer = np.zeros((2, 4, 5, 6))
    first = canonical_output(adapter_of("channels_first", "OI*"), answer)
    last = canonical_output(adapter_of("channels_last", "*IO"), answer)
    assert isinstance(first, np.ndarray)
    assert isinstance(last, np.ndarray)
    assert first.shape == (2, 5, 6, 4)
    assert last.shape == (2, 4, 5, 6)


@pytest.mark.parametrize("answer", [None, "text", [1, 2], np.float32(1), np.zeros(3)])
def test_what_is_no_image_is_left_to_the_judge(answer: object) -> None:
    assert canonical_output(adapter_of("channels_first", "OI*"), answer) is answer
