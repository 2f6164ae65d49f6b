"""Values on the wire: what is of the wrong kind is a BrokenAnswer that names it, what is too long is refused unsent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from tsunagi import BrokenAnswer, Fields, Money, RecordRejected, Text, Value
from tsunagi_zoho.answers import Json, parse_date, parse_time

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """`what` names the object for people: "invoice 460000000012345"."""

    service: str
    what: str
    data: Json

    def has(self, key: str) -> bool:
        return key in self.data

    def text(self, key: str) -> str:
        """Trimmed; empty where the key is absent, null or blank."""
        value = self.data.get(key)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise self.broken(key, value, "a text")
        return str(value).strip()

    def optional_text(self, key: str) -> str | None:
        return self.text(key) or None

    def required_text(self, key: str) -> str:
        text = self.text(key)
        if not text:
            raise self.broken(key, self.data.get(key), "a text that is not empty")
        return text

    def number(self, key: str) -> Decimal | None:
        """Exact; None where it is absent or blank."""
        value = self.data.get(key)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise self.broken(key, value, "a number")
        return self._read(key, Decimal, "a number")

    def money(self, key: str, currency: str) -> Money:
        number = self.number(key)
        if number is None or not number.is_finite():
            raise self.broken(key, self.data.get(key), "an amount")
        return Money(number, currency)

    def currency(self) -> str:
        return self.required_text("currency_code")

    def date(self, key: str) -> date | None:
        return self._read(key, parse_date, "a date yyyy-mm-dd") if self.text(key) else None

    def time(self, key: str) -> datetime | None:
        return self._read(key, parse_time, "a time with its offset") if self.text(key) else None

    def part(self, key: str) -> "Row":
        """The object under `key`, empty where there is none: the services write "" or [] for an empty one."""
        value = self.data.get(key) or {}
        if not isinstance(value, dict):
            raise self.broken(key, value, "an object")
        return Row(self.service, f"{self.what}, {key}", value)

    def broken(self, key: str, received: object, expected: str) -> BrokenAnswer:
        return BrokenAnswer(
            Text(
                en=f"{self.service}, {self.what}: '{key}' is {received!r}, {expected} was expected.",
                ja=f"{self.service}、{self.what}: 「{key}」が {received!r} です(期待した値: {expected})。",
            ),
            service=self.service,
        )

    def _read(self, key: str, read: Callable[[str], T], expected: str) -> T:
        try:
            return read(self.text(key))
        except (ValueError, InvalidOperation) as problem:
            raise self.broken(key, self.data.get(key), expected) from problem


def check_lengths(service: str, entity: str, fields: Fields, limits: Mapping[str, int]) -> None:
    """Raises RecordRejected naming each field that is longer than the service takes (in characters)."""
    long = {name: len(str(fields[name])) for name in limits if fields.get(name) is not None}
    problems = {
        name: f"at most {limits[name]} characters, got {length}"
        for name, length in long.items()
        if length > limits[name]
    }
    if not problems:
        return
    too_long_en = "; ".join(f"{name}: {problem}" for name, problem in problems.items())
    too_long_ja = "; ".join(f"{name}: {limits[name]}文字まで({long[name]}文字)" for name in problems)
    raise RecordRejected(
        Text(
            en=f"{service} cannot take this {entity}: {too_long_en}.",
            ja=f"{service} に登録できない{entity}です: {too_long_ja}",
        ),
        service=service,
        problems=problems,
    )


def require(service: str, entity: str, field: str, value: object) -> str:
    """The value as text; raises RecordRejected where it is empty."""
    text = "" if value is None else str(value).strip()
    if text:
        return text
    raise RecordRejected(
        Text(
            en=f"{service} cannot take a {entity} without {field}.",
            ja=f"{service} では {entity} に {field} が必要です。",
        ),
        service=service,
        problems={field: "is empty, a text is needed"},
    )


def written_text(value: Value) -> str:
    """A field as the services take it: an empty text empties it."""
    return "" if value is None else str(value)
