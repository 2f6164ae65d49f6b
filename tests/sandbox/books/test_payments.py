"""Payments settle invoices; what they do not settle is the customer's credit."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def pay(books: Any, customer: Any, amount: Any, *shares: tuple[str, Any], **fields: Any) -> Any:
    invoices = [{"invoice_id": invoice, "amount_applied": part} for invoice, part in shares]
    body = {"customer_id": customer["contact_id"], "payment_mode": "cash", "amount": amount, "date": "2026-06-01"}
    return books.post("/customerpayments", body | {"invoices": invoices} | fields)


def invoice_of(books: Any, invoice_id: str) -> Any:
    return books.get(f"/invoices/{invoice_id}").body["invoice"]


def test_an_invoice_is_paid_in_two_parts(books: Any) -> None:
    customer = books.customer()
    invoice = books.invoice(customer, 100, due_date="2099-01-01")["invoice_id"]
    first = pay(books, customer, 30, (invoice, 30))
    assert (first.status, first.message) == (201, "The payment from the customer has been recorded")
    seen = invoice_of(books, invoice)
    assert (seen["status"], seen["payment_made"], seen["balance"]) == ("partially_paid", 30, 70)
    assert seen["last_payment_date"] == "2026-06-01"
    pay(books, customer, 100, (invoice, 70))
    seen = invoice_of(books, invoice)
    assert (seen["status"], seen["balance"]) == ("paid", 0)
    contact = books.get(f"/contacts/{customer['contact_id']}").body["contact"]
    assert (contact["outstanding_receivable_amount"], contact["unused_credits_receivable_amount"]) == (0, 30)
    listed = books.get("/customerpayments").body["customerpayments"]
    assert [(row["amount"], row["unused_amount"], row["invoice_numbers"]) for row in listed] == [
        (100, 30, "INV-000001"),
        (30, 0, "INV-000001"),
    ]
    assert [row["amount"] for row in books.get(f"/invoices/{invoice}/payments").body["payments"]] == [30, 70]


def test_a_payment_taken_back_is_owed_again(books: Any) -> None:
    customer = books.customer()
    invoice = books.invoice(customer, 100, due_date="2099-01-01")["invoice_id"]
    payment = pay(books, customer, 100, (invoice, 100)).body["payment"]
    assert books.get(f"/customerpayments/{payment['payment_id']}").body["payment"] == payment
    assert books.delete(f"/invoices/{invoice}").status == 400
    assert books.delete(f"/customerpayments/{payment['payment_id']}").message == "The payment has been deleted."
    assert (invoice_of(books, invoice)["status"], invoice_of(books, invoice)["balance"]) == ("sent", 100)
    assert books.get(f"/customerpayments/{payment['payment_id']}").code == 1002
    assert books.delete(f"/invoices/{invoice}").status == 200


def test_voiding_a_paid_invoice_leaves_the_money_as_credit(books: Any) -> None:
    customer = books.customer()
    invoice = books.invoice(customer, 100)["invoice_id"]
    pay(books, customer, 100, (invoice, 100))
    books.post(f"/invoices/{invoice}/status/void")
    assert invoice_of(books, invoice)["payment_made"] == 0
    contact = books.get("/contacts").body["contacts"][0]
    assert (contact["outstanding_receivable_amount"], contact["unused_credits_receivable_amount"]) == (0, 100)
    assert books.get(f"/invoices/{invoice}/payments").body["payments"] == []
    assert pay(books, customer, 1, (invoice, 1)).status == 400


def test_what_cannot_be_a_payment_is_refused(books: Any) -> None:
    customer, other = books.customer(), books.customer("Other")
    invoice = books.invoice(customer, 100)["invoice_id"]
    foreign = books.invoice(other, 100)["invoice_id"]
    refusals = [
        pay(books, customer, 0),
        pay(books, customer, 200, (invoice, 101)),
        pay(books, customer, 50, (invoice, 60)),
        pay(books, customer, 50, (invoice, 20), (invoice, 20)),
        pay(books, customer, 50, (foreign, 20)),
        pay(books, customer, 50, ("7", 20)),
        books.post("/customerpayments", {"amount": 1}),
    ]
    assert all(reply.status in (400, 404) and reply.code for reply in refusals)
    assert invoice_of(books, invoice)["balance"] == 100
    assert books.get("/customerpayments").body["customerpayments"] == []


def test_an_invoice_cannot_shrink_below_what_was_paid(books: Any) -> None:
    customer = books.customer()
    invoice = books.invoice(customer, 100)
    pay(books, customer, 60, (invoice["invoice_id"], 60))
    path = f"/invoices/{invoice['invoice_id']}"
    assert books.put(path, {"line_items": [{"name": "Work", "rate": 59}]}).status == 400
    changed = books.put(path, {"line_items": [{"name": "Work", "rate": 80}]}).body["invoice"]
    assert (changed["total"], changed["balance"]) == (80, 20)


@pytest.fixture(scope="module")
def euros(open_books: Callable[..., Any]) -> Any:
    """An organisation in yen with a customer billed in euros."""
    books = open_books("JPY", "Asia/Tokyo")
    euro = books.currency("EUR", Decimal("161.37"))
    return books, euro["currency_id"]


MONEY = st.decimals(min_value="0.01", max_value=9999, places=2)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(amounts=st.lists(st.tuples(MONEY, st.booleans(), st.integers(0, 100)), min_size=1, max_size=4), data=st.data())
def test_what_is_owed_is_always_the_sum_of_the_open_invoices(
    euros: Any, amounts: list[tuple[Decimal, bool, int]], data: st.DataObject
) -> None:
    books, currency_id = euros
    name = f"Customer {len(books.get('/contacts').body['contacts'])}"
    customer = books.customer(name, currency_id=currency_id)
    for amount, sent, paid in amounts:
        invoice = books.invoice(customer, amount)
        part = (amount * paid / 100).quantize(Decimal("0.01"))
        if part:
            assert pay(books, customer, part, (invoice["invoice_id"], part)).status == 201
        elif sent:
            books.post(f"/invoices/{invoice['invoice_id']}/status/sent")
    rows = books.get("/invoices", customer_id=customer["contact_id"]).body["invoices"]
    open_rows = [row for row in rows if row["status"] not in ("draft", "void")]
    contact = books.get(f"/contacts/{customer['contact_id']}").body["contact"]
    assert contact["outstanding_receivable_amount"] == sum(row["balance"] for row in open_rows)
    base = [(row["balance"] * row["exchange_rate"]).quantize(Decimal(1), "ROUND_HALF_UP") for row in open_rows]
    assert contact["outstanding_receivable_amount_bcy"] == sum(base)


def test_a_payment_is_changed_and_keeps_what_is_not_named(books: Any) -> None:
    customer = books.customer()
    first, second = books.invoice(customer), books.invoice(customer)
    share = {"invoice_id": first["invoice_id"], "amount_applied": 700}
    payment = books.made(
        "/customerpayments", {"customer_id": customer["contact_id"], "amount": 700, "invoices": [share]}
    )
    path = f"/customerpayments/{payment['payment_id']}"
    noted = books.put(path, {"reference_number": "R-1"})
    assert (noted.status, noted.message) == (200, "The payment details have been updated.")
    assert noted.body["payment"]["reference_number"] == "R-1"
    assert books.shown("invoice", first)["balance"] == 300
    moved = {"invoice_id": second["invoice_id"], "amount_applied": 600}
    assert books.put(path, {"invoices": [moved]}).body["payment"]["unused_amount"] == 100
    assert (books.shown("invoice", first)["balance"], books.shown("invoice", second)["balance"]) == (1000, 400)
    assert books.put(path, {"amount": 500}).status == 400
    assert books.shown("invoice", second)["balance"] == 400
    assert books.put(path, {"invoices": []}).body["payment"]["unused_amount"] == 700
