"""Text that tries to be more than text wherever it is shown, an adapter that says it, and how it is read there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from honest import truth
from liars import Liar
from markdown_it import MarkdownIt
from summing import Array

from convformance.reference.problem import Problem

SHORT = (
    "\x1b[31m\x9b1m\x07[red]x[/red] [/] <script>alert(1)</script> <b onmouseover=x> | a | `x` ``` ~~~ "
    "](http://evil.example) "
    "![i](http://evil.example/i.png) <http://evil.example> http://evil.example www.evil.example evil@evil.example "
    "@everyone #1 GH-1 owner/name#2 :smile: $x$ **b** _i_ &lt; &#64;you \r\n\n# head\n\n"
    "::error::pwned\n##[error]pwned\n"
    "##vso[task.complete]x ]]> --> \x00\x08\x7f \u202e\u2066\u200b\u2028\ufeff\ufffe \ud800 %0A %25 \\"
)
TEXT = SHORT + "A" * 100_000

NAMES = ("../../escaped", "/escaped", "a\0b", "\x1b[31mred", "<script>alert(1)</script>", "a|b", "::error::x", "", "..")


class Hostile(Liar):
    """Says what is hostile wherever it may say something: version, reason, exception, the name of a type."""

    name = "hostile"
    verdicts: ClassVar[frozenset[str]] = frozenset({"rejected", "wrong"})

    def version(self) -> str:
        return TEXT

    def unsupported(self, problem: Problem) -> str | None:
        return TEXT if problem.rank != 2 or super().unsupported(problem) else None

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.groups > 1:
            raise ValueError(TEXT)
        if max(problem.dilation) > 1:
            raise type(SHORT.replace("\0", "").encode("utf-8", "replace").decode(), (RuntimeError,), {})(TEXT)
        if max(problem.strides) > 1:
            return type("<script>", (), {"__repr__": lambda _: TEXT})()  # type: ignore[no-any-return]
        output = truth(problem, x, filters, bias)
        return output + np.float32(problem.use_bias)


class Nameless(Hostile):
    """Has a name that would be more than a name."""


Nameless.name = NAMES[0]


class LongName(Hostile):
    """Has a name of allowed letters that no file could have."""


LongName.name = "a" * 100_000


class VersionRaises(Hostile):
    """Has no version, and says so loudly."""

    def version(self) -> str:
        raise ValueError(TEXT)


class RaisesAtOnce(Hostile):
    """Can't be made."""

    def __init__(self) -> None:
        raise ValueError(TEXT)


class Restless(Liar):
    """Has another name whenever it is asked, once its smoke check is over."""

    filter_layouts: ClassVar[Mapping[str, str]] = {"conv": "*IO"}

    def lie(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        if problem.groups > 1:
            type(self).name = "\x1b[31mother"
        return truth(problem, x, filters, bias)


def commands_in(log: str) -> list[str]:
    """Find the lines that a CI takes for commands to itself."""
    lines = re.split(r"[\r\n]", log)
    return [line for line in lines if line.lstrip().startswith("::") or re.search(r"##(\[|vso\[|teamcity\[)", line)]


def unseen_in(text: str) -> set[str]:
    """Find the characters other than newlines that can't be seen, or change what is."""
    return {sign for sign in text if not sign.isprintable() and sign != "\n"}


@dataclass(frozen=True)
class Rendered:
    """Markdown as a reader sees it: its words, and everything that is more than words."""

    words: str
    tags: list[str]
    links: list[str]
    kinds: set[str]
    rows: list[int]
    """How many cells each row of each table has."""


def rendered(markdown: str) -> Rendered:
    """Render Markdown, tables and HTML in it too."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    words, tags, links, kinds, rows = [], [], [], set(), []
    for block in parser.parse(markdown):
        kinds.add(block.type)
        if block.type == "html_block":
            tags += re.findall(r"<[^>]*>", block.content)
        if block.type in ("fence", "code_block"):
            words.append(block.content)
        if block.type == "tr_open":
            rows.append(0)
        if block.type in ("th_open", "td_open"):
            rows[-1] += 1
        for token in block.children or ():
            kinds.add(token.type)
            if token.type == "html_inline":
                tags.append(token.content)
            elif token.type in ("link_open", "image"):
                links.append(str(token.attrs.get("href", token.attrs.get("src"))))
            elif token.type in ("text", "code_inline"):
                words.append(token.content)
    return Rendered("\n".join(words), tags, links, kinds, rows)


def found_by_github(words: str) -> list[str]:
    """Find what GitHub makes a link of in words that are no code: people, issues, addresses."""
    pattern = r"@\w|(?<![&\w])#[0-9]|\bgh-[0-9]|://|\bwww\.|:[a-z0-9_+-]+:"
    return [found[0] for found in re.finditer(pattern, words, re.IGNORECASE)]
