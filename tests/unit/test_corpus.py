"""The corpus: what its files promise is true of their lines."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Any

import pytest

from convformance.adapters.keras_layers import Keras
from convformance.adapters.tensorflow_nn import TensorFlow
from convformance.adapters.torch_nn import Torch
from convformance.reference.case import Case, parse_case
from convformance.tests.conformance.corpus import FULL, NETWORKS, TIERS, corpus_id, load, networks
from convformance.tests.conformance.corpus.covering import ARRAYS, SMALL, cases_of, legal_combinations, row_of
from convformance.tests.conformance.corpus.targeted import IMAGES, OTHERS, one_wide_views
from convformance.tests.conformance.corpus.targeted import cases as targeted_cases
from convformance.tests.conformance.runner import prepare


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


def occurring(origin: str, numbers: str) -> tuple[set[object], set[object]]:
    """The legal combinations of an array, and those that its cases on some numbers have."""
    table, strength = ARRAYS[origin]
    found: set[object] = set()
    for case in of_origin(origin):
        if case.numbers == numbers:
            row = row_of(case)
            found |= set(combinations([(name, row[name]) for name in table], strength))
    return set(legal_combinations(table, strength)), found


@pytest.mark.parametrize("origin", ARRAYS)
def test_every_legal_combination_occurs(origin: str) -> None:
    legal, found = occurring(origin, "exact")
    missing = legal - found
    assert len(legal) > 1000
    assert not missing, f"{len(missing)} of {len(legal)} are missing, like {next(iter(missing))}"


@pytest.mark.parametrize("origin", ARRAYS)
def test_nearly_every_legal_combination_occurs_on_real_numbers(origin: str) -> None:
    # Few outputs behind a ReLU may all be zero: such a case is left out, and the combinations that it had alone.
    legal, found = occurring(origin, "real")
    assert len(legal - found) <= 20


def test_a_row_and_its_cases_are_the_same_thing() -> None:
    row = {"kind": "conv"} | {name: values[-1] for name, values in SMALL.items()} | {"padding": "same"}
    for case in cases_of(row):
        assert row_of(case) == row
    assert [case.numbers for case in cases_of(row)] == ["exact", "real"]


def test_full_holds_all_of_quick() -> None:
    assert set(load("quick")) < set(load("full"))
    assert list(TIERS) == ["quick", "full"]


@pytest.mark.parametrize("adapter", [Keras, TensorFlow, Torch], ids=lambda adapter: adapter.name)
def test_every_built_in_adapter_claims_more_than_1200_cases_of_quick(adapter: Any) -> None:
    # The declarations need no framework, so nothing is made.
    claimed = sum(adapter.unsupported(None, case.problem) is None for case in cases("quick").values())
    assert claimed >= 1200


def test_the_full_tier_has_ten_thousand_cases() -> None:
    assert len(cases("full")) >= 10_000


@pytest.mark.parametrize("part", range(4))
def test_no_case_of_the_full_tier_is_blind(part: int) -> None:
    for case in list(cases("full").values())[part::4]:
        prepare(case)


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
