"""The corpus: what its files promise is true of their lines."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from convformance.adapters.claims import not_offered, posed
from convformance.adapters.keras_layers import Keras
from convformance.adapters.tensorflow_nn import TensorFlow
from convformance.adapters.torch_nn import Torch
from convformance.reference.case import SPECIALS, Case, parse_case
from convformance.reference.directions import DIRECTIONS, INVALID, LAWS, STATES
from convformance.tests.conformance.corpus import FULL, NETWORKS, TIERS, behaviour, corpus_id, covering, load, networks
from convformance.tests.conformance.corpus.behaviour import FOUND
from convformance.tests.conformance.corpus.covering import ARRAYS, Row, cases_of, legal_combinations, row_of
from convformance.tests.conformance.corpus.tables import Table
from convformance.tests.conformance.corpus.targeted import IMAGES, OTHERS, one_wide_views
from convformance.tests.conformance.corpus.targeted import cases as targeted_cases
from convformance.tests.conformance.features import FEATURES

NOBODY_HAS = ("separable3d",)
"""The kinds that no framework has a layer for: a row without a case."""


@cache
def cases(tier: str) -> Mapping[str, Case]:
    return {text: parse_case(text) for text in load(tier)}


def of_origin(origin: str) -> list[Case]:
    """All lines of one file, those among them that an earlier file holds as well."""
    lines = (files("convformance.tests.conformance.corpus") / f"{origin}.txt").read_text("ascii").splitlines()
    return [parse_case(line) for line in lines if not line.startswith("#")]


def test_every_line_parses_and_prints_to_itself() -> None:
    for text, case in cases("full").items():
        assert str(case) == text


@pytest.mark.parametrize("origin", FULL)
def test_a_file_begins_with_a_remark_and_has_no_line_twice(origin: str) -> None:
    found = of_origin(origin)
    assert found
    assert len(set(found)) == len(found)


def rows_of(case: Case, table: Table) -> Iterator[Row]:
    """Give every row that leads to a case: where strides are small, several words for output padding do."""
    row = row_of(case, table)
    for word in table.get("output_padding", ("none",)):
        if "output_padding" not in table or covering._same_output_padding(case.problem, word):
            yield {**row, "output_padding": word} if "output_padding" in table else row


def missing(origin: str, numbers: str) -> tuple[int, set[object]]:
    """Count the legal combinations of an array, and give those that none of its cases on some numbers has."""
    table, strength = ARRAYS[origin]
    lacking: set[object] = set(legal_combinations(table, strength))
    legal = len(lacking)
    for case in of_origin(origin):
        if "numbers" in table or case.numbers == numbers:
            for row in rows_of(case, table):
                lacking.difference_update(combinations([(name, row[name]) for name in table], strength))
    return legal, lacking


@pytest.mark.heavy
@pytest.mark.parametrize("origin", ARRAYS)
def test_every_legal_combination_occurs_but_where_a_case_could_not_tell(origin: str) -> None:
    # Few outputs behind a ReLU may all be zero, and few integers of 16 bits too large: such a case is left out, and
    # with it the combinations that it had alone.
    legal, lacking = missing(origin, "exact")
    assert legal > 100
    assert len(lacking) <= legal / 100, f"{len(lacking)} of {legal} are missing, like {next(iter(lacking))}"


@pytest.mark.heavy
@pytest.mark.parametrize("origin", [origin for origin, (table, _) in ARRAYS.items() if "numbers" not in table])
def test_nearly_every_legal_combination_occurs_on_real_numbers_too(origin: str) -> None:
    legal, lacking = missing(origin, "real")
    assert len(lacking) <= legal / 100


def test_an_array_says_its_strength_in_its_name() -> None:
    for origin, (_, strength) in ARRAYS.items():
        first, second = origin.split("-")[0], origin.split("-")[1:2]
        assert strength == (2 if first == "pairs" else 4 if second == ["4"] else 3)


@pytest.mark.parametrize("origin", ARRAYS)
def test_a_row_and_its_cases_are_the_same_thing(origin: str) -> None:
    table, _ = ARRAYS[origin]
    for case in of_origin(origin)[::29]:
        row = row_of(case, table)
        assert case in cases_of(row)
        assert [found.numbers for found in cases_of(row)] == (
            [case.numbers] if "numbers" in table else ["exact", "real"]
        )
        assert list(row) == list(table)
        assert all(row[name] in values for name, values in table.items())


@pytest.mark.parametrize("table", [table for table, strength in ARRAYS.values() if strength == 3])
def test_the_rules_leave_every_value_of_every_parameter_legal(table: Table) -> None:
    legal = {value for ((name, value),) in legal_combinations(table, 1) for value in [(name, value)]}
    assert legal == {(name, value) for name, values in table.items() for value in values}


def test_full_holds_all_of_quick() -> None:
    assert set(load("quick")) < set(load("full"))
    assert list(TIERS) == ["quick", "full"]


@pytest.mark.parametrize("adapter", [Keras, TensorFlow, Torch], ids=lambda adapter: adapter.name)
def test_every_built_in_adapter_claims_most_cases_of_quick(adapter: Any) -> None:
    # The declarations need no framework, so nothing is made. Without oneDNN TensorFlow claims least.
    made = object.__new__(adapter)
    made.compiled = None
    made._eigen = {"float64", "float32", "float16", "bfloat16", "int32", "int64"}
    least = {"keras": 3000, "tensorflow": 2700, "torch": 4000}[adapter.name]
    assert sum(claims(made, case) for case in cases("quick").values()) >= least


def claims(adapter: Any, case: Case) -> bool:
    problem = posed(adapter, case.problem)
    if not_offered(adapter, case) is not None or adapter.unsupported(problem) is not None:
        return False
    differentiates = case.is_gradient or case.direction == "law-adjoint"
    if differentiates and hasattr(adapter, "unsupported_gradients"):
        return adapter.unsupported_gradients(problem) is None
    return True


def test_the_tiers_have_as_many_cases_as_they_promise() -> None:
    # That none of them is blind shows where honest adapters are judged on all of them: judging poses each.
    assert len(cases("quick")) >= 4_000
    assert len(cases("full")) >= 30_000


@pytest.mark.parametrize("feature", [feature for feature in FEATURES if feature not in NOBODY_HAS])
def test_the_quick_tier_has_a_case_of_every_feature(feature: str) -> None:
    assert any(FEATURES[feature](case) for case in cases("quick").values())


ITEMS: Mapping[str, Callable[[Case], bool]] = {
    "ranks": lambda case: case.problem.rank != 2,
    "depthwise and separable": lambda case: case.problem.kind in ("depthwise", "separable"),
    "transposed": lambda case: case.problem.kind == "transposed",
    "gradients": lambda case: case.is_gradient,
    "dtypes": lambda case: case.problem.dtype != "float32",
    "padding modes": lambda case: case.problem.padding_mode != "zeros",
    "special values": lambda case: case.numbers in SPECIALS,
    "edges": lambda case: case.problem.batch == 0 or max(case.problem.spatial) >= 2**16,
    "memory and state": lambda case: case.memory != "dense" or case.direction in STATES,
    "validation": lambda case: case.is_invalid,
    "laws": lambda case: case.direction in LAWS,
}


@pytest.mark.parametrize("item", ITEMS)
def test_the_quick_tier_has_several_cases_of_every_item(item: str) -> None:
    assert sum(map(ITEMS[item], cases("quick").values())) >= 20


def test_every_question_special_value_and_refusal_is_asked_of_several_kinds() -> None:
    asked = list(cases("quick").values())
    for direction in DIRECTIONS:
        assert any(case.direction == direction for case in asked), direction
    for kind in SPECIALS:
        assert {case.problem.kind for case in asked if case.numbers == kind} >= {"conv", "depthwise", "transposed"}
    for direction in INVALID:
        assert len([case for case in asked if case.direction == direction]) >= 1


@pytest.mark.parametrize(
    ("origin", "generate"),
    [
        ("special-values", behaviour.specials),
        ("edges", behaviour.edge_cases),
        ("laws", behaviour.law_cases),
        ("states", behaviour.state_cases),
        ("validation", behaviour.invalid_cases),
    ],
)
def test_a_file_of_behaviour_is_what_its_module_says(origin: str, generate: Callable[[], Iterator[Case]]) -> None:
    said, written = list(dict.fromkeys(generate())), of_origin(origin)
    assert [case for case in said if case in set(written)] == written
    # Laws are put to every problem, and only those stay that speak of it.
    assert origin == "laws" or len(said) - len(written) < len(said) / 10
    if origin == "laws":
        assert {case.direction for case in written} == set(LAWS)


@pytest.mark.parametrize(
    ("origin", "families", "views"), [("targeted", IMAGES, one_wide_views), ("targeted-others", OTHERS, tuple)]
)
def test_a_file_of_targeted_cases_is_what_its_module_says(origin: str, families: Any, views: Any) -> None:
    written = of_origin(origin)
    said = list(dict.fromkeys([*targeted_cases(families), *views()]))
    assert [case for case in said if case in set(written)] == written
    assert len(said) - len(written) < 20


# Counted by hand from the papers' tables. In ResNet-50 and MobileNetV2 some layers stand there with their padding
# spelled in two ways; these count once, but SAME and equal pads differ for the strided layers.
@pytest.mark.parametrize(
    ("network", "layers", "distinct"),
    [
        ("resnet-50", 53, 23),
        ("vgg-16", 13, 9),
        ("mobilenet-v2", 52 + 18, 35),
        ("mobilenet-v2-depthwise", 34, 10 + 4),
        ("wavenet", 13, 13),
        ("c3d", 6, 6),
        ("inception-v3", 47, 43),
        ("efficientnet-b0", 81, 46),
    ],
)
def test_the_layers_of_a_network(network: str, layers: int, distinct: int) -> None:
    assert len(list(networks.NETWORKS[network]())) == layers
    exact = [case.problem for case in of_origin(network) if case.numbers == "exact"]
    assert len({replace(problem, padding=problem.pads) for problem in exact}) == distinct


def test_every_network_of_images_sees_the_photograph() -> None:
    for network in set(NETWORKS) - {"mobilenet-v2-depthwise", "wavenet", "c3d"}:
        photos = [case for case in of_origin(network) if case.numbers == "photo"]
        assert {case.memory for case in photos} == {"dense", "view"}
        for case in photos:
            assert case.problem.channels == 3
            assert case.problem.batch == 2
            assert case.problem.filters_shape[2:] == (3, case.problem.filters)


def test_networks_are_those_of_the_generator() -> None:
    assert set(NETWORKS) == set(networks.NETWORKS)
    for network in NETWORKS:
        assert of_origin(network) == list(networks.cases_of(network))


def test_equal_sets_have_equal_names() -> None:
    assert corpus_id(["a", "b"], "pixels") == corpus_id(["b", "a"], "pixels")
    assert corpus_id(["a", "b"], "pixels") != corpus_id(["a", "b"], "other pixels")
    assert corpus_id(["a"], "pixels") != corpus_id(["a", "b"], "pixels")


def test_what_was_found_is_asked_again_in_every_tier() -> None:
    content = tomllib.loads((Path(__file__).parents[2] / "expected.toml").read_text("utf-8"))
    smallest = {entry["smallest"] for entry in content["nonconformance"]}
    assert smallest == set(FOUND)
    assert smallest <= set(load("quick"))
