"""A run of an adapter that nobody knows ends with what is wrong with it, in words that hold."""

import json
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any, cast

import commands
import pytest
from commands import Run
from honest import GroupByGroup

from convformance.adapters.contract import Adapter
from convformance.adapters.faulty import Faulty
from convformance.adapters.numpy_reference import Reference
from convformance.reference.case import parse_case
from convformance.reference.faults import FAULTS
from convformance.reference.mutants.mutant import generate
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.diagnosis.asking import Asker
from convformance.tests.conformance.diagnosis.laboratory import said, stand_in
from convformance.tests.conformance.preflight import Found
from convformance.tests.conformance.runner import judge_case
from convformance.tests.conformance.score.recognising import recognise
from convformance.tests.conformance.sizes import size_of

UNKNOWN = '''
from typing import Any

import numpy as np

from convformance.adapters.numpy_reference import Reference
from convformance.reference.problem import Problem


class LastImageLost(Reference):
    """Leaves the last image of a batch of three images at minus one."""

    name = "last-image-lost"

    def convolve(self, problem: Any, x: Any, filters: Any, bias: Any) -> Any:
        known = Problem(**{name: getattr(problem, name) for name in Problem.__dataclass_fields__})
        output = super().convolve(known, x, filters, bias)
        if problem.batch == 3:
            output[-1] = -1
        return output


class BitsLost(Reference):
    """Keeps 15 bits of the input."""

    name = "bits-lost"

    def convolve(self, problem: Any, x: Any, filters: Any, bias: Any) -> Any:
        if x.dtype == np.float32:
            x = (x.view(np.uint32) & np.uint32(0xFFFFFE00)).view(np.float32)
        return super().convolve(problem, x, filters, bias)


class Dies(Reference):
    """Ends its process where there are groups."""

    name = "dies"

    def convolve(self, problem: Any, x: Any, filters: Any, bias: Any) -> Any:
        if problem.groups > 1 and problem.channels == 6:
            import os
            os._exit(3)
        return super().convolve(problem, x, filters, bias)
'''


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("unknown")
    file = folder / "unknown.py"
    file.write_text(UNKNOWN, encoding="utf-8")
    names = [f"--adapter={file}:{name}" for name in ("LastImageLost", "BitsLost", "Dies")]
    return commands.run(folder / "report", *names, "--shard=1/60")


def diagnoses(run: Run, adapter: str) -> list[dict[str, Any]]:
    return [diagnosis for diagnosis in run.lines[-1]["diagnoses"] if diagnosis["adapter"] == adapter]


def test_what_has_no_name_is_described_by_where_it_shows(run: Run) -> None:
    assert run.complete
    found = diagnoses(run, "last-image-lost")
    assert found
    assert {diagnosis["fault"] for diagnosis in found} == {None}
    assert any("those of the last image" in diagnosis["description"] for diagnosis in found)
    assert {diagnosis["title"] for diagnosis in found} >= {"wrong values in the output"}
    assert "\nwrong values in the output last-image-lost, " in run.stdout
    for diagnosis in found:
        assert json.dumps(diagnosis["description"]).strip('"')


def test_a_narrower_input_is_measured_and_not_called_by_the_name_of_another(run: Run) -> None:
    found = diagnoses(run, "bits-lost")
    assert {diagnosis["fault"] for diagnosis in found} == {None}
    assert any("numbers of the input keep 15 of 24 bits" in diagnosis["description"] for diagnosis in found)


def test_each_failure_has_its_smallest_case_and_a_script_that_shows_it(run: Run) -> None:
    for diagnosis in diagnoses(run, "last-image-lost"):
        assert parse_case(diagnosis["smallest"]).problem.batch == 3
        if diagnosis["reproducer"] is None:
            assert diagnosis["missing"]
            continue
        assert parse_case(diagnosis["minimal"]).problem.batch == 3
        done = commands.python(str(run.folder / diagnosis["reproducer"]), cwd=run.folder.parent)
        assert done.returncode == 1, done.stderr
    assert any(diagnosis["reproducer"] for diagnosis in diagnoses(run, "last-image-lost"))


def test_what_kills_its_process_is_described_all_the_same(run: Run) -> None:
    found = diagnoses(run, "dies")
    assert found
    assert all("groups" in diagnosis["description"] for diagnosis in found)
    assert {diagnosis["fault"] for diagnosis in found} == {None}


def test_without_a_diagnosis_failures_are_grouped(tmp_path: Path) -> None:
    run = commands.run(tmp_path, "--adapter=reference+kernel-flipped", "--shard=1/200", "--no-diagnosis")
    assert run.code == 1
    assert run.lines[-1]["diagnoses"] == []
    assert "\nwrong values in the output reference+kernel-flipped, " in run.stdout
    assert "elements differ from the exact value" in run.stdout
    assert not (tmp_path / "reproducers").exists()


def test_one_case_alone_is_named_after_further_cases_were_asked(tmp_path: Path) -> None:
    case = "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-b-f32"
    done = commands.convformance("case", case, "--adapter=reference+kernel-flipped", cwd=tmp_path)
    assert done.returncode == 1
    assert "kernel flipped reference+kernel-flipped, 1 case" in done.stdout
    assert "shrunk to" in done.stdout


def test_mutants_are_never_called_by_a_wrong_name() -> None:
    """A mutant may be a named fault under another number: then it does the same on all that is asked."""
    tier = sorted(load("quick"), key=size_of)
    tier = [case for case in tier if size_of(case) <= 2**14]
    for mutant in generate(5, 8):
        fault = mutant.as_fault()
        for finding in recognise(fault, tier[::30], tier, seconds=5).findings:
            for hypothesis in finding.hypotheses:
                named = reduce(Faulty, (FAULTS[name] for name in hypothesis), cast(Adapter, Reference()))
                for text in tier[::7]:
                    one, other = (
                        judge_case(cast(Adapter, adapter), parse_case(text))
                        for adapter in (Faulty(cast(Adapter, Reference()), fault), named)
                    )
                    assert said(one) == said(other), (str(mutant), hypothesis, text)


def twice(adapter: Adapter, number: int) -> int:
    assert adapter.name == "reference"
    return 2 * number


def dies(adapter: Adapter) -> None:
    raise SystemExit(adapter.name)


def test_a_question_that_kills_its_process_has_no_answer_and_the_next_one_has() -> None:
    with Asker("reference", seconds=30) as asker:
        assert asker.ask(twice, 4) == 8
        assert asker.ask(dies) is None
        assert asker.ask(twice, 5) == 10
    with Asker("no such adapter", seconds=30) as asker:
        assert asker.ask(twice, 4) is None


def test_the_stand_in_of_an_adapter_claims_and_offers_what_it_does() -> None:
    found = Found("x", "x", "1", "channels_first", {"conv": "OI*"}, {"float16": "float32"}, ["float32"], ["gradients"])
    twin: Any = stand_in(found)
    assert (twin.data_layout, twin.filter_layouts) == ("channels_first", {"conv": "OI*"})
    assert (twin.accumulators, twin.flushes_subnormals) == ({"float16": "float32"}, ["float32"])
    assert twin.gradients is not None
    assert twin.separable is None
    case = replace(parse_case("conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-f32"), direction="dx")
    assert judge_case(twin, case).verdict == "exact"


@pytest.mark.parametrize(
    ("fault", "direction"),
    [
        ("transposed groups interleaved", "forward"),
        ("filter strides ignored", "forward"),
        ("filter strides ignored behind", "dx"),
        ("filters left flipped", "dx"),
        ("dfilters folded over groups", "dfilters"),
    ],
)
def test_the_stand_in_is_handed_filters_group_by_group_where_the_adapter_is(fault: str, direction: str) -> None:
    found = Found("x", "x", "1", "channels_last", dict(GroupByGroup.filter_layouts), {}, [], ["gradients", "gradient"])
    case = parse_case(f"transposed2d-n2-i5x4-c4-f6-k3x2-s2x1-pvalid-d1x1-g2-b-f32.{direction}.exact.view")
    assert judge_case(stand_in(found), case).verdict == "exact"
    liar = judge_case(Faulty(cast(Adapter, GroupByGroup()), FAULTS[fault]), case)
    assert said(judge_case(Faulty(stand_in(found), FAULTS[fault]), case)) == said(liar)
    assert liar.verdict == "wrong"
