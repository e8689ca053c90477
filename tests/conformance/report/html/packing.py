"""The verdicts as the page's script reads them: columns instead of records, each text once, in JSON."""

import json
import math
import shlex
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from convformance.tests.conformance.report.harmless import visible
from convformance.tests.conformance.report.html.checks import NAMES, OUTCOMES, checks
from convformance.tests.conformance.report.kinds import Kind
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.words import numbers_in_words, problem_in_words, question_in_words
from convformance.tests.conformance.sizes import parsed, size_of
from convformance.tests.conformance.verdicts import NONCONFORMING, VERDICTS, Verdict

STATES: Final = ("fails", "known", "conforms", "unsupported")
"""How a verdict counts, in the order of the list of cases."""
_DIGITS: Final = 4
"""Significant digits of a figure."""
_FEW: Final = ("fraction", "spread", "stale", "expected", "fault", "kind", "picture")
"""What few verdicts have."""

_Key = TypeVar("_Key", bound=Hashable)


class _Numbered(Generic[_Key]):
    """Numbers things in the order in which they are first met."""

    def __init__(self) -> None:
        self._places: dict[_Key, int] = {}

    def __call__(self, thing: _Key) -> int:
        return self._places.setdefault(thing, len(self._places))

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._places)


def state_of(verdict: Verdict) -> str:
    """Say how a verdict counts.

    Parameters
    ----------
    verdict : Verdict
        Any.

    Returns
    -------
    str
        One of `STATES`.
    """
    if verdict.fails:
        return "fails"
    if verdict.verdict in NONCONFORMING:
        return "known"
    return "conforms" if verdict.conforms else "unsupported"


def in_order(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Sort verdicts: what fails first, then what is known, and small cases before large ones.

    Parameters
    ----------
    verdicts : sequence of Verdict
        All of a report.
    """
    return sorted(verdicts, key=lambda one: (STATES.index(state_of(one)), size_of(one.case), one.case))


def pack(
    report: Report,
    groups: Sequence[Kind],
    scripts: Sequence[str | None],
    pictures: Mapping[tuple[str, str], str],
) -> dict[str, Any]:
    """Put a report into columns.

    Parameters
    ----------
    report : Report
        Any.
    groups : sequence of Kind
        Its failures by kind.
    scripts : sequence of (str or None)
        The source of the reproducer of each of them.
    pictures : mapping of (str, str) to str
        SVG by adapter and case.

    Returns
    -------
    dict
        What `data.js` reads: ``strings`` holds all text, columns hold places in it; a column of few entries is a
        mapping from row to entry.
    """
    columns = _Columns([adapter["name"] for adapter in report.header["adapters"]])
    kind_of = {(verdict.adapter, verdict.case): place for place, kind in enumerate(groups) for verdict in kind.verdicts}
    picture_of = {key: place for place, key in enumerate(pictures)}
    for row, verdict in enumerate(in_order(report.verdicts)):
        key = (verdict.adapter, verdict.case)
        columns.add(row, verdict)
        columns.note(row, kind=kind_of.get(key), picture=picture_of.get(key))
    return {
        "adapters": [
            {
                "name": visible(one["name"]),
                "version": visible(one["version"]),
                "spelling": shlex.quote(visible(one["spelling"])),
            }
            for one in report.header["adapters"]
        ],
        "verdicts": VERDICTS,
        "states": STATES,
        "checks": NAMES,
        "outcomes": OUTCOMES,
        "kinds": [_kind(kind, script) for kind, script in zip(groups, scripts, strict=True)],
        "pictures": list(pictures.values()),
        **columns.data(),
    }


def script_safe(data: object) -> str:
    """Write JSON that can stand in a script element, whatever text it holds.

    Parameters
    ----------
    data : object
        What JSON can hold.

    Returns
    -------
    str
        ASCII without ``<``, ``>`` and ``&``: nothing in it can close the element or begin a comment.
    """
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


class _Columns:
    """The verdicts as columns of numbers, and what the numbers stand for."""

    def __init__(self, adapters: Sequence[str]) -> None:
        self._adapters = {name: place for place, name in enumerate(adapters)}
        self._strings: _Numbered[str] = _Numbered()
        self._features: _Numbered[str] = _Numbered()
        self._feature_sets: _Numbered[tuple[int, ...]] = _Numbered()
        self._check_sets: _Numbered[tuple[tuple[int, ...], ...]] = _Numbered()
        self._tails: _Numbered[tuple[tuple[int, ...], ...]] = _Numbered()
        self._cases: _Numbered[str] = _Numbered()
        self._rows: defaultdict[str, list[int]] = defaultdict(list)
        self._few: dict[str, dict[int, float]] = {name: {} for name in _FEW}

    def add(self, row: int, verdict: Verdict) -> None:
        """Add the next row."""
        found = checks(verdict, parsed(verdict.case))
        said = tuple((OUTCOMES.index(check.outcome), *map(self._text, check.said)) for check in found)
        features = tuple(self._features(visible(feature)) for feature in verdict.features)
        for name, value in (
            ("adapter", self._adapters[verdict.adapter]),
            ("case", self._cases(verdict.case)),
            ("verdict", VERDICTS.index(verdict.verdict)),
            ("state", STATES.index(state_of(verdict))),
            ("direction", self._text(verdict.direction)),
            ("features", self._feature_sets(features)),
            ("detail", self._text(verdict.detail)),
            ("checks", self._check_sets(said)),
        ):
            self._rows[name].append(value)
        texts = {"stale": verdict.stale, "expected": verdict.expected, "fault": verdict.fault}
        self.note(row, **{name: None if text is None else self._text(text) for name, text in texts.items()})
        # An exact answer has no error, and no bound that it would be a fraction of.
        fraction = None if verdict.verdict == "exact" else _rounded(verdict.fraction)
        self.note(row, fraction=fraction, spread=_rounded(verdict.spread))

    def note(self, row: int, **entries: float | None) -> None:
        """Put into a row what few rows have."""
        for name, value in entries.items():
            if value is not None:
                self._few[name][row] = value

    def data(self) -> dict[str, Any]:
        """Give everything as JSON can hold it."""
        cases = [self._case(text) for text in self._cases]  # numbers further texts
        return {
            "cases": cases,
            "rows": self._rows,
            "few": self._few,
            "tails": list(self._tails),
            "checkSets": list(self._check_sets),
            "featureSets": list(self._feature_sets),
            "features": list(self._features),
            "strings": list(self._strings),
        }

    def _text(self, text: str) -> int:
        return self._strings(visible(text))

    def _case(self, text: str) -> list[Any]:
        """Give a case's text, its dtype, its problem in words, and the words of what is asked of many problems."""
        case = parsed(text)
        problem = list(map(self._text, problem_in_words(case)))
        others = ((question_in_words(case),), numbers_in_words(case))
        tail = tuple(tuple(map(self._text, clauses)) for clauses in others)
        return [text, self._text(case.problem.dtype), problem, self._tails(tail)]


def _kind(kind: Kind, script: str | None) -> dict[str, Any]:
    """Give what the page of a case says of its kind of failure."""
    diagnosis = kind.diagnosis or {}
    return {
        "name": visible(kind.name),
        "said": visible(kind.text),
        "state": kind.state,
        "cases": len(kind.verdicts),
        "diagnosed": kind.diagnosis is not None,
        "minimal": _visible(diagnosis.get("minimal")),
        "missing": _visible(diagnosis.get("missing")),
        "script": script,
        "entry": None if kind.entry is None else {name: _visible(text) for name, text in kind.entry.items()},
    }


def _visible(text: str | None) -> str | None:
    return None if text is None else visible(text)


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.{_DIGITS}g}")
