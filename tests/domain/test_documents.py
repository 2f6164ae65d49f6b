"""Documents as a service's records give them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tsunagi.domain.documents import DOCUMENT_FIELDS, Document
from tsunagi.domain.money import Money
from tsunagi.domain.records import Record, RecordRef, Value

REF = RecordRef("books", "invoice", "90001")
CUSTOMER, DEAL = RecordRef("books", "customer", "7"), RecordRef("crm", "deal", "4001")
DOLLARS, YEN = Money(Decimal("1054.00"), "USD"), Money(Decimal(159681), "JPY")
INVOICE: dict[str, Value] = {
    "number": "INV-000001",
    "status": "sent",
    "date": date(2026, 11, 24),
    "due_date": date(2026, 12, 24),
    "total": DOLLARS,
    "balance": DOLLARS,
    "base_total": YEN,
    "base_balance": YEN,
    "customer": CUSTOMER,
    "deal": DEAL,
    "reference": "D-4001",
}


def document(**changed: Value) -> Document:
    return Document.of(Record(REF, {**INVOICE, **changed}, "1"))


def test_a_document_has_every_standard_field() -> None:
    read = document()
    assert {name: getattr(read, name) for name in DOCUMENT_FIELDS} == INVOICE
    assert read.ref == REF


def test_fields_a_plugin_adds_are_left_to_it() -> None:
    assert document(salesperson="Sato") == document()


def test_a_document_keeps_its_own_currency_and_the_organisations() -> None:
    assert document().total.currency == "USD"
    assert document().base_total.currency == "JPY"


@pytest.mark.parametrize("name", ["date", "due_date", "customer", "deal"])
def test_what_a_document_may_lack_is_none(name: str) -> None:
    assert getattr(document(**{name: None}), name) is None
    without = Record(REF, {key: value for key, value in INVOICE.items() if key != name}, "1")
    assert getattr(Document.of(without), name) is None


@pytest.mark.parametrize("name", ["number", "status", "reference"])
def test_a_text_a_document_lacks_is_blank(name: str) -> None:
    assert getattr(document(**{name: None}), name) == ""


@pytest.mark.parametrize("name", ["total", "balance", "base_total", "base_balance"])
@pytest.mark.parametrize("value", [None, Decimal("1054.00"), "1054.00", 1054])
def test_an_amount_without_its_currency_is_refused_by_name(name: str, value: Value) -> None:
    with pytest.raises(ValueError, match=f"^books:invoice:90001: {name} must be Money, got "):
        document(**{name: value})


@pytest.mark.parametrize("name", ["date", "due_date"])
@pytest.mark.parametrize("value", ["2026-11-24", 20261124, datetime(2026, 11, 24, 9, tzinfo=UTC)])
def test_a_date_that_is_none_is_refused_by_name(name: str, value: Value) -> None:
    with pytest.raises(ValueError, match=f"^books:invoice:90001: {name} must be a date, got "):
        document(**{name: value})


@pytest.mark.parametrize("name", ["customer", "deal"])
def test_a_name_is_not_taken_for_a_record(name: str) -> None:
    with pytest.raises(ValueError, match=f"^books:invoice:90001: {name} must refer to a record, got 'Acme'"):
        document(**{name: "Acme"})
