"""One connector for every finance service; a service declares its kinds of record and their paths."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

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
    Person,
    Rate,
    Record,
    RecordNotFound,
    RecordRef,
    RecordRejected,
    ServicePlan,
    Subscription,
    names_record,
)
from tsunagi_zoho.answers import Answer, Json, finance_page
from tsunagi_zoho.finance.contact_persons import new_people, people_made
from tsunagi_zoho.finance.cursor import ListingCursor, latest_change
from tsunagi_zoho.finance.kinds import Kind, record_of, row_of, written_added
from tsunagi_zoho.finance.ledger import Currency, Ledger, currencies, read_plan, read_rates
from tsunagi_zoho.finance.organization import (
    PAGE_SIZE,
    OrganizationClient,
    all_people,
    chosen,
    current_person,
    finance_client,
    list_organizations,
    object_in,
)
from tsunagi_zoho.finance.wire import Row
from tsunagi_zoho.finance.write_checks import (
    check_kept,
    check_reached,
    check_version,
    lost_changes,
    moved_on,
    unknown_kind,
    unsupported,
)

_log = logging.getLogger(__name__)


class FinanceConnector:
    """A connected finance organisation: its records (tsunagi.Connector), people (tsunagi.Directory) and plan with its
    rates (tsunagi.Plans).

    Errors are those of ZohoClient; see there.
    """

    def __init__(
        self,
        context: ConnectorContext,
        service: str,
        base_path: str,
        kinds: Sequence[Kind],
        calls: type[OrganizationClient] = OrganizationClient,
    ) -> None:
        self._service = service
        self._now = context.now
        self._kinds = {kind.entity: kind for kind in kinds}
        self._calls = calls(finance_client(context, service, base_path), context.organization_id)
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
        """Kinds the service cannot list completely have no changes: see `related`."""
        kind = self._kind(entity)
        if kind.listing is None:
            return Page((), cursor or "", more=False)
        position = ListingCursor.read(cursor, self._service)
        self._ledger.remember_base(position.base)
        answer = self._calls.get(f"/{kind.path}", position.query(kind.listing, PAGE_SIZE))
        page = finance_page(answer, kind.many)
        rows = [row_of(kind, data, self._service) for data in page.rows]
        new = position.unknown(kind.listing, rows)
        records = tuple(self._listed(kind, row) for row in new)
        more = page.more and (kind.listing.unsorted or len(new) == len(rows))
        here, latest = replace(position, base=self._ledger.known_base), latest_change(records)
        if kind.listing.unsorted:
            return Page(records, here.after_unsorted_page(latest, more=more, at=self._time_of(answer)).write(), more)
        return Page(records, here.after_page(latest, more=more).write(), more)

    @names_record
    def get(self, ref: RecordRef) -> Record:
        kind = self._kind(ref.entity)
        return record_of(kind, self._read(kind, ref), self._ledger)

    def get_many(self, entity: str, ids: Sequence[str]) -> tuple[Record, ...]:
        """One call a record: the finance services have no other way."""
        found = (self._get_or_none(RecordRef(self._service, entity, each)) for each in ids)
        return tuple(record for record in found if record is not None)

    @names_record
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
            raise unsupported(self._service, kind, "create")
        answer = self._calls.post(f"/{kind.path}", self._new_body(kind, new))
        with self._existing():
            made = record_of(kind, self._one(kind, answer), self._ledger)
            return self._settle(kind, self._made(kind, made, new), new)

    def create_with(
        self, entity: str, new: NewRecord, relation: str, others: Sequence[NewRecord]
    ) -> tuple[Record, Sequence[Record]]:
        """A customer and its contact persons, in one call."""
        kind = self._kind(entity)
        if kind.write is None or relation not in kind.related:
            raise unsupported(self._service, kind, f"create with {relation}")
        rows = new_people(others, self._ledger)
        answer = self._calls.post(f"/{kind.path}", {**self._new_body(kind, new), relation: rows})
        with self._existing():
            row = self._one(kind, answer)
            made = self._made(kind, record_of(kind, row, self._ledger), new)
            return self._settle(kind, made, new), people_made(self._kind("contact_person"), row, rows, self._ledger)

    def _new_body(self, kind: Kind, new: NewRecord) -> Json:
        assert kind.write is not None
        fields = {**new.fields, kind.key_field: new.key} if kind.key_field else new.fields
        return {**kind.write(fields, None, self._ledger), **written_added(fields, None)}

    @contextmanager
    def _existing(self) -> Iterator[None]:
        """The record exists: nobody may take an error from here on for a creation that failed."""
        try:
            yield
        except ConnectorError as error:
            raise OutcomeUnknown(error.message, service=self._service, code=error.code, hint=error.hint) from error

    def find(self, entity: str, new: NewRecord) -> Record | None:
        """Finishes what the earlier `create` did not come to do after the record was made."""
        kind = self._kind(entity)
        if kind.search is None:
            raise unsupported(self._service, kind, "find")
        search = kind.search(new, self._ledger)
        rows = self._rows(kind, search.path, search.query)
        row = next((row for row in rows if search.matches(row)), None)
        if row is None:
            return None
        found = self.get(RecordRef(self._service, entity, row.text(kind.id_key)))
        return self._settle(kind, self._made(kind, found, new), new)

    @names_record
    def update(self, ref: RecordRef, changes: Fields, *, expected_version: str | None) -> Record:
        """Read, compare, write: the service takes no precondition, so another writer may slip in between."""
        kind = self._kind(ref.entity)
        if kind.write is None or not (kind.updatable or (kind.revisable and changes)):
            raise unsupported(self._service, kind, "update")
        row = self._read(kind, ref)
        check_version(record_of(kind, row, self._ledger), expected_version)
        return self._change(kind, row, changes)

    def update_known(self, known: Record, changes: Fields) -> Record:
        """One call where the hub knows all that this change takes; see Kind.known."""
        kind = self._kind(known.ref.entity)
        data = kind.known(known, changes) if kind.known else None
        if data is None:
            return self.update(known.ref, changes, expected_version=known.version)
        return self._change(kind, row_of(kind, data, self._service), changes)

    def _change(self, kind: Kind, row: Row, changes: Fields) -> Record:
        """Change a record that stands there as `row` says."""
        assert kind.write is not None
        current = record_of(kind, row, self._ledger)
        ref = current.ref
        if kind.parent_field in changes and changes[kind.parent_field] != current.fields.get(kind.parent_field):
            return self._move(kind, current, changes)
        if kind.status_in(changes):
            return self._use(kind, row, changes)
        body = {**kind.write(changes, row, self._ledger), **written_added(changes, row)}
        answer = self._calls.put(f"/{kind.path}/{ref.id}", body)
        changed = record_of(kind, self._one(kind, answer), self._ledger)
        # An answer may have fewer fields than the record: before a change counts as lost, the record itself is read.
        return check_kept(self.get(ref), changes) if lost_changes(changed, changes) else changed

    def _use(self, kind: Kind, row: Row, changes: Fields) -> Record:
        """Put into use or out of it by a call of its own, which does not return the record; other changes first."""
        ref = RecordRef(self._service, kind.entity, row.text(kind.id_key))
        status = kind.status_in(changes)
        others = {name: value for name, value in changes.items() if name not in ("status", "active")}
        if others and kind.write is not None:
            body = {**kind.write(others, row, self._ledger), **written_added(others, row)}
            self._calls.put(f"/{kind.path}/{ref.id}", body)
        if row.text("status") != status:
            self._calls.post(f"/{kind.path}/{ref.id}/{kind.activity[status]}", repeatable=True)
        return check_kept(self.get(ref), changes)

    def _move(self, kind: Kind, record: Record, changes: Fields) -> Record:
        """To another parent: made there and removed here, since a change cannot name another one.

        Made there already is by an earlier try whose answer was lost: it is found, and the rest is done.
        """
        new = NewRecord("", {**record.fields, **changes})
        made = self.find(kind.entity, new)
        if made is None:
            made = self.create(kind.entity, new)
        else:
            stays = {name: value for name, value in new.fields.items() if name != kind.parent_field}
            made = self.update(made.ref, stays, expected_version=None)
        check_kept(made, changes)
        self.delete(record.ref)
        return made

    def delete(self, ref: RecordRef) -> None:
        kind = self._kind(ref.entity)
        if kind.write is None or not kind.removable:
            raise unsupported(self._service, kind, "delete")
        try:
            self._calls.delete(f"/{kind.path}/{ref.id}")
        except RecordNotFound:
            return

    @names_record
    def perform(self, ref: RecordRef, verb: str, parameters: Fields) -> Record:
        """The parameter `from` names the statuses to start from: StaleRecord where somebody moved the record on."""
        kind = self._kind(ref.entity)
        reached = kind.verbs.get(verb)
        if reached is None:
            raise unsupported(self._service, kind, verb)
        if start := parameters.get("from"):
            record = self.get(ref)
            status = record.text("status")
            if status in reached:
                return record
            if not isinstance(start, tuple) or status not in start:
                raise moved_on(ref, verb, start, status)
        return self._perform(kind, ref, verb, reached)

    def _perform(self, kind: Kind, ref: RecordRef, verb: str, reached: frozenset[str]) -> Record:
        try:
            self._calls.post(kind.path_of(ref.id, verb), repeatable=True)
        except RecordRejected:
            record = self.get(ref)
            # Refused because it was done before, by us or by somebody else.
            if record.fields.get("status") in reached:
                return record
            raise
        return check_reached(self.get(ref), verb, reached)

    def subscribe(self, subscription: Subscription) -> Subscription | None:  # noqa: ARG002  (there are no callbacks)
        return None

    def me(self) -> Person:
        return current_person(self._calls)

    def people(self) -> tuple[Person, ...]:
        return all_people(self._calls)

    def plan(self) -> ServicePlan:
        return read_plan(self._calls, {kind.path: kind.many for kind in self._kinds.values() if kind.is_document})

    def rates(self) -> tuple[Rate, ...]:
        return read_rates(self._calls)

    def close(self) -> None:
        self._calls.client.close()

    def _time_of(self, answer: Answer) -> datetime:
        told = answer.headers.get("date")
        return parsedate_to_datetime(told).astimezone(UTC) if told else self._now()

    def _kind(self, entity: str) -> Kind:
        if entity in self._kinds:
            return self._kinds[entity]
        raise unknown_kind(self._service, entity, self._kinds)

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
        data = dict.fromkeys(kind.complete_keys, "") | object_in(answer, kind.one)
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
        _log.warning(
            "field_not_kept",
            extra={"service": self._service, "record": str(record.ref), "fields": sorted(dropped)},
        )
        return replace(record, fields={**record.fields, **dropped})

    def _settle(self, kind: Kind, record: Record, new: NewRecord) -> Record:
        if kind.status_in(new.fields) == "inactive" and record.fields.get("status") != "inactive":
            self._calls.post(f"/{kind.path}/{record.ref.id}/{kind.activity['inactive']}", repeatable=True)
            return self.get(record.ref)
        verb = kind.settled(new.fields)
        if not verb or record.fields.get("status") in kind.verbs[verb]:
            return record
        return self._made(kind, self.perform(record.ref, verb, {}), new)


def _capabilities(kind: Kind) -> Capabilities:
    return Capabilities(
        create=kind.write is not None,
        update=kind.updatable,
        delete=kind.write is not None and kind.removable,
        page_size=PAGE_SIZE,
        verbs=tuple(kind.verbs),
        related=kind.related,
        listing="all" if kind.listing else "by_parent" if kind.parent_field else "none",
        parent=kind.parent_field,
        relation=f"{kind.entity}s" if kind.parent_field else "",
        carries=kind.related if kind.write is not None else (),
        lists_unchanged=kind.listing is not None and kind.listing.unsorted,
        written_whole=kind.written_whole,
    )
