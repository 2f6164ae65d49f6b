"""Books as a product of the sandbox, and Invoice: the sales side of Books under its own paths and scopes."""

from __future__ import annotations

from zoho_sandbox.accounts import tokens
from zoho_sandbox.books import contact_routes, document_routes, payment_routes
from zoho_sandbox.finance import items, organizations, recurring_invoices, settings_routes, taxes, users
from zoho_sandbox.finance.operations import product_of
from zoho_sandbox.finance.schema import SCHEMA
from zoho_sandbox.finance.services import BOOKS, INVOICE
from zoho_sandbox.sandbox import Sandbox

# What every finance service that invoices customers offers.
SELLING = (
    *settings_routes.OFFERS,
    *settings_routes.CURRENCY_OFFERS,
    *taxes.OFFERS,
    *contact_routes.OFFERS,
    *items.OFFERS,
    *document_routes.SELLING,
    *payment_routes.CREDIT_OFFERS,
    *payment_routes.OFFERS,
)
_BUYING = (
    *document_routes.BUYING,
    *payment_routes.VENDOR_OFFERS,
)


def _prepare(sandbox: Sandbox) -> None:
    """The company's organisation, so that a connection can always be made, and another one."""
    if sandbox.db.value("SELECT 1 FROM finance_organizations LIMIT 1"):
        return
    organization_id = organizations.create_organization(
        sandbox,
        name="Sandbox Company",
        currency_code="JPY",
        time_zone="Asia/Tokyo",
        is_default=True,
        details={"portal_name": "sandboxcompany", "country": "Japan"},
    )
    colleague = users.person(sandbox, tokens.person_id(sandbox, tokens.STANDARD_EMAIL))
    users.add_user(sandbox, organization_id, colleague, role="staff")
    _prepare_other(sandbox)


def _prepare_other(sandbox: Sandbox) -> None:
    """An organisation whose administrator is no user of the CRM."""
    zuid = sandbox.new_id()
    tokens.add_person(sandbox, zuid, tokens.OTHER_EMAIL, "Emily Carter")
    organizations.create_organization(
        sandbox,
        name="Second Company",
        currency_code="JPY",
        time_zone="Asia/Tokyo",
        owner=users.person(sandbox, zuid),
        details={"portal_name": "secondcompany", "country": "Japan"},
    )


PRODUCT = product_of(BOOKS, _BUYING, SELLING, schema=SCHEMA, prepare=_prepare, before=recurring_invoices.catch_up)
# Invoice keeps its data in the tables of Books, under ledgers of its own.
INVOICE_PRODUCT = product_of(INVOICE, (contact_routes.ALL_PEOPLE,), SELLING, before=recurring_invoices.catch_up)
