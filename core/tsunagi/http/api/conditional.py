"""ETags: what has not changed is not sent again, and a change of what has changed since is refused (RFC 9110).

A tag is of what is said, not of its bytes, in the language it was read in.
"""

import hashlib
import json
from typing import Annotated, Any

from fastapi import Header
from pydantic import BaseModel
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tsunagi.http.errors import PreconditionFailed, PreconditionRequired
from tsunagi.text import Text

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=2000,
        description="the ETag it was read with: refused with 412 where it is another one by now",
    ),
]


def require_match(wanted: str | None, current: BaseModel) -> None:
    """`current` as a GET in this language answers it. Raises PreconditionFailed with its ETag."""
    if wanted is None or wanted.strip() == "*":
        return
    tag = tag_of(current)
    if tag not in _listed(wanted):
        raise PreconditionFailed(
            Text(en="It was changed since it was read.", ja="読み込んだ後に変更されました。"),
            hint=Text(
                en="Read it again, and send the change with its new ETag.",
                ja="もう一度読み込み、新しい ETag を付けて送信してください。",
            ),
            etag=tag,
        )


def require_state(if_match: str | None, if_none_match: str | None, current: BaseModel | None) -> None:
    """As `require_match`, where a change has to say what it was begun from; `current` None: there is nothing (yet).

    Raises PreconditionRequired, PreconditionFailed.
    """
    if if_none_match is None and if_match is None:
        raise PreconditionRequired
    if if_none_match is not None and current is not None:
        raise PreconditionFailed(
            Text(en="It is there already.", ja="既に存在します。"),
            hint=Text(en="Read it, and change it with If-Match.", ja="読み込んでから If-Match で変更してください。"),
            etag=tag_of(current),
        )
    if if_match is not None and current is None:
        raise PreconditionFailed(
            Text(en="It is not there (any more).", ja="存在しないか、削除されています。"),
            hint=Text(en="Make it with 'If-None-Match: *'.", ja="「If-None-Match: *」で作成してください。"),
            etag="",
        )
    if current is not None:
        require_match(if_match, current)


def tag_of(answer: BaseModel) -> str:
    """The ETag of a GET that answers this."""
    return _tag(answer.model_dump(mode="json"))


class ConditionalAnswers:
    """Gives JSON of the API its ETag, and answers 304 where the caller has it already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        begun: Message | None = None
        body = bytearray()

        async def held(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and _is_json(message):
                begun = message
            elif begun is None:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    await _answer(scope, begun, bytes(body), send)

        await self._app(scope, receive, held)


async def _answer(scope: Scope, begun: Message, body: bytes, send: Send) -> None:
    headers = MutableHeaders(scope=begun)
    tag = _tag(json.loads(body))
    headers["ETag"] = tag
    headers["Cache-Control"] = "private, no-cache"
    headers.add_vary_header("Authorization")
    if tag in _listed(Headers(scope=scope).get("if-none-match", ""), weak=True):
        begun["status"] = 304
        del headers["Content-Length"]
        body = b""
    await send(begun)
    await send({"type": "http.response.body", "body": body})


def _is_json(message: Message) -> bool:
    return message["status"] == 200 and Headers(raw=message["headers"]).get("content-type") == "application/json"


def _tag(value: Any) -> str:
    said = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'


def _listed(header: str, *, weak: bool = False) -> list[str]:
    tags = [each.strip() for each in header.split(",")]
    return [each.removeprefix("W/") for each in tags] if weak else tags
