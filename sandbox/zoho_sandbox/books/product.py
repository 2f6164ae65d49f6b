"""Books as a product of the sandbox."""

from __future__ import annotations

from zoho_sandbox.books import (
    contact_routes,
    currency_routes,
    estimates,
    invoices,
    items,
    limits,
    organization_routes,
    organizations,
    payment_routes,
    taxes,
)
from zoho_sandbox.books.errors import BooksError, invalid_url
from zoho_sandbox.books.operations import refused
from zoho_sandbox.books.schema import SCHEMA
from zoho_sandbox.calls import Answer, Call, Refusal
from zoho_sandbox.product import Product
from zoho_sandbox.sandbox import Sandbox

_NO_TOKEN = BooksError(401, 14, "The request could not be authenticated. Please check the OAuth token.")
_NOT_AUTHORIZED = BooksError(401, 57, "You are not authorized to perform this operation")


def _refuse(refusal: Refusal) -> Answer:
    return refused(_worded(refusal))


def _worded(refusal: Refusal) -> BooksError:
    match refusal.reason:
        case "no_token":
            return _NO_TOKEN
        case "invalid_token" | "scope":
            return _NOT_AUTHORIZED
        case "not_found":
            return invalid_url()
        case "method":
            return BooksError(405, 37, "The HTTP method is not allowed for the requested resource")
        case "unreadable":
            return BooksError(400, 4, "Invalid element: the body is not a JSON object")
        case "rate_limit":
            return limits.refusal(int(refusal.code or 44), max(organizations.DAILY_CALLS.values()))
        case "failure":
            return BooksError(refusal.status, 1000, "Internal error")


def _admit(call: Call) -> Answer | None:
    error = limits.admit(call)
    return None if error is None else refused(error)


def _prepare(sandbox: Sandbox) -> None:
    """One organisation, so that a connection can always be made."""
    if sandbox.db.value("SELECT 1 FROM books_organizations LIMIT 1"):
        return
    organizations.create_organization(
        sandbox,
        name="Sandbox Company",
        currency_code="JPY",
        time_zone="Asia/Tokyo",
        is_default=True,
        details={"portal_name": "sandboxcompany", "country": "Japan"},
    )


PRODUCT = Product(
    name="books",
    prefix="/books",
    schema=SCHEMA,
    operations=(
        *organization_routes.OPERATIONS,
        *currency_routes.OPERATIONS,
        *taxes.OPERATIONS,
        *contact_routes.OPERATIONS,
        *items.OPERATIONS,
        *estimates.OPERATIONS,
        *invoices.OPERATIONS,
        *payment_routes.OPERATIONS,
    ),
    refuse=_refuse,
    prepare=_prepare,
    admit=_admit,
    stamp=limits.stamp,
)
