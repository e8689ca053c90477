from collections.abc import Iterable, Mapping, Sequence

from convformance.reference.elimination import (
    CONFIRMED,
    UNKNOWN,
    Evidence,
    Finding,
    Hypothesis,
    OutOfTimeError,
    Said,
    eliminate,
)

Table = Mapping[tuple[str, str], str]
"""What is predicted of each fault and case; what is not there conforms."""


class World:
    """An adapter of which everything is known, and the cases that were asked of it."""

    def __init__(
        self, truth: Mapping[str, str], faults: Table, asked: Iterable[str], unknown: Sequence[str] = ()
    ) -> None:
        self.truth, self.faults, self.known = truth, faults, list(asked)
        self.unknown = unknown
        self.asked_besides: list[str] = []

    def predicted(self, hypothesis: Hypothesis, case: str) -> Said:
        words = [self.faults[name, case] for name in hypothesis if (name, case) in self.faults]
        return " and ".join(words) or None

    def seen(self, case: str) -> Said:
        if case in self.unknown:
            return UNKNOWN
        if case not in self.known:
            self.asked_besides.append(case)
        return self.truth.get(case)

    def further(self) -> Iterable[str]:
        return [case for case in sorted({case for _, case in self.faults}) if case not in self.known]

    def findings(self) -> list[Finding]:
        failing = [case for case in self.known if case in self.truth]
        passing = [case for case in self.known if case not in self.truth]
        evidence = Evidence(failing, lambda _: passing, self.seen, self.predicted, self.further)
        return eliminate(evidence, sorted({name for name, _ in self.faults}))


def test_one_fault_that_says_what_was_seen_is_named() -> None:
    world = World({"a": "1"}, {("flipped", "a"): "1", ("dropped", "a"): "2"}, "ab")
    assert world.findings() == [Finding((("flipped",),), ("a",))]


def test_a_fault_that_should_show_where_all_is_well_is_not_named() -> None:
    world = World({"a": "1"}, {("flipped", "a"): "1", ("flipped", "b"): "1"}, "ab")
    assert world.findings() == [Finding((), ("a",))]


def test_a_fault_that_should_fail_otherwise_elsewhere_is_not_named() -> None:
    world = World({"a": "1", "b": "7"}, {("flipped", "a"): "1", ("flipped", "b"): "2"}, "ab")
    assert world.findings() == [Finding((), ("a", "b"))]


def test_a_further_case_is_asked_to_tell_two_faults_apart() -> None:
    faults = {("one", "a"): "1", ("other", "a"): "1", ("one", "c"): "3", ("other", "c"): "4"}
    world = World({"a": "1", "c": "4"}, faults, "a")
    assert world.findings() == [Finding((("other",),), ("a",))]
    assert world.asked_besides == ["c"]


def test_faults_that_no_case_tells_apart_are_named_together() -> None:
    faults = {("one", "a"): "1", ("other", "a"): "1"}
    assert World({"a": "1"}, faults, "a").findings() == [Finding((("one",), ("other",)), ("a",))]


def test_one_case_is_not_enough_for_a_name_where_more_can_be_asked() -> None:
    faults = {("one", case): case for case in "abcdefghij"}
    world = World({"a": "a"}, faults, "a")
    assert world.findings() == [Finding((), ("a",))]
    world = World({case: case for case in "abcdefghij"}, faults, "a")
    assert world.findings() == [Finding((("one",),), ("a",))]
    assert len(world.asked_besides) == CONFIRMED - 1


def test_a_case_that_can_not_be_asked_tells_nothing() -> None:
    faults = {("one", "a"): "1", ("one", "c"): "3"}
    assert World({"a": "1"}, faults, "a", unknown="c").findings() == [Finding((("one",),), ("a",))]


def test_two_faults_in_cases_of_their_own_are_both_named() -> None:
    faults = {("one", "a"): "1", ("other", "b"): "2"}
    assert World({"a": "1", "b": "2"}, faults, "ab").findings() == [
        Finding((("one",),), ("a",)),
        Finding((("other",),), ("b",)),
    ]


def test_two_faults_at_once_are_named_as_a_pair_where_one_of_them_is_seen_alone() -> None:
    faults = {("one", "a"): "1", ("other", "a"): "2", ("one", "b"): "1"}
    world = World({"a": "2 and 1", "b": "1"}, faults, "ab")
    assert world.findings() == [Finding((("other", "one"),), ("a", "b"))]


def test_what_is_left_has_no_name() -> None:
    world = World({"a": "1", "b": "9"}, {("one", "a"): "1"}, "ab")
    assert world.findings() == [Finding((("one",),), ("a",)), Finding((), ("b",))]


def test_a_fault_that_remembers_need_not_say_the_same_words_everywhere() -> None:
    world = World({"a": "1", "b": "7"}, {("keeps", "a"): "1", ("keeps", "b"): "2", ("flipped", "a"): "1"}, "abc")
    evidence = Evidence(
        ["a", "b"], lambda _: ["c"], world.seen, world.predicted, list, remembers=lambda one: "keeps" in one
    )
    assert eliminate(evidence, ["flipped", "keeps"])[0].hypotheses == (("flipped",), ("keeps",))


def test_when_the_time_is_over_what_is_left_has_no_name() -> None:
    world = World({"a": "1", "b": "2"}, {("one", "a"): "1"}, "ab")

    def predicted(hypothesis: Hypothesis, case: str) -> Said:
        if case == "b":
            raise OutOfTimeError
        return world.predicted(hypothesis, case)

    evidence = Evidence(["a", "b"], lambda _: [], world.seen, predicted, list)
    assert eliminate(evidence, ["one"]) == [Finding((), ("a", "b"))]
    assert eliminate(Evidence([], lambda _: [], world.seen, predicted, list), ["one"]) == []


def test_a_case_in_which_no_hypothesis_shows_is_not_asked() -> None:
    faults = {("one", "a"): "1", ("other", "a"): "1", ("third", "b"): "5", ("one", "c"): "3", ("other", "c"): "4"}
    world = World({"a": "1", "c": "4"}, faults, "a")
    assert world.findings() == [Finding((("other",),), ("a",))]
    assert "b" not in world.asked_besides
