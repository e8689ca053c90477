"""What adapters share whose engine is told its threads when a model is made."""

from collections.abc import Iterator
from contextlib import contextmanager


class ModelThreads:
    """``threads``: the models that are made inside compute with so many; 0 leaves the engine its own number."""

    _threads = 0

    @contextmanager
    def threads(self, count: int) -> Iterator[None]:
        """Give the models that are made inside so many threads.

        Parameters
        ----------
        count : int
            From 1 on.
        """
        former, self._threads = self._threads, count
        try:
            yield
        finally:
            self._threads = former
