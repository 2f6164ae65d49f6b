"""Every change of a record is kept in its history, in the transaction that stores the record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.domain.records import Fields, Record, RecordRef, Value, changed_fields
from tsunagi.store.history import Cause, History, NewEntry, What
from tsunagi.store.intents import Intent
from tsunagi.store.presence import Change

# By field, its value before and now.
Changes = dict[str, tuple[Value, Value]]


def record_seen(
    session: Session,
    changes: Sequence[Change],
    deleted: Sequence[Record],
    shown: Iterable[Record],
    *,
    run: str,
    at: datetime,
    initial: bool,
) -> None:
    """What a service showed. `initial`: what is new to the hub was there before the connection, and is no change."""
    users = {record.ref: record.modified_by for record in shown if record.modified_by}
    known = [change for change in changes if change.before is not None or not initial]
    seen = (_seen(before, after, users.get(after.ref, ""), run, at) for before, after in known)
    entries = [entry for entry in seen if entry is not None]
    entries += [NewEntry(record.ref, at, "deleted", "service", run=run) for record in deleted]
    History(session).add_many(entries)


def _seen(before: Record | None, after: Record, by: str, run: str, at: datetime) -> NewEntry | None:
    moment = after.modified_at or at
    if before is None:
        return NewEntry(after.ref, moment, "created", "service", by, run)
    if not changed_fields(before.fields, after.fields):
        # An unchanged record gets here only if it was deleted and restored.
        return NewEntry(after.ref, moment, "restored", "service", by, run)
    changes = learned_left_out(before.fields, after.fields)
    return NewEntry(after.ref, moment, "changed", "service", by, run, changes) if changes else None


def learned_left_out(before: Fields, after: Fields) -> Changes:
    """The fields that differ; one that earlier readings left out was learned, not changed."""
    return {each.field: (each.before, each.after) for each in changed_fields(before, after) if each.field in before}


def record_written(
    session: Session, made: Mapping[RecordRef, Sequence[Intent]], changes: Sequence[Change], at: datetime
) -> None:
    """What the hub wrote, by the record it made or changed; what else moved there with it, the service did itself."""
    entries = (entry for change in changes for entry in _written(made.get(change.after.ref, ()), change, at))
    History(session).add_many(list(entries))


def _written(intents: Sequence[Intent], change: Change, at: datetime) -> Iterator[NewEntry]:
    before, after = change
    intent = intents[-1] if intents else None
    if intent is None:
        return
    if before is None or intent.write.operation == "create":
        yield _by_hub(intent, after.ref, at, {}, "created")
        return
    sent = {name for each in intents for name in each.write.fields}
    changed = {each.field: (each.before, each.after) for each in changed_fields(before.fields, after.fields)}
    written = {name: values for name, values in changed.items() if name in sent}
    beside = {name: values for name, values in changed.items() if name not in sent and name in before.fields}
    if written or intent.write.operation == "perform":
        yield _by_hub(intent, after.ref, at, written)
    if beside:
        yield NewEntry(after.ref, at, "changed", "effect", run=_run(intent), changes=beside)


def record_deleted(session: Session, deleted: Sequence[tuple[Intent, RecordRef]], at: datetime) -> None:
    """What the hub deleted."""
    History(session).add_many(
        [NewEntry(ref, at, "deleted", _cause(intent), _by(intent), _run(intent)) for intent, ref in deleted]
    )


def _by_hub(intent: Intent, ref: RecordRef, at: datetime, changes: Changes, what: What = "changed") -> NewEntry:
    return NewEntry(ref, at, what, _cause(intent), _by(intent), _run(intent), changes)


def _cause(intent: Intent) -> Cause:
    if intent.plan.get("undoes"):
        return "undo"
    if intent.rule:
        return "rule"
    return "sync" if intent.pair else "hub"


def _by(intent: Intent) -> str:
    if intent.plan.get("undoes"):
        return str(intent.plan.get("by") or "")
    return intent.rule or intent.pair


def _run(intent: Intent) -> str:
    return intent.batch.partition(":")[0]


# So many rows go in one transaction, and so many transactions after one run: the rest goes after the next.
_ROWS, _ROUNDS = 500, 40


def forget_old_history(context: Context) -> None:
    """Forget what happened longer ago than the installation wants it kept."""
    if not context.history_days:
        return
    before = context.now() - timedelta(days=context.history_days)
    for _ in range(_ROUNDS):
        with context.store.write(lasting=False) as session:
            if History(session).forget(before, limit=_ROWS) < _ROWS:
                return
