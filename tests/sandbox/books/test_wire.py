"""What answers hold, and leave out, as recorded from the service."""

from typing import Any

import pytest


def row(books: Any, plural: str) -> dict[str, Any]:
    return dict(books.get(f"/{plural}").body[plural][0])


def test_lists_say_less_than_documents(books: Any) -> None:
    customer, vendor = books.customer(), books.vendor()
    estimate, order = books.estimate(customer), books.order(vendor)
    assert {"exchange_rate", "bcy_total", "price_precision", "billing_address"} <= books.shown(
        "estimate", estimate
    ).keys()
    assert not {"exchange_rate", "bcy_total", "price_precision", "billing_address"} & row(books, "estimates").keys()
    assert not {"exchange_rate", "bcy_total", "billing_address"} & row(books, "purchaseorders").keys()
    shown = books.shown("purchaseorder", order)
    assert "exchange_rate" in shown
    assert not [name for name in shown if name.startswith("bcy_")]


def test_the_postal_code_has_another_name_in_lists(books: Any) -> None:
    customer = books.customer(billing_address={"city": "Osaka", "zip": "530-0001"})
    invoice = books.invoice(customer)
    listed = row(books, "invoices")["billing_address"]
    assert (listed["zipcode"], "zip" in listed) == ("530-0001", False)
    assert books.shown("invoice", invoice)["billing_address"]["zip"] == "530-0001"


@pytest.mark.parametrize("kind", ["estimate", "invoice", "salesorder", "purchaseorder"])
def test_documents_are_a_list_in_the_document_itself(books: Any, kind: str) -> None:
    party = books.vendor() if kind == "purchaseorder" else books.customer()
    make = getattr(books, kind, books.order)
    assert books.shown(kind, make(party))["documents"] == []


def test_a_currency_has_its_name_and_the_name_with_its_code(books: Any) -> None:
    dollar = books.currency("AUD")
    assert (dollar["currency_name"], dollar["currency_name_formatted"]) == (
        "Australian Dollar",
        "AUD- Australian Dollar",
    )
    base = books.post("/settings/currencies", {"currency_code": "USD", "currency_format": "1,234.50"})
    assert (base.status, base.message) == (400, "The base currency is already added")


def test_the_year_starts_in_january_unless_said_otherwise(books: Any) -> None:
    shown = books.get(f"/organizations/{books.organization_id}").body["organization"]
    assert shown["fiscal_year_start_month"] == "1"


def test_a_changed_person_is_said_to_be_saved(books: Any) -> None:
    customer = books.customer(contact_persons=[{"first_name": "Ann"}])
    person = customer["contact_persons"][0]["contact_person_id"]
    changed = books.put(f"/contacts/contactpersons/{person}", {"last_name": "Lee"})
    assert changed.message == "Contact person's information has been saved."
