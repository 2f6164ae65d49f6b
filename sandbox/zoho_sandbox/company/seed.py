"""Writes the demo company into a new sandbox: the CRM's organisation and records, and the Books organisation."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from zoho_sandbox.books.currencies import add_currency as add_books_currency
from zoho_sandbox.books.organizations import change_organization, default_organization
from zoho_sandbox.company import organisation
from zoho_sandbox.company.believable import Company, Entry, build_company
from zoho_sandbox.company.catalogue import FAMILIES
from zoho_sandbox.company.japan import TRADES
from zoho_sandbox.crm import metadata
from zoho_sandbox.crm.records import associate, insert_records
from zoho_sandbox.sandbox import Sandbox

_LINKED_MODULES = {
    "Account_Name": "Accounts",
    "Contact_Name": "Contacts",
    "Parent_Account": "Accounts",
    "Vendor_Name": "Vendors",
}


def seed_company(sandbox: Sandbox, seed: int) -> None:
    """Fill an empty sandbox with the company of this seed, as it stands on the sandbox's present day."""
    company = build_company(seed, sandbox.clock.now().date())
    with sandbox.db.transaction():
        users = set_up_crm(sandbox)
        set_up_books(sandbox)
        _Seeding(sandbox, users).insert(company)


def set_up_crm(sandbox: Sandbox) -> list[str]:
    """Organisation, currencies, profiles, users, fields and views; the users' ids in the order of USERS."""
    metadata.set_org(
        sandbox,
        company_name=organisation.NAME,
        currency_code=organisation.BASE_CURRENCY,
        time_zone=organisation.TIME_ZONE,
        country_code=organisation.COUNTRY,
    )
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


def set_up_books(sandbox: Sandbox) -> None:
    """The finance side of the same company: same name, base currency and rates (base units per foreign unit)."""
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
        self._ids: dict[str, list[str]] = {}

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
        self._ids.setdefault(module, []).extend(ids)

    def _row(self, entry: Entry) -> dict[str, Any]:
        created = datetime.combine(entry.created, time(1), UTC)
        links = {name: {"id": self._ids[_LINKED_MODULES[name]][place]} for name, place in entry.links.items()}
        owner = {"id": self._users[entry.owner]}
        return entry.fields | links | {"Owner": owner, "Created_Time": created, "Modified_Time": created}

    def _associate(self, deals: list[Entry]) -> None:
        for deal_id, deal in zip(self._ids["Deals"], deals, strict=True):
            if deal.products:
                products = [self._ids["Products"][place] for place in deal.products]
                associate(self._sandbox, "Deals", deal_id, "Products", products)
