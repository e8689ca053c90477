"""Nothing imports a framework until an adapter is made, and imports run one way."""

import ast
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from commands import python

from convformance.adapters.find import registered

ENGINES = (
    *("MNN", "ai_edge_litert", "cv2", "flax", "jax", "mlx", "ncnn", "onnx", "onnxruntime", "openvino", "paddle"),
    *("scipy", "tinygrad", "tvm"),
)
FRAMEWORKS = ("tensorflow", "keras", "torch", *ENGINES)
MODULES = (
    "convformance.reference.judge",
    "convformance.reference.telling",
    "convformance.adapters.call",
    "convformance.adapters.catalogue",
    "convformance.adapters.find",
    "convformance.adapters.importing",
    *sorted(value.partition(":")[0] for value in registered().values()),
    "convformance.tests.conformance.cli",
    "convformance.tests.conformance.corpus",
    "convformance.tests.conformance.plugin",
    "convformance.tests.conformance.preflight",
    "convformance.tests.conformance.running",
    "convformance.tests.conformance.report.terminal",
)
CATALOGUE = "from convformance.adapters.catalogue import catalogue, installed; catalogue(); installed()"
MAIN = "from convformance.tests.conformance.cli import main; main(['adapters'])"
HELP = "import contextlib\nfrom convformance.tests.conformance.cli import main\nwith contextlib.suppress(SystemExit):"
FORBIDDEN = {
    "reference": ("convformance.adapters", "convformance.tests", "convformance.benchmarks", *FRAMEWORKS),
    "adapters": ("convformance.tests", "convformance.benchmarks", *FRAMEWORKS),
    "tests.conformance": ("convformance.benchmarks", *FRAMEWORKS),
}


@pytest.mark.parametrize(
    "code",
    [*(f"import {module}" for module in MODULES), CATALOGUE, MAIN, f"{HELP} main(['--help'])"],
    ids=[*MODULES, "the catalogue", "listing adapters", "help"],
)
def test_importing_and_listing_import_no_framework(code: str) -> None:
    done = python("-c", f"{code}\nimport sys\nprint('loaded', [n for n in {FRAMEWORKS} if n in sys.modules])")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded []"


def test_a_run_of_another_adapter_imports_no_framework() -> None:
    code = (
        "import sys\nfrom honest import Honest\n"
        "class Looks(Honest):\n"
        "    def version(self): return str([n for n in ('tensorflow', 'keras', 'torch') if n in sys.modules])"
    )
    done = python("-c", f"{code}\nfrom convformance.tests.conformance.smoke import smoke\nprint(smoke(Looks()))")
    assert done.stdout.strip() == "None"


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            yield node.module or ""


@pytest.mark.parametrize("room", FORBIDDEN)
def test_imports_run_one_way(room: str) -> None:
    sources = [Path(str(file)) for file in files(f"convformance.{room}").iterdir() if file.name.endswith(".py")]
    assert len(sources) > 5
    for source in sources:
        for name in imported(source):
            assert not any(name == banned or name.startswith(f"{banned}.") for banned in FORBIDDEN[room]), source


def test_the_reference_needs_numpy_and_its_number_formats_alone() -> None:
    allowed = {"numpy", "ml_dtypes", "convformance"}
    standard = set(sys.stdlib_module_names)
    for source in files("convformance.reference").iterdir():
        if source.name.endswith(".py"):
            roots = {name.split(".")[0] for name in imported(Path(str(source)))}
            assert roots <= allowed | standard, source
