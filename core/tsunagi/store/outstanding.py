"""What is outstanding: what documents still ask for by age and by customer, and the deals that none bills."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi.domain.money import Money
from tsunagi.domain.records import RecordRef
from tsunagi.store.columns import exact_sum
from tsunagi.store.documents import OWED, DocumentRow
from tsunagi.store.presence import of_kind
from tsunagi.store.tables import chunks, core

# The last day overdue of each bucket but the last; the first holds what is not due yet.
BUCKET_DAYS = (0, 30, 60, 90)
BUCKETS = len(BUCKET_DAYS) + 1

_DOCUMENT = core(DocumentRow)


@dataclass(frozen=True, slots=True)
class Owed:
    """Sums still owed in one currency, a sum for each bucket; `base` are those in the base currency."""

    count: int
    amounts: tuple[Money, ...]
    base: tuple[Money, ...]

    @property
    def total(self) -> Money:
        return sum(self.amounts[1:], self.amounts[0])

    @property
    def base_total(self) -> Money:
        return sum(self.base[1:], self.base[0])


class Ageing:
    """Sums what documents of a kind still ask for. A document without a due date is due on its date."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_kind(
        self,
        service: str,
        entity: str,
        today: dt.date,
        *,
        but: frozenset[str],
        customers: Sequence[RecordRef] | None = None,
    ) -> list[Owed]:
        """By currency in alphabetical order; of all customers, or of these. `but` are statuses that count for nothing.

        A balance below zero, which a customer has paid too much, is taken off its bucket.
        """
        if customers is None:
            return _owed(self._rows(service, entity, today, but, []))
        rows: list[sa.Row[tuple[object, ...]]] = []
        for some in chunks(customers):
            rows += self._rows(service, entity, today, but, [_DOCUMENT.c.customer.in_(some)])
        return _owed(rows)

    def _rows(
        self, service: str, entity: str, today: dt.date, but: frozenset[str], chosen: list[sa.ColumnElement[bool]]
    ) -> list[sa.Row[tuple[object, ...]]]:
        due = sa.func.coalesce(_DOCUMENT.c.due_date, _DOCUMENT.c.day, type_=sa.Date())
        starts = [(due >= today - dt.timedelta(days=days), number) for number, days in enumerate(BUCKET_DAYS)]
        bucket = sa.case(*starts, else_=len(BUCKET_DAYS)).label("bucket")
        group = _DOCUMENT.c.currency, _DOCUMENT.c.base_currency, bucket
        query = (
            sa.select(
                *group,
                sa.func.count().label("documents"),
                exact_sum(_DOCUMENT.c.balance).label("balance"),
                exact_sum(_DOCUMENT.c.base_balance).label("base_balance"),
            )
            .where(of_kind(_DOCUMENT, service, entity), _DOCUMENT.c.status.not_in(sorted(but)), OWED, *chosen)
            .group_by(*group)
        )
        return list(self._session.execute(query))


def added(several: Sequence[Owed]) -> list[Owed]:
    """Put together by their currencies."""
    found: dict[tuple[str, str], Owed] = {}
    for owed in several:
        currencies = owed.amounts[0].currency, owed.base[0].currency
        before = found.get(currencies)
        found[currencies] = (
            owed
            if before is None
            else Owed(
                before.count + owed.count,
                tuple(one + other for one, other in zip(before.amounts, owed.amounts, strict=True)),
                tuple(one + other for one, other in zip(before.base, owed.base, strict=True)),
            )
        )
    return [found[currencies] for currencies in sorted(found)]


def _owed(rows: Sequence[sa.Row[tuple[object, ...]]]) -> list[Owed]:
    return added([_one(row) for row in rows])


def _one(row: "sa.Row[tuple[object, ...]]") -> Owed:
    amounts = [Money.zero(row.currency)] * BUCKETS
    base = [Money.zero(row.base_currency)] * BUCKETS
    amounts[row.bucket], base[row.bucket] = Money(row.balance, row.currency), Money(row.base_balance, row.base_currency)
    return Owed(row.documents, tuple(amounts), tuple(base))


_DOCUMENT = core(DocumentRow)
_ALIVE = _DOCUMENT.c.deleted_at.is_(None)


class DocumentChecks:
    """Reads what documents are checked against; those marked deleted are left out."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def deals_answered(self, deals: Iterable[RecordRef], service: str, entity: str) -> set[RecordRef]:
        """Those of these deals that a document of this kind names."""
        found: set[RecordRef] = set()
        for some in chunks(list(deals)):
            chosen = of_kind(_DOCUMENT, service, entity), _DOCUMENT.c.deal.in_(some), _ALIVE
            found |= set(self._session.execute(sa.select(_DOCUMENT.c.deal).where(*chosen)).scalars())
        return found

    def open_balances(
        self, service: str, entity: str, customers: Iterable[RecordRef], *, left_out: Iterable[str] = ()
    ) -> dict[RecordRef, list[Money]]:
        """By customer and currency, what is open of their documents, but for those in the statuses left out."""
        found: dict[RecordRef, list[Money]] = {}
        group = _DOCUMENT.c.customer, _DOCUMENT.c.currency
        for some in chunks(list(customers)):
            kind = of_kind(_DOCUMENT, service, entity), _DOCUMENT.c.customer.in_(some), _ALIVE
            query = sa.select(*group, exact_sum(_DOCUMENT.c.balance).label("open"))
            chosen = query.where(*kind, _DOCUMENT.c.status.not_in(list(left_out))).group_by(*group)
            for row in self._session.execute(chosen):
                found.setdefault(row.customer, []).append(Money(row.open, row.currency))
        return found
