"""The trade's two services with all that the sync has to reckon with: recycle bins, merges, listings that lag behind,
a list of what was deleted, unique names, writes of a hundred at a time, and people who come in between.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trade import CUSTOMER, DEAL, PAGE, RULE, Connector, LostAnswer, Shelf, Trade, _field, _number, _type

from tsunagi import (
    Capabilities,
    ConnectorType,
    Cursor,
    EntityType,
    FieldMap,
    Fields,
    NewRecord,
    Page,
    PairEnd,
    Record,
    RecordRef,
    RecordRejected,
    SyncPair,
    Text,
    hookimpl,
)
from tsunagi import Mapping as FieldMapping
from tsunagi.domain.abilities import RecordChange, Removal
from tsunagi.domain.mapping import Activity
from tsunagi.errors import ConnectorError

__all__ = ["RULE", "LostAnswer", "TwoSides", "Vault"]

PAIR = "ledger.customers"
PEOPLE_PAIR = "ledger.people"
_NAMES = ("phone", "city", "region", "contact")
ACCOUNT = _type("crm", "account", _field("name"), *map(_field, _NAMES))
PEOPLE = ("first_name", "last_name")
PERSON = _type("crm", "person", _field("name"), _field("account", "reference", references="crm.account"))
CONTACT = _type("ledger", "contact", _field("name"), _field("customer", "reference", references="ledger.customer"))
KINDS = {"crm": ("account", "person", "deal"), "ledger": ("customer", "contact", "bill")}
RICH_CUSTOMER = replace(CUSTOMER, fields=(_field("name"), *map(_field, ("phone", "city", "area", "status", *PEOPLE))))

Written = Callable[[RecordRef, Fields], None]
Deleted = Callable[[RecordRef], None]


def _unseen(*_: Any) -> None:
    """Nobody watches."""


@dataclass
class Vault(Shelf):
    """A shelf that remembers everything.

    clock       each change takes a second of it
    log         each record after each change, None where it was deleted, by number of the change
    lag         so many changes the next listing of changes does not show yet
    meanwhile   by operation, what somebody does right before the hub's next call of it
    at_once     how many records one call writes
    unique      whether two records may not share a name; then none is found by its key
    writes, deletes   told before the hub changes or deletes a record
    begun       the records as they were when the hub's latest call began
    """

    clock: Callable[..., dt.datetime] = field(default=lambda **_: dt.datetime.now(dt.UTC))
    log: list[tuple[int, RecordRef, Record | None]] = field(default_factory=list)
    removed: list[Removal] = field(default_factory=list)
    lag: int = 0
    meanwhile: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    at_once: int = 1
    unique: bool = False
    writes: Written = _unseen
    deletes: Deleted = _unseen
    begun: dict[RecordRef, Record] = field(default_factory=dict)

    def empty(self) -> None:
        super().empty()
        for kept in (self.log, self.removed, self.meanwhile):
            kept.clear()
        self.lag, self._changes = 0, 0

    def calm(self) -> None:
        for kept in (self.trouble, self.meanwhile):
            kept.clear()
        self.lag = 0

    def enter(self, operation: str, subject: object) -> LostAnswer | None:
        self.begun = dict(self.records)
        while self.meanwhile.get(operation):
            self.meanwhile[operation].pop(0)()
        return super().enter(operation, subject)

    def drop(self, ref: RecordRef, *, for_good: bool = False) -> None:
        super().drop(ref)
        self._changes += 1
        self.log.append((self._changes, ref, None))
        self.removed.append(Removal(ref.id, self.clock(seconds=1), for_good))
        self._let_go_of(ref)

    def _let_go_of(self, company: RecordRef) -> None:
        """A CRM's people stay without their company; a ledger's contacts go with their customer."""
        for person in self.of("person"):
            if person.fields.get("account") == company:
                self.put("person", person.ref.id, account=None)
        for contact in self.of("contact"):
            if contact.fields.get("customer") == company:
                self.drop(contact.ref)

    def _keep(self, ref: RecordRef, fields: Fields) -> Record:
        self._changes += 1
        kept = Record(ref, dict(fields), f"v{self._changes}", self.clock(seconds=1))
        self.records[ref] = kept
        self.log.append((self._changes, ref, kept))
        return kept

    def write(self, ref: RecordRef, fields: Fields) -> Record:
        self.writes(ref, fields)
        return super().write(ref, fields)

    def listed(self, entity: str) -> list[Record]:
        """The records as a listing shows them: those of a moment ago, where it lags."""
        if not self.lag:
            return self.of(entity)
        horizon, self.lag = self._changes - self.lag, 0
        shown: dict[RecordRef, Record | None] = {}
        shown.update((ref, record) for number, ref, record in self.log if number <= horizon)
        return [record for ref, record in shown.items() if record is not None and ref.entity == entity]

    def refuse_a_taken_name(self, ref: RecordRef | None, fields: Fields) -> None:
        name = str(fields.get("name") or "").casefold()
        if self.unique and any(r.text("name").casefold() == name and r.ref != ref for r in self.of("customer")):
            raise RecordRejected(Text.same(f"the name {name} is taken"), service=self.service)

    def refuse_an_unknown_company(self, fields: Fields) -> None:
        for name in ("account", "customer"):
            company = fields.get(name)
            if isinstance(company, RecordRef) and company not in self.records:
                raise RecordRejected(Text.same(f"there is no {company}"), service=self.service)


class Vaulted(Connector):
    """Every record by itself, as the trade's own connector does it."""

    _shelf: Vault

    @property
    def capabilities(self) -> Mapping[str, Capabilities]:
        many = self._shelf.at_once
        able = Capabilities(create=True, update=True, delete=True, page_size=PAGE, batch_create=many, batch_update=many)
        return dict.fromkeys(KINDS[self.service], able)

    def changes(self, entity: str, cursor: Cursor | None) -> Page:
        self._shelf.enter("changes", entity)
        since = int(cursor or "0")
        new = sorted((r for r in self._shelf.listed(entity) if _number(r) > since), key=_number)
        page = new[:PAGE]
        return Page(tuple(page), str(_number(page[-1]) if page else since), more=len(new) > PAGE)

    def create(self, entity: str, new: NewRecord) -> Record:
        self._shelf.refuse_a_taken_name(None, new.fields)
        self._shelf.refuse_an_unknown_company(new.fields)
        return super().create(entity, new)

    def find(self, entity: str, new: NewRecord) -> Record | None:
        if not self._shelf.unique:
            return super().find(entity, new)
        self._shelf.enter("find", entity)
        name = str(new.fields.get("name") or "").casefold()
        return next((r for r in self._shelf.of(entity) if r.text("name").casefold() == name), None)

    def update(self, ref: RecordRef, changes: Fields, *, expected_version: str | None) -> Record:
        current = self._shelf.records.get(ref)
        if current is not None and "name" in changes:
            self._shelf.refuse_a_taken_name(ref, changes)
        self._shelf.refuse_an_unknown_company(changes)
        return super().update(ref, changes, expected_version=expected_version)

    def delete(self, ref: RecordRef) -> None:
        self._shelf.enter("delete", ref)
        if ref in self._shelf.records:
            self._shelf.deletes(ref)
            self._shelf.drop(ref)


class LedgerConnector(Vaulted):
    """Changes a record that is known to be as it was without reading it."""

    def update_known(self, known: Record, changes: Fields) -> Record:
        return self.update(known.ref, changes, expected_version=None)


class CrmConnector(Vaulted):
    """Lists what was deleted, and writes many records a call."""

    def removals(self, entity: str, since: dt.datetime | None) -> Sequence[Removal]:
        self._shelf.enter("removals", entity)
        found = [each for each in self._shelf.removed if entity == "account" and (since is None or each.at >= since)]
        return sorted(found, key=lambda each: each.at, reverse=True)

    def create_many(self, entity: str, new: Sequence[NewRecord]) -> Sequence[Record | ConnectorError]:
        return self._each("create", lambda each: self.create(entity, each), new)

    def update_many(self, entity: str, changes: Sequence[RecordChange]) -> Sequence[Record | ConnectorError]:
        return self._each("update", lambda each: self.update(each.ref, each.fields, expected_version=None), changes)

    def _each(self, operation: str, write: Callable[[Any], Record], wanted: Sequence[Any]) -> list[Any]:
        """One call: what is to go wrong goes wrong once, before or after all of it."""
        trouble = self._shelf.trouble.pop(operation, [])
        error = trouble.pop(0) if trouble else None
        try:
            if error is not None and not isinstance(error, LostAnswer):
                raise error
            answers = [_answer(write, each) for each in wanted]
        finally:
            self._shelf.trouble[operation] = trouble
        if isinstance(error, LostAnswer):
            raise error.error
        return answers


def _answer(write: Callable[[Any], Record], wanted: Any) -> Record | ConnectorError:
    try:
        return write(wanted)
    except ConnectorError as error:
        return error


class TwoSides(Trade):
    """The plugin: accounts and customers with a few fields more, and a customer can be taken out of use."""

    def __init__(self, clock: Callable[..., dt.datetime]) -> None:
        super().__init__()
        self.crm: Vault = Vault("crm", clock=clock)
        self.ledger: Vault = Vault("ledger", clock=clock)

    @hookimpl
    def register_connectors(self) -> list[ConnectorType]:
        made = {"crm": CrmConnector, "ledger": LedgerConnector}
        shelves = {"crm": self.crm, "ledger": self.ledger}
        return [
            replace(
                kind,
                build=lambda _, name=kind.service: made[name](shelves[name]),  # type: ignore[misc]
                entities=KINDS[kind.service],
            )
            for kind in super().register_connectors()
        ]

    @hookimpl
    def register_entity_types(self) -> list[EntityType]:
        bills = [kind for kind in super().register_entity_types() if kind.name == "bill"]
        return [ACCOUNT, PERSON, DEAL, RICH_CUSTOMER, CONTACT, *bills]

    @hookimpl
    def register_sync_pairs(self) -> list[SyncPair]:
        fields = tuple(FieldMap(name, name, name) for name in ("name", "phone", "city"))
        fields += (FieldMap("region", "region", "area"),)
        ends = PairEnd("crm", "account"), PairEnd("ledger", "customer", Activity("status", "active", "inactive"))
        label = Text("Accounts and customers", "取引先と顧客")
        companies = SyncPair(PAIR, label, *ends, FieldMapping(fields), self.direction, required=("name",))
        return [companies, self._people()]

    def _people(self) -> SyncPair:
        """Whoever belongs to a company, which has to be linked first."""
        company = FieldMap("company", "account", "customer", reference=PAIR)
        fields = FieldMapping((FieldMap("name", "name", "name"), company))
        ends = PairEnd("crm", "person"), PairEnd("ledger", "contact")
        label = Text("People and contacts", "担当者")
        return SyncPair(PEOPLE_PAIR, label, *ends, fields, self.direction, required=("name", "company"))
