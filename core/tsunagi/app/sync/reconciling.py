"""Both sides compared as they are known: every difference with its cause and the command that fixes it.

Differences are told one by one, a page of records in memory at a time. Nothing is written anywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tsunagi.app.context import Context
from tsunagi.app.open_items.reporting import PARKED
from tsunagi.app.open_items.writes import WRITE, intent_of
from tsunagi.app.sync.links import References
from tsunagi.app.sync.pair_states import SIDES, Decided, all_linked_states, unlinked_pages
from tsunagi.domain.mapping import Side, SyncPair, other
from tsunagi.domain.records import FieldChange, Record, RecordRef, Value
from tsunagi.store.links import Links
from tsunagi.store.open_items import OpenItems
from tsunagi.store.records import Records, title_key
from tsunagi.sync.pair_state import PairState
from tsunagi.sync.plan import plan_pair
from tsunagi.sync.steps import Agree, Create, Note, Park, Step, Unlink, Update
from tsunagi.text import Text

Cause = Literal[
    "not_synced",  # edited, and the next sync brings it over
    "failed",  # the write was refused or could not be made
    "parked",  # a person has to decide or to correct something
    "one_way",  # the field travels the other way only
    "setting",  # a setting or a person's answer leaves it as it is
    "not_linked",  # there is one of this name on the other side, on no link
    "missing",  # there is none on the other side
    "deal_without_invoice",
    "document_without_deal",
    "document_total",  # what is still owed is less than nothing, or more than the total
    "customer_balance",  # what a customer owes is not the sum of their open invoices
    "rate",  # the two sides' exchange rates of a currency
]
_ASKED = ("match", "conflict", "deletion")


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `pair` is empty for documents and rates; `field` for whole records. `command` fixes it."""

    cause: Cause
    pair: str
    left: RecordRef | None
    right: RecordRef | None
    reason: Text
    command: str
    field: str = ""
    crm: Value = None
    finance: Value = None


def pair_differences(context: Context, name: str) -> Iterator[Difference]:
    """What is not the same on both sides of a pair, under its mapping as it is now."""
    context.pair_settings.book().require(name)
    pair = context.registry.pair(name)
    teller = _PairTeller(context, pair)
    yield from teller.linked()
    for side in SIDES:
        yield from teller.alone(side)


def failed_writes(context: Context) -> dict[RecordRef, Text]:
    """By record, why a write about it was not made; as many as stand on the list."""
    found: dict[RecordRef, Text] = {}
    with context.store.read() as session:
        for item in OpenItems(session).all(kind=WRITE):
            if intent_of(item):
                found |= dict.fromkeys(item.records, item.text)
    return found


def parked_records(context: Context, pair: str) -> dict[RecordRef, tuple[str, Text]]:
    """By record, what kind of question a plan has left about it, and in words; as many as stand on the list."""
    prefix = f"{PARKED}:{pair}:"
    found: dict[RecordRef, tuple[str, Text]] = {}
    with context.store.read() as session:
        for item in OpenItems(session).all(kind=PARKED):
            if item.key.startswith(prefix):
                kind = item.key.removeprefix(prefix).partition(":")[0]
                found |= dict.fromkeys(item.records, (kind, item.text))
    return found


class _PairTeller:
    """Tells the differences of one pair."""

    def __init__(self, context: Context, pair: SyncPair) -> None:
        self._context, self._pair = context, pair
        self._options = context.pair_settings.book().options(pair.name, References(context))
        self._decided = Decided.of(context, pair.name)
        self._failed = failed_writes(context)
        self._parked = parked_records(context, pair.name)

    def linked(self) -> Iterator[Difference]:
        for state in all_linked_states(self._context, self._pair, self._options, self._decided):
            for step in plan_pair(self._pair, state, self._options).steps:
                yield from self._step(state, step)

    def _step(self, state: PairState, step: Step) -> Iterator[Difference]:
        pair = self._pair.name
        match step:
            case Update():
                yield from (self._field(step, change) for change in step.changes)
            case Park():
                crm, finance = (step.conflict.left, step.conflict.right) if step.conflict else (None, None)
                command = _mending(pair, step.kind)
                yield self._whole("parked", step, step.reason, command, step.field, crm, finance)
            case Note():
                one_way = step.kind == "one_way"
                command = f"sync set {pair} fields.{step.field}.direction=both" if one_way else f"sync settings {pair}"
                crm, finance = self._values(state, step.field)
                cause: Cause = "one_way" if one_way else "setting"
                yield self._whole(cause, step, step.reason, command, step.field, crm, finance)
            case Create():
                yield self._whole("missing", step, step.reason, f"sync run {pair}")
            case Agree() | Unlink():
                return
            case _:
                yield self._whole("not_synced", step, step.reason, f"sync run {pair}")

    def _field(self, step: Update, change: FieldChange) -> Difference:
        crm, finance = (change.before, change.after) if step.side == "left" else (change.after, change.before)
        return self._whole("not_synced", step, step.reason, f"sync run {self._pair.name}", change.field, crm, finance)

    def _whole(
        self, cause: Cause, step: Step, reason: Text, command: str, name: str = "", crm: Value = None, to: Value = None
    ) -> Difference:
        failed = next((self._failed[ref] for ref in (step.left, step.right) if ref in self._failed), None)
        if failed is not None and cause in ("not_synced", "missing"):
            cause, reason, command = "failed", failed, f"retry {step.right or step.left}"
        return Difference(cause, self._pair.name, step.left, step.right, reason, f"tsunagi {command}", name, crm, to)

    def _values(self, state: PairState, name: str) -> tuple[Value, Value]:
        if not name or state.left is None or state.right is None:
            return None, None
        fm = self._pair.mapping.field(name)
        return fm.read("left", state.left.fields), fm.read("right", state.right.fields)

    def alone(self, side: Side) -> Iterator[Difference]:
        """Records of a side without a partner."""
        for records in unlinked_pages(self._context, self._pair, side):
            titles = {record.ref: self._title(record) for record in records}
            names = self._namesakes(other(side), list(titles.values()))
            with self._context.store.read() as session:
                orphaned = Links(session).orphaned(self._pair.name, side, titles)
            for record in records:
                namesake = names.get(title_key(titles[record.ref]))
                # Two of one name are told once, with the record of the CRM.
                if namesake is None or side == "left":
                    yield self._alone(side, record, namesake, orphaned=record.ref in orphaned)

    def _alone(self, side: Side, record: Record, namesake: RecordRef | None, *, orphaned: bool) -> Difference:
        left, right = (record.ref, namesake) if side == "left" else (namesake, record.ref)
        name = self._pair.name
        if record.ref in self._failed:
            return Difference("failed", name, left, right, self._failed[record.ref], f"tsunagi retry {record.ref}")
        if record.ref in self._parked:
            kind, said = self._parked[record.ref]
            return Difference("parked", name, left, right, said, f"tsunagi {_mending(name, kind)}")
        if record.ref in self._decided.alone or orphaned:
            return Difference("setting", name, left, right, _LEFT_ALONE, f"tsunagi sync settings {name}")
        if namesake is not None:
            return Difference("not_linked", name, left, right, _NAMESAKE, f"tsunagi sync run {name}")
        if not self._pair.direction.into(other(side)):
            command = f"tsunagi sync set {name} direction=both"
            return Difference("setting", name, left, right, _OTHER_WAY, command)
        return Difference("missing", name, left, right, _MISSING, f"tsunagi sync run {name}")

    def _title(self, record: Record) -> str:
        return record.text(self._context.registry.entity(record.ref.service, record.ref.entity).title)

    def _namesakes(self, side: Side, titles: Sequence[str]) -> Mapping[str, RecordRef]:
        """By title, a record of a side that is on no link of the pair."""
        end = self._pair.end(side)
        with self._context.store.read() as session:
            found = Records(session).titled(end.service, end.entity, filter(None, titles))
            linked = Links(session).of_pair(self._pair.name, side, [ref for some in found.values() for ref in some])
        free = {title: [ref for ref in some if ref not in linked] for title, some in found.items()}
        return {title: some[0] for title, some in free.items() if some}


def _mending(pair: str, kind: str) -> str:
    if kind in _ASKED:
        return f"sync review list --pair {pair}"
    return f"sync run {pair} --full" if kind == "unread" else f"sync run {pair}"


_MISSING = Text(en="It has no partner on the other side.", ja="反対側に対応するレコードがありません。")
_NAMESAKE = Text(
    en="The other side has one of the same name; the two are not linked.",
    ja="反対側に同じ名前のレコードがありますが、紐付いていません。",
)
_LEFT_ALONE = Text(
    en="It is left alone: its other half is gone, or somebody decided so.",
    ja="相手が削除されたか、単独で残すと指定されています。",
)
_OTHER_WAY = Text(
    en="Records are not made on the other side: changes of this pair travel the other way.",
    ja="この対応の同期は逆向きのため、反対側には作成しません。",
)
