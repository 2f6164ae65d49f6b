import datetime as dt
from decimal import Decimal

import pytest

from tsunagi_zoho.finance.ledger import Currency, Ledger

CURRENCIES = (
    Currency("1", "JPY", is_base=True),
    Currency("2", "USD", is_base=False, rate=Decimal("151.25")),
    Currency("3", "EUR", is_base=False),
)


@pytest.fixture
def ledger() -> Ledger:
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return Ledger("books", lambda: CURRENCIES, lambda: now)
