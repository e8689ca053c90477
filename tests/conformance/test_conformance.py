"""Every case on every adapter: here the tests are the product."""

import pytest

from convformance.tests.conformance.session import Question, Worker


def test_conformance(
    convformance_question: Question, convformance_worker: Worker, request: pytest.FixtureRequest
) -> None:
    """Ask one adapter one case; the verdict travels to the report with the test's properties."""
    verdict = convformance_worker.judge(convformance_question)
    request.node.user_properties.append(("convformance", verdict.to_record()))
    request.node.user_properties.append(("convformance_seconds", convformance_worker.seconds))
    if verdict.stale is not None:
        pytest.fail(f"{verdict.stale} ({verdict.case})", pytrace=False)
    if verdict.fails:
        pytest.fail(f"{verdict.verdict}: {verdict.detail}", pytrace=False)
    if verdict.expected is not None:
        pytest.xfail(f"{verdict.expected}: {verdict.verdict}: {verdict.detail}")
    if verdict.verdict == "unsupported":
        pytest.skip(verdict.detail)
