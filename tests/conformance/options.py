"""The options of a run, checked before anything starts."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from convformance.reference.case import parse_case
from convformance.reference.errors import ProblemError, TextError
from convformance.tests.conformance.corpus import TIERS, load
from convformance.tests.conformance.sizes import size_of

DEFAULT_REPORT: Final = "convformance-report"
DEFAULT_SECONDS: Final = 60.0


class UsageError(ValueError):
    """An option that can't be followed; the message is one line."""


@dataclass(frozen=True)
class Shard:
    """Part `index` of `count`, from 1."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Read ``i/n``.

        Raises
        ------
        UsageError
            When it is not two integers with 1 <= i <= n.
        """
        match = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise UsageError(f"--shard must be i/n with 1 <= i <= n, like 1/4: got {text!r}")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        """Spell it as it is read."""
        return f"{self.index}/{self.count}"


def chosen_cases(
    tier: str, texts: list[str], shard: str | None, max_work: int | None = None
) -> Mapping[str, str | None]:
    """Choose the cases of a run.

    Parameters
    ----------
    tier : str
        A key of the corpus's tiers.
    texts : list of str
        Single cases instead of a tier; may be empty.
    shard : str or None
        ``i/n``: the i-th of n parts of equal size, each a mixture of the whole.
    max_work : int or None, optional
        Leave out the cases of more multiplications; shards divide what is left.

    Returns
    -------
    mapping of str to (str or None)
        The text of each case to its origin.

    Raises
    ------
    UsageError
        For a tier, a case text, a shard or a number of multiplications that is none.
    """
    if tier not in TIERS:
        raise UsageError(f"--tier must be one of {', '.join(TIERS)}: got {tier!r}")
    cases: dict[str, str | None]
    if texts:
        known = load("full")
        cases = {}
        for text in texts:
            try:
                case = str(parse_case(text))
            except (TextError, ProblemError) as error:
                raise UsageError(str(error)) from error
            cases[case] = known.get(case)
    else:
        cases = dict(load(tier))
    if max_work is not None:
        if max_work < 1:
            raise UsageError(f"--max-work must be at least 1: got {max_work}")
        cases = {case: origin for case, origin in cases.items() if size_of(case) <= max_work}
    if shard is not None:
        part = Shard.parse(shard)
        # Dealt out in the order of their digests: every part is a fair mixture of the corpus.
        shuffled = sorted(cases, key=lambda case: hashlib.sha256(case.encode()).digest())
        mine = set(shuffled[part.index - 1 :: part.count])
        cases = {case: origin for case, origin in cases.items() if case in mine}
        if not cases:
            raise UsageError(f"shard {part} holds no case: there are fewer cases than shards")
    return MappingProxyType(cases)


def writable_folder(path: str) -> Path:
    """Make the report folder.

    Parameters
    ----------
    path : str
        Made with its parents where it is missing.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        When it can't be made or written to.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(f"report folder {path} can't be written to: {error.strerror}") from error
    return folder
