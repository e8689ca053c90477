"""The real adapters: they conform, refuse what they say they refuse, and see filters as their frameworks keep them."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from commands import python, run
from honest import Array

from convformance.adapters.contract import Adapter
from convformance.adapters.find import find
from convformance.reference.case import Case, parse_case
from convformance.reference.problem import Problem
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.runner import judge_case

NAMES = ("keras", "tensorflow", "torch")
LISTED = f"--expected={Path(__file__).parents[2] / 'expected.toml'}"
RANKS = ("conv1d-n2-i9-c4-f6-k3-s2-p{}-d1-g2-b-f32", "conv3d-n2-i5x6x7-c4-f6-k3x2x1-s1x2x1-p{}-d1x1x1-g1-b-relu-f32")


@pytest.fixture(scope="session", params=NAMES)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    return find(request.param)


def test_the_three_conform(tmp_path: Path) -> None:
    done = run(tmp_path, *(f"--adapter={name}" for name in NAMES), "--shard=5/12", LISTED)
    assert done.code == 0, done.stdout
    assert done.complete
    for name in NAMES:
        assert not done.red(name)
        assert sum(verdict["verdict"] != "unsupported" for verdict in done.verdicts[name]) > 100


def test_the_three_conform_on_every_kind_but_for_what_is_listed(tmp_path: Path) -> None:
    done = run(tmp_path, *(f"--adapter={name}" for name in NAMES), "--tier=full", "--shard=7/60", LISTED)
    assert done.code == 0, done.stdout
    assert done.complete
    for name in NAMES:
        claimed = [verdict for verdict in done.verdicts[name] if verdict["verdict"] != "unsupported"]
        assert {"conv1d", "conv2d", "conv3d", "depthwise"} <= {
            row for verdict in claimed for row in verdict["features"]
        }
    known = {verdict["expected"] for verdict in done.verdicts["tensorflow"]} - {None}
    assert "tensorflow-depthwise-stride-with-dilation" in known


def test_the_version_is_the_installed_one(adapter: Adapter) -> None:
    package = {"tensorflow": "tensorflow-cpu"}.get(adapter.name, adapter.name)
    assert adapter.version().split("+")[0] == version(package).split("+")[0]


def test_what_is_declared_unsupported_is_really_refused(adapter: Adapter) -> None:
    reasons: dict[str, int] = {}
    cases = [parse_case(text) for text in load("quick")]
    for case in cases:
        reason = adapter.unsupported(case.problem)
        if reason is not None and reasons.get(reason, 0) < 40:
            reasons[reason] = reasons.get(reason, 0) + 1
            verdict = judge_case(adapter, case)
            assert verdict.verdict == "unsupported"
            assert verdict.stale is None
    assert len(reasons) == {"keras": 1, "tensorflow": 0, "torch": 1}[adapter.name]


@pytest.mark.parametrize("padding", ["valid", "same", "explicit"])
@pytest.mark.parametrize("text", RANKS, ids=["conv1d", "conv3d"])
def test_one_and_three_axes_conform_or_are_refused(adapter: Adapter, text: str, padding: str) -> None:
    pads = {"conv1d": "1+2", "conv3d": "1+2x0+1x1+1"}[text[:6]]
    verdict = judge_case(adapter, parse_case(text.format(pads if padding == "explicit" else padding)))
    assert not verdict.fails, verdict
    assert verdict.conforms or verdict.verdict == "unsupported"


def test_an_rgb_image_takes_three_kernels_a_filter_in_keras() -> None:
    keras = pytest.importorskip("keras")
    layer = keras.layers.Conv2D(8, (5, 4))
    layer.build((None, 32, 32, 3))
    kernel, bias = layer.get_weights()
    assert kernel.shape == (5, 4, 3, 8)
    assert bias.shape == (8,)


def test_an_rgb_image_takes_three_kernels_a_filter_in_torch() -> None:
    torch = pytest.importorskip("torch")
    layer = torch.nn.Conv2d(3, 8, (5, 4))
    assert tuple(layer.weight.shape) == (8, 3, 5, 4)
    assert tuple(layer.bias.shape) == (8,)


def test_the_adapters_are_handed_filters_in_these_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    case = parse_case("conv2d-n2-i9x8-c3-f8-k5x4-s1x1-pvalid-d1x1-g1-b-f32")
    for name, shape in (("keras", (5, 4, 3, 8)), ("tensorflow", (5, 4, 3, 8)), ("torch", (8, 3, 5, 4))):
        adapter = find(name)
        seen = _spied(adapter, monkeypatch)
        assert judge_case(adapter, case).verdict == "exact"
        assert seen() == shape


def _spied(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[int, ...]]:
    shapes: list[tuple[int, ...]] = []
    honest = adapter.convolve

    def convolve(problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        shapes.append(filters.shape)
        return honest(problem, x, filters, bias)

    monkeypatch.setattr(adapter, "convolve", convolve, raising=False)
    return lambda: shapes[-1]


def test_a_view_reaches_torch_as_its_channels_last_memory_format() -> None:
    torch = pytest.importorskip("torch")
    from convformance.adapters.call import arrange  # noqa: PLC0415
    from convformance.reference.numbers import operands  # noqa: PLC0415

    adapter = find("torch")
    dense = parse_case("conv2d-n2-i9x8-c3-f8-k5x4-s1x1-pvalid-d1x1-g1-b-f32")
    view = Case(dense.problem, memory="view")
    for case, expected in ((dense, False), (view, True)):
        image = torch.from_numpy(arrange(adapter, case, operands(case)).x)
        assert image.is_contiguous(memory_format=torch.channels_last) is expected
        assert image.is_contiguous() is not expected


@pytest.mark.parametrize(("name", "module"), [("keras", "keras"), ("tensorflow", "tensorflow"), ("torch", "torch")])
def test_a_missing_framework_names_the_extra_that_brings_it(name: str, module: str, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.abc, sys\n"
        "class Missing(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: raise ModuleNotFoundError(f'No module named {{name!r}}', name=name)\n"
        "sys.meta_path.insert(0, Missing())\n",
        encoding="utf-8",
    )
    command = ("-m", "convformance.tests.conformance.cli", "run", f"--adapter={name}")
    done = python(*command, cwd=tmp_path, environment={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 3
    assert f"python -m pip install 'convformance[{name}]'" in done.stderr
    assert done.stderr.count("\n") == 1
