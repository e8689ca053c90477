"""The failures that several reports describe, as one report describes them, with their scripts."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from convformance.tests.conformance.report.harmless import file_name
from convformance.tests.conformance.report.merge.parts import Part
from convformance.tests.conformance.sizes import looked_at_first

SCRIPTS: Final = "reproducers"
"""The folder of the scripts, within that of a report."""


def merge_failures(parts: Sequence[Part], adapters: Sequence[str], folder: Path) -> list[dict[str, Any]]:
    """Put the diagnoses of several reports together, and copy their scripts.

    A fault that has the same name in several parts is one failure. What has no name stays apart: nothing says that it
    is the same.

    Parameters
    ----------
    parts : sequence of Part
        Their footers describe failures, or nothing.
    adapters : sequence of str
        The order of the adapters.
    folder : Path
        Where the scripts are copied to, in a folder of their own.

    Returns
    -------
    list of dict
        Adapter by adapter, failures of most cases first.
    """
    groups: defaultdict[Hashable, list[tuple[Part, Mapping[str, Any]]]] = defaultdict(list)
    for part in parts:
        for number, diagnosis in enumerate(part.report.footer.get("diagnoses", ())):
            alone = (part.path, number) if diagnosis["fault"] is None else None
            groups[diagnosis["adapter"], diagnosis["fault"], alone].append((part, diagnosis))
    ordered = sorted(groups.values(), key=lambda group: (adapters.index(group[0][1]["adapter"]), -_cases(group)))
    numbers: defaultdict[str, int] = defaultdict(int)
    merged = []
    for group in ordered:
        adapter = group[0][1]["adapter"]
        numbers[adapter] += 1
        merged.append(_one(group, f"{SCRIPTS}/{file_name(adapter)}-{numbers[adapter]}.py", folder))
    return merged


def _one(group: Sequence[tuple[Part, Mapping[str, Any]]], name: str, folder: Path) -> dict[str, Any]:
    """Say once what several parts say of one failure; its script is that of the smallest case that has one."""
    group = sorted(group, key=lambda one: looked_at_first(one[1]["smallest"]))
    scripts = [(diagnosis, *_script(part, diagnosis)) for part, diagnosis in group]
    shown, script, missing = next((one for one in scripts if one[1] is not None), scripts[0])
    if script is not None:
        (folder / SCRIPTS).mkdir(exist_ok=True)
        (folder / name).write_bytes(script)
    return {
        **group[0][1],
        "cases": _cases(group),
        "minimal": shown["minimal"],
        "reproducer": None if script is None else name,
        "missing": missing,
    }


def _script(part: Part, diagnosis: Mapping[str, Any]) -> tuple[bytes | None, str | None]:
    """Read a script, or say why there is none. A report names files: those outside its folder are none of ours."""
    named = diagnosis["reproducer"]
    if named is None:
        return None, diagnosis["missing"]
    try:
        path = (part.folder / named).resolve()
        if path.is_relative_to((part.folder / SCRIPTS).resolve()):
            return path.read_bytes(), None
    except (OSError, ValueError):
        pass
    return None, f"{named} is not in {part.folder}"


def _cases(group: Sequence[tuple[Part, Mapping[str, Any]]]) -> int:
    return sum(diagnosis["cases"] for _, diagnosis in group)
