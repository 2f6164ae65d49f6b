import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import pytest

from tsunagi import BrokenAnswer, RecordRejected
from tsunagi_zoho.finance.ledger import Currency, Ledger


class Organization:
    """Counts how often its currencies are asked for."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)
        self.asked = 0
        self.now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        self.ledger = Ledger("books", self.currencies, lambda: self.now)

    def currencies(self) -> Sequence[Currency]:
        self.asked += 1
        return [Currency(code, code, is_base=code == "JPY", rate=Decimal(2)) for code in self.codes]


def test_currencies_are_read_once_an_hour() -> None:
    books = Organization("JPY", "USD")
    assert [books.ledger.base, books.ledger.currency("USD").id, books.ledger.currency("JPY").id] == [
        "JPY",
        "USD",
        "JPY",
    ]
    assert books.asked == 1
    books.now += dt.timedelta(hours=1)
    books.ledger.currency("USD")
    assert books.asked == 2


def test_a_currency_added_a_minute_ago_is_found() -> None:
    books = Organization("JPY")
    books.ledger.currency("JPY")
    books.codes.append("EUR")
    assert books.ledger.currency("EUR").code == "EUR"


def test_a_currency_the_organisation_lacks_is_named_with_those_it_has() -> None:
    with pytest.raises(RecordRejected, match="EUR is not set up in books, which has: JPY, USD") as refused:
        Organization("JPY", "USD").ledger.currency("EUR")
    assert refused.value.problems == {"currency": "EUR is not one of JPY, USD"}


def test_a_remembered_base_spares_the_call() -> None:
    books = Organization("JPY")
    books.ledger.remember_base("JPY")
    assert (books.ledger.base, books.asked) == ("JPY", 0)


def test_an_organisation_without_a_base_currency_makes_no_sense() -> None:
    with pytest.raises(BrokenAnswer, match="lists no base currency among: USD"):
        _ = Organization("USD").ledger.base
