"""The operations on invoices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from zoho_sandbox.billing import customers, invoice_letters, invoices, payments, renewals
from zoho_sandbox.billing.catalogue import bounded
from zoho_sandbox.billing.invoices import Invoice, Item, Order
from zoho_sandbox.billing.moments import present
from zoho_sandbox.billing.operations import operation
from zoho_sandbox.billing.terms import MOST_DAYS
from zoho_sandbox.books import currencies
from zoho_sandbox.books.document_answers import wants_pdf
from zoho_sandbox.books.errors import invalid_value, not_allowed_now
from zoho_sandbox.books.line_items import ONE
from zoho_sandbox.books.listing import (
    Conditions,
    Listing,
    amount_filter,
    date_filter,
    identifier_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.books.operations import BooksCall, page_answer, success
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.calls import Answer

_OPEN = "i.stage = 'sent' AND i.balance > 0"
_STATUSES = {
    "all": "",
    "draft": "i.stage = 'draft'",
    "void": "i.stage = 'void'",
    "paid": "i.stage = 'sent' AND i.balance = 0",
    "unpaid": _OPEN,
    "overdue": f"{_OPEN} AND i.due_date < :today",
    "sent": f"{_OPEN} AND i.balance = i.total AND i.due_date >= :today",
    "partiallypaid": f"{_OPEN} AND i.balance < i.total AND i.due_date >= :today",
}
_LISTING = Listing(
    report_name="Invoices",
    filters=(
        identifier_filter("customer_id", "i.customer_id"),
        identifier_filter("subscription_id", "i.subscription_id"),
        text_filter("invoice_number", "i.number"),
        text_filter("reference_number", "i.reference_number"),
        text_filter("customer_name", "c.display_name"),
        date_filter("date", "i.date"),
        date_filter("due_date", "i.due_date"),
        amount_filter("total", "i.total"),
        amount_filter("balance", "i.balance"),
        modified_filter("i.modified_at"),
        search_filter("i.number", "i.reference_number", "c.display_name"),
    ),
    sort_columns={
        "customer_name": "c.display_name",
        "invoice_number": "i.number",
        "date": "i.date",
        "due_date": "i.due_date",
        "total": "i.total",
        "balance": "i.balance",
        "created_time": "i.created_at",
        "updated_time": "i.modified_at",
        "last_modified_time": "i.modified_at",
    },
    key="i.invoice_id",
    default_sort="created_time",
    default_order="D",
)


def _invoice(books: BooksCall) -> Invoice:
    return invoices.find(books, books.id("invoice_id"))


def _shown(books: BooksCall, invoice: Invoice) -> dict[str, object]:
    return invoices.detail(books, invoice, payments.of_invoice(books, invoice))


def _list(books: BooksCall) -> Answer:
    base = Conditions()
    base.add("i.organization_id = ?", books.organization_id)
    for name in ("filter_by", "status"):
        wanted = books.query.get(name, "").rpartition(".")[2].lower().replace("_", "")
        if not wanted:
            continue
        if wanted not in _STATUSES:
            raise invalid_value(name)
        if condition := _STATUSES[wanted]:
            base.add(condition.replace(":today", f"'{books.today.isoformat()}'"))
    page = page_of(_LISTING, books.query, base)
    found = books.db.query(f"{invoices.SELECT} WHERE {page.where} {page.order_by} {page.limit}", page.parameters)
    return page_answer("invoices", [invoices.row(books, invoices.from_row(row)) for row in found], page)


def _create(books: BooksCall) -> Answer:
    fields = books.fields
    customer = customers.find(books, fields.identifier("customer_id"))
    currency = customers.currency_of(books, customer)
    day = fields.day("date", books.today.isoformat())
    rate = ONE
    if not currency.is_base:
        stored = currencies.rate_on(books.db, currency, day)
        rate = fields.positive("exchange_rate", stored.rate if stored else ONE)
    terms = bounded(fields, "payment_terms", customer.document["payment_terms"], 0, MOST_DAYS)
    due = fields.day("due_date", invoices.due_after(date.fromisoformat(day), terms).isoformat())
    items = [_item(row) for row in fields.rows("invoice_items")]
    if not items or due < day:
        raise invalid_value("due_date" if items else "invoice_items")
    order = Order(
        customer=customer,
        currency=currency,
        exchange_rate=rate,
        items=items,
        day=date.fromisoformat(day),
        due=date.fromisoformat(due),
        reference_number=fields.text("reference_number", 100),
        notes=fields.text("notes", 5000),
        stage="sent" if books.wants("send") else "draft",
    )
    invoice = invoices.create(books, order, present(books))
    return success("The invoice has been created.", status=201, invoice=_shown(books, invoice))


def _item(row: Fields) -> Item:
    price = row.number("price", Decimal(-1))
    if price < 0:
        raise invalid_value("price")
    return Item(
        name=row.text("name", 100) or row.required_text("description", 2000),
        price=price,
        quantity=row.positive("quantity", ONE),
        description=row.text("description", 2000),
        code=row.text("code", 100),
        product_id=row.identifier("product_id"),
        tax_id=row.identifier("tax_id"),
    )


def _get(books: BooksCall) -> Answer:
    invoice = _invoice(books)
    if not wants_pdf(books):
        return success(invoice=_shown(books, invoice))
    headers = {
        "content-type": "application/pdf",
        "content-disposition": f'attachment; filename="{invoice.number}.pdf"',
    }
    return Answer(200, invoice_letters.pdf(books, invoice), headers)


def _remove(books: BooksCall) -> Answer:
    invoices.remove(books, _invoice(books))
    return success("The invoice has been deleted.")


def _open(books: BooksCall) -> Answer:
    moment = present(books)
    renewals.invoice_changed(books, invoices.open_up(books, _invoice(books), moment), moment)
    return success("Status of the invoice has been changed to open.")


def _void(books: BooksCall) -> Answer:
    moment = present(books)
    invoice = payments.detach(books, _invoice(books), moment)
    renewals.invoice_changed(books, invoices.void(books, invoice, moment), moment)
    return success("Invoice has been marked as void.")


def _email(books: BooksCall) -> Answer:
    """The first letter opens a draft; a void invoice is not sent to anybody."""
    invoice = _invoice(books)
    if invoice.stage == "void":
        raise not_allowed_now("A void invoice cannot be sent.")
    invoice_letters.email(books, invoice, books.fields)
    moment = present(books)
    invoices.save(books, invoice, invoice.content | {"is_emailed": True}, "sent", moment)
    return success("Your invoice has been sent.")


_ONE = "/invoices/{invoice_id}"
OPERATIONS = (
    operation("POST", "/invoices", _create, scope="invoices.CREATE"),
    operation("GET", "/invoices", _list, scope="invoices.READ"),
    operation("GET", _ONE, _get, scope="invoices.READ"),
    operation("DELETE", _ONE, _remove, scope="invoices.DELETE"),
    operation("POST", f"{_ONE}/converttoopen", _open, scope="invoices.CREATE"),
    operation("POST", f"{_ONE}/void", _void, scope="invoices.CREATE"),
    operation("POST", f"{_ONE}/email", _email, scope="invoices.CREATE"),
)
