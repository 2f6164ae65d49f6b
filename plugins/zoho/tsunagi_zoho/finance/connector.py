"""One connector for every finance service; a service says which kinds of record it has and where it answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from tsunagi import (
    Capabilities,
    ConnectorContext,
    ConnectorError,
    Cursor,
    Fields,
    NewRecord,
    Organization,
    OutcomeUnknown,
    Page,
    Record,
    RecordNotFound,
    RecordRef,
    RecordRejected,
    StaleRecord,
    Subscription,
    Text,
    Value,
)
from tsunagi_zoho.answers import Answer
from tsunagi_zoho.finance.calls import PAGE_SIZE, OrganizationCalls, object_in
from tsunagi_zoho.finance.kinds import Kind, Listing
from tsunagi_zoho.finance.ledger import Currency, Ledger, currencies
from tsunagi_zoho.finance.organizations import chosen, finance_client, list_organizations
from tsunagi_zoho.finance.position import Position
from tsunagi_zoho.finance.records import record_of, row_of
from tsunagi_zoho.finance.row import Row
from tsunagi_zoho.paging import finance_page
from tsunagi_zoho.times import format_time

_log = structlog.get_logger(__name__)


class FinanceConnector:
    """A connected finance organisation, as tsunagi.domain.connector.Connector describes it.

    Errors are those of ZohoClient; see there.
    """

    def __init__(self, context: ConnectorContext, *, service: str, base_path: str, kinds: Sequence[Kind]) -> None:
        self._service = service
        self._kinds = {kind.entity: kind for kind in kinds}
        self._calls = OrganizationCalls(finance_client(context, service, base_path), context.organization_id)
        self._ledger = Ledger(service, self._currencies, context.now)
        self._ledger.remember_base(context.base_currency)

    @property
    def service(self) -> str:
        return self._service

    @property
    def capabilities(self) -> Mapping[str, Capabilities]:
        return {kind.entity: _capabilities(kind) for kind in self._kinds.values()}

    def organization(self) -> Organization:
        reached = list_organizations(self._calls.client)
        found = chosen(reached, self._calls.organization_id, self._service)
        self._ledger.remember_base(found.base_currency)
        return found

    def changes(self, entity: str, cursor: Cursor | None) -> Page:
        """Kinds the service cannot list as a whole have no changes: see `related`."""
        kind = self._kind(entity)
        if kind.listing is None:
            return Page((), cursor or "", more=False)
        position = Position.read(cursor, self._service)
        self._ledger.remember_base(position.base)
        answer = self._calls.get(f"/{kind.path}", _query(kind.listing, position))
        page = finance_page(answer, kind.many)
        rows = [row_of(kind, data, self._service) for data in page.rows]
        new = _unknown(kind.listing, rows, position)
        records = tuple(self._listed(kind, row) for row in new)
        more = page.more and len(new) == len(rows)
        further = replace(position, base=self._ledger.known_base).after_page(_newest(records), more=more)
        return Page(records, further.write(), more)

    def get(self, ref: RecordRef) -> Record:
        kind = self._kind(ref.entity)
        return record_of(kind, self._read(kind, ref), self._ledger)

    def get_many(self, entity: str, ids: Sequence[str]) -> tuple[Record, ...]:
        """One call a record: the finance services have no other way."""
        found = (self._get_or_none(RecordRef(self._service, entity, each)) for each in ids)
        return tuple(record for record in found if record is not None)

    def related(self, ref: RecordRef, relation: str) -> tuple[Record, ...]:
        """ "contact_persons" of a customer; empty for anything else."""
        if relation not in self._kind(ref.entity).related:
            return ()
        kind = self._kind("contact_person")
        rows = self._rows(kind, f"contacts/{ref.id}/contactpersons")
        # The rows do not repeat whose persons they are.
        known = (replace(row, data={**row.data, "contact_id": ref.id}) for row in rows)
        return tuple(record_of(kind, row, self._ledger) for row in known)

    def create(self, entity: str, new: NewRecord) -> Record:
        """One call, and another where a document shall be more than a draft."""
        kind = self._kind(entity)
        if kind.write is None:
            raise self._unsupported(kind, "create")
        fields = {**new.fields, kind.key_field: new.key} if kind.key_field else new.fields
        body = kind.write(fields, None, self._ledger)
        answer = self._calls.post(f"/{kind.path}", body)
        try:
            made = record_of(kind, self._one(kind, answer), self._ledger)
            return self._settle(kind, self._made(kind, made, new), new)
        except ConnectorError as error:
            # The record exists: nobody may take this error for a creation that failed.
            raise OutcomeUnknown(error.message, service=self._service, code=error.code, hint=error.hint) from error

    def find(self, entity: str, new: NewRecord) -> Record | None:
        """Finishes what the earlier `create` did not come to do after the record was made."""
        kind = self._kind(entity)
        if kind.search is None:
            raise self._unsupported(kind, "find")
        search = kind.search(new, self._ledger)
        rows = self._rows(kind, search.path, search.query)
        row = next((row for row in rows if search.matches(row)), None)
        if row is None:
            return None
        found = self.get(RecordRef(self._service, entity, row.text(kind.id_key)))
        return self._settle(kind, self._made(kind, found, new), new)

    def update(self, ref: RecordRef, changes: Fields, *, expected_version: str | None) -> Record:
        """Read, compare, write: the service takes no precondition, so another writer may slip in between."""
        kind = self._kind(ref.entity)
        if kind.write is None or not kind.updatable:
            raise self._unsupported(kind, "update")
        row = self._read(kind, ref)
        current = record_of(kind, row, self._ledger)
        if expected_version is not None and current.version != expected_version:
            raise self._stale(ref, expected_version, current.version)
        body = kind.write(changes, row, self._ledger)
        answer = self._calls.put(f"/{kind.path}/{ref.id}", body)
        return record_of(kind, self._one(kind, answer), self._ledger)

    def delete(self, ref: RecordRef) -> None:
        kind = self._kind(ref.entity)
        if kind.write is None:
            raise self._unsupported(kind, "delete")
        try:
            self._calls.delete(f"/{kind.path}/{ref.id}")
        except RecordNotFound:
            return

    def perform(self, ref: RecordRef, verb: str, parameters: Fields) -> Record:
        """The parameter `from` names the statuses to start from: StaleRecord where somebody moved the record on."""
        kind = self._kind(ref.entity)
        reached = kind.verbs.get(verb)
        if reached is None:
            raise self._unsupported(kind, verb)
        if start := parameters.get("from"):
            record = self.get(ref)
            status = record.text("status")
            if status in reached:
                return record
            if not isinstance(start, tuple) or status not in start:
                raise self._moved_on(ref, verb, start, status)
        return self._perform(kind, ref, verb, reached)

    def _perform(self, kind: Kind, ref: RecordRef, verb: str, reached: frozenset[str]) -> Record:
        try:
            self._calls.post(f"/{kind.path}/{ref.id}/status/{verb}", repeatable=True)
        except RecordRejected:
            record = self.get(ref)
            # Refused because it was done before, by us or by somebody else.
            if record.fields.get("status") in reached:
                return record
            raise
        return self.get(ref)

    def subscribe(self, subscription: Subscription) -> Subscription | None:  # noqa: ARG002  (there are no callbacks)
        return None

    def close(self) -> None:
        self._calls.client.close()

    def _kind(self, entity: str) -> Kind:
        if entity in self._kinds:
            return self._kinds[entity]
        known = ", ".join(self._kinds)
        raise RecordRejected(
            Text(
                en=f"{self._service} has no records called '{entity}', only: {known}.",
                ja=f"{self._service} に「{entity}」というレコードはありません(あるもの: {known})。",
            ),
            service=self._service,
            problems={"entity": f"'{entity}' is not one of {known}"},
        )

    def _currencies(self) -> tuple[Currency, ...]:
        return currencies(self._calls)

    def _read(self, kind: Kind, ref: RecordRef) -> Row:
        return self._one(kind, self._calls.get(f"/{kind.path}/{ref.id}"))

    def _get_or_none(self, ref: RecordRef) -> Record | None:
        try:
            return self.get(ref)
        except RecordNotFound:
            return None

    def _one(self, kind: Kind, answer: Answer) -> Row:
        # Not a listing's row: what it leaves out is not there.
        data = dict.fromkeys(kind.whole_keys, "") | object_in(answer, kind.one)
        return row_of(kind, data, self._service)

    def _rows(self, kind: Kind, path: str, query: Mapping[str, str] | None = None) -> Iterator[Row]:
        return (row_of(kind, data, self._service) for data in self._calls.rows(f"/{path}", kind.many, query))

    def _listed(self, kind: Kind, row: Row) -> Record:
        if kind.complete(row, self._ledger):
            return record_of(kind, row, self._ledger)
        return self.get(RecordRef(self._service, kind.entity, row.text(kind.id_key)))

    def _made(self, kind: Kind, record: Record, new: NewRecord) -> Record:
        """The record as it was meant where the service dropped what it is not sure to keep."""
        asked = {name: new.fields[name] for name in kind.uncertain if new.fields.get(name) is not None}
        dropped = {name: value for name, value in asked.items() if record.fields.get(name) != value}
        if not dropped:
            return record
        _log.warning("field_not_kept", service=self._service, record=str(record.ref), fields=sorted(dropped))
        return replace(record, fields={**record.fields, **dropped})

    def _settle(self, kind: Kind, record: Record, new: NewRecord) -> Record:
        verb = kind.settled(new.fields)
        if not verb or record.fields.get("status") in kind.verbs[verb]:
            return record
        return self._made(kind, self.perform(record.ref, verb, {}), new)

    def _unsupported(self, kind: Kind, operation: str) -> RecordRejected:
        can = ", ".join((*kind.verbs, *(["create"] if kind.write else []))) or "-"
        return RecordRejected(
            Text(
                en=f"{self._service} cannot {operation} a record of the kind {kind.entity}, only: {can}.",
                ja=f"{self._service} の {kind.entity} に {operation} は使えません(使えるもの: {can})。",
            ),
            service=self._service,
            problems={"operation": f"'{operation}' is not one of {can}"},
        )

    def _moved_on(self, ref: RecordRef, verb: str, start: Value, status: str) -> StaleRecord:
        expected = ", ".join(map(str, start)) if isinstance(start, tuple) else str(start)
        return StaleRecord(
            Text(
                en=f"{ref} is {status} by now: '{verb}' was meant for one that is {expected}.",
                ja=f"{ref} は現在 {status} です。「{verb}」は {expected} のものにだけ使えます。",
            ),
            service=self._service,
        )

    def _stale(self, ref: RecordRef, expected: str, found: str) -> StaleRecord:
        return StaleRecord(
            Text(
                en=f"{ref} was changed in the meantime: version {expected} was expected, it is {found}.",
                ja=f"{ref} はその間に変更されました(想定した版 {expected}、現在の版 {found})。",
            ),
            service=self._service,
        )


def _capabilities(kind: Kind) -> Capabilities:
    return Capabilities(
        create=kind.write is not None,
        update=kind.updatable,
        delete=kind.write is not None,
        page_size=PAGE_SIZE,
        verbs=tuple(kind.verbs),
        related=kind.related,
    )


def _query(listing: Listing, position: Position) -> dict[str, str]:
    query = {**listing.query, "page": str(position.page), "per_page": str(PAGE_SIZE)}
    if listing.filtered and position.known_before is not None:
        query["last_modified_time"] = format_time(position.known_before)
    return query


def _unknown(listing: Listing, rows: Sequence[Row], position: Position) -> Sequence[Row]:
    """Without the rows that were read before, in a list of the latest changes first: none after them is new.

    The order is seen, not believed: in another one everything is read again.
    """
    before = position.known_before
    times = [moment for row in rows if (moment := row.time("last_modified_time")) is not None]
    ordered = len(times) == len(rows) and times == sorted(times, reverse=True)
    if not listing.newest_first or before is None or not ordered:
        return rows
    return [row for row, moment in zip(rows, times, strict=True) if moment >= before]


def _newest(records: tuple[Record, ...]) -> datetime | None:
    return max((record.modified_at for record in records if record.modified_at), default=None)
