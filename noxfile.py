"""How things are run: README, CI and people all call these sessions."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "types", "tests", "build", "conformance"]

ROOT = Path(__file__).parent
CONSTRAINTS = ("--constraint", str(ROOT / "constraints.txt"))
PROJECT = nox.project.load_toml("pyproject.toml")
ENGINES = [name for name in PROJECT["project"]["entry-points"]["convformance.adapters"] if name != "reference"]
REPORTS = Path("convformance-report", "engines")
LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "TF_ENABLE_ONEDNN_OPTS", "ATEN_CPU_CAPABILITY")
ENGINE_SECONDS = "300"  # the time limit of a case: SciPy needs a minute for a layer of a real network
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


def judge_engine(engine: str) -> Callable[[nox.Session], None]:
    """Give the session that judges one engine in an environment of its own."""

    def judge(session: nox.Session) -> None:
        version, arguments = without_version(session.posargs)
        session.install(*CONSTRAINTS, ".")
        needs = str(session.run("convformance", "adapters", "--requires", engine, silent=True)).splitlines()
        constraints = CONSTRAINTS
        if version is not None:
            first = re.split("[<>=!~]", needs[0])[0]
            needs[0] = f"{first}=={version}"
            constraints = ("--constraint", str(unpinned(session, [first.partition("[")[0], "numpy"])))
        session.install(*constraints, *needs)
        known = Path("docs", "engines", f"{engine}.toml")
        session.run(
            *("convformance", "run", "--adapter", engine),
            *given("--expected", str(known) if known.exists() else "expected.toml", arguments),
            *given("--report", str(REPORTS / (engine if version is None else f"{engine}-{version}")), arguments),
            *given("--timeout", ENGINE_SECONDS, arguments),
            *arguments,
            env={"XDG_CACHE_HOME": session.create_tmp()},  # what engines compile is kept here
        )

    judge.__doc__ = f"Judge {engine} in an environment of its own. `-- --version X` installs that release."
    return judge


QUIET = ",-spec-ctrl,-x2apic,-tsc-deadline,-pcid,-invpcid"  # what the emulator has not, and would warn of
EMULATED = {"sandybridge": f"SandyBridge-v2{QUIET}", "haswell": f"Haswell-v4{QUIET}"}
"""The levels of processors that are emulated, by QEMU's names."""
LIMITED = {
    "avx512-core": {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE", "TF_ENABLE_ONEDNN_OPTS": "0"},
    "avx512-vnni": {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_VNNI"},
    "avx512-bf16": {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16"},
    "avx512-fp16": {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_FP16"},
    "amx": {},
    "no-onednn": {"TF_ENABLE_ONEDNN_OPTS": "0"},
}
"""The levels that environment variables make of a higher one, as far as this machine has it."""
EMULATORS = ("qemu-x86_64-static", "qemu-x86_64")
CHEAP = ("--max-work", "10000", "--shard", "1/2", "--timeout", "600")
"""What is asked under an emulator, which is 10 to 30 times slower: about 1,700 cases."""
ASK_LEVEL = "from convformance.adapters.processor import processor; print(*processor().level)"


@nox.session
def processors(session: nox.Session) -> None:
    """Judge the three frameworks on each kind of processor that this machine can show. `-- --level haswell` for one."""
    wanted, arguments = without_option("--level", session.posargs)
    if wanted not in (None, *EMULATED, *LIMITED):
        session.error(f"--level must be one of {', '.join((*EMULATED, *LIMITED))}: got {wanted}")
    install(session, frameworks())
    folder = REPORTS.parent / "processors"
    judged, missing = [], []
    for level in [wanted] if wanted else [*EMULATED, *LIMITED]:
        python = "python"
        variables: dict[str, str | None] = {**dict.fromkeys(LIMITS), **LIMITED.get(level, {})}
        if level in EMULATED:
            python, more = emulator(session, level)
            variables |= more
        seen = str(session.run(python, "-c", ASK_LEVEL, env=variables, external=True, silent=True, stderr=None)).split()
        if level not in seen or "limited" in seen:
            missing.append(f"--missing={level}=with the variables of this level this machine is {' '.join(seen)}")
            continue
        shutil.rmtree(folder / level, ignore_errors=True)
        session.run(
            *(python, "-m", "convformance.tests.conformance.cli", "run", "--no-diagnosis"),
            *("--adapter", "keras", "--adapter", "tensorflow", "--adapter", "torch"),
            *given("--expected", "expected.toml", arguments),
            *("--report", str(folder / level)),
            *(CHEAP if level in EMULATED else ()),
            *arguments,
            env=variables,
            external=True,
            success_codes=[0, 1],  # the table fails where one of them is red
        )
        judged.append(str(folder / level))
    if not judged:
        session.error(missing[0].removeprefix("--missing="))
    session.run("convformance", "report", "levels", *judged, *missing, "--markdown", str(folder / "levels.md"))


def emulator(session: nox.Session, level: str) -> tuple[str, dict[str, str | None]]:
    """Write commands that are this session's Python, and the compiler, on an emulated processor; give both.

    What the emulated Python starts is emulated, too, where it is started by these commands: Python starts others by its
    own name, so it is called by that of its command, and torch.compile calls CXX with -march=native.
    """
    qemu = next(filter(None, map(shutil.which, EMULATORS)), None)
    if qemu is None:
        session.error(f"{level} needs {EMULATORS[0]}: apt-get install qemu-user-static")
    variables: dict[str, str | None] = {"OPENBLAS_CORETYPE": EMULATED[level].partition("-")[0]}
    commands = {"python": str(Path(session.bin, "python")), "g++": shutil.which("g++")}
    for name, program in commands.items():
        if program is not None:
            command = Path(session.bin, f"{name}-{level}")
            words = f'"{qemu}" -cpu {EMULATED[level]} -0 "{command if name == "python" else program}" "{program}"'
            command.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
            command.chmod(0o755)
            if name == "g++":
                variables["CXX"] = str(command)
    return str(Path(session.bin, f"python-{level}")), variables


def without_version(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """Take `--version X` or `--version=X` out of what follows `--`."""
    version, others = without_option("--version", arguments)
    if version is not None and not re.fullmatch("[0-9][0-9A-Za-z.+!]*", version):
        raise SystemExit("--version must be followed by a release, like --version 1.20.0")
    return version, others


def without_option(option: str, arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """Take an option and its value out of what follows `--`; the value is empty where it is missing."""
    words = [word for argument in arguments for word in re.sub(f"^{option}=", f"{option}\n", argument).split("\n")]
    if option not in words:
        return None, words
    place = words.index(option)
    return "".join(words[place + 1 : place + 2]), [*words[:place], *words[place + 2 :]]


def unpinned(session: nox.Session, names: Iterable[str]) -> Path:
    """Write the constraints without those of some packages, which another release may not bear."""
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    file = Path(session.create_tmp(), "constraints.txt")
    file.write_text("\n".join(pin for pin in pins if pin.partition("==")[0] not in names) + "\n", encoding="utf-8")
    return file


def given(option: str, usual: str, arguments: Sequence[str]) -> list[str]:
    """Give an option its usual value, unless somebody has chosen another."""
    return [] if option in arguments else [option, usual]


for one in ENGINES:
    nox.session(name=f"conformance({one})")(judge_engine(one))


@nox.session(venv_backend="none")
def engines(session: nox.Session) -> None:
    """Judge every engine, each in an environment of its own, then write the table. `-- --shard 1/40` and the like."""
    if without_version(session.posargs)[0] is not None:
        session.error("--version is for one engine: nox -s 'conformance(jax)' -- --version 0.9.0")
    for engine in ENGINES:
        shutil.rmtree(REPORTS / engine, ignore_errors=True)  # those of other releases stay
        session.notify(f"conformance({engine})")
    session.notify("table")


@nox.session
def table(session: nox.Session) -> None:
    """Merge the reports of the engines into one table: docs/engines.html and docs/engines.md, where tiers are whole."""
    parts = [REPORTS / engine for engine in ENGINES if (REPORTS / engine / "verdicts.jsonl").exists()]
    if not parts:
        session.error(f"there is no report in {REPORTS}: nox -s engines")
    missing = [engine for engine in ENGINES if REPORTS / engine not in parts]
    install(session, ".")
    whole = "--shard" not in session.posargs
    merged = REPORTS / "all"
    session.run(
        *("convformance", "report", "merge", *map(str, parts), "--report", str(merged)),
        *(() if whole else ("--partial",)),
        success_codes=[0, 1],
    )
    folder = ROOT / "docs" if whole else merged
    session.run(
        *("convformance", "report", "table", str(merged)),
        *("--html", str(folder / "engines.html"), "--markdown", str(folder / "engines.md")),
        *(f"--missing={engine}=it was not judged, or its run did not come to an end" for engine in missing),
        success_codes=[0, 1],  # the session of an engine that is red has said so
    )
    if missing:
        session.error(f"no report of {', '.join(missing)}: the table says so")


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
