"""Forms that another site makes a browser send are refused: by the origin the browser sends, and by a token.

A visit is a random cookie; the token in each form is derived from it, and from who has signed in, with a key that
only the hub knows.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.requests import HTTPConnection
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tsunagi.http.auth import SESSION
from tsunagi.http.errors import NotFromHere
from tsunagi.text import Text

COOKIE = "tsunagi_visit"
FIELD = "form_token"
HEADER = "x-csrf-token"
# In the scope: by it the browser lets the editor add the styles it makes while it runs.
STYLE_NONCE = "tsunagi.style_nonce"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_VISIT, _KEY = "tsunagi.visit", "tsunagi.form_key"

Refuse = Callable[[NotFromHere], ASGIApp]


class CsrfMiddleware:
    """Refuses what a browser sends on another site's behalf, and gives each visitor the cookie tokens are made from.

    Services call from their servers: paths under `except_under` are theirs.
    """

    def __init__(self, app: ASGIApp, *, key: bytes, refuse: Refuse, except_under: str) -> None:
        self._app = app
        self._key = key
        self._refuse = refuse
        self._except_under = except_under

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known = HTTPConnection(scope).cookies.get(COOKIE)
        visit = known or secrets.token_urlsafe(24)
        scope[_VISIT], scope[_KEY] = visit, self._key
        if not self._may_pass(scope, Headers(scope=scope)):
            await self._refuse(_foreign())(scope, receive, send)
            return

        async def remembered(message: Message) -> None:
            if message["type"] == "http.response.start" and not known:
                _remember(MutableHeaders(scope=message), visit, secure=scope["scheme"] == "https")
            await send(message)

        await self._app(scope, receive, remembered)

    def _may_pass(self, scope: Scope, headers: Headers) -> bool:
        if scope["method"] in _SAFE or scope["path"].startswith(self._except_under):
            return True
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        # Older browsers send only the origin; programs send nothing, and carry no cookies to abuse.
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc == headers.get("host")


def form_token(scope: Any) -> str:
    """The token for forms of this visitor, another one once they have signed in or out."""
    identity = f"{scope[_VISIT]} {HTTPConnection(scope).cookies.get(SESSION, '')}"
    return hmac.new(cast(bytes, scope[_KEY]), identity.encode(), hashlib.sha256).hexdigest()


async def check_token(request: Request) -> None:
    """Every route of the pages depends on this. Raises NotFromHere for a form without its token."""
    if request.method in _SAFE:
        return
    given = request.headers.get(HEADER) or (await request.form()).get(FIELD)
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), form_token(request.scope).encode()):
        raise NotFromHere(
            Text(en="This form is out of date.", ja="このフォームは期限切れです。"),
            hint=Text(
                en="Go back, reload the page and send it again.",
                ja="前のページに戻り、再読み込みしてから送信してください。",
            ),
        )


def _remember(headers: MutableHeaders, visit: str, *, secure: bool) -> None:
    # Programs have no forms to fill in.
    if not headers.get("content-type", "").startswith("text/html"):
        return
    kept = f"{COOKIE}={visit}; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")
    headers.append("Set-Cookie", kept)


def _foreign() -> NotFromHere:
    return NotFromHere(
        Text(en="This was sent from another site.", ja="別のサイトから送信されました。"),
        hint=Text(en="Send it from the hub's own page.", ja="ハブのページから送信してください。"),
    )
