"""What happened to a record: who or what changed which field, when, from which run, and the previous value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tsunagi.app.access.permissions import require_seen
from tsunagi.app.connections.metadata import labelled
from tsunagi.app.context import Context
from tsunagi.app.views import formats
from tsunagi.app.views.records import titles
from tsunagi.domain.directory import Person
from tsunagi.domain.entities import EntityType
from tsunagi.domain.money import Money
from tsunagi.domain.records import RecordRef, Value
from tsunagi.errors import ConfigError
from tsunagi.store.documents import Documents
from tsunagi.store.history import Entry, History
from tsunagi.store.paging import Slice
from tsunagi.store.records import Records
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

_ROWS = 50


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of a change, as people call it; the values in the reader's language, empty where there was none."""

    field: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A change of a record. `who` is who or what made it, `what` what happened, both in the reader's language."""

    entry: Entry
    who: str
    what: str
    fields: Sequence[FieldLine]

    @property
    def run(self) -> str:
        """The sync run that read or wrote it, as `tsunagi runs show` names it; empty where another work did."""
        return self.entry.run if self.entry.run.startswith("sync-") else ""


def resolve(context: Context, asked: str) -> RecordRef:
    """A record by `service:kind:id`, or by the ID of an account, contact or deal. Raises ConfigError."""
    crm = context.registry.crm_service()
    try:
        wanted = [RecordRef.parse(asked)]
    except ValueError:
        wanted = [RecordRef(crm, kind, asked) for kind in ("account", "contact", "deal")]
    with context.store.read() as session:
        known = {**Records(session).known(wanted), **Documents(session).known(wanted)}
        found = next((ref for ref in wanted if ref in known or History(session).of_record(ref, limit=1).items), None)
    if found is None:
        raise ConfigError(
            Text(en=f"The hub knows no record '{asked}'.", ja=f"レコード「{asked}」は記録されていません。"),
            hint=Text(
                en="Name it as service:kind:id, such as crm:account:123.",
                ja="crm:account:123 のように「サービス:種類:ID」の形で指定してください。",
            ),
        )
    return found


def history(
    context: Context, actor: Person | None, ref: RecordRef, *, after: str | None = None, limit: int = _ROWS
) -> Slice[HistoryLine]:
    """What happened to a record, the latest first. Raises PermissionDenied where the person may not see it."""
    require_seen(context, actor, ref)
    with context.store.read() as session:
        found = History(session).of_record(ref, after=after, limit=limit)
    kind = context.registry.entities.get(f"{ref.service}.{ref.entity}")
    entity = labelled(context, kind) if kind else None
    named = titles(context, [value for entry in found.items for value in _references(entry)], actor)
    return Slice([_line(context, entity, entry, named) for entry in found.items], found.next)


def _line(context: Context, entity: EntityType | None, entry: Entry, named: Mapping[RecordRef, str]) -> HistoryLine:
    fields = [
        FieldLine(name, _label(entity, name), *(_shown(entity, name, value, named) for value in values))
        for name, values in entry.changes.items()
    ]
    return HistoryLine(entry, who(context, entry), what_happened(entry), fields)


def who(context: Context, entry: Entry) -> str:
    """Who or what made a change, in the reader's language."""
    if entry.cause in ("service", "effect"):
        kind = context.registry.connectors.get(entry.ref.service)
        service = say(kind.label) if kind else entry.ref.service
        return _("{person} in {service}").format(person=entry.by, service=service) if entry.by else service
    if entry.cause == "rule":
        return _("Rule {rule}").format(rule=entry.by)
    if entry.cause == "undo":
        return _("Undone by {person}").format(person=entry.by) if entry.by else _("Undone")
    return _("Sync of {pair}").format(pair=entry.by) if entry.cause == "sync" else _("The hub")


def what_happened(entry: Entry) -> str:
    return {
        "created": _("Created"),
        "changed": _("Changed"),
        "deleted": _("Deleted"),
        "restored": _("Restored"),
    }[entry.what]


def _label(entity: EntityType | None, name: str) -> str:
    spec = entity.field(name) if entity else None
    return say(spec.label) if spec else name


def _shown(entity: EntityType | None, name: str, value: Value, named: Mapping[RecordRef, str]) -> str:
    if isinstance(value, RecordRef):
        return named.get(value, str(value))
    text = _text(value)
    spec = entity.field(name) if entity else None
    return say(spec.choices[text]) if spec and text in spec.choices else text


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, Money):
        return formats.money(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date) and not isinstance(value, datetime):
        return formats.date(value)
    if isinstance(value, tuple):
        return ", ".join(_text(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_text(each)}" for name, each in value.items() if each not in (None, ""))
    return str(value)


def _references(entry: Entry) -> list[RecordRef]:
    return [value for values in entry.changes.values() for value in values if isinstance(value, RecordRef)]
