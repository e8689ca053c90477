"""What a person sees at the end of a run: the matrix, then each nonconformance once. Reads the report alone."""

import re
import shlex
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from convformance.tests.conformance.report.matrix import ALL, Cell, matrix
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.sizes import size_of
from convformance.tests.conformance.verdicts import NONCONFORMING, Verdict

SHOWN_FAILURES = 12
_COLOURS: Final = {"conforms": "green", "known": "yellow", "fails": "red"}


def render(report: Report, console: Console, folder: Path | None = None) -> None:
    """Print a report.

    Parameters
    ----------
    report : Report
        Read back from its file.
    console : rich.console.Console
        Where to.
    folder : Path, optional
        Where the report lies, for the paths of its scripts.
    """
    console.print(_matrix(report))
    _print_claims(report, console)
    _print_unsupported(report, console)
    print_diagnoses(report, console, folder)
    _print_failures(report, console)
    _print_speed(report, console)
    console.print(summary(report), highlight=False, soft_wrap=True)
    print_why_red(report, console)


def print_why_red(report: Report, console: Console) -> None:
    """Say in one line why a report is red, where it is."""
    if report.why_red is not None:
        console.print(f"[red]red:[/] {escape(report.why_red)}", highlight=False, soft_wrap=True)


def summary(report: Report) -> str:
    """Give the one-line result of a report, with rich's markup.

    Parameters
    ----------
    report : Report
        Read back from its file.

    Returns
    -------
    str
        For each adapter its counts, and whether the run is green.
    """
    parts = []
    for adapter in report.header["adapters"]:
        verdicts = [verdict for verdict in report.verdicts if verdict.adapter == adapter["name"]]
        conforming = sum(verdict.conforms for verdict in verdicts)
        failing = sum(verdict.fails and verdict.stale is None for verdict in verdicts)
        expected = sum(verdict.expected is not None for verdict in verdicts)
        stale = sum(verdict.stale is not None for verdict in verdicts)
        unsupported = sum(verdict.verdict == "unsupported" for verdict in verdicts)
        part = f"{escape(adapter['name'])} {escape(adapter['version'])}: {conforming} conform, {failing} do not"
        if expected:
            part += f", {expected} known"
        if stale:
            part += f", {stale} declared or expected what is no longer true"
        parts.append(f"{part}, {unsupported} unsupported")
    return "; ".join(parts)


def _matrix(report: Report) -> Table:
    """Features down, adapters across; in each cell how many of the claimed cases conform, and the worst error."""
    table = Table(title="convolution: cases that conform of cases claimed · worst error / bound", title_justify="left")
    table.add_column("feature")
    for adapter in report.header["adapters"]:
        table.add_column(f"{escape(adapter['name'])}\n[dim]{escape(adapter['version'])}[/]", justify="right")
    for row, cells in matrix(report).rows.items():
        table.add_row(row, *map(_cell, cells.values()), end_section=row == ALL)
    return table


def _cell(cell: Cell) -> str:
    """Say how a feature fares: never green where nothing was claimed."""
    if not cell.claimed:
        text = f"[dim]unsupported ({cell.asked})[/]" if cell.asked else "[dim]no case[/]"
    else:
        text = f"[{_COLOURS[cell.state]}]{cell.conforming}/{cell.claimed}[/]"
        text += f" · {cell.worst:.2f}" if cell.worst else ""
    return f"{text} [red]{cell.stale} no longer true[/]" if cell.stale else text


def _print_claims(report: Report, console: Console) -> None:
    """Say what each adapter claims of its arithmetic: it is judged by that."""
    for adapter in report.header["adapters"]:
        claims = [f"{dtype} added up in {sums}" for dtype, sums in adapter.get("accumulators", {}).items()]
        flushed = adapter.get("flushes_subnormals", [])
        claims += [f"subnormal numbers flushed to zero in {', '.join(flushed)}"] if flushed else []
        if claims:
            console.print(
                f"{escape(adapter['name'])} claims: {escape('; '.join(claims))}", highlight=False, soft_wrap=True
            )


def _print_unsupported(report: Report, console: Console) -> None:
    """Give the reasons of what is not supported, most frequent first, so that no cell is empty without one."""
    reasons: Counter[tuple[str, str]] = Counter()
    for verdict in report.verdicts:
        if verdict.verdict == "unsupported":
            reasons[verdict.adapter, re.sub(r"leads to [^:]*:", "leads on to:", verdict.detail)] += 1
    if reasons:
        console.print("\nunsupported, and why:")
    for (adapter, reason), cases in reasons.most_common():
        console.print(f"  {escape(adapter)}, {cases}: {escape(reason)}", highlight=False, soft_wrap=True)


def print_diagnoses(report: Report, console: Console, folder: Path | None = None) -> None:
    """Print the name of each distinct failure or what can be said of it, its smallest case and its script.

    Parameters
    ----------
    report : Report
        Read back from its file.
    console : rich.console.Console
        Where to.
    folder : Path, optional
        Where the report lies; without it the scripts are not kept.
    """
    for diagnosis in report.footer.get("diagnoses", ()):
        adapter, cases = diagnosis["adapter"], diagnosis["cases"]
        name = diagnosis["fault"] or "no known fault"
        console.print(
            f"\n[bold red]{escape(name)}[/] {escape(adapter)}, {cases} case{'s' if cases > 1 else ''}", soft_wrap=True
        )
        console.print(f"  {escape(diagnosis['description'])}", highlight=False, soft_wrap=True)
        _print_command(report, adapter, diagnosis["smallest"], console)
        if diagnosis["minimal"] is not None:
            console.print(
                f"  shrunk to {escape(diagnosis['minimal'])}, on small numbers", highlight=False, soft_wrap=True
            )
        if folder is not None:
            script = diagnosis["reproducer"] and folder / diagnosis["reproducer"]
            said = f"reproducer: {script}" if script else f"no reproducer: {diagnosis['missing']}"
            console.print(f"  {escape(said)}", highlight=False, soft_wrap=True)


def _print_command(report: Report, adapter: str, case: str, console: Console) -> None:
    """Print the command that runs a case again."""
    spellings = {one["name"]: one["spelling"] for one in report.header["adapters"]}
    command = f"convformance case {case} --adapter {shlex.quote(spellings[adapter])}"
    console.print(f"  [bold]{escape(command)}[/]", highlight=False, soft_wrap=True)


def _print_failures(report: Report, console: Console) -> None:
    """Print each kind of nonconformance once that was not diagnosed, with the command that runs it again."""
    diagnosed = {diagnosis["adapter"] for diagnosis in report.footer.get("diagnoses", ())}
    groups: defaultdict[tuple[str, str, str], list[Verdict]] = defaultdict(list)
    for verdict in report.verdicts:
        if verdict.stale is not None:
            groups[verdict.adapter, "no longer true", verdict.stale].append(verdict)
        elif verdict.verdict in NONCONFORMING and (verdict.expected is not None or verdict.adapter not in diagnosed):
            group = f"known: {verdict.expected}" if verdict.expected else _kind_of(verdict)
            groups[verdict.adapter, verdict.verdict, group].append(verdict)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    for (adapter, name, kind), verdicts in ordered[:SHOWN_FAILURES]:
        smallest = min(verdicts, key=lambda verdict: (size_of(verdict.case), verdict.case))
        cases = "1 case" if len(verdicts) == 1 else f"{len(verdicts)} cases"
        console.print(f"\n[bold red]{name}[/] {escape(adapter)}, {cases}: {escape(kind)}", soft_wrap=True)
        if smallest.detail != kind:
            console.print(f"  {escape(smallest.detail)}", highlight=False, soft_wrap=True)
        common = _common_features(verdicts)
        if common:
            console.print(f"  all of them: {', '.join(common)}", highlight=False, soft_wrap=True)
        _print_command(report, adapter, smallest.case, console)
    if len(ordered) > SHOWN_FAILURES:
        console.print(f"\n{len(ordered) - SHOWN_FAILURES} more kinds of nonconformance stand in the report")
    for name in report.footer["stale"]:
        said = f"the expected nonconformance {escape(repr(name))} was not seen: remove its entry"
        console.print(f"\n[bold red]no longer true[/] {said}", soft_wrap=True)


def _kind_of(verdict: Verdict) -> str:
    """Group failures that say the same but for coordinates and numbers."""
    if verdict.verdict == "crashed":
        return verdict.detail
    head = verdict.detail.split(";")[0].split(":")[0]
    return re.sub(r"[0-9]+", "#", re.sub(r"^[0-9]+ of [0-9]+ ", "", head))[:80]


def _common_features(verdicts: list[Verdict]) -> list[str]:
    """Name the features that every one of several verdicts has."""
    counts = Counter(feature for verdict in verdicts for feature in verdict.features)
    return [feature for feature, count in counts.items() if count == len(verdicts)] if len(verdicts) > 1 else []


def _print_speed(report: Report, console: Console) -> None:
    """Say how long judging took, and which share of it was the suite's own."""
    judging = report.footer["judging_seconds"]
    if judging > 0:
        share = 1 - report.footer["framework_seconds"] / judging
        judged = [verdict for verdict in report.verdicts if verdict.verdict == "within_bound"]
        spread = sum(verdict.spread is not None for verdict in judged)
        console.print(
            f"\nof {len(judged)} verdicts within_bound, {spread} have the 1000 outputs that the spread is judged over",
            highlight=False,
            soft_wrap=True,
        )
        console.print(
            f"{len(report.verdicts)} verdicts in {report.footer['seconds']:.0f} s; judging took {judging:.0f} s of "
            f"all workers together without imports, {share:.0%} of it the suite's own",
            highlight=False,
            soft_wrap=True,
        )
