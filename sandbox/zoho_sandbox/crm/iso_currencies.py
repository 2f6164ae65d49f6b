"""The currencies of ISO 4217 that are money somewhere today: code, English name, symbol, decimal places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_name, get_currency_precision, get_currency_symbol, get_territory_currencies


@dataclass(frozen=True, slots=True)
class IsoCurrency:
    """`decimal_places` is a number, e.g. 0 for JPY and 3 for KWD; `label` is how the CRM names the currency."""

    iso_code: str
    name: str
    symbol: str
    decimal_places: int

    @property
    def label(self) -> str:
        return f"{self.name} - {self.iso_code}"


@lru_cache(maxsize=1)
def iso_currencies() -> Mapping[str, IsoCurrency]:
    """Every currency by its code, in the order of the codes."""
    codes = {code for territory in get_global("territory_currencies") for code in get_territory_currencies(territory)}
    return {code: _described(code) for code in sorted(codes)}


def _described(code: str) -> IsoCurrency:
    english = Locale("en")
    return IsoCurrency(
        iso_code=code,
        name=get_currency_name(code, locale=english),
        symbol=get_currency_symbol(code, locale=english),
        decimal_places=get_currency_precision(code),
    )
