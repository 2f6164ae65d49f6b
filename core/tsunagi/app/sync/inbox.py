"""Reading what was notified: a batch at a time, and what cannot be read put off until later."""

from collections.abc import Mapping, Sequence, Set
from datetime import timedelta
from typing import TypedDict

from sqlalchemy.orm import Session

from tsunagi.app import jobs
from tsunagi.app.automation.evaluate import reconsider_undecided
from tsunagi.app.connections.fit import services_of, writable_services
from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import HUB_FAULT, NOTICE_UNREAD, Parameters, Reason
from tsunagi.app.open_items.reporting import Trouble, pause, report, resolve
from tsunagi.app.sync.ingest import ingest
from tsunagi.app.sync.removals import merged_among
from tsunagi.app.sync.writing import make_batch
from tsunagi.domain.mapping import PairEnd
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConnectorError, TsunagiError
from tsunagi.logging import Log
from tsunagi.store.listings import Cursors
from tsunagi.store.notifications import Inbox, Notice
from tsunagi.store.records import Records
from tsunagi.store.tables import by_kind
from tsunagi.text import Text

log = Log(__name__)

# One read by id returns this many records.
_BATCH = 100
# After its first failures a batch is read again soon, in smaller ones.
_FIRST_PAUSES = (timedelta(seconds=2), timedelta(seconds=15))
NOTICE = "notice"


class Reading(TypedDict):
    """How many records were read, which pairs may have to be brought together because of it, and writes made."""

    read: int
    made: int
    pairs: list[str]


@jobs.workflow("read_notifications")
def read_notifications(batch: str) -> Reading:
    """Read a batch of records that were notified and make what the rules ask for."""
    return read_and_make(batch)


def read_and_make(batch: str) -> Reading:
    """A batch, inside a workflow; `batch` names the writes that follow."""
    read = _read_inbox(batch)
    return {**read, "made": make_batch(batch)["done"]}


@jobs.step("read_inbox")
def _read_inbox(batch: str) -> Reading:
    return read_inbox(jobs.current_context(), batch)


def read_inbox(context: Context, batch: str) -> Reading:
    """Read the notices that have waited longest. Those that cannot be read wait longer each time, the others go on."""
    with context.store.read() as session:
        notices = Inbox(session).next(readable(context, session), at=context.now(), limit=_BATCH)
    try:
        awaited = read_records(context, notices, batch)
        reconsider_undecided(context, batch, about={notice.ref for notice in notices})
    except TsunagiError as error:
        after = error.retry_after if isinstance(error, ConnectorError) else None
        _put_off(context, notices, NOTICE_UNREAD, error.message, after)
    except Exception as error:  # of a plugin, or ours: it must not be tried in a loop
        log.exception("notices_broke")
        _put_off(context, notices, HUB_FAULT, Text.same(type(error).__name__), None)
    else:
        kinds = {(notice.service, notice.entity) for notice in notices}
        pairs = _pairs_of(context, kinds | _read_awaited(context, awaited, batch))
        return {"read": len(notices), "made": 0, "pairs": pairs}
    return {"read": 0, "made": 0, "pairs": []}


def readable(context: Context, session: Session) -> frozenset[tuple[str, str]]:
    """Kinds of record whose notices may be read now.

    Until the first listing has come to its end, new records cannot be told from existing ones; and a service
    that is switched off is not called.
    """
    active = {connection.service for connection in context.connectors.active()}
    return frozenset(kind for kind in Cursors(session).complete() if kind[0] in active)


def _put_off(
    context: Context, notices: Sequence[Notice], reason: Reason, problem: Text, retry_after: float | None
) -> None:
    """A moment's trouble is reported to nobody; a notice that cannot even be read alone goes on the list."""
    if not notices:
        return
    attempts = notices[0].attempts + 1
    alone = attempts > len(_FIRST_PAUSES)
    wait = pause(attempts - len(_FIRST_PAUSES), retry_after) if alone else _FIRST_PAUSES[attempts - 1]
    log.warning("notices_wait", service=notices[0].service, notices=len(notices), reason=str(problem))
    with context.store.write() as session:
        Inbox(session).put_off(notices, context.now() + wait)
        for notice in notices if alone else ():
            report(context, session, _trouble(notice, reason, {"said": problem}, retry_after))


def _trouble(notice: Notice, reason: Reason, parameters: Parameters, retry_after: float | None) -> Trouble:
    return Trouble(
        key=_key(notice.ref),
        kind=NOTICE,
        service=notice.service,
        reason=reason,
        parameters=parameters,
        records=[notice.ref],
        retry_after=retry_after,
    )


def _key(ref: RecordRef) -> str:
    return f"{NOTICE}:{ref}"


def _read_awaited(context: Context, refs: Sequence[RecordRef], batch: str) -> set[tuple[str, str]]:
    """Records that rules wait for, read where the hub does not know them yet; returns their kinds.

    A deal may be won before its account and products were read. One that cannot be read now is there after
    the next sync, and so is what waits for it.
    """
    with context.store.read() as session:
        unknown = set(refs) - Records(session).get_many(refs).keys()
        listed = Cursors(session).complete()
    for service, entity, ids in by_kind(unknown):
        if (service, entity) not in listed:
            continue
        try:
            found = context.connectors.get(service).get_many(entity, list(ids))
            ingest(context, context.registry.entity(service, entity), found, batch=batch)
        except TsunagiError as error:
            log.warning("awaited_not_read", service=service, entity=entity, reason=str(error))
    return {(ref.service, ref.entity) for ref in refs}


def _pairs_of(context: Context, ends: Set[tuple[str, str]]) -> list[str]:
    """Pairs of these kinds of record whose first sync a person has started: it read both sides."""
    started = writable_services(context)
    pairs = [pair for pair in context.registry.pairs.values() if services_of(pair) <= started]
    with context.store.read() as session:
        begun = [pair for pair in pairs if all(_was_listed(session, end) for end in (pair.left, pair.right))]
    return [pair.name for pair in begun if ends & {(end.service, end.entity) for end in (pair.left, pair.right)}]


def _was_listed(session: Session, end: PairEnd) -> bool:
    position = Cursors(session).get(end.service, end.entity)
    return position is not None and position.complete


def read_records(context: Context, notices: list[Notice], batch: str) -> tuple[RecordRef, ...]:
    """Read the records of these notices, all of one kind, and take them in; returns what rules wait for."""
    if not notices:
        return ()
    service, entity = notices[0].service, notices[0].entity
    ids = [notice.record_id for notice in notices]
    records = context.connectors.get(service).get_many(entity, ids)
    found = {record.ref.id for record in records}
    # Whatever the callback called it: a record that is no longer there was deleted, or merged into another.
    deleted = [RecordRef(service, entity, id) for id in ids if id not in found]
    merged = merged_among(context, service, entity, deleted) if deleted else {}
    kept = ingest(
        context,
        context.registry.entity(service, entity),
        records,
        batch=batch,
        deleted=deleted,
        in_transaction=lambda session: _read(context, session, notices, merged),
    )
    return kept.awaits


def _read(context: Context, session: Session, notices: Sequence[Notice], merged: Mapping[RecordRef, RecordRef]) -> None:
    Inbox(session).done(notices)
    Records(session).mark_merged(merged)
    resolve(context, session, [_key(notice.ref) for notice in notices if notice.attempts])
