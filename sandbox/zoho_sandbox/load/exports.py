"""The mapping a folder of the CRM's own exports needs, read from its file names and headings."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as MappingType
from decimal import Decimal
from pathlib import Path

from zoho_sandbox.load.csv_source import CsvSource, Row
from zoho_sandbox.load.errors import FolderError
from zoho_sandbox.load.export_labels import FILE_NAMES, LABELS, RECORD_ID
from zoho_sandbox.load.field_kinds import FieldKind, FieldKinds
from zoho_sandbox.load.mapping import MODULES, FieldSource, Mapping, ModuleName, ModuleSource, Organisation
from zoho_sandbox.load.names import name_key
from zoho_sandbox.load.values import Notation, UnreadableValueError, read_decimal

_ID_SUFFIX = ".id"


def mapping_of_exports(
    folder: Path, kinds: MappingType[ModuleName, FieldKinds], known_currencies: Collection[str]
) -> Mapping:
    """Raises FolderError when the folder holds no export, or two files for one module."""
    files = {module: path for module in MODULES if (path := _file_of(folder, module)) is not None}
    if not files:
        expected = ", ".join(f"{names[0]}.csv" for names in FILE_NAMES.values())
        raise FolderError(f"{folder}: received no export of the CRM; valid: {expected}, or a mapping file")
    sources = {module: CsvSource(path) for module, path in files.items()}
    modules = {module: _module_source(source, kinds[module], module, files) for module, source in sources.items()}
    return Mapping(organisation=_organisation(modules, sources, known_currencies), modules=modules)


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
    """`Accounts_001.csv`, as a data backup calls it, is Accounts too."""
    stem, _, number = path.stem.rpartition("_")
    return name_key(stem if stem and number.isdigit() else path.stem)


def _module_source(
    source: CsvSource, kinds: FieldKinds, module: ModuleName, files: MappingType[ModuleName, Path]
) -> ModuleSource:
    columns = {name_key(column): column for column in source.columns}
    fields = {
        kind.api_name: field
        for kind in kinds.values()
        if kind.writable and (field := _field_source(kind, _headings(kind, module), columns, files)) is not None
    }
    if not fields:
        valid = ", ".join(kind.label for kind in kinds.values() if kind.writable)
        raise FolderError(f"{source.path}: received columns {', '.join(source.columns)}; valid: {valid}")
    record_id = next((columns[key] for label in RECORD_ID if (key := name_key(label)) in columns), None)
    return ModuleSource(file=source.path.name, fields=fields, record_id=record_id)


def _headings(kind: FieldKind, module: ModuleName) -> list[str]:
    other = LABELS[module].get(kind.api_name, ())
    names = [kind.label, kind.api_name.replace("_", " "), kind.api_name, *other]
    return [name_key(name) for name in names]


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
    """The currencies of the deals: the one whose rate is 1 (or the only one) is the base, the others keep
    their first rate."""
    deals = modules.get("Deals")
    if deals is None or "Currency" not in deals.fields:
        return Organisation()
    rates = {code: rate for code, rate in _rates(sources["Deals"], deals).items() if code in known_currencies}
    base = next((code for code, rate in rates.items() if rate == 1 or len(rates) == 1), None)
    foreign = {code: rate for code, rate in rates.items() if rate is not None and code != base}
    return Organisation(base_currency=base, currencies=foreign)


def _rates(source: CsvSource, deals: ModuleSource) -> dict[str, Decimal | None]:
    """Each currency of the deals with the first usable rate beside it."""
    currency = deals.fields["Currency"].column or ""
    rate = deals.fields["Exchange_Rate"].column or "" if "Exchange_Rate" in deals.fields else ""
    rates: dict[str, Decimal | None] = {}
    for row in source.rows():
        if isinstance(row, Row) and _is_code(code := row.cells.get(currency, "")) and rates.get(code) is None:
            rates[code] = _rate(row.cells.get(rate, ""))
    return rates


def _rate(text: str) -> Decimal | None:
    """Nine decimals, as the CRM keeps rates; None for what is none (the row is judged when it is loaded)."""
    try:
        rate = round(read_decimal(text, Notation()), 9)
    except UnreadableValueError:
        return None
    return rate if 0 < rate < 10**9 else None


def _is_code(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()
