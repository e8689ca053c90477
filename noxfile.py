"""How things are run: README, CI and people all call these sessions."""

import os
import shutil
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "types", "tests", "build", "conformance"]

ROOT = Path(__file__).parent
CONSTRAINTS = ("--constraint", str(ROOT / "constraints.txt"))
PROJECT = nox.project.load_toml("pyproject.toml")
PACKAGES = [f"--package=convformance.{room}" for room in ("reference", "adapters", "tests.conformance", "benchmarks")]


def install(session: nox.Session, *what: str, group: str | None = None) -> None:
    """Install with the constraints, and the dependency group's packages where one is named."""
    groups = nox.project.dependency_groups(PROJECT, group) if group else ()
    session.install(*CONSTRAINTS, *what, *groups)


def frameworks() -> str:
    """Name the project with the extras of the three frameworks it is defined by."""
    return ".[keras,tensorflow,torch]"


@nox.session
def conformance(session: nox.Session) -> None:
    """Judge Keras, TensorFlow and torch: the main job. `-- --tier full` and the like are passed on."""
    install(session, frameworks())
    chosen = [] if "--adapter" in session.posargs else ["keras", "tensorflow", "torch"]
    session.run(
        "convformance",
        "run",
        *(f"--adapter={adapter}" for adapter in chosen),
        *(() if "--expected" in session.posargs else ("--expected", "expected.toml")),
        *session.posargs,
    )


@nox.session
def tests(session: nox.Session) -> None:
    """Test this project itself, every line of the reference and the judge among them."""
    install(session, "--editable", frameworks(), group="tests")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *(session.posargs or ("-n", "2", "-m", "not heavy")))
    session.run("coverage", "combine")
    if session.posargs:
        session.run("coverage", "report", "--fail-under=0")
        return
    session.run("pytest", "-n", "2", "-m", "heavy")
    session.run("coverage", "report", "--include=reference/*", "--fail-under=100")
    session.run("coverage", "report", "--omit=reference/*", "--fail-under=90")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    install(session, group="lint")
    session.run("ruff", "check", *session.posargs, ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types strictly, in the installed wheel and in the unit tests."""
    install(session, ".", group="types")
    session.run("mypy", *PACKAGES, *session.posargs)
    session.run("mypy", "tests/unit", "noxfile.py", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build wheel and sdist, check what is in them, and run the suite from the wheel outside the checkout."""
    install(session, group="build")
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(dist), str(ROOT))
    session.run("python", str(ROOT / "tests" / "unit" / "built.py"), str(dist))
    (wheel,) = dist.glob("*.whl")
    install(session, "--force-reinstall", "--no-deps", str(wheel))
    install(session, f"{wheel}[torch]")
    known = str(ROOT / "expected.toml")
    with tempfile.TemporaryDirectory() as outside, session.chdir(outside):
        session.run("convformance", "run", "--adapter", "torch", "--shard", "1/10", "--expected", known)
        session.run(
            *("python", "-P", "-m", "pytest", "--pyargs", "convformance.tests.conformance", "-q"),
            *("--convformance-adapter", "torch", "--convformance-shard", "1/40", "-n", "2"),
            *("--convformance-expected", known),
        )


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Measure the hot loop, ours and theirs; writes a report. `-- --quick`, `-- --compare FILE --fail-above 25%`."""
    install(session, ".[keras,tensorflow,torch,benchmarks]")
    session.run("python", "-m", "convformance.benchmarks", "run", *session.posargs)


@nox.session
def sample(session: nox.Session) -> None:
    """Write docs/sample, a small report of the three frameworks and a liar to look at, and the README's pictures."""
    install(session, "--editable", frameworks(), group="browser")
    adapters = ("keras", "tensorflow", "torch", "reference+groups-interleaved")
    session.run(
        *("convformance", "run", "--shard", "1/80", "--expected", "expected.toml", "--report", "docs/sample"),
        *(f"--adapter={adapter}" for adapter in adapters),
        success_codes=[1],
    )
    session.run("python", "tests/unit/screenshots.py", "docs/sample", "docs/pictures")


@nox.session
def faults(session: nox.Session) -> None:
    """Count how many cases expose each named fault and whether a run calls it by its name; writes docs/faults.md."""
    install(session, "--editable", ".")
    session.run("convformance", "faults", "--names", "--write", "docs/faults.md", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Count how many generated faults the quick tier catches; writes docs/mutants.md. `-- --seed 2` and the like."""
    install(session, "--editable", ".")
    session.run(
        "python", "-m", "convformance.tests.conformance.score.mutation", "--write", "docs/mutants.md", *session.posargs
    )


@nox.session
def peers(session: nox.Session) -> None:
    """Count how many faults the tests of others catch: ONNX's, torch's, Keras'; writes docs/peers.md."""
    install(session, "--editable", ".[torch]", group="peers")
    session.run(
        "python",
        "-m",
        "convformance.tests.conformance.score.peers",
        "--suite",
        "--write",
        "docs/peers.md",
        *session.posargs,
    )


@nox.session
def corpus(session: nox.Session) -> None:
    """Write the corpus anew, after its generators have changed; the difference is for review."""
    install(session, "--editable", ".")
    session.run(
        "python", "-m", "convformance.tests.conformance.corpus.generate", "tests/conformance/corpus", *session.posargs
    )


if __name__ == "__main__":
    os.chdir(ROOT)
    nox.main()
