"""Text of others: in each place that it is shown it is only text, and it is the same text."""

import itertools
from pathlib import PurePosixPath
from xml.etree import ElementTree as ET

import pytest
from hostile import NAMES, SHORT, TEXT, commands_in, found_by_github, rendered, unseen_in
from hypothesis import given
from hypothesis import strategies as st
from problems import REPEATABLE
from rich.text import Text

from convformance.tests.conformance.report.harmless import (
    block_for_markdown,
    code_for_markdown,
    file_name,
    for_docstring,
    for_log,
    for_markdown,
    for_terminal,
    for_workflow_command,
    for_workflow_property,
    for_xml,
    visible,
)

SIGNS = "\\`*_{}[]()<>#+-.!|~&:@$^=\"' \n\t\x1b\u202e\ud800aw1"
texts = st.text(st.sampled_from(SIGNS) | st.characters(), max_size=40)
ZERO_WIDTH = "\u200b"


def test_the_readers_of_these_tests_see_what_is_hostile() -> None:
    shown = rendered(SHORT)
    assert "<script>" in shown.tags
    assert shown.links
    assert {"@e", "#1", "GH-1", "://", "www.", ":smile:"} <= set(found_by_github(SHORT))
    assert len(commands_in(SHORT)) == 3
    assert {"\x1b", "\0", "\u202e", "\ud800"} <= unseen_in(SHORT)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("two\r\nlines\t", r"two\r\nlines\t"),
        ("\0\x08\x7f\x9b", r"\x00\x08\x7f\x9b"),
        ("\u202e\u2066\u200f", r"\u202e\u2066\u200f"),
        ("\u200b\ufeff\u2028\u00a0", r"\u200b\ufeff\u2028\xa0"),
        ("\ud800\ufffe", r"\ud800\ufffe"),
        ("größer als 3 · ü 数", "größer als 3 · ü 数"),
    ],
)
def test_what_cannot_be_seen_stands_as_its_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_long_text_is_cut_and_counted() -> None:
    assert visible("a" * 30, 10) == "a" * 10 + " ... and 20 more characters"
    assert visible("a" * 10, 10) == "a" * 10


@given(texts)
@REPEATABLE
def test_every_function_gives_one_line_that_can_be_seen(text: str) -> None:
    for function in (
        for_log,
        for_terminal,
        for_markdown,
        code_for_markdown,
        for_xml,
        for_workflow_command,
        for_docstring,
    ):
        assert not unseen_in(function(text))
        assert "\n" not in function(text)


@pytest.mark.parametrize("text", ["::error::x", "  ::error::x", "a ##[error]x", "##vso[x]y", "###[x]", "\n::error::x"])
def test_a_log_holds_no_command_to_a_ci(text: str) -> None:
    assert not commands_in(for_log(text))
    assert not commands_in(f"  {for_log(text)}")
    assert "x" in for_log(text)


def test_a_log_keeps_what_is_no_command() -> None:
    assert for_log("std::vector # 3 [x]") == "std::vector # 3 [x]"


def test_no_text_becomes_markup_on_the_terminal_nor_touches_ours() -> None:
    for length in range(1, 6):
        for signs in itertools.product("\\[]/a ", repeat=length):
            text = "".join(signs)
            shown = Text.from_markup(f"[bold]{for_terminal(text)}[/]{for_terminal(text)}]a] [red]x[/]", emoji=False)
            assert [(span.style, shown.plain[span.start : span.end]) for span in shown.spans][1:] == [("red", "x")]
            words = shown.plain.replace("\\x5b", "[").replace("\\x5c", "\\")
            assert words == f"{text}{text}]a] x"


@given(texts)
@REPEATABLE
def test_markdown_shows_the_text_and_nothing_else(text: str) -> None:
    shown = rendered(f"{for_markdown(text)} end\n\nnext")
    assert set(shown.tags) <= {"<span>", "</span>"}
    assert not shown.links
    assert shown.kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "html_inline"}
    words = shown.words.replace(ZERO_WIDTH, "").replace("\n", "")
    assert words == f"{visible(text).strip()} endnext".lstrip(" ")
    assert not found_by_github(shown.words)


@given(texts)
@REPEATABLE
def test_a_cell_of_a_table_stays_one_cell(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {for_markdown(text)} | {code_for_markdown(text, cell=True)} |\n"
    assert rendered(table).rows == [2, 2]


@given(texts)
@REPEATABLE
def test_a_code_span_cannot_be_left(text: str) -> None:
    shown = rendered(f"x {code_for_markdown(text)} y")
    assert shown.kinds == {"paragraph_open", "paragraph_close", "inline", "text", "code_inline"}
    assert shown.words.split("\n")[1].strip() == visible(text).strip()


@given(texts)
@REPEATABLE
def test_a_block_of_code_cannot_be_left(text: str) -> None:
    shown = rendered(f"{block_for_markdown(text)}\n")
    assert shown.kinds == {"fence"}
    assert shown.words == f"{visible(text)}\n"


@given(texts)
@REPEATABLE
def test_xml_takes_any_text(text: str) -> None:
    element = ET.Element("a", message=for_xml(text))
    element.text = for_xml(text)
    again = ET.fromstring(ET.tostring(element))  # noqa: S314 - written here
    assert again.text == (visible(text) or None)
    assert again.get("message") == visible(text)


def test_a_workflow_command_has_one_title_and_one_message() -> None:
    assert for_workflow_command("50% of\nall") == "50%25 of\\nall"
    assert for_workflow_property("a: b, c%") == "a%3A b%2C c%25"


@given(texts)
@REPEATABLE
def test_a_docstring_cannot_be_left(text: str) -> None:
    namespace: dict[str, object] = {}
    exec(f'"""x {for_docstring(text)}.\n"""', namespace)  # noqa: S102 - that it can't do anything is what is shown
    assert namespace["__doc__"] == f"x {visible(text)}.\n".replace('"', "'")


@pytest.mark.parametrize("name", [*NAMES, SHORT, TEXT, "a" * 300, "ä", "con.", "-rf"])
def test_a_file_name_stays_in_its_folder(name: str) -> None:
    made = file_name(name)
    assert PurePosixPath(made).name == made
    assert made not in ("", ".", "..")
    assert made.isascii()
    assert made[0].isalnum()
    assert len(made) <= 60


def test_a_good_name_is_kept_and_others_are_told_apart() -> None:
    assert file_name("torch+kernel-flipped") == "torch+kernel-flipped"
    assert len({file_name(name) for name in ("a/b", "a\\b", "a b", "a_b", "a" * 99, "a" * 98)}) == 6
