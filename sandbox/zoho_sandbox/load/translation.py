"""One row of a file becomes one CRM record; what cannot be used is told to the problem log."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from zoho_sandbox.load.csv_source import Row
from zoho_sandbox.load.field_kinds import NAME_FIELDS, REQUIRED_FIELDS, FieldKinds
from zoho_sandbox.load.mapping import CsvFormat, FieldSource, ModuleName, ModuleSource
from zoho_sandbox.load.names import NameIndex, NameNotFoundError
from zoho_sandbox.load.problems import Consequence, Problem, ProblemLog
from zoho_sandbox.load.values import Notation, UnreadableValueError, read_value

Record = dict[str, Any]
_UNREADABLE = "\ufffd"


@dataclass(frozen=True, slots=True)
class Pending:
    """A lookup into the module being loaded (a parent account): found once all its rows are there."""

    row: int
    field: str
    column: str
    name: str
    old_id: str


@dataclass(slots=True)
class Translated:
    """A record ready to insert, the id it had in the exporting CRM, and the lookups still to be found."""

    row: int
    record: Record
    old_id: str = ""
    pending: list[Pending] = field(default_factory=list)


class Translator:
    """Translates the rows of one module's file."""

    def __init__(
        self,
        module: ModuleName,
        source: ModuleSource,
        kinds: FieldKinds,
        csv_format: CsvFormat,
        names: NameIndex,
        log: ProblemLog,
    ) -> None:
        self.module, self.source, self._kinds, self._names, self._log = module, source, kinds, names, log
        self._format = csv_format
        self._required = REQUIRED_FIELDS[module]

    def translate(self, row: Row) -> Translated | None:
        """None when the row lacks what every record of the module needs; the log says what."""
        texts = self._texts(row)
        translated = Translated(row.number, {}, row.cells.get(self.source.record_id or "", ""))
        for api_name, source in self.source.fields.items():
            value = self._value(translated, api_name, source, texts[api_name], row)
            if value is not None:
                translated.record[api_name] = value
        missing = next((name for name in self._required if name not in translated.record), None)
        if missing is None:
            return translated
        self._skip(row, missing, texts[missing])
        return None

    def tell(self, row: int, column: str, value: str, reason: str, consequence: Consequence) -> None:
        self._log.add(Problem(self.source.file, row, column, value[:200], reason, consequence))

    def column_of(self, api_name: str) -> str:
        """What to call a field's origin in a report: its column, or the field where it has none."""
        source = self.source.fields.get(api_name)
        return (source and (source.column or source.id_column)) or api_name

    def _skip(self, row: Row, missing: str, text: str) -> None:
        # An unreadable value has been told already; here it costs the whole row.
        reason = f"{missing} is required and has no usable value"
        self.tell(row.number, self.column_of(missing), text, reason, Consequence.ROW_SKIPPED)

    def _texts(self, row: Row) -> dict[str, str]:
        texts = {name: self._text(source, row) for name, source in self.source.fields.items()}
        for name, source in self.source.fields.items():
            if source.template is not None:
                texts[name] = _fill(source.template, texts, row)
        return texts

    def _text(self, source: FieldSource, row: Row) -> str:
        """The cell after corrections and translations. A template is filled afterwards."""
        if source.column is None:
            return source.constant or ""
        text = row.cells.get(source.column, "")
        if _UNREADABLE in text:
            self.tell(row.number, source.column, text, "bytes the encoding does not have", Consequence.VALUE_DROPPED)
            return ""
        if text in source.corrections:
            corrected = source.corrections[text]
            self.tell(row.number, source.column, text, f"written for {corrected!r}", Consequence.VALUE_CORRECTED)
            text = corrected
        return source.values.get(text, text)

    def _value(self, translated: Translated, api_name: str, source: FieldSource, text: str, row: Row) -> object | None:
        old_id = row.cells.get(source.id_column, "") if source.id_column else ""
        if not text and not old_id:
            self._note_empty(api_name, source, row)
            return None
        target = source.lookup
        if target == self.module:
            translated.pending.append(Pending(row.number, api_name, self.column_of(api_name), text, old_id))
            return None
        try:
            return self._read(api_name, source, text) if target is None else self.find(target, text, old_id)
        except (UnreadableValueError, NameNotFoundError) as error:
            self.tell(row.number, self.column_of(api_name), text, str(error), Consequence.VALUE_DROPPED)
            return None

    def find(self, module: str, name: str, old_id: str) -> dict[str, str]:
        """The lookup value of the record meant, by its old id where the file gives one, else by name."""
        by_id = self._names.by_old_id(module, old_id) if old_id else None
        return {"id": by_id or self._names.by_name(module, name)}

    def _read(self, api_name: str, source: FieldSource, text: str) -> object:
        notation = Notation(source.date_format or self._format.date_format, self._format.decimal_mark)
        if source.constant is not None:
            notation = Notation()  # a constant is written in the mapping file, not in the data's notation
        value = read_value(text, self._kinds[api_name].data_type, notation)
        if source.multiply is not None and isinstance(value, int | Decimal):
            return _scaled(value, source.multiply)
        return value

    def _note_empty(self, api_name: str, source: FieldSource, row: Row) -> None:
        if source.expected and api_name not in self._required:
            self.tell(row.number, self.column_of(api_name), "", "empty", Consequence.LEFT_EMPTY)


def _scaled(value: int | Decimal, factor: Decimal) -> int | Decimal:
    product = value * factor
    return int(product) if isinstance(value, int) and product == product.to_integral_value() else product


def _fill(template: str, texts: dict[str, str], row: Row) -> str:
    """Braces name a field of the module (as corrected) or a column (as written); spaces are tidied."""

    def text_of(found: re.Match[str]) -> str:
        name = found[1]
        return texts[name] if name in texts else row.cells.get(name, "")

    return " ".join(re.sub(r"\{([^{}]+)\}", text_of, template).split()).replace(_UNREADABLE, "")


def record_names(module: ModuleName, record: Record) -> set[str]:
    """The names by which lookups find this record; a person's in both orders."""
    if module != "Contacts":
        return {str(record[NAME_FIELDS[module]])}
    first, last = record.get("First_Name", ""), record["Last_Name"]
    return {f"{first} {last}".strip(), f"{last} {first}".strip()}
