"""What has one cause is one failure: sums that are rounded on the way, and a dtype that has no kernel."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from convformance.adapters.find import find
from convformance.reference.case import parse_case
from convformance.tests.conformance.diagnosis.naming import Diagnosis, name_failures
from convformance.tests.conformance.preflight import Found
from convformance.tests.conformance.runner import judge_case
from convformance.tests.conformance.verdicts import Verdict

ENGINES = '''
from typing import Any

import numpy as np

from convformance.adapters.numpy_reference import Reference
from convformance.reference.layouts import CANONICAL_DATA
from convformance.reference.meetings import meetings


class Narrow(Reference):
    """Adds up one product after the other, and rounds each sum to the dtype of the layer."""

    name = "narrow"

    def gradients(self, problem: Any, x: Any, filters: Any, bias: Any, cotangent: Any) -> Any:
        right = list(super().gradients(problem, x, filters, bias, cotangent))
        dx, dfilters = np.zeros_like(x), np.zeros_like(filters)
        for cell, tap, output in meetings(problem):
            dx[cell] += cotangent[output] * filters[tap]
            dfilters[tap] += x[cell] * cotangent[output]
        return [dx, dfilters, *right[2:]]

    gradient = None


class Noisy(Reference):
    """Is a little off in every gradient."""

    name = "noisy"

    def gradients(self, *question: Any) -> Any:
        return [None if one is None else one * one.dtype.type(1.004) for one in super().gradients(*question)]

    gradient = None


class Refuses(Reference):
    """Has no float16 kernel with dilation or groups."""

    name = "refuses"
    dtypes = ("float16",)

    def refuse(self, problem: Any) -> None:
        if problem.dtype in self.dtypes and problem.groups > 1:
            raise RuntimeError(f"the kernel of conv{problem.rank}d has no groups: got {problem.groups}")
        if problem.dtype in self.dtypes and max(problem.dilation) > 1:
            raise RuntimeError(f"dilation rates larger than 1 are not supported in conv{problem.rank}d")

    def convolve(self, problem: Any, x: Any, filters: Any, bias: Any) -> Any:
        self.refuse(problem)
        return super().convolve(problem, x, filters, bias)

    def gradients(self, problem: Any, *arrays: Any) -> Any:
        self.refuse(problem)
        return super().gradients(problem, *arrays)

    gradient = None


class RefusesAll(Refuses):
    """Has no kernel with dilation or groups."""

    name = "refuses-all"
    dtypes = ("float16", "float32")
'''
GRADIENTS = [
    "conv2d-n3-i4x6-c4-f2-k2x2-s1x1-p0+2x1+0-d2x1-g2-f16.dfilters.real",
    "conv1d-n3-i17-c2-f2-k3-s1-psame-d1-g1-f16.dfilters.real.view",
    "conv2d-n2-i5x4-c4-f8-k3x2-s1x1-psame-d1x1-g1-f16.dx.real",
    "depthwise2d-n2-i5x4-c2-f8-k3x2-s1x1-psame-d1x1-g2-f16.dx.real",
    "transposed2d-n2-i4x6-c3-f6-k3x2-s2x2-pvalid-d1x1-g3-f16.dfilters.real",
]
REFUSED = [
    "conv1d-n2-i9-c4-f6-k3-s1-pvalid-d1-g2-f16.forward.exact",
    "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g2-f16.forward.exact",
    "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d2x1-g1-f16.forward.exact",
    # In float32 the numbers of this one could not tell.
    "transposed3d-n6-i5x3x43-c15-f1-k4x1x4-s3x4x1-p1+2x2+2x43+5-o2x1x0-d3x1x2-g1-relu-f16.dx.exact",
]


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("engines") / "engines.py"
    file.write_text(ENGINES, encoding="utf-8")
    return file


def diagnosed(engines: Path, name: str, cases: Sequence[str], folder: Path) -> tuple[list[Diagnosis], list[Verdict]]:
    """Judge cases on an adapter, and name what fails."""
    spelling = f"{engines}:{name}"
    adapter: Any = find(spelling)
    verdicts = [judge_case(adapter, parse_case(case)) for case in cases]
    offers = ["gradients"] if adapter.gradient is None else ["gradients", "gradient"]
    layouts = adapter.data_layout, dict(adapter.filter_layouts)
    (folder / "reproducers").mkdir()
    return name_failures(Found(spelling, adapter.name, "1", *layouts, {}, [], offers), verdicts, [], folder), verdicts


def test_wrong_values_of_one_accumulator_are_one_failure(engines: Path, tmp_path: Path) -> None:
    (found,), verdicts = diagnosed(engines, "Narrow", GRADIENTS, tmp_path)
    assert {verdict.verdict for verdict in verdicts} == {"imprecise"}
    assert (found.fault, found.title, found.cases) == (None, "float16 sums rounded to float16", len(GRADIENTS))
    assert {verdict.title for verdict in verdicts} == {found.title}
    assert "2**11 + 1 - 2**11 is not 1 in every order" in found.description


def test_other_wrong_values_are_called_by_where_they_are(engines: Path, tmp_path: Path) -> None:
    found, verdicts = diagnosed(engines, "Noisy", GRADIENTS, tmp_path)
    assert {verdict.verdict for verdict in verdicts} == {"imprecise"}
    assert {one.title: one.cases for one in found} == {"wrong values in dfilters": 3, "wrong values in dx": 2}
    assert {verdict.title for verdict in verdicts} == {None}


def test_what_only_one_dtype_meets_is_one_failure(engines: Path, tmp_path: Path) -> None:
    (found,), verdicts = diagnosed(engines, "Refuses", REFUSED, tmp_path)
    assert found.title == "only in float16: the kernel of conv1d has no groups: got 2, and other refusals"
    assert found.cases == len(REFUSED)
    assert "in float32 the same questions are answered" in found.description
    assert 'refused with "dilation rates larger than 1 are not supported in conv2d": 2 cases' in found.description
    assert {verdict.title for verdict in verdicts} == {found.title}


def test_what_all_dtypes_meet_stays_two_failures(engines: Path, tmp_path: Path) -> None:
    found, verdicts = diagnosed(engines, "RefusesAll", REFUSED, tmp_path)
    assert [one.title for one in found] == [
        "the kernel of conv1d has no groups: got 2",
        "dilation rates larger than 1 are not supported in conv2d",
    ]
    assert {verdict.title for verdict in verdicts} == {None}
