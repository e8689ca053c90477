"""An adapter judged from Python: verdicts as data. The command line and pytest stand on the same function."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from convformance.adapters.contract import Adapter
from convformance.adapters.find import find
from convformance.tests.conformance.gate.expected import Expected, load_expected
from convformance.tests.conformance.machine import machine, traits_of
from convformance.tests.conformance.options import chosen_cases
from convformance.tests.conformance.runner import judge_case
from convformance.tests.conformance.sizes import parsed
from convformance.tests.conformance.verdicts import Verdict


def judge_adapter(  # noqa: PLR0913 - one parameter for each thing that can be chosen
    adapter: str | Adapter,
    *,
    tier: str = "quick",
    cases: Iterable[str] | Mapping[str, str | None] = (),
    shard: str | None = None,
    expected: str | Path | Expected | None = None,
    keep_answers: bool = False,
) -> Iterator[Verdict]:
    """Judge an adapter in this process, case by case.

    Everything runs here, one case after the other: an adapter that ends its process or hangs takes the caller with it.
    ``convformance run`` judges in processes of their own, where that is a verdict.

    Parameters
    ----------
    adapter : str or Adapter
        As on the command line (``"torch"``, ``"my_engine.py:MyEngine"``, ``"torch+kernel-flipped"``), or an instance.
    tier : str, optional
        ``"quick"`` or ``"full"``; `cases` come instead of it.
    cases : iterable of str, or mapping of str to (str or None), optional
        Texts of single cases; a mapping also tells the file of the corpus that each comes from.
    shard : str, optional
        ``"i/n"``: the i-th of n parts.
    expected : str, Path or Expected, optional
        Known nonconformances: a verdict that one lists says so in its ``expected``.
    keep_answers : bool, optional
        Whether verdicts that conform keep a part of the answer, too.

    Returns
    -------
    iterator of Verdict
        One for each case as soon as it is judged, in the order of the corpus; ``verdict.to_record()`` is the line of
        the report.

    Raises
    ------
    UsageError
        For a tier, case or shard that is none.
    UnknownAdapterError
        For an adapter that can't be found.
    ExpectedError
        For an expected file that can't be used.
    """
    chosen = cases if isinstance(cases, Mapping) and shard is None else chosen_cases(tier, list(cases), shard)
    made = find(adapter) if isinstance(adapter, str) else adapter
    if isinstance(expected, str | Path):
        expected = load_expected(Path(expected), traits_of(machine()))
    return _verdicts(made, chosen, expected or Expected(), keep_answers=keep_answers)


def _verdicts(
    adapter: Adapter, cases: Mapping[str, str | None], expected: Expected, *, keep_answers: bool
) -> Iterator[Verdict]:
    for text, origin in cases.items():
        case = parsed(text)
        verdict = judge_case(adapter, case, origin, keep=keep_answers)
        expected.weigh(verdict, case)
        yield verdict
