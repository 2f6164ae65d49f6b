"""Organisations: the companies whose books are kept, the services they use, and who may see them.

An organisation has one id, name, base currency and set of users in all finance services; each service knows only those
that were created in it or joined it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from zoho_sandbox.calls import Call
from zoho_sandbox.database import Database
from zoho_sandbox.finance import currencies, users
from zoho_sandbox.finance.errors import base_currency_locked, invalid_value, not_authorized, wrong_organization
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.services import BOOKS, DAILY_CALLS, SERVICES, Service
from zoho_sandbox.finance.times import stamp, written, zone
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.wire import decode, encode

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
    services: Sequence[str] = (BOOKS.name,),
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
            "INSERT INTO finance_organizations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
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
        users.add_roles(sandbox, organization_id)
        users.add_user(sandbox, organization_id, owner or users.administrator(sandbox))
        for service in services:
            join(sandbox, organization_id, service)
    return organization_id


def join(sandbox: Sandbox, organization_id: str, service: str) -> None:
    """Let an organisation use a service; nothing changes where it does already. Raises FinanceError."""
    if service not in SERVICES:
        raise invalid_value("service")
    find(sandbox.db, organization_id)
    sandbox.db.execute(
        "INSERT OR IGNORE INTO finance_organization_services VALUES (?, ?, ?, 0)",
        (organization_id, service, stamp(sandbox.clock.now())),
    )


def leave(sandbox: Sandbox, organization_id: str, service: str) -> None:
    """Take an organisation out of a service; what it keeps there stays for when it joins again."""
    sandbox.db.execute(
        "DELETE FROM finance_organization_services WHERE organization_id = ? AND service = ?",
        (organization_id, service),
    )


def services_of(database: Database, organization_id: str) -> set[str]:
    """The names of the services an organisation uses."""
    rows = database.query(
        "SELECT service FROM finance_organization_services WHERE organization_id = ?", (organization_id,)
    )
    return {row["service"] for row in rows}


def note_use(sandbox: Sandbox, organization_id: str, service: str) -> None:
    """Remember that a service whose documents are kept elsewhere has recorded a transaction."""
    sandbox.db.execute(
        "UPDATE finance_organization_services SET is_used = 1 WHERE organization_id = ? AND service = ?",
        (organization_id, service),
    )


def has_transactions(database: Database, organization_id: str) -> bool:
    """Whether a document or payment was recorded in any service: then the base currency stays."""
    ledgers = [service.ledger(organization_id) for service in SERVICES.values()]
    marks = ", ".join("?" * len(ledgers))
    return bool(
        database.value(
            f"SELECT EXISTS (SELECT 1 FROM finance_documents WHERE ledger IN ({marks}))"  # noqa: S608  (marks are code)
            f" OR EXISTS (SELECT 1 FROM finance_payments WHERE ledger IN ({marks}))"
            " OR EXISTS (SELECT 1 FROM finance_organization_services WHERE organization_id = ? AND is_used)",
            (*ledgers, *ledgers, organization_id),
        )
    )


def change_organization(
    sandbox: Sandbox,
    organization_id: str,
    *,
    name: str,
    currency_code: str,
    time_zone: str,
    details: dict[str, Any] | None = None,
) -> None:
    """Set an organisation up anew. Its base currency can change only while it has no transaction;
    raises FinanceError otherwise. `details` replace the further keys of the answer."""
    zone(time_zone)
    organization = find(sandbox.db, organization_id)
    with sandbox.db.transaction():
        currency_id = organization.currency_id
        if currency_code != organization.currency_code:
            if has_transactions(sandbox.db, organization_id):
                raise base_currency_locked()
            currency_id = currencies.change_base_currency(sandbox, organization_id, currency_code)
        sandbox.db.execute(
            "UPDATE finance_organizations SET name = ?, currency_id = ?, time_zone = ?, details = ?"
            " WHERE organization_id = ?",
            (
                name,
                currency_id,
                time_zone,
                encode(organization.details if details is None else details).decode(),
                organization_id,
            ),
        )
        if currency_id != organization.currency_id:
            currencies.forget_unused(sandbox.db, organization_id, organization.currency_id)


_COLUMNS = """
SELECT o.*, c.currency_code, c.currency_symbol, c.currency_format, c.price_precision
FROM finance_organizations o JOIN finance_currencies c USING (currency_id)
"""


_USES = " JOIN finance_organization_services s ON s.organization_id = o.organization_id AND s.service = ?"


def named(call: Call, service: Service) -> str:
    """The organisation a call names in its query, else in the service's header; "" where it names none."""
    return call.query.get("organization_id") or call.headers.get(service.header, "")


def find(database: Database, organization_id: str, service: str | None = None) -> Organization:
    """The organisation with this id, in any service or in one; raises FinanceError 6041."""
    uses, parameters = ("", ()) if service is None else (_USES, (service,))
    row = database.one(f"{_COLUMNS}{uses} WHERE o.organization_id = ?", (*parameters, organization_id))
    if row is None:
        raise wrong_organization(organization_id)
    return _from_row(row)


def default_organization(database: Database) -> Organization:
    """The organisation the sandbox was opened with."""
    row = database.one(f"{_COLUMNS} ORDER BY o.is_default DESC, o.organization_id LIMIT 1")
    if row is None:
        raise LookupError("the sandbox has no finance organisation")
    return _from_row(row)


def every(database: Database) -> list[Organization]:
    """All organisations of the sandbox, the default one first."""
    return [_from_row(row) for row in database.query(f"{_COLUMNS} ORDER BY o.is_default DESC, o.organization_id")]


def of_user(database: Database, zuid: str, service: str = BOOKS.name) -> list[Organization]:
    """The organisations of a service a signed-in user is active in, the default one first."""
    rows = database.query(
        f"{_COLUMNS}{_USES} JOIN finance_users u ON u.organization_id = o.organization_id"
        " WHERE u.zuid = ? AND u.status = 'active' ORDER BY o.is_default DESC, o.organization_id",
        (service, zuid),
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
        **{name: organization.details.get(name, "") for name in ("industry_type", "industry_size")},
        **dict.fromkeys(("company_id_label", "company_id_value", "tax_id_label", "tax_id_value"), ""),
        "country": organization.details.get("country", ""),
    }


_ADDRESS = ("street_address1", "street_address2", "city", "state", "country", "zip")
# What a request may say of an organisation beyond its name, currency and zone.
_TEXTS = (
    "language_code", "date_format", "field_separator", "industry_type", "industry_size", "country", "contact_name",
    "phone", "fax", "website", "email", "org_address", "remit_to_address",
)  # fmt: skip


def detail(organization: Organization, member: users.Member) -> dict[str, Any]:
    """The answer of `GET /organizations/{id}`."""
    details = organization.details
    address = details.get("address") or {}
    own = {name: details[name] for name in ("contact_name", "email") if details.get(name)}
    return (
        summary(organization, member)
        | own
        | {name: details.get(name, "") for name in ("phone", "fax", "website", "org_address", "remit_to_address")}
        | {
            "is_logo_uploaded": "false",
            "field_separator": details.get("field_separator", " "),
            "address": {name: address.get(name, "") for name in _ADDRESS},
        }
    )


def from_request(sandbox: Sandbox, fields: Fields, owner: users.Owner, service: str = BOOKS.name) -> Organization:
    """Create the organisation a `POST /organizations` describes, in that service alone."""
    organization_id = create_organization(
        sandbox,
        name=fields.required_text("name", 100),
        currency_code=fields.required_text("currency_code", 3),
        time_zone=fields.required_text("time_zone"),
        owner=owner,
        details={"portal_name": fields.required_text("portal_name")} | _details(fields, {}),
        services=(service,),
    )
    return find(sandbox.db, organization_id)


def join_from_request(
    sandbox: Sandbox, organization_id: str, fields: Fields, owner: users.Owner, service: str
) -> Organization:
    """Let an organisation of the caller's, known from another service, join this one; only its administrator may,
    and a base currency the request names must be the one it has."""
    organization = find(sandbox.db, organization_id)
    if not users.signed_in(sandbox.db, organization_id, owner.zuid).is_administrator:
        raise not_authorized()
    if fields.text("currency_code", default=organization.currency_code) != organization.currency_code:
        raise invalid_value("currency_code")
    join(sandbox, organization_id, service)
    return organization


def changed_by_request(sandbox: Sandbox, organization: Organization, fields: Fields) -> Organization:
    """Apply a `PUT /organizations/{id}`; the base currency is named by `currency_id` (or `currency_code`)."""
    code = fields.text("currency_code", 3, organization.currency_code)
    if currency_id := fields.identifier("currency_id"):
        code = currencies.find(sandbox.db, organization.organization_id, currency_id).currency_code
    change_organization(
        sandbox,
        organization.organization_id,
        name=fields.text("name", 100, organization.name),
        currency_code=code,
        time_zone=fields.text("time_zone", default=organization.time_zone),
        details=organization.details | _details(fields, organization.details),
    )
    return find(sandbox.db, organization.organization_id)


def _details(fields: Fields, known: dict[str, Any]) -> dict[str, Any]:
    month = fields.text("fiscal_year_start_month", default=known.get("fiscal_year_start_month", ""))
    if month and month not in _MONTHS:
        raise invalid_value("fiscal_year_start_month")
    address = fields.part("address").over(known.get("address") or {})
    return {name: fields.text(name) for name in _TEXTS if name in fields} | {
        "fiscal_year_start_month": month,
        "address": {name: address.text(name) for name in _ADDRESS},
    }


def _month_number(month: str) -> str:
    return str(_MONTHS.index(month) + 1 if month else 1)
