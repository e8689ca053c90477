"""Every adapter that lies turns the suite red, and no honest one beside it does."""

from functools import cache
from hashlib import sha256
from typing import Any, cast

import commands
import liars
import pytest
from commands import Run, words

from convformance.adapters.contract import Adapter
from convformance.reference.case import Case, parse_case
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.runner import judge_case
from convformance.tests.conformance.smoke import smoke
from convformance.tests.conformance.verdicts import Verdict

LIVING: list[Any] = [
    liars.RaisesOnGroups, liars.GivesNoReason, liars.RaisesWhenAsked, liars.DeclaresTooLittle,
    liars.DeclaresAndAnswersWrongly, liars.EmptyBatchRaises, liars.FlushesMoreThanItDeclares, liars.RaisesSystemExit,
    liars.TakesGroupsInTurn,
]  # fmt: skip
DEADLY: list[Any] = [liars.Segfault, liars.Exits, liars.Hangs]
FAULTS = [
    "kernel-flipped",
    "groups-interleaved",
    "dx-with-the-kernel-not-flipped",
    "inputs-rounded-to-bfloat16",
    "input-overwritten",
]
"""Faults that show often, of several families."""
HONEST = [("honest", "Honest"), ("honest", "ChannelsFirst"), ("honest", "Backwards"), ("honest", "Plain")]
HONEST_NAMES = ("honest", "honest-channels-first", "honest-backwards", "honest-plain")
FEW = "--shard=1/270"
STRIDE_ZERO = "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-b-f32.invalid-stride-zero.exact"


@cache
def asked() -> list[tuple[Case, str]]:
    """Give a mixture of the quick tier, and all of it that is narrow."""
    tier = load("quick")
    mixed = sorted(tier, key=lambda text: sha256(text.encode()).digest())[:300]
    narrow = [text for text, origin in tier.items() if origin in ("edges", "special-values")]
    return [(parse_case(text), tier[text]) for text in dict.fromkeys([*mixed, *narrow])]


def red_on(liar: Any) -> list[Verdict]:
    adapter = cast(Adapter, liar())
    verdicts = [judge_case(adapter, case, origin) for case, origin in asked()]
    return [verdict for verdict in verdicts if verdict.fails]


@pytest.mark.parametrize("liar", LIVING, ids=lambda liar: liar.__name__)
@pytest.mark.usefixtures("posed_once")
def test_a_liar_is_caught_by_several_cases(liar: Any) -> None:
    assert smoke(cast(Adapter, liar())) is None
    red = red_on(liar)
    assert len(red) >= 3
    assert {"stale" if verdict.stale else verdict.verdict for verdict in red} == liar.verdicts
    assert any(liar.says in (verdict.stale or verdict.detail) for verdict in red)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Judge faults of several families in one run, honest adapters among them."""
    spelled = [f"--adapter=reference+{fault}" for fault in FAULTS]
    every = [*spelled[:2], *words(HONEST), *spelled[2:]]
    return commands.run(tmp_path_factory.mktemp("liars"), *every, "--shard=2/25")


def test_a_run_with_liars_ends_with_1_and_a_complete_report_and_honest_adapters_stay_green(run: Run) -> None:
    assert run.code == 1
    assert run.complete
    assert not run.stderr
    for name in HONEST_NAMES:
        assert not run.red(name)
        claimed = {verdict["verdict"] for verdict in run.verdicts[name]} - {"unsupported"}
        assert claimed == {"exact", "within_bound", "refused"}
        assert len(run.verdicts[name]) == run.lines[0]["cases"]
    assert "unsupported" not in {verdict["verdict"] for verdict in run.verdicts["honest"]}
    for fault in FAULTS:
        assert run.red(f"reference+{fault}")


def test_a_run_calls_each_liar_by_its_name(run: Run) -> None:
    named = {diagnosis["adapter"]: diagnosis["fault"] for diagnosis in reversed(run.lines[-1]["diagnoses"])}
    assert {adapter: fault.replace(" ", "-").lower() for adapter, fault in named.items()} == {
        f"reference+{fault}": fault for fault in FAULTS
    }
    for fault in FAULTS:
        name = named[f"reference+{fault}"]
        assert {verdict["fault"] for verdict in run.red(f"reference+{fault}")} == {name}
        assert name in run.stdout


def test_a_run_writes_a_script_for_each_liar_that_shows_the_lie(run: Run) -> None:
    for diagnosis in run.lines[-1]["diagnoses"]:
        if diagnosis["reproducer"] is None:
            assert diagnosis["fault"] == "input overwritten", diagnosis
            continue
        done = commands.python(str(run.folder / diagnosis["reproducer"]))
        assert done.returncode == 1, done.stderr
        assert "expected" in done.stdout


@pytest.mark.parametrize("liar", DEADLY, ids=lambda liar: liar.__name__)
def test_a_liar_that_ends_its_process_is_caught_and_the_run_goes_on(
    liar: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    names = [HONEST[0], ("liars", liar.__name__)]
    run = commands.run(tmp_path_factory.mktemp("deadly"), *words(names), FEW, "--timeout=2")
    assert run.code == 1
    assert run.complete
    red = run.red(liar.name)
    assert red
    assert {verdict["verdict"] for verdict in red} == liar.verdicts
    details = {verdict["detail"] for verdict in red}
    assert any(detail.startswith(liar.says) for detail in details)
    # On a busy machine a hang may be noted late, and be taken for a death.
    assert all(detail.startswith((liar.says, "the process died while computing")) for detail in details)
    assert all("groups" in verdict["features"] for verdict in red)
    assert not run.red("honest")
    assert len(run.verdicts["honest"]) == len(run.verdicts[liar.name]) == run.lines[0]["cases"]
    for diagnosis in run.lines[-1]["diagnoses"]:
        assert diagnosis["fault"] is None
        assert "groups" in diagnosis["description"]


def test_a_liar_that_aborts_at_a_stride_of_zero_has_crashed_and_the_run_goes_on(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("aborts")
    cases = [text for text, origin in load("quick").items() if origin == "validation"][:40:3]
    cases = list(dict.fromkeys([STRIDE_ZERO, *cases]))
    names = [HONEST[0], ("liars", "AbortsOnStrideZero")]
    run = commands.ask(folder, names, cases)
    assert run.code == 1
    assert run.complete, run.stdout
    assert len(run.verdicts["honest"]) == len(run.verdicts["AbortsOnStrideZero"]) == len(cases)
    for verdict in run.verdicts["AbortsOnStrideZero"]:
        crashes = verdict["direction"] == "invalid-stride-zero"
        assert verdict["verdict"] == ("crashed" if crashes else "refused")
        assert not crashes or verdict["detail"] == liars.AbortsOnStrideZero.says
    assert {verdict["verdict"] for verdict in run.verdicts["honest"]} == {"refused"}


def test_a_liar_that_raises_system_exit_is_caught_and_the_run_goes_on(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    names = [HONEST[0], ("liars", "RaisesSystemExit")]
    run = commands.run(tmp_path_factory.mktemp("leaves"), *words(names), FEW)
    assert run.code == 1
    assert run.complete, run.stdout
    assert {verdict["verdict"] for verdict in run.red("RaisesSystemExit")} == {"rejected"}
    assert all(verdict["detail"] == "SystemExit: 0" for verdict in run.red("RaisesSystemExit"))
