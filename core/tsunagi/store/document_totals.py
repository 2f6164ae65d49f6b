"""Sums of documents by currency, kept for each customer beside the documents.

A page need not add up what may be a hundred thousand rows. Kept sums change in the transaction that changes the
documents, by what that changes; Documents alone writes them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.money import Money
from tsunagi.domain.records import RecordRef
from tsunagi.store.columns import SumText, exactly_added
from tsunagi.store.presence import of_kind
from tsunagi.store.tables import Row, chunks, core, upsert

AMOUNTS = ("total", "balance", "base_total", "base_balance")


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the documents of one currency."""

    count: int
    total: Money
    balance: Money
    base_total: Money
    base_balance: Money


def folded(several: Iterable[Sequence[Totals]]) -> list[Totals]:
    """Sums put together by their currencies, in alphabetical order of these."""
    found: dict[tuple[str, str], Totals] = {}
    for totals in (each for some in several for each in some):
        currencies = totals.total.currency, totals.base_total.currency
        found[currencies] = _added(found[currencies], totals) if currencies in found else totals
    return [found[currencies] for currencies in sorted(found)]


def _added(one: Totals, other: Totals) -> Totals:
    """Both in the same currencies."""
    return Totals(
        count=one.count + other.count,
        total=one.total + other.total,
        balance=one.balance + other.balance,
        base_total=one.base_total + other.base_total,
        base_balance=one.base_balance + other.base_balance,
    )


class DocumentTotalRow(Row, table=True):
    """A customer's documents of one kind, currency and status that are still there: how many, and their sums.

    `customer` is empty for documents that name none.
    """

    __tablename__ = "document_total"

    service: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    customer: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    base_currency: str = Field(primary_key=True)
    status: str = Field(primary_key=True)
    documents: int = Field(sa_type=sa.BigInteger)
    total: Decimal = Field(sa_type=SumText)
    balance: Decimal = Field(sa_type=SumText)
    base_total: Decimal = Field(sa_type=SumText)
    base_balance: Decimal = Field(sa_type=SumText)


class Group(NamedTuple):
    """What the documents of one sum have in common, beside their kind."""

    customer: str
    currency: str
    base_currency: str
    status: str


# How many documents, and then AMOUNTS.
_Sums = tuple[int, list[Decimal]]
# A row of documents, read or to be written.
_Document = Mapping[str, Any] | sa.RowMapping
_TOTAL = core(DocumentTotalRow)


class CustomerTotals:
    """Reads the sums of one kind of documents, and changes them with these."""

    def __init__(self, session: Session, service: str, entity: str) -> None:
        self._session = session
        self._service, self._entity = service, entity

    def lock(self) -> None:
        """Until the transaction ends, nobody else writes documents of this kind.

        To be called before they are read: what a document said before must be what it says until it is written.
        SQLite has one writer at a time anyway.
        """
        if self._session.get_bind().dialect.name == "postgresql":
            names = sa.func.hashtext("document"), sa.func.hashtext(f"{self._service}.{self._entity}")
            self._session.execute(sa.select(sa.func.pg_advisory_xact_lock(*names)))

    def change(self, before: Iterable[_Document], after: Iterable[_Document]) -> None:
        """Documents as they were and as they are now; those marked deleted count for nothing."""
        differences = _differences(before, after)
        known: dict[Group, _Sums] = {}
        for customers in chunks(sorted({group.customer for group in differences})):
            known |= {_group(row): _sums(row) for row in self._rows(customers)}
        changed = {
            group: _summed(known[group], sums) if group in known else sums
            for group, sums in sorted(differences.items())
        }
        upsert(self._session, _TOTAL, [self._row(group, sums) for group, sums in changed.items()])
        for customers in chunks(sorted({group.customer for group, sums in changed.items() if not sums[0]})):
            empty = *self._chosen(customers), _TOTAL.c.documents == 0
            self._session.execute(sa.delete(_TOTAL).where(*empty))

    def by_status(self, customers: Sequence[RecordRef]) -> dict[str, list[Totals]]:
        """Sums of these customers' documents, one after the other: {status: sums by currency}."""
        found: dict[str, list[Totals]] = {}
        for some in chunks(list(dict.fromkeys(map(str, customers)))):
            for row in self._rows(some):
                found.setdefault(row["status"], []).append(totals_of(row))
        return found

    def _rows(self, customers: Sequence[str]) -> Sequence[sa.RowMapping]:
        return self._session.execute(sa.select(_TOTAL).where(*self._chosen(customers))).mappings().all()

    def _chosen(self, customers: Sequence[str]) -> tuple[sa.ColumnElement[bool], ...]:
        return of_kind(_TOTAL, self._service, self._entity), _TOTAL.c.customer.in_(customers)

    def _row(self, group: Group, sums: _Sums) -> dict[str, Any]:
        documents, amounts = sums
        kind = {"service": self._service, "entity": self._entity}
        return {**kind, **group._asdict(), "documents": documents, **dict(zip(AMOUNTS, amounts, strict=True))}


def _differences(before: Iterable[_Document], after: Iterable[_Document]) -> dict[Group, _Sums]:
    """By how much each sum changes, for those that do."""
    found: dict[Group, _Sums] = {}
    for sign, documents in ((-1, before), (1, after)):
        for document in documents:
            if document["deleted_at"] is None:
                one = sign, [document[name].copy_negate() if sign < 0 else document[name] for name in AMOUNTS]
                group = _group(document)
                found[group] = _summed(found[group], one) if group in found else one
    return {group: sums for group, sums in found.items() if sums[0] or any(sums[1])}


def _group(row: _Document) -> Group:
    """Of a document, or of a sum."""
    return Group(str(row["customer"] or ""), row["currency"], row["base_currency"], row["status"])


def _sums(row: sa.RowMapping) -> _Sums:
    return row["documents"], [row[name] for name in AMOUNTS]


def _summed(one: _Sums, other: _Sums) -> _Sums:
    return one[0] + other[0], [exactly_added(*pair) for pair in zip(one[1], other[1], strict=True)]


def totals_of(row: sa.RowMapping) -> Totals:
    """Of a row of this table, or of sums by the same names."""
    return Totals(
        count=row["documents"],
        total=Money(row["total"], row["currency"]),
        balance=Money(row["balance"], row["currency"]),
        base_total=Money(row["base_total"], row["base_currency"]),
        base_balance=Money(row["base_balance"], row["base_currency"]),
    )
