from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagi import RecordRejected
from tsunagi_zoho.finance.customers import CUSTOMER, read_contact, write_customer
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.row import Row

TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=50)
NAMES = ("name", "phone", "website", "notes", "billing_street", "billing_city", "billing_code", "shipping_country")


def contact(**data: Any) -> Row:
    return Row("books", "customer", {"contact_id": "9", "contact_name": "Acme", "currency_code": "JPY", **data})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    assert not CUSTOMER.whole(row)


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
