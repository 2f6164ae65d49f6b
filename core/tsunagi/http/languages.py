"""The language of a response: chosen now, chosen before, or preferred by the browser."""

from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tsunagi.text import LANGUAGES, Language
from tsunagi.translation import nearest, speaking

PARAMETER = "lang"
COOKIE = "tsunagi_language"
_A_YEAR = 365 * 24 * 3600


class LanguageMiddleware:
    """Answers in the language of `?lang=` (and remembers it), of the cookie, of Accept-Language, else `default`."""

    def __init__(self, app: ASGIApp, default: Language) -> None:
        self._app = app
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = _asked_for(scope)
        language = asked or self._known(scope)

        async def send_with_language(message: Message) -> None:
            if message["type"] == "http.response.start":
                _set_headers(MutableHeaders(scope=message), language, remember=asked is not None)
            await send(message)

        with speaking(language):
            await self._app(scope, receive, send_with_language)

    def _known(self, scope: Scope) -> Language:
        remembered = _supported(HTTPConnection(scope).cookies.get(COOKIE, ""))
        if remembered:
            return remembered
        wanted = Headers(scope=scope).get("accept-language")
        return nearest(wanted) if wanted and wanted != "*" else self._default


def _asked_for(scope: Scope) -> Language | None:
    values = parse_qs(scope.get("query_string", b"").decode("latin-1")).get(PARAMETER, [""])
    return _supported(values[-1])


def _supported(value: str) -> Language | None:
    return next((language for language in LANGUAGES if language == value), None)


def _set_headers(headers: MutableHeaders, language: Language, *, remember: bool) -> None:
    headers.setdefault("Content-Language", language)
    headers.add_vary_header("Accept-Language, Cookie")
    if remember:
        headers.append("Set-Cookie", f"{COOKIE}={language}; Path=/; Max-Age={_A_YEAR}; SameSite=Lax")
