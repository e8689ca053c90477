"""Files of known nonconformances."""

from datetime import date
from pathlib import Path
from typing import Any

SMALLEST = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f32.forward.exact"
LATER = date(2999, 12, 31)
ENTRY: dict[str, Any] = {
    "name": "liar-groups",
    "adapter": "one",
    "where": "groups > 1",
    "verdicts": ["wrong"],
    "kind": "bug",
    "owner": "us",
    "reason": "it lies",
    "address": "https://example.org/1",
    "smallest": SMALLEST,
    "note": "1 + 1",
    "expires": LATER,
}


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}" = {toml(one)}' for name, one in value.items()) + "}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else repr(value)


def write(folder: Path, *entries: dict[str, Any]) -> Path:
    file = folder / "expected.toml"
    tables = ("\n".join(["[[nonconformance]]", *(f"{n} = {toml(v)}" for n, v in entry.items())]) for entry in entries)
    file.write_text("\n\n".join(tables), encoding="utf-8")
    return file
