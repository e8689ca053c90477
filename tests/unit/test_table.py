"""The table of all engines: nothing is left out or empty without a reason, and text of others stays text."""

import math
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import by_hand
import pytest
from by_hand import CASES, diagnosis, said, write
from commands import convformance
from hostile import NAMES, SHORT, TEXT, found_by_github, rendered, unseen_in
from paged import HOSTILE
from test_page import Reader

from convformance.tests.conformance.options import UsageError
from convformance.tests.conformance.report.cost import costs
from convformance.tests.conformance.report.html.page import SIGNS
from convformance.tests.conformance.report.matrix import ALL
from convformance.tests.conformance.report.reading import Report, read_report
from convformance.tests.conformance.report.table import overview as overviews
from convformance.tests.conformance.report.table.links import page_of
from convformance.tests.conformance.report.table.overview import MissingError, Overview, overview
from convformance.tests.conformance.report.table.page import KINDS, square_words, table_page
from convformance.tests.conformance.report.table.scale import HEIGHT, WIDTH, Scale, scale_of
from convformance.tests.conformance.report.table.sentences import result
from convformance.tests.conformance.report.table.text import KINDS as KINDS_IN_TEXT
from convformance.tests.conformance.report.table.text import table_markdown
from convformance.tests.conformance.report.table.writing import write_table
from convformance.tests.conformance.verdicts import Verdict, no_longer_holds

NOT_ASKED = SIGNS["no case"]
ENTRY = {
    "name": "bug-1",
    "adapter": "two",
    "kind": "bug",
    "owner": "its team",
    "reason": "swaps <b>the groups",
    "address": "https://example.org/1 (a relative)",
    "expires": "2027-05-31",
}


def report(*verdicts: Verdict, header: dict[str, Any] | None = None, **fields: Any) -> Report:
    """A report whose header announces its cases."""
    what = by_hand.report(*verdicts, **fields)
    return replace(what, header={**what.header, "cases": len({one.case for one in verdicts}), **(header or {})})


def answers(adapter: str, *names: Any, **fields: Any) -> list[Verdict]:
    """Verdicts on the first cases, some of them unsupported."""
    return [
        said(
            name,
            place,
            adapter,
            framework_seconds=0.01 * (place + 1),
            **{"detail": "" if name == "exact" else "no"} | fields,
        )
        for place, name in enumerate(names)
    ]


MIXED = report(
    said("exact", 0, "one", features=["bias"], framework_seconds=0.5),
    said("within_bound", 1, "one", features=["groups"], fraction=0.5, framework_seconds=1.5),
    said("unsupported", 2, "one", features=["relu"], detail="no ReLU"),
    said("wrong", 0, "two", features=["bias"], detail="x", expected="bug-1", framework_seconds=0.01),
    said("unsupported", 1, "two", features=["groups"], detail="no groups"),
    said("unsupported", 2, "two", features=["relu"], detail="no ReLU"),
    said("exact", 0, "three", features=["bias"]),
    said("wrong", 1, "three", features=["groups"], detail="3 of 9 elements differ", fault="kernel flipped"),
    said("unsupported", 2, "three", features=["relu"], detail="no floats"),
    diagnoses=(diagnosis("kernel flipped", 1, adapter="three"),),
    header={"entries": [ENTRY], "expected": "expected.toml", "packages": {"numpy": "2.4", "convformance": "0.1"}},
)
MISSING = {"four": "no wheel for this machine"}


def both(what: Report, missing: dict[str, str] | None = None, folder: Path | None = None) -> tuple[Reader, str]:
    made = overview(what, missing)
    return Reader(table_page(what, made, folder)), table_markdown(what, made, folder)


def cells(source: str) -> dict[str, list[str]]:
    """The cells of the table in the page, by row, as they are shown."""
    frame = source[source.index('class="wide matrix engines"') :].partition("</table>")[0]
    found = {}
    for row in re.findall(r"<tr[^>]*><th scope=\"row\">(.*?)</tr>", frame, re.DOTALL):
        name, *shown = row.split("<td")
        found[re.sub(r"<.*", "", name)] = [re.sub(r"<[^>]*>", "", f"<td{one}").strip() for one in shown]
    return found


def rows(text: str, title: str) -> dict[str, list[str]]:
    """The rows of the table under a heading of the Markdown."""
    lines = text.partition(f"## {title}\n")[2].partition("\n## ")[0].splitlines()
    split = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {first: rest for first, *rest in split}


def test_features_go_down_and_engines_across_in_both() -> None:
    source = table_page(MIXED, overview(MIXED, MISSING))
    assert cells(source) == {
        "all": ["✓ 2/2", "! 0/1", "✗ 1/2", f"{NOT_ASKED} 4"],
        "groups": ["✓ 1/1", "○ 2", "✗ 0/1", f"{NOT_ASKED} 4"],
        "bias": ["✓ 1/1", "! 0/1", "✓ 1/1", f"{NOT_ASKED} 4"],
        "relu": ["○ 1", "○ 1", "○ 3", f"{NOT_ASKED} 4"],
    }
    shown = rows(table_markdown(MIXED, overview(MIXED, MISSING)), "Features")
    assert shown["feature"] == ["one", "two", "three", "four"]
    assert shown["all"] == ["✅ 2/2", "⚠️ 0/1", "❌ 1/2", "· 4"]
    assert shown["relu"] == ["⬜ 1", "⬜ 1", "⬜ 3", "· 4"]


def test_the_number_of_an_empty_cell_leads_to_its_reason() -> None:
    source = table_page(MIXED, overview(MIXED, MISSING))
    shown = Reader(source)
    marks = {one["id"] for one in shown.all("li") if one.get("id")}
    leads = [one["href"] or "" for one in shown.all("a") if (one["href"] or "").startswith("#")]
    assert {lead.removeprefix("#") for lead in leads} == marks == {f"reason-{n}" for n in range(1, 5)}
    listed = re.findall(r'<li id="reason-(\d)">(.*?)</li>', source)
    said = {int(number): re.sub(r"<[^>]*>|&nbsp;", " ", text).split() for number, text in listed}
    assert said[1] == ["no", "ReLU", "one", "1,", "two", "1"]
    assert said[2] == ["no", "groups", "two", "1"]
    assert said[3] == ["no", "floats", "three", "1"]
    assert said[4] == ["no", "report:", "no", "wheel", "for", "this", "machine"]
    text = table_markdown(MIXED, overview(MIXED, MISSING))
    assert "\n1. no ReLU (one 1, two 1)\n2. no groups (two 1)\n" in text
    assert "\n4. no report: no wheel for this machine\n" in text


def test_of_several_reasons_the_most_frequent_is_shown_and_the_others_are_counted() -> None:
    verdicts = [said("unsupported", n, features=["relu"], detail="often" if n else "rarely") for n in range(4)]
    made = overview(report(*verdicts))
    square = made.rows["relu"]["one"]
    assert square.reason is not None
    assert (square.reason.text, square.others) == ("often", 1)
    assert square_words(square) == "all 4 unsupported: often, and 1 more reason"


def test_a_cell_that_is_claimed_in_part_says_what_is_not_and_why() -> None:
    made = overview(report(*answers("one", "exact", "unsupported", "unsupported", features=["bias"])))
    square = made.rows["bias"]["one"]
    assert square.reason is None
    assert square_words(square) == "conforms: 1 of 1 claimed cases conform; 2 unsupported: no"
    assert square_words(made.rows[ALL]["one"]) in table_page(report(*answers("one", "exact")), made)


def test_a_cell_shows_the_share_that_does_not_conform() -> None:
    mixed = report(*answers("one", "exact", "exact", "exact", "wrong"))
    assert table_page(mixed, overview(mixed)).count('style="--lost: 25.0%"') == len(overview(mixed).rows)
    green = report(*answers("one", "exact", "unsupported"))
    assert "--lost: " not in table_page(green, overview(green)).partition("<body")[2]


def test_every_empty_cell_has_its_reason_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overviews, "REASONS", 2)
    features = ["relu", "bias", "groups", "stride"]
    empty = [said("unsupported", n, features=[name], detail=f"no {name}") for n, name in enumerate(features)]
    often = [said("unsupported", n, features=["dilation"], detail="often") for n in range(10, 13)]
    made = overview(report(*empty, *often, said("exact", 20, features=["dilation"])))
    assert {reason.text for reason in made.reasons} == {f"no {name}" for name in features}
    assert made.unlisted == 1
    assert "1 more reason stands in the reports" in Reader(table_page(MIXED, made)).text
    assert "1 more reason stands in the reports" in table_markdown(MIXED, made)
    # As long as there is room, all are listed: the most frequent first.
    monkeypatch.setattr(overviews, "REASONS", 5)
    made = overview(report(*empty, *often, said("exact", 20, features=["dilation"])))
    assert [reason.number for reason in made.reasons] == [1, 2, 3, 4, 5]
    assert made.reasons[0].text == "often"
    assert made.unlisted == 0


def test_a_declaration_that_no_longer_holds_fails_and_keeps_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overviews, "REASONS", 0)
    what = report(said("unsupported", features=["relu"], detail="no", stale="an answer came back"))
    made = overview(what)
    assert cells(table_page(what, made))["relu"] == ["✗ 1 1 no longer true"]
    assert rows(table_markdown(what, made), "Features")["relu"] == ["❌ 1 1 no longer true"]


def test_what_fails_comes_first_with_the_command_that_shows_it() -> None:
    page, text = both(MIXED)
    first = page.text.partition("Features")[0]
    assert "What fails three ✗ kernel flipped , 1 case: It is described." in first
    assert f"convformance case {CASES[1]} --adapter three" in first
    told = text.partition("## Features")[0]
    assert "### three\n\n❌ **kernel flipped**, 1 case: It is described." in told
    assert f"```\nconvformance case {CASES[1]} --adapter three\n```" in told
    green = report(said("exact"))
    page, text = both(green)
    assert "What fails" not in page.text
    assert "What fails" not in text


def test_kinds_of_failure_are_bounded_and_counted() -> None:
    details = [f"{chr(97 + n)}Error: x" for n in range(KINDS + 2)]
    what = report(*(said("rejected", n, detail=text) for n, text in enumerate(details)))
    page, text = both(what)
    assert "2 more kinds of failure" in page.text
    assert page.text.count("convformance case") == KINDS
    assert f"And {KINDS + 2 - KINDS_IN_TEXT} more kinds of failure" in text
    assert text.count("convformance case") == KINDS_IN_TEXT


def test_entries_that_no_longer_hold_are_among_what_fails() -> None:
    what = report(said("exact"), stale=["bug-2", "bug-3"], expired={"bug-3": "2026-01-01"})
    page, text = both(what)
    assert (
        "✗ no longer true : the expected nonconformance bug-2 ✗ expired : the expected nonconformance bug-3"
        in page.text
    )
    assert "- ❌ the expected nonconformance `bug-2` was not seen" in text
    assert "- ❌ the expected nonconformance `bug-3` has expired" in text


def test_a_known_nonconformance_says_whose_it_is_and_why() -> None:
    assert {one.name: len(one.known) for one in overview(MIXED).engines} == {"one": 0, "two": 1, "three": 0}
    page, text = both(MIXED)
    assert "Known nonconformances Listed in expected.toml" in page.text
    assert "two bug-1 , 1 case, wrong: swaps <b>the groups (bug, its team, until 2027-05-31;" in page.text
    assert "https://example.org/1" in {one["href"] for one in page.all("a")}
    shown = rendered(text)
    assert "https://example.org/1" in shown.links
    assert "swaps <b>the groups (bug, its team, until 2027-05-31; https://example.org/1 (a relative))" in " ".join(
        shown.words.replace("\u200b", "").split("\n")
    ).replace("  ", " ")
    bare = report(said("wrong", detail="x", expected="bug-9"))
    assert "bug-9 , 1 case, wrong" in both(bare)[0].text
    assert "- **bug-9**, 1 case, wrong\n" in both(bare)[1].replace("&#45;", "-")


def test_known_nonconformances_of_most_cases_come_first() -> None:
    few, many = (
        said("wrong", detail="x", expected="few"),
        [said("wrong", n, expected="many", detail="x") for n in (1, 2)],
    )
    assert [entry.name for entry in overview(report(few, *many)).engines[0].known] == ["many", "few"]


def test_entries_that_cases_tell_of_are_told_once() -> None:
    what = report(said("exact", stale=no_longer_holds("bug-2")), stale=["bug-2", "bug-3"])
    page, text = both(what)
    assert "✗ no longer true : the expected nonconformance bug-3" in page.text
    assert "✗ no longer true : the expected nonconformance bug-2" not in page.text
    assert "the expected nonconformance `bug-2`" not in text


@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://x\u202ey", "ftp://x", ""])
def test_only_an_address_of_the_web_is_a_link(address: str) -> None:
    what = replace(MIXED, header={**MIXED.header, "entries": [{**ENTRY, "address": address}]})
    page, text = both(what)
    assert not rendered(text).links
    assert not [one for one in page.all("a") if (one["href"] or "").startswith(("javascript", "ftp"))]


def test_the_cost_of_each_engine_is_told_most_expensive_first() -> None:
    page, text = both(MIXED)
    told = rows(text, "What judging cost")
    assert list(told) == ["engine", "---", "one", "two"]
    assert told["one"] == [
        *("2.0", "99.5%", "2", "1,000 ms", "1,500 ms", "1,500 ms"),
        f"`{CASES[1]}`",
    ]
    assert f"one 2.0 99.5% 2 1,000 ms 1,500 ms 1,500 ms {CASES[1]}" in page.text
    assert "What judging cost" not in both(report(said("exact")))[0].text
    assert "What judging cost" not in both(report(said("exact")))[1]


def test_the_picture_of_the_cost_has_one_axis() -> None:
    spent = list(costs(MIXED).values())
    scale = scale_of(spent)
    assert (scale.low, scale.high) == (1, 4)
    assert scale.at(0.01) == 0
    assert scale.at(10.0) == WIDTH
    assert scale.at(0.1) == pytest.approx(WIDTH / 3)
    assert scale.at(0.0) == 0
    assert scale.at(1e9) == WIDTH
    place = scale.range_of(spent[0])
    assert place.middle < place.high == place.slowest == scale.at(1.5)
    assert [shown for _, shown in scale.ticks] == ["10 ms", "100 ms", "1 s", "10 s"]
    page, _ = both(MIXED)
    bars = [one for one in page.all("rect") if one.get("class") == "span"][1:]
    assert [float(one["width"] or "") for one in bars] == [pytest.approx(place.high - place.middle, abs=0.06), 0]
    assert all(0 <= float(one["cx"] or "") <= WIDTH for one in page.all("circle"))
    assert HEIGHT == 16


@pytest.mark.parametrize("decades", range(1, 15))
def test_the_numbers_of_the_axis_do_not_touch(decades: int) -> None:
    ticks = Scale(-2, -2 + decades).ticks
    places = [place for place, _ in ticks]
    assert places[0] == 0
    assert all(later - sooner >= WIDTH / 8 for sooner, later in pairwise(places))
    assert len(ticks) >= 2


def test_an_axis_of_nothing_is_one() -> None:
    assert scale_of([]) == Scale(0, 1)
    one = next(iter(costs(report(said("exact", framework_seconds=0.001), said("exact", 1))).values()))
    scale = scale_of([one])
    assert scale.high > scale.low
    assert math.isfinite(scale.at(one.middle))


def test_engines_say_their_counts_and_what_was_installed() -> None:
    page, text = both(MIXED, MISSING)
    told = rows(text, "Engines")
    assert told["one"] == ["1&#46;0", "2", "0", "0", "0", "1", "numpy 2.4"]
    assert told["two"] == ["1&#46;0", "0", "0", "0", "1", "2", "numpy 2.4"]
    assert told["three"] == ["1&#46;0", "1", "❌ 1", "0", "0", "1", "numpy 2.4"]
    assert told["four"][0] == "no report: no wheel for this machine"
    assert "three 1.0 1 ✗ 1 0 0 1 numpy 2.4" in page.text
    assert "four no report: no wheel for this machine" in page.text


def test_each_engine_has_the_packages_of_its_own_source() -> None:
    parts = [
        {**MIXED.header, "file": name, "date": f"2026-01-0{place}", "packages": packages}
        | {"adapters": [one for one in MIXED.header["adapters"] if one["name"] in owners]}
        | {"machine": {**MIXED.header["machine"], "cpu": f"cpu {place // 3}"}}
        for place, (name, owners, packages) in enumerate(
            [
                ("a", ("one",), {"convformance": "0.1", "alpha": "1"}),
                ("b", ("one",), {"convformance": "0.1", "alpha": "1", "beta": "2"}),
                ("c", ("two",), {"convformance": "0.1", "gamma": "3", "pytest": "9"}),
                ("d", ("three",), {}),
            ],
            start=1,
        )
    ]
    what = replace(MIXED, header={**MIXED.header, "sources": parts})
    made = overview(what)
    assert {one.name: one.packages for one in made.engines} == {"one": "alpha 1, beta 2", "two": "gamma 3", "three": ""}
    told = dict(made.facts)
    assert told["judged"] == "2026-01-01 to 2026-01-04"
    assert told["convformance"] == "0.1 (one, two); unknown (three)"
    assert told["processor"] == "cpu 0 (one); cpu 1 (two, three)"
    assert told["system"] == "x, Python 3"
    assert told["cases"].startswith("tier quick: 3 cases for each adapter, corpus 0000000000000000")
    page, text = both(what)
    assert "cpu 0 (one); cpu 1 (two, three)" in page.text
    assert "- processor: cpu 0 &#40;one&#41;; cpu 1 &#40;two, three&#41;" in text


def test_the_result_counts_every_engine_once() -> None:
    idle = [said("unsupported", n, "idle", detail="no") for n in range(3)]
    what = replace(MIXED, verdicts=(*MIXED.verdicts, *idle))
    what.header["adapters"].append({**what.header["adapters"][0], "name": "idle"})
    try:
        told = result(what, overview(what, MISSING))
    finally:
        what.header["adapters"].pop()
    assert told == (
        "5 engines, 3 cases for each: 1 conforming in all that is claimed, 1 conforming but for what is known, "
        "1 failing, 1 claiming nothing, 1 without a report"
    )
    page, text = both(MIXED)
    assert "✗ red : 3 engines" in page.text
    assert "❌ **3 engines" in text
    assert "Red: 1 case does not conform." in text
    page, text = both(report(said("exact")))
    assert "✓ green : 1 engine, 1 case for each" in page.text
    assert "✅ **1 engine, 1 case for each: 1 conforming in all that is claimed**\n" in text
    _, text = both(report(said("wrong", detail="x"), said("wrong", 0, "two", detail="x")))
    assert "❌ **2 engines, 1 case for each: 2 failing**\n" in text


def test_an_engine_that_is_there_is_not_missing() -> None:
    with pytest.raises(MissingError, match="two is not missing: the report has 3 cases of it"):
        overview(MIXED, {"two": "lost"})


def test_a_reason_that_sounds_like_that_of_a_missing_engine_keeps_its_number() -> None:
    what = report(said("unsupported", detail="no report: lost"), said("exact", 1, features=["relu"]))
    made = overview(what, {"two": "lost"})
    assert [(reason.number, reason.text) for reason in made.reasons] == [(1, "no report: lost")]
    square = made.rows[ALL]["two"]
    assert square.reason is made.reasons[0]
    assert square_words(square) == "no report: lost"


def test_the_page_of_an_engine_is_linked_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "engines").mkdir()
    (tmp_path / "engines" / "one.md").write_text("x", encoding="utf-8")
    (tmp_path / "engines" / "four.md").write_text("x", encoding="utf-8")
    page, text = both(MIXED, MISSING, tmp_path)
    links = {one["href"] for one in page.all("a") if (one["href"] or "").startswith("engines/")}
    assert links == {"engines/one.md", "engines/four.md"}
    assert rows(text, "Features")["feature"] == ["[one](engines/one.md)", "two", "three", "[four](engines/four.md)"]
    assert "engines/" not in table_markdown(MIXED, overview(MIXED, MISSING))


@pytest.mark.parametrize("name", [*NAMES, SHORT, "one/../one", "one"])
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "engines").mkdir()
    for file in (tmp_path / "escaped.md", tmp_path / "engines" / "one.md", tmp_path.parent / "escaped.md"):
        file.write_text("x", encoding="utf-8")
    assert page_of(name, tmp_path) == ("engines/one.md" if name == "one" else None)


def test_both_files_need_nothing_else_and_the_page_runs_nothing() -> None:
    source = table_page(MIXED, overview(MIXED, MISSING))
    shown = Reader(source)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in shown.elements}
    (policy,) = [one["content"] or "" for one in shown.all("meta") if one.get("http-equiv")]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    assert "url(" not in source
    assert "@import" not in source


def test_both_say_how_they_were_made() -> None:
    page, text = both(MIXED)
    for shown in (page.text, text):
        assert "convformance report table all --html FILE --markdown FILE" in shown


def hostile(text: str, name: str) -> tuple[Report, Overview]:
    """A report in which everything that others say is one text; a name is never cut in a command."""
    what = report(
        said("wrong", 0, name, detail=text, framework_seconds=1.0),
        said("rejected", 1, name, detail=f"x: {text}", expected=text),
        said("unsupported", 2, name, detail=text, stale=text),
        said("unsupported", 3, name, detail=text, features=["relu"]),
        said("wrong", 4, name, detail=text, fault=text),
        diagnoses=(diagnosis(text, 4, adapter=name, description=text),),
        stale=[name],
        expired={name: text},
        header={"expected": text, "entries": [dict.fromkeys(ENTRY, text) | {"adapter": name}]},
    )
    head: Any = what.header
    head |= dict.fromkeys(("date", "tier", "corpus", "shard"), text)
    head["adapters"][0].update(version=text)
    head["packages"][text] = text
    head["machine"].update(cpu=text, system=text, python=text, flags=[text], blas=[{"library": text}])
    return what, overview(what, {f"{name} too": text})


@pytest.mark.parametrize("text", [*HOSTILE, SHORT])
def test_text_of_others_is_never_markup_in_the_page(text: str) -> None:
    what, made = hostile(text, text)
    source = table_page(what, made)
    assert not unseen_in(source)
    shown = Reader(source)
    tags = {tag for tag, _ in Reader(table_page(MIXED, overview(MIXED, MISSING))).elements}
    assert {tag for tag, _ in shown.elements} <= {*tags, "p", "code"}
    assert not [name for _, attributes in shown.elements for name in attributes if name.startswith("on")]
    assert all((one["href"] or "").startswith("#reason-") for one in shown.all("a"))


def test_text_of_others_is_never_markup_in_markdown() -> None:
    for text in (SHORT, TEXT):
        what, made = hostile(text, SHORT)
        markdown = table_markdown(what, made)
        shown = rendered(markdown)
        assert not unseen_in(markdown.replace("⚠️", ""))
        assert not shown.links
        assert set(shown.tags) <= {"<span>", "</span>"}
        assert not {kind for kind in shown.kinds if kind.startswith(("em", "image", "code_block", "blockquote"))}
        assert set(shown.rows) == {3, 8}
        prose = "\n".join(
            line for line in markdown.splitlines() if "`" not in line and not line.startswith("convformance")
        )
        assert not found_by_github(rendered(prose).words)
        assert len(markdown) < 60_000
        assert len(table_page(what, made)) < 100_000


def wide(names: int) -> Report:
    """A report of many engines over the features and reasons of real ones."""
    features = [f"feature {n}" for n in range(100)]
    verdicts = [
        said(
            "unsupported" if (place + column) % 4 == 0 else "exact",
            place,
            f"some-engine-{column}",
            features=features[2 * place : 2 * place + 6],
            detail=f"engine {column} has no kernel {place} for this on any processor" * ((place + column) % 4 == 0),
            framework_seconds=10.0 ** (column % 5 - 4),
        )
        for place in range(48)
        for column in range(names)
    ]
    return report(*verdicts)


def test_the_files_of_nineteen_engines_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    features = tuple(f"feature {n}" for n in range(100))
    monkeypatch.setattr("convformance.tests.conformance.report.matrix.ROWS", features)
    what = wide(19)
    made = overview(what)
    assert len(made.rows) == 101
    assert len(table_page(what, made).encode()) < 1_000_000
    assert len(table_markdown(what, made).encode()) < 150_000


def test_what_is_named_is_written_and_nothing_else(tmp_path: Path) -> None:
    what = read_report(write(tmp_path, said("exact")))
    html, text = str(tmp_path / "t.html"), str(tmp_path / "t.md")
    assert write_table(what, html=html, markdown=None) == [tmp_path / "t.html"]
    assert not (tmp_path / "t.md").exists()
    assert write_table(what, html=html, markdown=text, missing=["b=x=y", " c = z "]) == [Path(html), Path(text)]
    assert rows((tmp_path / "t.md").read_text(encoding="utf-8"), "Engines")["b"][0] == "no report: x=y"
    assert '<th scope="row">c</th>' in (tmp_path / "t.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("missing", "said_of_it"),
    [
        (["two"], "--missing must be NAME=REASON: got 'two'"),
        (["two="], "--missing must be NAME=REASON"),
        (["= lost"], "--missing must be NAME=REASON"),
        (["two=a", "two=b"], "--missing names two twice"),
        (["one=lost"], "--missing: one is not missing"),
    ],
)
def test_what_can_not_be_missing_is_said(missing: list[str], said_of_it: str, tmp_path: Path) -> None:
    what = read_report(write(tmp_path, said("exact")))
    with pytest.raises(UsageError, match=re.escape(said_of_it)):
        write_table(what, html=str(tmp_path / "t.html"), markdown=None, missing=missing)
    assert not (tmp_path / "t.html").exists()


def test_the_command_ends_with_the_code_of_the_report(tmp_path: Path) -> None:
    for name, verdict, code in (("green", said("exact"), 0), ("red", said("wrong", detail="x"), 1)):
        folder = tmp_path / name
        folder.mkdir()
        write(folder, verdict)
        done = convformance("report", "table", str(folder), "--html", str(folder / "t.html"), "--missing", "b=none")
        assert (done.returncode, done.stdout) == (code, f"table: {folder / 't.html'}\n"), done.stderr
    nowhere = convformance("report", "table", str(folder), "--markdown", str(tmp_path / "nowhere" / "t.md"))
    assert nowhere.returncode == 2
    assert "t.md can't be written: No such file or directory" in nowhere.stderr
    nothing = convformance("report", "table", str(folder))
    assert nothing.returncode == 2
    assert "report table writes what is named: --html FILE, --markdown FILE, or both" in nothing.stderr
