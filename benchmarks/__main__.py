"""The command line: ``python -m convformance.benchmarks run | report``."""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from convformance.adapters.contract import UnknownAdapterError
from convformance.adapters.find import locate
from convformance.benchmarks.report.reading import BenchmarkFileError, Run, read_run
from convformance.tests.conformance.options import UsageError, writable_folder
from convformance.tests.conformance.verdicts import NONCONFORMING

FINE, SLOWER, USAGE, NOISY, FAILED = range(5)
PARTS: Final = ("oracle", "ladder", "frameworks", "suite")
DEFAULT_OUTPUT: Final = "convformance-benchmarks"
EXTRA: Final = ("jinja2", "onnx", "pytest_benchmark", "scipy")
HERE: Final = Path(__file__).parent
PRINTED_LINES: Final = 60
"""Of what pytest prints, so much is shown where the run fails."""
EPILOG: Final = (
    "exit codes: 0 fine; 1 slower than --fail-above allows; 2 usage; 3 too noisy to tell; 4 the run itself failed"
)


_LOAD: Final = """
import sys
from convformance.adapters.contract import AdapterError
from convformance.adapters.find import find
try:
    find(sys.argv[1])
except AdapterError as error:
    sys.exit(str(error))
"""
"""Loads an adapter, or says why it can't be."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``python -m convformance.benchmarks``; those of the process where left out.

    Returns
    -------
    int
        The exit code.
    """
    try:
        options = _parser().parse_args(arguments)
        _require_extra()
        return int(options.act(options))
    except (UsageError, BenchmarkFileError) as error:
        return _say(str(error), USAGE)
    except KeyboardInterrupt:
        return _say("interrupted: there is no report", FAILED)
    except Exception:  # noqa: BLE001 - the interpreter's own exit code would say "slower"
        traceback.print_exc()
        return FAILED


def percentage(text: str) -> float:
    """Read how much slower something may become.

    Parameters
    ----------
    text : str
        Like ``25%``.

    Returns
    -------
    float
        0.25.

    Raises
    ------
    UsageError
        When it is not a number from 0 with a percent sign.
    """
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)%", text)
    if match is None:
        raise UsageError(f"--fail-above must be a percentage from 0% up, like 25%: got {text!r}")
    return float(match[1]) / 100


def _parser() -> argparse.ArgumentParser:
    described = "How fast is the hot loop, ours and theirs?"
    parser = _Parser(prog="python -m convformance.benchmarks", description=described, epilog=EPILOG)
    commands = parser.add_subparsers(dest="command", required=True, metavar="run | report")
    output = _Parser(add_help=False)
    output.add_argument(
        "--output", default=DEFAULT_OUTPUT, metavar="DIR", help=f"where the report is written ({DEFAULT_OUTPUT})"
    )

    run = commands.add_parser("run", parents=[output], help="measure, and write the report", epilog=EPILOG)
    run.add_argument("--quick", action="store_true", help="a few layers, short rounds: two minutes")
    run.add_argument(
        "--only", action="append", default=[], metavar="PART", help=f"{', '.join(PARTS)}; may be given again (all)"
    )
    run.add_argument(
        "--adapter",
        action="append",
        default=[],
        metavar="A",
        help="an adapter that is timed beside the built-in ones: a registered name, package.module:Attribute, or "
        "path/to/file.py:Attribute; may be given again",
    )
    run.add_argument("--compare", metavar="FILE", help="the benchmarks.json of a run before: the report compares")
    run.add_argument(
        "--fail-above",
        metavar="25%",
        help="with --compare: exit code 1 when a ratio to the reference or the limit became larger by more than this",
    )
    run.set_defaults(act=_run)

    report = commands.add_parser("report", parents=[output], help="write the report of one or two files again")
    report.add_argument("file", metavar="FILE", help="a benchmarks.json")
    report.add_argument("before", metavar="BEFORE", nargs="?", help="another, of a run before")
    report.set_defaults(act=_report)
    return parser


def _require_extra() -> None:
    missing = [module for module in EXTRA if importlib.util.find_spec(module) is None]
    if missing:
        raise UsageError(f"the benchmarks need {', '.join(missing)}: python -m pip install 'convformance[benchmarks]'")


def _run(options: argparse.Namespace) -> int:
    """Measure and report; everything that was typed is checked before."""
    if options.fail_above is not None and options.compare is None:
        raise UsageError("--fail-above needs --compare FILE: the run that this one may not be slower than")
    allowed = None if options.fail_above is None else percentage(options.fail_above)
    _require_known(options.only, options.adapter)
    folder = writable_folder(options.output).resolve()
    after = folder / "benchmarks.json"
    former = None if options.compare is None else _former(options.compare, after, quick=options.quick)
    code = _measure(options, after)
    if not after.is_file():
        return _say(f"the run failed (pytest's exit code {code}) and left no {after}", FAILED)
    _write(after, former, folder)
    _say_what_has_no_time(read_run(after))
    if code != 0:
        return _say(f"a part of the run failed (pytest's exit code {code}): the report holds the rest", FAILED)
    if former is None or allowed is None:
        return FINE
    from convformance.benchmarks.report.gate import gate  # noqa: PLC0415 - see _write

    outcome = gate(after, former.path, allowed)
    sys.stdout.writelines(f"{line}\n" for line in outcome.lines)
    return int(outcome.code)


def _require_known(parts: Sequence[str], adapters: Sequence[str]) -> None:
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise UsageError(f"--only must be one of {', '.join(PARTS)}: got {unknown[0]!r}")
    if adapters and parts and "frameworks" not in parts:
        raise UsageError(f"--adapter is timed in the part frameworks: got --only {', '.join(parts)}")
    for spelling in adapters:
        try:
            locate(spelling)
        except UnknownAdapterError as error:
            raise UsageError(str(error)) from error
        # In a process of its own: a framework that is loaded here would have threads here.
        tried = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", _LOAD, spelling], check=False, capture_output=True, text=True
        )
        if tried.returncode != 0:
            raise UsageError(f"--adapter {spelling} can't be loaded: {tried.stderr.strip()[-500:]}")


def _say_what_has_no_time(run: Run) -> None:
    """Print who was not timed since the answer does not conform; the report says why."""
    found = Counter((one.contender, one.verdict) for one in run.untimed if one.verdict in NONCONFORMING)
    for (contender, verdict), count in found.items():
        sys.stdout.write(f"{contender}: {verdict} on {count} question{'s' if count > 1 else ''}, which have no time\n")


def _former(text: str, after: Path, *, quick: bool) -> Run:
    """Read the run that the next one is compared with."""
    former = read_run(Path(text))
    if former.quick != quick:
        kinds = ("a full run: leave --quick out", "a quick run: give --quick, too")
        raise UsageError(f"--compare {text} is of {kinds[former.quick]}")
    if former.path.resolve() == after:
        raise UsageError(f"--compare {text} would be overwritten: give another --output")
    return former


def _measure(options: argparse.Namespace, after: Path) -> int:
    """Run the one pytest that measures; what it prints is shown only where it fails."""
    after.unlink(missing_ok=True)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as printed:
        code = subprocess.run(  # noqa: S603 - our own interpreter
            _pytest(options, after), check=False, stdout=printed, env={**os.environ, **_environment()}
        ).returncode
        if code != 0:
            printed.seek(0)
            sys.stdout.writelines(printed.readlines()[-PRINTED_LINES:])
    return code


def _report(options: argparse.Namespace) -> int:
    file = read_run(Path(options.file)).path
    before = None if options.before is None else read_run(Path(options.before))
    _write(file, before, writable_folder(options.output))
    return FINE


def _write(after: Path, before: Run | None, folder: Path) -> None:
    # What needs the extra's packages is imported only behind the check that they are there.
    from convformance.benchmarks.report import write_report  # noqa: PLC0415

    for path in write_report(after, None if before is None else before.path, folder):
        sys.stdout.write(f"{path}\n")


def _pytest(options: argparse.Namespace, after: Path) -> list[str]:
    """Spell the one pytest that measures; other people's plugins and options stay out of it."""
    parts = [part for part in PARTS if part in options.only or not options.only]
    return [
        *(sys.executable, "-m", "pytest", *(str(HERE / f"test_{part}.py") for part in parts)),
        *("-c", str(HERE / "pytest.ini"), "--rootdir", str(HERE), "--import-mode", "importlib"),
        *("-p", "pytest_benchmark.plugin", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:logging"),
        *("--capture", "no", "-q", "--no-header", "--tb", "short"),
        *(f"--benchmark-json={after}", "--benchmark-save-data", "--benchmark-quiet"),
        *(["--convformance-quick"] if options.quick else []),
        *(f"--convformance-contender={spelling}" for spelling in options.adapter),
    ]


def _environment() -> dict[str, str]:
    return {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "",
        "PYTEST_PLUGINS": "",
        # Threads that wait must sleep: one that spins takes the core from what is measured.
        "OMP_WAIT_POLICY": "PASSIVE",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


def _say(message: str, code: int) -> int:
    """Say what is wrong in one line, on the error stream."""
    sys.stderr.write(f"convformance benchmarks: {' '.join(message.split())}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
