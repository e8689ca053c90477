"""Reads `verdicts.jsonl` back, and checks all of it: what is damaged is never shown as if it were whole.

Every renderer reads this file and nothing else. `schema.json` beside this module says what the lines hold.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from convformance.reference.case import parse_case
from convformance.reference.errors import ProblemError, TextError
from convformance.tests.conformance.report.writing import FILE_NAME, SCHEMA_VERSION
from convformance.tests.conformance.verdicts import Verdict, why_red


class ReportError(ValueError):
    """A file that is no report; the message is one line, with the number of the line where there is one."""


class UnreadableReportError(ReportError):
    """The file is not there or can't be read as text."""


class EmptyReportError(ReportError):
    """The file has no line."""


class DamagedLineError(ReportError):
    """A line is not JSON, or not what the schema asks for."""


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
        names = [adapter["name"] for adapter in self.header["adapters"]]
        return why_red(self.verdicts, names, self.footer["stale"])


def read_report(path: Path) -> Report:
    """Read a report and check all of it.

    Parameters
    ----------
    path : Path
        The file, or the folder that holds it.

    Returns
    -------
    Report
        Complete, every line valid, the footer's counts equal to what was counted.

    Raises
    ------
    ReportError
        One of its kinds, saying which line is wrong and why.
    """
    file = path / FILE_NAME if path.is_dir() else path
    try:
        lines = file.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except OSError as error:
        raise UnreadableReportError(f"report {file} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableReportError(f"report {file} is not UTF-8 text: {error.reason}") from error
    if lines == [""]:
        raise EmptyReportError(f"report {file} is empty")
    records = [_checked(file, number, line) for number, line in enumerate(lines, start=1)]
    _require_order(file, [record["record"] for record in records], complete=bool(records[-1].get("complete")))
    verdicts = tuple(Verdict.from_record(record) for record in records[1:-1])
    adapters = {adapter["name"] for adapter in records[0]["adapters"]}
    for number, verdict in enumerate(verdicts, start=2):
        if verdict.adapter not in adapters:
            raise DamagedLineError(f"report {file}, line {number}: the header names no adapter {verdict.adapter!r}")
    if count(verdicts) != records[-1]["counts"]:
        raise DamagedLineError(f"report {file}, line {len(lines)}: the footer's counts are not those of the lines")
    return Report(records[0], verdicts, records[-1])


def _require_order(file: Path, kinds: list[str], *, complete: bool) -> None:
    """Require a header, verdicts, and a footer that says the run was complete."""
    if kinds[0] != "header":
        raise DamagedLineError(f"report {file}, line 1: a header must come first: got a {kinds[0]}")
    if kinds[-1] != "footer" or not complete:
        raise TruncatedReportError(
            f"report {file}, line {len(kinds)}: the report ends without a complete footer: the run did not finish"
        )
    for number, kind in enumerate(kinds[1:-1], start=2):
        if kind != "verdict":
            raise DamagedLineError(f"report {file}, line {number}: a {kind} stands among the verdicts")


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


def _checked(file: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        # A file cut in the middle of a line is the most common damage, and has the most telling position.
        raise DamagedLineError(
            f"report {file}, line {number}: not JSON: {error.msg} at column {error.colno}"
        ) from error
    kind = record.get("record") if isinstance(record, dict) else None
    if kind not in ("header", "verdict", "footer"):
        raise DamagedLineError(f"report {file}, line {number}: record must be header, verdict or footer: got {kind!r}")
    if kind == "header" and record.get("schema") != SCHEMA_VERSION:
        raise DamagedLineError(
            f"report {file}, line {number}: schema must be {SCHEMA_VERSION}: got {record.get('schema')!r}"
        )
    for problem in _validator(kind).iter_errors(record):
        where = ".".join(map(str, problem.absolute_path)) or kind
        raise DamagedLineError(f"report {file}, line {number}: {where}: {problem.message[:200]}")
    if kind == "verdict":
        try:
            parse_case(record["case"])
        except (TextError, ProblemError) as error:
            raise DamagedLineError(f"report {file}, line {number}: case: {error}") from error
    return dict(record)
