"""What customers owe us and we owe vendors, and what was paid in advance or credited, summed by index.

A contact is a customer or a vendor: its sums are receivables in the one case and payables in the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zoho_sandbox.database import Database
from zoho_sandbox.wire import encode

# Documents whose balance is owed: no invoice is ever called open, and no bill sent.
OWED = "kind IN ('invoice', 'bill') AND stage IN ('sent', 'open')"


@dataclass(slots=True)
class Balances:
    """Scaled sums of one contact in one currency; `bcy_*` in the base currency."""

    owed: int = 0
    bcy_owed: int = 0
    unused: int = 0
    bcy_unused: int = 0


# Contact id -> currency id -> sums.
ByCurrency = dict[str, dict[str, Balances]]


def of_contacts(database: Database, contact_ids: Sequence[str]) -> ByCurrency:
    """The balances of the given contacts, by currency. Drafts, and what is void, are not owed."""
    found: ByCurrency = {contact_id: {} for contact_id in contact_ids}
    wanted = (encode(list(contact_ids)).decode(),)
    for contact, currency, owed, bcy_owed in database.query(
        "SELECT contact_id, currency_id, SUM(balance), SUM(bcy_balance) FROM finance_documents"  # noqa: S608  (the condition is code)
        f" WHERE contact_id IN (SELECT value FROM json_each(?)) AND {OWED}"
        " GROUP BY contact_id, currency_id",
        wanted,
    ):
        sums = found[contact].setdefault(currency, Balances())
        sums.owed, sums.bcy_owed = owed, bcy_owed
    for contact, currency, unused, bcy_unused in database.query(
        "SELECT contact_id, currency_id, SUM(unused), SUM(bcy_unused) FROM"
        " (SELECT contact_id, currency_id, unused, bcy_unused FROM finance_payments"
        " WHERE contact_id IN (SELECT value FROM json_each(:ids))"
        " UNION ALL SELECT contact_id, currency_id, balance, bcy_balance FROM finance_documents"
        " WHERE contact_id IN (SELECT value FROM json_each(:ids)) AND kind = 'creditnote' AND stage = 'open')"
        " GROUP BY contact_id, currency_id",
        {"ids": wanted[0]},
    ):
        sums = found[contact].setdefault(currency, Balances())
        sums.unused, sums.bcy_unused = unused, bcy_unused
    return found


def has_transaction(database: Database, contact_id: str) -> bool:
    """Whether any document or payment names the contact."""
    return bool(
        database.value(
            "SELECT EXISTS (SELECT 1 FROM finance_documents WHERE contact_id = :id)"
            " OR EXISTS (SELECT 1 FROM finance_payments WHERE contact_id = :id)",
            {"id": contact_id},
        )
    )
