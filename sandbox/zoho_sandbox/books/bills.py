"""Bills: what vendors ask for, as far as payables need it."""

from __future__ import annotations

from zoho_sandbox.books import document_store, document_views, orders
from zoho_sandbox.books.document_kinds import BILL, PURCHASE_ORDER
from zoho_sandbox.books.document_store import Document
from zoho_sandbox.books.documents import compose
from zoho_sandbox.books.errors import already_exists, in_use, invalid_value
from zoho_sandbox.books.money import figure
from zoho_sandbox.books.operations import BooksCall, offer, success
from zoho_sandbox.books.states import BILL_MOVES, PURCHASE_ORDER_MOVES
from zoho_sandbox.books.totals import ZERO
from zoho_sandbox.calls import Answer

_LIST = document_views.bill_list(BILL)


def _create(books: BooksCall) -> Answer:
    """A bill is open from the start; the purchase orders it names are billed by it."""
    fields = books.fields
    content = compose(books, BILL, fields, None)
    ordered = [document_store.find(books, PURCHASE_ORDER, each) for each in fields.identifiers("purchaseorder_ids")]
    for order in ordered:
        if order.contact_id != content["vendor_id"]:
            raise invalid_value("purchaseorder_ids")
        orders.move(books, order, PURCHASE_ORDER_MOVES, "billed")
    bill_id = books.sandbox.new_id()
    nothing = figure(ZERO, content["price_precision"])
    content = {
        "bill_id": bill_id,
        "bill_number": _number(books),
        **content,
        "purchaseorder_ids": [order.document_id for order in ordered],
        "balance": content["total"],
        "payment_made": nothing,
        "vendor_credits_applied": nothing,
        "last_payment_date": "",
        "has_attachment": False,
        "created_by_id": books.user.user_id,
    }
    bill = document_store.insert(books, BILL, content, BILL.live)
    return success("The bill has been created.", status=201, bill=document_views.detail(books, bill))


def _number(books: BooksCall) -> str:
    """The vendor's own number: given, and known once."""
    number = books.fields.required_text("bill_number", 100)
    if books.db.value(
        "SELECT 1 FROM books_documents WHERE ledger = ? AND kind = ? AND number = ?", (books.ledger, BILL.kind, number)
    ):
        raise already_exists("Bill number", number)
    return number


def _list(books: BooksCall) -> Answer:
    return document_views.list_answer(books, _LIST)


def _bill(books: BooksCall) -> Document:
    return orders.named(books, BILL)


def _get(books: BooksCall) -> Answer:
    return success(bill=document_views.detail(books, _bill(books)))


def _unpaid(books: BooksCall) -> Document:
    bill = _bill(books)
    if bill.content["payment_made"]:
        raise in_use("Bills which have payments applied to them cannot be voided or deleted.")
    return bill


def _remove(books: BooksCall) -> Answer:
    document_store.remove(books, _unpaid(books))
    return success("The bill has been deleted.")


def _void(books: BooksCall) -> Answer:
    orders.move(books, _unpaid(books), BILL_MOVES, "void")
    return success("The bill has been marked as void.", status=201)


def _open(books: BooksCall) -> Answer:
    orders.move(books, _bill(books), BILL_MOVES, "open")
    return success("The status of the bill has been changed to open.", status=201)


_ONE = "/bills/{bill_id}"
OFFERS = (
    offer("POST", "/bills", _create, scope="bills.CREATE"),
    offer("GET", "/bills", _list, scope="bills.READ"),
    offer("GET", _ONE, _get, scope="bills.READ"),
    offer("DELETE", _ONE, _remove, scope="bills.DELETE"),
    offer("POST", f"{_ONE}/status/void", _void, scope="bills.CREATE"),
    offer("POST", f"{_ONE}/status/open", _open, scope="bills.CREATE"),
)
