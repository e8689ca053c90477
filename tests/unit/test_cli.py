"""The command line: what a wrong word leads to, and what a right one does."""

from pathlib import Path

import pytest
from commands import adapter, convformance, run

from convformance.adapters.importing import TENSORFLOW_REQUIRES

CASE = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f32"
HONEST = adapter("honest", "Honest")
FEW = "--shard=11/141"

BROKEN = """
import os
from honest import Honest

class NoConvolve:
    name, data_layout, filter_layouts = "x", "channels_last", {"conv": "*IO"}
    def version(self): return "1"
    def unsupported(self, problem): return None

class DataLayout(Honest):
    data_layout = "NHWC"

class FilterLayout(Honest):
    filter_layouts = {"conv": "HWIO"}

class NoFilterLayout(Honest):
    filter_layouts = {"depthwise": "*IM"}

class Name(Honest):
    name = "a name:with spaces"

class Raises(Honest):
    def __init__(self): raise RuntimeError("no licence\\nfound")

class Dies(Honest):
    def __init__(self): os._exit(5)

class Smoke(Honest):
    def convolve(self, problem, x, filters, bias): return 2 * super().convolve(problem, x, filters, bias)

class SmokeRaises(Honest):
    def convolve(self, problem, x, filters, bias): raise KeyError("conv")

class SmokeNothing(Honest):
    def convolve(self, problem, x, filters, bias): return None

class SmokeUnsupported(Honest):
    def unsupported(self, problem): return "never"

class NoVersion(Honest):
    def version(self): raise AttributeError("no version")

instance = Honest()
number = 5
"""


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("broken") / "broken.py"
    file.write_text(BROKEN, encoding="utf-8")
    (file.parent / "syntax.py").write_text("def x(:\n", encoding="utf-8")
    return file


def one_line(stderr: str) -> str:
    """Require exactly one line, without a traceback, and give what it says."""
    assert stderr.startswith("convformance: "), stderr
    assert stderr.count("\n") == 1, stderr
    assert stderr.endswith("\n")
    assert "Traceback" not in stderr
    return stderr.removeprefix("convformance: ").strip()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "arguments are required"),
        (["walk"], "invalid choice: 'walk'"),
        (["run", "--speed"], "unrecognized arguments: --speed"),
        (["run", "--adapter"], "expected one argument"),
        (["run", HONEST, "--tier", "medium"], "--tier must be one of quick, full: got 'medium'"),
        (["run", HONEST, "--shard", "0/3"], "--shard must be i/n with 1 <= i <= n, like 1/4: got '0/3'"),
        (["run", HONEST, "--shard", "4/3"], "got '4/3'"),
        (["run", HONEST, "--shard", "third"], "got 'third'"),
        (["run", HONEST, "--shard", "99999/99999"], "holds no case"),
        (
            ["run", HONEST, "--max-work", "0"],
            "--max-work must be at least 1: got 0",
        ),
        (["run", HONEST, "--jobs", "0"], "--jobs must be at least 1: got 0"),
        (["run", HONEST, "--jobs", "two"], "invalid int value: 'two'"),
        (["run", HONEST, "--timeout", "0"], "--timeout must be"),
        (["run", HONEST, "--timeout", "nan"], "--timeout must be"),
        (["run", HONEST, "--timeout", "soon"], "invalid float value: 'soon'"),
        (["run", HONEST, "--report", "/dev/null/report"], "report folder /dev/null/report can't be written to"),
        (["run", HONEST, "--expected", "missing.toml"], "expected file missing.toml can't be read"),
        (["run", "--adapter", "nonesuch"], "unknown adapter 'nonesuch': give one of "),
        (["run", "--adapter", "a:b:"], "unknown adapter 'a:b:'"),
        (["case"], "arguments are required: CASE"),
        (["case", "conv2d", HONEST], "not the text of a problem"),
        (["case", f"{CASE}.backward", HONEST], "not the text of a case"),
        (["case", CASE.replace("f6", "f5"), HONEST], "filters must be divisible by groups"),
        (["case", CASE.replace("s2x1", "s0x1"), HONEST], "strides must be positive, one per spatial axis: got (0, 1)"),
        (["report"], "arguments are required"),
        (["report", "burn", "x"], "invalid choice: 'burn'"),
        (["report", "show", "missing"], "report missing can't be read"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_a_bad_word_ends_with_2_and_one_line(words: list[str], said: str, tmp_path: Path) -> None:
    done = convformance(*words, cwd=tmp_path)
    assert said in one_line(done.stderr)
    assert done.returncode == 2
    assert not done.stdout


@pytest.mark.parametrize("seconds", ["inf", "1e300"])
def test_a_time_limit_that_no_clock_can_keep_is_a_bad_word(seconds: str, tmp_path: Path) -> None:
    done = convformance("case", CASE, HONEST, "--timeout", seconds, cwd=tmp_path)
    assert "--timeout must be" in one_line(done.stderr)
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("NoConvolve", "the contract asks for a method 'convolve': there is none"),
        ("DataLayout", "data_layout must be one of channels_last, channels_first: got 'NHWC'"),
        ("FilterLayout", "filter_layouts must give 'conv' a layout of *, I and O"),
        ("NoFilterLayout", "filter_layouts must give 'conv' a layout of *, I and O"),
        ("Name", "name must be letters, digits and . _ + -: got 'a name:with spaces'"),
        ("Raises", "can't be made: RuntimeError: no licence found"),
        ("Dies", "killed its process (exit status 5)"),
        ("Smoke", "fails its smoke check, so the adapter is at fault, not its framework: a 1x1 kernel of 2"),
        ("SmokeRaises", "KeyError: 'conv'"),
        ("SmokeNothing", "got NoneType, expected an array"),
        ("SmokeUnsupported", "declared unsupported (never)"),
        ("NoVersion", "version() raised AttributeError: no version"),
        ("number", "name must be letters"),
        ("Missing", "has no attribute 'Missing'"),
    ],
)
def test_an_adapter_that_can_not_be_used_ends_with_3_and_one_line(
    attribute: str, said: str, broken: Path, tmp_path: Path
) -> None:
    done = convformance("run", "--adapter", f"{broken}:{attribute}", cwd=tmp_path)
    assert said in one_line(done.stderr)
    assert done.returncode == 3
    assert not (tmp_path / "convformance-report" / "verdicts.jsonl").exists()


@pytest.mark.parametrize(
    ("spelling", "said"),
    [
        ("nowhere.py:Adapter", "adapter file nowhere.py can't be read: there is no such file"),
        ("no_such_module:Adapter", "adapter module no_such_module can't be imported: ModuleNotFoundError"),
        ("json:Adapter", "json has no attribute 'Adapter'"),
        ("{folder}/syntax.py:Adapter", "can't be loaded: SyntaxError: invalid syntax"),
    ],
)
def test_a_place_without_an_adapter_ends_with_3_and_one_line(
    spelling: str, said: str, broken: Path, tmp_path: Path
) -> None:
    done = convformance("run", "--adapter", spelling.format(folder=broken.parent), cwd=tmp_path)
    assert said in one_line(done.stderr)
    assert done.returncode == 3


def test_two_adapters_of_one_name_can_not_be_told_apart(broken: Path, tmp_path: Path) -> None:
    done = convformance("run", HONEST, "--adapter", f"{broken}:instance", cwd=tmp_path)
    assert "two adapters are called 'honest': verdicts could not be told apart" in one_line(done.stderr)
    assert done.returncode == 3


def test_an_instance_and_a_module_are_adapters_too(broken: Path) -> None:
    for spelling in (f"{broken}:instance", "honest:Honest", "honest:Pairwise"):
        done = convformance("case", CASE, "--adapter", spelling)
        assert done.returncode == 0, done.stderr
        assert "1 conform, 0 do not" in done.stdout


def test_the_same_adapter_twice_is_asked_once(tmp_path: Path) -> None:
    done = run(tmp_path, HONEST, HONEST, FEW)
    assert done.code == 0
    assert len(done.lines[0]["adapters"]) == 1


def test_a_case_that_conforms(tmp_path: Path) -> None:
    done = convformance("case", CASE, HONEST, cwd=tmp_path)
    assert done.returncode == 0
    assert "exact honest" in done.stdout
    assert not list(tmp_path.iterdir())


def test_a_case_that_does_not_conform_says_where_and_what(tmp_path: Path) -> None:
    done = convformance("case", f"{CASE}.forward.real.view", "--adapter=reference+kernel-flipped", cwd=tmp_path)
    assert done.returncode == 1
    assert "wrong reference+kernel-flipped" in done.stdout
    assert "elements lie outside the proven bound; first at (0, 0, 0, 0) got " in done.stdout


def test_a_run_in_which_everything_is_unsupported_is_not_green() -> None:
    large = "conv2d-n1-i99x98-c64-f64-k3x2-s1x1-pvalid-d1x1-g1-f32"
    done = convformance("case", large, adapter("liars", "RaisesOnGroups"))
    assert "0 conform, 0 do not, 1 unsupported" in done.stdout
    assert done.returncode == 1


def test_what_an_adapter_needs_can_be_given_to_pip() -> None:
    assert convformance("adapters", "--requires", "keras").stdout == f"keras>=3.5\n{TENSORFLOW_REQUIRES[0]}\n"


def test_nobody_needs_anything_for_an_adapter_that_is_not_there() -> None:
    done = convformance("adapters", "--requires", "theano")
    assert done.returncode == 2
    assert "--requires must be one of" in done.stderr
    assert "got 'theano'" in done.stderr


def test_the_list_of_adapters() -> None:
    done = convformance("adapters")
    assert done.returncode == 0
    for name, declares in (("keras", "*IO"), ("tensorflow", "*IO"), ("torch", "OI*")):
        line = next(line for line in done.stdout.splitlines() if f" {name} " in line)
        assert declares in line
    (line,) = (line for line in done.stdout.splitlines() if " scipy " in line)
    assert "judged only where it is named" in line


def test_help_tells_the_exit_codes() -> None:
    done = convformance("--help")
    assert done.returncode == 0
    assert "exit codes: 0 all conform" in done.stdout


def test_a_report_is_shown_again_with_the_exit_code_of_its_run(tmp_path: Path) -> None:
    for name, code in (("Honest", 0), ("Backwards", 0)):
        folder = tmp_path / name
        first = run(folder, adapter("honest", name), FEW)
        again = convformance("report", "show", str(folder))
        file = convformance("report", "show", str(folder / "verdicts.jsonl"))
        assert (first.code, again.returncode, file.returncode) == (code, code, code)
        assert "feature" in again.stdout
        assert again.stdout == file.stdout
        assert again.stdout.splitlines()[-1] in first.stdout
    red = run(tmp_path / "red", "--adapter=reference+kernel-flipped", FEW)
    again = convformance("report", "show", str(red.folder))
    assert (red.code, again.returncode) == (1, 1)
    assert "kernel flipped reference+kernel-flipped" in again.stdout


def test_a_damaged_report_is_not_shown(tmp_path: Path) -> None:
    whole = run(tmp_path, HONEST, FEW)
    text = (tmp_path / "verdicts.jsonl").read_text(encoding="utf-8")
    lines = text.splitlines()
    for name, content, said in (
        ("empty", "", "is empty"),
        ("cut", text[:-40], f"line {len(lines)}: not JSON"),
        ("truncated", "\n".join(lines[:-1]), "ends without a complete footer"),
        ("headless", "\n".join(lines[1:]), "line 1: a header must come first: got a verdict"),
        ("words", "hello\n", "line 1: not JSON"),
    ):
        file = tmp_path / f"{name}.jsonl"
        file.write_text(content, encoding="utf-8")
        done = convformance("report", "show", str(file))
        assert said in one_line(done.stderr)
        assert done.returncode == 2
    assert whole.complete
