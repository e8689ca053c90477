"""The other engines: each conforms on a slice of the quick tier, but for what its list in docs/engines says."""

import json
import tomllib
from pathlib import Path

import pytest
from commands import HERE as FOLDER
from commands import python

from convformance.adapters.catalogue import catalogue
from convformance.adapters.find import registered

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OTHERS = {"keras", "tensorflow", "torch", "reference"}
"""Whom test_frameworks.py and all other tests are about."""
ELSEWHERE = {
    "paddle": "paddlepaddle has 700 MB, half of what all the others have together",
    "tinygrad": "it compiles with clang, which pip does not bring",
}
"""The engines that are judged in environments of their own only, `nox -s engines`, and why."""
HERE = sorted(set(registered()) - OTHERS - set(ELSEWHERE))


@pytest.mark.parametrize("name", HERE)
def test_an_engine_conforms_on_a_slice(name: str) -> None:
    # In a process of its own: engines crash, and spoil each other's threads.
    known = ROOT / "docs" / "engines" / f"{name}.toml"
    done = python(str(FOLDER / "engine_slice.py"), name, str(known) if known.exists() else "")
    assert done.returncode == 0, done.stderr
    # Some engines write when their process ends, too.
    found = json.loads(next(line for line in reversed(done.stdout.splitlines()) if line.startswith("{")))
    assert found["red"] == []
    assert found["claimed"] >= 7
    assert found["reasons"], "no engine takes everything that the corpus asks"
    installed = {listed.name: listed.version for listed in catalogue()}[name]
    assert str(installed).startswith(found["version"])


def test_every_engine_is_judged_here_or_its_reason_is_given() -> None:
    assert set(ELSEWHERE) <= set(registered())
    missing = [listed.name for listed in catalogue() if listed.name in HERE and listed.missing]
    assert missing == [], "not installed, and no reason why: see the dependency group engines"


def test_the_tests_install_what_the_engines_need() -> None:
    needs = {listed.name: set(listed.requires) for listed in catalogue()}
    here = set().union(*(needs[name] for name in HERE))
    brought = set().union(*(needs[name] for name in ("keras", "tensorflow", "torch")))
    groups = PROJECT["dependency-groups"]
    assert set(groups["engines"]) == here - brought
    assert {"include-group": "engines"} in groups["tests"]


def test_no_coverage_is_asked_of_those_who_are_not_judged_here_alone() -> None:
    files = {
        f"*/{registered()[name].partition(':')[0].replace('convformance.', '').replace('.', '/')}.py"
        for name in ELSEWHERE
    }
    assert set(PROJECT["tool"]["coverage"]["run"]["omit"]) == files
