"""What an adapter claims to compute, and how it is asked a problem."""

from convformance.adapters.contract import Adapter
from convformance.reference.case import Case
from convformance.reference.problem import Problem


def posed(adapter: Adapter, problem: Problem) -> Problem:
    """Give a problem as an adapter is asked it.

    Parameters
    ----------
    adapter : Adapter
        Declares the kinds it knows by their filter layouts.
    problem : Problem
        The problem.

    Returns
    -------
    Problem
        The problem itself, or for a depthwise one that the adapter has no layout of, the equal grouped one.
    """
    return problem if problem.kind in adapter.filter_layouts else problem.as_grouped


def not_offered(adapter: Adapter, case: Case) -> str | None:
    """Say what an adapter would need for a case and does not have.

    Parameters
    ----------
    adapter : Adapter
        Any adapter.
    case : Case
        The question.

    Returns
    -------
    str or None
        The reason that it is not asked, or None.
    """
    kind, needs = case.problem.kind, []
    if kind == "transposed" and kind not in adapter.filter_layouts:
        return "the adapter declares no layout of transposed filters"
    if kind == "separable":
        if "depthwise" not in adapter.filter_layouts:
            return "the adapter declares no layout of depthwise filters"
        needs.append("separable_gradients" if case.is_gradient else "separable")
    elif case.is_gradient or case.direction == "law-adjoint":
        needs.append("gradients")
    needs += {"state-sizes": ["layer"], "state-threads": ["threads"], "state-compiled": ["compiled"]}.get(
        case.direction, []
    )
    missing = [need for need in needs if getattr(adapter, need, None) is None]
    if case.is_invalid and not missing and hasattr(adapter, "inexpressible"):
        reason: str | None = adapter.inexpressible(case.problem, case.direction)
        return reason
    return f"the adapter offers no {' and no '.join(missing)}" if missing else None


def not_claimed(adapter: Adapter, case: Case) -> str | None:
    """Say why an adapter is not asked a case: it does not offer it, or declares it unsupported.

    Parameters
    ----------
    adapter : Adapter
        Any adapter; whatever its declarations raise is raised.
    case : Case
        The question.

    Returns
    -------
    str or None
        The reason, by the adapter's own words where it has some, or None.
    """
    reason = not_offered(adapter, case)
    for question in ("unsupported", *(["unsupported_gradients"] if case.is_gradient else [])):
        if reason is None:
            reason = getattr(adapter, question, lambda _: None)(posed(adapter, case.problem))
    return reason
