"""Organisations: the companies whose books are kept, and who may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from zoho_sandbox.books import currencies, users
from zoho_sandbox.books.errors import invalid_value, wrong_organization
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.books.times import stamp, written, zone
from zoho_sandbox.database import Database
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.wire import decode, encode

# Calls a day by plan.
DAILY_CALLS = {
    "FREE": 1000,
    "STANDARD": 2000,
    "PROFESSIONAL": 5000,
    "PREMIUM": 10000,
    "ELITE": 10000,
    "ULTIMATE": 10000,
}
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """One company. `currency_*` and `price_precision` are those of its base currency."""

    organization_id: str
    name: str
    currency_id: str
    currency_code: str
    currency_symbol: str
    currency_format: str
    price_precision: int
    time_zone: str
    plan_name: str
    created_at: int
    is_default: bool
    details: dict[str, Any]

    def today(self, sandbox: Sandbox) -> date:
        """The date on the organisation's wall at the sandbox's present."""
        return sandbox.clock.now().astimezone(zone(self.time_zone)).date()

    def written(self, stamped: int) -> str:
        return written(stamped, self.time_zone)

    @property
    def daily_calls(self) -> int:
        return DAILY_CALLS[self.plan_name]

    @property
    def concurrent_calls(self) -> int:
        return 5 if self.plan_name == "FREE" else 10


def create_organization(
    sandbox: Sandbox,
    *,
    name: str,
    currency_code: str,
    time_zone: str,
    owner: users.Owner | None = None,
    plan_name: str = "ULTIMATE",
    is_default: bool = False,
    details: dict[str, Any] | None = None,
) -> str:
    """Store a new organisation with its base currency and its owner as administrator; returns its id.

    `details` are further keys of the answer (language_code, portal_name, address, ...). Without `owner` it
    belongs to the administrator of the sandbox's company.
    """
    zone(time_zone)
    if plan_name not in DAILY_CALLS:
        raise invalid_value("plan_name")
    organization_id = sandbox.new_id()
    with sandbox.db.transaction():
        currency = currencies.add_base_currency(sandbox, organization_id, currency_code)
        sandbox.db.execute(
            "INSERT INTO books_organizations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                organization_id,
                name,
                currency,
                time_zone,
                plan_name,
                stamp(sandbox.clock.now()),
                is_default,
                encode(details or {}).decode(),
            ),
        )
        users.add_user(sandbox, organization_id, owner or users.administrator(sandbox))
    return organization_id


def change_organization(
    sandbox: Sandbox, organization_id: str, *, name: str, currency_code: str, time_zone: str
) -> None:
    """Set an organisation up anew. Its base currency can change only while it has no document;
    raises BooksError otherwise."""
    zone(time_zone)
    organization = find(sandbox.db, organization_id)
    with sandbox.db.transaction():
        currency_id = organization.currency_id
        if currency_code != organization.currency_code:
            if sandbox.db.value("SELECT 1 FROM books_documents WHERE organization_id = ? LIMIT 1", (organization_id,)):
                raise invalid_value("currency_code")
            currency_id = currencies.change_base_currency(sandbox, organization_id, currency_code)
        sandbox.db.execute(
            "UPDATE books_organizations SET name = ?, currency_id = ?, time_zone = ? WHERE organization_id = ?",
            (name, currency_id, time_zone, organization_id),
        )
        if currency_id != organization.currency_id:
            currencies.forget_unused(sandbox.db, organization_id, organization.currency_id)


_COLUMNS = """
SELECT o.*, c.currency_code, c.currency_symbol, c.currency_format, c.price_precision
FROM books_organizations o JOIN books_currencies c USING (currency_id)
"""


def find(database: Database, organization_id: str) -> Organization:
    """The organisation with this id; raises BooksError 6041."""
    row = database.one(f"{_COLUMNS} WHERE o.organization_id = ?", (organization_id,))
    if row is None:
        raise wrong_organization(organization_id)
    return _from_row(row)


def default_organization(database: Database) -> Organization:
    """The organisation the sandbox was opened with."""
    row = database.one(f"{_COLUMNS} ORDER BY o.is_default DESC, o.organization_id LIMIT 1")
    if row is None:
        raise LookupError("the sandbox has no Books organisation")
    return _from_row(row)


def of_user(database: Database, zuid: str) -> list[Organization]:
    """The organisations a signed-in user belongs to, the default one first."""
    rows = database.query(
        f"{_COLUMNS} JOIN books_users u ON u.organization_id = o.organization_id"
        " WHERE u.zuid = ? AND u.status = 'active' ORDER BY o.is_default DESC, o.organization_id",
        (zuid,),
    )
    return [_from_row(row) for row in rows]


def _from_row(row: Any) -> Organization:
    return Organization(
        organization_id=row["organization_id"],
        name=row["name"],
        currency_id=row["currency_id"],
        currency_code=row["currency_code"],
        currency_symbol=row["currency_symbol"],
        currency_format=row["currency_format"],
        price_precision=row["price_precision"],
        time_zone=row["time_zone"],
        plan_name=row["plan_name"],
        created_at=row["created_at"],
        is_default=bool(row["is_default"]),
        details=decode(row["details"]),
    )


def summary(organization: Organization, member: users.Member) -> dict[str, Any]:
    """A row of `GET /organizations` for one of its members."""
    return {
        "organization_id": organization.organization_id,
        "name": organization.name,
        "contact_name": member.name,
        "email": member.email,
        "is_default_org": organization.is_default,
        "user_role": member.role,
        "user_status": member.status,
        "plan_type": list(DAILY_CALLS).index(organization.plan_name),
        "plan_name": organization.plan_name,
        "plan_period": "Yearly",
        "tax_group_enabled": True,
        "language_code": organization.details.get("language_code", "en"),
        "date_format": organization.details.get("date_format", "dd MMM yyyy"),
        "fiscal_year_start_month": _month_number(organization.details.get("fiscal_year_start_month", "")),
        "account_created_date": organization.written(organization.created_at)[:10],
        "time_zone": organization.time_zone,
        "is_org_active": True,
        "currency_id": organization.currency_id,
        "currency_code": organization.currency_code,
        "currency_symbol": organization.currency_symbol,
        "currency_format": organization.currency_format,
        "price_precision": organization.price_precision,
        "portal_name": organization.details.get("portal_name", ""),
        "country": organization.details.get("country", ""),
    }


def detail(organization: Organization, member: users.Member) -> dict[str, Any]:
    """The answer of `GET /organizations/{id}`."""
    details = organization.details
    address = details.get("address") or {}
    names = ("street_address1", "street_address2", "city", "state", "country", "zip")
    return summary(organization, member) | {
        "is_logo_uploaded": "false",
        "field_separator": details.get("field_separator", " "),
        "industry_type": details.get("industry_type", ""),
        "industry_size": details.get("industry_size", ""),
        "address": {name: address.get(name, "") for name in names},
    }


def from_request(sandbox: Sandbox, fields: Fields, owner: users.Owner) -> Organization:
    """Create the organisation a `POST /organizations` describes."""
    month = fields.text("fiscal_year_start_month")
    if month and month not in _MONTHS:
        raise invalid_value("fiscal_year_start_month")
    optional = ("language_code", "date_format", "field_separator", "industry_type", "industry_size", "country")
    address = fields.part("address")
    details = {name: fields.text(name) for name in optional if name in fields} | {
        "portal_name": fields.required_text("portal_name"),
        "fiscal_year_start_month": month,
        "address": {
            name: address.text(name)
            for name in ("street_address1", "street_address2", "city", "state", "country", "zip")
        },
    }
    organization_id = create_organization(
        sandbox,
        name=fields.required_text("name", 100),
        currency_code=fields.required_text("currency_code", 3),
        time_zone=fields.required_text("time_zone"),
        owner=owner,
        details=details,
    )
    return find(sandbox.db, organization_id)


def _month_number(month: str) -> int:
    return _MONTHS.index(month) if month else 0
