"""Writes `verdicts.jsonl`: a header line, a line a verdict, a footer. Without its footer it is not a report."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Final

from convformance.tests.conformance.verdicts import Verdict

FILE_NAME: Final = "verdicts.jsonl"
SCHEMA_VERSION: Final = 1


class ReportWriter:
    """Writes a report line by line, so that what was judged survives whatever happens next.

    Parameters
    ----------
    folder : Path
        Where `verdicts.jsonl` is written; a former one is replaced.
    header : mapping
        Fields of the header besides ``record`` and ``schema``.
    """

    def __init__(self, folder: Path, header: Mapping[str, Any]) -> None:
        self.path = folder / FILE_NAME
        self._file: IO[str] = self.path.open("w", encoding="utf-8", newline="\n")
        self.counts: dict[str, Counter[str]] = {}
        self._write({"record": "header", "schema": SCHEMA_VERSION, **header})

    def add(self, verdict: Verdict) -> None:
        """Write one verdict."""
        self.counts.setdefault(verdict.adapter, Counter())[verdict.verdict] += 1
        self._write(verdict.to_record())

    def finish(self, footer: Mapping[str, Any], verdicts: Iterable[Verdict] = (), *, complete: bool) -> None:
        """Write the footer, with the counts and the digest of all lines before it, and close the file.

        Parameters
        ----------
        footer : mapping
            Fields besides ``record``, ``counts``, ``digest`` and ``complete``.
        verdicts : iterable of Verdict, optional
            Those of which more is known than when they were written; their lines are written anew.
        complete : bool
            Whether every case got its verdict.
        """
        known = {(verdict.adapter, verdict.case): verdict for verdict in verdicts}
        if known:
            self._rewrite(known)
        self._file.flush()
        with self.path.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        self._write({"record": "footer", "counts": self.counts, **footer, "digest": digest, "complete": complete})
        self._file.close()

    def abandon(self) -> None:
        """Close the file without a footer: what it holds is not a report."""
        self._file.close()

    def _rewrite(self, known: Mapping[tuple[str, str], Verdict]) -> None:
        """Write lines anew, into a file that then takes the place of the former one."""
        self._file.close()
        lines = self.path.read_text(encoding="utf-8").split("\n")[:-1]
        for place, line in enumerate(lines[1:], start=1):
            record = json.loads(line)
            verdict = known.get((record["adapter"], record["case"]))
            lines[place] = line if verdict is None else json.dumps(verdict.to_record(), allow_nan=False)
        other = self.path.with_suffix(".part")
        other.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
        other.replace(self.path)
        self._file = self.path.open("a", encoding="utf-8", newline="\n")

    def _write(self, record: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(record, allow_nan=False) + "\n")
        self._file.flush()
