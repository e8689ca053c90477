"""Write a failing question as a script that needs NumPy and the framework alone, ready for the framework's tracker."""

import platform
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from convformance.adapters.call import native_answer
from convformance.adapters.claims import posed
from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.directions import GRADIENTS, INVALID
from convformance.reference.operands import Operands
from convformance.tests.conformance.calling import describe
from convformance.tests.conformance.diagnosis.arrays import ORDER, arrays_of
from convformance.tests.conformance.diagnosis.engine_script import engine_script
from convformance.tests.conformance.diagnosis.failing import Failure
from convformance.tests.conformance.diagnosis.literals import SHORT, nested, spelled
from convformance.tests.conformance.diagnosis.smallest import Smallest, smallest, unasked
from convformance.tests.conformance.diagnosis.sums import written_out
from convformance.tests.conformance.report.harmless import for_docstring
from convformance.tests.conformance.validation import invalid_question

Array = npt.NDArray[Any]

_WIDTH: Final = 112
_SAID: Final = {
    "values": "wrong values",
    "shape": "a wrong shape",
    "dtype": "a wrong dtype",
    "accepted": "an answer where an error is right",
    "crashed": "the process dies",
}


@dataclass(frozen=True)
class Written:
    """What became of a reproducer.

    Attributes
    ----------
    found : Smallest or None
        The question that the script asks.
    missing : str or None
        Why there is no script.
    """

    found: Smallest | None
    missing: str | None


def reproducer(adapter: Adapter, found: Smallest, title: str | None = None, spelling: str | None = None) -> str:
    """Write the script of a failing question.

    Parameters
    ----------
    adapter : Adapter
        Where it says how its framework is called (``script``), the script needs that framework alone; elsewhere it
        loads the adapter.
    found : Smallest
        The question, its numbers, and what came back.
    title : str, optional
        What is wrong, in a few words; left out, what came back.
    spelling : str, optional
        How the adapter was named on the command line; left out, its name.

    Returns
    -------
    str
        Python. It prints what is expected and what it got, and exits with 1 where they differ or nothing came back.
    """
    case, failure = found.case, found.failure
    problem, given = posed(adapter, case.problem), None
    if case.is_invalid:
        problem, given = invalid_question(adapter, case, found.operands)
        lines = [line for role in ORDER if (array := getattr(given, role)) is not None for line in spelled(role, array)]
    else:
        lines = arrays_of(adapter, case, found.operands)
    # A script of the framework's own gives bfloat16 as float32: of a wrong dtype it would hide what is wrong.
    hidden = failure.way == "dtype" and case.problem.dtype == "bfloat16"
    own = getattr(type(adapter), "script", None) is not None and not hidden
    text = (
        adapter.script(problem, case.direction)  # type: ignore[attr-defined] # just seen
        if own
        else engine_script(adapter, problem, case, spelling or adapter.name)
    )
    imports = [line for line in text.splitlines() if line.startswith(("import ", "from "))]
    calls = [line for line in text.splitlines() if line not in imports and line]
    end = _refusal(case, calls, own=own) if failure.expected is None else [*calls, *_comparison(adapter, case, found)]
    head = _head(adapter, case, failure, title)
    return "\n".join([*head, *sorted(["import numpy as np", *imports], key=_import_order), "", *lines, *end, ""])


def _head(adapter: Adapter, case: Case, failure: Failure, title: str | None) -> list[str]:
    asked = GRADIENTS.get(case.direction) or INVALID.get(case.direction) or "the output"
    asked = f"what is none ({asked})" if case.is_invalid else asked
    said = _SAID.get(failure.way, "an error where a result is right")
    return [
        f'"""{case.problem.kind_and_rank} of {adapter.name} {for_docstring(adapter.version(), 100)}: {title or said}.',
        "",
        f"Asked for {asked}.",
        f"Seen on {platform.system()} {platform.machine()} with NumPy {np.__version__}.",
        f"Found by convformance: {case}",
        '"""',
        "",
    ]


def _import_order(line: str) -> tuple[bool, str]:
    return not line.startswith("import "), line


def _refusal(case: Case, calls: list[str], *, own: bool) -> list[str]:
    """Ask for what is none. In a framework's own words any line may refuse; an adapter is loaded before it is asked."""
    first = 0 if own else next(place for place, line in enumerate(calls) if line.startswith("got = "))
    return [
        *calls[:first],
        "try:",
        *(f"    {line}" for line in calls[first:]),
        "except Exception as error:",
        '    print("refused, as it should be:", error)',
        "    raise SystemExit(0)",
        f'print("expected an error ({INVALID[case.direction]}), got an answer:", got.shape, got.tolist())',
        "raise SystemExit(1)",
    ]


def _comparison(adapter: Adapter, case: Case, found: Smallest) -> list[str]:
    """Print what is expected and what came back, and compare."""
    failure, precision = found.failure, case.problem.precision
    assert failure.expected is not None
    exact = failure.limit is None
    right = failure.expected.astype(precision.numpy_dtype) if exact else failure.expected
    expected = native_answer(adapter, case, right)
    assert isinstance(expected, np.ndarray)
    lines = [*_given_back(adapter, case, failure), *spelled("expected", expected)]
    element = _element(failure)
    if element is not None:
        places = np.arange(failure.expected.size).reshape(failure.expected.shape)
        native = native_answer(adapter, case, places)
        place = tuple(int(index[0]) for index in np.nonzero(np.asarray(native) == places[element]))
        sum_of_it = written_out(case, found.operands, element)
        lines += _comment(f"expected[{', '.join(map(str, place))}] = {sum_of_it}") if sum_of_it is not None else []
    if expected.size <= SHORT:
        lines.append('print("expected", expected.shape, expected.tolist())')
        lines.append('print("got     ", got.shape, got.tolist())')
    else:
        lines.append('print("expected", expected.shape, "got", got.shape)')
    if failure.limit is not None:
        lines.append("# No order of summation is further off than this.")
        lines += _limit(adapter, case, failure)
        lines.append("near = (got == expected) | (np.abs(got - expected) <= limit)")
        agree = "got.shape == expected.shape and near.all()"
    else:
        equal_nan = ", equal_nan=True" if np.isnan(failure.expected.astype(np.float64)).any() else ""
        agree = f"np.array_equal(got, expected{equal_nan})"
    if failure.way == "dtype":
        returned = "returned" if precision.name == "bfloat16" else "got.dtype"
        lines.append(f'print("expected", "{precision.name}", "got", {returned})')
        agree += f' and {returned} == "{precision.name}"'
    return [*lines, f"raise SystemExit(0 if {agree} else 1)"]


def _limit(adapter: Adapter, case: Case, failure: Failure) -> list[str]:
    """Spell the largest bound alone where that is enough to see the error, else the bound of each element."""
    assert failure.limit is not None
    assert failure.expected is not None
    largest = failure.limit.max()
    if failure.way == "values" and isinstance(failure.got, np.ndarray):
        errors = np.abs(failure.got.astype(np.float64) - failure.expected)
        if not (errors > largest).any():
            return spelled("limit", np.asarray(native_answer(adapter, case, failure.limit)))
    return [f"limit = {float(largest)!r}"]


def _given_back(adapter: Adapter, case: Case, failure: Failure) -> list[str]:
    """Say in a comment what came back when the script was written."""
    if isinstance(failure.got, str):
        printable = "".join(filter(str.isprintable, failure.got))
        return _comment(f"Instead: {printable[:200]}")
    answer = native_answer(adapter, case, failure.got) if failure.way in ("values", "dtype") else failure.got
    if not isinstance(answer, np.ndarray) or answer.size > SHORT:
        return []
    numbers = nested(answer.astype(np.float64)) if answer.size else "nothing"
    return _comment(f"It gave {numbers.replace('np.', '')} of shape {answer.shape}.")


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, _WIDTH)]


def _element(failure: Failure) -> tuple[int, ...] | None:
    """Choose the element whose sum is written out: the first wrong one, or the first at all."""
    expected = failure.expected
    if expected is None or not expected.size:
        return None
    first = 0 if failure.wrong is None else int(failure.wrong.argmax())
    return tuple(int(index) for index in np.unravel_index(first, expected.shape))


def write_reproducer(  # noqa: PLR0913 - what a run knows of a failure
    adapter: Adapter,
    case: Case,
    operands: Operands,
    path: Path,
    *,
    verdict: str = "wrong",
    title: str | None = None,
    spelling: str | None = None,
) -> Written:
    """Shrink a failing case and write its script to a file. Nothing is raised.

    An adapter that fails may take the process with it, so this belongs into a process of its own.

    Parameters
    ----------
    adapter : Adapter
        Answers wrongly.
    case : Case
        The question.
    operands : Operands
        Its numbers.
    path : Path
        The file; its folder is made.
    verdict : str, optional
        What the judge said. After ``"crashed"`` the adapter is not asked again: the script is of the case as it is,
        with counting numbers.
    title, spelling : str, optional
        As `reproducer` takes them.

    Returns
    -------
    Written
        The question that the script asks, or why there is no script.
    """
    try:
        found = unasked(case) if verdict == "crashed" else smallest(adapter, case, operands)
        if found is None:
            return Written(None, "one call alone does not fail: there is no script of it")
        text = reproducer(adapter, found, title, spelling)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except Exception as error:  # noqa: BLE001 - a failing adapter may do anything, and the verdict stands anyhow
        return Written(None, f"no script could be written: {describe(error)}")
    return Written(found, None)
