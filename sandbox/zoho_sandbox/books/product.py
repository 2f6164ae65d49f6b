"""Books as a product of the sandbox."""

from __future__ import annotations

from functools import partial

from zoho_sandbox.accounts import tokens
from zoho_sandbox.books import (
    bills,
    contact_routes,
    currency_routes,
    estimates,
    invoices,
    items,
    limits,
    organization_routes,
    organizations,
    payment_routes,
    purchase_orders,
    sales_orders,
    taxes,
    users,
)
from zoho_sandbox.books.operations import offered, refuse, refused
from zoho_sandbox.books.schema import SCHEMA
from zoho_sandbox.books.services import BOOKS, Service
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.product import Product
from zoho_sandbox.sandbox import Sandbox

# What every finance service that invoices customers offers.
SELLING = (
    *organization_routes.OFFERS,
    *currency_routes.OFFERS,
    *taxes.OFFERS,
    *contact_routes.OFFERS,
    *items.OFFERS,
    *estimates.OFFERS,
    *invoices.OFFERS,
    *payment_routes.OFFERS,
)
_BUYING = (
    *sales_orders.OFFERS,
    *purchase_orders.OFFERS,
    *bills.OFFERS,
    *payment_routes.VENDOR_OFFERS,
)


def admit(call: Call, service: Service = BOOKS) -> Answer | None:
    """Turn the call away where the service's limits say so."""
    error = limits.admit(call, service)
    return None if error is None else refused(error)


def _prepare(sandbox: Sandbox) -> None:
    """The company's organisation, so that a connection can always be made, and one of somebody else."""
    if sandbox.db.value("SELECT 1 FROM books_organizations LIMIT 1"):
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


PRODUCT = Product(
    name=BOOKS.name,
    prefix="/books",
    schema=SCHEMA,
    operations=offered(BOOKS, SELLING, _BUYING),
    refuse=refuse,
    prepare=_prepare,
    admit=admit,
    stamp=partial(limits.stamp, service=BOOKS),
)
