"""Values of records in JSON: exact amounts as text beside their currency, dates as ISO 8601, no float anywhere."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, RecordRef, Value


class MoneyOut(BaseModel):
    """An exact amount of one currency (ISO 4217)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amount": "1054.00", "currency": "USD"}]})

    amount: str
    currency: str


class RefOut(BaseModel):
    """The one name of a record, with what people call it where the hub knows."""

    service: str
    entity: str
    id: str
    title: str | None = None


def money(value: Money) -> MoneyOut:
    return MoneyOut(amount=exact(value), currency=value.currency)


def exact(value: Money) -> str:
    """With at least the digits its currency is paid in, and every further one that says something."""
    rounded = value.rounded().amount
    if rounded == value.amount:
        return f"{rounded:f}"
    return f"{value.amount.normalize():f}"


def reference(ref: RecordRef, titles: Mapping[RecordRef, str] | None = None) -> RefOut:
    return RefOut(service=ref.service, entity=ref.entity, id=ref.id, title=(titles or {}).get(ref))


def fields(values: Fields) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def plain(value: Value) -> Any:
    match value:
        case Money():
            return money(value).model_dump()
        case RecordRef():
            return reference(value).model_dump(exclude_none=True)
        case Decimal():
            return f"{value:f}"
        case datetime() | date():
            return value.isoformat()
        case tuple():
            return [plain(item) for item in value]
        case Mapping():
            return fields(value)
        case _:
            return value
