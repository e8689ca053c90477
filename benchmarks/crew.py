"""The processes of all contenders, of one number of threads, and what happens when one of them dies."""

import multiprocessing
import signal
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NoReturn, Self

from convformance.benchmarks.contenders import Contender
from convformance.benchmarks.limit import LIMIT
from convformance.benchmarks.rounds import LostError
from convformance.benchmarks.worker import Request, Sample, serve
from convformance.tests.conformance.environment import environment

LOADING_SECONDS: Final = 300.0
ANSWER_SECONDS: Final = 120.0
MOST_STARTS: Final = 3
"""So often a contender is started; one that dies again and again is not asked any more."""

OPENBLAS_SPINS: Final = "18"
"""OpenBLAS's threads spin for two to the power of this many cycles, 0.1 ms; by default for 25 ms, which the next
contender would suffer from."""

_THREADS: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


class NotAskedError(LostError):
    """The contender was not asked: its adapter can't be loaded, or it died too often."""


class Worker:
    """One contender's process, from outside.

    Parameters
    ----------
    contender : Contender or None
        Who lives in it; None for NumPy's matrix product alone.
    threads : int
        How many threads its libraries may use; they are told before they are imported.
    log : Path
        Where it writes what it prints.
    """

    def __init__(self, contender: Contender | None, threads: int, log: Path) -> None:
        self.name = LIMIT if contender is None else contender.name
        self._contender, self._threads = contender, threads
        self._process: BaseProcess | None = None
        self._end: Connection | None = None
        self._starts = 0
        self._lost: LostError | None = None
        self._log = log
        self._loading = False

    def start(self) -> None:
        """Begin to load, unless it lives or died too often; `request` waits for it."""
        if self._process is not None:
            return
        if self._starts == MOST_STARTS:
            if not isinstance(self._lost, NotAskedError):
                self._lost = NotAskedError(f"it was lost {MOST_STARTS} times before, the last time: {self._lost}")
            return
        self._starts += 1
        context: Any = multiprocessing.get_context("spawn")
        self._end, theirs = context.Pipe()
        spelling, memory = (
            (None, "dense") if self._contender is None else (self._contender.spelling, self._contender.memory)
        )
        process = context.Process(target=serve, args=(theirs, spelling, memory, self._log), daemon=True)
        with _environment(self._threads):
            process.start()
        self._process, self._loading = process, True
        theirs.close()

    def request(self, request: Request) -> Any:
        """Ask, and wait for the answer.

        Raises
        ------
        LostError
            Where the process died, does not answer, or could not load its adapter.
        """
        if self._process is None:
            raise self._lost or LostError("the process was not started")
        if self._loading:
            failure = self._receive(LOADING_SECONDS)
            self._loading = False
            if failure is not None:
                self._starts = MOST_STARTS
                self._lose(f"the adapter can't be loaded: {failure}", NotAskedError)
        try:
            self._connection.send(request)
        except OSError:
            self._lose(self._died())
        return self._receive(ANSWER_SECONDS)

    def sample(self, calls: int) -> float:
        """Take a sample of what was prepared last."""
        seconds: float = self.request(Sample(calls))
        return seconds

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._connection.close()
            self._process.kill()
            self._process.join()
            self._process = None

    @property
    def _connection(self) -> Connection:
        assert self._end is not None
        return self._end

    def _receive(self, seconds: float) -> Any:
        try:
            if not self._connection.poll(seconds):
                self._lose(f"no answer within {seconds:g} s")
            return self._connection.recv()
        except (EOFError, OSError):
            self._lose(self._died())

    def _died(self) -> str:
        """Say how the process ended."""
        assert self._process is not None
        self._process.join()
        code = self._process.exitcode
        how = f"ended with exit code {code}" if not code or code > 0 else f"died of {signal.Signals(-code).name}"
        printed = self._log.read_text(encoding="utf-8", errors="replace").split("\n") if self._log.is_file() else []
        last = next((line.strip() for line in reversed(printed) if line.strip()), "")
        return f"the process {how}{last and ', its last words: '}{last[:200]}"

    def _lose(self, why: str, kind: type[LostError] = LostError) -> NoReturn:
        self.close()
        self._lost = kind(why)
        raise self._lost


class Crew:
    """The processes of several contenders and of the limit.

    Parameters
    ----------
    contenders : sequence of Contender
        Who competes.
    threads : int
        How many threads each may use.

    Attributes
    ----------
    folder : Path
        For files that the processes share, as long as they live.
    one_image : dict of tuple of str to float
        For contender, layer and direction the seconds that a call with one image took.
    """

    def __init__(self, contenders: Sequence[Contender], threads: int) -> None:
        self.threads = threads
        self._folder = tempfile.TemporaryDirectory(prefix="convformance-")
        self.folder = Path(self._folder.name)
        self.one_image: dict[tuple[str, str, str], float] = {}
        self.limit = Worker(None, threads, self.folder / "log")
        self.workers = {
            contender: Worker(contender, threads, self.folder / f"log-{number}")
            for number, contender in enumerate(contenders)
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start everybody who does not live."""
        for worker in (self.limit, *self.workers.values()):
            worker.start()

    def close(self) -> None:
        """End all processes."""
        for worker in (self.limit, *self.workers.values()):
            worker.close()
        self._folder.cleanup()


def _environment(threads: int) -> AbstractContextManager[None]:
    """Set the variables that libraries read when they are imported; a process that is started inherits them.

    Threads that wait must sleep: a process that spins takes the cores from the one that is measured.
    """
    changes = {name: str(threads) for name in _THREADS}
    changes |= {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_THREAD_TIMEOUT": OPENBLAS_SPINS, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return environment(changes)
