"""Load an adapter and run its smoke cases in a process of its own, before the run: a crash there is said, not suffered.

``python -m convformance.tests.conformance.preflight ADAPTER FILE`` writes what it found to FILE as JSON.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from convformance.adapters.catalogue import packages_of
from convformance.adapters.contract import OFFERS, AdapterError
from convformance.adapters.find import find
from convformance.tests.conformance.calling import claimed_accumulators, flushed_dtypes
from convformance.tests.conformance.report.harmless import for_log
from convformance.tests.conformance.smoke import smoke


@dataclass(frozen=True)
class Found:
    """What an adapter says of itself.

    Attributes
    ----------
    spelling : str
        What was written on the command line.
    name, version : str
        The adapter's name and its framework's version.
    data_layout : str
        How its images lie.
    filter_layouts : dict of str to str
        How its filters lie.
    accumulators : dict of str to str
        What it claims to add up in, where it is not the default.
    flushes_subnormals : list of str
        The dtypes in which it may take subnormal numbers for zeros.
    offers : list of str
        What it has besides `convolve`, of `OFFERS`.
    packages : dict of str to str
        The versions of the installed packages that it stands on.
    """

    spelling: str
    name: str
    version: str
    data_layout: str
    filter_layouts: dict[str, str]
    accumulators: dict[str, str]
    flushes_subnormals: list[str]
    offers: list[str]
    packages: dict[str, str] = field(default_factory=dict)


LONGEST_NAME: Final = 100
LONGEST_MESSAGE: Final = 2000


class PreflightError(Exception):
    """An adapter that can't be loaded or fails its smoke cases; the message is one line that any log can show."""

    def __init__(self, message: str) -> None:
        super().__init__(for_log(" ".join(message.split()), LONGEST_MESSAGE))


def preflight(spellings: Sequence[str], seconds: float) -> list[Found]:
    """Load each adapter in a process of its own, several at a time, and run its smoke cases.

    Parameters
    ----------
    spellings : sequence of str
        Adapters as written on the command line.
    seconds : float
        The time limit for each, import and smoke together.

    Returns
    -------
    list of Found
        In the order of `spellings`.

    Raises
    ------
    PreflightError
        For the first that can't be loaded, fails, dies or hangs, or when two have the same name.
    """
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda spelling: _in_a_process(spelling, seconds), spellings))
    names = [one.name for one in found]
    for one in found:
        if names.count(one.name) > 1:
            raise PreflightError(f"two adapters are called {one.name!r}: verdicts could not be told apart")
    return found


def _in_a_process(spelling: str, seconds: float) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "found.json"
        # -P: the folder it is called from must not come before the installed packages.
        command = [sys.executable, "-P", "-m", __name__, spelling, str(file)]
        try:
            # The framework may print what it likes: only the file is read.
            done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise PreflightError(f"adapter {spelling} did not load and pass its smoke cases in {seconds:g} s") from None
        if not file.exists():
            last = (done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
            raise PreflightError(f"adapter {spelling} killed its process (exit status {done.returncode}): {last}")
        content = json.loads(file.read_text(encoding="utf-8"))
    if "error" in content:
        raise PreflightError(content["error"])
    return Found(**content)


def _look(spelling: str) -> Found:
    adapter = find(spelling)
    try:
        claimed_accumulators(adapter)
    except ValueError as error:
        raise PreflightError(f"adapter {spelling}: {error}") from error
    wrong = smoke(adapter)
    if wrong is not None:
        raise PreflightError(
            f"adapter {spelling} fails its smoke check, so the adapter is at fault, not its framework: {wrong}"
        )
    try:
        version = adapter.version()
    except Exception as error:
        raise PreflightError(f"adapter {spelling}: version() raised {type(error).__name__}: {error}") from error
    if not isinstance(version, str) or not version.strip():
        raise PreflightError(f"adapter {spelling}: version() must give a text: got {version!r}")
    if len(adapter.name) > LONGEST_NAME:
        raise PreflightError(
            f"adapter {spelling}: name must have at most {LONGEST_NAME} characters: got {len(adapter.name)}"
        )
    return Found(
        spelling,
        adapter.name,
        version,
        adapter.data_layout,
        dict(adapter.filter_layouts),
        claimed_accumulators(adapter),
        flushed_dtypes(adapter),
        [offer for offer in OFFERS if getattr(adapter, offer, None) is not None],
        packages_of(adapter),
    )


def main(spelling: str, file: Path) -> None:
    """Write what was found, or the error, to `file`."""
    try:
        content = asdict(_look(spelling))
    except (AdapterError, PreflightError) as error:
        content = {"error": str(error)}
    file.write_text(json.dumps(content), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
