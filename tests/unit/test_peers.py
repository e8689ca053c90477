"""The peers' cases say what the peers' packages say, and the count of catches can count."""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convformance.adapters.faulty import Faulty
from convformance.adapters.numpy_reference import Reference, compute
from convformance.reference.faults import FAULTS, Fault, Question
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem
from convformance.reference.text import parse_problem
from convformance.tests.conformance.score.peers import __main__ as command
from convformance.tests.conformance.score.peers.__main__ import PEERS, count
from convformance.tests.conformance.score.peers.catching import COMPILED, Catch, accepted, catches, differs, notices
from convformance.tests.conformance.score.peers.keras_tables import CORRECT, SHAPES
from convformance.tests.conformance.score.peers.keras_tests import crop, keras_tests, normal
from convformance.tests.conformance.score.peers.onnx_nodes import onnx_models, onnx_nodes, problem_of
from convformance.tests.conformance.score.peers.opinfo import opinfo
from convformance.tests.conformance.score.peers.record import Peer, PeerCase, Refusal, unruled
from convformance.tests.conformance.score.peers.table import render

ONE = parse_problem("conv2d-n2-i5x6-c2-f3-k3x2-s1x1-pvalid-d1x1-g1-b-f32")


@pytest.fixture(scope="module")
def peers() -> dict[str, Peer]:
    made = [make() for make in PEERS]
    return {peer.name: peer for peer in made}


def onnx_outputs() -> dict[str, Any]:
    """What ONNX itself expects of its cases, channels last."""
    onnx: Any = importlib.import_module("onnx")
    loader: Any = importlib.import_module("onnx.backend.test.loader")
    outputs = {}
    with np.errstate(all="ignore"):
        tests = loader.load_model_tests(kind="node")
    for test in tests:
        outputs[test.name] = test.data_sets[0][1][0]
    for kind in ("pytorch-converted", "pytorch-operator"):
        for test in loader.load_model_tests(kind=kind):
            tensor = onnx.TensorProto()
            with open(f"{test.model_dir}/test_data_set_0/output_0.pb", "rb") as file:  # noqa: PTH123
                tensor.ParseFromString(file.read())
            outputs[test.name] = onnx.numpy_helper.to_array(tensor)
    return outputs


def test_the_reference_gives_what_onnx_expects() -> None:
    outputs = onnx_outputs()
    cases = [*onnx_nodes().cases, *onnx_models().cases]
    assert {case.problem.kind for case in cases} == {"conv", "depthwise", "transposed"}
    for case in cases:
        right = np.moveaxis(outputs[case.name], 1, -1)
        found = compute(case.problem, case.operands, "forward")
        assert not differs(found, right, case.rtol, case.atol), case.name


def test_all_of_onnx_that_is_a_convolution_is_there() -> None:
    peer = onnx_nodes()
    skipped = [
        name for name in peer.skipped if name.startswith(("test_basic_conv", "test_conv_", "test_convtranspose"))
    ]
    assert len(peer.cases) == 17
    assert not skipped


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"auto_pad": b"SAME_UPPER"}, "conv1d-n1-i4-c1-f1-k2-s1-psame-d1-g1-f32"),
        ({"auto_pad": b"SAME_LOWER"}, "conv1d-n1-i4-c1-f1-k2-s1-p1+0-d1-g1-f32"),
        ({"auto_pad": b"VALID", "strides": [2]}, "conv1d-n1-i4-c1-f1-k2-s2-pvalid-d1-g1-f32"),
        ({"pads": [0, 1], "dilations": [2]}, "conv1d-n1-i4-c1-f1-k2-s1-p0+1-d2-g1-f32"),
    ],
)
def test_attributes_of_a_node_become_a_problem(attributes: dict[str, Any], text: str) -> None:
    assert str(problem_of("Conv", attributes, (1, 1, 4), (1, 1, 2), bias=False, dtype="float32")) == text


@pytest.mark.parametrize(
    ("attributes", "shape"),
    [({"strides": [3]}, 11), ({"strides": [3], "output_shape": [13]}, 13), ({"strides": [3], "output_shape": [8]}, 8)],
)
def test_attributes_of_a_transposed_node_give_its_output(attributes: dict[str, Any], shape: int) -> None:
    problem = problem_of("ConvTranspose", attributes, (1, 1, 4), (1, 1, 2), bias=False, dtype="float32")
    assert problem.output_spatial == (shape,)


def whole(operands: Operands) -> Operands:
    """The nearest integers: their sums are exact in any order."""
    return operands.map(np.rint)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_samples_of_opinfo_are_what_torch_takes_them_for(peers: dict[str, Peer]) -> None:
    from convformance.adapters.torch_nn import Torch  # noqa: PLC0415

    adapter, once = Torch(), Peer("once", "")
    kinds = set()
    for case in peers["torch OpInfo"].cases:
        if case.problem.dtype != "float32" or case.direction == COMPILED:
            continue
        kinds.add((case.problem.kind_and_rank, case.direction))
        exact = replace(case, operands=whole(case.operands), rtol=0, atol=0)
        right = compute(exact.problem, exact.operands, exact.direction)
        assert not notices(once, exact, adapter, right), case
    assert {kind for kind, _ in kinds} >= {f"{kind}{rank}d" for kind in ("conv", "transposed") for rank in (1, 2, 3)}
    assert {direction for _, direction in kinds} == {"forward", "dx", "dfilters", "dbias"}


def test_transposed_cases_of_keras_are_what_keras_takes_them_for(peers: dict[str, Peer]) -> None:
    ops: Any = importlib.import_module("keras.ops")
    for case in peers["Keras"].cases:
        problem, given = replace(case.problem, use_bias=False), replace(whole(case.operands), bias=None)
        if "consistency" not in case.name:
            continue
        words = [problem.padding] if isinstance(problem.padding, str) else ["same", "valid"]
        more = None if isinstance(problem.padding, str) else problem.output_padding
        found = [np.asarray(ops.conv_transpose(given.x, given.filters, problem.strides, word, more)) for word in words]
        right = compute(problem, given, "forward")
        assert any(not differs(answer, right, 0, 0) for answer in found), case


def decorated_tests(group: str) -> Iterator[ast.FunctionDef]:
    """The functions of one class among Keras' layer tests, read from its source."""
    package: Any = importlib.import_module("keras.src.layers.convolutional")
    for path in sorted(Path(package.__path__[0]).glob("*_test.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name == group:
                yield from (each for each in node.body if isinstance(each, ast.FunctionDef))


def parameters_in_the_wheel(group: str, ending: str) -> list[dict[str, Any]]:
    """The parameters of a class's tests whose names end so, in their order."""
    calls = [
        call
        for test in decorated_tests(group)
        if test.name.endswith(ending)
        for call in test.decorator_list
        if isinstance(call, ast.Call)
    ]
    return [ast.literal_eval(each) for call in calls for each in call.args if isinstance(each, ast.Dict)]


def test_parameters_of_keras_are_those_in_its_wheel() -> None:
    tables = {name: (parameters_in_the_wheel(*name.split(".")), texts) for name, _, _, texts in CORRECT}
    tables |= {group: (parameters_in_the_wheel(group, "_basic"), texts) for group, texts in SHAPES}
    for name, (parameters, texts) in tables.items():
        assert len(parameters) == len(texts), name
        for asked, problem in zip(parameters, map(parse_problem, texts), strict=True):
            axes = {"kernel_size": problem.kernel_size, "strides": problem.strides, "dilation_rate": problem.dilation}
            if asked.get("output_padding") is None:
                assert asked["padding"] == problem.padding
            else:
                axes["output_padding"] = problem.output_padding
            for field, values in axes.items():
                value = asked[field]
                assert (value if isinstance(value, tuple) else (value,)) in (values, values[:1]), (name, problem, field)
            multiplier = asked.get("depth_multiplier", 1)
            assert multiplier == problem.multiplier
            assert asked.get("filters", multiplier * problem.channels) == problem.filters
            assert asked.get("groups", problem.groups) == problem.groups


def test_the_crop_of_keras() -> None:
    assert crop(2, 2) == (0, 2)
    assert crop(7, 2) == (2, 4)
    assert crop(1, 1) == (0, 0)


def test_texts_of_keras_are_problems() -> None:
    texts = [text for _, _, _, several in CORRECT for text in several]
    texts += [text for _, several in SHAPES for text in several]
    assert [str(parse_problem(text)) for text in texts] == texts


def test_every_peer_is_content_with_the_reference(peers: dict[str, Peer]) -> None:
    for peer in peers.values():
        for case in peer.cases[::7]:
            direction = "forward" if case.direction == COMPILED else case.direction
            right = compute(case.problem, case.operands, direction)
            assert not notices(peer, case, Reference(), right), (peer.name, case.name)
        assert not [refusal.name for refusal in peer.refusals if accepted(Reference(), refusal)], peer.name
    assert {name for name, peer in peers.items() if peer.refusals} == {"torch OpInfo", "Keras"}


def test_a_flipped_kernel_is_missed_by_onnx_nodes_and_caught_by_the_others(peers: dict[str, Peer]) -> None:
    flipped = FAULTS["kernel flipped"]
    found = {name: catches(peer, [flipped])[flipped.name] for name, peer in peers.items()}
    assert found["ONNX nodes"].reached > 0
    assert found["ONNX nodes"].caught == 0
    for name in ("ONNX models", "torch OpInfo", "Keras"):
        assert found[name].caught > 0


def fault_of(lie: Any, directions: tuple[str, ...] = ("forward",), takes: Any = None) -> Fault:
    return Fault("made up", "Lie.", "nowhere", "always", lambda _: takes is None, lie, directions, takes)


def peer_of(*cases: PeerCase, calls: int = 1, watches_inputs: bool = False, refusals: tuple[Refusal, ...] = ()) -> Peer:
    return Peer("small", "1", list(cases), list(refusals), calls=calls, watches_inputs=watches_inputs)


def caught(peer: Peer, fault: Fault) -> Catch:
    return catches(peer, [fault])["made up"]


def case_of(problem: Problem = ONE, direction: str = "forward", rtol: float = 1e-6) -> PeerCase:
    operands = normal(problem)
    if direction in ("dx", "dfilters"):
        operands = replace(operands, cotangent=np.ones(problem.output_shape, np.float32))
    return PeerCase("small", problem, operands, direction, rtol, 0)


def test_tolerance_decides() -> None:
    def slightly_off(question: Question) -> Any:
        return question.honest() * np.float32(1.01)

    assert caught(peer_of(case_of()), fault_of(slightly_off)) == Catch(1, 1)
    assert caught(peer_of(case_of(rtol=0.1)), fault_of(slightly_off)) == Catch(1, 0)
    assert caught(peer_of(case_of(rtol=np.inf)), fault_of(slightly_off)) == Catch(1, 0)
    assert caught(peer_of(case_of(rtol=np.inf)), fault_of(lambda question: question.honest()[:1])) == Catch(1, 1)
    assert caught(peer_of(case_of(rtol=np.inf)), fault_of(lambda q: q.honest().astype(np.float64))) == Catch(1, 1)


def test_a_gradient_and_a_compiled_call_are_asked() -> None:
    def zeros(question: Question) -> Any:
        return np.zeros_like(question.honest())

    def compiled(question: Question) -> Any:
        return question.honest() * (question.way != "compiled")

    assert caught(peer_of(case_of(), case_of(direction="dx")), fault_of(zeros, ("dx",))) == Catch(1, 1)
    assert caught(peer_of(case_of(), case_of(direction=COMPILED)), fault_of(compiled)) == Catch(2, 1)


def test_an_error_is_seen_and_a_second_call_and_a_touched_input_where_the_peer_looks() -> None:
    def second(question: Question) -> Any:
        question.memory["calls"] = question.memory.get("calls", 0) + 1
        return question.honest() * (question.memory["calls"] != 2)

    def touching(question: Question) -> Any:
        right = question.honest()
        question.given.x[...] = 0
        return right

    def failing(question: Question) -> Any:
        raise RuntimeError(str(question.problem))

    assert caught(peer_of(case_of()), fault_of(second)) == Catch(1, 0)
    assert caught(peer_of(case_of(), calls=2), fault_of(second)) == Catch(1, 1)
    assert caught(peer_of(case_of()), fault_of(touching)) == Catch(1, 0)
    assert caught(peer_of(case_of(), watches_inputs=True), fault_of(touching)) == Catch(1, 1)
    assert caught(peer_of(case_of()), fault_of(failing)) == Catch(1, 1)


def test_what_is_taken_where_an_error_is_wanted_is_caught() -> None:
    zero = unruled(kind="conv", batch=1, spatial=(3,), channels=1, filters=1, kernel_size=(1,), strides=(0,),
                   padding="valid", dilation=(1,))  # fmt: skip
    ones = Operands(np.ones((1, 3, 1), np.float32), np.ones((1, 1, 1), np.float32))
    refusal = Refusal("stride of 0", zero, ones)
    taking = fault_of(Question.honest, (), lambda problem, _: 0 in problem.strides)
    other = fault_of(Question.honest, (), lambda problem, _: problem.groups == 0)
    assert caught(peer_of(refusals=(refusal,)), taking) == Catch(1, 1)
    assert caught(peer_of(refusals=(refusal,)), other) == Catch(1, 0)
    assert not accepted(Faulty(Reference(), other), refusal)


def test_the_page_has_a_row_for_each_fault_and_the_counts() -> None:
    peer = peer_of(case_of())
    peer.skipped = {"a": "no array", "b": "no array"}
    found = {"seen": Catch(3, 2), "missed": Catch(1, 0), "out of reach": Catch()}
    page = render([(peer, found)], {"seen": 7, "missed": 5})
    assert "| fault | this suite | small |" in page
    assert "| **caught, of 3** | **2** | **1** |" in page
    assert "| can show in some case |  | 2 |" in page
    assert "| seen | 7 | 2/3 |" in page
    assert "| missed | 5 | 0/1 |" in page
    assert "| out of reach | 0 | · |" in page
    assert "- small, a and 1 more: no array." in page
    assert "this suite" not in render([(peer, found)]).split("## How")[0]


def test_peers_are_rebuilt_the_same_every_time(peers: dict[str, Peer]) -> None:
    for other in (opinfo(), keras_tests()):
        one = peers[other.name]
        for a, b in zip(one.cases, other.cases, strict=True):
            assert (a.name, a.problem) == (b.name, b.problem)
            np.testing.assert_array_equal(a.operands.x, b.operands.x)
            np.testing.assert_array_equal(a.operands.filters, b.operands.filters)


def test_counting_in_processes_is_counting() -> None:
    names = ["kernel flipped", "last kernel tap skipped"]
    (apart,) = count(names, 1, places=[0])
    assert apart == catches(onnx_nodes(), [FAULTS[name] for name in names])
    assert list(apart) == names


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing() -> Peer:
        raise ModuleNotFoundError("No module named 'onnx'", name="onnx")

    monkeypatch.setattr(command, "PEERS", (missing,))
    assert command.main([]) == 2
    assert "onnx is missing: python -m pip install onnx" in capsys.readouterr().err


def test_the_command_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "PEERS", (onnx_nodes,))
    monkeypatch.setattr(command, "count", lambda names, _: [{name: Catch(2, 1) for name in names}])
    assert command.main(["--write", str(tmp_path / "peers.md")]) == 0
    page = (tmp_path / "peers.md").read_text(encoding="utf-8")
    assert "| kernel flipped | 1/2 |" in page
