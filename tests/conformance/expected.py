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
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from simpleeval import EvalWithCompoundTypes

from convformance.reference.case import Case, parse_case
from convformance.reference.errors import ProblemError, TextError
from convformance.tests.conformance.verdicts import NONCONFORMING, Verdict

_TEXT: Final = {"type": "string", "pattern": r"\S"}
_REQUIRED: Final = ("name", "adapter", "where", "reason", "owner", "address", "smallest", "note")
ENTRY: Final = {
    "type": "object",
    "required": [*_REQUIRED, "verdicts", "kind"],
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys(_REQUIRED, _TEXT),
        "verdicts": {"type": "array", "minItems": 1, "items": {"enum": sorted(NONCONFORMING)}},
        "kind": {"enum": ["bug", "limitation", "by design"]},
        "holds": {"enum": ["always", "sometimes"]},
        "versions": {"type": "object", "additionalProperties": {"type": "string"}},
        "machine": {"type": "array", "items": {"type": "string"}},
    },
}
"""The JSON schema of an entry."""

_PROBLEM_NAMES: Final = (
    "kind", "rank", "batch", "spatial", "channels", "filters", "kernel_size", "strides", "padding", "pads", "dilation",
    "groups", "multiplier", "use_bias", "activation", "padding_mode", "output_padding", "dtype", "output_spatial",
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
        functions = {"max": max, "min": min, "sum": sum, "len": len}
        try:
            # In brackets, so that a condition may go over several lines.
            return bool(EvalWithCompoundTypes(names=names, functions=functions).eval(f"({self.where})"))
        except IndexError:
            # The condition speaks of an axis that this problem does not have.
            return False

    def why_not(self, flags: Sequence[str]) -> str | None:
        """Say why the entry does not speak of the installed versions or this processor, or None when it does."""
        for name, wanted in self.versions.items():
            try:
                installed = version(name)
            except PackageNotFoundError:
                return f"{name} is not installed"
            if not SpecifierSet(wanted).contains(installed, prereleases=True):
                return f"{name} {installed} is not {wanted}"
        if missing := sorted(set(self.machine) - set(flags)):
            return f"this processor has no {', '.join(missing)}"
        return None


@dataclass(frozen=True)
class Expected:
    """The entries that apply to this run, and why the others do not."""

    entries: tuple[Entry, ...] = ()
    skipped: tuple[str, ...] = ()

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
            elif verdict.conforms and entry.holds == "always":
                verdict.stale = (
                    f"the expected nonconformance {entry.name!r} no longer holds: remove or narrow its entry"
                )
                return

    def may_crash(self, adapter: str, case: Case) -> bool:
        """Tell whether a case is listed as one that may end its adapter's process, or leave its memory damaged."""
        return any(
            "crashed" in entry.verdicts and entry.adapter == adapter and entry.covers(case) for entry in self.entries
        )

    def unused(self, verdicts: Sequence[Verdict]) -> list[str]:
        """Name the entries that cover a case of an adapter that ran, and that no verdict needed.

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
        # What damages memory may or may not be noticed before the process ends.
        idle = [
            entry
            for entry in self.entries
            if entry.name not in used and not (entry.holds == "sometimes" and "crashed" in entry.verdicts)
        ]
        return [
            entry.name
            for entry in idle
            if any(verdict.adapter == entry.adapter and entry.covers(parse_case(verdict.case)) for verdict in verdicts)
        ]


def load_expected(path: Path, flags: Sequence[str]) -> Expected:
    """Read the entries that apply here.

    Parameters
    ----------
    path : Path
        The TOML file.
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
        found = ", ".join(content) or "one [nonconformance] in single brackets"
        raise ExpectedError(f"expected file {path} holds [[nonconformance]] tables only: got {found}")
    checked = [_checked(path, place, entry) for place, entry in enumerate(entries, start=1)]
    reasons = [(entry, entry.why_not(flags)) for entry in checked]
    return Expected(
        tuple(entry for entry, reason in reasons if reason is None),
        tuple(f"{entry.name}: {reason}" for entry, reason in reasons if reason is not None),
    )


def _checked(path: Path, place: int, raw: Any) -> Entry:
    """Build an entry, requiring every field, known words and a condition that can be evaluated."""
    name = raw.get("name", "without name") if isinstance(raw, dict) else raw
    wrong = _what_is_wrong(raw)
    if wrong is not None:
        raise ExpectedError(f"expected file {path}, entry {place} ({name}): {wrong}")
    return Entry(**raw)


def _what_is_wrong(raw: Any) -> str | None:
    """Say what is wrong with the form of an entry, then with what it says."""
    for problem in Draft202012Validator(ENTRY).iter_errors(raw):
        return ": ".join([*map(str, problem.absolute_path), problem.message[:200]])
    entry = Entry(**raw)
    try:
        for wanted in entry.versions.values():
            SpecifierSet(wanted)
        smallest = parse_case(entry.smallest)
    except InvalidSpecifier as error:
        return f"versions: {error}"
    except (TextError, ProblemError) as error:
        return f"smallest: {error}"
    try:
        covered = entry.covers(smallest)
    except Exception as error:  # noqa: BLE001 - evaluating what somebody wrote may raise anything
        return f"where {entry.where!r} can't be evaluated: {type(error).__name__}: {error}"
    return None if covered else f"where {entry.where!r} is not true of its own smallest case {entry.smallest}"
