"""What judging cost in each engine: what is timed, what is not, and where it is said."""

from io import StringIO

import pytest
from by_hand import CASES, report, said
from hostile import TEXT, found_by_github, rendered, unseen_in
from rich.console import Console

from convformance.tests.conformance.report.cost import cost_in_words, costs, duration
from convformance.tests.conformance.report.html.page import page
from convformance.tests.conformance.report.markdown import markdown
from convformance.tests.conformance.report.terminal import render

HUNDREDTHS = report(*(said("exact", n, framework_seconds=(n + 1) / 100) for n in range(20)))
SENTENCE = (
    "2.1 s in its calls; of 20 claimed cases the median took 105 ms, 95 % at most 190 ms, "
    f"the slowest 200 ms in {CASES[19]}."
)


def test_median_and_the_time_of_95_of_100_are_those_of_the_cases() -> None:
    cost = costs(HUNDREDTHS)["one"]
    assert cost.timed == 20
    assert cost.seconds == pytest.approx(2.1)
    assert cost.middle == pytest.approx(0.105)
    assert cost.high == pytest.approx(0.19)
    assert cost.slowest.case == CASES[19]
    assert cost_in_words(cost) == SENTENCE


@pytest.mark.parametrize(("count", "high"), [(1, 1), (2, 2), (19, 19), (20, 19), (21, 20), (40, 38), (41, 39)])
def test_95_of_100_do_not_take_longer(count: int, high: int) -> None:
    cost = costs(report(*(said("exact", n, framework_seconds=float(n + 1)) for n in range(count))))["one"]
    assert cost.high == high
    assert high * 100 >= 95 * count > (high - 1) * 100


def test_what_is_unsupported_costs_seconds_but_is_no_case_and_a_crash_has_no_time() -> None:
    what = report(
        said("exact", 0, framework_seconds=1.0),
        said("wrong", 1, framework_seconds=3.0, detail="x"),
        said("unsupported", 2, framework_seconds=5.0, detail="no"),
        said("crashed", 3, detail="died"),
    )
    cost = costs(what)["one"]
    assert (cost.seconds, cost.timed, cost.middle, cost.slowest.case) == (9.0, 2, 2.0, CASES[1])


def test_shares_are_of_all_engines() -> None:
    what = report(said("exact", framework_seconds=1.0), said("exact", 0, "two", framework_seconds=3.0))
    assert {name: cost.share for name, cost in costs(what).items()} == {"one": 0.25, "two": 0.75}


def test_who_was_not_timed_has_no_cost() -> None:
    what = report(
        said("exact"),
        said("unsupported", 0, "two", framework_seconds=1.0, detail="no"),
        said("exact", 0, "three", framework_seconds=1.0),
    )
    assert list(costs(what)) == ["three"]
    assert "How long judging took in each" not in markdown(report(said("exact")))


@pytest.mark.parametrize(
    ("seconds", "spelled"),
    [
        (0.0, "0.00 ms"),
        (0.00123, "1.23 ms"),
        (0.0123, "12.3 ms"),
        (0.123, "123 ms"),
        (9.876, "9,876 ms"),
        (12.345, "12.3 s"),
        (4321.0, "4,321.0 s"),
    ],
)
def test_a_duration_is_spelled_with_its_unit(seconds: float, spelled: str) -> None:
    assert duration(seconds) == spelled


def test_page_summary_and_terminal_say_it() -> None:
    stream = StringIO()
    render(HUNDREDTHS, Console(file=stream, width=160))
    assert f"\n  one: {SENTENCE}\n" in stream.getvalue()
    shown = rendered(markdown(HUNDREDTHS)).words
    assert SENTENCE in shown.replace("\u200b", "")
    assert f"<dt>one</dt><dd>{SENTENCE}</dd>" in page(HUNDREDTHS)


def test_the_name_of_an_engine_is_only_text_there() -> None:
    what = report(said("exact", 0, TEXT[:40], framework_seconds=1.0))
    text = markdown(what)
    (line,) = [line for line in text.splitlines() if "in its calls" in line]
    assert not unseen_in(line)
    assert not rendered(line).links
    assert not found_by_github(rendered(line.partition("`: ")[2]).words)
