"""What an undo reports about each record, in both languages."""

from collections.abc import Iterable
from datetime import datetime

from tsunagi.domain.records import Value
from tsunagi.sync.reasons import quoted
from tsunagi.text import Text


def put_back(fields: Iterable[tuple[str, Value, Value]]) -> Text:
    """Fields with their present and previous values."""
    some = list(fields)
    en = "; ".join(f"'{name}': {quoted(now).en} back to {quoted(before).en}" for name, now, before in some)
    ja = "、".join(f"「{name}」: {quoted(now).ja} → {quoted(before).ja}" for name, now, before in some)
    return Text(en=f"{en}.", ja=f"元に戻します: {ja}")


def deactivated() -> Text:
    return Text(en="The run created it; it is put out of use.", ja="この同期で作成されたため、無効にします。")


def deleted() -> Text:
    return Text(en="The run created it; it is deleted.", ja="この同期で作成されたため、削除します。")


def edited(who: Text, at: datetime, fields: Iterable[str]) -> Text:
    names = ", ".join(fields)
    moment = f"{at:%Y-%m-%d %H:%M} UTC"
    return Text(
        en=f"{who.en} changed it since ({names}, {moment}): it is left as it is.",
        ja=f"その後 {who.ja} が変更しているため({names}、{moment})、そのままにします。",
    )


def differs(field: str, now: Value) -> Text:
    return Text(
        en=f"'{field}' is {quoted(now).en} now, which the run did not write: it is left as it is.",
        ja=f"「{field}」は現在{quoted(now).ja}で、この同期が書いた値ではないため、そのままにします。",
    )


def created() -> Text:
    return Text(
        en="The run created it. It stays, unless the undo is to put what was created out of use, or to delete it.",
        ja="この同期で作成されたレコードです。無効化または削除を指定しない限り、残します。",
    )


def no_activity() -> Text:
    return Text(
        en="The run created it, and the service has no way to put such a record out of use.",
        ja="この同期で作成されたレコードですが、このサービスでは無効にできません。",
    )


def was_deleted() -> Text:
    return Text(
        en="The run deleted it at the service, which cannot bring it back under its ID.",
        ja="この同期で削除されました。サービス側で同じ ID のまま復元することはできません。",
    )


def not_there() -> Text:
    return Text(en="It is not there any more.", ja="すでに存在しません。")


def document() -> Text:
    return Text(
        en="What was done with a document is not taken back by itself: void or correct it at the service.",
        ja="帳票への操作は自動では取り消しません。サービス側で無効化または修正してください。",
    )
