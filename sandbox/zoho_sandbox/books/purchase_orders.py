"""Purchase orders: their operations."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.books import document_store, document_views, orders
from zoho_sandbox.books.document_answers import answer, mail_offers
from zoho_sandbox.books.document_kinds import PURCHASE_ORDER
from zoho_sandbox.books.errors import in_use
from zoho_sandbox.books.operations import BooksCall, offer, success
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.books.states import PURCHASE_ORDER_MOVES
from zoho_sandbox.calls import Answer

_LIST = document_views.purchase_order_list(PURCHASE_ORDER)


def _own(fields: Fields, known: dict[str, Any]) -> dict[str, Any]:
    return {
        "expected_delivery_date": fields.day("expected_delivery_date", known.get("expected_delivery_date", "")),
        "ship_via": fields.text("ship_via", 100, known.get("ship_via", "")),
        "attention": fields.text("attention", 100, known.get("attention", "")),
        "salesorder_id": fields.identifier("salesorder_id") or known.get("salesorder_id", ""),
    }


def _create(books: BooksCall) -> Answer:
    return orders.create(books, PURCHASE_ORDER, _own(books.fields, {}), "Purchase Order has been added.")


def _list(books: BooksCall) -> Answer:
    return document_views.list_answer(books, _LIST)


def _get(books: BooksCall) -> Answer:
    return answer(books, orders.named(books, PURCHASE_ORDER))


def _change(books: BooksCall) -> Answer:
    own = _own(books.fields, orders.named(books, PURCHASE_ORDER).content)
    closed = frozenset({"billed", "cancelled"})
    return orders.change(books, PURCHASE_ORDER, own, closed, "Purchase Order has been updated.")


def _remove(books: BooksCall) -> Answer:
    order = orders.named(books, PURCHASE_ORDER)
    if order.stage == "billed":
        raise in_use("Purchase orders that have been billed cannot be deleted.")
    document_store.remove(books, order)
    return success("The purchase order has been deleted.")


def _move(books: BooksCall, change: str, message: str) -> Answer:
    orders.move(books, orders.named(books, PURCHASE_ORDER), PURCHASE_ORDER_MOVES, change)
    return success(message, status=201)


def _open(books: BooksCall) -> Answer:
    return _move(books, "open", "The purchase order has been marked as open.")


def _bill(books: BooksCall) -> Answer:
    return _move(books, "billed", "The purchase order has been marked as billed.")


def _cancel(books: BooksCall) -> Answer:
    return _move(books, "cancelled", "The purchase order has been cancelled.")


_ONE = "/purchaseorders/{purchaseorder_id}"
OFFERS = (
    offer("POST", "/purchaseorders", _create, scope="purchaseorders.CREATE"),
    offer("GET", "/purchaseorders", _list, scope="purchaseorders.READ"),
    offer("GET", _ONE, _get, scope="purchaseorders.READ"),
    offer("PUT", _ONE, _change, scope="purchaseorders.UPDATE"),
    offer("DELETE", _ONE, _remove, scope="purchaseorders.DELETE"),
    offer("POST", f"{_ONE}/status/open", _open, scope="purchaseorders.CREATE"),
    offer("POST", f"{_ONE}/status/billed", _bill, scope="purchaseorders.CREATE"),
    offer("POST", f"{_ONE}/status/cancelled", _cancel, scope="purchaseorders.CREATE"),
    *mail_offers(PURCHASE_ORDER),
)
