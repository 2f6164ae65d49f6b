"""Documents compared with the deals they bill and with what their customers owe."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi.domain.money import Money
from tsunagi.domain.records import RecordRef
from tsunagi.store.columns import exact_sum
from tsunagi.store.documents import DocumentRow
from tsunagi.store.grouping import chunks
from tsunagi.store.presence import of_kind
from tsunagi.store.tables import core

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
