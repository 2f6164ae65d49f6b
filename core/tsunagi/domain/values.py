"""Record values to and from JSON without losing their types.

Plain JSON stays plain; a value JSON has no word for becomes an object with one `$` key:
{"$money": ["1054.00", "USD"]}, {"$decimal": "1.5"}, {"$date": "2026-11-24"},
{"$time": "2026-11-24T09:00:00+00:00"}, {"$ref": "crm:account:1"}. An object that looks like one of these is
wrapped in {"$object": ...}, so that what a service called `$ref` comes back as it was.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, RecordRef, Value

Json = dict[str, "Json"] | list["Json"] | str | int | bool | None


def encode(value: Value) -> Json:
    """To what `json.dumps` takes. Raises TypeError for a float, a time without its zone or any other stranger."""
    match value:
        case None | bool() | int() | str():
            return value
        case Money():
            return {"$money": [str(value.amount), value.currency]}
        case Decimal():
            return {"$decimal": str(value)}
        case datetime():
            if value.utcoffset() is None:
                raise TypeError(f"a record's times need their time zone, got {value.isoformat()}")
            return {"$time": value.astimezone(UTC).isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case RecordRef():
            return {"$ref": str(value)}
        case tuple():
            return [encode(item) for item in value]
        case Mapping():
            plain: Json = {key: encode(item) for key, item in value.items()}
            return {_OBJECT: plain} if _looks_marked(value) else plain
        case _:
            raise TypeError(f"a record cannot hold {type(value).__name__} {value!r}")


def encode_fields(fields: Fields) -> dict[str, Json]:
    return {name: encode(value) for name, value in fields.items()}


def decode(data: Json) -> Value:
    """Back from `encode`."""
    match data:
        case list():
            return tuple(decode(item) for item in data)
        case dict():
            return _decode_object(data)
        case _:
            return data


def decode_fields(data: Mapping[str, Json]) -> dict[str, Value]:
    return {name: decode(value) for name, value in data.items()}


def _looks_marked(value: Mapping[str, Value]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith("$")


def _decode_object(data: dict[str, Json]) -> Value:
    if len(data) == 1:
        ((key, inner),) = data.items()
        if key == _OBJECT and isinstance(inner, dict):
            return decode_fields(inner)
        if key == "$money" and isinstance(inner, list):
            return Money(Decimal(str(inner[0])), str(inner[1]))
        if key in _SCALARS and isinstance(inner, str):
            return _SCALARS[key](inner)
    return decode_fields(data)


_OBJECT = "$object"
_SCALARS: dict[str, Callable[[str], Value]] = {
    "$decimal": Decimal,
    "$date": date.fromisoformat,
    "$time": datetime.fromisoformat,
    "$ref": RecordRef.parse,
}
