"""Verdicts as data: the function that the command line and pytest stand on."""

from pathlib import Path

import pytest
from commands import HERE, run
from honest import Honest

from convformance.adapters.contract import UnknownAdapterError
from convformance.reference.problem import Problem
from convformance.tests.conformance.judging import judge_adapter
from convformance.tests.conformance.options import UsageError
from convformance.tests.conformance.verdicts import Verdict

CASE = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f32.forward.exact"
REAL = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f32.forward.real"


def lasting(verdict: Verdict) -> Verdict:
    """Leave out what differs between two runs, and what a diagnosis adds."""
    verdict.framework_seconds = verdict.suite_seconds = 0.0
    verdict.fault = None
    return verdict


def test_the_function_and_the_command_line_give_the_same_verdicts(tmp_path: Path) -> None:
    done = run(tmp_path, "--adapter=reference+kernel-flipped", "--shard=3/200", "--no-diagnosis")
    written = [lasting(Verdict.from_record(record)) for record in done.lines[1:-1]]
    given = [lasting(verdict) for verdict in judge_adapter("reference+kernel-flipped", shard="3/200")]
    assert any(verdict.fails for verdict in given)
    assert any(verdict.conforms for verdict in given)
    assert sorted(given, key=lambda verdict: verdict.case) == sorted(written, key=lambda verdict: verdict.case)


def test_an_instance_and_its_spelling_are_the_same_adapter() -> None:
    (one,) = judge_adapter(Honest(), cases=[CASE])
    (other,) = judge_adapter(f"{HERE / 'honest.py'}:Honest", cases=[CASE])
    assert lasting(one) == lasting(other)
    assert one.verdict == "exact"
    assert one.answer is None


def test_an_answer_is_kept_where_it_is_asked_for() -> None:
    (one,) = judge_adapter(Honest(), cases=[REAL], keep_answers=True)
    assert one.verdict == "within_bound"
    assert one.answer is not None
    assert one.answer["at"] == [1, 2, 4, 3]
    assert len(one.answer["map"]) == 5


def test_verdicts_come_one_by_one() -> None:
    asked = []

    class Counting(Honest):
        def unsupported(self, problem: Problem) -> str | None:
            asked.append(problem)
            return super().unsupported(problem)

    verdicts = judge_adapter(Counting(), cases=[CASE, REAL])
    assert not asked
    next(verdicts)
    assert set(map(str, asked)) == {CASE.removesuffix(".forward.exact")}


def test_a_case_tells_where_it_is_from() -> None:
    known = {"conv2d-n1-i56x56-c64-f64-k1x1-s1x1-pvalid-d1x1-g1-f32.forward.real": "resnet-50"}
    (one,) = judge_adapter(Honest(), cases=known)
    assert "resnet-50" in one.features


def test_what_is_listed_says_so(tmp_path: Path) -> None:
    file = tmp_path / "expected.toml"
    file.write_text(
        "[[nonconformance]]\n"
        + "".join(f'{name} = "words"\n' for name in ("owner", "reason", "address", "note"))
        + f'name = "flipped"\nadapter = "reference+kernel-flipped"\nwhere = "groups == 2"\nverdicts = ["wrong"]\n'
        f'kind = "by design"\nsmallest = "{CASE}"\n',
        encoding="utf-8",
    )
    (one,) = judge_adapter("reference+kernel-flipped", cases=[CASE], expected=file)
    assert one.expected == "flipped"
    assert not one.fails


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tier": "slow"}, "--tier must be one of quick, full"),
        ({"cases": ["conv2d"]}, "conv2d"),
        ({"shard": "5/4"}, "--shard must be i/n"),
    ],
)
def test_what_can_not_be_asked_is_said_at_once(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        judge_adapter("reference", **wrong)  # type: ignore[arg-type]


def test_an_adapter_that_is_not_there_is_said_at_once() -> None:
    with pytest.raises(UnknownAdapterError):
        judge_adapter("nobody")
