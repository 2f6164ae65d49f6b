from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagi import BrokenAnswer, Money, RecordRef, RecordRejected, Text
from tsunagi_zoho.finance.contact_persons import contact_persons_pair
from tsunagi_zoho.finance.customers import (
    CUSTOMER,
    LINES,
    customers_pair,
    read_balances,
    read_contact,
    write_customer,
)
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.wire import Row

TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=50)
NAMES = ("name", "phone", "website", "notes", "billing_street", "billing_city", "billing_code", "shipping_country")


def contact(**data: Any) -> Row:
    return Row("books", "customer", {"contact_id": "9", "contact_name": "Acme", "currency_code": "JPY", **data})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.fixed_dictionaries({"name": TEXTS}, optional=dict.fromkeys(NAMES[1:], TEXTS)))
def test_what_is_written_is_read_back(ledger: Ledger, fields: dict[str, Any]) -> None:
    body = write_customer(fields, None, ledger)
    read = read_contact(contact(**body), ledger)
    assert {name: read[name] for name in fields} == fields


def test_a_listing_row_says_nothing_of_what_it_leaves_out(ledger: Ledger) -> None:
    row = contact(website="", outstanding_receivable_amount=0)
    ledger.remember_base("JPY")
    known = {"name", "currency", "status", "website", "receivable", "receivable_base"}
    assert read_contact(row, ledger).keys() == known
    assert not CUSTOMER.is_complete(row)


def test_a_new_customer_carries_only_what_is_known(ledger: Ledger) -> None:
    fields = {"name": "Acme", "phone": None, "billing_city": None, "website": None, "currency": "USD"}
    assert write_customer(fields, None, ledger) == {
        "contact_name": "Acme",
        "company_name": "Acme",
        "contact_type": "customer",
        "customer_sub_type": "business",
        "website": "",
        "currency_id": "2",
    }


def test_a_changed_city_keeps_the_rest_of_the_address(ledger: Ledger) -> None:
    current = contact(billing_address={"address_id": "5", "attention": "Mr A", "city": "Osaka", "zip": "1"})
    assert write_customer({"billing_city": "Kobe"}, current, ledger) == {
        "contact_name": "Acme",
        "contact_type": "customer",
        "billing_address": {"address_id": "5", "attention": "Mr A", "city": "Kobe", "zip": "1"},
    }


def test_an_emptied_field_is_written_as_empty(ledger: Ledger) -> None:
    body = write_customer({"notes": None, "billing_street": None}, contact(), ledger)
    assert (body["notes"], body["billing_address"]) == ("", {"address": "", "street2": ""})


def test_two_lines_of_a_street_are_one_text(ledger: Ledger) -> None:
    row = contact(billing_address={"address": "1-2-3 Ginza", "street2": "8F"})
    assert read_contact(row, ledger)["billing_street"] == "1-2-3 Ginza\n8F"


def test_texts_that_are_too_long_are_named_all_at_once(ledger: Ledger) -> None:
    with pytest.raises(RecordRejected) as refused:
        write_customer({"name": "n" * 201, "billing_city": "c" * 101}, None, ledger)
    assert refused.value.problems == {
        "name": "at most 200 characters, got 201",
        "billing_city": "at most 100 characters, got 101",
    }


def test_a_customer_needs_a_name(ledger: Ledger) -> None:
    with pytest.raises(RecordRejected, match="without name"):
        write_customer({"name": " "}, None, ledger)


AMOUNTS = st.decimals(-(10**12), 10**12, places=3)


def balance_row(currency: str = "USD", **data: Any) -> Row:
    return Row("books", "customer 9", {"currency_code": currency, **data})


@pytest.fixture
def yen(ledger: Ledger) -> Ledger:
    ledger.remember_base("JPY")
    return ledger


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(AMOUNTS, AMOUNTS)
def test_a_foreign_customer_owes_in_two_currencies(yen: Ledger, own: Decimal, base: Decimal) -> None:
    row = balance_row(outstanding_receivable_amount=own, outstanding_receivable_amount_bcy=base)
    assert read_balances(row, yen) == {"receivable": Money(own, "USD"), "receivable_base": Money(base, "JPY")}


def test_a_vendor_is_owed(yen: Ledger) -> None:
    row = balance_row("JPY", outstanding_payable_amount=700)
    assert read_balances(row, yen) == {
        "payable": Money(Decimal(700), "JPY"),
        "payable_base": Money(Decimal(700), "JPY"),
    }


def test_a_foreign_row_without_the_base_figure_does_not_guess_it(yen: Ledger) -> None:
    assert read_balances(balance_row(outstanding_payable_amount=7), yen) == {"payable": Money(Decimal(7), "USD")}


def test_no_call_is_spent_on_learning_the_base_currency(ledger: Ledger) -> None:
    row = balance_row("JPY", outstanding_receivable_amount=7, outstanding_receivable_amount_bcy=7)
    assert read_balances(row, ledger) == {"receivable": Money(Decimal(7), "JPY")}
    assert ledger.known_base == ""


def test_what_is_no_amount_is_named(yen: Ledger) -> None:
    with pytest.raises(BrokenAnswer, match="customer 9: 'outstanding_receivable_amount' is 'much'"):
        read_balances(balance_row(outstanding_receivable_amount="much"), yen)


BOOKS = Text.same("Books")
CUSTOMERS = customers_pair("books", BOOKS)
PERSONS = contact_persons_pair("books", BOOKS)


def test_empty_at_both_ends_is_no_difference() -> None:
    left = CUSTOMERS.mapping.canonical("left", {"name": "Acme", "phone": None, "billing_street": ""})
    right = CUSTOMERS.mapping.canonical("right", {"name": "Acme", "phone": "", "billing_street": None})
    assert left == right


def test_a_contact_becomes_a_person() -> None:
    contact = {
        "account": RecordRef("crm", "account", "1"),
        "last_name": "Abe",
        "email": "ABE@X.example",
        "title": "CEO",
    }
    values = PERSONS.mapping.canonical("left", contact)
    written = PERSONS.mapping.native("right", {**values, "customer": RecordRef("books", "customer", "9")})
    known = {name: value for name, value in written.items() if value is not None}
    assert known == {
        "customer": RecordRef("books", "customer", "9"),
        "last_name": "Abe",
        "email": "abe@x.example",
        "designation": "CEO",
    }


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1))
def test_how_lines_end_is_no_difference(lines: list[str]) -> None:
    assert LINES.decode("\r\n".join(lines)) == LINES.decode(" \n".join(lines) + "\n") == "\n".join(lines)
