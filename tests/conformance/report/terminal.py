"""What a person sees at the end of a run: the matrix, then each nonconformance once. Reads the report alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from convformance.tests.conformance.report.cost import cost_in_words, costs
from convformance.tests.conformance.report.facts import claims
from convformance.tests.conformance.report.harmless import for_terminal
from convformance.tests.conformance.report.kinds import STALE, Kind, command, kinds
from convformance.tests.conformance.report.levels import news
from convformance.tests.conformance.report.matrix import ALL, Cell, matrix, totals
from convformance.tests.conformance.report.reading import Report
from convformance.tests.conformance.report.said import speed, unsupported
from convformance.tests.conformance.verdicts import was_not_seen

SHOWN_FAILURES: Final = 12
SHOWN_REASONS: Final = 40
SHOWN_KNOWN: Final = 40
SHOWN_NAME: Final = 40
"""So many characters of an adapter's name and version head a column."""
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
    _print_news(report, console)
    console.print(_matrix(report))
    _print_claims(report, console)
    _print_unsupported(report, console)
    print_diagnoses(report, console, folder)
    _print_failures(report, console)
    _print_speed(report, console)
    say(console, summary(report))
    print_why_red(report, console)


def print_why_red(report: Report, console: Console) -> None:
    """Say in one line why a report is red, where it is."""
    if report.why_red is not None:
        _print_news(report, console)
        say(console, f"[red]red:[/] {for_terminal(report.why_red)}")


def _print_news(report: Report, console: Console) -> None:
    """Say that the expected failures were never proven on such a machine, where that is so."""
    if (said := news(report)) is not None:
        say(console, f"[yellow]unproven level:[/] {for_terminal(said, longest=None)}")


def say(console: Console, markup: str) -> None:
    """Print one line, however long, without finding numbers, addresses or emoji codes in it.

    Parameters
    ----------
    console : rich.console.Console
        Where to.
    markup : str
        Rich's; text of others has gone through `for_terminal`.
    """
    console.print(markup, highlight=False, soft_wrap=True, emoji=False)


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
    cells = totals(report)
    for adapter in report.header["adapters"]:
        cell = cells[adapter["name"]]
        name, version = for_terminal(adapter["name"], SHOWN_NAME), for_terminal(adapter["version"], SHOWN_NAME)
        part = f"{name} {version}: {cell.conforming} conform, {cell.unlisted} do not"
        if cell.known:
            part += f", {cell.known} known"
        if cell.stale:
            part += f", {cell.stale} declared or expected what is no longer true"
        parts.append(f"{part}, {cell.unsupported} unsupported")
    return "; ".join(parts)


def _matrix(report: Report) -> Table:
    """Features down, adapters across; in each cell how many of the claimed cases conform, and the worst error."""
    table = Table(
        title="convolution: cases that conform of cases claimed · their worst error / bound", title_justify="left"
    )
    table.add_column("feature")
    for adapter in report.header["adapters"]:
        name, version = for_terminal(adapter["name"], SHOWN_NAME), for_terminal(adapter["version"], SHOWN_NAME)
        table.add_column(Text.from_markup(f"{name}\n[dim]{version}[/]", emoji=False), justify="right")
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
        if said := claims(adapter):
            say(console, f"{for_terminal(adapter['name'])} claims: {for_terminal(said)}")


def _print_unsupported(report: Report, console: Console) -> None:
    """Give the reasons of what is not supported, most frequent first, so that no cell is empty without one."""
    reasons = unsupported(report)
    if reasons:
        console.print("\nunsupported, and why:")
    for adapter, reason, cases in reasons[:SHOWN_REASONS]:
        say(console, f"  {for_terminal(adapter)}, {cases}: {for_terminal(reason)}")
    if len(reasons) > SHOWN_REASONS:
        say(console, f"  {len(reasons) - SHOWN_REASONS} more reasons stand in the report")


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
    for kind in kinds(report):
        diagnosis, smallest = kind.diagnosis, kind.smallest
        if diagnosis is None:
            continue
        say(console, f"\n[bold red]{for_terminal(kind.name)}[/] {for_terminal(kind.adapter)}, {kind.cases}")
        say(console, f"  {for_terminal(kind.text)}")
        say(console, f"  {for_terminal(f'{smallest.verdict}: {smallest.detail}')}")
        _print_command(report, kind.adapter, smallest.case, console)
        if diagnosis["minimal"] is not None:
            say(console, f"  shrunk to {for_terminal(diagnosis['minimal'])}, on small numbers")
        if folder is not None:
            script = diagnosis["reproducer"] and folder / diagnosis["reproducer"]
            said = f"reproducer: {script}" if script else f"no reproducer: {diagnosis['missing']}"
            say(console, f"  {for_terminal(said)}")


def _print_command(report: Report, adapter: str, case: str, console: Console) -> None:
    """Print the command that runs a case again."""
    say(console, f"  [bold]{for_terminal(command(report, adapter, case), longest=None)}[/]")


def _print_failures(report: Report, console: Console) -> None:
    """Print each kind of nonconformance once that was not diagnosed, with the command that runs it again."""
    found = kinds(report)
    _print_known([kind for kind in found if kind.state == "known"], console)
    shown = [kind for kind in found if kind.diagnosis is None and kind.state != "known"]
    for kind in shown[:SHOWN_FAILURES]:
        _print_kind(report, kind, console)
    if len(shown) > SHOWN_FAILURES:
        say(console, f"\n{len(shown) - SHOWN_FAILURES} more kinds of nonconformance stand in the report")
    _print_entries(report, console)


def _print_known(known: Sequence[Kind], console: Console) -> None:
    """Give a line to each nonconformance that is listed as known."""
    if known:
        console.print("\nknown not to conform, and why:")
    for kind in known[:SHOWN_KNOWN]:
        owner = "" if kind.entry is None else f" ({kind.entry['kind']}, {kind.entry['owner']})"
        say(console, f"  {for_terminal(kind.adapter)}, {kind.cases}{for_terminal(owner)}, {for_terminal(kind.text)}")
    if len(known) > SHOWN_KNOWN:
        say(console, f"  {len(known) - SHOWN_KNOWN} more stand in the report")


def _print_entries(report: Report, console: Console) -> None:
    """Say what has to be done about entries of the expected file."""
    expired = report.footer.get("expired", {})
    for name in report.stale_entries:
        title, said = STALE, was_not_seen(name)
        if name in expired:
            title = "expired"
            said = (
                f"the expected nonconformance {name!r} counted until {expired[name]}: look at it again, then set a new "
                "date or remove it"
            )
        say(console, f"\n[bold red]{title}[/] {for_terminal(said)}")
    for name, day in report.footer.get("expiring", {}).items():
        said = f"the expected nonconformance {name!r} counts until {day}: look at it again before"
        say(console, f"\n[yellow]expires soon[/] {for_terminal(said)}")


def _print_kind(report: Report, kind: Kind, console: Console) -> None:
    """Print one kind of nonconformance."""
    smallest = kind.smallest
    name, adapter = for_terminal(kind.name), for_terminal(kind.adapter)
    say(console, f"\n[bold red]{name}[/] {adapter}, {kind.cases}: {for_terminal(kind.text)}")
    if smallest.detail != kind.text:
        say(console, f"  {for_terminal(smallest.detail)}")
    if kind.common_features:
        say(console, f"  all of them: {for_terminal(', '.join(kind.common_features))}")
    _print_command(report, kind.adapter, smallest.case, console)


def _print_speed(report: Report, console: Console) -> None:
    """Say how long judging took, which share of it was the suite's own, and what each engine cost."""
    console.print()
    for sentence in speed(report):
        say(console, sentence)
    for name, cost in costs(report).items():
        say(console, f"  {for_terminal(name, SHOWN_NAME)}: {for_terminal(cost_in_words(cost))}")
