"""A package of somebody else brings an adapter: built as a wheel, installed beside ours, found by its name, judged."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest
from commands import HERE, convformance, run

from convformance.adapters.catalogue import catalogue, installed
from convformance.adapters.contract import UnknownAdapterError
from convformance.adapters.find import GROUP, find, registered

PACKAGE = HERE / "third_party"
RIVAL = """
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "rival-conv"
version = "3.0"

[project.entry-points."convformance.adapters"]
tiny-shared = "rival_conv:Rival"

[tool.setuptools]
py-modules = ["rival_conv"]
"""


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Install two packages from their wheels, and give the environment in which Python sees them."""
    folder = tmp_path_factory.mktemp("third_party")
    # A build leaves files behind: it is not done in the checkout.
    shutil.copytree(PACKAGE, folder / "tiny", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "rival").mkdir()
    (folder / "rival" / "pyproject.toml").write_text(RIVAL, encoding="utf-8")
    (folder / "rival" / "rival_conv.py").write_text("from tiny_conv.adapter import Tiny as Rival\n", encoding="utf-8")
    target = folder / "site"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--target", str(target))
    alone = ("--no-index", "--no-deps", "--no-build-isolation")
    done = subprocess.run(  # noqa: S603 - our own interpreter and folders
        [*pip, *alone, str(folder / "tiny"), str(folder / "rival")],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert (target / "tiny_conv-0.7.2.dist-info" / "entry_points.txt").is_file()
    return {"PYTHONPATH": os.pathsep.join([str(target), str(HERE)])}


@pytest.fixture(scope="module")
def listed(beside: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What ``convformance adapters`` prints: name to version and what is declared."""
    done = convformance("adapters", environment=beside)
    assert done.returncode == 0, done.stderr
    found: dict[str, tuple[str, str]] = {}
    name = ""
    for line in done.stdout.splitlines():
        if line.startswith("│"):
            first, *more = (part.strip() for part in line.strip("│").split("│"))
            name = first or name
            version, declares = (
                f"{former} {part}".strip() for former, part in zip(found.get(name, ("", "")), more, strict=True)
            )
            found[name] = version, declares
    return found


def test_it_is_listed_with_the_version_of_its_package(listed: dict[str, tuple[str, str]]) -> None:
    assert listed["tiny"] == ("0.7.2", "channels_first; filters conv OI*")
    assert {"keras", "tensorflow", "torch", "reference"} <= set(listed)


def test_one_that_can_not_be_imported_is_listed_with_the_reason(listed: dict[str, tuple[str, str]]) -> None:
    assert listed["tiny-unloadable"][1] == (
        "can't be loaded: ImportError: libtiny.so.3: cannot open shared object file"
    )


def test_a_name_that_two_packages_register_is_nobodys(
    listed: dict[str, tuple[str, str]], beside: Mapping[str, str], tmp_path: Path
) -> None:
    said = (
        "registered by several packages: rival-conv as rival_conv:Rival, tiny-conv as tiny_conv.adapter:Tiny; "
        "give the module:Attribute that is meant, or uninstall the others"
    )
    assert said in listed["tiny-shared"][1]
    done = run(tmp_path, "--adapter=tiny-shared", environment=beside)
    assert (done.code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize("spelling", ["torch", "torch+kernel-flipped", "torch+kernel-flipped+kernel-flipped"])
def test_a_name_of_ours_that_another_registers_is_not_guessed(spelling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = entry_points(group=GROUP, name="torch"), [EntryPoint("torch", "other:Torch", GROUP)]
    monkeypatch.setattr("convformance.adapters.find.entry_points", lambda **_: [*theirs, *ours, *ours])
    said = "'torch' is registered by several packages: convformance as convformance.adapters.torch_nn:Torch, "
    with pytest.raises(UnknownAdapterError, match=f"{said}a package without a name as other:Torch; give the module"):
        find(spelling)
    assert "torch" not in registered()
    assert [one.name for one in catalogue()] == ["torch"]
    # Nobody's adapter is left out of a run in silence: who asks for all that are there gets the error.
    assert installed() == ["torch"]


def test_a_name_that_is_registered_twice_for_one_place_is_one_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = entry_points(group=GROUP, name="torch")
    monkeypatch.setattr("convformance.adapters.find.entry_points", lambda **_: [*ours, *ours])
    assert registered() == {"torch": "convformance.adapters.torch_nn:Torch"}


def test_it_is_judged_by_its_name(beside: Mapping[str, str], tmp_path: Path) -> None:
    done = run(tmp_path, "--adapter=tiny", "--shard=4/300", "--jobs=1", environment=beside)
    assert done.code == 0, done.stdout + done.stderr
    assert done.complete
    (header,) = done.lines[0]["adapters"]
    assert (header["name"], header["spelling"], header["version"]) == ("tiny", "tiny", "0.7.2")
    assert done.lines[0]["packages"]["tiny-conv"] == "0.7.2"
    assert list(done.verdicts) == ["tiny"]
    assert {"exact", "within_bound", "unsupported"} <= {verdict["verdict"] for verdict in done.verdicts["tiny"]}
