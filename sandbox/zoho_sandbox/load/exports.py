"""The mapping a folder of the CRM's own exports needs, read from its file names and headings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from collections.abc import Mapping as MappingType
from decimal import Decimal
from pathlib import Path

from zoho_sandbox.load.amounts import UnreadableValueError, read_decimal
from zoho_sandbox.load.csv_source import CsvSource, Row
from zoho_sandbox.load.encodings import folder_encodings
from zoho_sandbox.load.errors import FolderError
from zoho_sandbox.load.export_labels import ADDRESS_LABELS, FILE_NAMES, LABELS, PERSON_NAMES, RECORD_ID, STAGES
from zoho_sandbox.load.field_kinds import REQUIRED_FIELDS, FieldKind, FieldKinds
from zoho_sandbox.load.mapping import MODULES, CsvFormat, FieldSource, Mapping, ModuleName, ModuleSource, Organisation
from zoho_sandbox.load.names import name_key
from zoho_sandbox.load.notation import currency_of_amounts

_ID_SUFFIX = ".id"
# `Accounts_001` of a data backup, `Deals_2026_05_28_2` of an export, `Deals (1)` of a second download.
_NUMBERS_BEHIND = re.compile(r"([\s_-]*(\d+|\(\d+\)))+$")


def mapping_of_exports(
    folder: Path,
    kinds: MappingType[ModuleName, FieldKinds],
    known_currencies: Collection[str],
    encoding: str | None = None,
) -> Mapping:
    """Raises FolderError when the folder holds no export, two files for one module, or one without what its
    records need; OpenQuestionsError when its files can be read in two encodings."""
    files = {module: path for module in MODULES if (path := _file_of(folder, module)) is not None}
    if not files:
        expected = ", ".join(f"{names[0]}.csv" for names in FILE_NAMES.values())
        raise FolderError(f"{folder}: received no export of the CRM; valid: {expected}, or a mapping file")
    known = {module: known_headings(module, kinds[module]) for module in files}
    encodings = folder_encodings(files.values(), {name for names in known.values() for name in names}, encoding)
    sources = {module: CsvSource(path, encodings[path], known=known[module]) for module, path in files.items()}
    modules = {module: _module_source(source, kinds[module], module, files) for module, source in sources.items()}
    organisation = _organisation(modules, sources, known_currencies)
    mapping = Mapping(organisation=organisation, csv=CsvFormat(encoding=encoding), modules=modules)
    if organisation.base_currency is None and not organisation.currencies:
        named = currency_of_amounts(mapping, sources, kinds)
        return mapping.model_copy(update={"organisation": Organisation(base_currency=named)})
    return mapping


def known_headings(module: ModuleName, kinds: FieldKinds) -> frozenset[str]:
    """Every heading a column of the module's exports may have."""
    named = {heading for kind in kinds.values() for heading in _names(kind, module)}
    return frozenset({*named, *RECORD_ID, *(PERSON_NAMES if module == "Contacts" else ())})


def _file_of(folder: Path, module: ModuleName) -> Path | None:
    names = {name_key(name) for name in FILE_NAMES[module]}
    found = [
        path for path in sorted(folder.iterdir()) if path.suffix.casefold() in {".csv", ".tsv"} and _stem(path) in names
    ]
    if len(found) > 1:
        received = ", ".join(path.name for path in found)
        raise FolderError(f"{folder}: received {received} for {module}; valid: one file for a module")
    return found[0] if found else None


def _stem(path: Path) -> str:
    return name_key(_NUMBERS_BEHIND.sub("", path.stem) or path.stem)


def _module_source(
    source: CsvSource, kinds: FieldKinds, module: ModuleName, files: MappingType[ModuleName, Path]
) -> ModuleSource:
    columns = {name_key(column): column for column in source.columns}
    fields = {
        kind.api_name: field
        for kind in kinds.values()
        if kind.writable and (field := _field_source(kind, _headings(kind, module), columns, files)) is not None
    }
    if module == "Contacts" and "Last_Name" not in fields:
        fields |= _names_of_person(columns)
    if "Stage" in fields:
        fields["Stage"] = fields["Stage"].model_copy(update={"values": STAGES})
    _check_required(source, kinds, module, fields)
    record_id = next((columns[key] for label in RECORD_ID if (key := name_key(label)) in columns), None)
    return ModuleSource(file=source.path.name, fields=fields, record_id=record_id)


def _names_of_person(columns: MappingType[str, str]) -> dict[str, FieldSource]:
    """An export may have a contact's full name alone."""
    column = next((columns[key] for label in PERSON_NAMES if (key := name_key(label)) in columns), None)
    if column is None:
        return {}
    return {
        "First_Name": FieldSource(column=column, name_part="first"),
        "Last_Name": FieldSource(column=column, name_part="last"),
    }


def _check_required(
    source: CsvSource, kinds: FieldKinds, module: ModuleName, fields: MappingType[str, FieldSource]
) -> None:
    for required in REQUIRED_FIELDS[module]:
        if required not in fields:
            valid = ", ".join(_names(kinds[required], module))
            received = ", ".join(source.columns)
            raise FolderError(f"{source.path}: no source for {required}: received columns {received}; valid: {valid}")


def _names(kind: FieldKind, module: ModuleName) -> list[str]:
    other = LABELS[module].get(kind.api_name, ())
    address = ADDRESS_LABELS.get(kind.api_name, kind.label)
    return list(dict.fromkeys((kind.label, kind.api_name.replace("_", " "), kind.api_name, address, *other)))


def _headings(kind: FieldKind, module: ModuleName) -> list[str]:
    return [name_key(name) for name in _names(kind, module)]


def _field_source(
    kind: FieldKind,
    headings: list[str],
    columns: MappingType[str, str],
    files: MappingType[ModuleName, Path],
) -> FieldSource | None:
    column = next((columns[heading] for heading in headings if heading in columns), None)
    if kind.data_type not in {"lookup", "ownerlookup"}:
        return None if column is None else FieldSource(column=column)
    target = next((module for module in files if module == (kind.lookup or "Users")), None)
    id_column = next((columns[h + _ID_SUFFIX] for h in headings if h + _ID_SUFFIX in columns), None)
    if target is None or target == "Deals" or (column is None and id_column is None):
        return None
    return FieldSource(column=column, id_column=id_column, lookup=target)


def _organisation(
    modules: MappingType[ModuleName, ModuleSource],
    sources: MappingType[ModuleName, CsvSource],
    known_currencies: Collection[str],
) -> Organisation:
    """The currencies of the records, deals before others: the one whose rate is 1 (or the only one) is the base,
    the others keep their first rate."""
    rates: dict[str, Decimal | None] = {}
    for module in reversed(MODULES):
        if module in modules and "Currency" in modules[module].fields:
            for code, rate in _rates(sources[module], modules[module]):
                if code in known_currencies and rates.get(code) is None:
                    rates[code] = rate
    base = next((code for code, rate in rates.items() if rate == 1 or len(rates) == 1), None)
    foreign = {code: rate for code, rate in rates.items() if rate is not None and code != base}
    return Organisation(base_currency=base, currencies=foreign)


def _rates(source: CsvSource, described: ModuleSource) -> Iterator[tuple[str, Decimal | None]]:
    """The currency of each record that has one, with its rate where that can be read."""
    currency = described.fields["Currency"].column or ""
    rate = described.fields["Exchange_Rate"].column or "" if "Exchange_Rate" in described.fields else ""
    for row in source.rows():
        if isinstance(row, Row) and (code := row.cells.get(currency, "")):
            yield code, _rate(row.cells.get(rate, ""))


def _rate(text: str) -> Decimal | None:
    """Nine decimals, as the CRM keeps rates; None for what is none (the row is judged when it is loaded)."""
    try:
        rate = round(read_decimal(text, "."), 9)
    except UnreadableValueError:
        return None
    return rate if 0 < rate < 10**9 else None
