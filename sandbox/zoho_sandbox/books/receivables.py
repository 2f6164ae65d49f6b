"""What customers owe and what they have paid in advance, summed from documents and payments by index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zoho_sandbox.database import Database
from zoho_sandbox.wire import encode


@dataclass(slots=True)
class Balances:
    """Scaled sums of one customer in one currency; `bcy_*` in the base currency."""

    owed: int = 0
    bcy_owed: int = 0
    unused: int = 0
    bcy_unused: int = 0


# Customer id -> currency id -> sums.
ByCurrency = dict[str, dict[str, Balances]]


def of_customers(database: Database, contact_ids: Sequence[str]) -> ByCurrency:
    """The balances of the given customers, by currency. Drafts and void invoices are not owed."""
    found: ByCurrency = {contact_id: {} for contact_id in contact_ids}
    wanted = (encode(list(contact_ids)).decode(),)
    for customer, currency, owed, bcy_owed in database.query(
        "SELECT customer_id, currency_id, SUM(balance), SUM(bcy_balance) FROM books_documents"
        " WHERE customer_id IN (SELECT value FROM json_each(?)) AND kind = 'invoice' AND stage = 'sent'"
        " GROUP BY customer_id, currency_id",
        wanted,
    ):
        sums = found[customer].setdefault(currency, Balances())
        sums.owed, sums.bcy_owed = owed, bcy_owed
    for customer, currency, unused, bcy_unused in database.query(
        "SELECT customer_id, currency_id, SUM(unused), SUM(bcy_unused) FROM books_payments"
        " WHERE customer_id IN (SELECT value FROM json_each(?)) GROUP BY customer_id, currency_id",
        wanted,
    ):
        sums = found[customer].setdefault(currency, Balances())
        sums.unused, sums.bcy_unused = unused, bcy_unused
    return found


def has_transaction(database: Database, contact_id: str) -> bool:
    """Whether any document or payment names the contact."""
    return bool(
        database.value(
            "SELECT EXISTS (SELECT 1 FROM books_documents WHERE customer_id = :id)"
            " OR EXISTS (SELECT 1 FROM books_payments WHERE customer_id = :id)",
            {"id": contact_id},
        )
    )
