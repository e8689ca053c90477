"""The picture of a case: what it says is what the reference computes, and what it outlines is what meets."""

import re
import time
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import REPEATABLE, Array, directions, integers, problems
from rich.console import Console

from convformance.adapters.find import find
from convformance.reference.case import Case, parse_case
from convformance.reference.meetings import meetings
from convformance.reference.oracle import evaluate
from convformance.reference.problem import KINDS, Kind, Problem
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.options import UsageError
from convformance.tests.conformance.picture.addends import Addends
from convformance.tests.conformance.picture.drawing import PictureError, picture, picture_page
from convformance.tests.conformance.picture.files import draw
from convformance.tests.conformance.picture.painting import short
from convformance.tests.conformance.picture.scene import scene
from convformance.tests.conformance.picture.splitting import addends_of, map_index
from convformance.tests.conformance.picture.windows import meetings_along
from convformance.tests.conformance.runner import judge_case, prepare

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
CASE = parse_case("conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32")
RGB = parse_case("conv2d-n2-i5x4-c3-f2-k3x2-s1x1-pvalid-d1x1-g1-f32")
SAMPLE = list(load("quick"))[::17]


def elements(drawn: str, kind: str) -> list[ET.Element]:
    """All elements of a picture that have a class."""
    return [one for one in ET.fromstring(drawn).iter() if kind in one.get("class", "").split()]  # noqa: S314 - our own


def words(drawn: str) -> list[str]:
    """All lines of text of a picture but for the numbers in its cells."""
    lines = ET.fromstring(drawn).iter(f"{SVG}text")  # noqa: S314 - our own
    return ["".join(line.itertext()) for line in lines if line.find(f"{SVG}tspan[@x]") is None]


def grids(drawn: str) -> list[list[list[str]]]:
    """The numbers of each panel as they are written."""
    panels = elements(drawn, "n")
    return [[[cell.text or "" for cell in row.iter(f"{SVG}tspan")] for row in panel] for panel in panels]


def outlined(drawn: str) -> list[set[tuple[int, int]]]:
    """The cells within the outline of each panel that has one: those with an odd number of edges on their left."""
    found = []
    for path in elements(drawn, "hit"):
        edges = {(int(row), int(column)) for column, row in re.findall(r"M(\d+) (\d+)v1", path.get("d", ""))}
        cells = product(range(20), range(20))
        found.append({(row, column) for row, column in cells if sum((row, c) in edges for c in range(column + 1)) % 2})
    return found


def corners(drawn: str) -> int:
    """How many cells are marked as wrong."""
    return sum(path.get("d", "").count("M") for path in elements(drawn, "k"))


def text_of(values: Array) -> list[list[str]]:
    """The numbers of a map as a panel writes them."""
    return [[short(value) for value in row] for row in values]


def answer_of(case: Case, at: tuple[int, ...] | None = None, wrong: float = 0) -> dict[str, Any]:
    """An answer to a case as a report keeps it, the whole map of one element, which may be made wrong."""
    value = prepare(case).evaluation.value.astype(np.float64)
    at = at or tuple(size // 2 for size in value.shape)
    value[at] += wrong
    axes = range(case.problem.rank) if case.direction == "dfilters" else range(1, case.problem.rank + 1)
    cut: list[int | slice] = list(at)
    for axis in axes:
        cut[axis] = slice(None)
    return {"at": list(at), "begin": [0] * case.problem.rank, "map": value[tuple(cut)].tolist()}


def product_by_product(addends: Addends, place: int, cell: tuple[int, ...]) -> float:
    """The number of one addend in a cell, from the cells that are said to meet there."""
    source, weights, made = addends.planes
    window = [meetings_along(addends.plain, axis, made, index) for axis, index in enumerate(cell)]
    total = 0.0
    for pair in product(*([one for one in axis if one.cell is not None] for axis in window)):
        index = {
            plane: tuple(getattr(one, "cell" if plane == "input" else plane) for one in pair)
            for plane in (source, weights)
        }
        weight = 1 if addends.weights is None else addends.weights[place][index[weights]]
        total += addends.sources[place][index[source]] * weight
    return total * (1 if addends.factors is None else addends.factors[place])


@pytest.mark.parametrize("kind", KINDS)
def test_the_addends_of_every_kind_and_direction_add_up_to_what_the_reference_gives(kind: Kind) -> None:
    @given(problems(kinds=(kind,), largest=2), st.integers(0, 2**31), st.data())
    @settings(REPEATABLE, max_examples=40)
    def check(problem: Problem, seed: int, data: st.DataObject) -> None:
        operands = integers(problem, seed)
        for direction in directions(problem):
            case = Case(problem, direction)
            value = evaluate(problem, operands, direction).value
            at = tuple(data.draw(st.integers(0, size - 1)) for size in value.shape)
            addends, cell = addends_of(case, operands, at), map_index(case, at)
            total = np.sum([addends.map_of([place]) for place in range(len(addends))], axis=0)
            np.testing.assert_array_equal(addends.map_of(range(len(addends))), total)
            if direction in ("dbias", "dpointwise"):
                assert total[cell] == value[at]
                continue
            if direction == "forward":
                total = total + (0 if operands.bias is None else operands.bias[at[-1]])
                total = np.maximum(total, 0) if problem.activation == "relu" else total
            whole = value[..., at[-2], at[-1]] if direction == "dfilters" else value[at[0], ..., at[-1]]
            np.testing.assert_array_equal(total, whole)

    check()


@pytest.mark.parametrize("kind", KINDS)
def test_what_meets_in_a_cell_is_what_its_number_is_the_sum_of(kind: Kind) -> None:
    @given(problems(kinds=(kind,), largest=2), st.integers(0, 2**31), st.data())
    @settings(REPEATABLE, max_examples=25)
    def check(problem: Problem, seed: int, data: st.DataObject) -> None:
        operands = integers(problem, seed)
        for direction in directions(problem):
            case = Case(problem, direction)
            shape = evaluate(problem, operands, direction).value.shape
            at = tuple(data.draw(st.integers(0, size - 1)) for size in shape)
            addends, cell = addends_of(case, operands, at), map_index(case, at)
            for place in range(len(addends)):
                assert addends.map_of([place])[cell] == product_by_product(addends, place, cell)

    check()


@pytest.mark.parametrize("direction", ["forward", "dx", "dfilters"])
@pytest.mark.parametrize(
    "text",
    [
        "conv2d-n1-i5x4-c4-f2-k3x2-s2x1-p2+1x0+1-mreflect-d1x2-g2-f32",
        "transposed2d-n1-i3x4-c2-f2-k3x2-s2x3-p1+0x0+1-d1x1-g1-f32",
        "depthwise1d-n2-i7-c2-f4-k3-s2-psame-d1-g2-f32",
    ],
)
def test_the_cells_that_meet_are_those_of_the_definition(text: str, direction: str) -> None:
    case = replace(parse_case(text), direction=direction)
    problem, rank = case.problem, case.problem.rank
    drawn = scene(case, {})
    by_role: dict[str, Any] = {"x": set(), "filters": set(), "output": set()}
    answer = {"forward": 2, "dx": 0, "dfilters": 1}[direction]
    for meeting in meetings(problem):
        if meeting[answer] == drawn.at:
            by_role["x"].add(meeting[0][1 : rank + 1])
            by_role["filters"].add(meeting[1][:rank])
            by_role["output"].add(meeting[2][1 : rank + 1])
    roles = {"forward": ("x", "filters"), "dx": ("output", "filters"), "dfilters": ("x", "output")}[direction]
    if problem.kind == "transposed" and direction == "dfilters":
        roles = ("output", "x")
    for role, plane in zip(roles, drawn.addends.planes[:2], strict=True):
        met = {tuple(getattr(one, "cell" if plane == "input" else plane) for one in pair) for pair in drawn.pairs}
        assert met == by_role[role]


def test_a_filter_is_drawn_as_one_kernel_for_each_channel_that_it_sees() -> None:
    labels = Counter(words(picture(RGB)))
    assert [
        labels[f"{what} {channel}"]
        for what in ("channel", "kernel for channel", "map of channel")
        for channel in range(3)
    ] == [1] * 9
    assert labels["filter 0"] == labels["output channel 0"] == 1
    assert labels["3 kernels, one per channel"] == 1
    assert any(line.startswith("A filter is the collection of all 3 kernels") for line in words(picture(RGB)))
    assert "The layer has 2 filters, so 2 output channels and 2 * 3 = 6 kernels." in words(picture(RGB))


def test_the_channels_kernels_maps_and_sum_are_the_numbers_of_the_case() -> None:
    posed = prepare(RGB)
    x, filters = posed.operands.x, posed.operands.filters
    panels = grids(picture(RGB))
    assert panels[:3] == [text_of(x[0, ..., channel]) for channel in range(3)]
    assert panels[3:6] == [text_of(filters[..., channel, 0]) for channel in range(3)]
    assert panels[-1] == text_of(posed.evaluation.value[0, ..., 0])


def test_the_sum_at_the_chosen_cell_is_written_out() -> None:
    posed, (image, row, column, which) = prepare(RGB), scene(RGB, {}).at
    lines = [line for line in words(picture(RGB)) if " = " in line and line.startswith(("map", "sum"))]
    assert len(lines) == 4
    for line in lines:
        left, right = line.split("  ", 1)[1].rsplit(" = ", 1)
        assert eval(left) == float(right)  # noqa: S307 - what the picture says is arithmetic
    assert float(lines[-1].rsplit(" = ", 1)[1]) == posed.evaluation.value[image, row, column, which]


def test_bias_and_relu_stand_between_the_sum_and_the_output() -> None:
    drawn = picture(CASE)
    lines = words(drawn)
    chosen = scene(CASE, {})
    bias = prepare(CASE).operands.bias
    assert bias is not None
    assert f"+ bias {int(bias[chosen.at[-1]])}, then ReLU" in lines
    (total,) = [line for line in lines if line.startswith("sum")]
    assert "max(0, " in total
    assert total.endswith(f"= {int(prepare(CASE).evaluation.value[chosen.at])}")


def test_a_group_s_filter_sees_its_own_channels_only() -> None:
    at = (0, 2, 3, 5)
    lines = words(picture(CASE, {"a": answer_of(CASE, at)}))
    assert "filter 5" in lines
    assert [line for line in lines if line.startswith("kernel for")] == ["kernel for channel 2", "kernel for channel 3"]


def test_the_window_of_a_dilated_kernel_outlines_exactly_the_cells_that_it_meets() -> None:
    case = parse_case("conv2d-n1-i7x6-c1-f2-k3x2-s1x1-pvalid-d2x3-g1-f32")
    row, column = scene(case, {}).cell
    source, kernel, *maps = outlined(picture(case))
    assert source == {(row + 2 * tap, column + 3 * other) for tap in range(3) for other in range(2)}
    assert kernel == {(tap, other) for tap in range(3) for other in range(2)}
    assert maps == [{(row, column)}] * 2


def test_a_window_that_leaves_the_image_shows_its_pads() -> None:
    case = parse_case("conv2d-n1-i5x6-c1-f2-k3x2-s1x1-psame-d1x1-g1-f32")
    drawn = picture(case, {"a": answer_of(case, (0, 0, 0, 1))})
    assert len(elements(drawn, "d")) == 1
    assert outlined(drawn)[0] == {(row, column) for row in range(3) for column in range(2)}
    assert grids(drawn)[0][0] == ["0"] * 7
    assert any("Dashed cells are pads: zeros." in line for line in words(drawn))
    assert not elements(picture(RGB), "d")


@pytest.mark.parametrize(("mode", "copied"), [("reflect", [2, 1]), ("replicate", [0, 0]), ("circular", [5, 6])])
def test_pads_that_are_no_zeros_show_the_cells_that_they_copy(mode: str, copied: list[int]) -> None:
    case = parse_case(f"conv1d-n1-i7-c1-f1-k3-s1-p2+0-m{mode}-d1-g1-f32")
    drawn = picture(case, {"a": answer_of(case, (0, 0, 0))})
    x = prepare(case).operands.x[0, :, 0]
    assert grids(drawn)[0] == text_of(np.array([[*x[copied], *x]]))
    assert outlined(drawn)[0] == {(0, 0), (0, 1), (0, 2)}


def test_a_transposed_convolution_outlines_the_cells_that_reach_the_chosen_one() -> None:
    case = parse_case("transposed2d-n1-i3x4-c2-f2-k3x2-s2x2-pvalid-d1x1-g1-f32")
    source, _, kernel, *_ = outlined(picture(case, {"a": answer_of(case, (0, 2, 4, 0))}))
    assert source == {(0, 2), (1, 2)}
    assert kernel == {(0, 0), (2, 0)}


def test_a_cell_that_nothing_reaches_says_so() -> None:
    case = parse_case("transposed2d-n1-i3x4-c2-f2-k1x1-s2x2-pvalid-d1x1-g1-b-f32")
    drawn = picture(case, {"a": answer_of(case, (0, 1, 1, 0))})
    assert "map of channel 0  nothing meets there = 0" in words(drawn)


def test_the_gradient_of_the_input_says_that_its_kernels_are_no_filter() -> None:
    case = parse_case("conv2d-n2-i5x6-c3-f4-k3x2-s1x2-psame-d1x1-g1-relu-f32.dx.exact")
    lines = words(picture(case))
    assert [line for line in lines if line.startswith("of filter")] == [
        f"of filter {which}, channel 0" for which in range(4)
    ]
    assert any(line.startswith("These 4 kernels are no filter") for line in lines)
    assert not elements(picture(case), "box")
    assert elements(picture(CASE), "box")


def test_three_axes_show_the_slice_with_the_chosen_cell() -> None:
    case = parse_case("conv3d-n2-i5x6x4-c2-f3-k2x3x2-s1x2x1-psame-d1x1x1-g1-f32")
    drawn, chosen = picture(case), scene(case, {})
    assert chosen.depth is not None
    value = prepare(case).evaluation.value
    assert grids(drawn)[-1] == text_of(value[chosen.at[0], chosen.at[1], ..., chosen.at[-1]])
    x = prepare(case).operands.x[0, chosen.depth["input"], ..., 0]
    assert [row[:4] for row in grids(drawn)[0][:6]] == text_of(x)
    assert f"slice {chosen.at[1]} (0 to 4)" in words(drawn)


def test_a_slice_that_nothing_reaches_is_shown_all_the_same() -> None:
    case = parse_case("transposed3d-n1-i3x3x4-c1-f1-k1x2x2-s2x1x1-pvalid-d1x1x1-g1-b-f32")
    drawn = picture(case, {"a": answer_of(case, (0, 5, 1, 1, 0))})
    assert "slice 5 (0 to 5)" in words(drawn)
    assert grids(drawn)[2] == [["0"] * 5] * 4


def test_a_long_sum_is_cut_and_says_how_much_is_left_out() -> None:
    case = parse_case("conv2d-n1-i9x8-c1-f1-k5x4-s1x1-pvalid-d1x1-g1-f32")
    (line,) = [line for line in words(picture(case)) if line.startswith("map of channel 0  ")]
    assert line.count("*") == 9
    assert "+ ... (11 more) = " in line


def test_of_many_channels_the_first_are_drawn_and_the_others_are_one_map() -> None:
    case = parse_case("conv2d-n1-i6x5-c64-f2-k3x2-s1x1-pvalid-d1x1-g1-f32")
    drawn, chosen = picture(case), scene(case, {})
    assert "and 60 more channels" in words(drawn)
    assert "and 60 more kernels" in words(drawn)
    assert chosen.rest is not None
    np.testing.assert_array_equal(sum(chosen.maps) + chosen.rest, chosen.value)


def test_a_large_map_is_cut_around_the_window_and_says_so() -> None:
    case = parse_case("conv2d-n1-i60x70-c1-f1-k3x2-s1x1-psame-d1x1-g1-f32")
    drawn = picture(case, {"a": answer_of(case, (0, 59, 40, 0))})
    notes = [text.text or "" for text in elements(drawn, "note")]
    assert re.fullmatch(r"rows \d+ to 60, columns \d+ to \d+ of 60 x 70", notes[0])
    assert all(len(panel) <= 11 and len(panel[0]) <= 11 for panel in grids(drawn)[:4])


def test_a_wrong_answer_is_drawn_around_its_worst_element() -> None:
    adapter = find("reference+kernel-flipped")
    verdict = judge_case(adapter, CASE)
    assert verdict.answer is not None
    drawn = picture(CASE, {adapter.name: verdict.answer})
    at = tuple(verdict.answer["at"])
    got, value = np.array(verdict.answer["map"]), prepare(CASE).evaluation.value[at[0], ..., at[-1]]
    lines = words(drawn)
    assert f"output[{', '.join(map(str, at))}], outlined:" in lines
    assert grids(drawn)[-3:] == [text_of(value), text_of(got), text_of(got - value)]
    assert corners(drawn) == 2 * int((got != value).sum()) > 0
    assert "what reference+kernel-flipped gave" in lines


def test_an_answer_without_a_wrong_cell_has_no_mark() -> None:
    drawn = picture(RGB, {"good": answer_of(RGB)})
    assert corners(drawn) == 0
    assert any("none of the 9 cells of this map that are known is wrong" in line for line in words(drawn))


def test_real_numbers_are_wrong_where_they_leave_the_bound() -> None:
    case = parse_case("conv2d-n2-i5x4-c3-f2-k3x2-s1x1-pvalid-d1x1-g1-f32.forward.real")
    assert corners(picture(case, {"a": answer_of(case, wrong=1e-9)})) == 0
    assert corners(picture(case, {"a": answer_of(case, wrong=1e-3)})) == 2


def test_the_picture_is_about_the_first_answer_that_is_wrong() -> None:
    answers = {"good": answer_of(RGB, (0, 0, 0, 0)), "bad": answer_of(RGB, (1, 2, 1, 1), wrong=1)}
    lines = words(picture(RGB, answers))
    assert "output[1, 2, 1, 1], outlined:" in lines
    assert [line for line in lines if line.startswith("what ")] == ["what good gave", "what bad gave"]


def test_an_answer_that_is_no_number_is_wrong_where_a_number_is_expected() -> None:
    answer = answer_of(RGB)
    answer["map"][0][0] = "nan"
    drawn = picture(RGB, {"a": answer})
    assert corners(drawn) == 2
    assert "nan" in grids(drawn)[-2][0]


def test_special_values_are_shown_where_they_show() -> None:
    case = parse_case("conv2d-n2-i6x5-c3-f2-k3x2-s1x1-psame-d1x1-g1-b-f32.forward.inf-filters")
    chosen = scene(case, {})
    assert not np.isfinite(prepare(case).evaluation.value[chosen.at])
    assert not np.isfinite(chosen.total[chosen.cell])
    # A kernel's infinity does not reach what it meets in the pads only.
    np.testing.assert_array_equal(np.isfinite(chosen.total), np.isfinite(chosen.value))


@pytest.mark.parametrize("text", SAMPLE)
def test_every_case_of_the_quick_tier_has_a_picture_or_a_reason(text: str) -> None:
    case = parse_case(text)
    about_one_sum = not case.direction.startswith(("law", "state", "invalid")) and case.problem.batch > 0
    if not about_one_sum:
        with pytest.raises(PictureError, match=r"^no picture: ") as error:
            picture(case)
        assert "\n" not in str(error.value)
        return
    drawn = picture(case)
    assert len(drawn) < 70_000  # the largest of the quick tier has 69 KB
    assert ET.fromstring(drawn).tag == f"{SVG}svg"  # noqa: S314 - our own
    wide, high = map(int, re.findall(r'viewBox="0 0 (\d+) (\d+)"', drawn)[0])
    texts = ET.fromstring(drawn).findall(f"{SVG}text")  # noqa: S314 - our own
    assert max(float(one.get("x", "0")) for one in texts) < wide
    assert max(float(one.get("y", "0")) for one in texts) < high < 2200


@pytest.mark.parametrize("text", SAMPLE[::9])
def test_honest_answers_of_every_direction_have_no_wrong_cell_and_changed_ones_have(text: str) -> None:
    case = parse_case(text)
    verdict = judge_case(find("reference"), case, keep=True)
    if verdict.answer is None:
        return
    assert corners(picture(case, {"honest": verdict.answer})) == 0
    inside = verdict.answer["map"]
    axes = [axis for axis, _ in enumerate(verdict.answer["begin"])]
    first = {"dfilters": 0, "dpointwise": 0, "dbias": 0}.get(case.direction, 1)
    place = [verdict.answer["at"][axis + first] - verdict.answer["begin"][axis] for axis in axes]
    for index in place[:-1]:
        inside = inside[index]
    inside[place[-1]] = 77 if case.problem.precision.is_integer else 1e30
    assert corners(picture(case, {"changed": verdict.answer})) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"at": [0, 0, 0]},
        {"at": [0, 0, 0, 9]},
        {"at": [0, -1, 0, 0]},
        {"begin": [0]},
        {"begin": [2, 2]},
        {"begin": None},
        {"map": []},
        {"map": [[1, 2], [3]]},
        {"map": [["x"] * 3] * 3},
        {"map": [[1.0] * 9] * 9},
        {"map": {}},
    ],
)
def test_an_answer_that_does_not_belong_to_the_case_is_one_clear_line(change: dict[str, Any]) -> None:
    with pytest.raises(PictureError, match=r"^no picture: the answer of a") as error:
        picture(RGB, {"a\n\x1b[31m": {**answer_of(RGB), **change}})
    assert str(error.value).isprintable()


def test_hostile_names_can_do_nothing() -> None:
    name = "</text></svg><script>alert(1)</script>\"onload='alert(2)'\x1b]0;x\x07\n\u202e&amp;\ud800"
    for drawn in (picture(RGB, {name: answer_of(RGB)}), picture_page(RGB, {name: answer_of(RGB)})):
        assert "<script" not in drawn
        assert not {"\x1b", "\x07", "\u202e"} & set(drawn)
        drawn.encode("utf-8")
    (said,) = [line for line in words(picture(RGB, {name: answer_of(RGB)})) if "alert" in line]
    assert said.startswith("what </text></svg><script>alert(1)")


def test_an_answer_that_can_not_be_drawn_is_one_line_on_the_command_line(tmp_path: Path) -> None:
    answer = {**answer_of(RGB), "map": [[1], [2, 3]]}
    with pytest.raises(UsageError, match=r"^no picture: the answer of a"):
        draw(str(RGB), str(tmp_path / "case.svg"), {"a": answer}, Console())
    assert not list(tmp_path.iterdir())


def test_a_picture_loads_nothing_and_shares_no_names_with_another() -> None:
    drawn = picture(CASE)
    assert not re.search(r"""\s(id|href|on\w+)=|url\(|@import|<(script|image|use|foreignObject)""", drawn)
    assert drawn.count("http") == drawn.count("http://www.w3.org/2000/svg") == 1
    (style,) = re.findall("<style>(.*)</style>", drawn)
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", style.replace("@media (prefers-color-scheme:dark){", ""))
    assert all(selector.strip("}").startswith(".conv-picture") for selector in selectors)


def test_the_page_says_the_problem_in_words_and_needs_nothing_else() -> None:
    page = picture_page(CASE)
    assert "2 images of 9x8 cells with 4 channels" in page
    assert picture(CASE) in page
    assert "default-src 'none'" in page
    assert not re.search(r"<script|\ssrc=|\shref=", page)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-f32.law-shift.exact", "about several calls"),
        ("conv2d-n0-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-f32.forward.exact", "no image in a batch of 0"),
        ("conv2d-n9-i999x999-c512-f999-k3x3-s1x1-pvalid-d1x1-g1-f32.forward.exact", "products"),
    ],
)
def test_what_is_no_sum_or_too_large_is_refused_at_once(text: str, why: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(PictureError, match=why):
        picture(parse_case(text))
    assert time.perf_counter() - begin < 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (9999, "9999"),
        (-2049, "-2049"),
        (10000, "10k"),
        (-527000, "-527k"),
        (999_700, "1e6"),
        (4_610_000, "4.6M"),
        (-12_400_000, "-12M"),
        (0.5, "0.50"),
        (-12.34, "-12.3"),
        (123.4, "123"),
        (0.001, "1e-3"),
        (-3e38, "-3e38"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_numbers_are_short_enough_for_a_cell(value: float, text: str) -> None:
    assert short(value) == text


def test_the_pictures_of_the_documents_are_what_is_drawn_today() -> None:
    page = (ROOT / "docs" / "kernel-and-filter.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ convformance case (\S+)(?: --adapter (\S+))? --picture (\S+)$", page, re.MULTILINE)
    assert len(commands) == 2
    for text, adapter, file in commands:
        case = parse_case(text)
        answers = {adapter: judge_case(find(adapter), case).answer or {}} if adapter else {}
        assert (ROOT / "docs" / "pictures" / file).read_text(encoding="utf-8") == picture(case, answers)
        assert f"(pictures/{file})" in page
