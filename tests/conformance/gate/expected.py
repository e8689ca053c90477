"""Known nonconformances: a reviewed TOML file, each entry with its owner, reason, address, condition and last day.

::

    [[nonconformance]]
    name = "torch-example"                 # how reports call it
    adapter = "torch"
    where = "groups > 1 and max(strides) > 1"  # on the problem's attributes, and numbers, memory, direction
    # cases = ["conv2d-...", "conv2d-..."] # instead of where: these cases only
    verdicts = ["wrong"]
    versions = { torch = ">=2.5,<2.14" }   # optional: installed packages
    machine = ["avx512f", "not avx512_fp16"]  # optional: what the machine must have, or must not
    kind = "bug"                           # bug, limitation, or by design
    owner = "torch"
    reason = "one sentence"
    address = "the issue or document"
    smallest = "conv2d-...-f32.forward.exact"  # the smallest case, checked by hand
    note = "the sum on paper"
    holds = "always"                       # "sometimes": not every case of it fails; "unpredictable": perhaps none
    expires = 2027-05-31                   # the last day it counts; not needed by design, nor where versions end

The file may also say for which levels of machines it is complete (`convformance.adapters.processor.Processor.level`)::

    [[proven]]
    level = "haswell"
    date = 2026-12-01
    processor = "AMD EPYC, emulated"
    how = "qemu-x86_64-static -cpu Haswell-v4: 1,508 cases"

An entry that holds "always" and meets a case that conforms is stale, and fails the run. One that holds "sometimes" is
stale when a whole tier ran and nothing needed it. One that is "unpredictable" depends on what memory held before,
and is never stale. One whose day has passed covers nothing any more, and fails the run.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from convformance.adapters.processor import PARTS
from convformance.reference.case import Case
from convformance.tests.conformance.gate.conditions import ConditionError, shortened
from convformance.tests.conformance.gate.entry import SAYS, Entry
from convformance.tests.conformance.sizes import parsed
from convformance.tests.conformance.verdicts import Verdict, no_longer_holds

SOON: Final = timedelta(days=30)
"""An entry that expires within this time is announced."""
_TEXT: Final = {"type": "string", "minLength": 1}
_PROVEN: Final = Draft202012Validator(
    {
        "type": "object",
        "required": ["level", "date", "processor", "how"],
        "additionalProperties": False,
        "properties": {"date": True, "level": _TEXT, "processor": _TEXT, "how": _TEXT},
    }
)


class ExpectedError(ValueError):
    """A file of expected nonconformances that can't be used; the message is one line."""


@dataclass(frozen=True)
class Expected:
    """The entries that apply to this run, and why the others do not.

    Attributes
    ----------
    entries : tuple of Entry
        Those that apply.
    skipped : tuple of str
        Why each of the others does not speak of these versions or this machine.
    lapsed : tuple of Entry
        Those that would apply, and have expired.
    today : date or None
        The day by which that was decided.
    packages : tuple of str
        The packages whose versions any entry asks for.
    proven : tuple of str or None
        The levels of machines that the file was proven on; None where it does not say.
    """

    entries: tuple[Entry, ...] = ()
    skipped: tuple[str, ...] = ()
    lapsed: tuple[Entry, ...] = ()
    today: date | None = None
    packages: tuple[str, ...] = ()
    proven: tuple[str, ...] | None = None

    def weigh(self, verdict: Verdict, case: Case) -> None:
        """Note on a verdict which entry lists it, which one it proves stale, or which one that listed it has expired.

        Parameters
        ----------
        verdict : Verdict
            Its ``expected`` or ``stale`` is set; what an expired entry listed is said in ``detail``.
        case : Case
            The case it is about.

        Raises
        ------
        ExpectedError
            When the condition of an entry can't be evaluated on this case.
        """
        entry, lapsed = self.about(verdict, case), self.lapsed_about(verdict, case)
        if entry is None and lapsed is not None:
            verdict.detail += f"; the entry {lapsed.name!r} that listed it expired on {lapsed.expires}"
        elif entry is not None and verdict.conforms:
            verdict.stale = no_longer_holds(entry.name)
        elif entry is not None:
            verdict.expected = entry.name

    def about(self, verdict: Verdict, case: Case) -> Entry | None:
        """Give the first entry that lists a nonconformance, or that a case which conforms proves stale."""
        for entry in self.entries:
            lists = verdict.verdict in entry.verdicts
            stale = verdict.conforms and entry.holds == "always"
            if entry.adapter == verdict.adapter and (lists or stale) and _covers(entry, case):
                return entry
        return None

    def lapsed_about(self, verdict: Verdict, case: Case) -> Entry | None:
        """Give the first expired entry that listed a nonconformance."""
        for entry in self.lapsed:
            if entry.adapter == verdict.adapter and verdict.verdict in entry.verdicts and _covers(entry, case):
                return entry
        return None

    def may_crash(self, adapter: str, case: Case) -> bool:
        """Tell whether a case is listed as one that may end its adapter's process, or leave its memory damaged."""
        # An entry that has expired still says which cases are dangerous.
        return any(
            "crashed" in entry.verdicts and entry.adapter == adapter and _covers(entry, case)
            for entry in (*self.entries, *self.lapsed)
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
            if entry.name not in used
            and entry.holds != "unpredictable"
            and not (entry.holds == "sometimes" and "crashed" in entry.verdicts)
        ]
        return [
            entry.name
            for entry in idle
            if any(verdict.adapter == entry.adapter and _covers(entry, parsed(verdict.case)) for verdict in verdicts)
        ]

    def expired(self, adapters: Iterable[str]) -> dict[str, str]:
        """Name the entries about some adapters that have expired.

        Parameters
        ----------
        adapters : iterable of str
            Their names.

        Returns
        -------
        dict of str to str
            The name of each entry to the last day on which it counted.
        """
        return _days(self.lapsed, adapters)

    def expiring(self, adapters: Iterable[str]) -> dict[str, str]:
        """Name the entries about some adapters that expire soon, as `expired` does."""
        last = None if self.today is None else self.today + SOON
        return _days(
            (entry for entry in self.entries if last and entry.expires is not None and entry.expires <= last), adapters
        )


def load_expected(
    path: Path,
    traits: Sequence[str],
    *,
    packages: Mapping[str, str] | None = None,
    today: date | None = None,
    drafts: bool = False,
) -> Expected:
    """Read the entries that apply here.

    Parameters
    ----------
    path : Path
        The TOML file.
    traits : sequence of str
        What the machine has (`convformance.adapters.processor.TRAITS`).
    packages : mapping of str to str, optional
        The versions of the packages that were there, by their names; left out, what is installed here.
    today : date, optional
        The day by which entries expire; left out, today's of UTC.
    drafts : bool, optional
        Whether entries may still wait for a person's review.

    Returns
    -------
    Expected
        Those whose versions and machine are these.

    Raises
    ------
    ExpectedError
        When the file can't be read or an entry is not complete, with what is wrong.
    """
    today = today or datetime.now(UTC).date()
    content = _content(path)
    checked = parse_entries(content, path)
    proven = [one["level"] for one in parse_proven(content, path)]
    for entry in checked:
        if entry.drafted is not None and not drafts:
            raise ExpectedError(
                f"expected file {path}, entry {shortened(entry.name)}: {entry.drafted} was written by "
                f"`convformance expected update`, not yet reviewed: say {SAYS.get(entry.drafted, 'what it is')}"
            )
    reasons = [(entry, entry.why_not(traits, packages)) for entry in checked]
    here = [entry for entry, reason in reasons if reason is None]
    lapsed = [entry for entry in here if entry.expires is not None and entry.expires < today]
    return Expected(
        tuple(entry for entry in here if entry not in lapsed),
        tuple(f"{entry.name}: {reason}" for entry, reason in reasons if reason is not None),
        tuple(lapsed),
        today,
        tuple(dict.fromkeys(name for entry in checked for name in entry.versions)),
        tuple(proven) or None,
    )


def read_entries(path: Path) -> list[Entry]:
    """Read all entries of a file, whether they apply here or not.

    Parameters
    ----------
    path : Path
        The TOML file.

    Returns
    -------
    list of Entry
        In their order.

    Raises
    ------
    ExpectedError
        When the file can't be read or an entry is not complete, with what is wrong.
    """
    return parse_entries(_content(path), path)


def parse_entries(content: str, path: Path) -> list[Entry]:
    """Read all entries of a text, as `read_entries` does; `path` is for messages."""
    entries = _tables(content, path)["nonconformance"]
    checked: dict[str, Entry] = {}
    for place, raw in enumerate(entries, start=1):
        name = raw.get("name", "without name") if isinstance(raw, dict) else raw
        try:
            entry = Entry.from_table(raw)
            if entry.name in checked:
                raise ValueError("its name is that of another entry")  # noqa: TRY301 - said like all else
        except ValueError as error:
            raise ExpectedError(f"expected file {path}, entry {place} ({shortened(str(name))}): {error}") from error
        checked[entry.name] = entry
    return list(checked.values())


def parse_proven(content: str, path: Path) -> list[dict[str, Any]]:
    """Read on which levels of machines a file was proven.

    Parameters
    ----------
    content : str
        The file's.
    path : Path
        Where it is, for messages.

    Returns
    -------
    list of dict
        Each with ``level``, ``date``, ``processor`` and ``how``.

    Raises
    ------
    ExpectedError
        For a table that has something else, or lacks one of them.
    """
    found: list[dict[str, Any]] = _tables(content, path)["proven"]
    for place, one in enumerate(found, start=1):
        for problem in _PROVEN.iter_errors(one):
            said = ": ".join([*map(str, problem.absolute_path), shortened(problem.message)])
            raise ExpectedError(f"expected file {path}, proven level {place}: {said}")
        where = f"expected file {path}, proven level {place}"
        if one["level"] not in PARTS:
            got = shortened(repr(one["level"]))
            raise ExpectedError(f"{where}: level must be one of {', '.join(PARTS)}: got {got}")
        if not isinstance(one["date"], date):
            got = shortened(repr(one["date"]))
            raise ExpectedError(f"{where}: date must be without quotation marks, like 2026-12-01: got {got}")
    return found


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ExpectedError(f"expected file {path} can't be read: {error}") from error


def _tables(content: str, path: Path) -> dict[str, list[Any]]:
    """Read the tables of a file, by what they are called."""
    try:
        found = tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ExpectedError(f"expected file {path} is not TOML: {error}") from error
    tables = {name: found.pop(name, []) for name in ("nonconformance", "proven")}
    single = [f"one [{name}] in single brackets" for name, value in tables.items() if not isinstance(value, list)]
    if found or single:
        got = shortened(", ".join([*found, *single]))
        raise ExpectedError(f"expected file {path} may have [[nonconformance]] and [[proven]] tables only: got {got}")
    return tables


def _covers(entry: Entry, case: Case) -> bool:
    try:
        return entry.covers(case)
    except ConditionError as error:
        raise ExpectedError(f"expected nonconformance {shortened(entry.name)!r}, on {case}: {error}") from error


def _days(entries: Iterable[Entry], adapters: Iterable[str]) -> dict[str, str]:
    judged = set(adapters)
    return {entry.name: str(entry.expires) for entry in entries if entry.adapter in judged}
