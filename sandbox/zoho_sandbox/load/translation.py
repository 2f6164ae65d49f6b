"""One row of a file becomes one CRM record; what cannot be used goes to the problem log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from zoho_sandbox.load.csv_source import Row
from zoho_sandbox.load.field_kinds import NAME_FIELDS, REQUIRED_FIELDS, FieldKinds
from zoho_sandbox.load.mapping import FieldSource, ModuleName, ModuleSource
from zoho_sandbox.load.names import NameIndex, NameNotFoundError
from zoho_sandbox.load.problems import Consequence, Problem, ProblemLog
from zoho_sandbox.load.values import Notation, UnreadableValueError, read_value, unwrapped

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
        notations: Mapping[str, Notation],
        names: NameIndex,
        log: ProblemLog,
    ) -> None:
        self.module, self.source, self._kinds, self._names, self._log = module, source, kinds, names, log
        self._notations = notations
        self._required = REQUIRED_FIELDS[module]

    def translate(self, row: Row) -> Translated | None:
        """None when the row lacks what every record of the module needs; the log says what."""
        row = self._unwrapped(row)
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
        # An unreadable value has been reported already; here the whole row is left out.
        reason = f"{missing} is required and has no usable value"
        self.tell(row.number, self.column_of(missing), text, reason, Consequence.ROW_SKIPPED)

    def _unwrapped(self, row: Row) -> Row:
        """The texts without the characters a spreadsheet put around them, reported for the columns in use."""
        cells = {column: unwrapped(cell) for column, cell in row.cells.items()}
        for column, cell in row.cells.items():
            if cells[column] != cell and column in self.source.columns:
                reason = "a spreadsheet's way to keep a text, taken off"
                self.tell(row.number, column, cell, reason, Consequence.VALUE_CORRECTED)
        return Row(row.number, cells, row.read)

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
        text = source.values.get(text, text)
        return text if source.name_part is None else _name_part(text, source.name_part)

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
            if target is None:
                return self._read(api_name, source, text)
            return self.find(target, *self._first_of_several(api_name, text, old_id, row.number))
        except (UnreadableValueError, NameNotFoundError) as error:
            self.tell(row.number, self.column_of(api_name), text, str(error), Consequence.VALUE_DROPPED)
            return None

    def _first_of_several(self, api_name: str, name: str, old_id: str, row: int) -> tuple[str, str]:
        """Some exports name several records in a cell, the primary one first: `9001;9002`, `Larch Ltd;Rowan BV`."""
        ids = old_id.split(";")
        target = str(self.source.fields[api_name].lookup)
        if len(ids) == 1 and (old_id or ";" not in name or self._names.has(target, name)):
            return name, old_id
        reason = "several records, the first one taken"
        self.tell(row, self.column_of(api_name), name or old_id, reason, Consequence.VALUE_CORRECTED)
        return name.split(";", maxsplit=1)[0].strip(), ids[0].strip()

    def find(self, module: str, name: str, old_id: str) -> dict[str, str]:
        """The lookup value of the record meant, by its old id where the file gives one, else by name."""
        by_id = self._names.by_old_id(module, old_id) if old_id else None
        return {"id": by_id or self._names.by_name(module, name)}

    def _read(self, api_name: str, source: FieldSource, text: str) -> object:
        # What does not come from a column (a constant, say) is written in the mapping file, not in the data's notation.
        notation = self._notations.get(api_name) or Notation(source.date_format)
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


def _name_part(full_name: str, part: Literal["first", "last"]) -> str:
    """`Jo Larch` has its last name last, 佐藤 健太 has it first; a single word is a last name."""
    words = full_name.split()
    if len(words) < 2:
        return full_name if part == "last" else ""
    if full_name[0] >= "\u3040":  # kana, kanji, hangul
        return words[0] if part == "last" else " ".join(words[1:])
    return words[-1] if part == "last" else " ".join(words[:-1])


def record_names(module: ModuleName, record: Record) -> set[str]:
    """The names by which lookups find this record; a person's in both orders."""
    if module != "Contacts":
        return {str(record[NAME_FIELDS[module]])}
    first, last = record.get("First_Name", ""), record["Last_Name"]
    return {f"{first} {last}".strip(), f"{last} {first}".strip()}
