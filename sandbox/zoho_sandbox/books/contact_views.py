"""How contacts look in answers: rows of the list and the detail with people and balances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import contact_persons, currencies, custom_fields, receivables
from zoho_sandbox.finance.contacts import Contact, name_key, types_of
from zoho_sandbox.finance.errors import invalid_value
from zoho_sandbox.finance.listing import (
    Listing,
    equal,
    equal_filter,
    folded_filter,
    identifier_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.finance.money import unscaled
from zoho_sandbox.finance.operations import FinanceCall, spliced, spliced_row
from zoho_sandbox.finance.receivables import Balances

_OWED = (
    "(SELECT COALESCE(SUM(d.bcy_balance), 0) FROM finance_documents d WHERE d.contact_id = finance_contacts.contact_id"  # noqa: S608  (the condition is code)
    f" AND {receivables.OWED} AND contact_type = '%s')"
)
_UNPAID = (
    "EXISTS (SELECT 1 FROM finance_documents d WHERE d.contact_id = finance_contacts.contact_id"
    " AND d.kind = 'invoice' AND d.stage = 'sent' AND d.balance > 0"
)
# Which contacts have sums on which side.
_SIDES = {"receivable": "customer", "payable": "vendor"}
# What `filter_by` may be, and the condition it stands for. Portals and credit limits are not emulated.
_FILTERS = {
    "Status.All": "",
    "Status.Active": "status = 'active'",
    "Status.Inactive": "status = 'inactive'",
    "Status.Crm": "(zcrm_account_id <> '' OR zcrm_contact_id <> '' OR zcrm_vendor_id <> '')",
    "Status.Duplicate": "0",
    "Status.PortalEnabled": "0",
    "Status.PortalDisabled": "",
    "Status.CreditLimitExceed": "0",
    "Invoice.Unpaid": f"{_UNPAID})",
    "Invoice.OverDue": f"{_UNPAID} AND d.end_date < :today)",
}


_LISTING = Listing(
    report_name="Contacts",
    filters=(
        equal_filter("contact_type", "contact_type"),
        folded_filter("contact_name", "contact_name", "name_key", name_key),
        text_filter("company_name", "company_name"),
        text_filter("first_name", "first_name"),
        text_filter("last_name", "last_name"),
        text_filter("email", "email"),
        text_filter("phone", "phone"),
        identifier_filter("zcrm_account_id", "zcrm_account_id"),
        identifier_filter("zcrm_contact_id", "zcrm_contact_id"),
        identifier_filter("zcrm_vendor_id", "zcrm_vendor_id"),
        search_filter("contact_name", "company_name", "notes"),
    ),
    sort_columns={
        "contact_name": "contact_name",
        "first_name": "first_name",
        "last_name": "last_name",
        "email": "email",
        "outstanding_receivable_amount": _OWED % "customer",
        "outstanding_payable_amount": _OWED % "vendor",
        "created_time": "created_at",
        "last_modified_time": "modified_at",
    },
    key="contact_id",
    default_sort="contact_name",
    default_order="A",
    groups=_FILTERS,
)
_CHANGED_SINCE = modified_filter("modified_at")
# Templates of a contact's own, of which there are none.
_TEMPLATES = tuple(
    f"{what}_template_{part}"
    for what in (
        "statement",
        *(
            f"{kind}{mail}"
            for mail in ("", "_email")
            for kind in ("invoice", "estimate", "creditnote", "paymentthankyou")
        ),
        "bill",
    )
    for part in ("id", "name")
)
# What answers show of a customer alone, and of a vendor alone.
_ONLY = {
    "customer": frozenset({"is_taxable", "tax_id", "tax_name", "credit_limit", "zcrm_account_id", "zcrm_contact_id"}),
    "vendor": frozenset({"zcrm_vendor_id"}),
}


def list_answer(call: FinanceCall) -> Answer:
    """The page of contacts a query asks for."""
    if call.query.get("contact_type", "") not in ("", *types_of(call)):
        raise invalid_value("contact_type")
    base = equal({"ledger": call.ledger})
    if call.service.lists_customers:
        base.add("contact_type = ?", call.query.get("contact_type") or "customer")
        _CHANGED_SINCE(call.query, base)
    page = page_of(_LISTING, call.query, base, call.today.isoformat())
    found = page.rows(call.db, "SELECT contact_id, contact_type, currency_id, summary FROM finance_contacts")
    shown = found[: page.per_page]
    balances = receivables.of_contacts(call.db, [row["contact_id"] for row in shown])
    precisions = _precisions(call)
    rows = (
        spliced_row(
            _amounts(
                row["contact_type"],
                balances[row["contact_id"]],
                row["currency_id"],
                precisions,
                call.organization.price_precision,
            ),
            row["summary"],
        )
        for row in shown
    )
    return spliced("contacts", rows, page.described(len(found)))


def _precisions(call: FinanceCall) -> Mapping[str, int]:
    known = currencies.all_of(call.db, call.organization_id, with_base=True)
    return {currency.currency_id: currency.price_precision for currency in known}


def _amounts(
    contact_type: str,
    balances: Mapping[str, Balances],
    currency_id: str,
    precisions: Mapping[str, int],
    base_precision: int,
) -> dict[str, Decimal]:
    """The money keys of a contact: its own currency's sums, and all currencies together in the base one."""
    own = balances.get(currency_id) or Balances()
    precision = precisions[currency_id]
    owed = sum(sums.bcy_owed for sums in balances.values())
    unused = sum(sums.bcy_unused for sums in balances.values())
    amounts: dict[str, Decimal] = {}
    for side, of_type in _SIDES.items():
        mine = contact_type == of_type
        amounts |= {
            f"outstanding_{side}_amount": unscaled(own.owed if mine else 0, precision),
            f"outstanding_{side}_amount_bcy": unscaled(owed if mine else 0, base_precision),
            f"unused_credits_{side}_amount": unscaled(own.unused if mine else 0, precision),
            f"unused_credits_{side}_amount_bcy": unscaled(unused if mine else 0, base_precision),
        }
    return amounts


def detail(call: FinanceCall, contact: Contact) -> dict[str, Any]:
    """The answer of `GET /contacts/{id}`."""
    balances = receivables.of_contacts(call.db, [contact.contact_id])[contact.contact_id]
    people = contact_persons.of_contact(call.db, contact.contact_id)
    primary = contact_persons.primary_of(people)
    precisions = _precisions(call)
    hidden = _ONLY["vendor" if contact.contact_type == "customer" else "customer"]
    return {
        **{name: value for name, value in contact.document.items() if name not in hidden},
        "custom_field_hash": custom_fields.by_name(contact.document),
        "status": contact.status,
        "has_transaction": receivables.has_transaction(call.db, contact.contact_id),
        "primary_contact_id": primary.contact_person_id,
        **{name: primary.details[name] for name in ("first_name", "last_name", "email", "phone", "mobile")},
        **_amounts(contact.contact_type, balances, contact.currency_id, precisions, call.organization.price_precision),
        f"{contact.contact_type}_currency_summaries": list(_by_currency(call, balances, contact)),
        "contact_salutation": primary.details["salutation"],
        **{name: primary.details[name] for name in ("designation", "department")},
        "contact_persons": [person.shown() for person in people],
        "portal_status": "disabled",
        "documents": [],
        "tags": [],
        "opening_balances": [],
        "default_templates": dict.fromkeys(_TEMPLATES, ""),
    }


def _by_currency(call: FinanceCall, balances: Mapping[str, Balances], contact: Contact) -> Iterator[dict[str, Any]]:
    (side,) = (side for side, of_type in _SIDES.items() if of_type == contact.contact_type)
    for currency_id in {contact.currency_id: None, **balances}:
        currency = currencies.find(call.db, call.organization_id, currency_id)
        sums = balances.get(currency_id) or Balances()
        yield {
            "currency_id": currency_id,
            "currency_code": currency.currency_code,
            "currency_symbol": currency.currency_symbol,
            "price_precision": currency.price_precision,
            "is_base_currency": currency_id == call.organization.currency_id,
            f"outstanding_{side}_amount": unscaled(sums.owed, currency.price_precision),
            f"unused_credits_{side}_amount": unscaled(sums.unused, currency.price_precision),
        }
