"""Reading a request's fields: each reader returns a clean value or refuses with the field's name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from zoho_sandbox.finance.errors import invalid_element, invalid_value, too_long
from zoho_sandbox.finance.money import LARGEST, NO_DISCOUNT, Discount

# Rates and quantities may be finer than the currency, but not endlessly.
MAX_DECIMALS = 9


class Fields:
    """A JSON object of a request. Absent, null and empty values all read as the default."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def over(self, kept: Mapping[str, Any]) -> Fields:
        """These fields, completed by those of `kept` they do not name."""
        return Fields({**kept, **self._values})

    def raw(self, name: str) -> Any:
        value = self._values.get(name)
        return None if isinstance(value, str) and not value.strip() else value

    def text(self, name: str, limit: int = 255, default: str = "") -> str:
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, (dict, list, bool)):
            raise invalid_value(name)
        written = str(value).strip()
        if len(written) > limit:
            raise too_long(name, limit)
        return written

    def required_text(self, name: str, limit: int = 255) -> str:
        written = self.text(name, limit)
        if not written:
            raise invalid_value(name)
        return written

    def identifier(self, name: str) -> str:
        """A numeric id as text, or "" when absent."""
        written = self.text(name)
        if written and not (written.isascii() and written.isdigit()):
            raise invalid_value(name)
        return written

    def choice(self, name: str, valid: tuple[str, ...], default: str) -> str:
        written = self.text(name, default=default)
        if written not in valid:
            raise invalid_value(name)
        return written

    def number(self, name: str, default: Decimal) -> Decimal:
        value = self.raw(name)
        return default if value is None else number(value, name)

    def positive(self, name: str, default: Decimal) -> Decimal:
        value = self.number(name, default)
        if value <= 0:
            raise invalid_value(name)
        return value

    def not_negative(self, name: str, default: Decimal) -> Decimal:
        value = self.number(name, default)
        if value < 0:
            raise invalid_value(name)
        return value

    def whole(self, name: str, default: int) -> int:
        value = self.number(name, Decimal(default))
        if value != value.to_integral_value():
            raise invalid_value(name)
        return int(value)

    def between(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self.whole(name, default)
        if not low <= value <= high:
            raise invalid_value(name)
        return value

    def discount(self, name: str) -> Discount:
        """An amount (12.5) or a percentage ("10%")."""
        value = self.raw(name)
        if value is None:
            return NO_DISCOUNT
        percentage = isinstance(value, str) and value.strip().endswith("%")
        amount = number(value.strip().rstrip("%") if percentage else value, name)
        if amount < 0 or (percentage and amount > 100):
            raise invalid_value(name)
        return Discount(amount, percentage)

    def day(self, name: str, default: str = "") -> str:
        """A date as `yyyy-mm-dd`."""
        written = self.text(name, default=default)
        return day(written, name) if written else ""

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        return truth(str(value), name)

    def rows(self, name: str) -> list[Fields]:
        """A list of objects; empty when absent."""
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise invalid_element(name)
        return [Fields(row) for row in value]

    def identifiers(self, name: str) -> list[str]:
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise invalid_element(name)
        return [Fields({name: each}).identifier(name) for each in value]

    def part(self, name: str) -> Fields:
        """A nested object; empty when absent."""
        value = self.raw(name)
        if value is None:
            return Fields({})
        if not isinstance(value, dict):
            raise invalid_element(name)
        return Fields(value)


def number(value: Any, name: str) -> Decimal:
    """An exact decimal from a JSON number or its text."""
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise invalid_value(name)
    try:
        written = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        raise invalid_value(name) from None
    exponent = written.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -MAX_DECIMALS or abs(written) > LARGEST:
        raise invalid_value(name)
    # 1E+3 is the same number as 1000; answers print digits.
    return written.quantize(Decimal(1)) if exponent > 0 else written


def day(written: str, name: str) -> str:
    try:
        parsed = date.fromisoformat(written)
    except ValueError:
        raise invalid_value(name) from None
    if parsed.isoformat() != written:
        raise invalid_value(name)
    return written


def truth(written: str, name: str) -> bool:
    if written.lower() not in ("true", "false"):
        raise invalid_value(name)
    return written.lower() == "true"
