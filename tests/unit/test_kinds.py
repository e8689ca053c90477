"""Failures by kind: each is said once, with its smallest case, and what was diagnosed goes by its name."""

import shlex
from io import StringIO

from by_hand import CASES, diagnosis, report, said
from rich.console import Console

from convformance.tests.conformance.report.kinds import STALE, command, kinds
from convformance.tests.conformance.report.markdown import markdown
from convformance.tests.conformance.report.terminal import render
from convformance.tests.conformance.verdicts import no_longer_holds, was_not_seen


def test_failures_that_differ_in_numbers_are_one_kind() -> None:
    (kind,) = kinds(report(*(said("wrong", n, detail=f"{n + 1} of 9 elements differ; first at {n}") for n in range(3))))
    assert (kind.adapter, kind.name, kind.state) == ("one", "wrong values in the output", "fails")
    assert kind.text == "1 of 9 elements differ; first at 0"
    assert kind.cases == "3 cases"
    assert kind.smallest.case == CASES[0]
    assert kind.common_features == ["bias", "stride"]


def test_verdicts_and_adapters_and_messages_are_told_apart() -> None:
    verdicts = [said("rejected", 0, detail="KeyError: x"), said("rejected", 1, detail="TypeError: x")]
    verdicts += [said("accepted", 2, detail="KeyError: x"), said("rejected", 0, "two", detail="KeyError: x")]
    assert len(kinds(report(*verdicts))) == 4


def test_what_conforms_or_is_unsupported_is_no_kind() -> None:
    assert not kinds(report(said("exact"), said("refused", 1), said("unsupported", 2, detail="no")))


def test_known_ones_come_last_however_many_they_are() -> None:
    known = [said("wrong", n, expected="bug-1", detail="x") for n in range(5)]
    first, second = kinds(report(*known, said("wrong", 6, detail="y")))
    assert (first.text, second.text, second.state) == ("y", "known: bug-1", "known")


def test_a_declaration_that_no_longer_holds_is_a_kind_though_it_is_unsupported() -> None:
    (kind,) = kinds(report(said("unsupported", detail="no", stale="declared, but")))
    assert (kind.name, kind.text, kind.state) == (STALE, "declared, but", "stale")


def test_an_entry_that_cases_prove_stale_is_told_once() -> None:
    stale = [said("exact", n, stale=no_longer_holds("bug-1")) for n in range(3)]
    needed, unseen = report(*stale), report(*stale, stale=["bug-1", "bug-2"])
    assert [kind.text for kind in kinds(needed)] == [no_longer_holds("bug-1")]
    assert [kind.text for kind in kinds(unseen)] == [was_not_seen("bug-1")]
    assert unseen.stale_entries == ["bug-2"]
    stream = StringIO()
    render(unseen, Console(file=stream, width=200))
    assert stream.getvalue().count("'bug-1' was not seen: remove its entry") == 1
    assert stream.getvalue().count("'bug-2' was not seen: remove its entry") == 1
    text = markdown(unseen)
    assert text.count("bug-1&#39; was not seen") == 1
    assert text.count("`bug-1`") == 0
    assert text.count("`bug-2`") == 1


def test_a_fault_is_one_kind_however_it_shows() -> None:
    verdicts = said("wrong", 0, detail="a", fault="flipped"), said("imprecise", 1, detail="b", fault="flipped")
    (kind,) = kinds(report(*verdicts, diagnoses=(diagnosis("flipped"),)))
    assert (kind.name, kind.text, kind.cases) == ("flipped", "It is described.", "2 cases")
    assert kind.diagnosis is not None
    assert kind.diagnosis["reproducer"] == "reproducers/one-1.py"


def test_a_nameless_diagnosis_belongs_to_the_kind_of_its_case() -> None:
    verdicts = [said("wrong", n, detail=f"{n} of 9 elements differ") for n in range(2)]
    verdicts += [said("rejected", 2, detail="KeyError: x"), said("wrong", 3, detail="z", fault="flipped")]
    nameless = diagnosis(None, 2, description="It fails everywhere."), diagnosis(None, 0, description="It is wrong.")
    found = kinds(report(*verdicts, diagnoses=(diagnosis("flipped", 3), *nameless)))
    texts = {(kind.name, kind.text, len(kind.verdicts)) for kind in found}
    expected = {
        ("wrong values in the output", "It is wrong.", 2),
        ("KeyError: x", "It fails everywhere.", 1),
        ("flipped", "It is described.", 1),
    }
    assert texts == expected


def test_what_was_measured_is_one_kind_in_all_directions() -> None:
    verdicts = [
        said("imprecise", n, detail="1 of 9 elements lie", title="float16 sums rounded to float16") for n in (0, 1)
    ]
    verdicts[1].direction = "dx"
    diagnosed = diagnosis(None, 1, title="float16 sums rounded to float16")
    (kind,) = kinds(report(*verdicts, diagnoses=(diagnosed,)))
    assert (kind.name, kind.cases, kind.diagnosis) == ("float16 sums rounded to float16", "2 cases", diagnosed)


def test_words_of_a_framework_are_not_taken_for_a_fault() -> None:
    verdicts = said("wrong", 0, detail="a", fault="kernel flipped"), said("rejected", 1, detail="kernel flipped")
    found = kinds(report(*verdicts, diagnoses=(diagnosis("kernel flipped"),)))
    assert [(kind.name, kind.diagnosis is not None) for kind in found] == [
        ("kernel flipped", True),
        ("kernel flipped", False),
    ]


def test_empty_names_of_another_program_are_none() -> None:
    (kind,) = kinds(report(said("rejected", detail="KeyError: x", fault="", title=""), diagnoses=(diagnosis("other"),)))
    assert (kind.name, kind.diagnosis) == ("KeyError: x", None)


def test_a_named_failure_beyond_those_described_is_still_there() -> None:
    verdicts = said("wrong", 0, detail="a", fault="flipped"), said("wrong", 1, detail="b", fault="rare")
    found = {
        kind.name: kind.diagnosis is not None for kind in kinds(report(*verdicts, diagnoses=(diagnosis("flipped"),)))
    }
    assert found == {"flipped": True, "rare": False}


def test_some_verdicts_can_be_chosen() -> None:
    verdicts = [said("wrong", n, detail="x") for n in range(4)]
    (kind,) = kinds(report(*verdicts), verdicts[1:3])
    assert kind.verdicts == tuple(verdicts[1:3])


def test_the_command_is_one_for_a_shell() -> None:
    what = report(said("wrong", detail="x"))
    what.header["adapters"][0]["spelling"] = "my engine.py:A; rm -rf $HOME"
    words = ["convformance", "case", CASES[0], "--adapter", "my engine.py:A; rm -rf $HOME"]
    assert shlex.split(command(what, "one", CASES[0])) == words
