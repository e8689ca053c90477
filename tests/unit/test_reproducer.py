"""Reproducers run: they exit with 0 where the framework is right and with 1 where it lies."""

import runpy
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from summing import Array

from convformance.adapters.call import arrange
from convformance.adapters.claims import not_offered, posed
from convformance.adapters.contract import Adapter, AdapterError
from convformance.adapters.faulty import Faulty
from convformance.adapters.find import find
from convformance.adapters.numpy_reference import Reference
from convformance.reference import directions
from convformance.reference.case import MEMORIES, Case, Memory, parse_case
from convformance.reference.directions import GRADIENTS
from convformance.reference.errors import ProblemError
from convformance.reference.faults import FAULTS
from convformance.reference.numbers import operands
from convformance.reference.oracle import evaluate
from convformance.reference.posing import pose
from convformance.reference.problem import Problem
from convformance.reference.shrinking import counted
from convformance.tests.conformance.diagnosis.arrays import arrays_of
from convformance.tests.conformance.diagnosis.failing import Failure, lying
from convformance.tests.conformance.diagnosis.reproducer import reproducer, write_reproducer
from convformance.tests.conformance.diagnosis.smallest import Smallest
from convformance.tests.conformance.runner import judge_case

NAMES = ("keras", "tensorflow", "torch")
PROBLEMS = (
    "conv1d-n2-i6-c2-f4-k3-s1-pcausal-d2-g1-b",
    "conv1d-n1-i7-c2-f4-k3-s2-p1+2-d1-g2",
    "conv2d-n1-i3x2-c1-f1-k2x1-s1x1-pvalid-d1x1-g1",
    "conv2d-n2-i5x6-c2-f2-k3x2-s2x1-psame-d1x1-g1-b-relu",
    "conv2d-n1-i5x6-c2-f2-k3x2-s1x1-psame-d1x2-g2-b",
    "conv2d-n1-i5x6-c1-f2-k3x2-s1x2-p1+1x2+2-d1x1-g1-b",
    "conv2d-n1-i5x6-c1-f2-k3x2-s1x1-p1+2x0+1-mreflect-d1x1-g1",
    "conv2d-n1-i5x6-c1-f2-k3x2-s2x1-p1+2x0+1-mcircular-d1x1-g1",
    "conv2d-n1-i4x5-c1-f2-k3x3-s1x1-psame-mreplicate-d1x1-g1",
    "conv3d-n1-i3x4x5-c1-f2-k2x3x1-s1x2x1-p1+0x1+1x0+0-d1x1x1-g1-b",
    "depthwise2d-n1-i5x6-c2-f4-k3x2-s1x1-psame-d1x1-g2-b",
    "depthwise2d-n1-i5x6-c2-f2-k3x2-s1x1-p1+0x0+1-d2x1-g2",
    "separable2d-n1-i5x6-c2-f3-x2-k3x2-s1x1-pvalid-d1x1-g2-b",
    "transposed1d-n1-i4-c2-f3-k3-s2-pvalid-d1-g1-b",
    "transposed2d-n1-i3x4-c2-f3-k3x2-s2x1-psame-d1x1-g1",
    "transposed2d-n1-i3x4-c2-f3-k3x2-s2x3-p1+1x0+1-o1x2-d1x1-g1-b-relu",
    "transposed2d-n1-i3x4-c2-f4-k2x2-s1x1-p1+1x0+0-d1x2-g2",
    "transposed3d-n1-i2x3x2-c1-f2-k2x3x1-s1x2x1-pvalid-d1x1x1-g1",
)
INVALID = (
    "conv2d-n1-i4x3-c2-f2-k2x2-s1x1-pvalid-d1x1-g1-b-f32.invalid-filters-channels.exact",
    "conv2d-n1-i4x3-c2-f2-k2x2-s1x1-pvalid-d1x1-g1-b-f32.invalid-bias-length.exact",
    "conv1d-n1-i4-c1-f1-k2-s1-pvalid-d1-g1-f32.invalid-dilation-negative.exact",
)
FUNCTIONS = {
    "keras": ("keras.src.layers.Layer", ("__call__",)),
    "tensorflow": (
        "tensorflow.nn",
        ("conv1d", "conv2d", "conv3d", "depthwise_conv2d", "separable_conv2d", "bias_add",
         "conv1d_transpose", "conv2d_transpose", "conv3d_transpose"),
    ),
    "torch": (
        "torch.nn.functional",
        ("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
    ),
}  # fmt: skip


@pytest.fixture(scope="session", params=NAMES)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    return find(request.param)


@pytest.fixture
def execute(tmp_path: Path) -> Callable[[str], int | str | None]:
    """Run a script in this process: what it exits with."""

    def run(text: str) -> Any:
        path = tmp_path / "reproducer.py"
        path.write_text(text)
        with pytest.raises(SystemExit) as raised:
            runpy.run_path(str(path), run_name="__main__")
        return raised.value.code

    return run


def claimed(adapter: Adapter, case: Case) -> bool:
    problem = posed(adapter, case.problem)
    if not_offered(adapter, case) is not None or adapter.unsupported(problem) is not None:
        return False
    refuses = getattr(adapter, "unsupported_gradients", lambda _: None)
    return not case.is_gradient or refuses(problem) is None


def question(case: Case) -> Smallest:
    """Give a case as if an adapter had answered zeros."""
    given = lying(case, counted(case.problem, cotangent=case.is_gradient))
    evaluation = evaluate(case.problem, given, case.direction)
    assert evaluation.magnitude.max() <= case.problem.precision.exact_budget
    return Smallest(case, given, Failure("values", evaluation.value, None, np.zeros_like(evaluation.value)), 0, 0.0)


def asked(adapter: Adapter) -> Iterator[Case]:
    for text in PROBLEMS:
        for direction in ("forward", *GRADIENTS):
            memories = ("", ".view") if direction in GRADIENTS else ("", ".view", ".strided", ".fortran", ".broadcast")
            for dtype, memory in product(["f64"] if "3d" in text else ["f32"], memories):
                try:
                    case = parse_case(f"{text}-{dtype}.{direction}.exact{memory}")
                except ProblemError:
                    continue
                if claimed(adapter, case):
                    yield case


def honest_and_lying(
    adapter: Adapter, found: Smallest, execute: Callable[[str], Any], lie: Callable[[pytest.MonkeyPatch], None]
) -> tuple[str, Any, Any]:
    text = reproducer(adapter, found)
    honest = execute(text)
    with pytest.MonkeyPatch.context() as patch:
        lie(patch)
        return text, honest, execute(text)


def doubled(patch: pytest.MonkeyPatch, name: str) -> None:
    """Make a framework's functions give twice what is right."""
    where, functions = FUNCTIONS[name]
    for function in functions:
        target = pkg(where)
        former = getattr(target, function)
        patch.setattr(target, function, lambda *a, former=former, **k: former(*a, **k) * 2)


def pkg(where: str) -> Any:
    if where == "tensorflow.nn":
        return pytest.importorskip("tensorflow").nn
    if where == "torch.nn.functional":
        return pytest.importorskip("torch").nn.functional
    return pytest.importorskip("keras").layers.Layer


@pytest.mark.filterwarnings("ignore")
def test_they_exit_with_0_of_an_honest_framework_and_with_1_of_a_lying_one(
    adapter: Adapter, execute: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    count, directions, kinds = 0, set(), set()
    for case in asked(adapter):
        text, honest, lying = honest_and_lying(
            adapter, question(case), execute, lambda patch: doubled(patch, adapter.name)
        )
        assert (honest, lying) == (0, 1), f"{case}\n{capsys.readouterr().out[-2000:]}\n{text}"
        assert "convformance." not in text
        assert 10 <= len(text.splitlines()) <= 60
        assert max(map(len, text.splitlines())) <= 120, text
        count += 1
        directions.add(case.direction)
        kinds.add(case.problem.kind_and_rank)
    assert count > 70
    assert {"forward", "dx", "dfilters", "dbias"} <= directions
    assert len(kinds) >= 5


@pytest.mark.parametrize("dtype", ["bf16", "f16", "f64"])
@pytest.mark.parametrize("direction", ["forward", "dx", "dfilters"])
@pytest.mark.filterwarnings("ignore")
def test_every_number_format_has_its_script(
    adapter: Adapter, dtype: str, direction: str, execute: Callable[[str], Any]
) -> None:
    case = parse_case(f"conv2d-n1-i3x2-c1-f1-k2x1-s1x1-pvalid-d1x1-g1-b-{dtype}.{direction}.exact")
    _, honest, lying = honest_and_lying(adapter, question(case), execute, lambda patch: doubled(patch, adapter.name))
    assert (honest, lying) == (0, 1)


@pytest.mark.parametrize("text", INVALID)
@pytest.mark.filterwarnings("ignore")
def test_what_is_none_must_be_refused(
    adapter: Adapter, text: str, execute: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    case = parse_case(text)
    found = Smallest(case, counted(case.problem), Failure("accepted", None, None, np.zeros(1)), 0, 0.0)
    script = reproducer(adapter, found)
    assert execute(script) == 0
    assert "refused, as it should be" in capsys.readouterr().out
    where, functions = FUNCTIONS[adapter.name]
    with pytest.MonkeyPatch.context() as patch:
        for function in functions:
            patch.setattr(pkg(where), function, lambda *_, **__: Anything())
        if adapter.name == "keras":
            patch.setattr(pkg(where), "build", lambda *_: None)
            patch.setattr(pkg(where), "set_weights", lambda *_: None)
        accepted = execute(script) if adapter.name != "keras" or "dilation" not in text else 1
    assert accepted == 1


class Anything:
    """Is whatever is asked of it."""

    shape = (1,)

    def numpy(self) -> "Anything":
        return self

    def tolist(self) -> list[int]:
        return [1]


def test_torch_with_its_kernels_flipped_is_caught_by_the_script_of_a_fault(
    tmp_path: Path, execute: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    honest = torch.nn.functional.conv2d
    case = parse_case("conv2d-n2-i9x8-c4-f6-k3x2-s2x1-p1+2x0+1-d1x2-g2-b-relu-f32.forward.exact.view")
    liar = Faulty(find("torch"), FAULTS["kernel flipped"])
    written = write_reproducer(liar, case, pose(case).operands, tmp_path / "suite.py")
    assert written.found is not None
    script = reproducer(find("torch"), written.found, "kernels are flipped")
    assert script.startswith('"""conv2d of torch')
    assert "kernels are flipped" in script
    assert execute(script) == 0
    flipped = lambda x, w, *rest, **more: honest(x, w.flip(2, 3), *rest, **more)  # noqa: E731
    monkeypatch.setattr(torch.nn.functional, "conv2d", flipped)
    assert execute(script) == 1


@pytest.mark.parametrize("fault", ["kernel flipped", "kernel height and width exchanged"])
@pytest.mark.parametrize("base", ["reference", "torch"])
@pytest.mark.parametrize(
    "text",
    [
        "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-p1+2x0+1-d1x2-g2-b-relu-f32.forward.exact",
        "depthwise2d-n2-i9x8-c3-f6-k3x2-s1x1-pvalid-d1x1-g3-b-bf16.forward.real",
    ],
)
def test_a_fault_is_asked_through_the_suite(
    fault: str, base: str, text: str, tmp_path: Path, execute: Callable[[str], Any]
) -> None:
    case = parse_case(text)
    liar = Faulty(find(base), FAULTS[fault])
    path = tmp_path / "deep" / "one.py"
    written = write_reproducer(liar, case, pose(case).operands, path)
    assert written.missing is None
    script = path.read_text()
    assert execute(script) == 1
    assert execute(script.replace(f"+{FAULTS[fault].slug}", "")) == 0


@pytest.mark.parametrize("direction", sorted(directions.INVALID))
def test_what_is_no_problem_is_asked_through_the_suite(
    direction: str, tmp_path: Path, execute: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, path = tmp_path / "takes_all.py", tmp_path / "one.py"
    file.write_text(TAKES_ALL)
    monkeypatch.syspath_prepend(str(tmp_path))
    case = parse_case(f"conv2d-n2-i9x8-c4-f6-k3x2-s2x1-p1+2x0+1-d1x1-g2-b-f32.{direction}.exact")
    numbers = pose(case).operands
    spelling = "takes_all:Engine"
    written = write_reproducer(find(spelling), case, numbers, path, verdict="accepted", spelling=spelling)
    assert written.missing is None
    script = path.read_text()
    assert execute(script) == 1
    refuses = script.replace("takes_all:Engine", "takes_all:Refuses")
    assert execute(refuses) == 0
    with pytest.raises(AdapterError):
        execute(script.replace("takes_all:Engine", "takes_all:Missing"))


TAKES_ALL = """
import numpy as np


class Engine:
    name = "takes-all"
    data_layout = "channels_first"
    filter_layouts = {"conv": "OI*"}

    def version(self):
        return "1"

    def unsupported(self, problem):
        return None

    def convolve(self, problem, x, filters, bias):
        return np.zeros((2, 6, 3, 4), np.float32)


class Refuses(Engine):
    def convolve(self, problem, x, filters, bias):
        raise ValueError("no")
"""

ENGINE = '''
"""A loop over taps that forgets the last one."""
import numpy as np


class Engine:
    name = "forgetful"
    data_layout = "channels_first"
    filter_layouts = {"conv": "OI*"}
    taps = %d

    def version(self):
        return "1"

    def unsupported(self, problem):
        if problem.rank > 1 or max(problem.strides + problem.dilation) > 1 or problem.groups > 1 or problem.activation:
            return "too much"
        return None if problem.padding == "valid" else "no pads"

    def convolve(self, problem, x, filters, bias):
        size = problem.output_spatial[0]
        output = np.zeros((x.shape[0], filters.shape[0], size), x.dtype)
        for tap in range(filters.shape[2] - self.taps):
            output += np.einsum("ncp,oc->nop", x[:, :, tap : tap + size], filters[:, :, tap])
        return output if bias is None else output + bias[:, None]

    def gradients(self, problem, x, filters, bias, cotangent):
        raise RuntimeError("not today")
'''


@pytest.mark.parametrize(("direction", "least"), [("forward", "i1-c1-f1-k1-s1"), ("dx", "i1-c1-f1-k1-s1")])
def test_an_engine_in_a_file_is_loaded_without_the_suite(
    direction: str, least: str, tmp_path: Path, execute: Callable[[str], Any]
) -> None:
    file, path = tmp_path / "my_engine.py", tmp_path / "one.py"
    file.write_text(ENGINE % 1)
    case = parse_case(f"conv1d-n2-i9-c4-f6-k3-s1-pvalid-d1-g1-b-f32.{direction}.exact")
    spelling = f"{file}:Engine"
    written = write_reproducer(find(spelling), case, pose(case).operands, path, spelling=spelling)
    assert written.found is not None, written
    assert str(written.found.case).startswith(f"conv1d-n1-{least}-pvalid-d1-g1-f32")
    script = path.read_text()
    assert "convformance." not in script
    if direction == "forward":
        assert execute(script) == 1
        file.write_text(ENGINE % 0)
        assert execute(script) == 0
    else:
        with pytest.raises(RuntimeError, match="not today"):
            execute(script)


BY_GROUP = '''
"""Transposed convolutions of signals, group by group; it may take the filters of the groups in turn."""
import numpy as np


class Engine:
    name = "by-group"
    data_layout = "channels_last"
    filter_layouts = {"conv": "*IO", "transposed": "(GO)*I"}
    in_turn = %s

    def version(self):
        return "1"

    def unsupported(self, problem):
        fine = problem.kind == "transposed" and problem.rank == 1 and problem.groups > 1 and not problem.activation
        return None if fine else "transposed convolutions of signals in groups alone"

    def parts(self, problem, filters):
        few, channels = problem.filters // problem.groups, problem.channels // problem.groups
        last = (problem.spatial[0] - 1) * problem.strides[0] + 1
        for group in range(problem.groups):
            seen, own = slice(group * channels, (group + 1) * channels), slice(group * few, (group + 1) * few)
            which = slice(group, None, problem.groups) if self.in_turn else own
            for tap in range(problem.kernel_size[0]):
                start = tap * problem.dilation[0]
                yield tap, seen, own, which, slice(start, start + last, problem.strides[0])

    def convolve(self, problem, x, filters, bias):
        cut = slice(problem.pads[0][0], problem.pads[0][0] + problem.output_spatial[0])
        whole = np.zeros((problem.batch, cut.stop + problem.pads[0][1], problem.filters), x.dtype)
        for tap, seen, own, which, places in self.parts(problem, filters):
            whole[:, places, own] += x[..., seen] @ filters[which, tap].T
        return whole[:, cut] if bias is None else whole[:, cut] + bias

    def gradients(self, problem, x, filters, bias, cotangent):
        whole = np.pad(cotangent, ((0, 0), problem.pads[0], (0, 0)))
        dx, dfilters = np.zeros_like(x), np.zeros(filters.shape, filters.dtype)
        for tap, seen, own, which, places in self.parts(problem, filters):
            dx[..., seen] += whole[:, places, own] @ filters[which, tap]
            dfilters[which, tap] += np.einsum("npf,npc->fc", whole[:, places, own], x[..., seen])
        return dx, dfilters, None if bias is None else cotangent.sum(axis=(0, 1))
'''
IN_GROUPS = "transposed1d-n2-i5-c4-f6-k3-s2-p1+0-o1-d1-g2-b-f32"


@pytest.mark.parametrize("memory", ["", ".view", ".strided", ".fortran"])
@pytest.mark.parametrize("direction", ["forward", "dx", "dfilters", "dbias"])
def test_an_engine_whose_filters_lie_group_by_group_is_asked_them_so(
    direction: str, memory: str, tmp_path: Path, execute: Callable[[str], Any]
) -> None:
    file, path = tmp_path / "engine.py", tmp_path / "one.py"
    file.write_text(BY_GROUP % False)
    case, spelling = parse_case(f"{IN_GROUPS}.{direction}.exact{memory}"), f"{file}:Engine"
    assert judge_case(find(spelling), case).verdict == "exact"
    counting = reproducer(find(spelling), question(case), spelling=spelling)
    assert ".swapaxes(" in counting
    assert "convformance." not in counting
    assert execute(counting) == 0
    file.write_text(BY_GROUP % True)
    if direction == "dbias":
        assert execute(counting) == 0
        return
    assert execute(counting) == 1
    other = tmp_path / "other.py"
    other.write_text(BY_GROUP % True)
    spelling = f"{other}:Engine"
    assert judge_case(find(spelling), case).verdict == "wrong"
    written = write_reproducer(find(spelling), case, pose(case).operands, path, spelling=spelling)
    assert written.found is not None, written
    assert written.found.case.problem.groups == 2
    assert execute(path.read_text()) == 1
    other.write_text(BY_GROUP % False)
    assert execute(path.read_text()) == 0


@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize("layout", ["(GO)*I", "(GO)I*", "*(GO)I", "I(GO)*", "*OI", "IO*"])
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("make", [counted, lambda problem, **_: operands(Case(problem, "dx"))])
def test_the_lines_of_a_script_make_the_arrays_that_the_adapter_is_handed(
    make: Any, groups: int, layout: str, memory: Memory
) -> None:
    adapter: Any = Reference()
    adapter.data_layout = "channels_first"
    adapter.filter_layouts = {"conv": "OI*", "transposed": layout}
    case = replace(parse_case(f"transposed2d-n2-i5x4-c4-f6-k3x2-s2x1-pvalid-d1x1-g{groups}-b-f32"), direction="dx")
    case = replace(case, memory=memory)
    given = lying(case, make(case.problem, cotangent=True).map(lambda array: array.astype(np.float32)))
    names: dict[str, Any] = {"np": np}
    exec("\n".join(arrays_of(adapter, case, given)), names)  # noqa: S102 - what a script does
    handed = arrange(adapter, case, given)
    for role in ("x", "filters", "bias", "cotangent"):
        array = getattr(handed, role)
        np.testing.assert_array_equal(names[role], array, strict=True)
        assert names[role].strides == array.strides, role


def test_the_sum_of_one_output_is_written_out_and_adds_up(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    case = parse_case("conv2d-n2-i5x4-c1-f2-k2x2-s1x1-pvalid-d1x1-g1-b-f32.forward.exact")
    liar = Faulty(find("reference"), FAULTS["kernel height and width exchanged"])
    assert write_reproducer(liar, case, pose(case).operands, path).missing is None
    comment = next(line for line in path.read_text().splitlines() if line.startswith("# expected["))
    terms, _, total = comment.partition("] = ")[2].rpartition(" = ")
    assert terms.count("*") == 4
    assert sum(int(one) * int(other) for one, other in (term.split("*") for term in terms.split(" + "))) == int(total)


def test_what_died_is_not_asked_again(tmp_path: Path) -> None:
    class Dies:
        def __getattr__(self, name: str) -> Any:
            assert name not in ("convolve", "gradients"), "asked"
            return getattr(find("torch"), name)

    path = tmp_path / "one.py"
    case = parse_case("conv2d-n1-i20x20-c1-f1-k1x1-s2x2-pvalid-d1x1-g1-f32.dfilters.exact")
    written = write_reproducer(Dies(), case, pose(case).operands, path, verdict="crashed")
    assert written.missing is None
    assert "the process dies" in path.read_text()
    assert "np.arange" in path.read_text()


def test_what_does_not_fail_has_no_script_and_nothing_is_raised(tmp_path: Path) -> None:
    class Broken:
        name = "broken"

    path = tmp_path / "one.py"
    case = parse_case(f"{PROBLEMS[2]}-f32.forward.exact")
    given = pose(case).operands
    written = write_reproducer(find("reference"), case, given, path)
    assert written.found is None
    assert "does not fail" in str(written.missing)
    written = write_reproducer(Broken(), case, given, path)  # type: ignore[arg-type]
    assert "AttributeError" in str(written.missing)
    assert not path.exists()
    assert write_reproducer(find("reference"), replace(case, direction="law-batch"), given, path).missing is not None


class Shifts(Reference):
    """Is right on whole numbers, and off by a hundredth on others."""

    off = 0.01

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        honest = super().convolve(problem, x, filters, bias)
        shifted: Array = honest + np.where(honest == np.round(honest), 0, self.off).astype(honest.dtype)
        return shifted


def test_real_numbers_are_compared_inside_their_bound(
    tmp_path: Path, execute: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one.py"
    case = parse_case("conv2d-n2-i5x4-c3-f2-k2x3-s1x1-pvalid-d1x1-g1-f32.forward.real")
    written = write_reproducer(Shifts(), case, pose(case).operands, path)
    assert written.missing is None
    script = path.read_text()
    assert "limit = " in script
    assert execute(script) == 0
    honest = Reference.convolve
    monkeypatch.setattr(Reference, "convolve", lambda *given: honest(*given) + np.float32(Shifts.off))
    assert execute(script) == 1
