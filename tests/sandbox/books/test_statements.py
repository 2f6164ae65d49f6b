"""Statements of account: what was billed, credited and paid in a period, and the balance after it."""

from io import BytesIO
from typing import Any

from pypdf import PdfReader

ANN = {"first_name": "Ann", "email": "ann@example.com"}


def letters(books: Any, customer: Any) -> list[dict[str, Any]]:
    found = books.http.get("/_sandbox/mail", params={"document_id": customer["contact_id"]}).json()["mail"]
    return list(found)


def text_of(books: Any, letter: Any) -> str:
    content = books.http.get(f"/_sandbox/mail/{letter['id']}/attachments/0").content
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def test_a_statement_sums_up_what_happened_in_its_period(books: Any) -> None:
    customer = books.customer(contact_persons=[ANN])
    path = f"/contacts/{customer['contact_id']}/statements/email"
    old = books.invoice(customer, 700, date="2026-01-10")
    sent = books.invoice(customer, 1000, date="2026-02-05")
    books.invoice(customer, 5000, date="2026-02-06")  # stays a draft
    for invoice in (old, sent):
        books.post(f"/invoices/{invoice['invoice_id']}/status/sent")
    books.made("/customerpayments", {"customer_id": customer["contact_id"], "amount": 300, "date": "2026-02-07"})
    period = {"start_date": "2026-02-01", "end_date": "2026-02-28"}
    assert books.post(path, **period).message == "Statement has been sent to the Customer."
    (letter,) = letters(books, customer)
    text = text_of(books, letter)
    assert letter["to"] == ["ann@example.com"]
    for figure in ("700.00", "1,000.00", "1,700.00", "-300.00", "USD 1,400.00"):
        assert figure in text
    assert "5,000.00" not in text
    assert sent["invoice_number"] in text
    assert old["invoice_number"] not in text


def test_the_letter_it_would_be_sent_with_names_the_people(books: Any) -> None:
    customer = books.customer(contact_persons=[ANN])
    path = f"/contacts/{customer['contact_id']}/statements/email"
    letter = books.get(path).body["data"]
    assert (letter["contact_id"], letter["to_contacts"][0]["email"]) == (customer["contact_id"], "ann@example.com")
    assert letter["file_name"].endswith(".pdf")
    assert books.get("/contacts/1/statements/email").status == 404
    assert books.get(path, start_date="2026-02-02", end_date="2026-02-01").status == 400


def test_a_statement_needs_somebody_to_go_to(books: Any) -> None:
    customer = books.customer()
    path = f"/contacts/{customer['contact_id']}/statements/email"
    assert books.post(path).message == "Invalid value passed for to_mail_ids"
    assert books.post(path, {"to_mail_ids": ["pay@example.com"], "subject": "Yours"}).status == 200
    (letter,) = letters(books, customer)
    assert (letter["to"], letter["subject"]) == (["pay@example.com"], "Yours")
