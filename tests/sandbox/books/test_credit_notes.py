"""Credit notes: made, applied to invoices, taken back; whatever happens, no money is made or lost."""

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def note_of(books: Any, customer: Any, rate: Any = 500, **fields: Any) -> dict[str, Any]:
    body = {"customer_id": customer["contact_id"], "line_items": [{"name": "Return", "rate": rate}]}
    made: dict[str, Any] = books.made("/creditnotes", body | fields)
    return made


def opened(books: Any, customer: Any, rate: Any = 500) -> dict[str, Any]:
    note = note_of(books, customer, rate)
    assert books.post(f"/creditnotes/{note['creditnote_id']}/status/open").status == 200
    return note


def apply(books: Any, note: Any, invoice: Any, amount: Any) -> Any:
    body = {"invoices": [{"invoice_id": invoice["invoice_id"], "amount_applied": amount}]}
    return books.post(f"/creditnotes/{note['creditnote_id']}/invoices", body)


def test_a_credit_note_is_made_listed_changed_and_deleted(books: Any) -> None:
    customer = books.customer()
    note = note_of(books, customer, reference_number="INV-384")
    assert (note["creditnote_number"], note["status"], note["balance"]) == ("CN-00001", "draft", 500)
    path = f"/creditnotes/{note['creditnote_id']}"
    changed = books.put(path, {"line_items": [{"name": "Return", "rate": 700}]})
    assert (changed.status, changed.body["creditnote"]["balance"]) == (200, 700)
    (row,) = books.get("/creditnotes", customer_id=customer["contact_id"], status="draft").body["creditnotes"]
    assert (row["creditnote_id"], row["total"]) == (note["creditnote_id"], 700)
    assert books.pdf(path, accept="pdf").headers["content-type"] == "application/pdf"
    assert books.delete(path).message == "The credit note has been deleted."
    assert books.get(path).message == "Credit note does not exist."


def test_an_open_one_is_the_customers_credit_until_it_is_used_up(books: Any) -> None:
    customer = books.customer()
    invoice, note = books.invoice(customer), opened(books, customer)

    def unused() -> Any:
        shown = books.get(f"/contacts/{customer['contact_id']}").body["contact"]
        return shown["unused_credits_receivable_amount"]

    assert unused() == 500
    assert apply(books, note, invoice, 500).message == "Credits have been applied to the invoice(s)."
    assert (unused(), books.shown("creditnote", note)["status"]) == (0, "closed")
    shown = books.shown("invoice", invoice)
    assert (shown["balance"], shown["credits_applied"], shown["status"]) == (500, 500, "partially_paid")
    (applied,) = books.get(f"/creditnotes/{note['creditnote_id']}/invoices").body["invoices_credited"]
    assert (applied["invoice_number"], applied["credited_amount"]) == (invoice["invoice_number"], 500)
    (credit,) = books.get(f"/invoices/{invoice['invoice_id']}/creditsapplied").body["credits"]
    taken = f"/invoices/{invoice['invoice_id']}/creditsapplied/{credit['creditnotes_invoice_id']}"
    assert books.delete(taken).status == 200
    assert (unused(), books.shown("invoice", invoice)["balance"]) == (500, 1000)
    assert books.delete(taken).status == 404


def test_the_other_side_applies_it_too(books: Any) -> None:
    customer = books.customer()
    invoice, note = books.invoice(customer), opened(books, customer)
    body = {"apply_creditnotes": [{"creditnote_id": note["creditnote_id"], "amount_applied": 200}]}
    assert books.post(f"/invoices/{invoice['invoice_id']}/credits", body).status == 200
    assert books.shown("creditnote", note)["balance"] == 300


def test_what_may_not_be_applied_changes_nothing(books: Any) -> None:
    customer, other = books.customer(), books.customer("Other")
    invoice, note = books.invoice(customer), opened(books, customer)
    draft, foreign = note_of(books, customer), books.invoice(other)
    for refused in (
        apply(books, note, invoice, 501),
        apply(books, draft, invoice, 100),
        apply(books, note, foreign, 100),
        apply(books, note, {"invoice_id": "1"}, 100),
        books.post(f"/creditnotes/{note['creditnote_id']}/invoices", {}),
    ):
        assert refused.status in (400, 404)
    assert books.shown("invoice", invoice)["balance"] == 1000
    assert books.shown("creditnote", note)["balance"] == 500


def test_a_used_one_stays_and_a_void_invoice_gives_it_back(books: Any) -> None:
    customer = books.customer()
    invoice, note = books.invoice(customer), opened(books, customer)
    apply(books, note, invoice, 300)
    path = f"/creditnotes/{note['creditnote_id']}"
    assert books.post(f"{path}/status/void").status == 400
    assert books.delete(path).status == 400
    assert books.delete(f"/invoices/{invoice['invoice_id']}").status == 400
    assert books.post(f"/invoices/{invoice['invoice_id']}/status/void").status == 200
    assert books.shown("creditnote", note)["balance"] == 500
    assert books.post(f"{path}/status/void").status == 200


AMOUNTS = st.decimals(Decimal("0.01"), Decimal(1500), places=2)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(st.tuples(st.sampled_from(["apply", "take back", "pay", "void", "reopen"]), AMOUNTS), max_size=8))
def test_money_is_conserved(books: Any, steps: list[tuple[str, Decimal]]) -> None:
    customer = books.customer(f"Customer {len(books.get('/contacts').body['contacts'])}")
    invoice, note = books.invoice(customer), opened(books, customer, 800)
    path, received = f"/invoices/{invoice['invoice_id']}", Decimal(0)
    for step, amount in steps:
        if step == "apply":
            apply(books, note, invoice, amount)
        elif step == "take back":
            for credit in books.get(f"{path}/creditsapplied").body["credits"]:
                books.delete(f"{path}/creditsapplied/{credit['creditnotes_invoice_id']}")
        elif step == "pay":
            share = {"invoice_id": invoice["invoice_id"], "amount_applied": amount}
            body = {"customer_id": customer["contact_id"], "amount": amount, "invoices": [share]}
            received += amount if books.post("/customerpayments", body).status == 201 else 0
        else:
            books.post(f"{path}/status/{'void' if step == 'void' else 'draft'}")
    shown, credited = books.shown("invoice", invoice), books.shown("creditnote", note)
    unused = books.get(f"/contacts/{customer['contact_id']}").body["contact"]["unused_credits_receivable_amount"]
    assert shown["balance"] + shown["payment_made"] + shown["credits_applied"] == shown["total"]
    assert credited["balance"] + shown["credits_applied"] == 800
    assert unused + shown["payment_made"] + shown["credits_applied"] == received + 800
