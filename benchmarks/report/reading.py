"""The file of a benchmark run, read into records: pytest-benchmark's JSON, and what this project adds to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from convformance.tests.conformance.verdicts import CONFORMING

SCHEMA_VERSION: Final = 1
_ADVICE: Final = "give a benchmarks.json that `nox -s benchmarks` wrote"


class BenchmarkFileError(ValueError):
    """A file that no report can be made from; the message is one line."""


class UnreadableFileError(BenchmarkFileError):
    """The file is not there, or can't be read as text."""


class ForeignFileError(BenchmarkFileError):
    """The file was not written by this project's benchmarks, or is damaged."""


class OtherSchemaError(BenchmarkFileError):
    """The file was written by another version of the benchmarks."""


class EmptyFileError(BenchmarkFileError):
    """The file has no measurement in it."""


class Group(NamedTuple):
    """What is compared with each other: the same work, measured in the same rounds."""

    part: str
    layer: str
    direction: str
    dtype: str
    batch: int
    threads: int


@dataclass(frozen=True)
class Entry:
    """One contender's time for one call.

    Attributes
    ----------
    group : Group
        What it was measured with.
    contender, problem : str
        Who computed what.
    seconds : float
        Median of the rounds.
    spread : float
        The distance between the quartiles, as a fraction of the median.
    samples : tuple of float
        The seconds of each round, in order; empty where the file does not keep them.
    flops, least_bytes : int
        Operations of a call, and the bytes it must move at least.
    limit_gflops : float
        The rate of NumPy's matrix product in the same rounds.
    first_call, conversion : float or None
        Seconds, where they were measured.
    verdict : str or None
        Of this very computation; none for the limit.
    detail : str
        The judge's words.
    """

    group: Group
    contender: str
    problem: str
    seconds: float
    spread: float
    samples: tuple[float, ...]
    flops: int
    least_bytes: int
    limit_gflops: float
    first_call: float | None = None
    conversion: float | None = None
    verdict: str | None = None
    detail: str = ""

    @property
    def gflops(self) -> float:
        """Billions of operations a second."""
        return self.flops / self.seconds / 1e9

    @property
    def fraction(self) -> float:
        """The rate as a fraction of the limit of the same rounds."""
        return self.gflops / self.limit_gflops

    @property
    def intensity(self) -> float:
        """Operations for each byte that must be moved."""
        return self.flops / self.least_bytes


@dataclass(frozen=True)
class Untimed:
    """A contender that has a verdict instead of a time."""

    group: Group
    contender: str
    problem: str
    verdict: str
    detail: str


@dataclass(frozen=True)
class Suite:
    """How long the conformance suite took for one adapter, and where the time went."""

    tier: str
    adapter: str
    cases: int
    jobs: int
    seconds: float
    cases_per_second: float
    shares: Mapping[str, float]
    peak_bytes: int
    shard: str
    tier_seconds: float


@dataclass(frozen=True)
class Run:
    """A whole file.

    Attributes
    ----------
    path : Path
        Where it was read.
    when, commit : str
        The time and the revision of the run.
    quick : bool
        Whether it was the short selection.
    machine : mapping
        What it ran on.
    entries : tuple of Entry
        What was timed.
    untimed : tuple of Untimed
        What was not, and why.
    suite : tuple of Suite
        The suite's own speed.
    """

    path: Path
    when: str
    commit: str
    quick: bool
    machine: Mapping[str, Any] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    untimed: tuple[Untimed, ...] = ()
    suite: tuple[Suite, ...] = ()

    def groups(self, part: str | None = None) -> dict[Group, dict[str, Entry]]:
        """Give the entries of a part, or of all, by group and then by contender, in the order of the file."""
        found: dict[Group, dict[str, Entry]] = {}
        for entry in self.entries:
            if part in {None, entry.group.part}:
                found.setdefault(entry.group, {})[entry.contender] = entry
        return found


def read_run(path: Path) -> Run:
    """Read the file of a benchmark run and check all of it.

    Parameters
    ----------
    path : Path
        The JSON file, or the folder that holds it as ``benchmarks.json``.

    Returns
    -------
    Run
        What is in it. A measurement whose verdict does not conform is among the untimed.

    Raises
    ------
    BenchmarkFileError
        One of its kinds, saying what is wrong and what to give instead.
    """
    file = path / "benchmarks.json" if path.is_dir() else path
    content = _checked(file, _load(file))
    ours = content["convformance"]
    entries, untimed = [], [_untimed(record) for record in ours["untimed"]]
    for benchmark in content["benchmarks"]:
        verdict = benchmark["extra_info"]["verdict"]
        if verdict in CONFORMING or verdict is None:
            entries.append(_entry(benchmark))
        else:
            untimed.append(_untimed(benchmark["extra_info"]))
    suite = tuple(Suite(**{name: record[name] for name in Suite.__dataclass_fields__}) for record in ours["suite"])
    if not (entries or untimed or suite):
        raise EmptyFileError(f"{file} holds no measurement: did the run end early? Run the benchmarks again")
    return Run(
        path=file,
        when=content.get("datetime", "an unknown time")[:16].replace("T", " "),
        commit=_commit(content.get("commit_info", {})),
        quick=ours["quick"],
        machine=ours["machine"],
        entries=tuple(entries),
        untimed=tuple(untimed),
        suite=suite,
    )


def _load(file: Path) -> Any:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise UnreadableFileError(f"{file} can't be read: {error.strerror}; {_ADVICE}") from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"{file} is not UTF-8 text: {error.reason}; {_ADVICE}") from error
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ForeignFileError(
            f"{file} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}; {_ADVICE}"
        ) from error


def _checked(file: Path, content: Any) -> dict[str, Any]:
    """Require this project's form, and say first what is wrong at the top."""
    if not isinstance(content, dict) or not isinstance(content.get("convformance"), dict):
        raise ForeignFileError(f"{file} has no section `convformance`: {_ADVICE}")
    version = content["convformance"].get("schema")
    if version != SCHEMA_VERSION:
        raise OtherSchemaError(f"{file}: schema must be {SCHEMA_VERSION}: got {version!r}; run the benchmarks again")
    problem = best_match(_validator().iter_errors(content))
    if problem is not None:
        where = ".".join(map(str, problem.absolute_path)) or "the file"
        raise ForeignFileError(f"{file}: {where}: {problem.message[:200]}; {_ADVICE}")
    return content


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads((files(__package__) / "schema.json").read_text(encoding="utf-8")))


def _group(record: Mapping[str, Any]) -> Group:
    return Group(*(record[name] for name in Group._fields))


def _entry(benchmark: Mapping[str, Any]) -> Entry:
    record, stats = benchmark["extra_info"], benchmark["stats"]
    return Entry(
        group=_group(record),
        contender=record["contender"],
        problem=record["problem"],
        seconds=stats["median"],
        spread=stats["iqr"] / stats["median"],
        samples=tuple(stats.get("data", ())),
        flops=record["flops"],
        least_bytes=record["bytes"],
        limit_gflops=record["limit_gflops"],
        first_call=record.get("first_call_seconds"),
        conversion=record.get("conversion_seconds"),
        verdict=record["verdict"],
        detail=record.get("detail") or "",
    )


def _untimed(record: Mapping[str, Any]) -> Untimed:
    return Untimed(
        _group(record), record["contender"], record["problem"], record["verdict"], record.get("detail") or ""
    )


def _commit(information: Mapping[str, Any]) -> str:
    changed = ", with changes that are not committed" if information.get("dirty") else ""
    return f"{str(information.get('id', 'unknown'))[:12]}{changed}"
