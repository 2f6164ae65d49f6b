"""What is still to be received from a customer and paid to them, as each service last reported."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from tsunagi.app.connections.features import is_shown
from tsunagi.app.context import Context
from tsunagi.domain.money import Money
from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.links import Links
from tsunagi.store.records import Records


@dataclass(frozen=True, slots=True)
class Balance:
    """One customer's sums in one service, in their own and in the base currency; None where unknown."""

    customer: RecordRef
    receivable: Money | None
    receivable_base: Money | None
    payable: Money | None
    payable_base: Money | None

    @property
    def known(self) -> bool:
        return self.receivable is not None or self.payable is not None


def customers_of(context: Context, session: Session, refs: Iterable[RecordRef]) -> list[RecordRef]:
    """The records these are in step with, in the services that are on and as far as they are shown."""
    on = {connection.service: connection for connection in context.connectors.active()}
    found: dict[RecordRef, None] = {}
    for ref, links in Links(session).of_many(list(refs)).items():
        for link in links:
            other = link.other(ref)
            connection = on.get(other.service)
            if connection and link.pair in context.registry.pairs and is_shown(context, connection, other.entity):
                found[other] = None
    return sorted(found)


def balances(session: Session, customers: Sequence[RecordRef]) -> list[Balance]:
    """By service; those without the figures are left out."""
    known = Records(session).get_many(customers)
    found = [_balance(known[ref]) for ref in customers if ref in known]
    return [balance for balance in found if balance.known]


def _balance(record: Record) -> Balance:
    return Balance(
        record.ref,
        _money(record, "receivable"),
        _money(record, "receivable_base"),
        _money(record, "payable"),
        _money(record, "payable_base"),
    )


def _money(record: Record, field: str) -> Money | None:
    value = record.fields.get(field)
    return value if isinstance(value, Money) else None
