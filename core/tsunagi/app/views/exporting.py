"""Tables as files: CSV and Excel, written a row at a time, with nothing in them that a spreadsheet would carry out."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args

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
