"""Invoices on paper: as PDF, and as a letter to the customer with that PDF attached."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import Any

from zoho_sandbox import mail
from zoho_sandbox.billing.invoices import Invoice
from zoho_sandbox.books.errors import MAIL_CODE, BooksError, invalid_element, invalid_value
from zoho_sandbox.books.operations import BooksCall
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.books.pdf import Sheet, SheetLine, document_pdf


def pdf(books: BooksCall, invoice: Invoice) -> bytes:
    """The invoice as a PDF."""
    return document_pdf([_sheet(books, invoice)])


def _sheet(books: BooksCall, invoice: Invoice) -> Sheet:
    content = invoice.content
    code = content["currency_code"]
    address = content["billing_address"]
    place = (address["street"], f"{address['city']} {address['state']} {address['zip']}".strip(), address["country"])
    return Sheet(
        titles=("Invoice", "請求書"),
        sender=(books.organization.name,),
        recipient=(invoice.customer_name, *(line for line in place if line)),
        facts=(
            ("Number 番号", invoice.number),
            ("Date 日付", content["invoice_date"]),
            ("Due date 支払期限", content["due_date"]),
            ("Status 状態", invoice.status_on(books.today)),
        ),
        lines=[_line(item) for item in content["invoice_items"]],
        totals=(
            ("Subtotal 小計", _money(content["sub_total"], code)),
            ("Tax 税", _money(content["tax_total"], code)),
            ("Total 合計", _money(content["total"], code)),
            ("Balance due 未払い額", _money(content["balance"], code)),
        ),
        notes=(("Notes 備考", content["notes"]),) if content["notes"] else (),
    )


def _line(item: dict[str, Any]) -> SheetLine:
    return SheetLine(
        name=item["name"],
        description=item["description"],
        quantity=str(item["quantity"]),
        rate=f"{item['price']:,}",
        tax=f"{item['tax_name']} {item['tax_percentage']}%" if item["tax_name"] else "",
        amount=f"{item['item_total']:,}",
    )


def _money(amount: Decimal, code: str) -> str:
    return f"{amount:,} {code}"


def email(books: BooksCall, invoice: Invoice, fields: Fields) -> None:
    """Send the invoice to the addresses `fields` name, without any field to the customer's own; what the fields leave
    out the service words. Raises BooksError."""
    own = [invoice.content["email"]] if invoice.content["email"] else []
    to = _addresses(fields, "to_mail_ids") if books.call.body else own
    if not to:
        raise invalid_value("to_mail_ids")
    amount = _money(invoice.balance, invoice.content["currency_code"])
    default = (
        f"<p>{escape(invoice.customer_name)}</p><p>Please find attached the invoice {escape(invoice.number)} of"
        f" {escape(amount)}, due on {invoice.content['due_date']}.</p><p>{escape(books.organization.name)}</p>"
    )
    letter = mail.Letter(
        service=books.service.name,
        organization_id=books.organization_id,
        document_id=invoice.invoice_id,
        sender=books.user.email,
        sender_name=books.organization.name,
        to=to,
        cc=_addresses(fields, "cc_mail_ids"),
        subject=fields.text("subject", 1000) or f"Invoice - {invoice.number} from {books.organization.name}",
        body=fields.text("body", 20000) or default,
        attachments=(mail.Attachment(f"{invoice.number}.pdf", pdf(books, invoice)),),
    )
    try:
        mail.send(books.sandbox, letter)
    except mail.MailRefused as refused:
        raise BooksError(400, MAIL_CODE, f"The email could not be sent: {refused}") from refused


def _addresses(fields: Fields, name: str) -> list[str]:
    given = fields.raw(name)
    if given is None:
        return []
    if not isinstance(given, list):
        raise invalid_element(name)
    if not all(mail.is_address(address) for address in given):
        raise invalid_value(name)
    return list(given)
