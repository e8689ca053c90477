"""What an adapter is handed: its own layouts, in the memory that the case asks for, and back again."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import REPEATABLE, directions, problems

from convformance.adapters.call import GAP, arrange, ask, canonical_answer, canonical_operands, native_answer
from convformance.adapters.claims import not_offered, posed
from convformance.adapters.contract import Adapter
from convformance.reference.case import MEMORIES, Case, Memory, parse_case
from convformance.reference.numbers import operands
from convformance.reference.operands import Operands
from convformance.reference.problem import Problem
from convformance.tests.conformance.validation import invalid_question

LAYOUTS = [
    ("channels_last", {"conv": "*IO", "depthwise": "*IM", "transposed": "*OI"}),
    ("channels_first", {"conv": "OI*", "depthwise": "M*I", "transposed": "IO*"}),
    ("channels_last", {"conv": "O*I", "depthwise": "IM*", "transposed": "I*O"}),
    ("channels_first", {"conv": "IO*", "depthwise": "MI*", "transposed": "O*I"}),
    ("channels_last", {"conv": "I*O", "depthwise": "I*M", "transposed": "(GO)*I"}),
    ("channels_first", {"conv": "*OI", "depthwise": "*MI", "transposed": "(GO)I*"}),
]
BY_GROUP = ["(GO)*I", "(GO)I*", "*(GO)I", "I(GO)*"]
MANY = Problem(batch=2, spatial=(5, 6), channels=3, filters=4, kernel_size=(2, 3), use_bias=True)
DEPTHWISE = "depthwise2d-n2-i5x6-c3-f6-k2x3-s1x1-pvalid-d1x1-g3-b-f32"
SEPARABLE = "separable2d-n2-i5x6-c3-f5-x2-k2x3-s1x1-pvalid-d1x1-g3-b-f32"
TRANSPOSED = "transposed2d-n2-i5x6-c3-f4-k2x3-s2x1-pvalid-d1x1-g1-b-f32"
GROUPED = "transposed2d-n2-i5x6-c4-f6-k2x3-s2x1-pvalid-d1x1-g2-b-f32"


def adapter_of(data_layout: str, filters: dict[str, str], **more: Any) -> Adapter:
    """An adapter that only declares."""
    return cast(Adapter, SimpleNamespace(name="layouts", data_layout=data_layout, filter_layouts=filters, **more))


@st.composite
def questions(draw: st.DrawFn) -> Case:
    problem = draw(problems(batches=(0, 1, 2)))
    return Case(problem, draw(st.sampled_from(directions(problem))), memory=draw(st.sampled_from(MEMORIES)))


@given(questions(), st.sampled_from(LAYOUTS))
@REPEATABLE
def test_what_is_handed_over_comes_back_as_it_was(case: Case, layouts: tuple[str, dict[str, str]]) -> None:
    adapter = adapter_of(*layouts)
    numbers = operands(case)
    back = canonical_operands(adapter, case, arrange(adapter, case, numbers))
    for name in Operands.__dataclass_fields__:
        before, after = getattr(numbers, name), getattr(back, name)
        assert (before is None) == (after is None), name
        if before is not None:
            np.testing.assert_array_equal(after, before, strict=True)


@given(questions(), st.sampled_from(LAYOUTS))
@REPEATABLE
def test_an_answer_in_the_adapters_layout_comes_back_in_the_canonical_one(
    case: Case, layouts: tuple[str, dict[str, str]]
) -> None:
    adapter = adapter_of(*layouts)
    given_numbers = arrange(adapter, case, operands(case))
    shape_of = {"dx": given_numbers.x, "dfilters": given_numbers.filters, "dpointwise": given_numbers.pointwise}
    if case.direction in shape_of:
        # A gradient lies as what it is the gradient of does.
        answer = canonical_answer(adapter, case, shape_of[case.direction])
        expected = {
            "dx": case.problem.input_shape,
            "dfilters": case.problem.filters_shape,
            "dpointwise": (case.problem.channels * case.problem.multiplier, case.problem.filters),
        }[case.direction]
        assert isinstance(answer, np.ndarray)
        assert answer.shape == expected


@pytest.mark.parametrize("layouts", LAYOUTS, ids=lambda layouts: layouts[1]["conv"])
def test_dense_arrays_are_contiguous_and_views_are_not(layouts: tuple[str, dict[str, str]]) -> None:
    adapter = adapter_of(*layouts)
    dense, view = Case(MANY), Case(MANY, memory="view")
    for array in (arrange(adapter, dense, operands(dense)).x, arrange(adapter, dense, operands(dense)).filters):
        assert array.flags.c_contiguous
    for array in (arrange(adapter, view, operands(view)).x, arrange(adapter, view, operands(view)).filters):
        assert not array.flags.c_contiguous
        assert array.flags.writeable


@pytest.mark.parametrize("layouts", LAYOUTS, ids=lambda layouts: layouts[1]["conv"])
def test_arrays_lie_as_the_case_says(layouts: tuple[str, dict[str, str]]) -> None:
    adapter = adapter_of(*layouts)
    handed = {
        memory: arrange(adapter, case, operands(case))
        for memory in MEMORIES
        for case in [Case(MANY, "dx", memory=memory)]
    }
    for array in (handed["fortran"].x, handed["fortran"].filters, handed["fortran"].cotangent):
        assert array is not None
        assert array.flags.f_contiguous
        assert not array.flags.c_contiguous
    for array in (handed["strided"].x, handed["strided"].filters, handed["strided"].cotangent):
        assert array is not None
        assert array.strides[-1] == 2 * array.itemsize
        assert isinstance(array.base, np.ndarray)
        assert (array.base == GAP).sum() >= array.base.size - array.size
    broadcast = handed["broadcast"]
    assert broadcast.x.strides[0] == 0
    assert (broadcast.x[0] == broadcast.x[1]).all()
    assert broadcast.filters.flags.c_contiguous


@pytest.mark.parametrize("layout", BY_GROUP)
@pytest.mark.parametrize("memory", MEMORIES)
def test_filters_that_lie_group_by_group_lie_in_memory_as_the_case_says(memory: Memory, layout: str) -> None:
    adapter = adapter_of("channels_last", {"conv": "*IO", "transposed": layout})
    case = Case(parse_case(GROUPED).problem, "dfilters", memory=memory)
    numbers = operands(case)
    filters = arrange(adapter, case, numbers).filters
    order = [axis for part in ("(GO)", "*", "I") for axis in _places(layout)[part]]
    every = filters.transpose(order)
    assert every.shape == (6, 2, 3, 2)
    for group in range(2):
        for each in range(3):
            seen = numbers.filters[:, :, each, 2 * group : 2 * group + 2]
            np.testing.assert_array_equal(every[3 * group + each], seen)
    assert filters.flags.c_contiguous == (memory in ("dense", "broadcast"))
    assert filters.flags.f_contiguous == (memory == "fortran")
    assert filters.flags.writeable
    if memory == "view":
        # As if the other order of axes had been transposed: no cell is far from the next.
        assert sorted(filters.strides) == sorted(np.empty(_stored(layout), np.float32).strides)
    if memory == "strided":
        assert isinstance(filters.base, np.ndarray)
        assert (filters.base == GAP).sum() >= filters.base.size - filters.size
    back = canonical_operands(adapter, case, arrange(adapter, case, numbers)).filters
    np.testing.assert_array_equal(back, numbers.filters, strict=True)


def _places(layout: str) -> dict[str, tuple[int, ...]]:
    """The axes of a two-dimensional layout."""
    names = {"(GO)*I": "OHWI", "(GO)I*": "OIHW", "*(GO)I": "HWOI", "I(GO)*": "IOHW"}[layout]
    return {"(GO)": (names.index("O"),), "*": (names.index("H"), names.index("W")), "I": (names.index("I"),)}


def _stored(layout: str) -> tuple[int, ...]:
    """The shape in memory of a view: HWOI, and of that itself IOHW."""
    return (2, 6, 2, 3) if layout == "*(GO)I" else (2, 3, 6, 2)


@pytest.mark.parametrize("layout", BY_GROUP)
def test_a_gradient_of_filters_that_lie_group_by_group_comes_back_the_same_way(layout: str) -> None:
    adapter = adapter_of("channels_last", {"conv": "*IO", "transposed": layout})
    case = Case(parse_case(GROUPED).problem, "dfilters")
    canonical = np.arange(72).reshape(2, 3, 3, 4)
    laid = native_answer(adapter, case, canonical)
    assert isinstance(laid, np.ndarray)
    assert [laid.shape[axis] for axis in _places(layout)["(GO)"]] == [6]
    np.testing.assert_array_equal(canonical_answer(adapter, case, laid), canonical)


@pytest.mark.parametrize("shape", [(3, 2, 3, 4), (3, 2, 3, 2), (12, 2, 3, 2), (6, 2, 3, 4), (5, 2, 3, 2), (0, 2, 3, 2)])
def test_a_gradient_of_no_right_shape_never_seems_to_have_it(shape: tuple[int, ...]) -> None:
    adapter = adapter_of("channels_last", {"conv": "*IO", "transposed": "(GO)*I"})
    case = Case(parse_case(GROUPED).problem, "dfilters")
    back = canonical_answer(adapter, case, np.zeros(shape))
    assert isinstance(back, np.ndarray)
    assert back.shape != case.problem.filters_shape
    assert back.size == np.prod(shape)


@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize("layouts", LAYOUTS, ids=lambda layouts: layouts[1]["conv"])
@pytest.mark.parametrize("text", [str(MANY), SEPARABLE, TRANSPOSED, GROUPED, DEPTHWISE])
def test_writing_to_what_is_handed_over_changes_nobody_else(
    text: str, layouts: tuple[str, dict[str, str]], memory: Memory
) -> None:
    case = Case(parse_case(text).problem, "dx", memory=memory)
    numbers = operands(case)
    handed = arrange(adapter_of(*layouts), case, numbers)
    for name in Operands.__dataclass_fields__:
        if getattr(numbers, name) is not None:
            assert not np.shares_memory(getattr(handed, name), getattr(numbers, name))


def test_shapes_are_those_of_the_layouts() -> None:
    shapes = {}
    for text in (str(MANY), DEPTHWISE, TRANSPOSED, SEPARABLE):
        case = Case(parse_case(text).problem, "dx")
        for layouts in LAYOUTS[:2]:
            handed = arrange(adapter_of(*layouts), case, operands(case))
            shapes[case.problem.kind, layouts[0]] = handed.x.shape, handed.filters.shape
            assert handed.cotangent is not None
            if case.problem.kind == "separable":
                assert handed.pointwise is not None
                assert handed.pointwise.shape == ((1, 1, 6, 5) if layouts is LAYOUTS[0] else (5, 6, 1, 1))
    assert shapes == {
        ("conv", "channels_last"): ((2, 5, 6, 3), (2, 3, 3, 4)),
        ("conv", "channels_first"): ((2, 3, 5, 6), (4, 3, 2, 3)),
        ("depthwise", "channels_last"): ((2, 5, 6, 3), (2, 3, 3, 2)),
        ("depthwise", "channels_first"): ((2, 3, 5, 6), (2, 2, 3, 3)),
        ("transposed", "channels_last"): ((2, 5, 6, 3), (2, 3, 4, 3)),
        ("transposed", "channels_first"): ((2, 3, 5, 6), (3, 4, 2, 3)),
        ("separable", "channels_last"): ((2, 5, 6, 3), (2, 3, 3, 2)),
        ("separable", "channels_first"): ((2, 3, 5, 6), (2, 2, 3, 3)),
    }


def test_who_has_no_depthwise_layout_is_given_the_equal_grouped_convolution() -> None:
    torch_like = adapter_of("channels_first", {"conv": "OI*", "transposed": "IO*"})
    case = Case(parse_case(DEPTHWISE).problem, "dfilters")
    assert posed(torch_like, case.problem) == case.problem.as_grouped
    handed = arrange(torch_like, case, operands(case))
    assert handed.filters.shape == (6, 1, 2, 3)
    back = canonical_answer(torch_like, case, handed.filters)
    np.testing.assert_array_equal(back, operands(case).filters)


def test_an_answer_comes_back_in_canonical_layout() -> None:
    answer = np.zeros((2, 4, 5, 6))
    case = Case(MANY)
    first = canonical_answer(adapter_of(*LAYOUTS[1]), case, answer)
    last = canonical_answer(adapter_of(*LAYOUTS[0]), case, answer)
    assert isinstance(first, np.ndarray)
    assert isinstance(last, np.ndarray)
    assert first.shape == (2, 5, 6, 4)
    assert last.shape == (2, 4, 5, 6)


@pytest.mark.parametrize("answer", [None, "text", [1, 2], np.float32(1), np.zeros(3)])
@pytest.mark.parametrize("direction", ["forward", "dx", "dfilters", "dbias"])
def test_what_is_no_image_is_left_to_the_judge(answer: object, direction: str) -> None:
    assert canonical_answer(adapter_of(*LAYOUTS[1]), Case(MANY, direction), answer) is answer


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{MANY}.forward.exact", None),
        (f"{MANY}.dx.exact", "the adapter offers no gradients"),
        (f"{MANY}.law-adjoint.exact", "the adapter offers no gradients"),
        (f"{MANY}.law-batch.exact", None),
        (f"{MANY}.state-sizes.exact", "the adapter offers no layer"),
        (f"{MANY}.state-threads.exact", "the adapter offers no threads"),
        (f"{MANY}.state-compiled.exact", "the adapter offers no compiled"),
        (f"{MANY}.invalid-groups-zero.exact", None),
        (f"{DEPTHWISE}.forward.exact", None),
        (f"{TRANSPOSED}.forward.exact", "the adapter declares no layout of transposed filters"),
        (f"{SEPARABLE}.forward.exact", "the adapter declares no layout of depthwise filters"),
    ],
)
def test_what_an_adapter_does_not_offer(text: str, reason: str | None) -> None:
    assert not_offered(adapter_of("channels_last", {"conv": "*IO"}), parse_case(text)) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{SEPARABLE}.forward.exact", "the adapter offers no separable"),
        (f"{SEPARABLE}.dpointwise.exact", "the adapter offers no separable_gradients"),
    ],
)
def test_separable_layers_need_methods_of_their_own(text: str, reason: str) -> None:
    assert not_offered(adapter_of(*LAYOUTS[0], gradients=print), parse_case(text)) == reason


def test_an_invalid_problem_may_have_no_words() -> None:
    def inexpressible(problem: Problem, direction: str) -> str | None:
        return f"no groups in {problem.kind}" if "groups" in direction else None

    speaks = adapter_of(*LAYOUTS[0], inexpressible=inexpressible)
    assert not_offered(speaks, parse_case(f"{MANY}.invalid-groups-zero.exact")) == "no groups in conv"
    assert not_offered(speaks, parse_case(f"{MANY}.invalid-stride-zero.exact")) is None
    assert not_offered(speaks, parse_case(f"{MANY}.forward.exact")) is None


@pytest.mark.parametrize(
    ("direction", "shape"),
    [
        ("invalid-groups-zero", (6, 2, 3, 2)),
        ("invalid-groups-negative", (6, 2, 3, 2)),
        ("invalid-channels-by-groups", (6, 2, 3, 2)),
        ("invalid-dtype-mixed", (6, 2, 3, 2)),
        ("invalid-filters-channels", (8, 2, 3, 2)),
        ("invalid-kernel-zero", (6, 0, 3, 2)),
        ("invalid-filters-rank", (6, 3, 2)),
        ("invalid-filters-by-groups", (3, 2, 3, 5)),
    ],
)
def test_filters_of_an_invalid_problem_lie_in_the_groups_of_the_valid_one(
    direction: str, shape: tuple[int, ...]
) -> None:
    adapter = adapter_of("channels_last", {"conv": "*IO", "transposed": "(GO)*I"})
    case = Case(parse_case(GROUPED).problem, direction)
    _, handed = invalid_question(adapter, case, operands(case))
    assert handed.filters.shape == shape
    assert handed.filters.flags.c_contiguous


def test_the_method_that_a_case_needs_is_called() -> None:
    names = ("convolve", "gradient", "separable")
    methods: dict[str, Any] = {name: (lambda *given, name=name: (name, len(given))) for name in names}
    methods["gradients"] = lambda *given: ("dx", "dfilters", "dbias", len(given))[:3]
    methods["separable_gradients"] = lambda *_: ("dx", "dfilters", "dpointwise", "dbias")
    adapter = adapter_of(*LAYOUTS[0], **methods)
    answers = {}
    for text in (str(MANY), SEPARABLE):
        problem = parse_case(text).problem
        for direction in directions(problem):
            case = Case(problem, direction)
            answers[problem.kind, direction] = ask(adapter, case, arrange(adapter, case, operands(case)))
    case = Case(MANY, "dfilters")
    assert ask(adapter, case, arrange(adapter, case, operands(case)), alone=True) == ("gradient", 6)
    assert answers.pop(("conv", "forward")) == ("convolve", 4)
    assert answers.pop(("separable", "forward")) == ("separable", 5)
    assert all(answer == direction for (_, direction), answer in answers.items())


@pytest.mark.parametrize("every", [None, np.zeros(3), ("dx", "dfilters")])
def test_gradients_that_are_no_three_are_left_to_the_judge(every: object) -> None:
    adapter = adapter_of(*LAYOUTS[0], gradients=lambda *_: every)
    case = Case(MANY, "dx")
    assert ask(adapter, case, arrange(adapter, case, operands(case))) is every
