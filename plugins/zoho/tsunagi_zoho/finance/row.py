"""One object of an answer, read with care: what is of the wrong kind is a BrokenAnswer that names it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from tsunagi import BrokenAnswer, Money, Text
from tsunagi_zoho.answers import Json
from tsunagi_zoho.times import parse_date, parse_time

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
