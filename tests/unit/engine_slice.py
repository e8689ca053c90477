"""Judge an engine on a slice of the quick tier in this process: what does not conform, and what else it says."""

import json
import sys
from pathlib import Path

from convformance.adapters.claims import not_claimed
from convformance.adapters.find import find
from convformance.tests.conformance.corpus import load
from convformance.tests.conformance.gate.expected import Expected, load_expected
from convformance.tests.conformance.judging import judge_adapter
from convformance.tests.conformance.machine import machine, traits_of
from convformance.tests.conformance.sizes import parsed

MARKS = ("-mreflect", "-mreplicate", "-bf16.forward.", "-f16.forward.", ".state-sizes", ".state-threads")


def chosen(name: str, expected: Expected) -> list[str]:
    """Take each 120th case, and one for each mark; none that may end this process, as invalid problems may."""
    cases = [text for text in load("quick") if ".invalid" not in text and "-n0-" not in text]
    cases = [text for text in cases if not expected.may_crash(name, parsed(text))]
    marked = [next(text for text in cases if mark in text) for mark in MARKS]
    return list(dict.fromkeys([*cases[::120], *marked]))


def main(name: str, known: str) -> None:
    """Write one line of JSON; some engines write, too."""
    adapter = find(name)
    reasons = {not_claimed(adapter, parsed(text)) for text in load("quick")}
    expected = load_expected(Path(known), traits_of(machine())) if known else Expected()
    verdicts = list(judge_adapter(adapter, cases=chosen(name, expected), expected=expected))
    found = {
        "version": adapter.version(),
        "reasons": sorted(reason for reason in reasons if reason is not None),
        "claimed": sum(verdict.verdict != "unsupported" for verdict in verdicts),
        "red": [f"{verdict.case}: {verdict.verdict}, {verdict.detail}" for verdict in verdicts if verdict.fails],
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
