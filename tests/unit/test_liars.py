"""Every lying adapter turns the suite red, and no honest one beside it does."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from hashlib import sha256
from types import ModuleType
from typing import Any, cast

import commands
import liars
import liars_of_behaviour
import liars_of_dtypes
import liars_of_edges
import liars_of_gradients
import liars_of_kinds
import liars_of_laws
import liars_of_modes
import liars_of_numbers
import liars_of_separable
import liars_of_specials
import liars_of_states
import liars_of_transposed
import liars_of_validation
import pytest
from commands import Run, words
from honest import Plain
from liars import Liar
from subtle import Subtle

from convformance.adapters.contract import Adapter
from convformance.reference.case import Case, parse_case
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.runner import judge_case
from convformance.tests.conformance.smoke import smoke
from convformance.tests.conformance.verdicts import Verdict

Lying = type[Liar] | type[Subtle]

BASES: set[type[Plain]] = {
    liars.Liar, liars_of_kinds.Depthwise, liars_of_numbers.Narrower, liars_of_behaviour.Deadly,
    liars_of_transposed.Transposed, liars_of_dtypes.Through, liars_of_dtypes.EveryTapRounded, liars_of_modes.Modes,
    liars_of_states.Misreads, liars_of_states.Threads, liars_of_validation.Accepts,
}  # fmt: skip
PLAIN = (liars, liars_of_kinds, liars_of_numbers, liars_of_behaviour)
"""Their liars know float32 outputs of plain and depthwise convolution, and nothing else."""
ITEMS = (
    liars_of_separable, liars_of_transposed, liars_of_gradients, liars_of_dtypes, liars_of_modes, liars_of_specials,
    liars_of_edges, liars_of_states, liars_of_validation, liars_of_laws,
)  # fmt: skip
"""Theirs offer everything, and lie about one item alone: `item` says of a case whether it is about that."""
ORIGINS: dict[str, Sequence[str]] = {
    "liars": ("targeted", "covering", "covering-undilated"),
    "liars_of_numbers": ("targeted", "covering", "covering-undilated"),
    "liars_of_behaviour": ("targeted", "covering", "covering-undilated"),
    "liars_of_kinds": ("covering-1d", "covering-3d", "covering-depthwise", "covering-depthwise-1d"),
    "liars_of_edges": ("edges",),
    "liars_of_dtypes": ("covering-dtypes-1d", "covering-dtypes-2d", "covering-dtypes-3d"),
    "liars_of_transposed": ("covering-transposed-2d", "pairs-transposed-1d", "pairs-transposed-3d", "edges"),
    "liars_of_states": ("states", "covering-memory"),
}
"""From which files of the corpus a module's liars are asked, where it is not from all of the quick tier."""
MOST = {"liars_of_transposed": 400, "liars_of_dtypes": 500}
"""How many cases a module's liars face at most, where it is not 200: a mixture of those that they may be asked."""
OTHER = 40
SEVERAL = 3
HONEST = [("honest", "Honest"), ("honest", "ChannelsFirst"), ("honest", "Backwards"), ("honest", "Plain")]
HONEST_NAMES = ("honest", "honest-channels-first", "honest-backwards", "honest-plain")
FEW = "--shard=1/270"
STRIDE_ZERO = "conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-b-f32.invalid-stride-zero.exact"


def classes(module: ModuleType) -> Iterator[Lying]:
    for _, found in inspect.getmembers(module, inspect.isclass):
        if issubclass(found, (Liar, Subtle)) and found.__module__ == module.__name__ and found not in BASES:
            yield found


DEADLY: list[Lying] = [found for found in classes(liars_of_behaviour) if issubclass(found, liars_of_behaviour.Deadly)]
ABORTS = liars_of_validation.AbortsOnStrideZero
LEAVES = liars_of_behaviour.RaisesSystemExit
LIVING = [found for module in (*PLAIN, *ITEMS) for found in classes(module) if found not in {*DEADLY, ABORTS}]
SUBTLE = [found for found in LIVING if issubclass(found, Subtle)]


@cache
def parsed(origins: Sequence[str] | None) -> list[tuple[Case, str]]:
    tier = load("quick" if origins is None else "full")
    return [(parse_case(text), origin) for text, origin in tier.items() if origins is None or origin in origins]


def dealt(cases: list[tuple[Case, str]], most: int) -> list[tuple[Case, str]]:
    """Take a fair mixture of the cases."""
    return sorted(cases, key=lambda each: sha256(str(each[0]).encode()).digest())[:most]


@cache
def faced(module: str) -> list[tuple[Case, str]]:
    """Give the cases that a module's liars face."""
    origins = ORIGINS.get(module)
    about = next((found.item for found in ITEMS if found.__name__ == module), lambda _: True)
    return dealt([(case, origin) for case, origin in parsed(origins) if about(case)], MOST.get(module, 200))


@cache
def not_faced(module: str) -> list[tuple[Case, str]]:
    """Give cases that are not about a module's item."""
    about = next(found.item for found in ITEMS if found.__name__ == module)
    return dealt([(case, origin) for case, origin in parsed(None) if not about(case)], OTHER)


def verdicts_on(liar: Lying, cases: list[tuple[Case, str]]) -> list[Verdict]:
    adapter = cast(Adapter, liar())
    return [judge_case(adapter, case, origin) for case, origin in cases]


def red_on(liar: Lying) -> list[Verdict]:
    return [verdict for verdict in verdicts_on(liar, faced(liar.__module__)) if verdict.fails]


def name_of(liar: Lying) -> str:
    return liar.__name__


def test_there_are_many_liars_and_each_says_what_is_wrong_with_it() -> None:
    assert len(LIVING) + len(DEADLY) >= 140
    assert all(liar.__doc__ for liar in (*LIVING, *DEADLY, ABORTS))
    for module in ITEMS:
        assert len(list(classes(module))) >= 2


@pytest.mark.parametrize("liar", LIVING, ids=name_of)
def test_a_liar_is_caught_by_several_cases(liar: Lying) -> None:
    assert smoke(cast(Adapter, liar())) is None
    red = red_on(liar)
    assert len(red) >= getattr(liar, "several", SEVERAL)
    found = {"stale" if verdict.stale else verdict.verdict for verdict in red}
    assert found == liar.verdicts
    assert any(liar.says in (verdict.stale or verdict.detail) for verdict in red)


@pytest.mark.parametrize("liar", SUBTLE, ids=name_of)
def test_a_liar_about_one_item_is_caught_by_no_other_case(liar: Lying) -> None:
    for verdict in verdicts_on(liar, not_faced(liar.__module__)):
        assert verdict.conforms, verdict


@pytest.mark.parametrize("module", [*PLAIN, *ITEMS], ids=lambda module: module.__name__)
def test_the_cases_that_liars_face_are_many(module: ModuleType) -> None:
    cases = faced(module.__name__)
    assert len(cases) >= 80
    if module in ITEMS:
        assert all(module.item(case) for case, origin in cases)
        assert len(not_faced(module.__name__)) >= OTHER // 2


TOGETHER: list[Lying] = [
    liars.KernelFlipped, liars_of_kinds.VolumesFlipped, liars_of_numbers.Tf32Inputs, liars_of_behaviour.InputChanged,
    liars_of_separable.ActivatesBetweenTheStages, liars_of_transposed.TransposedKernelFlipped,
    liars_of_gradients.GradientsAccumulate, liars_of_dtypes.IntegersThroughFloat32, liars_of_modes.ModeIgnored,
    liars_of_specials.InfinityTurnsToNan, liars_of_edges.PadsEndWithTheKernel, liars_of_states.FortranFiltersReadAsC,
    liars_of_validation.AcceptsEverything, liars_of_laws.LargeFiltersSaturate,
]  # fmt: skip
"""One of each module, whose lies show often."""


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Judge one liar of each module in one run, honest adapters among them."""
    names = [(liar.__module__, liar.__name__) for liar in TOGETHER]
    middle = len(names) // 2
    every = [*names[:middle], *HONEST, *names[middle:]]
    return commands.run(tmp_path_factory.mktemp("liars"), *words(every), "--shard=2/25")


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
    for liar in TOGETHER:
        red = run.red(liar.name)
        assert red
        assert {"stale" if verdict["stale"] else verdict["verdict"] for verdict in red} <= liar.verdicts


@pytest.mark.parametrize("liar", DEADLY, ids=name_of)
def test_a_liar_that_ends_its_process_is_caught_and_the_run_goes_on(
    liar: Lying, tmp_path_factory: pytest.TempPathFactory
) -> None:
    names = [HONEST[0], (liar.__module__, liar.__name__)]
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


def test_a_liar_that_aborts_at_a_stride_of_zero_has_crashed_and_the_run_goes_on(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("aborts")
    cases = [str(case) for case, origin in parsed(None) if origin == "validation"][:40:3]
    cases = list(dict.fromkeys([STRIDE_ZERO, *cases]))
    names = [HONEST[0], (ABORTS.__module__, ABORTS.__name__)]
    run = commands.ask(folder, names, cases)
    assert run.code == 1
    assert run.complete, run.stdout
    assert len(run.verdicts["honest"]) == len(run.verdicts[ABORTS.name]) == len(cases)
    for verdict in run.verdicts[ABORTS.name]:
        crashes = verdict["direction"] == "invalid-stride-zero"
        assert verdict["verdict"] == ("crashed" if crashes else "refused")
        assert not crashes or verdict["detail"] == ABORTS.says
    assert {verdict["verdict"] for verdict in run.verdicts["honest"]} == {"refused"}


def test_a_liar_that_raises_system_exit_is_caught_and_the_run_goes_on(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    names = [HONEST[0], (LEAVES.__module__, LEAVES.__name__)]
    run = commands.run(tmp_path_factory.mktemp("leaves"), *words(names), FEW)
    assert run.code == 1
    assert run.complete, run.stdout
    assert {verdict["verdict"] for verdict in run.red(LEAVES.name)} == LEAVES.verdicts
    assert all(verdict["detail"] == LEAVES.says for verdict in run.red(LEAVES.name))


def test_the_reference_stays_right_though_a_liar_changes_what_it_was_given() -> None:
    for liar in (liars_of_behaviour.InputChanged, liars_of_behaviour.FiltersChanged):
        said = {verdict.detail.split(":")[0] for verdict in red_on(liar)}
        assert said == {"the call changed its own input"}


def where(verdicts: list[Verdict], holds: Callable[[Any], bool]) -> bool:
    return bool(verdicts) and all(holds(parse_case(verdict.case)) for verdict in verdicts)


def test_a_lie_shows_only_where_it_is_told() -> None:
    assert where(red_on(liars.GroupsInterleaved), lambda case: case.problem.groups > 1)
    assert where(red_on(liars_of_behaviour.InputStridesIgnored), lambda case: case.memory == "view")
    assert where(red_on(liars_of_behaviour.FilterStridesIgnored), lambda case: case.memory == "view")
    assert where(red_on(liars_of_separable.PointwiseGradientKernelByKernel), lambda case: case.problem.multiplier > 1)
    assert where(red_on(liars_of_transposed.OutputPaddingIgnored), lambda case: any(case.problem.output_padding))
    assert where(red_on(liars_of_gradients.ReluMaskMissing), lambda case: case.problem.activation == "relu")
    assert where(red_on(liars_of_states.OneImageOfABroadcastBatch), lambda case: case.memory == "broadcast")
