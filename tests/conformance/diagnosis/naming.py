"""After a run: what each distinct failure is called, where it shows, its smallest case, and a script that shows it."""

import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from convformance.adapters.contract import Adapter
from convformance.reference.case import Case, parse_case
from convformance.reference.description import Mask, Wrong, describe_cases, describe_elements
from convformance.reference.elimination import Finding, Hypothesis
from convformance.reference.faults import FAULTS
from convformance.tests.conformance.diagnosis.asking import Asker
from convformance.tests.conformance.diagnosis.failing import failure
from convformance.tests.conformance.diagnosis.laboratory import LARGEST, Laboratory
from convformance.tests.conformance.diagnosis.measuring import LOOKED_AT, Group, by_cause, judged, measurable, measured
from convformance.tests.conformance.diagnosis.reproducer import write_reproducer
from convformance.tests.conformance.preflight import Found
from convformance.tests.conformance.report.harmless import file_name
from convformance.tests.conformance.report.seen import titles
from convformance.tests.conformance.runner import prepare
from convformance.tests.conformance.sizes import looked_at_first, size_of
from convformance.tests.conformance.verdicts import NONCONFORMING, Verdict

SCRIPT_SECONDS: Final = 120.0
DISTINCT: Final = 12
"""So many distinct failures of an adapter are described and get a reproducer."""


@dataclass(frozen=True)
class Diagnosis:
    """One distinct failure of an adapter.

    Attributes
    ----------
    adapter : str
        Its name.
    fault : str or None
        The name of the fault; several that no case tells apart are joined with "or", two at once with "and".
    title : str
        The fault, or what was seen where no fault explains it.
    description : str
        What is computed instead, or where the failures lie.
    cases : int
        How many failing cases it explains.
    smallest : str
        The smallest of them.
    minimal : str or None
        The text of the case it was shrunk to, of other numbers.
    reproducer : str or None
        The script's path within the report's folder.
    missing : str or None
        Why there is no script.
    """

    adapter: str
    fault: str | None
    title: str
    description: str
    cases: int
    smallest: str
    minimal: str | None = None
    reproducer: str | None = None
    missing: str | None = None


def name_failures(
    found: Found,
    verdicts: Sequence[Verdict],
    tier: Sequence[str],
    folder: Path,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Diagnosis]:
    """Diagnose one adapter, and set the fault of each verdict that one explains.

    Parameters
    ----------
    found : Found
        The adapter.
    verdicts : sequence of Verdict
        All of it in the run.
    tier : sequence of str
        The cases that may be asked besides.
    folder : Path
        The report's: scripts go to ``reproducers`` in it.
    tell : callable, optional
        Is told what is being done.

    Returns
    -------
    list of Diagnosis
        One for each distinct failure, those of most cases first; empty where nothing fails.
    """
    failing = {verdict.case: verdict for verdict in verdicts if verdict.fails and verdict.verdict in NONCONFORMING}
    if not failing:
        return []
    tell(f"naming what is wrong with {found.name}")
    with Asker(found.spelling, seconds=60.0) as asker:
        laboratory = Laboratory(found, verdicts, lambda case: asker.ask(judged, case), tier)
        findings = laboratory.findings()
        named, nameless = _groups(laboratory, findings, failing)
        groups = sorted([*named, *by_cause(asker, nameless, failing)], key=lambda group: -len(group.cases))
        asked = [parse_case(verdict.case) for verdict in verdicts if verdict.verdict != "unsupported"]
        diagnoses = []
        for number, group in enumerate(groups, start=1):
            group.cases.sort(key=looked_at_first)
            name = _joined(group.hypotheses)
            for case in group.cases:
                failing[case].fault, failing[case].title = name, group.title if group.measured else None
            if number > DISTINCT:
                continue
            tell(f"describing failure {number} of {min(len(groups), DISTINCT)} of {found.name}")
            described = _sentences(group.hypotheses) if name else _described(asker, group, failing, asked)
            diagnosis = Diagnosis(found.name, name, name or group.title, described, len(group.cases), group.cases[0])
            diagnoses.append(_with_script(asker, diagnosis, failing[group.cases[0]], folder, number))
    return diagnoses


def _groups(
    laboratory: Laboratory, findings: Sequence[Finding], failing: dict[str, Verdict]
) -> tuple[list[Group], list[Group]]:
    """Put together the cases of one fault, large ones among them, and what has no name by what was seen of it."""
    named = [Group(list(finding.cases), finding.hypotheses) for finding in findings if finding.hypotheses]
    known = {case for group in named for case in group.cases}
    nameless: list[str] = []
    for case, verdict in failing.items():
        if case not in known:
            fitting = (group.cases for group in named if laboratory.explains(group.hypotheses[0], verdict))
            next(fitting, nameless).append(case)
    seen: defaultdict[str, list[str]] = defaultdict(list)
    for (_, case), title in titles(failing[case] for case in nameless).items():
        seen[title].append(case)
    return named, [Group(cases, title=title) for title, cases in seen.items()]


def _wrong(adapter: Adapter, text: str) -> Mask | None:
    """Find the wrong elements of an answer in the adapter's process; None where it has not even the right form."""
    case = parse_case(text)
    seen = failure(adapter, case, prepare(case).operands)
    return seen.wrong if seen is not None and seen.way == "values" else None


def _script(adapter: Adapter, text: str, path: Path, how: dict[str, str]) -> tuple[str | None, str | None]:
    """Shrink a case and write its script in the adapter's process; give the smallest problem, or what is missing."""
    case = parse_case(text)
    written = write_reproducer(adapter, case, prepare(case).operands, path, **how)
    return None if written.found is None else str(written.found.case), written.missing


def _joined(hypotheses: Sequence[Hypothesis]) -> str | None:
    return " or ".join(" and ".join(hypothesis) for hypothesis in hypotheses) or None


def _sentences(hypotheses: Sequence[Hypothesis]) -> str:
    """Say what the faults compute instead, and the evidence of each."""
    names = dict.fromkeys(name for hypothesis in hypotheses for name in hypothesis)
    return " ".join(f"{FAULTS[name].sentence} [{FAULTS[name].evidence}]" for name in names)


def _described(asker: Asker, group: Group, failing: dict[str, Verdict], asked: Sequence[Case]) -> str:
    """Say where failures lie that no fault explains."""
    parsed = [parse_case(case) for case in group.cases]
    directions = {case.direction for case in parsed}
    others = [case for case in asked if case.direction in directions and str(case) not in group.cases]
    clauses = [group.said, describe_cases(parsed, others)]
    if failing[group.cases[0]].verdict in ("wrong", "imprecise"):
        looked_at = [case for case in group.cases if size_of(case) <= LARGEST][:LOOKED_AT]
        masks = [(parse_case(case), asker.ask(_wrong, case)) for case in looked_at]
        wrong = [Wrong(case, mask) for case, mask in masks if mask is not None and mask.any()]
        clauses.append(describe_elements(wrong) if wrong else "")
        clauses += (asker.ask(measured, group.cases[0]) if measurable(parsed[0]) else None) or []
    return "; ".join(clause for clause in clauses if clause)


def _with_script(asker: Asker, diagnosis: Diagnosis, verdict: Verdict, folder: Path, number: int) -> Diagnosis:
    """Write the reproducer of a diagnosis."""
    name = f"reproducers/{file_name(diagnosis.adapter)}-{number}.py"
    path = folder / name
    path.unlink(missing_ok=True)
    how = {"verdict": verdict.verdict, "title": diagnosis.fault or "", "spelling": asker.spelling}
    answer = asker.ask(_script, diagnosis.smallest, path, {key: word for key, word in how.items() if word})
    minimal, missing = answer or (None, "the adapter's process died over it")
    wrong = _not_shown(path, verdict) if path.exists() else None
    if wrong is not None:
        path.unlink()
        missing = wrong
    found = name if path.exists() else None
    return replace(diagnosis, minimal=minimal, missing=missing, reproducer=found)


def _not_shown(script: Path, verdict: Verdict) -> str | None:
    """Run a script and say why it does not show the failure, or None where it does."""
    try:
        # -P: what lies in the folder of the report must not take a package's place.
        done = subprocess.run(  # noqa: S603 - the script that was just written
            [sys.executable, "-P", str(script)], capture_output=True, text=True, timeout=SCRIPT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode == 0:
        return "alone in a fresh process it does not fail: what was asked before matters"
    if "Traceback" in done.stderr and verdict.verdict not in ("rejected", "crashed"):
        return f"the script could not run: {done.stderr.strip().splitlines()[-1][:200]}"
    return None
