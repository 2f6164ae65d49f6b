"""`zoho-sandbox load`: a company's CSV exports into a new data file."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from zoho_sandbox.application import open_sandbox
from zoho_sandbox.load.amounts import DecimalMark
from zoho_sandbox.load.dates import DateOrder
from zoho_sandbox.load.errors import FolderError, LoadError
from zoho_sandbox.load.folder import LoadProgress, load_folder
from zoho_sandbox.load.questions import Answers
from zoho_sandbox.load.replay import export_replay_plan
from zoho_sandbox.load.report import LoadReport
from zoho_sandbox.settings import SandboxSettings
from zoho_sandbox.wire import encode


def load(
    folder: Annotated[Path, typer.Argument(help="Folder with the CSV files.")],
    data: Annotated[Path, typer.Option(help="SQLite file to make; it must not exist yet.")],
    mapping: Annotated[
        Path | None, typer.Option(help="YAML file; without it, the CRM's own exports are expected.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="CSV file for every row or value that was not used.")] = None,
    replay_plan: Annotated[Path | None, typer.Option(help="CSV file for how closed deals close.")] = None,
    base_currency: Annotated[
        str | None, typer.Option(help="Code of the organisation's currency, where the data has none.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of files that are not Unicode: cp932, cp1252, …")] = None,
    decimal_mark: Annotated[
        DecimalMark | None, typer.Option(help="What stands before decimals, where 1.234 can be either.")
    ] = None,
    date_order: Annotated[
        DateOrder | None, typer.Option(help="What stands first in dates, where 3/4/2026 can be either.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Load CSV exports into a new data file; deals that closed stand as they did before they closed.

    Exit codes: 1 where no row could be used, 2 where the data or the mapping is wrong or a question is open.
    """
    answers = Answers(base_currency and base_currency.upper(), encoding, decimal_mark, date_order)
    try:
        outcome = _load(folder, data, mapping, answers, report, replay_plan, _progress_line())
    except LoadError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(encode(outcome.as_json()).decode() if as_json else _summary(outcome))
    if not outcome.anything_loaded:
        typer.echo(f"{folder}: nothing could be loaded; {data} was not made", err=True)
        raise typer.Exit(1)


def _load(
    folder: Path,
    data: Path,
    mapping: Path | None,
    answers: Answers,
    report: Path | None,
    replay_plan: Path | None,
    progress: Callable[[LoadProgress], None],
) -> LoadReport:
    if data.exists():
        raise FolderError(f"--data: received {data}, which exists; valid: the name of a new file")
    # Built under another name, so that a file of that name is always a finished one.
    unfinished = data.with_name(f"{data.name}.loading")
    _remove(unfinished)
    sandbox = open_sandbox(SandboxSettings(data=unfinished, seed_data="empty"))
    try:
        outcome = load_folder(sandbox, folder, mapping, answers=answers, report=report, progress=progress)
        if replay_plan is not None:
            export_replay_plan(sandbox, replay_plan)
    except BaseException:
        sandbox.close()
        _remove(unfinished)
        raise
    sandbox.close()
    if outcome.anything_loaded:
        unfinished.rename(data)
    else:
        _remove(unfinished)
    return outcome


def _remove(data: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        data.with_name(data.name + suffix).unlink(missing_ok=True)


def _progress_line() -> Callable[[LoadProgress], None]:
    """One line on standard error that counts up; silent where it is not a terminal."""
    if not sys.stderr.isatty():
        return lambda _progress: None

    def show(progress: LoadProgress) -> None:
        end = "\n" if progress.fraction >= 1 else ""
        typer.echo(f"\r{progress.module}: {progress.rows} rows ({progress.fraction:.0%}){end}", err=True, nl=False)

    return show


def _summary(outcome: LoadReport) -> str:
    lines = [f"{module}: {count} loaded, {outcome.skipped[module]} skipped" for module, count in outcome.loaded.items()]
    deals = outcome.deals
    totals = ", ".join(f"{total:,f} {code}" for code, total in outcome.won_total.items())
    lines.append(f"of the deals {deals['open']} stay open, {deals['won']} will be won ({totals}), {deals['lost']} lost")
    for tally in outcome.problems:
        place = f"{tally.file} {tally.column}".strip()
        lines.append(f"{place}: {tally.count} × {tally.reason}: {tally.consequence} ({tally.examples[0]})")
    lines += [f"{file}: columns not used: {', '.join(columns)}" for file, columns in outcome.unused_columns.items()]
    if outcome.problem_file is not None:
        lines.append(f"every row and value concerned: {outcome.problem_file}")
    return "\n".join(lines)
