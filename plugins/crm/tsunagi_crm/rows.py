"""Rows of the CRM to records and back, one by one or many in one call."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from tsunagi import (
    BrokenAnswer,
    ConnectorError,
    Fields,
    Money,
    NewRecord,
    OutcomeUnknown,
    Record,
    RecordChange,
    RecordRef,
    RecordRejected,
    Text,
    Value,
)
from tsunagi_crm.entities import SERVICE, CrmModule
from tsunagi_crm.fields import NativeField
from tsunagi_crm.metadata import Metadata
from tsunagi_zoho import Answer, Json, ZohoClient, crm_items, format_time, parse_date, parse_time

CURRENCY = "Currency"
RATE = "Exchange_Rate"


def extra_names(module: CrmModule, metadata: Metadata) -> tuple[str, ...]:
    """Names to ask for that only some organisations have: the record's currency, the deal's product."""
    several = module.priced and metadata.organization().multi_currency
    if module.entity.name != "deal":
        return (CURRENCY,) if several else ()
    product = metadata.deals().product_field
    return (*((CURRENCY, RATE) if several else ()), *((product,) if product else ()))


def names_asked(module: CrmModule, extras: tuple[str, ...]) -> str:
    """The `fields` parameter of a listing."""
    declared = (item.native for item in module.fields if item.native != CURRENCY)
    return ",".join(dict.fromkeys((*declared, "Modified_Time", "Modified_By", *extras)))


def rows_in(answer: Answer) -> list[Json]:
    """The rows of a list. Raises BrokenAnswer where there is none."""
    # Only these mean an empty list: an object without `data` means nothing.
    if answer.status in (204, 304):
        return []
    rows = answer.body.get("data")
    if not isinstance(rows, list):
        raise BrokenAnswer(
            Text(
                en=f"{answer.request}: 'data' must be a list, got {type(rows).__name__}.",
                ja=f"{answer.request}: data は一覧でなければなりません（受け取った型: {type(rows).__name__}）。",
            ),
            service=SERVICE,
        )
    return rows


def record_of(module: CrmModule, row: Json, metadata: Metadata) -> Record:
    """A row as a record. Raises BrokenAnswer naming the record and the field."""
    ref = RecordRef(SERVICE, module.entity.name, str(row.get("id", "?")))
    currency = _currency(module, row, metadata)
    missing = {item.spec.name for item in module.added if not _reads(item, row)}
    declared = (item for item in module.fields if item.spec.name not in missing)
    fields = {item.spec.name: _value(ref, item, row, currency) for item in declared}
    if module.entity.name == "deal":
        fields |= {
            "outcome": metadata.outcome(str(row.get("Stage") or "")),
            "product": _product(row, metadata),
            "exchange_rate": _rate(ref, row),
        }
    moment = modified_at(ref, row)
    version = format_time(moment)
    return Record(ref, fields, version, modified_at=moment, complete=not missing, modified_by=_user(row))


def _reads(item: NativeField, row: Json) -> bool:
    """Is this field of the organisation's own there, and of the type it had when the fields were read last?"""
    value = row.get(item.native)
    if item.native not in row or value is None or value == "":
        return item.native in row
    if item.spec.type == "date":
        return isinstance(value, str) and _is_date(value)
    wanted = _JSON_TYPES.get(item.spec.type, str)
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))


_JSON_TYPES: Mapping[str, Any] = {"integer": int, "decimal": int | Decimal, "boolean": bool}


def _is_date(text: str) -> bool:
    try:
        parse_date(text)
    except ValueError:
        return False
    return True


def _user(row: Json) -> str:
    user = row.get("Modified_By")
    return str(user.get("name") or "") if isinstance(user, dict) else ""


def written_record(module: CrmModule, item: Json, fields: Fields) -> Record:
    """What a write left behind, from the item that answered it and the fields that were sent."""
    details = item.get("details")
    details = details if isinstance(details, dict) else {}
    ref = RecordRef(SERVICE, module.entity.name, str(details.get("id", "?")))
    moment = modified_at(ref, details)
    return Record(ref, dict(fields), version=format_time(moment), modified_at=moment, complete=False)


def line_of(row: Json, metadata: Metadata) -> Record:
    """A row of a deal's products: what, how many, and at which price a piece."""
    ref = RecordRef(SERVICE, "product", str(row.get("id", "?")))
    currency = str(row.get(CURRENCY) or metadata.organization().organization.base_currency)
    price = row.get("List_Price") if row.get("List_Price") is not None else row.get("Unit_Price")
    try:
        fields: dict[str, Value] = {
            "name": str(row["Product_Name"]),
            "code": row.get("Product_Code"),
            "quantity": Decimal(row["Quantity"]) if row.get("Quantity") is not None else Decimal(1),
            "base_currency": metadata.organization().organization.base_currency,
            "rate": None if price is None else Money(Decimal(price), currency),
            "description": row.get("Description"),
        }
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise _broken(ref, "Product_Name, Quantity or List_Price", error) from error
    return Record(ref, fields, version="", complete=False)


def row_of(module: CrmModule, fields: Fields, metadata: Metadata) -> dict[str, Any]:
    """Fields as the CRM takes them. Raises RecordRejected naming those it has no place for."""
    problems = {name: why for name in fields if (why := _unwritable(module, name))}
    if problems:
        raise _rejected(module, problems)
    row: dict[str, Any] = {}
    for item in module.fields:
        if item.spec.name in fields:
            value = fields[item.spec.name]
            row |= item.written(value)
            if isinstance(value, Money):
                row |= _currency_of(module, item.spec.name, value, metadata)
    return row


def modified_at(ref: RecordRef, row: Json) -> datetime:
    """When the row changed last, aware UTC."""
    try:
        return parse_time(row["Modified_Time"])
    except (KeyError, TypeError, ValueError) as error:
        raise _broken(ref, "Modified_Time", error) from error


def _value(ref: RecordRef, item: NativeField, row: Json, currency: str) -> Value:
    try:
        return item.read_from(row, currency)
    except (TypeError, ValueError) as error:
        raise _broken(ref, item.native, error) from error


def _currency(module: CrmModule, row: Json, metadata: Metadata) -> str:
    # Only some carry an amount: the others are read without looking up the organisation's set-up.
    if not module.has_amounts:
        return ""
    return str(row.get(CURRENCY) or metadata.organization().organization.base_currency)


def _rate(ref: RecordRef, row: Json) -> Decimal | None:
    """Units of the deal's currency for one of the organisation's base currency."""
    rate = row.get(RATE)
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, int | Decimal)):
        raise _broken(ref, RATE, TypeError(f"a number was expected, got {rate!r}"))
    return None if rate is None else Decimal(rate)


def _product(row: Json, metadata: Metadata) -> str | None:
    field = metadata.deals().product_field
    looked_up = row.get(field) if field else None
    return str(looked_up["name"]) if isinstance(looked_up, dict) and looked_up.get("name") else None


def _currency_of(module: CrmModule, name: str, value: Money, metadata: Metadata) -> dict[str, str]:
    facts = metadata.organization()
    if facts.multi_currency:
        return {CURRENCY: value.currency}
    base = facts.organization.base_currency
    if value.currency != base:
        raise _rejected(module, {name: f"{value} was given, but this organisation keeps amounts in {base} only"})
    return {}


def _unwritable(module: CrmModule, name: str) -> str:
    item = module.field(name)
    if item is None or item.spec.read_only:
        writable = ", ".join(field.spec.name for field in module.fields if not field.spec.read_only)
        return f"cannot be written; valid are: {writable}"
    return ""


def _rejected(module: CrmModule, problems: dict[str, str]) -> RecordRejected:
    entity = module.entity
    described = "; ".join(f"{name} {why}" for name, why in problems.items())
    return RecordRejected(
        Text(en=f"{entity.key}: {described}", ja=f"{entity.key}: 書き込めない項目があります: {described}"),
        service=SERVICE,
        problems=problems,
    )


def _broken(ref: RecordRef, field: str, error: Exception) -> BrokenAnswer:
    return BrokenAnswer(
        Text(en=f"{ref}: {field} cannot be read: {error}", ja=f"{ref}: {field} を読み取れません: {error}"),
        service=SERVICE,
    )


_SPECIAL = re.compile(r"([\\(),])")


def search_criteria(module: CrmModule, fields: Fields) -> str:
    """A search for the first naming text among `fields`; empty where they hold none."""
    for name, value in _key(module, fields).items():
        item = module.field(name)
        if item is not None and isinstance(value, str):
            escaped = _SPECIAL.sub(r"\\\1", value)
            return f"({item.native}:equals:{escaped})"
    return ""


def same_record(module: CrmModule, record: Record, fields: Fields) -> bool:
    """Whether the record answers to every part of the natural key that `fields` holds, and to one at least."""
    key = _key(module, fields)
    return bool(key) and all(_folded(record.fields.get(name)) == _folded(value) for name, value in key.items())


def _key(module: CrmModule, fields: Fields) -> dict[str, Value]:
    return {name: fields[name] for name in module.natural_key if fields.get(name)}


def _folded(value: Value) -> Value:
    return value.strip().casefold() if isinstance(value, str) else value


def create_rows(
    client: ZohoClient, module: CrmModule, metadata: Metadata, new: Sequence[NewRecord]
) -> Sequence[Record | ConnectorError]:
    answer = client.post(f"/{module.module}", {"data": [row_of(module, each.fields, metadata) for each in new]})
    return _written(module, answer, [each.fields for each in new])


def update_rows(
    client: ZohoClient, module: CrmModule, metadata: Metadata, changes: Sequence[RecordChange]
) -> Sequence[Record | ConnectorError]:
    rows = [{"id": each.ref.id, **row_of(module, each.fields, metadata)} for each in changes]
    return _written(module, client.put(f"/{module.module}", {"data": rows}), [each.fields for each in changes])


def _written(module: CrmModule, answer: Answer, written: Sequence[Fields]) -> Sequence[Record | ConnectorError]:
    """An answer that does not tell of every record leaves all of them unknown."""
    try:
        return [
            item if isinstance(item, ConnectorError) else written_record(module, item, fields)
            for item, fields in zip(crm_items(answer), written, strict=True)
        ]
    except (BrokenAnswer, ValueError) as error:
        raise OutcomeUnknown(Text.same(f"{answer.request}: {error}"), service=SERVICE) from error
