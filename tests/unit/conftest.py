"""What tests of several modules share."""

from functools import lru_cache

import pytest

from convformance.tests.conformance import runner

POSED = lru_cache(maxsize=1000)(runner.prepare.__wrapped__)


@pytest.fixture
def posed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the numbers and the evaluation of a case once for all the adapters that face it in different tests."""
    monkeypatch.setattr(runner, "prepare", POSED)
