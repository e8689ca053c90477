"""What stands at the top of a report: the machine, the run, and what is not to be trusted in it."""

from typing import Final

from convformance.benchmarks.report.figures import NOISY, noisy_groups
from convformance.benchmarks.report.naming import group_of
from convformance.benchmarks.report.reading import Run
from convformance.tests.conformance.report.facts import blas, instruction_sets

_SHOWN: Final = 6


def facts(run: Run) -> list[tuple[str, str]]:
    """Give what one must know of a run to read its numbers.

    Parameters
    ----------
    run : Run
        One run.

    Returns
    -------
    list of (str, str)
        Name and value, in the order they are shown.
    """
    machine = run.machine
    kind = "quick: fewer layers and rounds, a smaller limit" if run.quick else "full"
    versions = ", ".join(f"{name} {version}" for name, version in machine.get("packages", {}).items())
    coretype = machine.get("OPENBLAS_CORETYPE")
    asked = f" (OPENBLAS_CORETYPE={coretype})" if coretype else ""
    return [
        ("run", f"{kind}, {run.when}, commit {run.commit}"),
        ("processor", f"{machine.get('cpu', 'unknown')}, {machine.get('cores', '?')} cores"),
        ("instruction sets", instruction_sets(machine)),
        ("BLAS", blas(machine) + asked),
        ("threads", f"at most {machine.get('threads', '?')}; each table says how many"),
        ("governor", machine.get("governor") or "not readable"),
        (
            "load",
            f"{_load(machine.get('load_before'))} before, {_load(machine.get('load_after'))} after (1, 5, 15 minutes)",
        ),
        ("versions", f"Python {machine.get('python', '?')}, {versions or 'packages unknown'}"),
        ("system", str(machine.get("system", "unknown"))),
    ]


def noise(run: Run) -> str:
    """Say in one sentence what was too noisy.

    Parameters
    ----------
    run : Run
        One run.
    """
    noisy, of = noisy_groups(run), len(run.groups())
    if not noisy:
        return f"No group was too noisy: the limit of each of the {of} spreads by at most {NOISY:.0%}." if of else ""
    named = "; ".join(group_of(key) for key in noisy[:_SHOWN])
    more = f"; and {len(noisy) - _SHOWN} more" if len(noisy) > _SHOWN else ""
    return (
        f"Too noisy to judge: {len(noisy)} of {of} groups, marked with * below, where the limit, or everybody "
        f"where it is missing, spreads by more than {NOISY:.0%}: {named}{more}."
    )


def _load(load: object) -> str:
    if isinstance(load, list | tuple) and load:
        return " ".join(f"{one:.2f}" for one in load)
    return "unknown"
