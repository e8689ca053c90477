"""Write the corpus: ``python -m convformance.tests.conformance.corpus.generate FOLDER [ORIGIN ...]``."""

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from rich.progress import track

from convformance.reference.case import Case
from convformance.reference.errors import BlindCaseError
from convformance.tests.conformance.corpus import behaviour, blind_spots, covering, networks, targeted
from convformance.tests.conformance.runner import prepare


def write(folder: Path, origin: str, remark: str, cases: Iterable[Case]) -> int:
    """Write one file of the corpus, without the cases whose numbers could not tell (all outputs behind a ReLU, say).

    Parameters
    ----------
    folder : Path
        Where the files are.
    origin : str
        The file's name without ending.
    remark : str
        Stands above the cases.
    cases : iterable of Case
        Written once each, in this order.

    Returns
    -------
    int
        How many there are.
    """
    lines = [str(case) for case in dict.fromkeys(cases) if can_tell(case)]
    (folder / f"{origin}.txt").write_text("\n".join([f"# {remark}", *lines, ""]), encoding="ascii")
    return len(lines)


def can_tell(case: Case) -> bool:
    """Tell whether the suite would accept the case."""
    try:
        prepare(case)
    except BlindCaseError:
        return False
    return True


def covering_cases(origin: str) -> list[Case]:
    """Give the cases of a covering array, two for each row.

    Parameters
    ----------
    origin : str
        A key of `covering.ARRAYS`.

    Returns
    -------
    list of Case
        Row by row.
    """
    table, strength = covering.ARRAYS[origin]
    return [case for row in covering.make_rows(table, strength) for case in covering.cases_of(row)]


def image_cases() -> Iterator[Case]:
    """Give the targeted cases of images: the families, then the views."""
    yield from targeted.cases(targeted.IMAGES)
    yield from targeted.one_wide_views()


def main(folder: Path, *origins: str) -> None:
    """Write the files of the corpus into `folder`: those of `origins`, or all."""
    jobs: dict[str, tuple[str, Callable[[], Iterable[Case]]]] = {
        "targeted": ("aimed at one way of being wrong each", image_cases),
        "targeted-others": ("the same for signals, volumes and depthwise", partial(targeted.cases, targeted.OTHERS)),
        "special-values": ("NaN, infinities, negative zeros, subnormals, overflow", behaviour.specials),
        "edges": ("the narrow, the empty and the huge", behaviour.edge_cases),
        "found": ("the smallest cases of what was wrong in released frameworks", behaviour.found_cases),
        "thin": ("for faults that few other cases expose", behaviour.thin_cases),
        "blind-spots": ("what the others were blind to, found by generated mutants", blind_spots.blind_spots),
        "laws": ("what holds whatever the reference says", behaviour.law_cases),
        "states": ("what takes several calls", behaviour.state_cases),
        "validation": ("problems that are none", behaviour.invalid_cases),
    }
    for origin, (_, strength) in covering.ARRAYS.items():
        remark = f"every legal combination of {strength} parameter values occurs"
        jobs[origin] = remark, partial(covering_cases, origin)
    for network in networks.NETWORKS:
        jobs[network] = f"the distinct convolution layers of {network}", partial(networks.cases_of, network)
    for origin in track(origins or tuple(jobs), description="writing the corpus"):
        remark, cases = jobs[origin]
        sys.stdout.write(f"{origin}: {write(folder, origin, remark, cases())} cases\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
