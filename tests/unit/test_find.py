"""Adapters are found by name, module or file, and what is not one says why."""

import tomllib
from importlib.metadata import version
from pathlib import Path

import honest
import pytest
from packaging.requirements import Requirement

from convformance.adapters.catalogue import catalogue, installed, packages_of
from convformance.adapters.contract import Adapter, AdapterError, UnknownAdapterError
from convformance.adapters.find import find, registered

FILE = Path(honest.__file__)


def test_the_built_in_adapters_are_registered() -> None:
    names = list(registered())
    assert names == sorted(names)
    assert {"keras", "tensorflow", "torch"} <= set(names)


def test_the_catalogue_says_what_they_declare() -> None:
    listed = {one.name: one for one in catalogue()}
    assert listed["torch"].declares == (
        "channels_first; filters conv OI*, transposed IO*; offers gradients, gradient, layer, threads"
    )
    assert listed["keras"].declares == (
        "channels_last; filters conv *IO, depthwise *IM, transposed *OI; "
        "offers gradients, gradient, separable, separable_gradients, layer, compiled"
    )
    for name in installed():
        assert not listed[name].missing


def test_the_extras_bring_what_the_adapters_need() -> None:
    listed = {one.name: one.requires for one in catalogue()}
    assert listed["torch"] == ("torch>=2.5",)
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra, requires in project["optional-dependencies"].items():
        if extra in listed:
            here = [one for one in map(Requirement, requires) if one.marker is None or one.marker.evaluate()]
            assert tuple(str(one).partition(";")[0] for one in here) == listed[extra], extra


@pytest.mark.parametrize(("machine", "package"), [("x86_64", "tensorflow-cpu"), ("aarch64", "tensorflow")])
def test_each_machine_is_given_one_tensorflow(machine: str, package: str) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra in ("keras", "tensorflow"):
        asked = [Requirement(text) for text in project["optional-dependencies"][extra]]
        given = [one.name for one in asked if one.marker is None or one.marker.evaluate({"platform_machine": machine})]
        assert [name for name in given if name.startswith("tensorflow")] == [package]


class Engine:
    framework, requires = "numpy.linalg", ("numpy>=2", "pillow", "not-there>=1")


def test_the_packages_that_an_adapter_stands_on() -> None:
    found = packages_of(Engine())
    assert found == {"numpy": version("numpy"), "pillow": version("pillow")}
    assert packages_of(object()) == {}


@pytest.mark.parametrize("spelling", ["honest:Honest", f"{FILE}:Honest"])
def test_a_class_of_a_module_or_a_file_is_made(spelling: str) -> None:
    found = find(spelling)
    assert isinstance(found, Adapter)
    assert found.name == "honest"


def test_an_instance_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("from honest import Honest\nmine = Honest()\n", encoding="utf-8")
    assert find(f"{file}:mine") is find(f"{file}:mine")


@pytest.mark.parametrize("spelling", ["nonesuch", "", ":", "a:", ":b", "module:1x", "module:a.b"])
def test_what_is_spelled_as_no_adapter_is_unknown(spelling: str) -> None:
    with pytest.raises(UnknownAdapterError, match=r"unknown adapter .*: give one of .*keras"):
        find(spelling)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("raise ImportError('no driver')", "can't be loaded: ImportError: no driver"),
        ("x = (", "can't be loaded: SyntaxError"),
        ("class A: pass", "name must be letters"),
        ("class A:\n    name = 'a'", "data_layout must be one of"),
        ("class A:\n    name = 'a'\n    data_layout = 'channels_last'", "filter_layouts must give 'conv'"),
        ("from honest import Honest\nclass A(Honest):\n    version = '1'", "asks for a method 'version'"),
        ("from honest import Honest\nclass A(Honest):\n    unsupported = None", "asks for a method 'unsupported'"),
        ("from honest import Honest\nclass A(Honest):\n    def __init__(self, x): pass", "can't be made: TypeError"),
    ],
)
def test_a_file_without_an_adapter_says_what_is_missing(content: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(AdapterError) as refusal:
        find(f"{file}:A")
    assert said in str(refusal.value)
    assert str(file) in str(refusal.value)


def declaring(layouts: dict[str, str], tmp_path: Path) -> str:
    file = tmp_path / "mine.py"
    file.write_text(f"from honest import Honest\nclass A(Honest):\n    filter_layouts = {layouts}\n", encoding="utf-8")
    return f"{file}:A"


@pytest.mark.parametrize("layout", ["(GO)*I", "(GO)I*", "*(GO)I", "I(GO)*", "IO*"])
def test_transposed_filters_may_lie_group_by_group(layout: str, tmp_path: Path) -> None:
    spelling = declaring({"conv": "O*I", "transposed": layout}, tmp_path)
    assert find(spelling).filter_layouts["transposed"] == layout


@pytest.mark.parametrize(
    ("kind", "layout", "axes"),
    [
        ("conv", "(GO)*I", "*, I and O, like {'conv': '*IO'}, (GO) in place of O for 'transposed' alone: got"),
        (
            "depthwise",
            "(GO)*I",
            "*, I and M, like {'depthwise': '*IM'}, (GO) in place of O for 'transposed' alone: got",
        ),
        ("transposed", "(GO)O*I", "*, O and I, like {'transposed': '*OI'}, (GO) in place of O for 'transposed' alone"),
        ("transposed", "(GO)(GO)*I", "*, O and I, like"),
        ("transposed", "(OG)*I", "*, O and I, like {'transposed': '*OI'}: got"),
        ("transposed", "GO*I", "*, O and I, like {'transposed': '*OI'}: got"),
        ("transposed", "(GO)*", "*, O and I, like"),
    ],
)
def test_a_layout_group_by_group_that_is_none_is_refused(kind: str, layout: str, axes: str, tmp_path: Path) -> None:
    with pytest.raises(AdapterError) as refusal:
        find(declaring({"conv": "*IO", kind: layout}, tmp_path))
    assert f"filter_layouts must give {kind!r} a layout of {axes}" in str(refusal.value)
    assert layout in str(refusal.value)


@pytest.mark.parametrize("spelling", ["nowhere.py:A", "no_such_module:A", "json:A"])
def test_a_place_that_holds_none_says_so(spelling: str) -> None:
    with pytest.raises(AdapterError, match=spelling.split(":", maxsplit=1)[0]):
        find(spelling)


def test_who_is_judged_only_where_it_is_named_is_not_judged_otherwise() -> None:
    asked = {listed.name for listed in catalogue() if listed.opt_in}
    assert asked == {"keras-jax", "keras-torch", "onnx-reference", "reference", "scipy"}
    assert not asked & set(installed())
