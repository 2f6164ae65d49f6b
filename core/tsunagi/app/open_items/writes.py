"""Writes on the standing list: those that failed, one by one, and those that wait, by their batch."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import WRITES_WAIT, reason_of
from tsunagi.app.open_items.reporting import Trouble, report, resolve
from tsunagi.domain.actions import OutsideWrite
from tsunagi.domain.records import Fields, RecordRef
from tsunagi.errors import ConnectorError, RecordUnusable, StaleRecord, TsunagiError
from tsunagi.store.columns import encoded
from tsunagi.store.documents import Documents
from tsunagi.store.intents import Intent, Intents, NewIntent
from tsunagi.store.open_items import OpenItem, OpenItems
from tsunagi.store.records import Records, title_key

WRITE, BILLING = "write", "billing"
_WRITES, _BATCHES = "write:", "batch:"


def write_key(intent: NewIntent) -> str:
    return f"{_WRITES}{intent.pair or intent.rule}:{intent.key}"


def batch_key(batch: str) -> str:
    return f"{_BATCHES}{batch}"


def intent_of(item: OpenItem) -> str | None:
    """The key of the write that failed; None for an item about anything else."""
    return item.key.rpartition(":")[2] if item.key.startswith(_WRITES) else None


def batch_of(item: OpenItem) -> str | None:
    """The batch whose writes wait; None for an item about anything else."""
    return item.key.removeprefix(_BATCHES) if item.key.startswith(_BATCHES) else None


def report_failed(context: Context, session: Session, intent: Intent, error: TsunagiError) -> None:
    """The service, or the hub, did not make this write."""
    reason = reason_of(error)
    if isinstance(error, StaleRecord | RecordUnusable) and not intent.pair:
        # No sync plans a rule's write again: the rule is evaluated again, also if it needs another write first.
        reason = replace(reason, passing=True)
    trouble = Trouble(
        key=write_key(intent),
        kind=kind_of(context, intent.write),
        service=intent.write.service,
        reason=reason,
        parameters={"said": error.message},
        records=records_of(intent),
        hint=error.hint,
        retry_after=error.retry_after if isinstance(error, ConnectorError) else None,
        facts={"seen": states_of(context, session, [intent])[intent.key], **_cause(intent)},
    )
    report(context, session, trouble)
    resolve(context, session, [batch_key(intent.batch)])


def report_waiting(context: Context, session: Session, intent: Intent, error: ConnectorError) -> None:
    """This write, and all behind it in its batch, wait for the service."""
    trouble = Trouble(
        key=batch_key(intent.batch),
        kind=kind_of(context, intent.write),
        service=intent.write.service,
        reason=WRITES_WAIT,
        parameters={"said": error.message, "count": Intents(session).count_states(intent.batch).get("planned", 0)},
        records=records_of(intent),
        retry_after=error.retry_after,
        facts=_cause(intent),
    )
    report(context, session, trouble)


def resolve_made(context: Context, session: Session, intents: Sequence[Intent]) -> None:
    """These have their receipts. One that was waited for has shown that its service is back."""
    keys = [write_key(intent) for intent in intents]
    keys += [batch_key(intent.batch) for intent in intents if intent.problem is not None]
    resolve(context, session, keys)


def failed_before(session: Session, pair: str) -> frozenset[str]:
    """The keys of a pair's writes that failed and stand on the list."""
    prefix = f"{_WRITES}{pair}:"
    return frozenset(key.removeprefix(prefix) for key in OpenItems(session).keys(prefix))


def resolve_superseded(context: Context, session: Session, pair: str, planned: Iterable[str]) -> None:
    """A new plan of the pair: what failed before and is not in it is wanted no more, or is planned otherwise."""
    prefix = f"{_WRITES}{pair}:"
    wanted = {prefix + key for key in planned}
    settled = [key for key in OpenItems(session).keys(prefix) if key not in wanted]
    Intents(session).give_up_failed([key.removeprefix(prefix) for key in settled], context.now())
    resolve(context, session, settled)


def settle_batches(context: Context, session: Session) -> None:
    """Batches of which nothing is left to be made wait no longer."""
    waiting = OpenItems(session).keys(_BATCHES)
    pending = Intents(session).having_planned([key.removeprefix(_BATCHES) for key in waiting])
    resolve(context, session, [key for key in waiting if key.removeprefix(_BATCHES) not in pending])


def kind_of(context: Context, write: OutsideWrite) -> str:
    """A document made for another record (the invoice of a deal) is billing; until it is made, nobody pays."""
    entity = context.registry.entities.get(f"{write.service}.{write.entity}")
    makes_document = write.operation == "create" and entity is not None and entity.kind == "document"
    return BILLING if makes_document and write.relates is not None else WRITE


def records_of(intent: NewIntent) -> list[RecordRef]:
    """What the write is about, the record people look for first at the front."""
    ends = [intent.plan.get(end) for end in ("left", "right")]
    named = [value for value in intent.write.fields.values() if isinstance(value, RecordRef)]
    found = [intent.write.relates, *ends, intent.write.target, *named]
    return list(dict.fromkeys(ref for ref in found if isinstance(ref, RecordRef)))


def states_of(context: Context, session: Session, intents: Sequence[NewIntent]) -> dict[str, str]:
    """By key, a digest of all that a refusal may hang on: the records concerned, and others of the name written."""
    namesakes = _namesakes(context, session, intents)
    concerned = {intent.key: {*records_of(intent), *namesakes.get(intent.key, ())} for intent in intents}
    refs = {ref for some in concerned.values() for ref in some}
    known = {**Records(session).known(refs), **Documents(session).known(refs)}
    # Versions alone are too coarse: some services date changes to the second.
    states = {ref: f"{ref} {record.version} {encoded(record.fields)}" for ref, record in known.items()}
    return {key: _digest(states[ref] for ref in some if ref in states) for key, some in concerned.items()}


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]


def _namesakes(context: Context, session: Session, intents: Sequence[NewIntent]) -> dict[str, list[RecordRef]]:
    """By key, the records a write's own would share its name with."""
    kinds: dict[tuple[str, str], dict[str, str]] = {}
    for intent in intents:
        entity = context.registry.entities.get(f"{intent.write.service}.{intent.write.entity}")
        title = intent.write.fields.get(entity.title) if entity else None
        if isinstance(title, str) and title:
            kinds.setdefault((intent.write.service, intent.write.entity), {})[intent.key] = title_key(title)
    found: dict[str, list[RecordRef]] = {}
    for (service, name), titles in kinds.items():
        records = Records(session).titled(service, name, titles.values())
        found |= {key: records.get(title, []) for key, title in titles.items()}
    return found


def _cause(intent: NewIntent) -> Fields:
    return {
        name: value
        for name, value in (("pair", intent.pair), ("rule", intent.rule), ("action", intent.action))
        if value
    }
