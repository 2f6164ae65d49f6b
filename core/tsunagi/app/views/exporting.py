"""Lists of documents and other tables as files: CSV and Excel, written a row at a time, with no formula in them."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args

from tsunagi.app.context import Context
from tsunagi.app.views.document_lists import Asked, ListRow, every_row
from tsunagi.domain.directory import Person
from tsunagi.domain.documents import Panel
from tsunagi.domain.entities import EntityType
from tsunagi.domain.money import Money
from tsunagi.text import Text
from tsunagi.translation import say

_HEADINGS = {
    "id": Text(en="ID", ja="ID"),
    "number": Text(en="Number", ja="番号"),
    "customer": Text(en="Customer", ja="顧客"),
    "date": Text(en="Date", ja="日付"),
    "due_date": Text(en="Due date", ja="期日"),
    "status": Text(en="Status", ja="状態"),
    "currency": Text(en="Currency", ja="通貨"),
    "total": Text(en="Total", ja="合計"),
    "balance": Text(en="Balance", ja="残高"),
    "base_currency": Text(en="Base currency", ja="基準通貨"),
    "base_total": Text(en="Total in base currency", ja="合計(基準通貨)"),
    "base_balance": Text(en="Balance in base currency", ja="残高(基準通貨)"),
    "reference": Text(en="Reference", ja="参照番号"),
}
Cell = str | int | Decimal | dt.date | None
Format = Literal["csv", "xlsx"]
FORMATS: tuple[Format, ...] = get_args(Format)
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What a spreadsheet begins a formula with; a text that begins so gets an apostrophe, which spreadsheets do not show.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_CHUNK_ROWS = 500
# The most a sheet of Excel holds, its heading among them, and the most a cell does.
SHEET_ROWS, _CELL_LETTERS = 1_048_576, 32_767
# Spreadsheets count in floats, which keep so many digits.
_FLOAT_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds; `rows` are read while they are taken. `name` is the file's without its ending."""

    name: str
    headings: Sequence[str]
    rows: Iterator[Sequence[Cell]]


def document_table(context: Context, actor: Person | None, asked: Asked) -> Table:
    """Every row the person may see. Raises as `list_documents`, before the first row."""
    rows = every_row(context, actor, asked)
    kind = context.registry.entity(asked.service, asked.entity)
    panel = next(each for each in context.registry.panels if (each.service, each.entity) == (kind.service, kind.name))
    further = [name for name in panel.columns if name not in _HEADINGS]
    headings = [say(label) for label in _HEADINGS.values()] + [_label(kind, name) for name in further]
    name = f"{asked.service}-{asked.entity}-{context.now().date().isoformat()}"
    return Table(name, headings, (_cells(panel, kind, row, further) for row in rows))


def _cells(panel: Panel, kind: EntityType, row: ListRow, further: Sequence[str]) -> list[Cell]:
    document = row.document
    return [
        document.ref.id,
        document.number,
        row.customer,
        document.date,
        document.due_date,
        say(panel.status(document.status).label),
        document.total.currency,
        document.total.amount,
        document.balance.amount,
        document.base_total.currency,
        document.base_total.amount,
        document.base_balance.amount,
        document.reference,
        *(_further(kind, row, name) for name in further),
    ]


def _further(kind: EntityType, row: ListRow, name: str) -> Cell:
    value = row.fields.get(name)
    if isinstance(value, Money):
        return f"{value.amount:f} {value.currency}"
    spec = kind.field(name)
    if spec and isinstance(value, str):
        return say(spec.choice_label(value))
    return "" if value is None else str(value)


def _label(kind: EntityType, name: str) -> str:
    spec = kind.field(name)
    return say(spec.label) if spec else name


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """A CSV file in pieces: UTF-8 with its mark, which Excel asks for; dates in ISO 8601, amounts exact."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([_plain(heading) for heading in headings])
    for number, row in enumerate(rows, start=1):
        writer.writerow([_plain(cell) for cell in row])
        if number % _CHUNK_ROWS == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def write_xlsx(target: Path, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """A workbook, row by row through a file of its own: memory does not grow with it.

    A further sheet where one is full. Amounts of more digits than a spreadsheet keeps are texts.
    """
    import xlsxwriter  # noqa: PLC0415 - most people who look at lists take no file home

    with xlsxwriter.Workbook(
        str(target), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet, line = None, SHEET_ROWS
        for row in rows:
            if sheet is None or line >= SHEET_ROWS:
                sheet, line = _new_sheet(book, headings, bold), 1
            for column, cell in enumerate(row):
                _write(sheet, line, column, cell, day)
            line += 1
        if sheet is None:
            _new_sheet(book, headings, bold)


def _new_sheet(book: Any, headings: Sequence[str], bold: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(headings) - 1, 16)
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    return sheet


def _write(sheet: Any, line: int, column: int, cell: Cell, day: Any) -> None:
    match cell:
        case None | "":
            return
        # The calendar of a spreadsheet begins here.
        case dt.date() if cell.year >= 1900:
            sheet.write_datetime(line, column, dt.datetime.combine(cell, dt.time()), day)
        case int() | Decimal() if len(Decimal(cell).normalize().as_tuple().digits) <= _FLOAT_DIGITS:
            sheet.write_number(line, column, float(cell))
        # A string cell is never a formula, whatever it begins with.
        case _:
            sheet.write_string(line, column, str(cell)[:_CELL_LETTERS])


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, int | Decimal):
        return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _taken(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return piece
