"""The demo company's orders in Books: sales orders of customers, purchase orders to suppliers.

They bring contacts into Books that a first synchronisation would otherwise make, so they are seeded on request only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

from zoho_sandbox.books import contacts, document_store, orders
from zoho_sandbox.books.currencies import of_code
from zoho_sandbox.books.document_kinds import PURCHASE_ORDER, SALES_ORDER, DocumentKind
from zoho_sandbox.books.services import BOOKS
from zoho_sandbox.books.states import PURCHASE_ORDER_MOVES, SALES_ORDER_MOVES, Moves
from zoho_sandbox.demo_data.catalogue import catalogue
from zoho_sandbox.demo_data.company import Company
from zoho_sandbox.demo_data.customer import Customer
from zoho_sandbox.demo_data.deals import in_currency
from zoho_sandbox.demo_data.staff_user import staff_user
from zoho_sandbox.sandbox import Sandbox

# The moves made with each order, one after the other.
_SALES = (("open",), ("open",), (), ("open", "void"), ("open",), ("open",))
_OWN = {
    "salesorder": ("estimate_id", "delivery_method"),
    "purchaseorder": ("expected_delivery_date", "ship_via", "attention", "delivery_org_address_id"),
}
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
        _place(sandbox, SALES_ORDER, body, SALES_ORDER_MOVES, moves)
    for moves, vendor, customer in zip(_PURCHASES, company.vendors, demo_customers, strict=False):
        currency = vendor.fields["Currency"]
        vendor_id = _contact(sandbox, "vendor", vendor.fields["Vendor_Name"], currency, vendor.fields["Email"])
        # What is ordered for a deal names it by its id: the only place such an order has for it.
        body = _order(sandbox, random, currency) | {"vendor_id": vendor_id, "reference_number": customer.deals[0]}
        _place(sandbox, PURCHASE_ORDER, body, PURCHASE_ORDER_MOVES, moves)


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


def _place(sandbox: Sandbox, kind: DocumentKind, body: dict[str, Any], allowed: Moves, moves: Sequence[str]) -> None:
    books = staff_user(sandbox, BOOKS, body)
    made = orders.create(books, kind, dict.fromkeys(_OWN[kind.kind], ""), "").body
    if not isinstance(made, dict):
        raise TypeError(f"a new {kind.word} was answered as {type(made).__name__}, not as an object")
    for move in moves:
        document = document_store.find(books, kind, made[kind.kind][kind.id_key])
        orders.move(books, document, allowed, move)
