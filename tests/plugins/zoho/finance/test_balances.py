from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagi import BrokenAnswer, Money
from tsunagi_zoho.finance.balances import read_balances
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.row import Row

AMOUNTS = st.decimals(-(10**12), 10**12, places=3)


def contact(currency: str = "USD", **data: Any) -> Row:
    return Row("books", "customer 9", {"currency_code": currency, **data})


@pytest.fixture
def yen(ledger: Ledger) -> Ledger:
    ledger.remember_base("JPY")
    return ledger


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(AMOUNTS, AMOUNTS)
def test_a_foreign_customer_owes_in_two_currencies(yen: Ledger, own: Decimal, base: Decimal) -> None:
    row = contact(outstanding_receivable_amount=own, outstanding_receivable_amount_bcy=base)
    assert read_balances(row, yen) == {"receivable": Money(own, "USD"), "receivable_base": Money(base, "JPY")}


def test_a_vendor_is_owed(yen: Ledger) -> None:
    row = contact("JPY", outstanding_payable_amount=700)
    assert read_balances(row, yen) == {
        "payable": Money(Decimal(700), "JPY"),
        "payable_base": Money(Decimal(700), "JPY"),
    }


def test_a_foreign_row_without_the_base_figure_does_not_guess_it(yen: Ledger) -> None:
    assert read_balances(contact(outstanding_payable_amount=7), yen) == {"payable": Money(Decimal(7), "USD")}


def test_no_call_is_spent_on_learning_the_base_currency(ledger: Ledger) -> None:
    row = contact("JPY", outstanding_receivable_amount=7, outstanding_receivable_amount_bcy=7)
    assert read_balances(row, ledger) == {"receivable": Money(Decimal(7), "JPY")}
    assert ledger.known_base == ""


def test_what_is_no_amount_is_named(yen: Ledger) -> None:
    with pytest.raises(BrokenAnswer, match="customer 9: 'outstanding_receivable_amount' is 'much'"):
        read_balances(contact(outstanding_receivable_amount="much"), yen)
