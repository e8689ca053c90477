"""Reads `verdicts.jsonl` back, and checks all of it: what is damaged is never shown as if it were whole.

Every renderer reads this file and nothing else. `schema.json` beside this module says what the lines hold.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NoReturn

from jsonschema import Draft202012Validator

from convformance.reference.errors import ProblemError, TextError
from convformance.tests.conformance.report.words import shards
from convformance.tests.conformance.report.writing import FILE_NAME, SCHEMA_VERSION
from convformance.tests.conformance.sizes import parsed
from convformance.tests.conformance.verdicts import Verdict, no_longer_holds, why_red

LONGEST_LINE: Final = 8 * 2**20
"""Bytes; the header of many merged reports has less than a tenth of it."""


class ReportError(ValueError):
    """A file that is no report; the message is one line, with the number of the line where there is one."""


class UnreadableReportError(ReportError):
    """The file is not there or can't be read as text."""


class EmptyReportError(ReportError):
    """The file has no line."""


class DamagedLineError(ReportError):
    """A line is not JSON, not what the schema asks for, or does not fit the lines before it."""


class TruncatedReportError(ReportError):
    """The footer is missing or says that the run was not complete."""


@dataclass(frozen=True)
class Report:
    """A complete report, read back.

    Attributes
    ----------
    header, footer : mapping
        The first and the last line.
    verdicts : tuple of Verdict
        The lines between them, in the order they were said.
    """

    header: Mapping[str, Any]
    verdicts: tuple[Verdict, ...]
    footer: Mapping[str, Any]

    @property
    def why_red(self) -> str | None:
        """Why the run is red, or None when it is green."""
        if missing := self.header.get("missing"):
            return f"it was merged without {shards(missing)}: nothing is known of these cases"
        names = [adapter["name"] for adapter in self.header["adapters"]]
        return why_red(self.verdicts, names, self.footer["stale"])

    @property
    def stale_entries(self) -> list[str]:
        """The expected entries that have to be told of by their names: those of the footer that no case tells of."""
        told = {verdict.stale for verdict in self.verdicts if verdict.stale is not None}
        return [name for name in self.footer["stale"] if no_longer_holds(name) not in told]


def read_report(path: Path) -> Report:
    """Read a report and check all of it.

    Parameters
    ----------
    path : Path
        The file, or the folder that holds it.

    Returns
    -------
    Report
        Complete, every line valid, each case once for each adapter, the footer's counts and digest those of the lines.

    Raises
    ------
    ReportError
        One of its kinds, saying which line is wrong and why.
    """
    file = path / FILE_NAME if path.is_dir() else path
    reader = _Reader(file)
    try:
        with file.open("rb") as lines:
            for line in _bounded(lines, reader):
                reader.add(line)
    except OSError as error:
        raise UnreadableReportError(f"report {file} can't be read: {error.strerror}") from error
    return reader.report()


def _bounded(lines: Any, reader: "_Reader") -> Iterator[bytes]:
    """Give the lines of a file one by one, however large it is."""
    while line := lines.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            reader.number += 1
            reader.refuse(f"longer than {LONGEST_LINE} bytes")
        yield line


class _Reader:
    """What has been read of a file so far; each line must fit it."""

    def __init__(self, file: Path) -> None:
        self.number = 0
        self._file = file
        self._header: dict[str, Any] | None = None
        self._footer: dict[str, Any] | None = None
        self._verdicts: list[Verdict] = []
        self._lines: dict[tuple[str, str], int] = {}
        self._adapters: list[str] = []
        self._digest = hashlib.sha256()

    def refuse(self, why: str, kind: type[ReportError] = DamagedLineError) -> NoReturn:
        """Say what is wrong with the line at hand."""
        raise kind(f"report {self._file}, line {self.number}: {why}")

    def add(self, line: bytes) -> None:
        """Take one more line."""
        self.number += 1
        record = self._record(line)
        kind = record["record"]
        if self._footer is not None:
            self.refuse(f"a {kind} stands behind the footer: `convformance report merge` puts reports together")
        if self._header is None and kind != "header":
            self.refuse(f"a header must come first: got a {kind}")
        if kind == "header":
            self._begin(record)
        elif kind == "verdict":
            self._add_verdict(record)
        else:
            self._end(record)
        self._digest.update(line)

    def report(self) -> Report:
        """Give the report when all lines are read."""
        if self.number == 0:
            raise EmptyReportError(f"report {self._file} is empty")
        if self._footer is None or not self._footer["complete"]:
            self.refuse("the report ends without a complete footer: the run did not finish", TruncatedReportError)
        assert self._header is not None
        return Report(self._header, tuple(self._verdicts), self._footer)

    def _begin(self, header: dict[str, Any]) -> None:
        if self._header is not None:
            self.refuse("a header stands among the verdicts")
        self._adapters = [adapter["name"] for adapter in header["adapters"]]
        if len(set(self._adapters)) < len(self._adapters):
            self.refuse(f"the header names an adapter twice: {', '.join(map(repr, self._adapters))}")
        self._header = header

    def _add_verdict(self, record: dict[str, Any]) -> None:
        adapter, case = record["adapter"], record["case"]
        if adapter not in self._adapters:
            self.refuse(f"the header names no adapter {adapter!r}")
        if (adapter, case) in self._lines:
            self.refuse(f"adapter {adapter!r} has its verdict on {case} in line {self._lines[adapter, case]}")
        self._lines[adapter, case] = self.number
        try:
            direction = parsed(case).direction
        except (TextError, ProblemError) as error:
            self.refuse(f"case: {error}")
        if record["direction"] != direction:
            self.refuse(f"direction: {record['direction']!r} is not that of {case}")
        self._verdicts.append(Verdict.from_record(record))

    def _end(self, footer: dict[str, Any]) -> None:
        self._footer = footer
        if not footer["complete"]:
            return
        assert self._header is not None
        announced = self._header["cases"] * len(self._adapters)
        if len(self._verdicts) != announced:
            self.refuse(f"the header announces {announced} verdicts, and {len(self._verdicts)} stand here")
        if count(self._verdicts) != footer["counts"]:
            self.refuse("the footer's counts are not those of the lines")
        if self._digest.hexdigest() != footer["digest"]:
            self.refuse("the lines are not those that the footer was written for: the file was edited")

    def _record(self, line: bytes) -> dict[str, Any]:
        """Give a line as what the schema asks for."""
        try:
            record = json.loads(line.decode("utf-8"), parse_constant=_no_number)
        except UnicodeDecodeError as error:
            self.refuse(f"not UTF-8 text: {error.reason}", UnreadableReportError)
        except json.JSONDecodeError as error:
            self.refuse(f"not JSON: {error.msg} at column {error.colno}")
        except (ValueError, RecursionError) as error:
            self.refuse(f"not JSON: {error}")
        kind = record.get("record") if isinstance(record, dict) else None
        if kind not in ("header", "verdict", "footer"):
            self.refuse(f"record must be header, verdict or footer: got {kind!r}"[:200])
        if kind == "header" and record.get("schema") != SCHEMA_VERSION:
            self.refuse(f"schema must be {SCHEMA_VERSION}: got {record.get('schema')!r}"[:200])
        for problem in _validator(kind).iter_errors(record):
            where = ".".join(map(str, problem.absolute_path)) or kind
            self.refuse(f"{where}: {' '.join(problem.message.split())[:200]}")
        return dict(record)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def count(verdicts: Iterable[Verdict]) -> dict[str, dict[str, int]]:
    """Count verdicts by adapter and name."""
    counts: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        counts.setdefault(verdict.adapter, Counter())[verdict.verdict] += 1
    return {adapter: dict(counter) for adapter, counter in counts.items()}


@cache
def schema() -> dict[str, Any]:
    """Give the JSON schema of one line."""
    content: dict[str, Any] = json.loads((files(__package__) / "schema.json").read_text(encoding="utf-8"))
    return content


@cache
def _validator(record: str) -> Draft202012Validator:
    return Draft202012Validator({**schema()["$defs"][record], "$defs": schema()["$defs"]})
