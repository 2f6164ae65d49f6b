"""Customers: the parties on whose account money is spent. `/contacts` and `/customers` are one list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import contact_persons, contacts
from zoho_sandbox.finance.contacts import Contact, name_key
from zoho_sandbox.finance.errors import in_use
from zoho_sandbox.finance.listing import Listing, folded_filter, modified_filter, search_filter, text_filter
from zoho_sandbox.finance.operations import (
    FinanceCall,
    Offer,
    offer,
    page_answer,
    resource_answer,
    status_offers,
    success,
)
from zoho_sandbox.finance.payload import Fields

_PERSON = ("first_name", "last_name", "email", "phone", "mobile")
_SAME = (
    "contact_id", "contact_type", "customer_sub_type", "source", "company_name", "zcrm_account_id",
    "zcrm_contact_id", "is_linked_with_zohocrm", "currency_id", "currency_code", "currency_symbol",
    "price_precision", "payment_terms", "payment_terms_label", "custom_fields", "created_time",
    "last_modified_time",
)  # fmt: skip
_ADDRESSES = ("billing_address", "shipping_address")
_ADDRESS = ("attention", "address", "street2", "city", "state", "zip", "country", "phone", "fax")
_ASKED = (
    *_PERSON, *_ADDRESSES, "company_name", "website", "notes", "zcrm_account_id", "zcrm_contact_id", "currency_id",
    "payment_terms", "payment_terms_label", "custom_fields",
)  # fmt: skip
_DETAIL_ONLY = frozenset({*_ADDRESSES, "notes", "website"})
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
    groups=_FILTERS,
)


def find(call: FinanceCall, contact_id: str) -> Contact:
    """Raises FinanceError 1002."""
    return contacts.find(call.db, call.ledger, contact_id, "Customer")


def create(call: FinanceCall, fields: Fields) -> Contact:
    """Store the customer `fields` describe."""
    return contacts.create(call, _as_contact(fields))


def _as_contact(fields: Fields) -> Fields:
    """The request with the field names of the store; every contact here is a customer, and may be named as one."""
    body = {name: fields.raw(name) for name in _ASKED if name in fields}
    return Fields(body | {"contact_name": fields.raw("contact_name") or fields.raw("customer_name")})


def shown(call: FinanceCall, customer: Contact) -> dict[str, Any]:
    """The answer of `GET /contacts/{id}`."""
    document = customer.document
    person = contact_persons.primary_of(contact_persons.of_contact(call.db, customer.contact_id)).details
    return {
        **{name: document[name] for name in (*_SAME, "website", "notes")},
        **{name: person[name] for name in _PERSON},
        **{name: {part: document[name][part] for part in _ADDRESS} for name in _ADDRESSES},
        "customer_id": customer.contact_id,
        "contact_name": customer.name,
        "customer_name": customer.name,
        "status": customer.status,
    }


def _list(call: FinanceCall, plural: str) -> Answer:
    found, page = contacts.listed(call, _LISTING)
    rows = [shown(call, customer) for customer in found]
    return page_answer(
        plural, [{name: value for name, value in row.items() if name not in _DETAIL_ONLY} for row in rows], page
    )


def _customer(call: FinanceCall) -> Contact:
    return find(call, call.id("contact_id"))


def _get(call: FinanceCall, name: str) -> Answer:
    return resource_answer(name, shown(call, _customer(call)))


def _create(call: FinanceCall, name: str) -> Answer:
    customer = create(call, call.fields)
    return resource_answer(name, shown(call, customer), "The contact has been added.", status=201)


def _change(call: FinanceCall, name: str) -> Answer:
    saved = contacts.change(call, _customer(call), _as_contact(call.fields))
    return resource_answer(name, shown(call, saved), "Contact information has been saved.")


def _remove(call: FinanceCall, _name: str) -> Answer:
    customer = _customer(call)
    for table in ("expense_expenses", "expense_reports", "expense_projects"):
        if call.db.value(f"SELECT 1 FROM {table} WHERE customer_id = ? LIMIT 1", (customer.contact_id,)):  # noqa: S608  (table is code)
            raise in_use("Customers that expenses, reports or projects belong to cannot be deleted.")
    contacts.remove(call, customer)
    return success("The customer has been deleted.")


def _set_status(call: FinanceCall, status: str) -> Answer:
    contacts.set_status(call, _customer(call), status)
    return success(f"The contact has been marked as {status}.")


_Handler = Callable[[FinanceCall, str], Answer]


def _under(plural: str) -> tuple[Offer, ...]:
    """The operations under `/contacts` or `/customers`; resources are called as the path is."""
    one, path = plural.removesuffix("s"), f"/{plural}"

    def declared(method: str, rest: str, handler: _Handler, scope: str, name: str = one) -> Offer:
        return offer(method, path + rest, lambda call: handler(call, name), scope=f"customer.{scope}")

    return (
        declared("GET", "", _list, "READ", plural),
        declared("POST", "", _create, "CREATE"),
        declared("GET", "/{contact_id}", _get, "READ"),
        declared("PUT", "/{contact_id}", _change, "UPDATE"),
        declared("DELETE", "/{contact_id}", _remove, "DELETE"),
        *status_offers(f"{path}/{{contact_id}}", "customer.UPDATE", _set_status),
    )


OFFERS = (*_under("contacts"), *_under("customers"))
