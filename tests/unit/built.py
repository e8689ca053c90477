"""Check what a built wheel and sdist hold: ``python built.py FOLDER``; exits 1 and says what is missing or too much."""

import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("reference", "adapters", "tests/conformance", "benchmarks")
DATA = (".css", ".ini", ".jinja", ".js", ".json", ".toml", ".txt", ".typed")


def expected_in_wheel() -> set[str]:
    """Every module and data file of the rooms, under the one import package; the unit tests stay at home."""
    files = {"tests/__init__.py", "tests/py.typed"}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.suffix == ".py" or path.name.endswith(DATA):
                files.add(path.relative_to(ROOT).as_posix())
    return {f"convformance/{file}" for file in files}


def main(folder: Path) -> None:
    """Compare the two archives in `folder` with the checkout."""
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    in_wheel = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    missing, extra = expected_in_wheel() - in_wheel, in_wheel - expected_in_wheel()
    if missing or extra:
        sys.exit(f"{wheel.name}: missing {sorted(missing)}, too much {sorted(extra)}")
    with tarfile.open(sdist) as archive:
        in_sdist = {name.partition("/")[2] for name in archive.getnames()}
    needed = {"pyproject.toml", "README.md", "LICENSE", "reference/problem.py", "tests/conformance/corpus/targeted.txt"}
    if missing := needed - in_sdist:
        sys.exit(f"{sdist.name}: missing {sorted(missing)}")
    sys.stdout.write(f"{wheel.name} holds {len(in_wheel)} files, {sdist.name} {len(in_sdist)}: as they should\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
