"""One field in both worlds: its declaration, its name in the CRM, and its value on the way in and out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tsunagi import FieldSpec, Money, RecordRef, Text, Value
from tsunagi_zoho import parse_date


@dataclass(frozen=True, slots=True)
class NativeField:
    """A declared field and the API name under which the CRM keeps it."""

    spec: FieldSpec
    native: str

    def read(self, value: Any, currency: str) -> Value:
        """The CRM's value as ours; blank is None. Raises ValueError or TypeError for what it cannot be."""
        if value is None or value == "":
            return None
        match self.spec.type:
            case "money":
                return Money(_decimal(value), currency)
            case "date":
                return parse_date(value)
            case "reference":
                service, entity = self.spec.references.split(".")
                return RecordRef(service, entity, _part(value, "id"))
            case "integer" | "boolean" | "decimal" if isinstance(value, bool | int | Decimal):
                return Decimal(value) if self.spec.type == "decimal" else value
        return _part(value, "name") if isinstance(value, Mapping) else str(value)

    def read_from(self, row: Mapping[str, Any], currency: str) -> Value:
        """The field of a row as ours."""
        return self.read(row.get(self.native), currency)

    def written(self, value: Value) -> dict[str, Any]:
        """What a row says of the field."""
        return {self.native: self.write(value)}

    def write(self, value: Value) -> Any:
        """Our value as the CRM takes it."""
        match value:
            case RecordRef():
                return {"id": value.id}
            case Money():
                return value.amount
            case date():
                return value.isoformat()
            case None | str() | bool() | int() | Decimal():
                return value
        raise TypeError(f"{self.spec.name}: the CRM cannot keep {type(value).__name__} {value!r}")


def field(
    name: str,
    native: str,
    kind: Any,
    en: str,
    ja: str,
    *,
    references: str = "",
    required: bool = False,
    read_only: bool = False,
    choices: Mapping[str, Text] = MappingProxyType({}),
) -> NativeField:
    """Declare a field with its labels."""
    label = Text(en=en, ja=ja)
    spec = FieldSpec(name, kind, label, references=references, choices=choices, required=required, read_only=read_only)
    return NativeField(spec, native)


_PARTS = (
    ("street", "Street", "street", "番地"),
    ("city", "City", "city", "市区町村"),
    ("state", "State", "state", "都道府県"),
    ("code", "", "postal code", "郵便番号"),
    ("country", "Country", "country", "国"),
)


def address(name: str, native: str, code: str, en: str, ja: str) -> tuple[NativeField, ...]:
    """The five fields of an address; `code` is how the module calls the postal code."""
    return tuple(
        field(f"{name}_{part}", f"{native}_{own or code}", "text", f"{en} {label}", f"{ja}{label_ja}")
        for part, own, label, label_ja in _PARTS
    )


def _decimal(value: Any) -> Decimal:
    # JSON numbers come as int or Decimal; a float would be a mistake of ours.
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"a number was expected, got {type(value).__name__} {value!r}")
    return Decimal(value)


def _part(value: Any, key: str) -> str:
    if not isinstance(value, Mapping) or not value.get(key):
        raise ValueError(f"an object with {key!r} was expected, got {value!r}")
    return str(value[key])
