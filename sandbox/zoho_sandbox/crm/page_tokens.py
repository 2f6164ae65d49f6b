"""Page tokens: where a listing goes on, bound to the call that began it."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from zoho_sandbox import wire
from zoho_sandbox.calls import Call
from zoho_sandbox.crm.errors import invalid_parameter, refused
from zoho_sandbox.crm.times import now, written

_LIFETIME = 24 * 3600
_MAX_RECORDS = 100_000


@dataclass(frozen=True, slots=True)
class Position:
    """The last record seen (its sort value and id), how many were seen and the next page's number."""

    sort_value: int
    record_id: int
    seen: int
    page: int


def issue(call: Call, position: Position) -> tuple[str, str]:
    """A token for the page after `position`, and when it ends as the API writes times."""
    expires = now(call.sandbox) + _LIFETIME
    content = [_digest(call), expires, position.sort_value, position.record_id, position.seen, position.page]
    return urlsafe_b64encode(wire.encode({"t": content})).decode(), written(call.sandbox, expires)


def read(call: Call, token: str) -> Position:
    """The position in a token; refuses the call when it is not this call's, too old or too deep."""
    try:
        digest, expires, *place = wire.decode(urlsafe_b64decode(token.encode()))["t"]
        position = Position(*place)
    except (ValueError, TypeError, KeyError):
        raise invalid_parameter("page_token") from None
    if digest != _digest(call):
        message = "page_token was issued for a call with other parameters"
        raise refused("TOKEN_BOUND_DATA_MISMATCH", message, {"param_name": "page_token"})
    if expires <= now(call.sandbox):
        raise refused("EXPIRED_VALUE", "page_token has expired", {"param_name": "page_token"})
    if position.seen >= _MAX_RECORDS:
        details = {"param_name": "page_token", "limit": _MAX_RECORDS}
        raise refused("PAGINATION_LIMIT_EXCEEDED", "the records beyond the limit cannot be listed", details)
    return position


def _digest(call: Call) -> str:
    bound: Mapping[str, str] = {k: v for k, v in call.query.items() if k not in ("page", "page_token")}
    text = repr((call.url_path, sorted(bound.items()), call.headers.get("if-modified-since")))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain_info(*, page: int, per_page: int, count: int, more: bool) -> dict[str, object]:
    """The `info` of lists that are read by page number alone."""
    return {"per_page": per_page, "count": count, "page": page, "more_records": more}
