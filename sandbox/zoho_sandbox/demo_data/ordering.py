"""The demo company's orders in Books: sales orders of customers, purchase orders to suppliers.

They bring contacts into Books that a first synchronisation would otherwise make, so they are seeded on request only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

from zoho_sandbox.demo_data.catalogue import catalogue
from zoho_sandbox.demo_data.company import Company
from zoho_sandbox.demo_data.customer import Customer
from zoho_sandbox.demo_data.deals import in_currency
from zoho_sandbox.demo_data.staff_user import staff_user
from zoho_sandbox.finance import contacts, document_writes
from zoho_sandbox.finance.currencies import of_code
from zoho_sandbox.finance.document_kind import DocumentKind
from zoho_sandbox.finance.document_kinds import PURCHASE_ORDER, SALES_ORDER
from zoho_sandbox.finance.services import BOOKS
from zoho_sandbox.sandbox import Sandbox

# The moves made with each order, one after the other.
_SALES = (("open",), ("open",), (), ("open", "void"), ("open",), ("open",))
_PURCHASES = (("open",), ("open", "billed"), (), ("open",), ("open", "cancelled"))


def seed_orders(sandbox: Sandbox, random: Random, demo_customers: Sequence[Customer], company: Company) -> None:
    """Sales orders that name their deal, and purchase orders, in several statuses."""
    for moves, customer in zip(_SALES, demo_customers, strict=False):
        customer_id = _contact(
            sandbox, "customer", customer.name, customer.currency, str(customer.person.get("Email", ""))
        )
        body = _order(sandbox, random, customer.currency) | {
            "customer_id": customer_id,
            "zcrm_potential_id": customer.deals[0],
            "reference_number": customer.deals[0],
        }
        _place(sandbox, SALES_ORDER, body, moves)
    for moves, vendor, customer in zip(_PURCHASES, company.vendors, demo_customers, strict=False):
        currency = vendor.fields["Currency"]
        vendor_id = _contact(sandbox, "vendor", vendor.fields["Vendor_Name"], currency, vendor.fields["Email"])
        # What is ordered for a deal names it by its id: the only place such an order has for it.
        body = _order(sandbox, random, currency) | {"vendor_id": vendor_id, "reference_number": customer.deals[0]}
        _place(sandbox, PURCHASE_ORDER, body, moves)


def _contact(sandbox: Sandbox, kind: str, name: str, code: str, email: str) -> str:
    books = staff_user(sandbox, BOOKS)
    currency = of_code(sandbox.db, books.organization_id, code)
    body = {
        "contact_type": kind,
        "contact_name": name,
        "company_name": name,
        "currency_id": currency.currency_id if currency else "",
        "contact_persons": [{"email": email}] if email else [],
    }
    return contacts.create(staff_user(sandbox, BOOKS, body)).contact_id


def _order(sandbox: Sandbox, random: Random, currency: str) -> dict[str, Any]:
    today = staff_user(sandbox, BOOKS).today
    chosen = random.sample(list(catalogue()), random.randint(1, 3))
    return {
        "date": (today - timedelta(days=random.randint(3, 60))).isoformat(),
        "line_items": [
            {
                "name": product.fields["Product_Name"][:100],
                "rate": in_currency(product.price, currency),
                "quantity": random.randint(1, 5),
            }
            for product in chosen
        ],
    }


def _place(sandbox: Sandbox, kind: DocumentKind, body: dict[str, Any], moves: Sequence[str]) -> None:
    books = staff_user(sandbox, BOOKS, body)
    order = document_writes.create(books, kind, books.fields)
    for move in moves:
        order = document_writes.move(books, order, move)
