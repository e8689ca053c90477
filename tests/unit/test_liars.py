"""Every lying adapter turns the suite red, and no honest one beside it does."""

import inspect
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType

import commands
import liars
import liars_of_behaviour
import liars_of_kinds
import liars_of_numbers
import pytest
from commands import Run, words
from liars import Liar

BASES = {liars.Liar, liars_of_kinds.Depthwise, liars_of_numbers.Narrower, liars_of_behaviour.Deadly}
MODULES = (liars, liars_of_kinds, liars_of_numbers, liars_of_behaviour)
HONEST = [("honest", "Honest"), ("honest", "ChannelsFirst"), ("honest", "Backwards")]
HONEST_NAMES = ("honest", "honest-channels-first", "honest-backwards")
PART = {"liars_of_kinds": ("--tier=full", "--shard=3/17")}
"""Which cases a module's liars face: part of the quick tier, but for kinds that only the full one has."""
FEW = "--shard=1/90"
SEVERAL = 3


def classes(module: ModuleType) -> Iterator[type[Liar]]:
    for _, found in inspect.getmembers(module, inspect.isclass):
        if issubclass(found, Liar) and found.__module__ == module.__name__ and found not in BASES:
            yield found


DEADLY = [liar for liar in classes(liars_of_behaviour) if issubclass(liar, liars_of_behaviour.Deadly)]
LEAVES = liars_of_behaviour.RaisesSystemExit
LIVING = [liar for module in MODULES for liar in classes(module) if liar not in {*DEADLY, LEAVES}]


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Judge all living liars of a module in one run, honest adapters among them."""

    @cache
    def run_module(module: str) -> Run:
        names = [(module, liar.__name__) for liar in LIVING if liar.__module__ == module]
        middle = len(names) // 2
        every = [*names[:middle], *HONEST, *names[middle:]]
        return commands.run(tmp_path_factory.mktemp(module), *words(every), *PART.get(module, ("--shard=2/7",)))

    return run_module


def verdicts_of(red: list[dict[str, object]]) -> set[object]:
    return {"stale" if verdict["stale"] else verdict["verdict"] for verdict in red}


def test_there_are_many_liars_and_each_says_what_is_wrong_with_it() -> None:
    assert len(LIVING) + len(DEADLY) >= 60
    assert all(liar.__doc__ for liar in (*LIVING, *DEADLY))


@pytest.mark.parametrize("module", [module.__name__ for module in MODULES])
def test_a_run_with_liars_ends_with_1_and_a_complete_report(module: str, judged: Callable[[str], Run]) -> None:
    run = judged(module)
    assert run.code == 1
    assert run.complete
    assert not run.stderr


@pytest.mark.parametrize("name", HONEST_NAMES)
@pytest.mark.parametrize("module", [module.__name__ for module in MODULES])
def test_an_honest_adapter_beside_liars_stays_green(module: str, name: str, judged: Callable[[str], Run]) -> None:
    run = judged(module)
    assert not run.red(name)
    assert {verdict["verdict"] for verdict in run.verdicts[name]} == {"exact", "within_bound"}
    assert len(run.verdicts[name]) == run.lines[0]["cases"]


@pytest.mark.parametrize("liar", LIVING, ids=lambda liar: liar.__name__)
def test_a_liar_is_caught_by_several_cases(liar: type[Liar], judged: Callable[[str], Run]) -> None:
    red = judged(liar.__module__).red(liar.name)
    assert len(red) >= SEVERAL
    assert verdicts_of(red) == liar.verdicts
    assert any(liar.says in (verdict["stale"] or verdict["detail"]) for verdict in red)


@pytest.mark.parametrize("liar", DEADLY, ids=lambda liar: liar.__name__)
def test_a_liar_that_ends_its_process_is_caught_and_the_run_goes_on(
    liar: type[Liar], tmp_path_factory: pytest.TempPathFactory
) -> None:
    names = [HONEST[0], (liar.__module__, liar.__name__)]
    run = commands.run(tmp_path_factory.mktemp("deadly"), *words(names), FEW, "--timeout=2")
    assert run.code == 1
    assert run.complete
    red = run.red(liar.name)
    assert len(red) >= SEVERAL
    assert verdicts_of(red) == liar.verdicts
    details = {verdict["detail"] for verdict in red}
    assert any(detail.startswith(liar.says) for detail in details)
    # On a busy machine a hang may be noted late, and be taken for a death.
    assert all(detail.startswith((liar.says, "the process died while computing")) for detail in details)
    assert all("groups" in verdict["features"] for verdict in red)
    assert not run.red("honest")
    assert len(run.verdicts["honest"]) == len(run.verdicts[liar.name]) == run.lines[0]["cases"]


def test_a_liar_that_raises_system_exit_is_caught_and_the_run_goes_on(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    names = [HONEST[0], (LEAVES.__module__, LEAVES.__name__)]
    run = commands.run(tmp_path_factory.mktemp("leaves"), *words(names), FEW)
    assert run.code == 1
    assert run.complete, run.stdout
    assert verdicts_of(run.red(LEAVES.name)) == LEAVES.verdicts
    assert all(verdict["detail"] == LEAVES.says for verdict in run.red(LEAVES.name))


def test_the_reference_stays_right_though_a_liar_changes_what_it_was_given(judged: Callable[[str], Run]) -> None:
    run = judged("liars_of_behaviour")
    for name in ("InputChanged", "FiltersChanged"):
        said = {verdict["detail"].split(":")[0] for verdict in run.red(name)}
        assert said == {"the call changed its own input"}


def test_a_lie_about_groups_shows_only_where_there_are_groups(judged: Callable[[str], Run]) -> None:
    for verdict in judged("liars").red("GroupsInterleaved"):
        assert "groups" in verdict["features"]


def test_views_that_are_read_as_contiguous_show_only_on_views(judged: Callable[[str], Run]) -> None:
    for name in ("InputStridesIgnored", "FilterStridesIgnored"):
        for verdict in judged("liars_of_behaviour").red(name):
            assert verdict["case"].endswith(".view")
