"""Documents: mailed to their customers, saved as PDF, read anew."""

from pathlib import Path
from typing import Any

import pytest

HANAKO, ICHIRO = "hanako.sato@example.com", "ichiro.suzuki@example.com"


@pytest.fixture
def invoice(office: Any) -> str:
    """An invoice in Books that the hub has read."""
    office.connect("crm", "books")
    id = office.invoice()
    fetched = office("documents", "refresh", "books", "--json")
    assert fetched.code == 0, fetched.err
    assert fetched.json["kind"] == "documents"
    assert fetched.json["counts"]["books.invoice"]["changed"] == 1
    return f"books:invoice:{id}"


def test_an_invoice_is_mailed_and_who_tried_is_kept(office: Any, invoice: str) -> None:
    sent = office("documents", "email", invoice)
    assert (sent.code, sent.out) == (0, "Sent to buyer@example.com.\n")
    (letter,) = office.control("GET", "/mail")["mail"]
    assert letter["to"] == ["buyer@example.com"]
    # No line of a subject becomes a header of its own.
    to = ("--to", "boss@example.com", "--subject", "Remin\r\nBcc: thief@example.com", "--body", "Please pay.")
    assert office("documents", "email", invoice, *to, "--json").json["state"] == "sent"
    # Who may only look sends nothing.
    refused = office("--as", ICHIRO, "documents", "email", invoice, "--json")
    assert (refused.code, refused.json["error"]["type"]) == (1, "PermissionDenied")
    office.company.fault("status", path="/books/v3/invoices/*/email", method="POST", status=400)
    assert office("documents", "email", invoice, *to).code == 1

    kept = office("--as", ICHIRO, "documents", "mailings", invoice, "--json").json
    assert [(each["sender"], each["recipients"], each["state"]) for each in kept] == [
        (HANAKO, ["boss@example.com"], "failed"),
        (HANAKO, ["boss@example.com"], "sent"),
        (HANAKO, ["buyer@example.com"], "sent"),
    ]
    assert kept[0]["problem"]
    assert kept[1]["subject"] == "Remin Bcc: thief@example.com"
    assert office("documents", "mailings", "INV-000001", "--json").json == kept
    assert "送信済み" in office("--language", "ja", "documents", "mailings", invoice).out


def test_a_document_is_saved_as_pdf(office: Any, invoice: str, tmp_path: Path) -> None:
    saved = office("documents", "pdf", invoice, "--out", "invoice.pdf", "--json")
    assert saved.code == 0, saved.err
    content = (tmp_path / "invoice.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert saved.json == {"document": invoice, "file": "invoice.pdf", "bytes": len(content)}
    assert office("--as", ICHIRO, "documents", "pdf", invoice).code == 0
    nowhere = office("--language", "ja", "documents", "pdf", invoice, "--out", "no/such/folder.pdf")
    assert nowhere.code == 2
    assert "書き込めません" in nowhere.err


def test_a_document_that_is_not_known_is_named(office: Any) -> None:
    office.connect("crm", "books")
    unnamed = office("documents", "pdf", "INV-000001")
    assert unnamed.code == 2
    assert "knows no 'INV-000001'" in unnamed.err
    unknown = office("documents", "email", "books:invoice:404", "--to", "buyer@example.com", "--json")
    assert unknown.code == 1
    assert "books:invoice:404" in unknown.json["error"]["message"]
    assert office("documents", "refresh", "invoice").code == 3


def test_a_document_is_made_and_changed(office: Any) -> None:
    office.connect("crm", "books")
    (account,) = office.company.add("Accounts", {"Account_Name": "Aoba"})
    assert office("sync", "--start").code == 0
    entered = (
        "books.invoice",
        "--account",
        account,
        "--set",
        "due_date=2026-12-31",
        "--line",
        "name='One year' rate=50",
    )
    seen = office("documents", "create", *entered, "--preview", "--json")
    assert seen.json["estimate"]["total"] == {"amount": "50", "currency": "JPY"}
    made = office("documents", "create", *entered, "--key", "k1", "--json")
    assert (made.code, made.json["state"], made.json["total"]["amount"]) == (0, "done", "50")
    assert office("documents", "create", *entered, "--key", "k1", "--json").json == made.json
    assert len(office.books("GET", "/invoices")["invoices"]) == 1

    changed = office("documents", "edit", made.json["number"], "--line", "name=Two rate=80 quantity=2")
    assert (changed.code, changed.out) == (0, f"Changed {made.json['number']}: ¥160.\n")
    refused = office("--as", ICHIRO, "documents", "edit", made.json["document"], "--set", "notes=x")
    assert refused.code == 1
    wrong = office("--language", "ja", "documents", "create", *entered, "--set", "due_date=soon")
    assert wrong.code == 2
    assert "due_date" in wrong.err
    assert "日付" in wrong.err
