"""The inverse of what a run wrote, record by record: put back, left as it is since somebody edited it, or not possible.

The plan is made from the history and the records as they are now. The present values are compared with what the run
wrote there: so an undo that was carried out leaves nothing to undo, and is itself undone like any other run.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.sync.links import References
from tsunagi.app.sync.pair_states import UNDONE
from tsunagi.domain.actions import OutsideWrite
from tsunagi.domain.mapping import Side, SyncPair, other
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.store.baselines import Baseline, Baselines
from tsunagi.store.history import Entry, History
from tsunagi.store.intents import NewIntent
from tsunagi.store.links import Link, Links
from tsunagi.store.records import Records
from tsunagi.store.reviews import Decision
from tsunagi.sync.reasons import quoted
from tsunagi.sync.references import read
from tsunagi.text import Text

Created = Literal["keep", "deactivate", "delete"]
Outcome = Literal["undone", "undo_refused", "not_undoable"]
PAGE = 200

_DEACTIVATED = Text(en="The run created it; it is put out of use.", ja="この同期で作成されたため、無効にします。")
_DELETED = Text(en="The run created it; it is deleted.", ja="この同期で作成されたため、削除します。")
_CREATED = Text(
    en="The run created it. It stays, unless the undo is to put what was created out of use, or to delete it.",
    ja="この同期で作成されたレコードです。無効化または削除を指定しない限り、残します。",
)
_NO_ACTIVITY = Text(
    en="The run created it, and the service has no way to put such a record out of use.",
    ja="この同期で作成されたレコードですが、このサービスでは無効にできません。",
)
_WAS_DELETED = Text(
    en="The run deleted it at the service, which cannot bring it back under its ID.",
    ja="この同期で削除されました。サービス側で同じ ID のまま復元することはできません。",
)
_NOT_THERE = Text(en="It is not there any more.", ja="すでに存在しません。")
_DOCUMENT = Text(
    en="What was done with a document is not taken back by itself: void or correct it at the service.",
    ja="書類への操作は自動では取り消しません。サービス側で無効化または修正してください。",
)


@dataclass(frozen=True, slots=True)
class UndoStep:
    """What becomes of one record that the run wrote to.

    undone        `write` is made; `decisions` keep the next sync from doing the same once more
    undo_refused  somebody changed it since
    not_undoable  it cannot be undone, or was not requested
    """

    ref: RecordRef
    outcome: Outcome
    reason: Text
    write: OutsideWrite | None = None
    decisions: tuple[Decision, ...] = ()
    known: "_Known | None" = None


@dataclass(frozen=True, slots=True)
class UndoPage:
    """Some records of a run; `next` requests those before them, None at the end."""

    steps: Sequence[UndoStep]
    next: int | None


@dataclass(frozen=True, slots=True)
class _Known:
    """A record as it is now, with its link and partner, if any."""

    record: Record | None
    link: Link | None = None
    partner: Record | None = None
    baseline: Baseline | None = None

    def side(self, ref: RecordRef) -> Side:
        return "left" if self.link is not None and self.link.left == ref else "right"


@dataclass(slots=True)
class _Work:
    """What a run did with one record, all its writes taken together, and what happened there since."""

    entries: list[Entry] = field(default_factory=list)
    since: list[Entry] = field(default_factory=list)

    @property
    def fields(self) -> dict[str, tuple[Value, Value]]:
        """By field, its value before the run and after it."""
        found: dict[str, tuple[Value, Value]] = {}
        for entry in self.entries:
            for name, (before, after) in entry.changes.items():
                found[name] = (found[name][0] if name in found else before, after)
        return {name: values for name, values in found.items() if values[0] != values[1]}

    def did(self, what: str) -> bool:
        return any(entry.what == what for entry in self.entries)


def refs_of_page(context: Context, run: str, before: int | None) -> tuple[list[RecordRef], int | None]:
    """The records that a page of a run's writes is about, each where its last write is; and where the next page is."""
    with context.store.read() as session:
        page = History(session).written_by(run, before=before, limit=PAGE)
    return list(dict.fromkeys(entry.ref for entry in page)), page[-1].id if len(page) == PAGE else None


def plan_undo(context: Context, run: str, before: int | None, *, created: Created = "keep", by: str = "") -> UndoPage:
    """Plan the inverse of a page of what a run wrote, the latest first. From the store alone."""
    with context.store.read() as session:
        page = History(session).written_by(run, before=before, limit=PAGE)
        first = History(session).first_written_by(run) or 0
        refs = list(dict.fromkeys(entry.ref for entry in page))
        happened = History(session).since(refs, first)
        known = _known(session, refs)
    planner = _Planner(context, run, created, by)
    last = {ref: max(entry.id for entry in happened[ref] if _is_write(entry, run)) for ref in refs}
    steps = [
        planner.step(ref, _work(run, happened[ref]), known[ref])
        for ref in refs
        # A record that was written several times was dealt with where its last write is.
        if before is None or last[ref] < before
    ]
    return UndoPage([step for step in steps if step is not None], page[-1].id if len(page) == PAGE else None)


def _is_write(entry: Entry, run: str) -> bool:
    return entry.run == run and entry.cause not in ("service", "effect")


def _work(run: str, happened: Sequence[Entry]) -> _Work:
    work = _Work()
    for entry in happened:
        if _is_write(entry, run):
            work.entries.append(entry)
            work.since.clear()
        elif entry.cause != "effect":
            work.since.append(entry)
    return work


def _known(session: Session, refs: Sequence[RecordRef]) -> dict[RecordRef, _Known]:
    links = {ref: some[0] for ref, some in Links(session).of_many(refs).items()}
    partners = [link.other(ref) for ref, link in links.items()]
    records = Records(session).get_many([*refs, *partners])
    baselines = Baselines(session).get_many({link.id for link in links.values()})
    found: dict[RecordRef, _Known] = {}
    for ref in refs:
        link = links.get(ref)
        if link is None:
            found[ref] = _Known(records.get(ref))
        else:
            found[ref] = _Known(records.get(ref), link, records.get(link.other(ref)), baselines.get(link.id))
    return found


class _Planner:
    """Decides what becomes of each record."""

    def __init__(self, context: Context, run: str, created: Created, by: str) -> None:
        self._context, self._run, self._created, self._by = context, run, created, by
        self._references = References(context)

    def step(self, ref: RecordRef, work: _Work, known: _Known) -> UndoStep | None:
        """None where the record is as it was before the run."""
        kind = self._context.registry.entities.get(f"{ref.service}.{ref.entity}")
        if kind is None or kind.kind == "document":
            return UndoStep(ref, "not_undoable", _DOCUMENT)
        if work.did("deleted"):
            return UndoStep(ref, "not_undoable", _WAS_DELETED)
        if known.record is None:
            # An undo that deleted what the run created has left nothing to do.
            return None if work.did("created") else UndoStep(ref, "not_undoable", _NOT_THERE)
        if work.did("created"):
            return self._uncreate(ref, work, known, known.record)
        return self._put_back(ref, work, known, known.record)

    def _put_back(self, ref: RecordRef, work: _Work, known: _Known, now: Record) -> UndoStep | None:
        wrote = work.fields
        if all(now.fields.get(name) == before for name, (before, _) in wrote.items()):
            return None
        if refused := self._refused(ref, work, known, wrote):
            return refused
        for name, (_, after) in wrote.items():
            if now.fields.get(name) != after:
                return UndoStep(ref, "undo_refused", _differs(name, now.fields.get(name)))
        back = {name: before for name, (before, _) in wrote.items()}
        reason = _put_back((name, after, before) for name, (before, after) in wrote.items())
        write = OutsideWrite("update", ref.service, ref.entity, back, target=ref)
        return UndoStep(ref, "undone", reason, write, tuple(self._hold(ref, known, now, back)), known)

    def _uncreate(self, ref: RecordRef, work: _Work, known: _Known, now: Record) -> UndoStep | None:
        if self._created == "keep":
            return UndoStep(ref, "not_undoable", _CREATED)
        if refused := self._refused(ref, work, known, {}):
            return refused
        if self._created == "delete":
            write = OutsideWrite("delete", ref.service, ref.entity, target=ref)
            return UndoStep(ref, "undone", _DELETED, write, tuple(self._leave_alone(ref, known)), known)
        pair = self._pair(known)
        activity = pair.end(known.side(ref)).activity if pair else None
        if activity is None:
            return UndoStep(ref, "not_undoable", _NO_ACTIVITY)
        if now.fields.get(activity.field) == activity.inactive:
            return None
        fields = {activity.field: activity.inactive}
        write = OutsideWrite("update", ref.service, ref.entity, fields, target=ref)
        return UndoStep(ref, "undone", _DEACTIVATED, write, tuple(self._hold(ref, known, now, fields)), known)

    def _refused(
        self, ref: RecordRef, work: _Work, known: _Known, wrote: Mapping[str, tuple[Value, Value]]
    ) -> UndoStep | None:
        """Somebody, or a later sync, changed what is kept in step; what the service computes is no edit."""
        pair = self._pair(known)
        names = {name for fm in pair.mapping.fields for name in fm.names(known.side(ref))} if pair else set()
        for entry in reversed(work.since):
            touched = [name for name in entry.changes if name in names or name in wrote or not pair]
            if entry.cause != "undo" and touched:
                return UndoStep(ref, "undo_refused", _edited(self._who(entry), entry.at, touched))
        return None

    def _hold(self, ref: RecordRef, known: _Known, now: Record, back: Fields) -> Iterator[Decision]:
        """The next sync leaves these fields as they are, until one side or the mapping changes."""
        pair, link, partner = self._pair(known), known.link, known.partner
        if pair is None or link is None or partner is None:
            return
        side = known.side(ref)
        restored = replace(now, fields={**now.fields, **back})
        here = read(pair, side, restored, self._references).values
        there = read(pair, other(side), partner, self._references).values
        left, right = (here, there) if side == "left" else (there, here)
        for fm in pair.mapping.fields:
            if set(fm.names(side)) & back.keys():
                seen = {"left": left.get(fm.name), "right": right.get(fm.name)}
                yield self._decision(pair, link.left, link.right, fm.name, seen)

    def _leave_alone(self, ref: RecordRef, known: _Known) -> Iterator[Decision]:
        """The next sync does not make it again, until the mapping changes."""
        pair, link = self._pair(known), known.link
        if pair is not None and link is not None:
            left, right = (None, link.right) if known.side(ref) == "left" else (link.left, None)
            yield self._decision(pair, left, right, "", {})

    def _decision(
        self, pair: SyncPair, left: RecordRef | None, right: RecordRef | None, name: str, seen: Fields
    ) -> Decision:
        return Decision(pair.name, left, right, name, UNDONE, self._by or "hub", self._context.now(), seen)

    def _pair(self, known: _Known) -> SyncPair | None:
        return self._context.registry.pairs.get(known.link.pair) if known.link else None

    def _who(self, entry: Entry) -> Text:
        kind = self._context.registry.connectors.get(entry.ref.service)
        label = kind.label if kind else Text.same(entry.ref.service)
        if entry.cause != "service":
            return Text(en=f"{entry.cause} {entry.by} ({entry.run})", ja=f"{entry.by}({entry.run})")
        return Text(f"{entry.by} in {label.en}", f"{entry.by}({label.ja})") if entry.by else label


def intents_of(steps: Sequence[UndoStep], run: str, undoes: str, batch: str, by: str) -> list[NewIntent]:
    """The writes of an undo, each once for this undo."""
    return [
        NewIntent(
            key=hashlib.sha256(f"undo\n{run}\n{step.ref}".encode()).hexdigest()[:32],
            write=step.write,
            batch=batch,
            position=position,
            pair=step.known.link.pair if step.known and step.known.link else "",
            plan={**_terms(step), "undoes": undoes, "by": by},
        )
        for position, step in enumerate(steps)
        if step.write is not None
    ]


def _terms(step: UndoStep) -> Fields:
    known = step.known
    if known is None or known.record is None or known.link is None:
        version = known.record.version if known and known.record else ""
        return {"expected_version": version}
    link, side = known.link, known.side(step.ref)
    versions: dict[str, Value] = {
        side: known.record.version,
        other(side): known.partner.version if known.partner else "",
    }
    return {
        "side": side,
        "left": link.left,
        "right": link.right,
        "versions": versions,
        "baseline": known.baseline.agreed if known.baseline else {},
        "settles": False,
        "expected_version": known.record.version,
    }


def _put_back(fields: Iterable[tuple[str, Value, Value]]) -> Text:
    """Fields with their present and previous values."""
    some = list(fields)
    en = "; ".join(f"'{name}': {quoted(now).en} back to {quoted(before).en}" for name, now, before in some)
    ja = "、".join(f"「{name}」: {quoted(now).ja} → {quoted(before).ja}" for name, now, before in some)
    return Text(en=f"{en}.", ja=f"元に戻します: {ja}")


def _edited(who: Text, at: datetime, fields: Iterable[str]) -> Text:
    names = ", ".join(fields)
    moment = f"{at:%Y-%m-%d %H:%M} UTC"
    return Text(
        en=f"{who.en} changed it since ({names}, {moment}): it is left as it is.",
        ja=f"その後 {who.ja} が変更しているため({names}、{moment})、そのままにします。",
    )


def _differs(field: str, now: Value) -> Text:
    return Text(
        en=f"'{field}' is {quoted(now).en} now, which the run did not write: it is left as it is.",
        ja=f"「{field}」は現在{quoted(now).ja}で、この同期が書いた値ではないため、そのままにします。",
    )
