"""How each column writes dates and amounts, found out from the whole column before anything is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field

from zoho_sandbox.load.amounts import (
    DecimalMark,
    can_be_read_either_way,
    has_yen_sign,
    named_currency,
    own_decimal_mark,
)
from zoho_sandbox.load.csv_source import CsvSource, Row
from zoho_sandbox.load.dates import DateOrder, day_and_month_can_be_either, own_date_order
from zoho_sandbox.load.field_kinds import FieldKinds
from zoho_sandbox.load.mapping import CsvFormat, FieldSource, Mapping, ModuleName
from zoho_sandbox.load.questions import OpenQuestionsError, Question
from zoho_sandbox.load.values import MONEY_TYPES, NUMBER_TYPES, Notation, unwrapped

Notations = dict[ModuleName, dict[str, Notation]]


@dataclass(slots=True)
class _Column:
    """What the values of a column show of themselves. `unclear` is the first that can be read either way."""

    place: str
    shown: set[str] = field(default_factory=set)
    unclear: str = ""
    currencies: set[str] = field(default_factory=set)
    filled: bool = False


def notations(
    mapping: Mapping, sources: MappingType[ModuleName, CsvSource], kinds: MappingType[ModuleName, FieldKinds]
) -> Notations:
    """The notation of each field that is a date or a number.

    Raises OpenQuestionsError for columns whose values leave it open, and for amounts without any currency.
    """
    found: Notations = {}
    questions: dict[str, Question] = {}
    money: list[_Column] = []
    for module, source in sources.items():
        for api_name, column in _scanned(mapping, module, source, kinds[module]).items():
            described = mapping.modules[module].fields[api_name]
            data_type = kinds[module][api_name].data_type
            notation, question = _decided(column, data_type, described, mapping.csv)
            found.setdefault(module, {})[api_name] = notation
            if question is not None:
                questions.setdefault(question.option, question)
            if data_type in MONEY_TYPES and column.filled:
                money.append(column)
    if (question := _currency_question(mapping, money)) is not None:
        questions[question.option] = question
    if questions:
        raise OpenQuestionsError(list(questions.values()))
    return found


def currency_of_amounts(
    mapping: Mapping, sources: MappingType[ModuleName, CsvSource], kinds: MappingType[ModuleName, FieldKinds]
) -> str | None:
    """The one currency that signs beside the amounts name; None where they name none or several."""
    named: set[str] = set()
    for module, source in sources.items():
        for api_name, column in _scanned(mapping, module, source, kinds[module]).items():
            if kinds[module][api_name].data_type in MONEY_TYPES:
                named |= column.currencies
    return named.pop() if len(named) == 1 else None


def _scanned(mapping: Mapping, module: ModuleName, source: CsvSource, kinds: FieldKinds) -> dict[str, _Column]:
    columns = {
        api_name: _Column(f"{source.path.name}: {described.column}")
        for api_name, described in mapping.modules[module].fields.items()
        # Rates are written by programs, with as many decimals as they have.
        if described.column and api_name != "Exchange_Rate" and kinds[api_name].data_type in {"date", *NUMBER_TYPES}
    }
    if columns:
        for row in source.rows():
            if isinstance(row, Row):
                _look_at(row, mapping, module, kinds, columns)
    return columns


def _look_at(
    row: Row, mapping: Mapping, module: ModuleName, kinds: FieldKinds, columns: MappingType[str, _Column]
) -> None:
    for api_name, column in columns.items():
        described = mapping.modules[module].fields[api_name]
        cell = unwrapped(row.cells.get(described.column or "", ""))
        text = described.values.get(cell, described.corrections.get(cell, cell))
        if not text:
            continue
        column.filled = True
        is_date = kinds[api_name].data_type == "date"
        shown, unclear = _shown_date(text) if is_date else _shown_amount(text)
        column.shown |= set(shown)
        if unclear and not column.unclear:
            column.unclear = f"{text!r} (row {row.number})"
        if not is_date:
            column.currencies |= set(_currencies(text, described.column or ""))


def _shown_date(text: str) -> tuple[Iterator[str], bool]:
    order = own_date_order(text)
    return iter((order,) if order else ()), day_and_month_can_be_either(text)


def _shown_amount(text: str) -> tuple[Iterator[str], bool]:
    mark = own_decimal_mark(text)
    return iter((mark,) if mark else ()), can_be_read_either_way(text)


def _currencies(text: str, heading: str) -> Iterator[str]:
    if (code := named_currency(text)) is not None:
        yield code
    elif has_yen_sign(text) and not heading.isascii():
        yield "JPY"  # under a Japanese heading the sign is the yen's


def _decided(
    column: _Column, data_type: str, described: FieldSource, csv_format: CsvFormat
) -> tuple[Notation, Question | None]:
    date_format = described.date_format or csv_format.date_format
    if data_type == "date":
        order, question = _date_order(column, csv_format, asked=date_format is None)
        return Notation(date_format, date_order=order), question
    mark, question = _decimal_mark(column, csv_format)
    return Notation(date_format, decimal_mark=mark), question


def _date_order(column: _Column, csv_format: CsvFormat, *, asked: bool) -> tuple[DateOrder | None, Question | None]:
    if csv_format.date_order is not None:
        return csv_format.date_order, None
    if column.unclear and asked and len(column.shown) != 1:
        valid = "day-first, month-first"
        return None, Question(column.place, column.unclear, "--date-order", "csv.date_order", valid)
    order: DateOrder = "day-first" if "day-first" in column.shown else "month-first"
    return (order if len(column.shown) == 1 else None), None


def _decimal_mark(column: _Column, csv_format: CsvFormat) -> tuple[DecimalMark, Question | None]:
    if csv_format.decimal_mark is not None:
        return csv_format.decimal_mark, None
    if column.shown == {","}:
        return ",", None
    # Nobody writes three decimals after a comma, so `1,200` alone is more than a thousand; `1.200` a program may write.
    if column.unclear and column.shown != {"."} and (column.shown or "." in column.unclear.partition(" (row")[0]):
        valid = "the mark before decimals, . or ,"
        return ".", Question(column.place, column.unclear, "--decimal-mark", "csv.decimal_mark", valid)
    return ".", None


def _currency_question(mapping: Mapping, money: list[_Column]) -> Question | None:
    if mapping.organisation.base_currency is not None or not money:
        return None
    named = ", ".join(sorted({code for column in money for code in column.currencies}))
    received = f"amounts in {named}" if named else "amounts, and no currency anywhere"
    valid = "the code of the organisation's base currency, e.g. USD"
    return Question(money[0].place, received, "--base-currency", "organisation.base_currency", valid)
