"""The report of a benchmark run, made from its JSON alone: HTML and Markdown, and the gate on a former run."""

from pathlib import Path

from convformance.benchmarks.report.comparison import compare
from convformance.benchmarks.report.markdown import markdown
from convformance.benchmarks.report.reading import BenchmarkFileError, read_run

__all__ = ["BenchmarkFileError", "write_report"]


def write_report(after: Path, before: Path | None, output: Path) -> list[Path]:
    """Write the report of a benchmark run, or of two.

    Parameters
    ----------
    after : Path
        The JSON of the run.
    before : Path or None
        The JSON of a former run that it is compared with.
    output : Path
        The folder for the report; made where it is missing. Former reports in it are replaced.

    Returns
    -------
    list of Path
        What was written: ``report.html`` and ``report.md``.

    Raises
    ------
    BenchmarkFileError
        For a file that no report can be made from.
    """
    # Needs jinja2, of the extra `benchmarks`: this package can be imported without it, and the command line says so.
    from convformance.benchmarks.report.page import page  # noqa: PLC0415

    run = read_run(after)
    comparison = None if before is None else compare(read_run(before), run)
    output.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in (("report.html", page(run, comparison)), ("report.md", markdown(run, comparison))):
        path = output / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written
