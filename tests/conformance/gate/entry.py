"""An entry of the file of known nonconformances: what it must say, and which cases it covers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from difflib import get_close_matches
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from jsonschema import Draft202012Validator
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from convformance.adapters.importing import TENSORFLOW
from convformance.adapters.processor import LEVELS, TENSORFLOW_ONEDNN, TRAITS, unmet
from convformance.reference.case import Case, parse_case
from convformance.reference.errors import ProblemError, TextError
from convformance.tests.conformance.gate.conditions import ConditionError, evaluate, shortened
from convformance.tests.conformance.verdicts import NONCONFORMING

TODO: Final = "TODO:"
"""Stands in a field that a person has to fill in."""
SAYS: Final[Mapping[str, str]] = {
    "owner": "who owns it",
    "reason": "what is wrong, in a sentence",
    "address": "the issue in the owner's tracker",
    "note": "the smallest case, checked by hand",
}
"""What a person has to say in each such field."""

_TEXT: Final = {"type": "string", "pattern": r"\S"}
_REQUIRED: Final = ("name", "adapter", "reason", "owner", "address", "smallest", "note")
ENTRY: Final = {
    "type": "object",
    "required": [*_REQUIRED, "verdicts", "kind"],
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys((*_REQUIRED, "where"), _TEXT),
        "cases": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "verdicts": {"type": "array", "minItems": 1, "items": {"enum": sorted(NONCONFORMING)}},
        "kind": {"enum": ["bug", "limitation", "by design"]},
        "holds": {"enum": ["always", "sometimes", "unpredictable"]},
        "versions": {"type": "object", "additionalProperties": {"type": "string"}},
        "machine": {"type": "array", "items": {"type": "string"}},
        "expires": True,
    },
}
"""The JSON schema of an entry; JSON has no date."""
_ENDING: Final = ("==", "===", "~=", "<", "<=")
"""Comparisons of versions that end with a release."""
_VALIDATOR: Final = Draft202012Validator(ENTRY)


@dataclass(frozen=True)
class Entry:
    """One known nonconformance; `convformance.tests.conformance.gate.expected` says what its fields hold."""

    name: str
    adapter: str
    verdicts: Sequence[str]
    kind: str
    owner: str
    reason: str
    address: str
    smallest: str
    note: str
    where: str | None = None
    cases: Sequence[str] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: Sequence[str] = ()
    holds: str = "always"
    expires: date | None = None

    @classmethod
    def from_table(cls, table: Any) -> "Entry":
        """Build an entry from what TOML holds.

        Parameters
        ----------
        table : object
            Should be a table.

        Returns
        -------
        Entry
            Whole, every word known, its condition true of its smallest case.

        Raises
        ------
        ValueError
            When it is not, with what is wrong in one line.
        """
        _require_form(table)
        entry = cls(**table)
        entry._require_meaning()
        return entry

    @property
    def condition(self) -> str:
        """What it covers, in words for a person."""
        return self.where or (self.cases[0] if len(self.cases) == 1 else f"{len(self.cases)} cases by their texts")

    @property
    def summary(self) -> dict[str, Any]:
        """What a report says of it: whose it is, why it is accepted, and until when."""
        names = ("name", "adapter", "kind", "owner", "reason", "address")
        day = None if self.expires is None else str(self.expires)
        return {**{name: getattr(self, name) for name in names}, "expires": day}

    @property
    def drafted(self) -> str | None:
        """The first field that still waits for a person, or None."""
        texts = ((one.name, getattr(self, one.name)) for one in fields(self))
        return next((name for name, text in texts if isinstance(text, str) and TODO in text), None)

    def covers(self, case: Case) -> bool:
        """Tell whether the condition is true of a case.

        Raises
        ------
        ConditionError
            When it can't be evaluated on this one.
        """
        if self.where is None:
            return str(case) in self._texts
        return bool(evaluate(self.where, case))

    def why_not(self, traits: Sequence[str], packages: Mapping[str, str] | None = None) -> str | None:
        """Say why the entry does not apply to these versions or this machine, or None when it does.

        Parameters
        ----------
        traits : sequence of str
            What the machine has: architecture, instruction sets that may be used, TensorFlow's use of oneDNN.
        packages : mapping of str to str, optional
            The versions of the packages that were there, by their names; left out, what is installed here.

        Returns
        -------
        str or None
            The first reason.
        """
        for name, wanted in self.versions.items():
            installed = _version(name, packages)
            if installed is None:
                return f"{name} is not installed"
            if not SpecifierSet(wanted).contains(installed, prereleases=True):
                return f"{name} {installed} is not {wanted}"
        wrong = [
            one.removeprefix("not ") if one.startswith("not ") else f"no {one}" for one in unmet(self.machine, traits)
        ]
        return f"this machine has {', '.join(wrong)}" if wrong else None

    @cached_property
    def _texts(self) -> frozenset[str]:
        """The cases as they are spelled today."""
        return frozenset(str(parse_case(text)) for text in self.cases)

    def _require_meaning(self) -> None:
        """Require machine, cases and a condition that mean something."""
        for condition in self.machine:
            _require_trait(condition)
        smallest = _case("smallest", self.smallest)
        for text in self.cases:
            _case("cases", text)
        try:
            covered = self.covers(smallest)
        except ConditionError as error:
            raise ValueError(f"where: {error}") from error
        if not covered:
            said = "cases do not hold" if self.where is None else f"where {shortened(self.where)!r} is not true of"
            raise ValueError(f"{said} its own smallest case {self.smallest}")


def _require_form(table: Any) -> None:
    """Require every field, and nothing else."""
    for problem in _VALIDATOR.iter_errors(table):
        raise ValueError(": ".join([*map(str, problem.absolute_path), shortened(problem.message)]))
    if ("where" in table) == ("cases" in table):
        got = "both" if "where" in table else "neither"
        raise ValueError(f"it takes either where, an expression, or cases, texts of cases: got {got}")
    try:
        ends = _names_releases(table.get("versions", {}))
    except InvalidSpecifier as error:
        raise ValueError(f"versions: {error}") from error
    if table["kind"] != "by design" and "expires" not in table and not ends:
        raise ValueError(
            f"expires: a {table['kind']} needs the last day on which it counts, like 2027-05-31, or the last release "
            'of each package, like versions = { torch = "==2.13.*" }'
        )
    expires = table.get("expires", date.max)
    if not isinstance(expires, date) or isinstance(expires, datetime):
        got = shortened(repr(expires) if isinstance(expires, str) else str(expires))
        raise ValueError(f"expires must be a date without quotation marks, like 2027-05-31: got {got}")  # noqa: TRY004 - as all else


def _require_trait(condition: str) -> None:
    """Require a word of a machine condition that a machine may have; a typing error would make an entry dead."""
    word = condition.removeprefix("not ")
    if word in TRAITS:
        return
    near = get_close_matches(word.lower(), TRAITS, n=1, cutoff=0.9)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    if word in LEVELS:
        raise ValueError(f"machine: {condition!r} is a level: name the instruction sets that it must have, or must not")
    if meant or condition.startswith("not ") or not re.fullmatch("[a-z][a-z0-9_]*", word) or word == "not":
        raise ValueError(
            f"machine takes instruction sets by Linux's names, architectures and {TENSORFLOW_ONEDNN}, and 'not ' "
            f"before those of docs/processors.md: got {condition!r}{meant}"
        )


def _names_releases(versions: Mapping[str, str]) -> bool:
    """Tell whether an entry ends with a release of each package: what was released does not change any more."""
    specifiers = [SpecifierSet(wanted) for wanted in versions.values()]
    return bool(specifiers) and all(any(one.operator in _ENDING for one in wanted) for wanted in specifiers)


def _case(name: str, text: str) -> Case:
    try:
        return parse_case(text)
    except (TextError, ProblemError) as error:
        raise ValueError(f"{name}: {shortened(str(error))}") from error


def _version(name: str, packages: Mapping[str, str] | None) -> str | None:
    """Give the version of a package, under whichever of its names it is installed, or None where it is not there."""
    plain: str = canonicalize_name(name)
    names = TENSORFLOW if plain in TENSORFLOW else (plain,)
    if packages is not None:
        there: dict[str, str] = {canonicalize_name(one): found for one, found in packages.items()}
        return next((there[one] for one in names if one in there), None)
    for one in names:
        try:
            return version(one)
        except PackageNotFoundError:
            continue
    return None
