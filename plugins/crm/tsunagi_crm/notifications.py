"""Callbacks of the CRM: the channels they come by, and what is posted: ids and a token, never the records."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from tsunagi import BrokenAnswer, Notification, NotificationRejected, Subscription, Text
from tsunagi_crm.entities import SERVICE, CrmModule, module_named
from tsunagi_zoho import Json, format_time, parse_time

# A channel requested for more than a week gets an hour.
_LONGEST = timedelta(days=7) - timedelta(minutes=5)


def request(subscription: Subscription, modules: Sequence[CrmModule], now: datetime) -> dict[str, Any]:
    """The body that opens or renews a channel for every change of the modules."""
    watch = {
        "channel_id": subscription.channel,
        "notify_url": subscription.url,
        "token": subscription.secret,
        "events": [f"{module.module}.all" for module in modules],
        "channel_expiry": format_time(min(subscription.expires_at, now + _LONGEST)),
    }
    return {"watch": [watch]}


def granted(subscription: Subscription, item: Json) -> Subscription:
    """The current subscription: it ends with the event that ends first."""
    try:
        ends = min(parse_time(event["channel_expiry"]) for event in item["details"]["events"])
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenAnswer(
            Text(
                en=f"The CRM opened a channel without saying when it ends: {error!r}",
                ja=f"CRM が通知チャンネルの有効期限を返しませんでした: {error!r}",
            ),
            service=SERVICE,
        ) from error
    return replace(subscription, expires_at=ends)


_OPERATIONS: dict[str, Literal["created", "updated", "deleted"]] = {
    "insert": "created",
    "update": "updated",
    "delete": "deleted",
}


# The CRM's ids are integers of 64 bits; today's have 19 digits.
_ID = re.compile(r"[0-9]{1,20}")


def notification_in(body: bytes) -> Notification:
    """The callback's notification. Raises NotificationRejected saying what was received."""
    data = _object(body)
    module = module_named(_text(data, "module"))
    operation = _OPERATIONS.get(_text(data, "operation"))
    if module is None or operation is None:
        raise _rejected(f"module {data['module']!r}, operation {data['operation']!r}")
    return Notification(
        service=SERVICE,
        entity=module.entity.name,
        operation=operation,
        ids=_ids(data),
        channel=_text(data, "channel_id"),
        secret=_text(data, "token"),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _rejected(f"{len(body)} bytes that are not JSON") from error
    if not isinstance(data, dict):
        raise _rejected(f"JSON of type {type(data).__name__}")
    return data


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    # Channel ids come as numbers in some answers and as texts in others.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise _rejected(f"{key} of type {type(value).__name__}")
    return value


def _ids(data: dict[str, Any]) -> tuple[str, ...]:
    ids = data.get("ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(item, str) and _ID.fullmatch(item) for item in ids):
        raise _rejected("ids that are not a list of record ids")
    return tuple(ids)


def _rejected(received: str) -> NotificationRejected:
    return NotificationRejected(
        Text(
            en=f"The callback is not a CRM notification about records the hub knows: it has {received}.",
            ja=f"ハブが扱うレコードに関する CRM の通知ではありません。受け取った内容: {received}",
        )
    )
