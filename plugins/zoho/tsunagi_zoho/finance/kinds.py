"""One kind of finance record: what it is called on the wire and how it is translated; nothing here does I/O."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import simplejson

from tsunagi import EntityType, Fields, NewRecord, Record, RecordRef, StatusLabel, Value
from tsunagi_zoho.answers import Json
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.wire import Row, written_text

# A wire object as our fields.
Reading = Callable[[Row, Ledger], dict[str, Value]]
# Our fields as the body of a write; the object as it is there when it is changed, None when it is created.
Writing = Callable[[Fields, Row | None, Ledger], Json]


@dataclass(frozen=True, slots=True)
class Listing:
    """How all records of a kind are listed, in an order that paging survives: what changes moves to the front.

    `filtered`: the service itself leaves out what was not changed since a time (`last_modified_time`). Where it
    does not, and `newest_first`: the latest changes come first, reading stops at what is known. In an
    `unsorted` list changes may be anywhere: it is read to its end, and what is known is passed over.
    """

    query: Mapping[str, str] = field(default_factory=dict)
    filtered: bool = False
    newest_first: bool = False
    unsorted: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """Where the record of an earlier create would be listed, and how to recognise it."""

    path: str
    query: Mapping[str, str]
    matches: Callable[[Row], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record: `path` is under the service's base, `one` and `many` are its keys in answers.

    `verbs` maps each verb to the statuses in which it has nothing left to do. `settled` names the verb a new
    record still needs after it was made, "" for none. `complete`: whether a listing's row has enough
    to be translated at all. `prints` kinds are documents that can be had as PDF and mailed.

    `describe` is what the kind is for people, in a service of this name. Kinds with `statuses` are documents, which
    pages show in a panel (`through_deals`, `customers_only`: see tsunagi.Panel) and which can be switched off, together
    with what is `kept_for` them. `verb_paths` is where the service does a verb, if not at `status/<verb>`;
    `address_key` names the document's own e-mail address in a service that proposes no readers. `parent_field` is
    whom records belong to that the service lists a parent at a time, and cannot move to another one. `activity` are the
    last parts of the paths by which a record is put into use and out of it, by the status it then has: it is written as
    the field `status`, or as the boolean field `active`; `adds_fields`
    is whether organisations may add fields of their own. `known` is the object on the wire as far as a change of these
    fields needs it, from the record that the hub knows; None where it has to be read. `written_whole` are fields that
    a write repeats the neighbours of.
    """

    entity: str
    path: str
    one: str
    many: str
    read: Reading
    describe: Callable[[str], EntityType]
    write: Writing | None = None
    search: Callable[[NewRecord, Ledger], Search] | None = None
    listing: Listing | None = None
    # Keys of the complete record that a listing's row may lack.
    complete_keys: tuple[str, ...] = ()
    # The field a new record carries its key in, and those the service may drop without a word.
    key_field: str = ""
    uncertain: tuple[str, ...] = ()
    verbs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    settled: Callable[[Fields], str] = lambda _: ""
    complete: Callable[[Row, Ledger], bool] = lambda _row, _ledger: True
    related: tuple[str, ...] = ()
    updatable: bool = False
    # False: what was made is ended by a verb, never deleted.
    removable: bool = True
    revisable: bool = False
    prints: bool = False
    statuses: tuple[StatusLabel, ...] = ()
    through_deals: bool = False
    customers_only: bool = False
    # What a panel's rows show beside the number; the names of fields.
    columns: tuple[str, ...] = ("date", "due_date", "status", "total", "balance")
    kept_for: tuple[str, ...] = ()
    # What its balances are (see tsunagi.Panel).
    owed: Literal["", "receivable", "payable"] = ""
    verb_paths: Mapping[str, str] = field(default_factory=dict)
    address_key: str = ""
    # The key of its id where that is not made of `one`.
    own_id_key: str = ""
    parent_field: str = ""
    activity: Mapping[str, str] = field(default_factory=dict)
    adds_fields: bool = False
    known: Callable[[Record, Fields], Json | None] | None = None
    written_whole: frozenset[str] = frozenset()

    @property
    def id_key(self) -> str:
        return self.own_id_key or f"{self.one}_id"

    @property
    def is_document(self) -> bool:
        return bool(self.statuses)

    def path_of(self, id: str, verb: str) -> str:
        """Where the service does a verb."""
        return f"/{self.path}/{id}/{self.verb_paths.get(verb, f'status/{verb}')}"

    def status_in(self, fields: Fields) -> str:
        """The status that fields ask for; empty where they ask for none, or records of the kind are always in use."""
        if not self.activity:
            return ""
        if isinstance(active := fields.get("active"), bool):
            return "active" if active else "inactive"
        return str(fields.get("status") or "")

    def is_complete(self, row: Row) -> bool:
        """Whether the row has every field."""
        return all(row.has(key) for key in self.complete_keys)


def row_of(kind: Kind, data: Json, service: str) -> Row:
    row = Row(service, kind.entity, data)
    return Row(service, f"{kind.entity} {row.required_text(kind.id_key)}", data)


def record_of(kind: Kind, row: Row, ledger: Ledger) -> Record:
    fields = kind.read(row, ledger)
    if kind.adds_fields:
        fields |= read_added(row)
    modified = row.time("last_modified_time")
    return Record(
        ref=RecordRef(ledger.service, kind.entity, row.text(kind.id_key)),
        fields=fields,
        # In UTC, as the offset the service writes follows the organisation's settings.
        version=modified.isoformat() if modified is not None else _digest(fields),
        modified_at=modified,
        complete=kind.is_complete(row),
    )


# How the services begin the names of fields that an organisation has added.
ADDED = "cf_"


def read_added(row: Row) -> dict[str, Value]:
    """The organisation's own fields, as texts: a listing's row has them as keys, the record itself as a list."""
    found: dict[str, Value] = {
        key: row.optional_text(key) for key in row.data if key.startswith(ADDED) and not key.endswith("_unformatted")
    }
    for item in row.data.get("custom_fields") or ():
        if isinstance(item, dict) and str(item.get("api_name") or "").startswith(ADDED):
            one = Row(row.service, f"{row.what}, custom_fields", item)
            found[one.text("api_name")] = one.optional_text("value")
    return found


def written_added(fields: Fields, current: Row | None) -> Json:
    """Fields of the organisation's own as a write takes them: beside those that stay."""
    changed = {name: value for name, value in fields.items() if name.startswith(ADDED)}
    if not changed:
        return {}
    kept = read_added(current) if current is not None else {}
    values = {**kept, **changed}.items()
    return {"custom_fields": [{"api_name": name, "value": written_text(value)} for name, value in values]}


def _digest(fields: dict[str, Value]) -> str:
    """A version for what carries no time of change: it changes when a field does."""
    said = sorted((name, str(value)) for name, value in fields.items() if value is not None)
    return hashlib.sha256(simplejson.dumps(said).encode()).hexdigest()[:32]
