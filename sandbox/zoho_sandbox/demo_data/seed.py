"""Writes the demo company into a new sandbox: the CRM's organisation and records, and the Books organisation."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from decimal import Decimal
from random import Random
from typing import Any

from zoho_sandbox.accounts.tokens import person_id
from zoho_sandbox.crm import metadata
from zoho_sandbox.crm.organization import organization
from zoho_sandbox.crm.records import associate, insert_records
from zoho_sandbox.demo_data import organisation
from zoho_sandbox.demo_data.catalogue import FAMILIES
from zoho_sandbox.demo_data.company import Company, Entry, build_company
from zoho_sandbox.demo_data.customer import demo_customers
from zoho_sandbox.demo_data.japan import TRADES
from zoho_sandbox.demo_data.ordering import seed_orders
from zoho_sandbox.demo_data.spending import seed_expense
from zoho_sandbox.demo_data.subscribing import seed_billing
from zoho_sandbox.finance import users as finance_users
from zoho_sandbox.finance.currencies import add_currency as add_books_currency
from zoho_sandbox.finance.organizations import change_organization, default_organization, join
from zoho_sandbox.finance.organizations import every as every_organization
from zoho_sandbox.finance.services import SERVICES
from zoho_sandbox.sandbox import Sandbox

_MONEY = ("Amount", "Annual_Revenue")
_LINKED_MODULES = {
    "Account_Name": "Accounts",
    "Contact_Name": "Contacts",
    "Parent_Account": "Accounts",
    "Vendor_Name": "Vendors",
}


def seed_company(sandbox: Sandbox, seed: int, *, documents: bool = False) -> None:
    """Fill an empty sandbox with the company of this seed, as it stands on the sandbox's present day.

    Expense and Billing get some documents of their own; with `documents` Books gets sales and purchase orders too,
    and with them the customers and suppliers they are for.
    """
    company = build_company(seed, sandbox.clock.now().date())
    with sandbox.db.transaction():
        users = set_up_crm(sandbox)
        set_up_finance(sandbox)
        seeding = _Seeding(sandbox, users)
        seeding.insert(company)
        # Drawn apart from the company itself, which stays the same whatever is added here.
        random = Random(f"documents {seed}")  # noqa: S311 - reproducible is the point, nothing is secret
        known = demo_customers(random, company, seeding.ids["Accounts"], seeding.ids["Deals"])
        seed_expense(sandbox, random, known)
        seed_billing(sandbox, random, known)
        if documents:
            seed_orders(sandbox, random, known, company)


def set_up_crm(sandbox: Sandbox) -> list[str]:
    """Organisation, currencies, profiles, users, fields and views; the users' ids in the order of USERS."""
    metadata.set_org(
        sandbox,
        company_name=organisation.NAME,
        currency_code=organisation.BASE_CURRENCY,
        time_zone=organisation.TIME_ZONE,
        country_code=organisation.COUNTRY,
    )
    if has_currencies(sandbox):
        for code, rate in organisation.RATES.items():
            metadata.add_currency(sandbox, code, f"{rate:.9f}")
    for name, description in organisation.PROFILES:
        metadata.add_profile(sandbox, name, description)
    _add_fields_and_views(sandbox)
    return [
        metadata.add_user(
            sandbox,
            first_name=user.first_name,
            last_name=user.last_name,
            email=user.email,
            profile=user.profile,
        )
        for user in organisation.USERS
    ]


def has_currencies(sandbox: Sandbox) -> bool:
    """Whether the CRM's edition has several currencies of its own."""
    return organization(sandbox).edition in ("enterprise", "ultimate")


def set_up_finance(sandbox: Sandbox) -> None:
    """The finance side of the same company: same name, base currency and rates (base units per foreign unit), in all
    services, with its accountant and somebody who has left."""
    books = default_organization(sandbox.db)
    change_organization(
        sandbox,
        books.organization_id,
        name=organisation.NAME,
        currency_code=organisation.BASE_CURRENCY,
        time_zone=organisation.TIME_ZONE,
    )
    for code, rate in organisation.RATES.items():
        add_books_currency(sandbox, books.organization_id, code, (1 / rate).quantize(Decimal("1.000000000")))
    for known in every_organization(sandbox.db):
        for service in SERVICES:
            join(sandbox, known.organization_id, service)
    for email, (role, status) in organisation.FINANCE_USERS.items():
        person = finance_users.person(sandbox, person_id(sandbox, email))
        finance_users.add_user(sandbox, books.organization_id, person, role=role, status=status)


def _add_fields_and_views(sandbox: Sandbox) -> None:
    metadata.add_field(sandbox, "Contacts", "Name_Reading", "Name Reading", "text")
    metadata.set_pick_list(sandbox, "Accounts", "Industry", list(TRADES))
    metadata.set_pick_list(sandbox, "Products", "Product_Category", sorted({f.category for f in FAMILIES}))
    for view in organisation.VIEWS:
        criteria = {"comparator": "equal", "field": {"api_name": view.field}, "value": view.value}
        metadata.add_custom_view(sandbox, view.module, view.name, criteria)


class _Seeding:
    def __init__(self, sandbox: Sandbox, users: list[str]) -> None:
        self._sandbox, self._users = sandbox, users
        self._currencies = has_currencies(sandbox)
        # The ids of the records by module, in the order of the company's lists.
        self.ids: dict[str, list[str]] = {}

    def insert(self, company: Company) -> None:
        self._insert("Vendors", company.vendors)
        self._insert("Products", company.products)
        # A subsidiary can only name a parent that is there already.
        self._insert("Accounts", [entry for entry in company.accounts if not entry.links])
        self._insert("Accounts", [entry for entry in company.accounts if entry.links])
        self._insert("Contacts", company.contacts)
        self._insert("Deals", company.deals)
        self._associate(company.deals)

    def _insert(self, module: str, entries: Iterable[Entry]) -> None:
        ids = insert_records(self._sandbox, module, [self._row(entry) for entry in entries])
        self.ids.setdefault(module, []).extend(ids)

    def _row(self, entry: Entry) -> dict[str, Any]:
        created = datetime.combine(entry.created, time(1), UTC)
        links = {name: {"id": self.ids[_LINKED_MODULES[name]][place]} for name, place in entry.links.items()}
        owner = {"id": self._users[entry.owner]}
        return self._priced(entry.fields) | links | {"Owner": owner, "Created_Time": created, "Modified_Time": created}

    def _priced(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Amounts in their own currency, or in the only one the edition has."""
        code = fields.get("Currency", organisation.BASE_CURRENCY)
        if self._currencies or code == organisation.BASE_CURRENCY:
            return fields
        rate = organisation.RATES[code]
        return {name: round(value / rate) if name in _MONEY else value for name, value in fields.items()}

    def _associate(self, deals: list[Entry]) -> None:
        for deal_id, deal in zip(self.ids["Deals"], deals, strict=True):
            if deal.products:
                products = [self.ids["Products"][place] for place in deal.products]
                associate(self._sandbox, "Deals", deal_id, "Products", products)
