"""The matrix: its numbers are the report's, and nothing is green that was not claimed."""

from dataclasses import replace
from io import StringIO
from typing import Any

from by_hand import CASES
from rich.console import Console

from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.terminal import render, summary
from convformance.tests.conformance.verdicts import Verdict

CASE = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f32.forward"
GREEN, RED, YELLOW = "\x1b[32m", "\x1b[31m", "\x1b[33m"


def report(*verdicts: Verdict, version: str = "1.0", stale: tuple[str, ...] = ()) -> Report:
    names = dict.fromkeys(verdict.adapter for verdict in verdicts)
    adapters = [{"name": name, "version": version, "spelling": f"{name}.py:A b"} for name in names]
    footer: dict[str, Any] = {"seconds": 3.0, "judging_seconds": 2.0, "framework_seconds": 1.0, "stale": list(stale)}
    return Report({"adapters": adapters}, verdicts, footer)


def shown(what: Report, *, colours: bool = False) -> str:
    stream = StringIO()
    render(what, Console(file=stream, width=160, force_terminal=colours, color_system="standard" if colours else None))
    return stream.getvalue()


def row(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if f" {name} " in line)


def verdict(name: Any, features: list[str], **fields: Any) -> Verdict:
    return Verdict(fields.pop("adapter", "one"), f"{CASE}.exact", name, "forward", features, **fields)


MIXED = report(
    verdict("exact", ["stride", "bias"], fraction=0.0),
    verdict("within_bound", ["stride"], fraction=0.25),
    verdict("wrong", ["bias"], detail="7 of 9 elements differ", fraction=9.0),
    verdict("unsupported", ["groups"], detail="no groups"),
    verdict("unsupported", ["bias"], detail="no groups"),
)


def test_the_matrix_counts_what_conforms_of_what_is_claimed() -> None:
    text = shown(MIXED)
    assert "2/3 · 0.25" in row(text, "all")
    assert "2/2 · 0.25" in row(text, "stride")
    assert "1/2" in row(text, "bias")
    assert "unsupported (1)" in row(text, "groups")
    assert " relu " not in text


def test_red_and_green_are_where_they_belong() -> None:
    text = shown(MIXED, colours=True)
    assert f"{RED}2/3" in text
    assert f"{GREEN}2/2" in text
    assert f"{RED}1/2" in text
    assert GREEN not in row(text, "groups")


def test_nothing_claimed_is_never_green() -> None:
    text = shown(report(verdict("unsupported", ["groups"], detail="no")), colours=True)
    assert GREEN not in text
    assert "0 conform, 0 do not, 1 unsupported" in text


def test_a_known_nonconformance_is_yellow_and_counted_apart() -> None:
    what = report(verdict("wrong", ["bias"], expected="bug-1", detail="x"), verdict("exact", ["bias"]))
    assert f"{YELLOW}1/2" in shown(what, colours=True)
    assert summary(what) == "one 1.0: 1 conform, 0 do not, 1 known, 0 unsupported"


def test_a_stale_declaration_is_red_though_nothing_was_claimed_wrongly() -> None:
    what = report(verdict("exact", ["bias"]), verdict("unsupported", ["bias"], stale="declared, but"))
    assert RED in row(shown(what, colours=True), "bias")
    assert summary(what) == "one 1.0: 1 conform, 0 do not, 1 declared or expected what is no longer true, 1 unsupported"
    assert "declared, but" in shown(what)


def test_a_nonconformance_comes_with_the_command_that_runs_it_again() -> None:
    text = shown(MIXED)
    assert "\nwrong values in the output one, 1 case: 7 of 9 elements differ\n" in text
    assert f"convformance case {CASE}.exact --adapter 'one.py:A b'" in text


def test_kinds_of_nonconformance_are_printed_once_each() -> None:
    one = [verdict("wrong", ["bias", "stride"], detail=f"{n} of 9 elements differ") for n in range(5)]
    other = replace(verdict("rejected", ["bias"], detail="KeyError: conv"), case=CASES[0])
    text = shown(report(*one, other))
    assert text.count("wrong values in the output one, 5 cases") == 1
    assert "all of them: bias, stride" in text
    assert text.count("KeyError: conv one, 1 case") == 1


def test_many_kinds_are_cut_and_counted() -> None:
    many = [replace(verdict("rejected", [], detail=f"Error{chr(97 + n)}: x"), case=CASES[n]) for n in range(15)]
    assert "3 more kinds of nonconformance stand in the report" in shown(report(*many))


def test_an_unused_entry_is_named() -> None:
    assert "the expected nonconformance 'bug-1' was not seen" in shown(report(verdict("exact", []), stale=("bug-1",)))


def test_the_share_of_the_suite_is_told() -> None:
    assert "1 verdicts in 3 s; judging took 2 s" in shown(report(verdict("exact", [])))
    assert "50% of it the suite's own" in shown(report(verdict("exact", [])))


def test_text_of_others_is_not_taken_for_markup() -> None:
    loud = "[bold]loud[/bold] [/x]"
    what = report(verdict("wrong", ["bias"], adapter="one", detail=loud, expected=loud), version=loud)
    text = shown(what)
    assert text.count(loud) >= 3
    assert loud in shown(report(verdict("wrong", ["bias"], detail=f"x: {loud}")))
    assert loud in shown(report(verdict("unsupported", ["bias"], stale=loud)))


def test_every_reason_for_unsupported_is_given_with_its_count() -> None:
    text = shown(MIXED)
    assert "unsupported, and why:" in text
    assert "one, 2: no groups" in text
    assert "unsupported, and why:" not in shown(report(verdict("exact", [])))


def test_claims_are_shown() -> None:
    what = report(verdict("exact", []))
    assert "claims" not in shown(what)
    what.header["adapters"][0].update(accumulators={"float16": "float32"}, flushes_subnormals=["bfloat16"])
    assert "one claims: float16 added up in float32; subnormal numbers flushed to zero in bfloat16" in shown(what)
