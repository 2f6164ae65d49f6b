"""Two small services in memory, brought by one plugin: a CRM with its deals, a ledger with its bills.

What the hub's use cases need of a service is told here in a page, and whatever may go wrong can be asked for.
"""

import datetime as dt
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

from tsunagi import (
    CONTRACT,
    Action,
    ActionCall,
    ActionContext,
    Capabilities,
    ConnectorContext,
    ConnectorType,
    Cursor,
    Direction,
    EntityType,
    Feature,
    FieldMap,
    Fields,
    FieldSpec,
    Moment,
    Money,
    NewRecord,
    Notification,
    NotificationRejected,
    Organization,
    OutsideWrite,
    Page,
    PairEnd,
    Panel,
    Person,
    Record,
    RecordNotFound,
    RecordRef,
    RecordUnusable,
    StaleRecord,
    Subscription,
    SyncPair,
    Text,
    hookimpl,
)
from tsunagi import Mapping as FieldMapping

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
PAGE = 3


@dataclass
class Shelf:
    """What one service keeps. `trouble` is what the next calls of an operation raise, in order; `calls` is its log.

    `after` is done behind a write, before its answer is given. `made` holds what was created last under which key,
    `repeated` the keys under which something was created although what was created under them before is there.
    """

    service: str
    records: dict[RecordRef, Record] = field(default_factory=dict)
    made: dict[str, RecordRef] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)
    trouble: dict[str, list[BaseException]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    after: Callable[[], None] = lambda: None
    subscribed: list[Subscription] = field(default_factory=list)
    one_at_a_time: threading.RLock = field(default_factory=threading.RLock)
    _changes: int = 0
    _created: int = 0

    def put(self, entity: str, id: str, **fields: Any) -> RecordRef:
        """A record is made or changed, as the service's own people do it."""
        ref = RecordRef(self.service, entity, id)
        known = self.records[ref].fields if ref in self.records else {}
        self._keep(ref, {**known, **fields})
        return ref

    def drop(self, ref: RecordRef) -> None:
        del self.records[ref]

    def of(self, entity: str) -> list[Record]:
        return [record for ref, record in self.records.items() if ref.entity == entity]

    def names(self, entity: str = "customer") -> list[str]:
        return sorted(record.text("name") for record in self.of(entity))

    def fail(self, operation: str, *errors: BaseException) -> None:
        self.trouble.setdefault(operation, []).extend(errors)

    def asked(self, operation: str) -> int:
        return sum(call.split()[0] == operation for call in self.calls)

    def enter(self, operation: str, subject: object) -> "LostAnswer | None":
        """Raises what was asked for; a LostAnswer is given back, for the call to raise once it has done its work."""
        self.calls.append(f"{operation} {subject}")
        waiting = self.trouble.get(operation)
        error = waiting.pop(0) if waiting else None
        if error is None or isinstance(error, LostAnswer):
            return error
        raise error

    def empty(self) -> None:
        """As on the first day."""
        for kept in (self.records, self.made, self.repeated, self.trouble, self.calls):
            kept.clear()
        self._created = 0

    def new_ref(self, entity: str) -> RecordRef:
        self._created += 1
        ref = RecordRef(self.service, entity, f"{self._created + 99}")
        return ref if ref not in self.records else self.new_ref(entity)

    def _keep(self, ref: RecordRef, fields: Fields) -> Record:
        with self.one_at_a_time:
            self._changes += 1
            at = NOON + dt.timedelta(seconds=self._changes)
            self.records[ref] = Record(ref, dict(fields), f"v{self._changes}", at)
            return self.records[ref]

    def write(self, ref: RecordRef, fields: Fields) -> Record:
        known = self.records[ref].fields if ref in self.records else {}
        return self._keep(ref, {**known, **fields})


class Connector:
    """A shelf as the hub uses it: pages of three, cursors that count changes."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    @property
    def service(self) -> str:
        return self._shelf.service

    @property
    def capabilities(self) -> Mapping[str, Capabilities]:
        verbs = {"bill": ("void",)}
        return {
            entity: Capabilities(create=True, update=True, delete=True, page_size=PAGE, verbs=verbs.get(entity, ()))
            for entity in KINDS[self.service]
        }

    def organization(self) -> Organization:
        return ORGANIZATIONS[self.service]

    def changes(self, entity: str, cursor: Cursor | None) -> Page:
        self._shelf.enter("changes", entity)
        since = int(cursor or "0")
        new = sorted((r for r in self._shelf.of(entity) if _number(r) > since), key=_number)
        page = new[:PAGE]
        reached = _number(page[-1]) if page else since
        return Page(tuple(page), str(reached), more=len(new) > PAGE)

    def get(self, ref: RecordRef) -> Record:
        self._shelf.enter("get", ref)
        if ref not in self._shelf.records:
            raise RecordNotFound(Text.same(f"no {ref}"), service=self.service, ref=str(ref))
        return self._shelf.records[ref]

    def get_many(self, entity: str, ids: Sequence[str]) -> tuple[Record, ...]:
        self._shelf.enter("get_many", entity)
        refs = [RecordRef(self.service, entity, id) for id in ids]
        return tuple(self._shelf.records[ref] for ref in refs if ref in self._shelf.records)

    def related(self, ref: RecordRef, relation: str) -> tuple[Record, ...]:
        return ()

    def create(self, entity: str, new: NewRecord) -> Record:
        lost = self._shelf.enter("create", entity)
        with self._shelf.one_at_a_time:
            ref = self._shelf.new_ref(entity)
            fields = _as_bill(new.fields, ref.id) if entity == "bill" else new.fields
            made = self._shelf.write(ref, fields)
            if self._shelf.made.get(new.key) in self._shelf.records:
                self._shelf.repeated.append(new.key)
            self._shelf.made[new.key] = ref
        self._shelf.after()
        if lost is not None:
            raise lost.error
        return made

    def find(self, entity: str, new: NewRecord) -> Record | None:
        self._shelf.enter("find", entity)
        ref = self._shelf.made.get(new.key)
        return self._shelf.records.get(ref) if ref else None

    def update(self, ref: RecordRef, changes: Fields, *, expected_version: str | None) -> Record:
        lost = self._shelf.enter("update", ref)
        current = self._shelf.records.get(ref)
        if current is None:
            raise RecordNotFound(Text.same(f"no {ref}"), service=self.service, ref=str(ref))
        if expected_version not in (None, current.version):
            raise StaleRecord(Text.same(f"{ref} moved on"), service=self.service, ref=str(ref))
        made = self._shelf.write(ref, changes)
        if lost is not None:
            raise lost.error
        return made

    def delete(self, ref: RecordRef) -> None:
        self._shelf.enter("delete", ref)
        self._shelf.records.pop(ref, None)

    def perform(self, ref: RecordRef, verb: str, parameters: Fields) -> Record:
        self._shelf.enter("perform", ref)
        return self._shelf.write(ref, {"status": verb})

    def subscribe(self, subscription: Subscription) -> Subscription | None:
        self._shelf.enter("subscribe", subscription.channel)
        if self.service != "crm":
            return None
        self._shelf.subscribed.append(subscription)
        return replace(subscription, expires_at=subscription.expires_at)

    def me(self) -> Person:
        return self._shelf.people[0]

    def people(self) -> tuple[Person, ...]:
        self._shelf.enter("people", "")
        return tuple(self._shelf.people)

    def close(self) -> None:
        """Nothing is held."""


class LostAnswer(Exception):
    """Asks `create` or `update` to do its work and then raise `error`."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


def _number(record: Record) -> int:
    return int(record.version.removeprefix("v"))


def _as_bill(fields: Fields, id: str) -> Fields:
    total = fields["total"]
    zero = {"base_total": total, "base_balance": total, "balance": total}
    days = {"date": dt.date(2026, 11, 24), "due_date": None}
    return {"number": f"B-{id}", "status": "draft", "reference": "", "deal": None, **days, **zero, **fields}


class Settings(BaseModel):
    """What an administrator enters."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    place: str = "tokyo"
    password: SecretStr = SecretStr("")


class BillParameters(BaseModel):
    """Nothing to choose."""


def _bill(call: ActionCall, desk: ActionContext) -> tuple[OutsideWrite, ...]:
    deal = desk.record(call.event.ref)
    assert deal is not None
    if desk.documents_of(deal.ref, "ledger", "bill"):
        return ()
    account = deal.fields.get("account")
    customer = desk.linked(account, "ledger", "customer") if isinstance(account, RecordRef) else None
    if customer is None:
        raise RecordUnusable(Text.same("its account is no customer yet"), ref=str(deal.ref), field="account")
    fields: Fields = {"customer": customer, "total": deal.fields["amount"]}
    return (OutsideWrite("create", "ledger", "bill", fields, relates=deal.ref),)


def _type(service: str, name: str, *fields: FieldSpec, **more: Any) -> EntityType:
    return EntityType(service, name, Text.same(name), Text.same(f"{name}s"), fields, **more)


def _field(name: str, type: Any = "text", **more: Any) -> FieldSpec:
    return FieldSpec(name, type, Text.same(name), **more)


_WON = Moment("won", "outcome", "won", Text("Won", "受注"))
ACCOUNT = _type("crm", "account", _field("name"), _field("phone"))
DEAL = _type(
    "crm",
    "deal",
    _field("name"),
    _field("outcome"),
    _field("amount", "money"),
    _field("account", "reference", references="crm.account"),
    moments=(_WON,),
)
CUSTOMER = _type("ledger", "customer", _field("name"), _field("phone"))
BILL = _type("ledger", "bill", _field("number"), kind="document", title="number", verbs=("view", "create", "email"))
KINDS = {"crm": ("account", "deal"), "ledger": ("customer", "bill")}
ORGANIZATIONS = {
    "crm": Organization("1", "Minato", "JPY", "Asia/Tokyo"),
    "ledger": Organization("7", "Minato Ledger", "JPY", "Asia/Tokyo"),
}


class Trade:
    """The plugin."""

    tsunagi_contract = CONTRACT

    def __init__(self) -> None:
        self.crm, self.ledger = Shelf("crm"), Shelf("ledger")
        self.direction = Direction.BOTH
        self.built: list[ConnectorContext] = []

    def _kind(self, shelf: Shelf, side: str, features: tuple[Feature, ...] = ()) -> ConnectorType:
        def build(context: ConnectorContext) -> Any:
            self.built.append(context)
            return Connector(shelf)

        def probe(context: ConnectorContext) -> Sequence[Organization]:
            shelf.enter("probe", "")
            return (ORGANIZATIONS[shelf.service],)

        label = Text(shelf.service.capitalize(), f"{shelf.service}様")
        return ConnectorType(
            shelf.service, label, side, Settings, build, probe, KINDS[shelf.service], features=features
        )

    @hookimpl
    def register_connectors(self) -> list[ConnectorType]:
        bills = Feature("bills", Text("Bills", "請求"), ("bill",))
        return [self._kind(self.crm, "crm"), self._kind(self.ledger, "finance", (bills,))]

    @hookimpl
    def register_entity_types(self) -> list[EntityType]:
        return [ACCOUNT, DEAL, CUSTOMER, BILL]

    @hookimpl
    def register_sync_pairs(self) -> list[SyncPair]:
        fields = FieldMap("name", "name", "name"), FieldMap("phone", "phone", "phone")
        ends = PairEnd("crm", "account"), PairEnd("ledger", "customer")
        label = Text("Accounts and customers", "取引先と顧客")
        return [SyncPair("ledger.customers", label, *ends, FieldMapping(fields), self.direction, required=("name",))]

    @hookimpl
    def register_actions(self) -> list[Action]:
        return [Action("ledger.bill.create", Text("Bill", "請求"), BillParameters, "bill:create", _bill)]

    @hookimpl
    def parse_notification(self, service: str, headers: Mapping[str, str], body: bytes) -> list[Notification] | None:
        del headers
        if service != "crm":
            return None
        try:
            told = json.loads(body)
            return [
                Notification(service, told["entity"], "updated", tuple(told["ids"]), told["channel"], told["secret"])
            ]
        except (ValueError, KeyError) as error:
            raise NotificationRejected(Text.same("this makes no sense")) from error

    @hookimpl
    def register_panels(self) -> list[Panel]:
        return [Panel("ledger", "bills", "bill", Text("Bills", "請求"), ("account", "deal"))]


RULE = """
version: 1
automation: bill_won
title: {en: Bill a won deal, ja: 受注を請求する}
description: {en: One bill a deal., ja: 商談ごとに一つ。}
trigger: {event: deal.won}
conditions:
  - {field: deal.amount, greater_than: 0}
actions:
  - action: ledger.bill.create
    parameters: {}
repeat: once_per_record
"""


def yen(amount: int | str) -> Money:
    return Money(Decimal(amount), "JPY")
