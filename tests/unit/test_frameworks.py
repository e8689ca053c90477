"""The real adapters: they conform, refuse what they say they refuse, and see filters as their frameworks keep them."""

import re
import shlex
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from commands import Run, python, run
from summing import Array

from convformance.adapters.call import arrange
from convformance.adapters.catalogue import catalogue
from convformance.adapters.claims import not_offered, posed
from convformance.adapters.contract import Adapter
from convformance.adapters.find import find
from convformance.adapters.importing import TENSORFLOW_REQUIRES
from convformance.adapters.processor import processor
from convformance.adapters.tensorflow_kernels import eigen_dtypes
from convformance.reference.case import Case, parse_case
from convformance.reference.directions import FORWARD, GRADIENTS
from convformance.reference.numbers import operands
from convformance.reference.problem import Problem
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.runner import judge_case

NAMES = ("keras", "tensorflow", "torch")
LISTED = f"--expected={Path(__file__).parents[2] / 'expected.toml'}"
KINDS = {
    "conv1d": "conv1d-n2-i9-c4-f6-k3-s2-p{}-d1-g2-b",
    "conv2d": "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-p{}-d1x1-g1-b",
    "conv3d": "conv3d-n2-i5x6x7-c4-f6-k3x2x1-s1x2x1-p{}-d1x1x1-g1-b",
    "depthwise2d": "depthwise2d-n2-i9x8-c3-f6-k3x2-s1x1-p{}-d1x1-g3-b",
    "separable2d": "separable2d-n2-i9x8-c3-f5-x2-k3x2-s1x1-p{}-d1x1-g3-b",
    "transposed1d": "transposed1d-n2-i7-c4-f3-k3-s2-p{}-d1-g1-b",
    "transposed2d": "transposed2d-n2-i5x4-c4-f3-k3x2-s2x1-p{}-d1x1-g1-b",
    "transposed3d": "transposed3d-n2-i3x4x2-c4-f3-k2x3x1-s1x2x2-p{}-d1x1x1-g1-b",
}
PADS = {1: "1+2", 2: "1+2x0+1", 3: "1+0x0+1x0+0"}
FORMATS = ("f64", "f16", "bf16", "i32", "i64")
UNCLAIMED = {
    "keras": {"i32", "i64"},
    "tensorflow": {"conv1d f64", "i32", "i64"},
    "torch": {"separable2d", "i32", "i64", "same"},
}
"""What the adapters need not claim of the spot checks, beside what Eigen refuses; everything else they must."""


@pytest.fixture(scope="session", params=NAMES)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    return find(request.param)


def unlisted(done: Run, name: str) -> list[dict[str, Any]]:
    return [verdict for verdict in done.red(name) if verdict["stale"] or not verdict["expected"]]


@pytest.mark.heavy
@pytest.mark.parametrize("chosen", [("--shard=5/30",), ("--tier=full", "--shard=25/170")], ids=["quick", "full"])
def test_the_three_conform_but_for_what_is_listed(chosen: tuple[str, ...], tmp_path: Path) -> None:
    done = run(tmp_path, *(f"--adapter={name}" for name in NAMES), *chosen, LISTED)
    assert done.code == 0, done.stdout
    assert done.complete
    for name in NAMES:
        assert not unlisted(done, name)
        claimed = [verdict for verdict in done.verdicts[name] if verdict["verdict"] != "unsupported"]
        assert len(claimed) > 90
        features = {row for verdict in claimed for row in verdict["features"]}
        assert {"conv1d", "conv2d", "depthwise2d", "transposed2d", "dx", "dfilters", "dbias", "float64"} <= features


def test_the_version_is_the_installed_one(adapter: Adapter) -> None:
    package = TENSORFLOW_REQUIRES[0].partition(">")[0] if adapter.name == "tensorflow" else adapter.name
    assert adapter.version().split("+")[0] == version(package).split("+")[0]


def test_what_is_declared_unsupported_is_really_refused(adapter: Adapter) -> None:
    reasons: dict[str, int] = {}
    for text in load("quick"):
        case = parse_case(text)
        if not_offered(adapter, case) is not None or case.direction not in (FORWARD, *GRADIENTS):
            continue
        reason = refusal(adapter, case)
        if reason is not None and reasons.get(reason, 0) < 8:
            reasons[reason] = reasons.get(reason, 0) + 1
            verdict = judge_case(adapter, case)
            assert verdict.verdict == "unsupported", verdict
            assert verdict.stale is None, verdict
    assert len(reasons) >= 3
    assert all(reason.lower().startswith(("keras", "tensorflow", "tf.nn", "torch")) for reason in reasons), reasons


def refusal(adapter: Adapter, case: Case) -> str | None:
    problem = posed(adapter, case.problem)
    reason = adapter.unsupported(problem)
    if reason is None and case.is_gradient and hasattr(adapter, "unsupported_gradients"):
        reason = adapter.unsupported_gradients(problem)
    return reason


def checked(adapter: Adapter, text: str, *marks: str) -> None:
    """Judge one case: it conforms, or it is refused and one of its marks says that it may be."""
    verdict = judge_case(adapter, parse_case(text))
    if verdict.verdict == "unsupported":
        by_eigen = adapter.name != "torch" and parse_case(text).problem.dtype in eigen_dtypes(processor())
        assert by_eigen or UNCLAIMED[adapter.name] & set(marks), verdict
        assert verdict.stale is None, verdict
    else:
        assert verdict.conforms, verdict


@pytest.mark.parametrize("padding", ["valid", "same", "explicit"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_and_gradient_conforms_or_is_refused(adapter: Adapter, kind: str, padding: str) -> None:
    text = KINDS[kind].format(PADS[int(kind[-2])] if padding == "explicit" else padding)
    for direction in ("forward", "dx", "dfilters", "dbias", *(["dpointwise"] if kind == "separable2d" else [])):
        checked(adapter, f"{text}-f32.{direction}.exact", kind, padding)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_number_format_conforms_or_is_refused(adapter: Adapter, kind: str, dtype: str) -> None:
    text = f"{KINDS[kind].format('valid')}-{dtype}"
    checked(adapter, f"{text}.forward.exact", kind, dtype, f"{kind} {dtype}")
    if not dtype.startswith("i"):
        checked(adapter, f"{text}.dfilters.real", kind, dtype, f"{kind} {dtype}")


def test_an_rgb_image_comes_with_as_many_gradients_as_weights(adapter: Adapter) -> None:
    case = Case(parse_case("conv2d-n2-i9x8-c3-f8-k5x4-s1x1-pvalid-d1x1-g1-b-f32").problem, "dx")
    given = arrange(adapter, case, operands(case))
    found = adapter.gradients(case.problem, given.x, given.filters, given.bias, given.cotangent)  # type: ignore[attr-defined]
    assert [gradient.shape for gradient in found] == [given.x.shape, given.filters.shape, (8,)]


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
    adapter = find("torch")
    dense = parse_case("conv2d-n2-i9x8-c3-f8-k5x4-s1x1-pvalid-d1x1-g1-b-f32")
    view = Case(dense.problem, memory="view")
    for case, expected in ((dense, False), (view, True)):
        image = torch.from_numpy(arrange(adapter, case, operands(case)).x)
        assert image.is_contiguous(memory_format=torch.channels_last) is expected
        assert image.is_contiguous() is not expected


@pytest.mark.parametrize("name", ["keras", "tensorflow", "torch"])
def test_a_missing_framework_says_what_pip_brings_it_by(name: str, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.abc, sys\n"
        "class Missing(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {name!r}: raise ModuleNotFoundError(f'No module named {{name!r}}', name=name)\n"
        "sys.meta_path.insert(0, Missing())\n",
        encoding="utf-8",
    )
    command = ("-m", "convformance.tests.conformance.cli", "run", f"--adapter={name}")
    done = python(*command, cwd=tmp_path, environment={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 3
    requires = {listed.name: listed.requires for listed in catalogue()}[name]
    # TensorFlow imports Keras, so that it may be the one that does not import.
    assert re.search(
        rf"{name} is (not installed|missing): python -m pip install {re.escape(shlex.join(requires))}", done.stderr
    )
    assert done.stderr.count("\n") == 1
