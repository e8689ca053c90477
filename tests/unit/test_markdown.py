"""The report for a pull request: the result first, each failure once, and what is new or gone since another run."""

from dataclasses import replace

import pytest
from by_hand import CASES, diagnosis, report, said
from hostile import SHORT, TEXT, found_by_github, rendered, unseen_in

from convformance.tests.conformance.report.cutting import CUT, cut
from convformance.tests.conformance.report.markdown import SHOWN_KINDS, markdown

GREEN = report(said("exact"), said("within_bound", 1, fraction=0.25), said("unsupported", 2, detail="no"))
RED = report(
    said("exact"),
    said("wrong", 1, detail="3 of 9 elements differ", fault="kernel flipped", features=["bias"]),
    said("wrong", 2, detail="4 of 9 elements differ", fault="kernel flipped", features=["bias"]),
    said("within_bound", 3, fraction=0.25, features=["relu"]),
    said("unsupported", 4, detail="no groups", features=["groups"]),
    diagnoses=(diagnosis("kernel flipped", 1, cases=2),),
)
KNOWN = report(said("exact"), said("wrong", 1, expected="bug-1", detail="x"))


def section(text: str, title: str) -> str:
    """The part of a report under a heading."""
    return text.partition(f"### {title}\n")[2].partition("\n### ")[0].partition("<details>")[0]


def table(text: str) -> dict[str, list[str]]:
    """The rows of the first table."""
    lines = text[text.index("| feature") :].partition("\n\n")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: rest for first, *rest in cells}


@pytest.mark.parametrize(
    ("what", "result"),
    [
        (GREEN, "## ✅ Convolution: all conforms"),
        (RED, "## ❌ Convolution: 2 cases do not conform"),
        (KNOWN, "## ⚠️ Convolution: conforms but for 1 case known"),
        (report(said("unsupported", detail="no")), "## ❌ Convolution: red"),
    ],
)
def test_the_first_line_is_the_result(what: object, result: str) -> None:
    assert markdown(what).splitlines()[0] == result  # type: ignore[arg-type]


def test_each_adapter_has_its_counts() -> None:
    line = "- ❌ `one` 1&#46;0: 2 of 4 claimed cases conform, 2 do not, 1 unsupported\n"
    assert line in markdown(RED)


def test_what_fails_comes_first_and_the_rest_is_folded() -> None:
    text = markdown(RED)
    rows = table(text)
    assert rows["all"] == ["❌ 2/4 · 0.25"]
    assert rows["bias"] == ["❌ 1/3"]
    assert "relu" not in rows
    folded = table(text[text.index("in which nothing fails") :])
    assert folded["relu"] == ["✅ 1/1 · 0.25"]
    assert folded["groups"] == ["⬜ unsupported (1)"]


def test_a_known_nonconformance_has_a_sign_of_its_own_and_a_list() -> None:
    text = markdown(KNOWN)
    assert table(text)["bias"] == ["⚠️ 1/2"]
    assert "1 case known not to conform" in text
    assert "known: bug-1" in text.replace("&#8203;", "")


def test_a_failure_is_told_once_with_all_that_shows_it_again() -> None:
    told = section(markdown(RED), "What does not conform")
    assert told.count("**kernel flipped** of `one`, 2 cases") == 1
    assert "It is described." in told
    assert f"```\nconvformance case {CASES[1]} --adapter one\n```" in told
    assert "`reproducers/one-1.py`" in told


def test_a_missing_reproducer_says_why() -> None:
    what = report(said("wrong", detail="x"), diagnoses=(diagnosis(None, reproducer=None, missing="it hangs"),))
    assert "No reproducer: it hangs" in markdown(what)


def test_many_kinds_are_bounded_and_counted() -> None:
    many = [said("rejected", n, detail=f"Error{chr(97 + n)}: x") for n in range(SHOWN_KINDS + 3)]
    text = markdown(report(*many))
    assert text.count("```\nconvformance case") == SHOWN_KINDS
    assert "And 3 kinds of nonconformance more" in text


def test_entries_of_the_expected_file_that_no_longer_hold_are_named() -> None:
    text = markdown(report(said("exact"), stale=["a", "b"], expired={"b": "2026-01-01"}, expiring={"c": "2027-01-01"}))
    assert "- ❌ `a` was not seen: remove the entry" in text.replace("&#8203;", "")
    assert "- ❌ `b` has expired, on 2026-01-01" in text
    assert "- ⚠️ `c` expires soon, on 2027-01-01" in text
    assert text.startswith("## ❌")


def test_new_and_gone_failures_are_told_from_old_ones() -> None:
    old = report(
        said("wrong", 0, detail="old"),
        said("rejected", 1, detail="GoneError: x"),
        said("rejected", 2, detail="LostError: x"),
        said("exact", 3),
    )
    new = report(
        said("wrong", 0, detail="old"),
        said("exact", 1),
        said("unsupported", 2, detail="no"),
        said("rejected", 3, detail="NewError: x"),
        said("rejected", 4, detail="AskedError: x"),
    )
    text = markdown(new, baseline=old)
    fresh = text.replace("&#8203;", "")
    assert "NewError" in section(fresh, "New since 2026-01-01T00:00:00+00:00")
    assert "AskedError" in section(fresh, "New since 2026-01-01T00:00:00+00:00")
    assert "1 case of the new ones was not asked then." in text
    assert "GoneError" in section(text, "Gone")
    assert "LostError" in section(text, "No longer answered")
    assert "GoneError" not in section(text, "No longer answered")
    assert "1 kind of nonconformance as before" in text
    assert "NewError" not in section(text, "Gone")


def test_what_became_known_is_gone_and_not_new() -> None:
    old, new = report(said("wrong", detail="z")), report(said("wrong", detail="z", expected="bug-1"))
    text = markdown(new, baseline=old)
    assert "Nothing.\n" in text
    assert "**z**, 1 case: z" in section(text, "Gone")


def test_corpora_that_differ_are_said() -> None:
    other = replace(RED, header={**RED.header, "corpus": "f" * 16})
    assert f"corpus {'0' * 16} then, {'f' * 16} now" in markdown(other, baseline=RED)
    assert "Not the same cases" not in markdown(RED, baseline=RED)


def test_the_artifact_is_linked_and_its_address_cannot_leave_the_link() -> None:
    shown = rendered(markdown(RED, artifact="https://host/o/r/actions/runs/1#artifacts"))
    assert shown.links == ["https://host/o/r/actions/runs/1#artifacts"]
    odd = rendered(markdown(RED, artifact="https://host/a) [x](https://evil.example) <b>"))
    assert len(odd.links) == 1
    assert "<b>" not in odd.tags


def test_what_ran_where_is_said_and_of_every_part_of_a_merged_report() -> None:
    header = {
        **RED.header,
        "packages": {"torch": "2.13"},
        "sources": [{**RED.header, "file": f"part-{n}"} for n in "ab"],
    }
    text = markdown(replace(RED, header=header))
    assert "torch 2.13" in text
    assert "| part-a |" in text
    assert "| part-b |" in text
    assert f"corpus {'0' * 16}" in text


def test_hostile_text_is_only_text() -> None:
    fields = {"detail": TEXT, "features": ["bias", "stride"]}
    what = report(
        *(said("wrong", n, SHORT, fault=SHORT, **fields) for n in range(2)),
        *(said("rejected", n, "two", **fields) for n in range(2)),
        said("wrong", 2, "two", expected=SHORT, **fields),
        said("unsupported", 3, "two", stale=SHORT, **fields),
        diagnoses=(diagnosis(SHORT, adapter=SHORT, description=TEXT, reproducer=SHORT),),
        stale=[SHORT],
        expired={SHORT: SHORT},
        expiring={SHORT: SHORT},
    )
    for key in ("date", "tier", "corpus", "shard", "expected"):
        what.header[key] = SHORT  # type: ignore[index]
    for adapter in what.header["adapters"]:
        adapter.update(version=TEXT, spelling=SHORT)
    what.header["packages"][SHORT] = SHORT
    what.header["machine"].update(cpu=SHORT, system=SHORT, python=SHORT)
    for text in (markdown(what), markdown(what, baseline=RED), markdown(RED, baseline=what)):
        shown = rendered(text)
        assert not unseen_in(text.replace("⚠️", ""))
        assert not shown.links
        assert set(shown.tags) <= {"<span>", "</span>", "<details>", "</details>", "<summary>", "</summary>"}
        assert shown.tags.count("<details>") == shown.tags.count("</details>")
        assert not {kind for kind in shown.kinds if kind.startswith(("em", "image", "code_block", "blockquote"))}
        assert len(set(shown.rows)) == 1
        prose = "\n".join(line for line in text.splitlines() if "`" not in line and not line.startswith("convformance"))
        assert not found_by_github(rendered(prose).words)
        assert len(text) < 60_000


LONG = markdown(report(*(said("rejected", n, detail=f"Error{chr(97 + n)}: x") for n in range(20))))


def test_a_cut_report_is_still_read_as_it_was_meant() -> None:
    for limit in range(100, len(LONG.encode()), 17):
        text = cut(LONG, limit)
        assert len(text.encode()) <= limit
        assert text.count("<details>") == text.count("</details>")
        assert text.count("```") % 2 == 0
        assert len(set(rendered(text).rows)) <= 1
        begin, said, end = text.partition(CUT)
        assert (said, end) == (CUT, "\n")
        assert LONG.replace("</details>\n", "").startswith(begin.replace("</details>\n", "").rstrip("\n"))


def test_nothing_is_cut_where_it_fits_and_nothing_is_left_where_nothing_does() -> None:
    size = len(LONG.encode())
    assert cut(LONG, size) == LONG
    assert CUT in cut(LONG, size - 1)
    assert cut(LONG, 10) == ""
    assert markdown(RED, limit=700) == cut(markdown(RED), 700)
