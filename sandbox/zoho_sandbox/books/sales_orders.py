"""Sales orders: their operations, and the invoice made of one."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.books import document_store, document_views, invoices, orders
from zoho_sandbox.books.document_answers import answer, mail_offers, several_as_pdf
from zoho_sandbox.books.document_kinds import SALES_ORDER
from zoho_sandbox.books.errors import in_use, invalid_value
from zoho_sandbox.books.operations import BooksCall, offer, success
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.books.states import SALES_ORDER_MOVES
from zoho_sandbox.calls import Answer

_LIST = document_views.sales_order_list(SALES_ORDER)
# What an invoice takes over from the order it is made of.
_TAKEN_OVER = (
    "customer_id", "currency_id", "exchange_rate", "contact_persons", "reference_number", "discount", "discount_type",
    "is_discount_before_tax", "is_inclusive_tax", "shipping_charge", "adjustment", "adjustment_description", "notes",
    "terms", "salesperson_name", "zcrm_potential_id", "zcrm_potential_name", "custom_fields",
)  # fmt: skip


def _own(fields: Fields, known: dict[str, Any]) -> dict[str, Any]:
    return {
        "estimate_id": fields.identifier("estimate_id") or known.get("estimate_id", ""),
        "delivery_method": fields.text("delivery_method", 100, known.get("delivery_method", "")),
    }


def _create(books: BooksCall) -> Answer:
    return orders.create(books, SALES_ORDER, _own(books.fields, {}), "Sales Order has been created.")


def _list(books: BooksCall) -> Answer:
    return document_views.list_answer(books, _LIST)


def _get(books: BooksCall) -> Answer:
    return answer(books, orders.named(books, SALES_ORDER))


def _change(books: BooksCall) -> Answer:
    own = _own(books.fields, orders.named(books, SALES_ORDER).content)
    return orders.change(
        books, SALES_ORDER, own, frozenset({"void", "invoiced"}), "Sales Order details have been updated."
    )


def _remove(books: BooksCall) -> Answer:
    order = orders.named(books, SALES_ORDER)
    if order.stage == "invoiced":
        raise in_use("Sales orders that have been invoiced cannot be deleted.")
    document_store.remove(books, order)
    return success("The sales order has been deleted.")


def _open(books: BooksCall) -> Answer:
    orders.move(books, orders.named(books, SALES_ORDER), SALES_ORDER_MOVES, "open")
    return success("Sales order status has been changed to Open.", status=201)


def _void(books: BooksCall) -> Answer:
    orders.move(books, orders.named(books, SALES_ORDER), SALES_ORDER_MOVES, "void")
    return success("Sales order status has been changed to Void.", status=201)


def _invoice(books: BooksCall) -> Answer:
    """`POST /invoices/fromsalesorder`: a draft invoice of the whole order, which is invoiced from then on."""
    salesorder_id = books.query.get("salesorder_id", "")
    if not salesorder_id.isdigit():
        raise invalid_value("salesorder_id")
    order = document_store.find(books, SALES_ORDER, salesorder_id)
    orders.move(books, order, SALES_ORDER_MOVES, "invoiced")
    given = {name: order.content[name] for name in _TAKEN_OVER}
    lines = [{**line, "line_item_id": ""} for line in order.content["line_items"]]
    invoice = invoices.create(books, Fields({**given, "line_items": lines, "salesorder_id": salesorder_id}))
    return success("The invoice has been created.", status=201, invoice=document_views.detail(books, invoice))


_ONE = "/salesorders/{salesorder_id}"
OFFERS = (
    offer("POST", "/invoices/fromsalesorder", _invoice, scope="invoices.CREATE"),
    offer("GET", "/salesorders/pdf", several_as_pdf(SALES_ORDER), scope="salesorders.READ"),
    offer("POST", "/salesorders", _create, scope="salesorders.CREATE"),
    offer("GET", "/salesorders", _list, scope="salesorders.READ"),
    offer("GET", _ONE, _get, scope="salesorders.READ"),
    offer("PUT", _ONE, _change, scope="salesorders.UPDATE"),
    offer("DELETE", _ONE, _remove, scope="salesorders.DELETE"),
    offer("POST", f"{_ONE}/status/open", _open, scope="salesorders.CREATE"),
    offer("POST", f"{_ONE}/status/void", _void, scope="salesorders.CREATE"),
    *mail_offers(SALES_ORDER),
)
