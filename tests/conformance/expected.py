"""Known nonconformances: a reviewed TOML file, each entry with its owner, reason, address and condition.

::

    [[nonconformance]]
    name = "torch-example"                 # how reports call it
    adapter = "torch"
    where = "groups > 1 and max(strides) > 1"  # on the problem's attributes, and numbers, memory, direction
    verdicts = ["wrong"]
    versions = { torch = ">=2.5,<2.14" }   # optional: installed packages
    machine = ["avx512f"]                  # optional: instruction sets that all must be there
    kind = "bug"                           # bug, limitation, or by design
    owner = "torch"
    reason = "one sentence"
    address = "the issue or document"
    smallest = "conv2d-...-f32.forward.exact"  # the smallest case, checked by hand
    note = "the sum on paper"
    holds = "always"                       # or "sometimes": not every case of the condition fails

An entry that holds "always" and meets a case that conforms is stale, and fails the run. One that holds "sometimes" is
stale when a whole tier ran and nothing needed it.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, cast

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from simpleeval import InvalidExpression, simple_eval

from convformance.reference.case import Case, parse_case
from convformance.reference.errors import ProblemError, TextError
from convformance.tests.conformance.verdicts import NONCONFORMING, Verdict

KINDS: Final = ("bug", "limitation", "by design")
HOLDS: Final = ("always", "sometimes")
_PROBLEM_NAMES: Final = (
    "kind", "rank", "batch", "spatial", "channels", "filters", "kernel_size", "strides", "padding", "pads", "dilation",
    "groups", "use_bias", "activation", "padding_mode", "output_padding", "dtype", "output_spatial",
)  # fmt: skip


class ExpectedError(ValueError):
    """A file of expected nonconformances that can't be used; the message is one line."""


@dataclass(frozen=True)
class Entry:
    """One known nonconformance; the module says what its fields hold."""

    name: str
    adapter: str
    where: str
    verdicts: Sequence[str]
    kind: str
    owner: str
    reason: str
    address: str
    smallest: str
    note: str
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: Sequence[str] = ()
    holds: str = "always"

    def covers(self, case: Case) -> bool:
        """Tell whether the condition is true of a case."""
        names = {name: getattr(case.problem, name) for name in _PROBLEM_NAMES}
        names |= {"numbers": case.numbers, "memory": case.memory, "direction": case.direction}
        return bool(simple_eval(self.where, names=names, functions={"max": max, "min": min, "sum": sum, "len": len}))

    def applies(self, packages: Mapping[str, str], flags: Sequence[str]) -> bool:
        """Tell whether the entry speaks of these package versions and this processor."""
        return set(self.machine) <= set(flags) and all(
            name in packages and SpecifierSet(wanted).contains(packages[name], prereleases=True)
            for name, wanted in self.versions.items()
        )


@dataclass(frozen=True)
class Expected:
    """The entries that apply to this run."""

    entries: tuple[Entry, ...] = ()

    def weigh(self, verdict: Verdict, case: Case) -> None:
        """Note on a verdict which entry lists it, or which one it proves stale.

        Parameters
        ----------
        verdict : Verdict
            Its ``expected`` or ``stale`` is set.
        case : Case
            The case it is about.
        """
        for entry in self.entries:
            if entry.adapter != verdict.adapter or not entry.covers(case):
                continue
            if verdict.verdict in NONCONFORMING:
                if verdict.verdict in entry.verdicts:
                    verdict.expected = entry.name
                    return
            elif entry.holds == "always":
                verdict.stale = (
                    f"the expected nonconformance {entry.name!r} no longer holds: remove or narrow its entry"
                )
                return

    def unused(self, verdicts: Sequence[Verdict]) -> list[str]:
        """Name the entries of adapters that ran which no verdict needed.

        Parameters
        ----------
        verdicts : sequence of Verdict
            Those of a whole tier.

        Returns
        -------
        list of str
            Names.
        """
        used = {verdict.expected for verdict in verdicts}
        ran = {verdict.adapter for verdict in verdicts}
        return [entry.name for entry in self.entries if entry.adapter in ran and entry.name not in used]


def load_expected(path: Path, packages: Mapping[str, str], flags: Sequence[str]) -> Expected:
    """Read the entries that apply here.

    Parameters
    ----------
    path : Path
        The TOML file.
    packages : mapping of str to str
        Installed versions by package name.
    flags : sequence of str
        The processor's instruction sets.

    Returns
    -------
    Expected
        Those whose versions and machine are these.

    Raises
    ------
    ExpectedError
        When the file can't be read or an entry is not complete, with what is wrong.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ExpectedError(f"expected file {path} can't be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ExpectedError(f"expected file {path} is not TOML: {error}") from error
    entries = content.pop("nonconformance", [])
    if content or not isinstance(entries, list):
        raise ExpectedError(f"expected file {path} holds [[nonconformance]] tables only: got {', '.join(content)}")
    checked = [_checked(path, place, entry) for place, entry in enumerate(entries, start=1)]
    return Expected(tuple(entry for entry in checked if entry.applies(packages, flags)))


def _checked(path: Path, place: int, raw: Any) -> Entry:
    """Build an entry, requiring every field, known words and a condition that can be evaluated."""
    name = raw.get("name", "without name") if isinstance(raw, dict) else raw
    wrong = _what_is_wrong(raw)
    if wrong is not None:
        raise ExpectedError(f"expected file {path}, entry {place} ({name}): {wrong}")
    return Entry(**raw)


def _what_is_wrong(raw: Any) -> str | None:
    """Say what is wrong with the form of an entry, then with its words, then with its condition."""
    if not isinstance(raw, dict):
        return "an entry is a table"
    required = {one.name for one in fields(Entry) if one.default is MISSING and one.default_factory is MISSING}
    if missing := sorted(name for name in required if not raw.get(name)):
        return f"these fields must be there and not empty: {', '.join(missing)}"
    if unknown := sorted(set(raw) - {one.name for one in fields(Entry)}):
        return f"unknown fields: {', '.join(unknown)}"
    entry = Entry(**cast(dict[str, Any], raw))
    for name, choices in (("kind", KINDS), ("holds", HOLDS)):
        if getattr(entry, name) not in choices:
            return f"{name} must be one of {', '.join(choices)}: got {getattr(entry, name)!r}"
    if not isinstance(entry.verdicts, list) or not set(entry.verdicts) <= NONCONFORMING:
        return f"verdicts must be a list of {', '.join(sorted(NONCONFORMING))}: got {entry.verdicts!r}"
    return _what_is_wrong_with_condition(entry)


def _what_is_wrong_with_condition(entry: Entry) -> str | None:
    try:
        for wanted in entry.versions.values():
            SpecifierSet(wanted)
        covered = entry.covers(parse_case(entry.smallest))
    except InvalidSpecifier as error:
        return f"versions: {error}"
    except (TextError, ProblemError) as error:
        return f"smallest: {error}"
    except (InvalidExpression, SyntaxError, TypeError, AttributeError) as error:
        return f"where {entry.where!r} can't be evaluated: {error}"
    return None if covered else f"where {entry.where!r} is not true of its own smallest case {entry.smallest}"
