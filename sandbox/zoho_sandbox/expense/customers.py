"""Customers: the contacts on whose account money is spent. `/contacts` and `/customers` are one list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zoho_sandbox.books import currencies, rows
from zoho_sandbox.books.contacts import custom_fields, name_key, terms_label
from zoho_sandbox.books.errors import contact_exists, does_not_exist, in_use, invalid_value
from zoho_sandbox.books.listing import (
    Conditions,
    Listing,
    folded_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.books.operations import BooksCall, page_answer, success
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.calls import Answer, Operation
from zoho_sandbox.expense.operations import operation
from zoho_sandbox.wire import decode, encode

_TEXTS = {
    "company_name": 200,
    "first_name": 100,
    "last_name": 100,
    "email": 100,
    "phone": 50,
    "mobile": 50,
    "website": 255,
    "notes": 5000,
    "zcrm_account_id": 20,
    "zcrm_contact_id": 20,
}
_ADDRESS = ("attention", "address", "street2", "city", "state", "zip", "country", "phone", "fax")
_DETAIL_ONLY = frozenset({"billing_address", "shipping_address", "notes", "website"})
_FILTERS = {
    "Status.All": "",
    "Status.Active": "status = 'active'",
    "Status.Inactive": "status = 'inactive'",
}
_LISTING = Listing(
    report_name="Contacts",
    filters=(
        folded_filter("contact_name", "contact_name", "name_key", name_key),
        text_filter("company_name", "company_name"),
        text_filter("email", "email"),
        modified_filter("modified_at"),
        search_filter("contact_name", "company_name", "email"),
    ),
    sort_columns={
        "contact_name": "contact_name",
        "company_name": "company_name",
        "email": "email",
        "created_time": "created_at",
        "last_modified_time": "modified_at",
    },
    key="contact_id",
    default_sort="contact_name",
    default_order="A",
)


@dataclass(frozen=True, slots=True)
class Customer:
    """A stored customer; `document` is all but its status."""

    contact_id: str
    name: str
    status: str
    document: dict[str, Any]

    def shown(self) -> dict[str, Any]:
        return {**self.document, "status": self.status}


def find(books: BooksCall, contact_id: str) -> Customer:
    """Raises BooksError 1002."""
    row = books.db.one(
        "SELECT * FROM expense_customers WHERE contact_id = ? AND organization_id = ?",
        (contact_id, books.organization_id),
    )
    if row is None:
        raise does_not_exist("Customer")
    return _from_row(row)


def _from_row(row: Any) -> Customer:
    return Customer(row["contact_id"], row["contact_name"], row["status"], decode(row["document"]))


def create(books: BooksCall, fields: Fields) -> Customer:
    """Store the customer `fields` describe."""
    now = books.now()
    contact_id = books.sandbox.new_id()
    fields.required_text("contact_name" if "contact_name" in fields else "customer_name", 200)
    blank = {
        "contact_id": contact_id,
        "customer_id": contact_id,
        "contact_type": "customer",
        "customer_sub_type": "business",
        "source": "api",
        "contact_name": "",
        **dict.fromkeys(_TEXTS, ""),
        "currency_id": books.organization.currency_id,
        "payment_terms": 0,
        "billing_address": dict.fromkeys(_ADDRESS, ""),
        "shipping_address": dict.fromkeys(_ADDRESS, ""),
        "custom_fields": [],
        "created_time": books.organization.written(now),
    }
    document = _changed(books, blank, fields, now)
    columns = _columns(document, now) | {
        "contact_id": contact_id,
        "organization_id": books.organization_id,
        "status": "active",
        "created_at": now,
    }
    rows.insert(books.db, "expense_customers", columns)
    return find(books, contact_id)


def _changed(books: BooksCall, known: dict[str, Any], fields: Fields, now: int) -> dict[str, Any]:
    name = fields.text("contact_name", 200) or fields.text("customer_name", 200, known["contact_name"])
    _check_name(books, name, known["contact_id"])
    currency = currencies.find(
        books.db, books.organization_id, fields.identifier("currency_id") or known["currency_id"]
    )
    days = fields.whole("payment_terms", known["payment_terms"])
    changed = known | {text: fields.text(text, limit) for text, limit in _TEXTS.items() if text in fields}
    for address in ("billing_address", "shipping_address"):
        given = fields.part(address)
        changed[address] = known[address] | {part: given.text(part, 500) for part in _ADDRESS if part in given}
    if "custom_fields" in fields:
        changed["custom_fields"] = custom_fields(fields)
    return changed | {
        "contact_name": name,
        "customer_name": name,
        "currency_id": currency.currency_id,
        "currency_code": currency.currency_code,
        "currency_symbol": currency.currency_symbol,
        "price_precision": currency.price_precision,
        "payment_terms": days,
        "payment_terms_label": fields.text("payment_terms_label", 200) or terms_label(days),
        "is_linked_with_zohocrm": bool(changed["zcrm_account_id"] or changed["zcrm_contact_id"]),
        "last_modified_time": books.organization.written(now),
    }


def _check_name(books: BooksCall, name: str, contact_id: str) -> None:
    taken = books.db.value(
        "SELECT 1 FROM expense_customers WHERE organization_id = ? AND name_key = ? AND contact_id <> ?",
        (books.organization_id, name_key(name), contact_id),
    )
    if taken:
        raise contact_exists("customer", name)


def _columns(document: dict[str, Any], now: int) -> dict[str, Any]:
    return {
        "contact_name": document["contact_name"],
        "name_key": name_key(document["contact_name"]),
        "company_name": document["company_name"],
        "email": document["email"],
        "modified_at": now,
        "document": encode(document).decode(),
    }


def _save(books: BooksCall, document: dict[str, Any], status: str) -> Customer:
    now = books.now()
    document = document | {"last_modified_time": books.organization.written(now)}
    columns = _columns(document, now) | {"status": status}
    rows.update(books.db, "expense_customers", columns, "contact_id", document["contact_id"])
    return find(books, document["contact_id"])


def _list(books: BooksCall, plural: str) -> Answer:
    wanted = books.query.get("filter_by") or "Status.All"
    if wanted not in _FILTERS:
        raise invalid_value("filter_by")
    base = Conditions()
    base.add("organization_id = ?", books.organization_id)
    if condition := _FILTERS[wanted]:
        base.add(condition)
    page = page_of(_LISTING, books.query, base)
    found = books.db.query(
        f"SELECT * FROM expense_customers WHERE {page.where} {page.order_by} {page.limit}",  # noqa: S608  (columns are code)
        page.parameters,
    )
    shown = [_row(_from_row(row)) for row in found]
    return page_answer(plural, shown, page)


def _row(customer: Customer) -> dict[str, Any]:
    return {name: value for name, value in customer.shown().items() if name not in _DETAIL_ONLY}


def _named_as(name: str, customer: Customer) -> dict[str, Any]:
    return {name: customer.shown()}


def _get(books: BooksCall, name: str) -> Answer:
    return success(**_named_as(name, find(books, books.id("contact_id"))))


def _create(books: BooksCall, name: str) -> Answer:
    customer = create(books, books.fields)
    return success("The contact has been added.", status=201, **_named_as(name, customer))


def _change(books: BooksCall, name: str) -> Answer:
    known = find(books, books.id("contact_id"))
    document = _changed(books, known.document, books.fields, books.now())
    saved = _save(books, document, known.status)
    return success("Contact information has been saved.", **_named_as(name, saved))


def _remove(books: BooksCall, _name: str) -> Answer:
    customer = find(books, books.id("contact_id"))
    for table in ("expense_expenses", "expense_reports", "expense_projects"):
        if books.db.value(f"SELECT 1 FROM {table} WHERE customer_id = ? LIMIT 1", (customer.contact_id,)):  # noqa: S608  (table is code)
            raise in_use("Customers that expenses, reports or projects belong to cannot be deleted.")
    books.db.execute("DELETE FROM expense_customers WHERE contact_id = ?", (customer.contact_id,))
    return success("The customer has been deleted.")


def _activate(books: BooksCall, _name: str) -> Answer:
    return _set_status(books, "active")


def _deactivate(books: BooksCall, _name: str) -> Answer:
    return _set_status(books, "inactive")


def _set_status(books: BooksCall, status: str) -> Answer:
    _save(books, find(books, books.id("contact_id")).document, status)
    return success(f"The contact has been marked as {status}.")


_Handler = Callable[[BooksCall, str], Answer]


def _under(plural: str) -> tuple[Operation, ...]:
    """The operations under `/contacts` or `/customers`; resources are called as the path is."""
    one, path = plural.removesuffix("s"), f"/{plural}"

    def declared(method: str, rest: str, handler: _Handler, scope: str, name: str = one) -> Operation:
        return operation(method, path + rest, lambda books: handler(books, name), scope=f"customer.{scope}")

    return (
        declared("GET", "", _list, "READ", plural),
        declared("POST", "", _create, "CREATE"),
        declared("GET", "/{contact_id}", _get, "READ"),
        declared("PUT", "/{contact_id}", _change, "UPDATE"),
        declared("DELETE", "/{contact_id}", _remove, "DELETE"),
        declared("POST", "/{contact_id}/active", _activate, "UPDATE"),
        declared("POST", "/{contact_id}/inactive", _deactivate, "UPDATE"),
    )


OPERATIONS = (*_under("contacts"), *_under("customers"))
