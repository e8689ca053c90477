"""Judge an engine on a slice of the quick tier in this process: what does not conform, and what else it says."""

import json
import sys

from convformance.adapters.claims import not_claimed
from convformance.adapters.find import find
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.judging import judge_adapter
from convformance.tests.conformance.sizes import parsed

MARKS = ("-mreflect", "-mreplicate", "-bf16.forward.", "-f16.forward.", ".state-sizes", ".state-threads")


def chosen() -> list[str]:
    """Take each 150th case, and one for each mark; not every engine outlives an invalid problem or an empty batch."""
    cases = [text for text in load("quick") if ".invalid" not in text and "-n0-" not in text]
    marked = [next(text for text in cases if mark in text) for mark in MARKS]
    return list(dict.fromkeys([*cases[::150], *marked]))


def main(name: str, known: str) -> None:
    """Write one line of JSON, the last, since some engines write, too."""
    adapter = find(name)
    reasons = {not_claimed(adapter, parsed(text)) for text in load("quick")}
    verdicts = list(judge_adapter(adapter, cases=chosen(), expected=known or None))
    found = {
        "version": adapter.version(),
        "reasons": sorted(reason for reason in reasons if reason is not None),
        "claimed": sum(verdict.verdict != "unsupported" for verdict in verdicts),
        "red": [f"{verdict.case}: {verdict.verdict}, {verdict.detail}" for verdict in verdicts if verdict.fails],
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
