"""Ask an adapter questions in a process of its own: it may die of one, and the next is asked in another."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from convformance.adapters.contract import Adapter
from convformance.adapters.find import find

Given = ParamSpec("Given")
Result = TypeVar("Result")

LOADING_SECONDS = 300.0


class Asker:
    """A process that has an adapter, made anew for each question so that it remembers nothing.

    Parameters
    ----------
    spelling : str
        The adapter as written on the command line.
    seconds : float
        The time limit for one question.
    """

    def __init__(self, spelling: str, seconds: float) -> None:
        self.spelling, self._seconds = spelling, seconds
        self._process: Any = None
        self._end: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def ask(
        self,
        function: Callable[Concatenate[Adapter, Given], Result],
        *arguments: Given.args,
        **named: Given.kwargs,
    ) -> Result | None:
        """Call a function of an adapter in the process.

        Parameters
        ----------
        function : callable
            Found by its module and name there.
        *arguments, **named
            What it is given besides the adapter.

        Returns
        -------
        object or None
            Its result; None where it raised, or the process died or gave no answer in time.
        """
        if self._process is None:
            self._start()
        try:
            self._end.send((function, arguments, named))
            if self._end.poll(self._seconds):
                result: Result | None = self._end.recv()
                return result
        except (EOFError, OSError):
            pass
        self._stop()
        return None

    def _start(self) -> None:
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        context: Any = multiprocessing.get_context(method)
        self._end, theirs = context.Pipe()
        self._process = context.Process(target=_answer, args=(theirs, self.spelling), daemon=True)
        self._process.start()
        theirs.close()
        try:
            self._end.poll(LOADING_SECONDS) and self._end.recv()
        except (EOFError, OSError):
            return

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = self._end = None


def _answer(end: Connection, spelling: str) -> None:
    """Load the adapter's framework, then answer question after question."""
    find(spelling)
    end.send("ready")
    while True:
        try:
            function, arguments, named = end.recv()
        except EOFError:
            return
        try:
            result = function(find(spelling), *arguments, **named)
        except Exception:  # noqa: BLE001 - a question that raises has no answer
            result = None
        end.send(result)
