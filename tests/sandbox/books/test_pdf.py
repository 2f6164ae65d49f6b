"""Documents as PDF: what is on them, whatever they say."""

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from zoho_sandbox.finance.pdf import Sheet, SheetLine, document_pdf


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


LINES = [
    {"name": "デジタル圧力計", "description": "高精度 ±0.1 %", "rate": "1280.50", "quantity": 3, "unit": "pcs"},
    {"name": "Calibration & <delivery>", "rate": 99},
]


@pytest.mark.parametrize("kind", ["estimate", "invoice", "salesorder", "purchaseorder"])
def test_a_document_is_printed_with_its_lines_and_total(books: Any, kind: str) -> None:
    address = {"address": "Hauptstraße 1", "city": "Köln", "zip": "50667", "country": "Germany"}
    party = (books.vendor if kind == "purchaseorder" else books.customer)("株式会社みなと計測", billing_address=address)
    tax = books.made("/settings/taxes", {"tax_name": "消費税", "tax_percentage": 10})
    body = {
        f"{party['contact_type']}_id": party["contact_id"],
        "line_items": [line | {"tax_id": tax["tax_id"]} for line in LINES],
        "notes": "いつもお世話になっております。\nThank you.",
        "reference_number": "R-77",
    }
    document = books.made(f"/{kind}s", body)
    answer = books.pdf(f"/{kind}s/{document[f'{kind}_id']}", accept="pdf")
    assert answer.headers["content-type"] == "application/pdf"
    number = document[f"{kind}_number"]
    assert answer.headers["content-disposition"] == f'attachment; filename="{number}.pdf"'
    text = text_of(answer.content)
    for expected in (
        number, "R-77", "株式会社みなと計測", "Hauptstraße 1", "50667 Köln", "デジタル圧力計", "高精度 ±0.1 %", "3 pcs",
        "1,280.50", "3,841.50", "Calibration & <delivery>", "消費税", "394.05", "USD 4,334.55", "お世話になって",
        "Thank you.", "Total 合計",
    ):  # fmt: skip
        assert expected in text, expected


def test_the_accept_header_asks_for_pdf_too_and_the_query_wins(books: Any) -> None:
    invoice = books.invoice(books.customer())
    path = f"{books.base}/invoices/{invoice['invoice_id']}"
    asked = {"params": {"organization_id": books.organization_id}, "headers": {"Accept": "application/pdf"}}
    assert books.http.get(path, **asked).content.startswith(b"%PDF-")
    asked["params"] = {"organization_id": books.organization_id, "accept": "json"}
    assert books.http.get(path, **asked).json()["invoice"]["invoice_id"] == invoice["invoice_id"]
    assert books.get(f"/invoices/{invoice['invoice_id']}", accept="html").message == "Invalid value passed for accept"
    assert books.get("/invoices/1", accept="pdf").status == 404


def test_long_documents_take_more_pages(books: Any) -> None:
    lines = [{"name": f"部品 {number}", "description": "説明文です。" * 20, "rate": number + 1} for number in range(60)]
    invoice = books.invoice(books.customer(), line_items=lines)
    content = books.pdf(f"/invoices/{invoice['invoice_id']}", accept="pdf").content
    pages = PdfReader(BytesIO(content)).pages
    assert len(pages) > 3
    assert "Amount 金額" in pages[2].extract_text(), "each page has the headings"
    assert "部品 59" in text_of(content)


def test_several_documents_come_in_one_file(books: Any) -> None:
    customer = books.customer()
    ids = [books.invoice(customer)["invoice_id"] for _ in range(3)]
    content = books.pdf("/invoices/pdf", invoice_ids=",".join(ids)).content
    assert len(PdfReader(BytesIO(content)).pages) == 3
    assert books.get("/invoices/pdf").message == "Invalid value passed for invoice_ids"
    assert books.get("/invoices/pdf", invoice_ids=f"{ids[0]},1").status == 404


def test_a_number_of_ones_own_cannot_break_the_header(books: Any) -> None:
    body = {"invoice_number": 'X"\u00e9 /1', "line_items": [{"name": "W", "rate": 1}]}
    body["customer_id"] = books.customer()["contact_id"]
    invoice = books.made("/invoices", body, ignore_auto_number_generation=True)
    answer = books.pdf(f"/invoices/{invoice['invoice_id']}", accept="pdf")
    assert answer.headers["content-disposition"] == 'attachment; filename="X____1.pdf"'


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=200), min_size=8, max_size=8))
def test_any_text_can_be_printed(texts: list[str]) -> None:
    sheet = Sheet(
        titles=("Invoice", "請求書"),
        sender=[texts[0]],
        recipient=[texts[1]],
        facts=[("No.", texts[2])],
        lines=[SheetLine(texts[3], texts[4], "1", "2", "", "2")],
        totals=[(texts[5], "2")],
        notes=[(texts[6], texts[7])],
    )
    content = document_pdf([sheet])
    assert content == document_pdf([sheet]), "the same document gives the same bytes"
    assert PdfReader(BytesIO(content)).pages
