"""Judge an engine on a slice of the quick tier in this process: what conforms not, and how many cases were claimed."""

import json
import sys

from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.judging import judge_adapter


def main(name: str, known: str) -> None:
    """Write one line of JSON, the last, since some engines write, too."""
    # Not every engine outlives an invalid problem, or an empty batch.
    cases = [text for text in load("quick") if ".invalid" not in text and "-n0-" not in text][::150]
    verdicts = list(judge_adapter(name, cases=cases, expected=known or None))
    red = [f"{verdict.case}: {verdict.verdict}, {verdict.detail}" for verdict in verdicts if verdict.fails]
    claimed = sum(verdict.verdict != "unsupported" for verdict in verdicts)
    sys.stdout.write(json.dumps({"red": red, "claimed": claimed}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
