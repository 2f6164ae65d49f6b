"""What becomes of an error: a problem for programs, a page for people, both in the caller's language."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tsunagi.errors import PermissionDenied, TsunagiError
from tsunagi.http.api import problems
from tsunagi.http.api.repeating import Repeated
from tsunagi.http.auth import reader
from tsunagi.http.errors import InvalidInput, NotFromHere, NotSignedIn, of_status, status_of
from tsunagi.http.web.rendering import page
from tsunagi.http.web.signing_in import to_sign_in
from tsunagi.http.web.why import address_of_denial
from tsunagi.logging import Log
from tsunagi.store.paging import NoSuchPlace
from tsunagi.text import Text
from tsunagi.validation import reasons

log = Log(__name__)

_FOR_PROGRAMS = ("/api", "/health", "/metrics")


def install(application: FastAPI) -> None:
    """Every error the hub raises on purpose, and the framework's own."""
    application.add_exception_handler(TsunagiError, _known)
    application.add_exception_handler(Repeated, _repeated)
    application.add_exception_handler(NoSuchPlace, _bad_cursor)
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_exception_handler(HTTPException, _framework)


def refuse(error: NotFromHere) -> ASGIApp:
    """An answer for a middleware that lets a request go no further."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await _known(Request(scope), error)(scope, receive, send)

    return answer


class UnexpectedErrors:
    """Logs what nobody foresaw and answers 500 without a word of it; inside the middlewares that set headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            log.exception("unexpected_error", method=scope["method"], path=scope["path"])
            if begun:
                raise
            await _unexpected(Request(scope))(scope, receive, send)


def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, TsunagiError)
    if _for_programs(request):
        return problems.of_error(error, request.url.path)
    if isinstance(error, NotSignedIn):
        return to_sign_in(request)
    return _page(request, error, status_of(error))


def _repeated(_: Request, error: Exception) -> Response:
    assert isinstance(error, Repeated)
    return error.answer


def _bad_cursor(request: Request, _: Exception) -> Response:
    return _known(
        request,
        InvalidInput(
            Text(en="'after' is not a page position.", ja="「after」の値が正しくありません。"),
            hint=Text(
                en="Take `next` of the page before, or leave it out to begin.",
                ja="前のページの next を使うか、省略して最初から取得してください。",
            ),
        ),
    )


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if _for_programs(request):
        return problems.of_invalid(error, request.url.path)
    words = of_status(400)
    # Without the part of the request that the value is in: people see its address only.
    found = [{**each, "loc": each["loc"][1:]} for each in error.errors()]
    return _page(request, InvalidInput(words.message, hint=reasons(found)), 422)


def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if _for_programs(request):
        return problems.of_http(error, request.url.path)
    status = error.status_code
    return _page(request, of_status(status), status)


def _page(request: Request, error: TsunagiError, status: int) -> Response:
    """What happened and what to do next, in the reader's language."""
    hub, person = request.app.state.server.hub, reader(request)
    why = address_of_denial(hub.context, person, error) if person and isinstance(error, PermissionDenied) else ""
    return page(request, hub, "error.html", status=status, error=error, code=status, why=why)


def _unexpected(request: Request) -> Response:
    return _framework(request, HTTPException(500))


def _for_programs(request: Request) -> bool:
    return request.url.path.startswith(_FOR_PROGRAMS)
