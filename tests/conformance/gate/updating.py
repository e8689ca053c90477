"""``convformance expected update``: adds entries for what fails now to the expected file, for a person to review.

A file with an entry that waits for its review is refused by every run: nothing is accepted silently.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import tomli_w
from rich.console import Console
from rich.table import Table

from convformance.tests.conformance.corpus import TIERS
from convformance.tests.conformance.gate.drafting import Draft, drafts_of, where_it_ran
from convformance.tests.conformance.gate.entry import Entry
from convformance.tests.conformance.gate.expected import (
    Expected,
    ExpectedError,
    load_expected,
    parse_entries,
    read_entries,
)
from convformance.tests.conformance.gate.grouping import Weighed
from convformance.tests.conformance.machine import traits_of
from convformance.tests.conformance.report.harmless import for_terminal
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.terminal import say

FIELDS: Final = (
    "name", "adapter", "where", "cases", "verdicts", "versions", "machine", "kind", "owner", "reason", "address",
    "smallest", "note", "holds", "expires",
)  # fmt: skip
"""The fields of an entry in the order in which they are written."""
_HEAD: Final = """\
# Known nonconformances: what does not conform, why that is accepted, and until when (convformance run --expected FILE).
"""


@dataclass(frozen=True)
class Update:
    """What a report asks of the file of expected nonconformances.

    Attributes
    ----------
    drafts : tuple of Draft
        New entries, in the order in which they have to stand: each lists what none before it does.
    waiting : tuple of str
        The entries in the file that are not yet reviewed.
    stale : tuple of str
        Those that no longer hold.
    expired : mapping of str to str
        Those that have expired, and their last day.
    unlistable : int
        How many problems were declared unsupported and are computed: no entry can list that.
    part : str or None
        What the report is of, where that is not a whole tier.
    """

    drafts: tuple[Draft, ...]
    waiting: tuple[str, ...]
    stale: tuple[str, ...]
    expired: Mapping[str, str]
    unlistable: int
    part: str | None


def what_to_update(report: Report, file: Path, today: date | None = None) -> Update:
    """Find what fails in a report and is not listed, and what is listed and should not be.

    Parameters
    ----------
    report : Report
        Whole, or a shard: then the conditions rest on a part.
    file : Path
        The expected file; it need not be there.
    today : date, optional
        The day by which entries expire; left out, today's of UTC.

    Returns
    -------
    Update
        Nothing is written.

    Raises
    ------
    ExpectedError
        For a file that can't be used, and for a report of which parts are missing.
    """
    if report.header.get("missing"):
        raise ExpectedError("parts of this report are missing: conditions can't be found without them; merge all parts")
    today = today or datetime.now(UTC).date()
    known = read_entries(file) if file.exists() else []
    names = {entry.name for entry in known}
    whole = report.header["tier"] in TIERS and report.header["shard"] is None and "max_work" not in report.header
    drafts: list[Draft] = []
    stale: dict[str, None] = {}
    expired: dict[str, str] = {}
    for adapter in report.header["adapters"]:
        mine = [verdict for verdict in report.verdicts if verdict.adapter == adapter["name"]]
        expected, everywhere = _applying(report, adapter["name"], file if known else None, today)
        weighed = Weighed(mine, expected)
        drafts += drafts_of(weighed, report, adapter, today, names)
        unused = expected.unused(weighed.verdicts) if whole else ()
        stale |= dict.fromkeys(name for name in (*weighed.stale, *unused) if name in everywhere)
        expired |= expected.expired([adapter["name"]])
    shard = report.header["shard"]
    part = f"{report.header['cases']} single cases" if shard is None else f"shard {shard}"
    return Update(
        tuple(drafts),
        tuple(entry.name for entry in known if entry.drafted is not None),
        tuple(stale),
        expired,
        sum(verdict.verdict == "unsupported" and verdict.stale is not None for verdict in report.verdicts),
        None if whole else part,
    )


def update(report: Report, expected: Path, console: Console, today: date | None = None) -> int:
    """Add entries for what fails in a report to the expected file, and say what a person has to do.

    Parameters
    ----------
    report : Report
        Whole, or a shard: then the conditions rest on a part, which is said.
    expected : Path
        The file; made where it is missing. What it holds stays as it is, byte for byte.
    console : rich.console.Console
        Where the person looks.
    today : date, optional
        The day by which entries expire; left out, today's of UTC.

    Returns
    -------
    int
        0: what is to be done about the entries is said, and the next run checks it.

    Raises
    ------
    ExpectedError
        For a file that can't be used or written, and for a report of which parts are missing.
    """
    found = what_to_update(report, expected, today)
    if found.drafts:
        _append(expected, found.drafts)
        console.print(_table(found.drafts))
        say(console, f"{_count(len(found.drafts), 'entry', 'entries')} written to {for_terminal(str(expected))}")
    else:
        say(console, f"nothing to write: what fails is listed, and {for_terminal(str(expected))} stays as it is")
    for line in _to_do(found, expected):
        say(console, for_terminal(line, longest=None))
    return 0


def _applying(report: Report, adapter: str, file: Path | None, today: date) -> tuple[Expected, frozenset[str]]:
    """Give the entries that apply somewhere the adapter ran, and the names of those that apply everywhere."""
    if file is None:
        return Expected(today=today), frozenset()
    loaded = [
        load_expected(file, traits_of(source["machine"]), packages=source["packages"], today=today, drafts=True)
        for source in where_it_ran(report, adapter)
    ]
    entries = {entry.name: entry for one in loaded for entry in one.entries}
    lapsed = {entry.name: entry for one in loaded for entry in one.lapsed}
    everywhere = (frozenset(entry.name for entry in one.entries) for one in loaded)
    found = Expected(tuple(entries.values()), (), tuple(lapsed.values()), today)
    return found, frozenset.intersection(*everywhere)


def as_toml(entry: Entry) -> str:
    """Write an entry as a person would.

    Parameters
    ----------
    entry : Entry
        Any.

    Returns
    -------
    str
        A table of TOML, with a newline at the end.
    """
    given = ((name, getattr(entry, name)) for name in FIELDS)
    lines = [f"{name} = {_value(value)}" for name, value in given if value not in (None, (), {}, [])]
    return "\n".join(["[[nonconformance]]", *lines, ""])


def _value(value: Any) -> str:
    """Write a value on one line where that can be read."""
    if isinstance(value, str):
        return tomli_w.dumps({"x": value}, multiline_strings=True).removeprefix("x = ").removesuffix("\n")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_value(one)}" for name, one in value.items()) + " }"
    if isinstance(value, date):
        return value.isoformat()
    written = [_value(one) for one in value]
    line = f"[{', '.join(written)}]"
    return line if len(line) <= 80 else "\n".join(["[", *(f"    {one}," for one in written), "]"])


def _append(file: Path, drafts: tuple[Draft, ...]) -> None:
    """Write behind what is there, when all of it together can be read."""
    try:
        former = file.read_bytes() if file.exists() else _HEAD.encode()
        missing = b"" if former.endswith(b"\n") or not former else b"\n"
        more = missing + "".join(f"\n{as_toml(draft.entry)}" for draft in drafts).encode()
        parse_entries((former + more).decode(), file)
        with file.open("ab") as end:
            end.write(more if end.tell() else former + more)
    except OSError as error:
        raise ExpectedError(f"expected file {file} can't be written: {error.strerror}") from error
    except UnicodeError as error:
        raise ExpectedError(f"expected file {file} can't hold what the report says: {error}") from error


def _table(drafts: tuple[Draft, ...]) -> Table:
    table = Table(title="new entries, for review", title_justify="left")
    table.add_column("entry", overflow="fold")
    table.add_column("cases", justify="right")
    table.add_column("verdicts")
    table.add_column("condition", overflow="fold")
    for draft in drafts:
        entry = draft.entry
        words = (entry.name, str(draft.cases), ", ".join(entry.verdicts), entry.condition)
        table.add_row(*map(for_terminal, words))
    return table


def _to_do(found: Update, file: Path) -> list[str]:
    """Say what a person has to do, one thing a line."""
    lines = []
    if found.drafts and found.part is not None:
        lines.append(
            f"their conditions rest on {found.part} alone, and may cover cases of the rest that conform: better update "
            "from a report of the whole tier (convformance report merge)"
        )
    lines += [f"no longer true: {name}: remove its entry, or narrow it" for name in found.stale]
    lines += [
        f"expired: {name} counted until {day}: look at it again, then set a new date or remove it"
        for name, day in found.expired.items()
    ]
    if found.unlistable:
        cases = _count(found.unlistable, "case is", "cases are")
        lines.append(
            f"{cases} declared unsupported, but computed: no entry can list that; change what the adapter declares"
        )
    waiting = [*found.waiting, *(draft.entry.name for draft in found.drafts)]
    if waiting:
        entries = ", ".join(waiting) if len(waiting) <= 5 else f"the {len(waiting)} entries with TODO: in {file}"
        lines.append(
            f"next: review {entries}: check each smallest case by hand, write owner, reason, address and "
            f"note where TODO: stands, set kind and expires; until then {file} is refused by every run"
        )
    return lines


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
