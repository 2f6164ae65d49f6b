"""An amount of a finance document in its own and in the organisation's base currency."""

from tsunagi import Money, Value
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.row import Row


def amounts(row: Row, key: str, name: str, ledger: Ledger) -> dict[str, Value]:
    """The figure under `key` as `name` and `base_<name>`, at the document's own rate.

    Raises BrokenAnswer where a foreign document says neither the base figure nor its rate.
    """
    amount = row.money(key, row.currency())
    return {name: amount, f"base_{name}": in_base(row, key, amount, ledger)}


def in_base(row: Row, key: str, amount: Money, ledger: Ledger) -> Money:
    """The service's own figure where it gives one, else computed at the document's rate."""
    if amount.currency == ledger.base:
        return amount
    if row.number(f"bcy_{key}") is not None:
        return row.money(f"bcy_{key}", ledger.base)
    rate = row.number("exchange_rate")
    if not rate:
        raise row.broken("exchange_rate", row.data.get("exchange_rate"), "the rate of a foreign document")
    return Money(amount.amount * rate, ledger.base).rounded()


def tells_base(row: Row, ledger: Ledger, *keys: str) -> bool:
    """Whether the row says enough to have these figures in the base currency."""
    if row.currency() == ledger.base or row.number("exchange_rate"):
        return True
    return all(row.number(f"bcy_{key}") is not None for key in keys)
