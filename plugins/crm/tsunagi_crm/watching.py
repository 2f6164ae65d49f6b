"""Callback channels of the CRM: what is asked for, and what was granted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tsunagi import BrokenAnswer, Subscription, Text
from tsunagi_crm.entities import SERVICE, CrmModule
from tsunagi_zoho import Json, format_time, parse_time

# A channel that asks for more than a week gets an hour.
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
    """The subscription as it stands: it ends with the event that ends first."""
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
