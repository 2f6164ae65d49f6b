"""The finance services, which share organisations, and how each is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Calls a day by plan, where the service has none of its own.
DAILY_CALLS: Mapping[str, int] = {
    "FREE": 1000,
    "STANDARD": 2000,
    "PROFESSIONAL": 5000,
    "PREMIUM": 10000,
    "ELITE": 10000,
    "ULTIMATE": 10000,
}
_SUBSCRIPTIONS = {plan: min(calls, 5000) for plan, calls in DAILY_CALLS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One finance service: `base` begins its paths, `scope` its OAuth scopes, `header` (lower case) may name the
    organisation instead of the query's `organization_id`. `sells_only`: it knows no vendors. `lists_customers`: a list
    of contacts that names no type is one of customers, and takes `last_modified_time`. `flat_parties`: a party's own
    fields name its primary person and its record in the CRM, which in the others only Zoho's integration does."""

    name: str
    base: str
    scope: str
    header: str
    daily_calls: Mapping[str, int]
    sells_only: bool = False
    lists_customers: bool = False
    flat_parties: bool = False

    def ledger(self, organization_id: str) -> str:
        """The key of what an organisation keeps in this service: its contacts, items and documents."""
        return f"{organization_id}/{self.name}"


BOOKS = Service(
    name="books",
    base="/books/v3",
    scope="ZohoBooks",
    header="x-com-zoho-books-organizationid",
    daily_calls=DAILY_CALLS,
)
INVOICE = Service(
    name="invoice",
    base="/invoice/v3",
    scope="ZohoInvoice",
    header="x-com-zoho-invoice-organizationid",
    daily_calls=DAILY_CALLS,
    lists_customers=True,
)
EXPENSE = Service(
    name="expense",
    base="/expense/v1",
    scope="ZohoExpense",
    header="x-com-zoho-expense-organizationid",
    daily_calls=DAILY_CALLS,
    flat_parties=True,
)
BILLING = Service(
    name="billing",
    base="/billing/v1",
    scope="ZohoSubscriptions",
    header="x-com-zoho-subscriptions-organizationid",
    daily_calls=_SUBSCRIPTIONS,
    sells_only=True,
    flat_parties=True,
)
SERVICES: Mapping[str, Service] = {service.name: service for service in (BOOKS, INVOICE, EXPENSE, BILLING)}
