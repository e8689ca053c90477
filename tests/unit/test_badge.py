"""The badge of an adapter: its four keys, and bright green only where everything that is claimed conforms."""

import json
from pathlib import PurePath

import pytest
from by_hand import report, said
from hostile import NAMES, SHORT, TEXT, unseen_in

from convformance.tests.conformance.report.badge import badge, badge_name
from convformance.tests.conformance.verdicts import Verdict

FINE = [said("exact"), said("within_bound", 1), said("unsupported", 2, detail="no")]
KNOWN = said("wrong", 3, expected="bug-1", detail="x")
WRONG = said("wrong", 4, detail="x")
STALE = said("unsupported", 5, detail="no", stale="declared, but")


@pytest.mark.parametrize(
    ("verdicts", "message", "colour"),
    [
        (FINE, "2 of 2 conform", "brightgreen"),
        ([*FINE, KNOWN], "2 of 3 conform, 1 known", "yellow"),
        ([*FINE, WRONG], "2 of 3 conform, 1 fail", "red"),
        ([*FINE, KNOWN, WRONG], "2 of 4 conform, 1 fail", "red"),
        ([*FINE, STALE], "2 of 2 conform, 1 no longer true", "red"),
        (FINE[2:], "nothing judged", "lightgrey"),
        ([STALE], "0 of 0 conform, 1 no longer true", "red"),
    ],
)
def test_what_a_badge_says(verdicts: list[Verdict], message: str, colour: str) -> None:
    other = said("crashed", 9, "two", detail="of another adapter")
    expected = {"schemaVersion": 1, "label": "convformance: one", "message": message, "color": colour}
    assert badge(report(*verdicts, other), "one") == expected


@pytest.mark.parametrize("name", [*NAMES, SHORT, TEXT])
def test_hostile_names_stay_text_and_in_their_folder(name: str) -> None:
    made = badge(report(said("exact", adapter=name)), name)
    assert json.loads(json.dumps(made)) == made
    assert not unseen_in(str(made["label"]))
    assert len(str(made["label"])) < 300
    file = badge_name(name)
    assert PurePath(file).name == file
    assert file.endswith(".json")
    assert len(file) < 100
