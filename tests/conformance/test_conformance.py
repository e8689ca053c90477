"""Every case on every adapter: here the tests are the product."""

import json

import pytest

from convformance.tests.conformance.report.harmless import SHORT, for_log
from convformance.tests.conformance.worker import Question, Worker


def test_conformance(
    convformance_question: Question, convformance_worker: Worker, request: pytest.FixtureRequest
) -> None:
    """Ask one adapter one case; the verdict travels to the report with the test's properties."""
    verdict = convformance_worker.judge(convformance_question)
    verdict.adapter = convformance_question.name  # an adapter that changes its name changes nothing
    # As text: what goes between processes otherwise can't hold large integers, nor lone surrogates.
    request.node.user_properties.append(("convformance", json.dumps(verdict.to_record())))
    request.node.user_properties.append(("convformance_seconds", convformance_worker.seconds))
    if verdict.stale is not None:
        pytest.fail(f"{for_log(verdict.stale, SHORT)} ({verdict.case})", pytrace=False)
    detail = for_log(verdict.detail, SHORT)
    if verdict.fails:
        pytest.fail(f"{verdict.verdict}: {detail}", pytrace=False)
    if verdict.expected is not None:
        pytest.xfail(f"{for_log(verdict.expected, SHORT)}: {verdict.verdict}: {detail}")
    if verdict.verdict == "unsupported":
        pytest.skip(detail)
