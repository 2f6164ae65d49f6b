"""What a customer or vendor owes and is owed, as the service sums it up."""

from tsunagi import Money, Value
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.row import Row

_AMOUNTS = {
    "receivable": "outstanding_receivable_amount",
    "payable": "outstanding_payable_amount",
    "credits": "unused_credits_receivable_amount",
}
_IN_BASE = ("receivable", "payable")


def read_balances(row: Row, ledger: Ledger) -> dict[str, Value]:
    """Only what the row says: in the record's own currency, and over all its currencies in the base one.

    The figures in the base currency are left out as long as that currency is not known: they are not worth a call.
    """
    currency, base = row.currency(), ledger.known_base
    said = {name: key for name, key in _AMOUNTS.items() if row.has(key)}
    fields: dict[str, Value] = {name: row.money(key, currency) for name, key in said.items()}
    for name in (name for name in _IN_BASE if name in said and base):
        amount = _in_base(row, said[name], currency, base)
        if amount is not None:
            fields[f"{name}_base"] = amount
    return fields


def _in_base(row: Row, key: str, currency: str, base: str) -> Money | None:
    if row.has(f"{key}_bcy"):
        return row.money(f"{key}_bcy", base)
    return row.money(key, base) if currency == base else None
