"""What keeps a write from being made, or from counting as done: typed errors that name the field or the state."""

from collections.abc import Iterable

from tsunagi import (
    ChangeNotKept,
    Fields,
    Record,
    RecordRef,
    RecordRejected,
    StaleRecord,
    Text,
    Value,
)
from tsunagi_zoho.finance.kinds import Kind


def unsupported(service: str, kind: Kind, operation: str) -> RecordRejected:
    can = ", ".join((*kind.verbs, *(["create"] if kind.write else []))) or "-"
    return RecordRejected(
        Text(
            en=f"{service} cannot {operation} a record of the kind {kind.entity}, only: {can}.",
            ja=f"{service} の {kind.entity} に {operation} は使えません(使えるもの: {can})。",
        ),
        service=service,
        problems={"operation": f"'{operation}' is not one of {can}"},
    )


def unknown_kind(service: str, entity: str, known: Iterable[str]) -> RecordRejected:
    names = ", ".join(known)
    return RecordRejected(
        Text(
            en=f"{service} has no records called '{entity}', only: {names}.",
            ja=f"{service} に「{entity}」というレコードはありません(あるもの: {names})。",
        ),
        service=service,
        problems={"entity": f"'{entity}' is not one of {names}"},
    )


def moved_on(ref: RecordRef, verb: str, start: Value, status: str) -> StaleRecord:
    """Somebody was faster: the record is not in a status the verb was meant for."""
    expected = ", ".join(map(str, start)) if isinstance(start, tuple) else str(start)
    return StaleRecord(
        Text(
            en=f"{ref} is {status} by now: '{verb}' was meant for one that is {expected}.",
            ja=f"{ref} は現在 {status} です。「{verb}」は {expected} のものにだけ使えます。",
        ),
        service=ref.service,
        ref=str(ref),
    )


def check_version(record: Record, expected: str | None) -> None:
    """Raises StaleRecord where the record is not the one the change was planned for."""
    if expected is None or record.version == expected:
        return
    raise StaleRecord(
        Text(
            en=f"{record.ref} was changed in the meantime: version {expected} was expected, it is {record.version}.",
            ja=f"{record.ref} はその間に変更されました(想定した版 {expected}、現在の版 {record.version})。",
        ),
        service=record.ref.service,
        ref=str(record.ref),
    )


def lost_changes(record: Record, changes: Fields) -> dict[str, Value]:
    """The record's actual values, by the fields that do not show their change; fields that cannot be read back do."""
    answered = {name: record.fields[name] for name in changes if name in record.fields}
    return {name: value for name, value in answered.items() if _comparable(value) != _comparable(changes[name])}


def check_kept(record: Record, changes: Fields) -> Record:
    """The record, where it shows every change that can be read back; raises ChangeNotKept."""
    lost = lost_changes(record, changes)
    if not lost:
        return record
    named = ", ".join(sorted(lost))
    raise ChangeNotKept(
        Text(
            en=f"{record.ref} was changed, but the answer of {record.ref.service} does not show it: {named}.",
            ja=f"{record.ref} を変更しましたが、{record.ref.service} の応答に反映されていません: {named}",
        ),
        service=record.ref.service,
        problems={name: f"{changes[name]!r} was written, {value!r} stands" for name, value in lost.items()},
        hint=Text(
            en="Look at the record there: a rule or a limit of the service may stand against the value.",
            ja="サービス側のレコードを確認してください。サービスのルールや制限で値が受け付けられない場合があります。",
        ),
    )


def check_reached(record: Record, verb: str, reached: Iterable[str]) -> Record:
    """The record, where its status shows that the verb was done; raises ChangeNotKept."""
    status = record.text("status")
    if status in reached:
        return record
    raise ChangeNotKept(
        Text(
            en=f"{record.ref} is still {status}, though {record.ref.service} took '{verb}'.",
            ja=f"{record.ref.service} は「{verb}」を受け付けましたが、{record.ref} は {status} のままです。",
        ),
        service=record.ref.service,
        problems={"status": f"{status} after '{verb}'"},
    )


def _comparable(value: Value) -> Value:
    """Blanks, the way lines end and the case of letters may be changed by the service; empty is empty."""
    if isinstance(value, str):
        return " ".join(value.split()).casefold() or None
    return value
