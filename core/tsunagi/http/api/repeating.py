"""Calls that are safe to repeat: the same Idempotency-Key with the same body is done once, and answered alike.

An answer is kept for a day, encrypted, for it may hold a new token. Only success is kept: what was refused may be
corrected and sent with the same key. Documents are made by a stronger key of their own, which outlives a crash.
"""

import asyncio
import hashlib
import json
from typing import Annotated

from fastapi import Depends, Header, Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tsunagi.http.auth import authenticate, route_name, server_state
from tsunagi.http.errors import KeyInUse
from tsunagi.hub import Hub
from tsunagi.store.repeated_calls import RepeatedCalls
from tsunagi.text import Text

HEADER = "Idempotency-Key"
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same key with the same body is done once, and answered alike for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[\x21-\x7e]+$"},
}
_OWN_KEYS = frozenset({"api.document_forms:create", "api.document_forms:edit"})
_KEPT = ("location", "content-language", "content-type")


class Repeated(Exception):
    """Ends a call that was made before; `answer` is what it was answered."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


async def once(
    request: Request,
    _: Annotated[object, Depends(authenticate)],
    key: Annotated[
        str | None,
        Header(alias=HEADER, min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$", include_in_schema=False),
    ] = None,
) -> None:
    """Every POST depends on this. Raises Repeated, or KeyInUse where the first call has no answer (yet)."""
    if request.method != "POST" or key is None or route_name(request.scope.get("endpoint")) in _OWN_KEYS:
        return
    hub, person = server_state(request).hub, request.state.person
    said = "\n".join((person.email, request.url.path, key))
    call = hashlib.sha256(said.encode()).hexdigest()
    body = hashlib.sha256(await request.body()).hexdigest()
    earlier = await asyncio.to_thread(_begin, hub, call, body)
    if earlier is not None:
        raise Repeated(earlier)
    request.state.first_call = call


class FirstAnswers:
    """Keeps the answers of the calls that `once` let through."""

    def __init__(self, app: ASGIApp, hub: Hub) -> None:
        self._app, self._hub = app, hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        status, headers, body = 500, Headers(), bytearray()

        async def watched(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], Headers(raw=message["headers"])
            else:
                body.extend(message.get("body", b""))
                # Kept before the caller hears of it: who was answered once is answered the same.
                call = scope.get("state", {}).get("first_call")
                if call is not None and not message.get("more_body", False):
                    await asyncio.to_thread(_end, self._hub, call, status, headers, bytes(body))
            await send(message)

        await self._app(scope, receive, watched)


def _begin(hub: Hub, call: str, body: str) -> Response | None:
    with hub.store.write() as session:
        known = RepeatedCalls(session).begin(call, body, hub.context.now())
    if known is None:
        return None
    if known.body != body:
        raise KeyInUse(
            Text(en="Something else was sent with this key before.", ja="このキーは以前、別の内容で送信されました。"),
            hint=Text(en="Use a new key for a new call.", ja="新しい呼び出しには新しいキーを使ってください。"),
        )
    if known.answer is None:
        raise KeyInUse(
            Text(
                en="The first call with this key was not answered (yet).",
                ja="このキーの最初の呼び出しはまだ完了していません。",
            ),
            hint=Text(
                en="Wait a moment. If it stays, look whether it was done before you send it with a new key.",
                ja="しばらくお待ちください。変わらない場合は、実行されたか確認してから新しいキーで送信してください。",
            ),
        )
    status, headers, text = json.loads(known.answer)
    return Response(text.encode("latin-1"), status, {**headers, "Idempotency-Replayed": "true"})


def _end(hub: Hub, call: str, status: int, headers: Headers, body: bytes) -> None:
    with hub.store.write() as session:
        if not 200 <= status < 300:
            RepeatedCalls(session).forget(call)
            return
        kept = {name: headers[name] for name in _KEPT if name in headers}
        answer = json.dumps([status, kept, body.decode("latin-1")])
        RepeatedCalls(session).answered(call, answer)
