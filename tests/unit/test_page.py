"""The page of a report: whole without a script, its data are the report's, and text of others stays text."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from by_hand import SMALL, header, verdict
from colours import SIGHT, contrast, lab, linear
from paged import ANSWER, HOSTILE, diagnosis, report

from convformance.reference.case import parse_case
from convformance.tests.conformance.picture.drawing import PictureError
from convformance.tests.conformance.report.facts import SOURCE_COLUMNS, facts, sources
from convformance.tests.conformance.report.html import pictures
from convformance.tests.conformance.report.html.checks import BOUND, EXACT, FORM, SPREAD, checks
from convformance.tests.conformance.report.html.page import page, words, write_page
from convformance.tests.conformance.report.html.plots import HEIGHT, LIMIT_AT, WIDTH, plots
from convformance.tests.conformance.report.matrix import Cell, matrix
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.words import numbers_in_words, problem_in_words, question_in_words
from convformance.tests.conformance.verdicts import Verdict

MIDDLE = "conv2d-n2-i5x4-c2-f3-k3x2-s2x1-psame-d1x1-g1-b-f32"
LARGE = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-relu-f32"


class Reader(HTMLParser):
    """Reads a page as a browser without scripts does."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._inside: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag in ("script", "style"):
            self._inside.append(tag)
            self.scripts += [""] * (tag == "script")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            self._inside.remove(tag)

    def handle_data(self, data: str) -> None:
        if self._inside:
            if self._inside[-1] == "script":
                self.scripts[-1] += data
        elif data.strip():
            self.words.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


def read(what: Report, folder: Path | None = None) -> Reader:
    return Reader(page(what, folder))


def data_of(what: Report, folder: Path | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(read(what, folder).scripts[0])
    return found


WRONG = verdict("wrong", f"{MIDDLE}.forward.exact", detail="7 of 90 elements differ; first at (0, 0)", answer=ANSWER)
MIXED = report(
    verdict("exact"),
    verdict("within_bound", f"{LARGE}.forward.real", fraction=0.254321, spread=0.125),
    WRONG,
    verdict("unsupported", f"{LARGE}.dx.exact", detail="no gradients"),
    verdict("wrong", f"{MIDDLE}.dx.exact", detail="x", expected="bug-1"),
)


def test_a_page_needs_nothing_else() -> None:
    source = page(MIXED)
    read_page = Reader(source)
    assert not {"link", "img", "iframe", "object", "embed", "base", "audio", "video"} & {
        tag for tag, _ in read_page.elements
    }
    assert all("src" not in attributes for attributes in read_page.all("script"))
    assert all((attributes["href"] or "").startswith("#") for attributes in read_page.all("a"))
    assert "url(" not in source
    assert "@import" not in source
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", source)


def test_only_the_script_that_was_digested_may_run() -> None:
    read_page = read(MIXED)
    (policy,) = [one["content"] or "" for one in read_page.all("meta") if one.get("http-equiv")]
    digest = base64.b64encode(hashlib.sha256(read_page.scripts[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy


def test_a_page_is_written_beside_the_report(tmp_path: Path) -> None:
    path = write_page(MIXED, tmp_path)
    assert path == tmp_path / "index.html"
    assert path.read_bytes() == page(MIXED, tmp_path).encode()


def test_every_verdict_is_in_the_data_as_it_is_in_the_report() -> None:
    data = data_of(MIXED)
    rows, few, strings = data["rows"], data["few"], data["strings"]
    seen = []
    for row, place in enumerate(rows["case"]):
        optional: dict[str, Any] = {
            name: strings[few[name][str(row)]] if str(row) in few[name] else None
            for name in ("stale", "expected", "fault")
        }
        seen.append(
            Verdict(
                data["adapters"][rows["adapter"][row]]["name"],
                data["cases"][place][0],
                data["verdicts"][rows["verdict"][row]],
                strings[rows["direction"][row]],
                [data["features"][one] for one in data["featureSets"][rows["features"][row]]],
                detail=strings[rows["detail"][row]],
                fraction=few["fraction"].get(str(row)),
                spread=few["spread"].get(str(row)),
                **optional,
            )
        )
    wanted = [replace(one, answer=None) for one in MIXED.verdicts]
    wanted[1].fraction = 0.2543
    assert sorted(seen, key=lambda one: one.case) == sorted(wanted, key=lambda one: one.case)


def test_what_fails_comes_first_and_small_cases_before_large_ones() -> None:
    what = report(
        verdict("exact"),
        verdict("wrong", f"{LARGE}.forward.exact", detail="x"),
        verdict("unsupported", detail="no", adapter="two"),
        verdict("wrong", f"{MIDDLE}.forward.exact", detail="x"),
        verdict("wrong", detail="x", expected="bug", adapter="two"),
        verdict("exact", adapter="two", case=f"{MIDDLE}.forward.exact", stale="no longer"),
    )
    data = data_of(what)
    said = [(data["states"][state], data["cases"][case][0]) for state, case in zip(*rows_of(data), strict=True)]
    assert said == [
        ("fails", f"{MIDDLE}.forward.exact"),
        ("fails", f"{MIDDLE}.forward.exact"),
        ("fails", f"{LARGE}.forward.exact"),
        ("known", f"{SMALL}.forward.exact"),
        ("conforms", f"{SMALL}.forward.exact"),
        ("unsupported", f"{SMALL}.forward.exact"),
    ]


def rows_of(data: dict[str, Any]) -> tuple[list[int], list[int]]:
    return data["rows"]["state"], data["rows"]["case"]


def test_who_has_no_script_sees_result_facts_failures_and_matrix() -> None:
    wrong = replace(WRONG, fault="kernel flipped")
    shown = read(report(wrong, verdict("exact", adapter="two"), diagnoses=[diagnosis(wrong)])).text
    assert "red : " in shown
    assert "corpus 0000000000000000" in shown
    assert "wrong values" not in shown
    assert "Flip the kernel." in shown
    assert f"convformance case {WRONG.case} --adapter one" in shown
    assert "fails: 0 of 1 claimed cases conform" in shown
    assert "conforms: 1 of 1 claimed cases conform" in shown


def test_a_green_page_says_so_and_shows_no_failure() -> None:
    shown = read(report(verdict("exact"))).text
    assert "green : everything claimed conforms" in shown
    assert "What fails" not in shown


def test_every_cell_of_the_matrix_says_its_state_by_sign_and_words() -> None:
    source = page(MIXED)
    for feature, row in matrix(MIXED).rows.items():
        for cell in row.values():
            sign = {"conforms": "✓", "known": "!", "fails": "✗", "unsupported": "○"}[cell.state]
            shown = re.search(rf'<tr[^>]*><th scope="row">{feature}</th>(.*?)</tr>', source, re.DOTALL)
            assert shown is not None
            assert f"{sign} " in shown[1]
            assert words(cell) in shown[1]
            assert f'class="cell {cell.state}"' in shown[1]


def test_the_words_of_a_cell() -> None:
    assert words(Cell()) == "no case"
    assert words(Cell(asked=3)) == "all 3 unsupported"
    known = Cell(asked=3, claimed=3, conforming=2, known=1, worst=0.5)
    assert words(known) == "known nonconformances: 2 of 3 claimed cases conform, worst error 0.50 of its bound"
    stale = Cell(asked=3, claimed=2, conforming=2, failing=1, stale=1)
    assert words(stale) == "fails: 2 of 2 claimed cases conform, 1 no longer true"


def test_a_cell_opens_its_cases() -> None:
    links = {one["href"] for one in read(MIXED).all("a") if "cell" in (one.get("class") or "")}
    assert "#adapter=one" in links
    assert "#adapter=one&feature=padding%20same" in links


def test_a_failure_is_a_card_with_its_name_case_and_script(tmp_path: Path) -> None:
    (tmp_path / "reproducers").mkdir()
    (tmp_path / "reproducers" / "one-1.py").write_text("x = 1\nprint('<b>')\n", encoding="utf-8")
    fields = {"reproducer": "reproducers/one-1.py", "minimal": f"{SMALL}.forward.exact"}
    wrong = replace(WRONG, fault="kernel flipped")
    what = report(wrong, diagnoses=[diagnosis(wrong, **fields)])
    shown = read(what, tmp_path)
    assert "kernel flipped" in shown.text
    assert f"shrunk to {SMALL}.forward.exact" in shown.text
    assert "x = 1\nprint('<b>')" in "\n".join(shown.words)
    (kind,) = data_of(what, tmp_path)["kinds"]
    assert kind["script"] == "x = 1\nprint('<b>')\n"
    assert f"#case=one/{wrong.case}" in {one["href"] for one in shown.all("a")}


@pytest.mark.parametrize("name", ["../secret.py", "{folder}/../secret.py", "missing.py", "nul\0.py", "."])
def test_a_script_outside_of_the_folder_is_not_read(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    (tmp_path / "secret.py").write_text("secret", encoding="utf-8")
    what = report(WRONG, diagnoses=[diagnosis(WRONG, fault=None, reproducer=name.format(folder=folder))])
    assert "secret" not in page(what, folder).replace(name.format(folder=folder), "")
    assert data_of(what, folder)["kinds"][0]["script"] is None


def test_why_there_is_no_script_is_said() -> None:
    what = report(WRONG, diagnoses=[diagnosis(WRONG, fault=None, missing="alone it does not fail")])
    assert "no reproducer: alone it does not fail" in read(what).text


def test_many_kinds_are_folded_and_what_is_left_out_is_counted() -> None:
    many = [verdict("rejected", adapter=f"a{n}", detail="x") for n in range(115)]
    shown = read(report(*many)).text
    assert "100 more kinds of failure" in shown
    assert "3 further kinds of failure" in shown


ENTRY = {
    "name": "bug-1",
    "adapter": "one",
    "kind": "bug",
    "owner": "its team",
    "reason": "swaps <b>the groups",
    "address": "https://example.org/1 (a relative)",
    "expires": "2027-05-31",
}


def test_a_known_nonconformance_says_whose_it_is_and_why_it_is_accepted() -> None:
    small, large = f"{SMALL}.forward.exact", f"{SMALL.replace('n1', 'n2')}.forward.exact"
    what = report(
        verdict("wrong", small, detail="x", expected="bug-1"), verdict("rejected", large, detail="y", expected="bug-1")
    )
    what = replace(what, header={**what.header, "entries": [ENTRY]})
    found = read(what)
    assert "bug-1 one wrong, rejected 2 swaps <b>the groups" in found.text
    assert "bug, its team, until 2027-05-31: https://example.org/1 (a relative)" in found.text
    assert 'href="https://example.org/1"' in page(what)
    what = replace(what, header={**what.header, "entries": [{**ENTRY, "address": "javascript:alert(1)"}]})
    assert 'href="javascript' not in page(what)


def test_known_and_no_longer_true_have_their_places() -> None:
    what = report(verdict("wrong", detail="x", expected="bug-1"))
    shown = read(what).text
    assert "green : everything claimed conforms, but for what is known" in shown
    assert "Known nonconformances" in shown
    assert "bug-1" in shown
    what.footer["stale"].append("bug-2")
    assert "The expected nonconformance bug-2 was not seen: remove its entry." in read(what).text
    days = {"expired": {"bug-2": "2026-01-01"}, "expiring": {"bug-1": "2026-02-01"}}
    shown = read(replace(what, footer={**what.footer, **days})).text
    assert "bug-2 counted until 2026-01-01: look at it again, then set a new date or remove it." in shown
    assert "The expected nonconformance bug-1 counts until 2026-02-01." in shown
    assert "was not seen" not in shown


def test_reasons_claims_and_speed_are_said() -> None:
    MIXED.header["adapters"][0].update(accumulators={"float16": "float32"})
    shown = read(MIXED).text
    assert "one 1 no gradients" in shown
    assert "one float16 added up in float32" in shown
    assert (
        "5 verdicts in 3 s; judging took 2 s of all workers together without imports, 50% of it the suite's own"
        in shown
    )


def test_many_reasons_are_cut_and_counted() -> None:
    many = [verdict("unsupported", adapter=f"a{n}", detail=f"because {n}") for n in range(203)]
    assert "3 further reasons" in read(report(*many)).text


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_others_is_never_markup(text: str) -> None:
    wrong = verdict("wrong", adapter=text, detail=text, answer=ANSWER)
    stale = verdict("unsupported", f"{MIDDLE}.dbias.exact", adapter=text, detail=text, stale=text)
    other = verdict("rejected", f"{MIDDLE}.forward.exact", adapter=text, detail=f"x: {text}", expected=text)
    third = verdict("wrong", f"{LARGE}.forward.real", adapter=text, detail=text, fault=text, fraction=3.0)
    what = report(
        wrong,
        stale,
        other,
        third,
        verdict("unsupported", f"{MIDDLE}.dx.exact", adapter=text, detail=text),
        diagnoses=[diagnosis(third, text, description=text, missing=text)],
        tier=text,
        corpus=text,
        expected=text,
        packages={text: text},
        machine={"cpu": text, "flags": [text], "cores": 1, "system": text, "python": text, "blas": [{"library": text}]},
    )
    what.header["adapters"][0].update(version=text, spelling=text, accumulators={text: text})
    what.footer["stale"].append(text)
    shown = read(what)
    tags = {tag for tag, _ in read(MIXED).elements}
    assert len(shown.scripts) == 2
    assert {tag for tag, _ in shown.elements} <= tags | {"svg", "title", "g", "path", "rect", "line", "text", "tspan"}
    assert not [name for _, attributes in shown.elements for name in attributes if name.startswith("on")]
    assert all((one["href"] or "").startswith("#") for one in shown.all("a"))
    assert " ".join(text.split()) in shown.text
    data = json.loads(shown.scripts[0])
    assert data["adapters"][0]["name"] == text
    assert text in data["strings"]
    drawn = [Reader(svg) for svg in data["pictures"]]
    assert any(text in svg.text or " ".join(text.split()) in svg.text for svg in drawn)
    assert not {tag for svg in drawn for tag, _ in svg.elements} & {"script", "image", "foreignobject", "a", "use"}
    assert not [name for svg in drawn for _, names in svg.elements for name in names if name.startswith("on")]


def test_characters_that_can_not_be_seen_are_shown() -> None:
    odd = "a\x1b[31m\u202eb\ud800\x00\nc\u2028"
    what = report(verdict("wrong", adapter=odd, detail=odd))
    source = page(what)
    source.encode("utf-8")
    assert not set(source) & {"\x1b", "\u202e", "\x00", "\u2028"}
    shown = r"a\x1b[31m\u202eb\ud800\x00\nc\u2028"
    assert shown in source
    assert data_of(what)["adapters"][0]["name"] == shown


def test_pictures_stand_in_the_page_until_there_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def picture(case: Any, answers: Any) -> str:
        drawn.append(str(case))
        if case.direction != "forward":
            raise PictureError("no picture")
        return f"<svg>{case.problem.batch}{sorted(answers)}</svg>"

    monkeypatch.setattr(pictures, "picture", picture)
    monkeypatch.setattr(pictures, "MOST", 2)
    what = report(
        verdict("wrong", f"{LARGE}.dx.exact", detail="x", adapter="two"),
        verdict("exact", adapter="two"),
        WRONG,
        verdict("wrong", f"{LARGE}.forward.exact", detail="y"),
        verdict("rejected", f"{LARGE}.forward.real", detail="y"),
        diagnoses=[diagnosis(WRONG, None)],
    )
    data = data_of(what)
    # The smallest of each kind comes first; what conforms is not drawn.
    assert f"{SMALL}.forward.exact" not in drawn
    assert len(data["pictures"]) == 2
    row = str([data["cases"][case][0] for case in data["rows"]["case"]].index(WRONG.case))
    assert data["pictures"][data["few"]["picture"][row]] == "<svg>2['one']</svg>"
    monkeypatch.setattr(pictures, "MOST_CHARACTERS", 40)
    assert len(data_of(what)["pictures"]) == 1


def test_a_real_picture_is_drawn_of_a_wrong_answer() -> None:
    data = data_of(report(WRONG))
    (svg,) = data["pictures"]
    assert svg.startswith("<svg")
    assert "<script" not in svg


CHECKS = [
    ("exact", "forward.exact", "", [EXACT], None, "each of 72 elements equals the exact value"),
    (
        "wrong",
        "forward.exact",
        "7 of 72 elements differ from the exact value; first at (0) got 1",
        [],
        EXACT,
        "7 of 72",
    ),
    ("wrong", "forward.exact", "shape: got (1,), expected (2,) in canonical layout", [], FORM, "shape: got"),
    ("wrong", "forward.exact", "dtype: got float64, expected float32", [], FORM, "dtype: got"),
    ("wrong", "forward.exact", "the call changed its own input: x is not", [EXACT], FORM, "changed its own input"),
    ("wrong", "forward.exact", "the answer changes when asked again: 3 of 9 elements differ", [EXACT], FORM, "again"),
    ("within_bound", "forward.real", "", [BOUND, SPREAD, FORM], None, "0.25 of its bound; n = 13 terms in a sum"),
    ("imprecise", "forward.real", "9 of 72 elements lie outside the proven bound; first", [], BOUND, "0.25 times its"),
    (
        "imprecise",
        "forward.real",
        "the mean of ... : the spread is not that of float32",
        [BOUND],
        SPREAD,
        "the mean of",
    ),
    ("wrong", "forward.real", "the output lies in the memory of the input", [BOUND], FORM, "memory of the input"),
    ("rejected", "forward.exact", "ValueError: no", [], FORM, "no answer came back"),
    ("crashed", "forward.real", "the process died", [], FORM, "no answer came back"),
    ("exact", "law-batch.exact", "", [EXACT, FORM], None, "both sides of the law"),
    ("wrong", "law-batch.exact", "a batch is: 3 of 9 elements differ; first at", [], EXACT, "a batch is: 3 of 9"),
    ("exact", "state-sizes.exact", "", [EXACT, FORM], None, "every call gave the exact output"),
    ("refused", "invalid-stride-zero.exact", "", [FORM], None, "refused with an error"),
    ("accepted", "invalid-stride-zero.exact", "an array came", [], FORM, "where an error must"),
    ("unsupported", "forward.exact", "no groups", [], None, "declared unsupported"),
]


@pytest.mark.parametrize(("name", "asked", "detail", "passed", "failed", "said"), CHECKS)
def test_each_check_says_what_it_found(  # noqa: PLR0917 - a table's columns
    name: Any, asked: str, detail: str, passed: list[str], failed: str | None, said: str
) -> None:
    text = f"{MIDDLE}.{asked}"
    found = checks(verdict(name, text, detail=detail, fraction=0.25, spread=0.5), parse_case(text))
    assert [check.name for check in found] == [EXACT, BOUND, SPREAD, FORM]
    outcomes = {check.name: check.outcome for check in found}
    assert {one for one, outcome in outcomes.items() if outcome == "passed"} >= set(passed)
    assert [one for one, outcome in outcomes.items() if outcome == "failed"] == ([failed] if failed else [])
    assert any(said in "; ".join(check.said) for check in found)


def test_a_spread_that_was_not_judged_says_why() -> None:
    text = f"{MIDDLE}.forward.real"
    found = {check.name: check for check in checks(verdict("within_bound", text, fraction=0.5), parse_case(text))}
    assert found[SPREAD].outcome == "not judged"
    assert found[SPREAD].said == ("fewer than 1000 outputs count, of 72 elements",)
    assert found[EXACT].outcome == "not asked"


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        (LARGE, "2 images of 9x8 cells with 4 channels; strides 2x1; dilation 1x2; ReLU behind the sum; float32"),
        (LARGE, "6 filters, each of 2 kernels of 3x2 (2 groups: a filter sees 2 of the 4 channels)"),
        (SMALL, '1 image of 3x4 cells with 1 channel; 1 filter, of 1 kernel of 2x2; padding "valid": no pads'),
        (SMALL, "without bias; the output has 2x3 cells with 1 channel"),
        ("conv1d-n0-i9-c1-f2-k3-s1-pcausal-d1-g1-f64", "a batch of no image of 9 cells with 1 channel"),
        (
            "conv1d-n2-i9-c1-f2-k3-s1-p2+0-mreplicate-d1-g1-f64",
            "explicit padding: 2+0 cells (before+after) around the input, mode replicate",
        ),
        (
            "depthwise2d-n1-i5x4-c2-f4-k3x2-s1x1-p1+0x0+2-d1x1-g2-f32",
            (
                "depthwise: each channel has 2 kernels of 3x2 of its own, and the maps are not added up; "
                "explicit padding: 1+0 by 0+2 cells (before+after) around the input, zeros"
            ),
        ),
        (
            "separable1d-n1-i9-c2-f3-x2-k3-s1-pvalid-d1-g2-f32",
            "separable: first 2 kernels of 3 for each channel, then 3 filters of one cell over the 4 maps",
        ),
        (
            "transposed2d-n1-i3x2-c2-f4-k3x2-s2x1-p1+0x0+1-o1x0-d1x1-g2-f32",
            (
                "transposed: 4 filters, each of 1 kernel of 3x2 (2 groups: a filter sees 1 of the 2 channels), every "
                "input cell adding its number times the kernel to the output; output padding 1x0; "
                "explicit padding: 1+0 by 0+1 cells (before+after) are cut off the output"
            ),
        ),
        ("conv3d-n2-i4x3x5-c1-f1-k1x1x1-s1x1x1-pvalid-d1x1x1-g1-i32", "2 volumes of 4x3x5 cells with 1 channel"),
    ],
)
def test_a_problem_in_words(text: str, clauses: str) -> None:
    said = problem_in_words(parse_case(text))
    for clause in clauses.split("; "):
        assert clause in said


def test_a_question_in_words() -> None:
    said = {asked: question_in_words(parse_case(f"{MIDDLE}.{asked}.exact")) for asked in ("forward", "dx", "law-batch")}
    assert said["forward"] == "the output"
    assert said["dx"] == "the gradient with respect to the input"
    assert said["law-batch"].startswith("a law, which needs no reference: a batch")
    invalid = question_in_words(parse_case(f"{MIDDLE}.invalid-stride-zero.exact"))
    assert invalid == "made invalid: a stride of 0; the right answer is an error"
    assert "one thread and two" in question_in_words(parse_case(f"{MIDDLE}.state-threads.exact"))
    numbers, memory = numbers_in_words(parse_case(f"{MIDDLE}.forward.nan-x.fortran"))
    assert "one NaN in the input" in numbers
    assert "reverse order" in memory


def test_facts_show_the_instruction_sets_that_tell_and_where_parts_ran() -> None:
    machine = {"cpu": "c", "flags": ["avx2", "sse", "fpu"], "cores": 4, "system": "s", "python": "3", "blas": []}
    first = {**header("one"), "machine": machine, "shard": "1/2", "tier_corpus": "1" * 16}
    found = dict(facts(first))
    assert found["instruction sets"] == "avx2"
    assert found["BLAS"] == "unknown"
    assert found["cases"].endswith(f"corpus {'0' * 16}, part of {'1' * 16}")
    assert sources(first) == []
    kernel = {"library": "openblas", "version": "0.3", "kernel": "Haswell", "threads": 2}
    merged = {**first, "sources": [{**first, "file": "a"}, {**header("two"), "file": "b", "corpus": None}]}
    merged["sources"][1]["machine"]["blas"] = [kernel]
    rows = [dict(zip(SOURCE_COLUMNS, row, strict=True)) for row in sources(merged)]
    assert [row["report"] for row in rows] == ["a", "b"]
    assert rows[0]["shard"] == "1/2"
    assert rows[1]["BLAS"] == "openblas 0.3, kernel Haswell, 2 threads"
    shown = read(report(verdict("exact"), sources=merged["sources"])).text
    assert "Merged from" in shown
    assert "kernel Haswell" in shown


def test_the_bars_of_a_histogram_count_what_is_there() -> None:
    values = [0.0, 1e-9, 0.0011, 0.5, 0.999, 1.0, 1.0001, 3e7]
    real = f"{LARGE}.forward.real"
    said = [verdict("within_bound" if value <= 1 else "wrong", real, fraction=value) for value in values]
    said += [verdict("exact", fraction=0.0), verdict("rejected", real), verdict("within_bound", real, adapter="two")]
    (plot,) = plots(report(*said), "fraction")
    assert (plot.adapter, plot.dtype, plot.count, plot.beyond, plot.worst) == ("one", "float32", 8, 2, 3e7)
    assert sum(bar.count for bar in plot.bars) == 8
    assert sum(bar.count for bar in plot.bars if bar.beyond) == 2
    # An error as large as its bound is inside of it.
    assert all((bar.left >= LIMIT_AT - 0.01) == bar.beyond for bar in plot.bars)
    assert [bar.count for bar in plot.bars if bar.left == 0] == [3]
    assert max(bar.height for bar in plot.bars) == HEIGHT
    assert all(bar.left + bar.width <= WIDTH for bar in plot.bars)
    assert plot.bars[-1].said.endswith("up: 1")
    assert plots(report(*said), "spread") == []


def test_histograms_stand_in_the_order_of_adapters_and_dtypes() -> None:
    half = LARGE.replace("-f32", "-f16")
    what = report(
        verdict("within_bound", f"{LARGE}.forward.real", fraction=0.5, spread=0.1),
        verdict("within_bound", f"{LARGE}.forward.real", adapter="two", fraction=0.5),
        verdict("within_bound", f"{half}.forward.real", fraction=0.5),
    )
    found = [(plot.adapter, plot.dtype) for plot in plots(what, "fraction")]
    assert found == [("one", "float16"), ("one", "float32"), ("two", "float32")]
    shown = read(what)
    labels = [one["aria-label"] or "" for one in shown.all("svg")]
    assert labels[0] == "Error over bound of one in float16: 1 cases, median 0.5, worst 0.5, 0 beyond the limit"
    assert labels[-1].startswith("Spread over limit of one in float32")


def schemes() -> dict[str, dict[str, str]]:
    """The colours of the page by scheme."""
    style = re.search(r"<style>(.*?)</style>", page(MIXED), re.DOTALL)
    assert style is not None
    light, dark = re.findall(r":root \{(.*?)\}", style[1], re.DOTALL)[:2]
    named = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in (light, dark)]
    return {"light": named[0], "dark": {**named[0], **named[1]}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_its_ground(scheme: str) -> None:
    colors = {name: linear(color) for name, color in schemes()[scheme].items()}
    for state in ("conforms", "known", "fails", "none"):
        assert contrast(colors[state], colors[f"{state}-ink"]) >= 4.5
    for name in ("ink", "soft", "bad", "link", "good"):
        assert contrast(colors["page"], colors[name]) >= 4.5
    assert contrast(colors["page"], colors["series"]) >= 3
    assert contrast(colors["page"], colors["focus"]) >= 3


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_states_are_told_apart_by_every_sight(scheme: str, sight: str) -> None:
    colors = {name: lab(SIGHT[sight] @ linear(color)) for name, color in schemes()[scheme].items()}
    states = ("conforms", "known", "fails", "none")
    for place, one in enumerate(states):
        for other in states[place + 1 :]:
            assert np.linalg.norm(colors[one] - colors[other]) > 8, (one, other)
    assert np.linalg.norm(colors["bad"] - colors["good"]) > 20
