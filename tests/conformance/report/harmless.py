"""Text of others made harmless: adapters choose their names, versions, reasons and messages, and reports show them.

Each place that text is shown has its own way of being led astray, and its own function here.
"""

import hashlib
import re
from typing import Final

SHORT: Final = 600
"""So many characters of a message are shown where people read; the report holds all of them."""

_ZERO_WIDTH: Final = "&#8203;"
_FILE_NAME: Final = 60
_MARKUP: Final = re.compile(
    r"""(?P<entity> [\\`*_{}\[\]<>()!|~&^"'#] | \A[-+=]| \A[0-9]+\. )
      | (?P<dollar> \$ )
      | (?P<linking> [@:](?=\S) | www(?=\.) | gh(?=-[0-9]) )""",
    re.IGNORECASE | re.VERBOSE,
)


def visible(text: str, longest: int | None = None) -> str:
    r"""Write what can't be seen as an escape, as `repr` does: the text is one line and looks like what it is.

    Parameters
    ----------
    text : str
        Any, lone surrogates too.
    longest : int, optional
        More characters than these are left out, and counted.

    Returns
    -------
    str
        Control characters, newlines, tabs, what changes the direction of writing, what has no width or no meaning, and
        spaces other than the plain one stand as ``\x1b``, ``\n``, ``\u202e``.
    """
    rest = "" if longest is None or len(text) <= longest else f" ... and {len(text) - longest} more characters"
    text = text[:longest]
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
    return text + rest


def for_log(text: str, longest: int | None = None) -> str:
    r"""Write text for a log that a CI reads, too.

    A line that begins with ``::`` is a command to GitHub, spaces before it or not; ``##[``, ``##vso[`` and
    ``##teamcity[`` are commands anywhere in it (GitHub's `ActionCommand.TryParseV2` and `TryParse`, Azure, TeamCity).

    Parameters
    ----------
    text : str
        Any.
    longest : int, optional
        As in `visible`.

    Returns
    -------
    str
        `visible`, and such beginnings broken by an escape of their own: ``\x3a:``, ``#\x23``.
    """
    text = visible(text, longest).replace("##", r"#\x23")
    return re.sub(r"\A(\s*)::", r"\1\\x3a:", text)


def for_terminal(text: str, longest: int | None = SHORT) -> str:
    r"""Write text into rich's markup.

    Parameters
    ----------
    text : str
        Any.
    longest : int, optional
        As in `visible`.

    Returns
    -------
    str
        `for_log`, with no markup in it; a bracket behind a backslash stands as ``\x5b``, a backslash at the end as
        ``\x5c``. Emoji codes are another matter: print with ``emoji=False``.
    """
    # Rich counts the backslashes before a bracket, ours behind the text among them: in the text none may come last.
    text = re.sub(r"(?<=\\)\[", r"\\x5b", for_log(text, longest))
    text = re.sub(r"\\\Z", r"\\x5c", text)
    return text.replace("[", r"\[")


def for_markdown(text: str, longest: int | None = SHORT) -> str:
    """Write text into Markdown as GitHub reads it: a paragraph, a table's cell, or inside a tag.

    Entities are never markup (CommonMark 0.31, "Entity and numeric character references"), but GitHub finds people,
    issues and addresses in what they stand for: a character without width breaks these.

    Parameters
    ----------
    text : str
        Any.
    longest : int, optional
        As in `visible`.

    Returns
    -------
    str
        Words alone: no markup, tag, link, column, formula, emoji code, ``@mention`` or ``#1``.
    """
    return _MARKUP.sub(_inert, visible(text, longest).strip())


def code_for_markdown(text: str, longest: int | None = None, *, cell: bool = False) -> str:
    """Write text as a code span, in which GitHub looks for nothing.

    Parameters
    ----------
    text : str
        Any.
    longest : int, optional
        As in `visible`.
    cell : bool, optional
        Whether it stands in a table, where a bar ends the cell even inside a span ("Tables" in GitHub's specification).

    Returns
    -------
    str
        Between more backticks than the text has in a row.
    """
    text = visible(text, longest)
    if cell:
        text = text.replace("|", r"\|")
    ticks = "`" * (_longest_run(text) + 1)
    # One space at both ends is taken off again, and a span of nothing is none.
    padded = f" {text} " if not text.strip() or "`" in (text[0], text[-1]) or text[0] == text[-1] == " " else text
    return f"{ticks}{padded}{ticks}"


def block_for_markdown(text: str, language: str = "") -> str:
    """Write one line as a block of code, which can be copied by GitHub's button.

    Parameters
    ----------
    text : str
        Any.
    language : str, optional
        For the colours, like ``console``; a word of ours.

    Returns
    -------
    str
        Three lines or what it takes: the fences are longer than any in the text.
    """
    text = visible(text)
    ticks = "`" * max(3, _longest_run(text) + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def for_xml(text: str, longest: int | None = None) -> str:
    r"""Write text for XML; the writer itself escapes ``<``, ``&`` and quotes.

    Parameters
    ----------
    text : str
        Any.
    longest : int, optional
        As in `visible`.

    Returns
    -------
    str
        `visible`: all that "Characters" of XML 1.0 forbids is among what `visible` writes as escapes.
    """
    return visible(text, longest)


def for_workflow_command(text: str, longest: int | None = SHORT) -> str:
    """Write text as the message of a workflow command of GitHub (`escapeData` of its toolkit).

    Parameters
    ----------
    text : str
        Any.
    longest : int, optional
        As in `visible`.

    Returns
    -------
    str
        One line; ``%`` stands as ``%25``.
    """
    return for_log(text, longest).replace("%", "%25")


def for_workflow_property(text: str, longest: int | None = SHORT) -> str:
    """Write text as a property of a workflow command of GitHub, like its title (`escapeProperty` of its toolkit).

    Parameters
    ----------
    text : str
        Any.
    longest : int, optional
        As in `visible`.

    Returns
    -------
    str
        `for_workflow_command`, without ``:`` and ``,``.
    """
    return for_workflow_command(text, longest).replace(":", "%3A").replace(",", "%2C")


def for_docstring(text: str, longest: int | None = SHORT) -> str:
    """Write text into the docstring of a script that is given to others.

    Parameters
    ----------
    text : str
        Any.
    longest : int, optional
        As in `visible`.

    Returns
    -------
    str
        Without double quotes, which could end it, and with no backslash that means more than itself.
    """
    return visible(text, longest).replace("\\", "\\\\").replace('"', "'")


def file_name(text: str) -> str:
    """Make a part of a file's name from any text.

    Parameters
    ----------
    text : str
        Any, like the name of an adapter.

    Returns
    -------
    str
        ASCII letters, digits and ``. _ + -``, at most 60, beginning with a letter or digit. A text that is such a name
        is kept; of any other, a digest keeps it apart from those that would look like it.
    """
    if len(text) <= _FILE_NAME and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", text):
        return text
    plain = re.sub(r"[^A-Za-z0-9_+-]+", "_", text).strip("_+-")[: _FILE_NAME - 9]
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain}-{digest}" if plain else digest


def _inert(found: re.Match[str]) -> str:
    """Break one sign or word that could be markup or become a link."""
    if found["dollar"]:
        # GitHub's documentation, "Writing mathematical expressions": a dollar in tags of its own begins none.
        return "<span>$</span>"
    if found["linking"]:
        return found[0] + _ZERO_WIDTH
    digits, sign = found[0][:-1], found[0][-1]
    return f"{digits}&#{ord(sign)};" + (_ZERO_WIDTH if sign == "#" else "")


def _longest_run(text: str) -> int:
    """Count the backticks of the longest row of them."""
    return max(map(len, re.findall("`+", text)), default=0)
